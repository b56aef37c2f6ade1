"""Markdown tables."""

from collections.abc import Iterable, Sequence


def table(header: Sequence[str], rows: Iterable[Sequence[object]], words: int = 1) -> str:
    """A table whose first columns are of `words` and whose others are of numbers; what is in a cell stays in it."""
    lines = [header, ["---"] * words + ["---:"] * (len(header) - words), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def listing(lines: Iterable[str]) -> str:
    """A list of sentences."""
    return "\n".join(f"- {one_line(line)}" for line in lines)


def one_line(text: str) -> str:
    """The text without line breaks and other control characters."""
    return "".join(c if c.isprintable() else " " for c in text)


def _cell(value: object) -> str:
    return one_line(str(value)).replace("|", "\\|")
