"""What a program that takes itself for the only one does to a process, undone."""

import io
import logging
import os
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LOGGERS = ("", "hveto", "matplotlib")
"""Loggers that importing or running hveto changes."""


@dataclass(frozen=True)
class Style:
    """How figures look: matplotlib's settings, and the classes behind ordinary axes and logarithmic scales."""

    settings: Mapping[str, Any]
    axes: type
    logarithm: type

    @classmethod
    def current(cls) -> "Style":
        """That of now; gwpy puts its own classes into matplotlib's registers when it is imported."""
        import matplotlib as mpl
        from matplotlib.projections import get_projection_class
        from matplotlib.scale import scale_factory

        settings = {name: value for name, value in mpl.rcParams.items() if not name.startswith("backend")}
        return cls(settings, get_projection_class("rectilinear"), type(scale_factory("log", None)))  # type: ignore[arg-type]

    def apply(self) -> None:
        """Makes figures look so from now on."""
        import matplotlib as mpl
        from matplotlib.projections import register_projection
        from matplotlib.scale import register_scale

        mpl.rcParams.update(dict(self.settings))  # type: ignore[arg-type]
        register_projection(self.axes)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "The scale .* uses an 'axis' parameter")  # matplotlib 3.11 of its own
            register_scale(self.logarithm)


@contextmanager
def unchanged(ignored: Sequence[str] = ()) -> Iterator[None]:
    """A block after which the process is as it was before it, and which prints nothing.

    That is the working folder, the environment, `sys.argv`, loggers, warning filters, and what matplotlib draws with
    and on (where nothing was chosen yet, files). `ignored` are the beginnings (patterns) of warnings that do not count
    in the block.
    """
    with ExitStack() as after:
        after.callback(os.chdir, Path.cwd())
        after.callback(_restore_environment, dict(os.environ))
        after.callback(setattr, sys, "argv", sys.argv)
        for name in LOGGERS:
            after.callback(_restore_logger, logging.getLogger(name), *_state(logging.getLogger(name)))
        after.callback(Style.current().apply)
        _draw_nowhere(after)
        after.enter_context(warnings.catch_warnings())
        for message in ignored:
            warnings.filterwarnings("ignore", message=message)
        after.enter_context(redirect_stdout(io.StringIO()))
        after.enter_context(redirect_stderr(io.StringIO()))
        yield


def _draw_nowhere(after: ExitStack) -> None:
    """Figures go to files only, without a display."""
    import matplotlib as mpl

    before = mpl.get_backend(auto_select=False)
    mpl.use("Agg")
    if before:
        after.callback(mpl.use, before)


def _restore_environment(before: Mapping[str, str]) -> None:
    for name in set(os.environ) - set(before):
        del os.environ[name]
    os.environ.update(before)


def _state(logger: logging.Logger) -> tuple[list[logging.Handler], int, bool]:
    return list(logger.handlers), logger.level, logger.propagate


def _restore_logger(logger: logging.Logger, handlers: list[logging.Handler], level: int, propagate: bool) -> None:
    for handler in set(logger.handlers) - set(handlers):
        handler.close()
    logger.handlers[:] = handlers
    logger.setLevel(level)
    logger.propagate = propagate
