"""A small language in which rows are chosen: `fault == "" and step_number in [4, 5]`."""

import ast
import keyword
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...errors import UsageError, nearest
from ...types import Mask, Table
from .comparing import ROW, TIME, Comparison

EXAMPLE = 'for example: fault == "" and step_number in [4, 5], or time < "2024-01-05" and not row < 400'
_LONGEST = 4000  # characters
_DEEPEST = 50
_TOKEN = re.compile(r""""[^"]*"|'[^']*'|`([^`]*)`|([^\W\d]\w*)""")
_WORDS = {"and", "or", "not", "in", "True", "False"}
_OPERATIONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: np.equal, ast.NotEq: np.not_equal, ast.Lt: np.less, ast.LtE: np.less_equal, ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
}  # fmt: skip
_MIRRORED: dict[type[ast.cmpop], type[ast.cmpop]] = {ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Gt: ast.Lt, ast.GtE: ast.LtE}
Literal = float | str
Chooser = Callable[[Table], Mask]


@dataclass(frozen=True)
class Rows:
    """Which rows are meant: `text` as the user wrote it, and the `columns` that it names, time and row aside."""

    text: str
    columns: tuple[str, ...]
    chooser: Chooser

    def mask(self, table: Table) -> Mask:
        """Which rows of a table (or of one block) are meant, shape (rows,).

        What is missing is unequal to everything and neither less nor greater. Raises UsageError where a column cannot
        be compared with what the text says.
        """
        return self.chooser(table)


def parse(text: str, names: Iterable[str], time: str = "") -> Rows:
    """Read a choice of rows from a table with these columns; the one called `time` ("" = none) has the times.

    Columns are compared (== != < <= > >= in) with numbers and with text in quotes, joined by and, or, not and
    parentheses; names that are not words stand in backticks. `time` is the time, compared with ISO 8601 text (UTC) or
    with numbers, and `row` the number of the row in the file from 0, where no column has these names. Raises UsageError
    for everything else.
    """
    known = list(names)
    if len(text) > _LONGEST:
        raise UsageError(f"the choice of rows has {len(text):,} characters", f"expected at most {_LONGEST:,}")
    source, stand_ins = _without_odd_names(text, known)
    try:
        tree = ast.parse(" ".join(source.split("\n")).strip(), mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise UsageError(f"{text!r} is no choice of rows", EXAMPLE) from None
    reader = _Reader(text, known, time, stand_ins)
    chooser = reader.condition(tree.body, 0)
    return Rows(text, tuple(dict.fromkeys(reader.used)), chooser)


def _without_odd_names(text: str, known: Sequence[str]) -> tuple[str, dict[str, str]]:
    """The text with names that Python would not read put as words that it does, and what these stand for."""
    stand_ins: dict[str, str] = {}

    def put(match: re.Match[str]) -> str:
        quoted, word = match[1], match[2]
        odd = quoted if quoted is not None else word if keyword.iskeyword(word or "") and word not in _WORDS else None
        if odd is None or (quoted is None and odd not in known):
            return match[0]
        stand_in = f"_name_{len(stand_ins)}_"
        stand_ins[stand_in] = odd
        return stand_in

    return _TOKEN.sub(put, text), stand_ins


@dataclass(frozen=True)
class _Reader:
    """Turns the syntax tree of a choice into a function of a table; whatever is not in the language is refused."""

    text: str
    known: Sequence[str]
    time: str
    stand_ins: dict[str, str]
    used: list[str] = field(default_factory=list)

    def error(self, what: str, hint: str = EXAMPLE) -> UsageError:
        """Says what of the text is not in the language."""
        return UsageError(f"{what} in the choice of rows {self.text!r}", hint)

    def condition(self, node: ast.expr, depth: int) -> Chooser:
        """What a part of the tree chooses."""
        if depth > _DEEPEST:
            raise self.error("too many levels")
        if isinstance(node, ast.BoolOp):
            parts = [self.condition(part, depth + 1) for part in node.values]
            join = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
            return lambda table: join.reduce([part(table) for part in parts])
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            inner = self.condition(node.operand, depth + 1)
            return lambda table: ~inner(table)
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            pairs = [self.pair(*part) for part in zip(sides, node.ops, sides[1:], strict=False)]
            return lambda table: np.logical_and.reduce([pair(table) for pair in pairs])
        if isinstance(node, ast.Name):
            raise self.error(f"{self.name(node)!r} is compared with nothing")
        raise self.error(f"{ast.unparse(node)!r} is no comparison")

    def pair(self, left: ast.expr, op: ast.cmpop, right: ast.expr) -> Chooser:
        """What one comparison chooses."""
        if isinstance(right, ast.Name) and not isinstance(left, ast.Name):
            left, right, op = right, left, _MIRRORED.get(type(op), type(op))()
        if not isinstance(left, ast.Name) or isinstance(right, ast.Name):
            raise self.error("a comparison of something other than a column with a value")
        column = self.column(left)
        if isinstance(op, (ast.In, ast.NotIn)):
            if not isinstance(right, (ast.List, ast.Tuple, ast.Set)) or not right.elts:
                raise self.error("'in' without a list such as [4, 5]")
            equal = [self.comparison(column, np.equal, element) for element in right.elts]
            if isinstance(op, ast.NotIn):
                return lambda table: ~np.logical_or.reduce([one(table) for one in equal])
            return lambda table: np.logical_or.reduce([one(table) for one in equal])
        if type(op) not in _OPERATIONS:
            raise self.error("a comparison other than == != < <= > >= in")
        return self.comparison(column, _OPERATIONS[type(op)], right)

    def column(self, node: ast.Name) -> str:
        """The column that a name means, noted as used."""
        name = self.name(node)
        if name in self.known:
            if name != self.time:
                self.used.append(name)
        elif name != ROW and not (name == TIME and self.time):
            raise self.error(f"no column is called {name!r}", nearest(name, [*self.known, ROW]))
        return name

    def comparison(self, column: str, operation: Callable[[Any, Any], Any], node: ast.expr) -> Chooser:
        """What one column compared with one value chooses."""
        is_time = column == self.time or (column == TIME and TIME not in self.known)
        is_row = column == ROW and ROW not in self.known
        return Comparison(column, operation, self.literal(node), is_row, is_time).mask

    def name(self, node: ast.Name) -> str:
        """A name as the table has it, whatever normal form of Unicode either is in."""
        name = self.stand_ins.get(node.id, node.id)
        normal = unicodedata.normalize("NFKC", name)
        same = [known for known in self.known if unicodedata.normalize("NFKC", known) == normal]
        return name if name in same or not same else same[0]

    def literal(self, node: ast.expr) -> Literal:
        """The number or the text that a part of the tree states."""
        sign = 1.0
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
            sign = -1.0 if isinstance(node.op, ast.USub) else 1.0
            node = node.operand
            if not isinstance(node, ast.Constant) or isinstance(node.value, str):
                raise self.error("a sign without a number")
        if isinstance(node, ast.Constant) and isinstance(node.value, (bool, int, float)):
            return sign * float(node.value)
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        raise self.error(f"{ast.unparse(node)!r} is neither a number nor text in quotes")
