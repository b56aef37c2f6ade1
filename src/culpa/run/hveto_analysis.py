"""The doing of a hierarchical veto: read, tested for safety, analysed by an engine, reported."""

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from .. import __version__, names
from .. import settings as toml
from ..acquire.atomic import atomic, remove_leftovers
from ..acquire.triggerfiles import channel_in_name, load
from ..acquire.triggerpaths import distinct, one_format
from ..errors import CulpaError
from ..explain.hveto.ini import HvetoIni
from ..explain.hveto.result import HvetoResult, Safety
from ..explain.hveto.rounds import hveto, select
from ..explain.hveto.safety import safety
from ..explain.hveto.settings import HvetoSettings
from ..report.hveto.files import write_report
from ..report.hveto.summary import summary_text
from .hveto_input import Input, Request, read_input, warn
from .hveto_words import protocol
from .pool import ordered

log = logging.getLogger(__name__)


def analyse(
    asked: Request, chosen: HvetoSettings, ini: HvetoIni | None, workers: int
) -> tuple[dict[str, Any], list[Path]]:
    """Analyse, and write everything below the output folder; returns the summary and the files, the page first.

    Without a primary event there are no rounds, and the page says so. Raises NoDataError without files, auxiliary
    channels or live time.
    """
    with _kept_warnings() as warnings:
        given = read_input(asked, chosen, ini)
        tested = _tested(given, chosen)
        chosen = replace(chosen, unsafe=(*chosen.unsafe, *(one.best.channel for one in tested if one.unsafe)))
        warn(given, chosen)
        # where there is nothing to explain, every engine finds the same
        some = len(select(given.primary, given.live, chosen.primary_snr, chosen.primary_frequency))
        result = ENGINES[asked.engine if some else "native"](asked, given, chosen, workers)
    remarks = (*warnings, *result.remarks)
    result = replace(result, primary=given.channel, safety=tested, remarks=remarks)
    about = {"culpa": __version__, "engine": asked.engine}
    files = write_report(result, asked.output, about=about)
    found: dict[str, Any] = json.loads(summary_text(result, about))  # infinite numbers are none in JSON
    with atomic(asked.output / "hveto.toml") as path:
        path.write_text(toml.dump(chosen, "hveto"), encoding="utf-8")
    with atomic(asked.output / "hveto.log") as path:
        path.write_text(protocol(given, chosen, found), encoding="utf-8")
    remove_leftovers(asked.output)
    return found, [*files, asked.output / "hveto.toml", asked.output / "hveto.log"]


UPSTREAM = "upstream"
"""The folder of what the hveto package itself writes, in that of the result."""


def _native(_: Request, given: Input, chosen: HvetoSettings, workers: int) -> HvetoResult:
    over = partial(ordered, workers=workers)
    return hveto(given.primary, given.auxiliary, given.live, chosen, over, jobs=workers)


def _upstream(asked: Request, given: Input, chosen: HvetoSettings, workers: int) -> HvetoResult:
    from ..explain.upstream.engine import run_upstream

    primary = [path for path in given.primary_files if channel_in_name(path) == given.channel]
    return run_upstream(
        _readable(primary or given.primary_files),
        _readable(given.auxiliary_files),
        given.channel,
        list(given.auxiliary),
        given.live,
        chosen,
        asked.output / UPSTREAM,
        ini=asked.ini,
        nproc=workers,
    )


def _readable(paths: Sequence[Path]) -> list[Path]:
    """What hveto can read: it ends where it cannot, and reads twice what is there twice."""
    return [path for path in one_format(distinct(paths)) if _is_readable(path)]


def _is_readable(path: Path) -> bool:
    if names.parse(path) is None:
        log.warning("%s: hveto reads files with names after LIGO-T050017 only; it is left out", path)
        return False
    try:
        load(path)
    except CulpaError:
        return False
    return True


ENGINES: Mapping[str, Callable[[Request, Input, HvetoSettings, int], HvetoResult]] = {
    "native": _native,
    "upstream": _upstream,
}
"""Who does the analysis."""


def _tested(given: Input, chosen: HvetoSettings) -> tuple[Safety, ...]:
    if given.injections is None:
        return ()
    tested = safety(given.injections, given.auxiliary, given.live, chosen)
    for one in tested:
        if one.unsafe:
            log.warning(
                "%s follows the injections (%d of %d, false-alarm probability %.2g): unsafe, left out",
                one.best.channel, one.best.coincidences, len(given.injections), one.probability,
            )  # fmt: skip
    return tested


class _Kept(logging.Handler):
    """Keeps what is said."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())


@contextmanager
def _kept_warnings() -> Iterator[list[str]]:
    """What the program warns of inside the block, each text once."""
    keep, ours = _Kept(), logging.getLogger("culpa")
    ours.addHandler(keep)
    try:
        yield keep.texts
    finally:
        ours.removeHandler(keep)
