"""How a text file writes a table: what separates its cells, its decimal mark, where its data begin."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...errors import CulpaError
from .headers import find_header
from .raw import unique_names

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars", " ": "spaces"}
_ROWS = 100  # looked at
_CELLS = 50_000
_SPLITS = re.compile(r'[,;\t|"]')
_COMMA_DECIMAL = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d*),\d+(e[+-]?\d+)?", re.IGNORECASE)
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+")
_POINT_DECIMAL = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d*)\.\d+(e[+-]?\d+)?", re.IGNORECASE)


@dataclass(frozen=True)
class Dialect:
    """How to read a text file: `delimiter`, `decimal` and `names`; the data begin after `skipped` bytes of UTF-8.

    `line` is the number of the first line of the data, from 1, and `header` says whether names stood above it.
    """

    delimiter: str
    decimal: str
    names: tuple[str, ...]
    skipped: int
    line: int
    header: bool
    notes: tuple[str, ...] = ()


def find_dialect(text: str, delimiter: str | None = None, decimal: str | None = None) -> Dialect | None:
    """The dialect of a file that begins with this text, None where it has no row; what is given is taken as it is.

    Empty lines and comments (`#`) before the table are skipped; names may stand in the last comment. Raises CulpaError
    where the cells cannot be told apart.
    """
    lines = list(io.StringIO(text, newline=""))
    before = next((place for place, line in enumerate(lines) if not _is_idle(line)), len(lines))
    comments = [line for line in lines[:before] if line.lstrip().startswith("#")]
    if delimiter is None:
        delimiter = _delimiter(lines[before:])
    ends, rows = _split(lines[before:], delimiter, before)
    if not rows:
        return None
    header = find_header(rows)
    data = rows[header.rows :]
    width = Counter(map(len, data)).most_common(1)[0][0] if data else len(header.cells or ())
    cells = header.cells if header.cells is not None else _from_comment(comments, delimiter, width)
    names, notes = unique_names([""] * width if cells is None else _aligned(cells, data, width))
    if header.titles:
        notes = (f"{_count(header.titles, 'line')} above the names of the columns skipped", *notes)
    taken = before + (ends[header.rows - 1] if header.rows else 0)
    skipped = len("".join(lines[:taken]).encode())
    mark = decimal or _decimal(delimiter, data)
    return Dialect(delimiter, mark, names, skipped, taken + 1, cells is not None, notes)


def _is_idle(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _split(lines: Sequence[str], delimiter: str, above: int = 0) -> tuple[list[int], list[list[str]]]:
    """The first rows that are not empty, and how many lines there are up to the end of each, without those `above`."""
    reader = csv.reader(iter(lines), delimiter=delimiter)
    ends, rows, done = [], [], 0
    try:
        for row in reader:
            done = reader.line_num
            if row:
                ends.append(reader.line_num)
                rows.append(row)
            if len(rows) > _ROWS:
                break
    except csv.Error as problem:
        raise CulpaError(
            f"line {above + done + 1} cannot be split into cells: {problem}",
            "a quotation mark may be missing; if not, is it a table of text?",
        ) from None
    return ends, rows


def _delimiter(lines: Sequence[str]) -> str:
    """What splits the lines best; a comma where nothing splits them.

    Spaces count only where nothing else does, as they are in names and times too.
    """
    scores = {delimiter: _fitness(list(_tried(lines, delimiter))) for delimiter in list(DELIMITERS)[:-1]}
    best = max(scores, key=lambda delimiter: scores[delimiter])  # of equal ones the first
    if scores[best]:
        return best
    spaced = [re.split(r"[ \t]+", line.strip()) for line in lines[:_ROWS] if line.strip()]
    even = len({len(row) for row in spaced}) == 1
    return " " if even and len(spaced[0]) > 1 else ","


def _fitness(rows: Sequence[Sequence[str]]) -> float:
    """How well rows are split, 0 (not at all) to 1: into the same number of cells, two or more, and into whole ones.

    It is halved where the first row that anything splits has another number of cells: names are as many as the cells
    below them. Cells that hold what else may split speak against it: `1,5;2,7` are two numbers, not three cells.
    """
    widths = Counter(map(len, rows))
    width, count = max(widths.items(), key=lambda item: (item[1], item[0]), default=(1, 0))
    if width < 2:
        return 0.0
    cells = [cell for row in rows for cell in row[: _CELLS // _ROWS]]
    whole = sum(map(_is_whole, cells)) / len(cells)
    first = next(row for row in rows if len(row) > 1 or not _is_whole(row[0]))
    return round(count / len(rows) * (1 + whole) / 2 * (1.0 if len(first) == width else 0.5), 9)


def _is_whole(cell: str) -> bool:
    """Whether nothing in a cell looks as if it should be split, or as if quotation marks were split."""
    if _SPLITS.search(cell) is None:
        return True
    text = cell.strip()
    return any(form.fullmatch(text) for form in (_COMMA_DECIMAL, _POINT_DECIMAL, _GROUPED))


def _tried(lines: Sequence[str], delimiter: str) -> Iterator[list[str]]:
    try:
        yield from _split(lines, delimiter)[1]
    except CulpaError:
        return


def _decimal(delimiter: str, rows: Sequence[Sequence[str]]) -> str:
    """The decimal mark: a comma where more cells need it to be one than need a point."""
    commas = points = undecided = seen = 0
    for row in rows:
        for cell in row:
            text = cell.strip()
            if _GROUPED.fullmatch(text):
                undecided += 1
            elif _COMMA_DECIMAL.fullmatch(text):
                commas += 1
            elif _POINT_DECIMAL.fullmatch(text):
                points += 1
        seen += len(row)
        if seen > _CELLS:
            break
    if not commas and not points:
        return "," if undecided and delimiter != "," else "."
    return "," if commas > points else "."


def _from_comment(comments: Sequence[str], delimiter: str, width: int) -> tuple[str, ...] | None:
    """Names from the last comment, where it has as many cells as the rows; None otherwise."""
    if not comments or width < 2:
        return None
    last = comments[-1].strip().lstrip("#").strip()
    cells = re.split(r"[ \t]+", last) if delimiter == " " else next(csv.reader([last], delimiter=delimiter), [])
    return tuple(cells) if len(cells) == width else None


def _aligned(cells: Sequence[str], data: Sequence[Sequence[str]], width: int) -> list[str]:
    """The names, and an empty one where rows have one cell more: behind if that cell is empty, else in front."""
    if width != len(cells) + 1:
        return list(cells)
    trailing = all(not row[-1].strip() for row in data if len(row) == width)
    return [*cells, ""] if trailing else ["", *cells]
