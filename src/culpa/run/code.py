"""What decides results besides data and settings: our own source, and the versions of the packages it computes with."""

import hashlib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from .. import __version__

ROOT = Path(__file__).parents[1]
EDGE = ("__init__", "__main__", "cli", "cli_classes", "cli_coherence", "cli_sensors", "options")
"""Files beside the rooms that no result depends on."""

OF_TABLES = (
    "acquire/fab", "acquire/tables", "condition/baseline.py", "condition/expected.py", "condition/rows.py",
    "condition/sample.py", "condition/seasons.py", "decompose/covariance.py", "decompose/traces.py",
    "decompose/trailing.py", "decompose/trends.py", "detect/rows", "evaluate/false_alarms.py", "evaluate/flags.py",
    "evaluate/injected.py", "evaluate/quantiles.py", "evaluate/ranking.py", "evaluate/resampling.py",
    "explain/contributions.py", "explain/groups.py", "report/sensors", "report/templates/sensors.html",
    "report/templates/sensors.js",
)  # fmt: skip
"""What only tables of process sensors are searched with: it belongs to its room, but no job on a recording uses it."""


@lru_cache(maxsize=32)
def code_version(places: tuple[str, ...], packages: tuple[str, ...]) -> Mapping[str, str]:
    """Names and versions: culpa, a digest of its source at some `places`, and each of the packages ("absent").

    A place is a room, a folder or a file below the package, as in `detect` or `run/mock.py`; the shared vocabulary
    (the files beside the rooms, except the command line) is always part of it.
    """
    digest = hashlib.sha256()
    for path in source_files(places):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return {"culpa": __version__, "source": digest.hexdigest()[:16], **{name: _version(name) for name in packages}}


def source_files(places: Iterable[str]) -> list[Path]:
    """The files that count, in order: of a room, those that are not `OF_TABLES`."""
    found = {path for path in ROOT.glob("*.py") if path.stem not in EDGE}
    apart = {ROOT / place for place in OF_TABLES}
    for place in places:
        there = ROOT / place
        inside = (path for path in there.rglob("*") if _is_source(path) and not apart & {path, *path.parents})
        found |= set(inside) if there.is_dir() else {there}
    return sorted(found)


def _is_source(path: Path) -> bool:
    return path.suffix in (".py", ".html", ".js", ".css", ".onnx")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"
