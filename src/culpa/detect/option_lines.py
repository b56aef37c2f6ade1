"""Files of lines `TAG KEYWORD PARAMETERS`, asked by keyword."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from ..errors import UsageError


@dataclass(frozen=True)
class Line:
    """A line that says something: its number in the file, `TAG KEYWORD` in capitals, and the parameters."""

    number: int
    name: str
    words: tuple[str, ...]


def parse(text: str, path: Path) -> Iterator[Line]:
    """The lines of a file without its comments, which begin with a word that starts with `//` or `#`.

    Raises UsageError for a line of one word.
    """
    for number, row in enumerate(text.splitlines(), start=1):
        words = row.split()
        comment = next((i for i, word in enumerate(words) if word.startswith(("//", "#"))), len(words))
        words = words[:comment]
        if len(words) == 1:
            raise UsageError(f"line {number} of {path}: expected TAG KEYWORD PARAMETERS, got {words[0]!r}")
        if words:
            yield Line(number, " ".join(words[:2]).upper(), tuple(words[2:]))


@dataclass(frozen=True)
class Lines:
    """The lines of a file; where a keyword is given twice, the last one counts."""

    lines: tuple[Line, ...]
    path: Path

    def all(self, name: str) -> tuple[str, ...]:
        """The parameters of a keyword from all its lines."""
        return tuple(word for line in self.lines if line.name == name for word in line.words)

    def last(self, *names: str) -> Line | None:
        """The last line with one of the keywords."""
        return next((line for line in reversed(self.lines) if line.name in names), None)

    def numbers(self, name: str, expected: str, counts: Sequence[int]) -> list[float] | None:
        """The parameters of a keyword, as many as one of `counts`; None where it is not given.

        Raises UsageError, with `expected` in words, where they are not finite numbers or not that many.
        """
        line = self.last(name)
        if line is None:
            return None
        try:
            values = [float(word) for word in line.words]
        except ValueError:
            values = []
        if len(values) not in counts or not all(map(isfinite, values)):
            raise self.malformed(line, expected)
        return values

    def number(self, *names: str, expected: str) -> float | None:
        """The one parameter of the first of the keywords that is given; None where none is. Raises as `numbers`."""
        found = (self.numbers(name, expected, [1]) for name in names)
        return next((values[0] for values in found if values), None)

    def malformed(self, line: Line, expected: str) -> UsageError:
        """The error that names a line, what was expected in it and what was got."""
        got = " ".join(line.words) or "nothing"
        return UsageError(f"line {line.number} of {self.path}: {line.name}: expected {expected}, got {got}")
