"""Cells to numbers: float64 where they are some, NaN where nothing is stated, and what is neither."""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...types import Floats, Mask
from .problems import Wrong

MISSING = frozenset(
    ["", "na", "n/a", "#n/a", "<na>", "nan", "-nan", "nat", "null", "(null)", "none", "nil", "-", "--", "?"]
)
"""What cells without a value say, in lower case."""
_TRUTH = {"true": 1.0, "false": 0.0}
_PLAIN = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_POINT_GROUPED = r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?"
_COMMA = r"[+-]?(?:[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+)(?:,[0-9]*)?(?:[eE][+-]?[0-9]+)?|[+-]?,[0-9]+"
_FORMS = {".": f"^(?:{_PLAIN}|{_POINT_GROUPED})$", ",": f"^(?:{_COMMA})$"}


@dataclass(frozen=True)
class Numbers:
    """A column as numbers: `values` (rows,) float64, NaN = nothing stated or no number; `missing` counts the former.

    `wrong` are the cells that are neither a number nor missing, None = there are none; infinities are among them.
    """

    values: Floats
    missing: int
    wrong: Wrong | None = None

    @property
    def share(self) -> float:
        """Numbers among the cells that state something, 0 to 1; 0 where none does."""
        stated = len(self.values) - self.missing
        return 1 - (self.wrong.count if self.wrong else 0) / stated if stated else 0.0


def numbers(column: Any, decimal: str = ".", first: int = 0) -> Numbers:
    """The numbers in a pyarrow array of any type; `first` is the row of its first cell in the file.

    Text may have white space around it, thousands separators, a percent sign (which is dropped: 45% is 45) and
    `decimal`, "." or ",", as its decimal mark. True is 1, false 0.
    """
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        return numbers(column.cast(kind.value_type), decimal, first)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _from_text(column, decimal, first)
    if (
        pa.types.is_floating(kind)
        or pa.types.is_integer(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_decimal(kind)
    ):
        return _checked(column.cast(pa.float64(), safe=False), column, column.null_count, first)
    if column.null_count == len(column):
        return Numbers(np.full(len(column), np.nan), len(column))
    place = int(np.argmax(column.is_valid().to_numpy(zero_copy_only=False)))
    wrong = Wrong(len(column) - column.null_count, first + place, str(column[place].as_py()))
    return Numbers(np.full(len(column), np.nan), column.null_count, wrong)


def one_number(text: str, decimal: str = ".") -> float | None:
    """The number in one cell of text, NaN where it says that there is none, None where it is something else."""
    text = text.strip()
    if text.lower() in MISSING:
        return float("nan")
    if text.lower() in _TRUTH:
        return _TRUTH[text.lower()]
    text = text.removesuffix("%").rstrip()
    if re.search(_FORMS[decimal], text):
        return float(_american(text, decimal))
    return float(text) if re.fullmatch(_PLAIN, text) else None


def _american(text: str, decimal: str) -> str:
    return text.replace(",", "") if decimal == "." else text.replace(".", "").replace(",", ".")


def _from_text(column: Any, decimal: str, first: int) -> Numbers:
    import pyarrow as pa
    import pyarrow.compute as pc

    if decimal == ".":
        try:
            return _checked(pc.cast(column, pa.float64()), column, column.null_count, first)
        except pa.ArrowInvalid:
            column = pc.utf8_trim_whitespace(column)
        stated = pc.if_else(pc.equal(column, ""), None, column)
        try:
            return _checked(pc.cast(stated, pa.float64()), column, stated.null_count, first)
        except pa.ArrowInvalid:
            pass
    else:
        column = pc.utf8_trim_whitespace(column)
    fits = pc.fill_null(pc.match_substring_regex(column, _FORMS[decimal]), False)
    text = pc.if_else(fits, column, None)
    if decimal == ",":
        text = pc.replace_substring(pc.replace_substring(text, ".", ""), ",", ".")
    else:
        text = pc.replace_substring(text, ",", "")
    values = pc.cast(text, pa.float64()).to_numpy(zero_copy_only=False).copy()
    others = np.flatnonzero(~fits.to_numpy(zero_copy_only=False))
    missing, wrong = 0, np.zeros(len(values), dtype=bool)
    if len(others):
        coded = column.take(pa.array(others)).fill_null("").dictionary_encode()
        meant = [one_number(cell, decimal) for cell in coded.dictionary.to_pylist()]
        codes = coded.indices.to_numpy()
        values[others] = np.array([np.nan if value is None else value for value in meant])[codes]
        wrong[others] = np.array([value is None for value in meant])[codes]
        missing = int(np.isnan(values[others]).sum() - wrong.sum())
    return _without(values, wrong | np.isinf(values), column, missing, first)


def _checked(cast: Any, column: Any, missing: int, first: int) -> Numbers:
    """What a cast of a whole column made: NaN was null or said so, infinities do not count as numbers."""
    values = cast.to_numpy(zero_copy_only=False)
    if np.isfinite(values).all():
        return Numbers(values, missing)
    return _without(values, np.isinf(values), column, int(np.isnan(values).sum()), first)


def _without(values: Floats, wrong: Mask, column: Any, missing: int, first: int) -> Numbers:
    count = int(wrong.sum())
    if not count:
        return Numbers(values, missing)
    place = int(np.argmax(wrong))
    return Numbers(np.where(wrong, np.nan, values), missing, Wrong(count, first + place, str(column[place].as_py())))
