"""Tables of sensors from files, block by block."""

from collections.abc import Iterator, Sequence

import numpy as np

from ...errors import NoDataError, UsageError, nearest
from ...types import Floats, Table
from .numbers import numbers
from .problems import Problems
from .profile import Profile
from .raw import ROWS, RawBlock, Source
from .words import words


def read(
    source: Source,
    profile: Profile,
    rows: int = ROWS,
    *,
    also: Sequence[str] = (),
    problems: Problems | None = None,
) -> Iterator[Table]:
    """All rows of a table in blocks of at most `rows`, with the columns as a profile has them.

    `Table.words` has groups, unit and labels, and the columns of `also` (other than sensors and the time) whatever they
    are. What is wrong in cells and rows goes to `problems` and is logged once, after the last block; such cells are
    NaN. Raises CulpaError for what makes the file useless, and UsageError for columns of `also` that are not there.
    """
    problems = Problems() if problems is None else problems
    for name in also:
        if name not in source.names:
            raise UsageError(f"{source.path} has no column {name!r}", nearest(name, source.names))
    timed = profile.times.columns if profile.times else ()
    texts = [name for name in dict.fromkeys([*profile.words, *also]) if name not in (*profile.sensors, *timed)]
    wanted = [*profile.sensors, *texts, *timed]
    for block in source.blocks(wanted, rows, problems):
        yield Table(
            _values(block, profile.sensors, source.decimal, problems),
            profile.sensors,
            _times(block, profile, source.decimal, problems),
            profile.clock,
            {name: words(block.columns[name]) for name in texts},
            block.first,
        )
    problems.log(source.path.name, source.places)


def read_all(source: Source, profile: Profile, *, also: Sequence[str] = (), problems: Problems | None = None) -> Table:
    """All rows at once, as `read` has them, for what fits into memory. Raises NoDataError where there is none."""
    tables = list(read(source, profile, also=also, problems=problems))
    if not tables:
        raise NoDataError(f"{source.path} has no row", "export the table again")
    return Table.concatenate(tables)


def _values(block: RawBlock, sensors: Sequence[str], decimal: str, problems: Problems) -> Floats:
    values = np.empty((len(block), len(sensors)))
    for place, name in enumerate(sensors):
        found = numbers(block.columns[name], decimal, block.first)
        problems.cell(name, "number", found.wrong)
        values[:, place] = found.values
    return values


def _times(block: RawBlock, profile: Profile, decimal: str, problems: Problems) -> Floats:
    if profile.times is None:
        return np.arange(block.first, block.first + len(block), dtype=np.float64)
    return profile.times.read(block.columns, decimal, block.first, problems)
