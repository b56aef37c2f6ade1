"""Writing frame files (GWF) and the lists of them that search programs read (FFL and LAL caches)."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from ..errors import MissingExtraError
from ..names import FileName, parse
from ..types import Series
from .atomic import atomic


def write_gwf(path: Path, series: Sequence[Series]) -> Path:
    """Writes channels of the same time span into one frame, uncompressed; returns the path.

    Compression would save 6 % of noise, and cost ten times the writing and six times the reading time. The bytes depend
    on the data only. Raises MissingExtraError without gwframe, CulpaError where the file cannot be written.
    """
    try:
        import gwframe
    except ImportError:
        raise MissingExtraError("gwframe", "gw", "writing GWF files") from None
    frame = gwframe.write_bytes(
        {one.channel: one.values for one in series},
        series[0].t0,
        {one.channel: one.sample_rate for one in series},
        name=series[0].channel.partition(":")[0],
        run=-1,  # negative means simulated (LIGO-T970130)
        unit={one.channel: one.unit for one in series},
        compression=gwframe.types.Compression.RAW,
    )
    with atomic(path) as temporary:  # gwframe's own writer does not notice a full disk
        temporary.write_bytes(frame)
    return path


def write_ffl(path: Path, frames: Iterable[Path]) -> Path:
    """Writes a frame file list, a row `path start duration 0 0` for each file with a T050017 name; returns the path.

    Paths are absolute, because that is how Omicron and gwpy take them.
    """
    return _write_rows(path, (f"{file} {name.start} {name.duration} 0 0" for file, name in _named(frames)))


def write_lcf(path: Path, frames: Iterable[Path]) -> Path:
    """Writes a LAL cache, a row `site description start duration path` for each such file; returns the path."""
    rows = (f"{name.source} {name.description} {name.start} {name.duration} {file}" for file, name in _named(frames))
    return _write_rows(path, rows)


def _named(frames: Iterable[Path]) -> Iterable[tuple[Path, FileName]]:
    return ((frame.resolve(), name) for frame in frames if (name := parse(frame)) is not None)


def _write_rows(path: Path, rows: Iterable[str]) -> Path:
    with atomic(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        file.writelines(row + "\n" for row in rows)
    return path
