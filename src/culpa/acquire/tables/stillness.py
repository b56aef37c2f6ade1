"""Columns that say nothing, or always the same, in the first rows of a table: what they say in all others."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .columnfacts import Facts
from .raw import Source
from .words import words


def looked_through(source: Source, still: Mapping[str, Facts]) -> dict[str, Facts]:
    """The facts of columns that say nothing, or always the same, in the first rows: of all rows of the table.

    The table is read until each of them has said something else, or to its end. Columns that do have the cells of the
    blocks in which they come to it besides those of the first rows; memory is that of a few blocks of these columns.
    """
    facts = dict(still)
    known = {name: _said(column.raw) for name, column in still.items()}
    rows = 0
    for block in source.blocks([*known]) if known else ():
        rows += len(block)
        for name in [*known]:
            cells = block.columns[name].slice(max(0, still[name].rows - block.first))
            if new := _said(cells) - known[name]:
                known[name] |= new
                more = Facts.of(name, _appended(facts[name].raw, cells), source.decimal)
                if more.distinct > facts[name].distinct:
                    facts[name] = more
                if more.distinct > 1:
                    del known[name]
        if not known:
            break
    return facts | {name: replace(facts[name], through=rows) for name in known}


def _said(cells: Any) -> set[str]:
    """The different words in a pyarrow array."""
    import pyarrow as pa

    return {*words(cells if pa.types.is_nested(cells.type) else cells.unique())}


def _appended(first: Any, second: Any) -> Any:
    """Two pyarrow arrays as one, as text where their types differ."""
    import pyarrow as pa

    kind = first.type if first.type == second.type else pa.string()
    return pa.concat_arrays([first.cast(kind), second.cast(kind)])
