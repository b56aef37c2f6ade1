"""What a table is like, from its first rows: roles of columns, clock, and what deserves to be said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...errors import CulpaError, NoDataError, UsageError
from .choice import check_choice, overridden
from .columnfacts import Facts
from .hints import LABEL, hinted
from .problems import Problems, shown
from .raw import RawBlock, Source
from .roles import Role, guess_roles
from .stillness import looked_through
from .survey import Survey, surveyed
from .timecolumns import TimeColumns, time_columns
from .timeforms import TimeForm

SAMPLE = 20_000
"""Rows from which roles are guessed."""
_HEAD = 10  # rows to show
_LISTED = 12  # columns that an error names


@dataclass(frozen=True)
class Profile:
    """How to read a table: the `roles` of its columns in their order, and what they were guessed from.

    `unit` and `label` name one column each, "" = there is none; `times` are the columns of the time and `survey` is
    what its first values are like, None without one. `head` has the first rows as text, `sampled` says how many rows
    were looked at and `complete` whether these are all. `notes` are sentences for the user.
    """

    roles: tuple[Role, ...]
    unit: str
    label: str
    times: TimeColumns | None
    survey: Survey | None
    head: tuple[tuple[str, ...], ...]
    sampled: int
    complete: bool
    notes: tuple[str, ...]

    def of(self, *roles: str) -> tuple[str, ...]:
        """The columns of some roles, in the order of the file."""
        return tuple(role.column for role in self.roles if role.role in roles)

    @property
    def time(self) -> str:
        """The column of the time, that of the date where there are two, "" = there is none."""
        return self.times.columns[0] if self.times else ""

    @property
    def sensors(self) -> tuple[str, ...]:
        """The columns to examine."""
        return self.of("sensor")

    @property
    def words(self) -> tuple[str, ...]:
        """The columns that say what a row belongs to: groups, unit and labels."""
        return self.of("group", "unit", "label")

    @property
    def clock(self) -> str:
        """What `Table.clock` will say."""
        return self.times.clock if self.times else "row"


def profile(
    source: Source,
    *,
    time: str | Sequence[str] | None = None,
    features: str | Sequence[str] | None = None,
    groups: str | Sequence[str] | None = None,
    unit: str | None = None,
    label: str | None = None,
) -> Profile:
    """Guess what the columns of a table are, from its first rows (20,000; fewer where there are many columns).

    Columns that say nothing there, or always the same, are looked through to the end of the table.
    What is given is taken as it is: a name, for features and groups also several, for the time also two (of a date and
    of a time of day), "" or () for none; None is guessed.
    Raises UsageError for columns that are not there or cannot be what they should be, NoDataError for a table of fewer
    than two rows or without any value, and CulpaError for one without a sensor.
    """
    wanted = {"time": time, "sensor": features, "group": groups, "unit": unit, "label": label}
    given = {
        role: (names,) if isinstance(names, str) and names else tuple(names)
        for role, names in wanted.items()
        if names is not None
    }
    check_choice(source, given)
    sample, complete = _sample(source)
    first = {name: Facts.of(name, sample.columns[name], source.decimal) for name in source.names}
    still = {} if complete else {name: column for name, column in first.items() if column.distinct < 2}
    facts = first | looked_through(source, still)
    roles = overridden(guess_roles(tuple(facts.values())), given)
    _check_sensors(source, facts, roles, "sensor" in given)
    named = {role: [found.column for found in roles if found.role == role] for role in ("time", "unit")}
    labels = [facts[found.column] for found in roles if found.role == "label"]
    best = given.get("label") or tuple(column.name for column in sorted(labels, key=_lateness))
    forms = {name: _form(source, facts[name]) for name in named["time"]}
    clock = time_columns(forms) if forms else None
    problems = Problems()
    for found in roles:
        if found.role == "sensor":
            problems.cell(found.column, "number", first[found.column].numbers.wrong)
    seen: Survey | None = None
    notes = _woken({found.column: found.role for found in roles}, still, facts)
    first_unit = named["unit"][0] if named["unit"] else ""
    if clock:
        moments = clock.read(sample.columns, source.decimal, 0, problems)
        changing = {found.column: first[found.column].words for found in roles if found.role in ("unit", "group")}
        seen, told = surveyed(moments, changing, first_unit, source.places)
        notes += told
    noted = (*source.notes, *problems.lines(source.places), *notes)
    label = best[0] if best else ""
    return Profile(roles, first_unit, label, clock, seen, _head(first), len(sample), complete, noted)


def _sample(source: Source) -> tuple[RawBlock, bool]:
    blocks = source.blocks(rows=SAMPLE)
    sample = next(blocks, None)
    if sample is None:
        raise NoDataError(
            f"{source.path} has no row below the names of its columns", f"it was read as {source.details}"
        )
    if len(sample) == 1:
        raise NoDataError(f"{source.path} has a single row", "expected at least two rows, one for each moment or item")
    return sample, next(blocks, None) is None


def _check_sensors(source: Source, facts: Mapping[str, Facts], roles: Sequence[Role], given: bool) -> None:
    sensors = [found.column for found in roles if found.role == "sensor"]
    for name in sensors if given else ():
        if not facts[name].is_numeric:
            wrong = facts[name].numbers.wrong
            place = f"the first is {shown(wrong.text)} in {source.places([wrong.row])[0]}" if wrong else "all are empty"
            raise UsageError(
                f"column {name!r} of {source.path} does not hold numbers: {place}", "choose other features"
            )
    if sensors:
        return
    if all(found.is_empty for found in facts.values()):
        raise NoDataError(
            f"{source.path} has no value: all cells are empty or say that there is none", "export it again"
        )
    listed = "; ".join(f"{found.column} ({found.role}): {found.reason}" for found in roles[:_LISTED])
    more = f"; and {len(roles) - _LISTED} more" if len(roles) > _LISTED else ""
    raise CulpaError(
        f"{source.path} has no column of changing numbers to examine. {listed}{more}",
        f"choose the features if that is wrong; the file was read as {source.details}",
    )


def _woken(roles: Mapping[str, str], still: Mapping[str, Facts], facts: Mapping[str, Facts]) -> list[str]:
    """Sentences about columns that are of use, though the first rows alone do not show it."""
    return [
        f"column {name!r} is {'always the same' if first.distinct else 'empty'} in the first {first.rows:,} rows, "
        f"but not later; it is taken for a {role}"
        for name, first in still.items()
        if (role := roles[name]) in ("sensor", "group", "unit", "label") and facts[name].distinct > first.distinct
    ]


def _lateness(column: Facts) -> tuple[bool, bool]:
    """Sorts what marks faults before what marks changes, and clear names before others."""
    return "change" in column.name.lower(), not hinted(column, LABEL)


def _form(source: Source, column: Facts) -> TimeForm:
    if column.form is not None:
        return column.form
    texts = [text for text in column.words[:SAMPLE] if text]
    raise UsageError(
        f"column {column.name!r} of {source.path} does not hold times: "
        + (f"the first is {shown(texts[0])}" if texts else "all are empty"),
        "expected dates such as 2024-01-31 12:00:00, or numbers",
    )


def _head(facts: Mapping[str, Facts]) -> tuple[tuple[str, ...], ...]:
    columns = [column.raw.slice(0, _HEAD).to_pylist() for column in facts.values()]
    return tuple(tuple("" if cell is None else str(cell) for cell in row) for row in zip(*columns, strict=True))
