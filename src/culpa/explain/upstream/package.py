"""Importing hveto: once, without a download, and without a trace in the process."""

import os
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType

from ...errors import CulpaError, MissingExtraError
from ...gpstime import LEAP_SECONDS
from .process import Style, unchanged

NTP_EPOCH = 2_208_988_800
"""Seconds from 1900, where leap second files start to count, to 1970."""


@dataclass(frozen=True)
class Package:
    """The imported hveto: the module with its `main`, and how its figures look."""

    main: ModuleType
    style: Style


@cache
def load() -> Package:
    """The installed hveto. Raises MissingExtraError where there is none, CulpaError where it cannot be imported."""
    with unchanged([""]), TemporaryDirectory() as folder:  # every warning: the code is that of two dozen packages
        put_leap_seconds(Path(folder))
        os.environ["XDG_CACHE_HOME"] = folder
        os.environ.setdefault("GWPY_USETEX", "0")  # gwpy would let TeX, where there is one, set every label
        try:
            return Package(import_module("hveto.__main__"), Style.current())
        except ModuleNotFoundError as problem:
            raise MissingExtraError(
                (problem.name or "hveto").partition(".")[0], "hveto", "--engine upstream"
            ) from problem
        except Exception as problem:
            hint = "use --engine native, or install the versions in requirements/hveto.txt"
            raise CulpaError(f"the installed hveto cannot be imported: {problem}", hint) from problem


def put_leap_seconds(folder: Path) -> None:
    """Puts our leap seconds below a folder of caches, where the package gpstime looks before it asks the network.

    That is when it is imported: where the system's list is missing or has expired it would wait for two servers, and
    give up where it has no list at all.
    """
    rows = [(0, 9), *((int(leap.timestamp()), 10 + n) for n, leap in enumerate(LEAP_SECONDS))]
    lines = [f"#@ {2**33}", *(f"{moment + NTP_EPOCH} {offset}" for moment, offset in rows)]
    cache = folder / "gpstime" / "leap-seconds.list"
    cache.parent.mkdir()
    cache.write_text("\n".join(lines) + "\n")
