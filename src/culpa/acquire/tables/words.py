"""Cells to words: the text of groups, units and labels."""

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .numbers import MISSING

_WHOLE = re.compile(r"([+-]?\d+)[.,]0+")


def words(column: Any) -> NDArray[np.object_]:
    """The words in a pyarrow array of any type, an object array of str of shape (rows,), "" = nothing stated.

    White space around them is dropped, whole numbers are written without ".0", and what says that there is nothing (NA,
    null and the like) is "".
    """
    import pyarrow as pa

    if pa.types.is_floating(column.type) or pa.types.is_nested(column.type):
        column = pa.array([None if cell is None else str(cell) for cell in column.to_pylist()], pa.string())
    coded = column.cast(pa.string()).fill_null("").dictionary_encode()
    meant = np.array([word(cell) for cell in coded.dictionary.to_pylist()], dtype=object)
    return meant[coded.indices.to_numpy()] if len(meant) else meant


def word(cell: str) -> str:
    """What one cell says, "" for nothing."""
    text = cell.strip()
    if text.lower() in MISSING:
        return ""
    whole = _WHOLE.fullmatch(text)
    return whole[1] if whole else text
