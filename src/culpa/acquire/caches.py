"""Lists of frame files: FFL and LAL cache."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from .. import gpstime
from ..errors import NoDataError, UsageError

SUFFIXES = (".ffl", ".lcf", ".lal", ".cache")


@dataclass(frozen=True)
class Row:
    """One line of a list: a path and its span in GPS s; None where the list does not say."""

    path: Path
    start: float | None = None
    end: float | None = None


def read(path: Path) -> list[Row]:
    """The rows of a list, in its order; relative paths count from the list's own folder, else from the working folder.

    A row of an FFL is `<path> <GPS start> <duration> 0 0`, of a LAL cache `<site> <description> <GPS start> <duration>
    <path or file URL>` (`-` for what is not known); a path or URL alone will do, and `#` begins a comment. Blanks in a
    path are part of it; where it is alone, only if there is such a file. Raises NoDataError where the list cannot be
    read, UsageError for a line of another form. Source: LIGO-T050017.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise NoDataError(f"cannot read the list of files {path}: {problem}") from problem
    rows = []
    for number, line in enumerate(map(str.strip, lines), start=1):
        if line and not line.startswith("#"):
            rows.append(_row(line, path, number))
    return rows


def _row(line: str, listed_in: Path, number: int) -> Row:
    try:
        match line.rsplit(maxsplit=4):
            case [name]:
                return Row(_local(name, listed_in))
            case [name, start, duration, *rest] if all(map(_is_number, [start, *rest])):
                return Row(_local(name, listed_in), *_span(start, duration))
        match line.split(maxsplit=4):
            case [_, _, "-", "-", name]:
                return Row(_local(name, listed_in))
            case [_, _, start, duration, name]:
                return Row(_local(name, listed_in), *_span(start, duration))
    except ValueError:
        pass
    if _is_there(alone := _local(line, listed_in)):
        return Row(alone)
    raise UsageError(
        f"line {number} of {listed_in} is not a row of a list of files: {line}",
        "expected <path> <GPS start> <duration> 0 0, or <site> <description> <GPS start> <duration> <path>",
    )


def _span(start: str, duration: str) -> tuple[float, float]:
    first, last = float(start), float(start) + float(duration)
    if not 0 <= first < last < gpstime.LAST:
        raise ValueError
    return first, last


def _is_number(word: str) -> bool:
    try:
        return float(word) >= 0
    except ValueError:
        return False


def _local(name: str, listed_in: Path) -> Path:
    if name.startswith("file:"):
        name = unquote(urlsplit(name).path)
    here, beside = Path(name), listed_in.parent / name
    return here if here.is_absolute() or (_is_there(here) and not _is_there(beside)) else beside


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # too long for a name, or in a folder that must not be looked into
        return False
