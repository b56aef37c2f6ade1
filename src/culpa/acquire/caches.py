"""Lists of frame files: FFL and LAL cache."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ..errors import NoDataError, UsageError

SUFFIXES = (".ffl", ".lcf", ".lal", ".cache")


@dataclass(frozen=True)
class Row:
    """One line of a list: a path and its span in GPS s; None where the list does not say."""

    path: Path
    start: float | None = None
    end: float | None = None


def read(path: Path) -> list[Row]:
    """The rows of a list, in its order; relative paths count from the list's own folder.

    FFL (`.ffl`): `<path> <GPS start> <duration> 0 0`. LAL cache (`.lcf`, `.lal`, `.cache`): `<site> <description>
    <GPS start> <duration> <path or file URL>`. A line with a path alone is taken in both; `#` begins a comment.
    Raises NoDataError where the list cannot be read, UsageError for a line of another form. Source: LIGO-T050017.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise NoDataError(f"cannot read the list of files {path}: {problem}") from problem
    rows = []
    for number, line in enumerate(lines, start=1):
        fields = line.split()
        if fields and not fields[0].startswith("#"):
            rows.append(_row(fields, path, number))
    return rows


def _row(fields: list[str], listed_in: Path, number: int) -> Row:
    if len(fields) == 1:
        return Row(_local(fields[0], listed_in.parent))
    place, start, duration = (0, 1, 2) if listed_in.suffix == ".ffl" else (-1, 2, 3)
    try:
        if len(fields) < place % 5 + 1:
            raise ValueError
        target = _local(fields[place], listed_in.parent)
        if fields[start] == fields[duration] == "-":
            return Row(target)
        return Row(target, float(fields[start]), float(fields[start]) + float(fields[duration]))
    except (ValueError, IndexError):
        form = "<path> <GPS start> <duration> 0 0" if place == 0 else "<site> <description> <start> <duration> <path>"
        raise UsageError(f"line {number} of {listed_in}: expected {form}, got {' '.join(fields)!r}") from None


def _local(name: str, folder: Path) -> Path:
    if name.startswith("file:"):
        name = unquote(urlsplit(name).path)
    return folder / name
