"""What each column is: guessed from its name and its first rows, with the reason."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .columnfacts import Facts
from .hints import GROUP, IDENTIFIER, LABEL, SENSOR, TIME, UNIT, WEAK_LABEL, hinted
from .problems import shown
from .timecolumns import is_date_only

_FEW = 50  # values of a group that nothing in its name suggests
_MOST_LABELS = 50  # different words in a label
_FAULTY = frozenset(
    ("anomaly", "anomalous", "abnormal", "attack", "fault", "faulty", "fail", "failed", "failure", "ng", "bad",
     "defect", "outlier", "이상", "불량", "고장", "비정상")
)  # fmt: skip


@dataclass(frozen=True)
class Role:
    """What one column is, and why, in a sentence.

    `role` is "time", "sensor", "group", "unit" (what the rows are rows of, such as a wafer), "label", "identifier",
    "constant", "empty" or "text".
    """

    column: str
    role: str
    reason: str


def guess_roles(columns: Sequence[Facts]) -> tuple[Role, ...]:
    """The roles of the columns of a table, in their order; at most one is the unit.

    At most one is the time, or two: a date and a time of day.
    """
    roles = [_guess(facts) for facts in columns]
    for role in ("time", "unit"):
        places = [place for place, found in enumerate(roles) if found.role == role]
        if not places:
            continue
        best = max(places, key=lambda place: (_fitness(columns[place], role), -place))
        other = _time_of_day(columns, places) if role == "time" and _is_day(columns[best]) else None
        for place in {*places} - {best, other}:
            roles[place] = _second(columns[place], role, roles[best].column)
    return tuple(roles)


def _is_day(facts: Facts) -> bool:
    return is_date_only(facts.form, list(facts.counts))


def _time_of_day(columns: Sequence[Facts], places: Sequence[int]) -> int | None:
    daily = [place for place in places if (form := columns[place].form) is not None and form.is_daily]
    return daily[0] if daily else None


def _fitness(facts: Facts, role: str) -> tuple[float, ...]:
    """What decides between several columns of a role that only one can have."""
    if role == "unit":
        return (float(hinted(facts, UNIT)), -facts.runs / max(1, facts.distinct))
    dated = facts.form is not None and facts.form.clock == "utc"
    varied = facts.distinct >= facts.rows / 10
    return (float(dated), float(varied), float(hinted(facts, TIME)), float(min(facts.distinct, facts.rows // 2)))


def _second(facts: Facts, role: str, best: str) -> Role:
    if role == "unit":
        return Role(facts.name, "group", f"it holds names that repeat, and the unit is {best}")
    return Role(facts.name, "text", f"it holds times, and the time is {best}")


def _guess(facts: Facts) -> Role:
    for attempt in (_empty, _label, _time, _constant, _numeric if facts.is_numeric else _text):
        if (found := attempt(facts)) is not None:
            return Role(facts.name, *found)
    raise AssertionError("the last attempt always succeeds")


Guess = tuple[str, str] | None


def _empty(facts: Facts) -> Guess:
    return ("empty", f"none of the first {facts.seen:,} cells states anything") if facts.is_empty else None


def _label(facts: Facts) -> Guess:
    named, weakly = hinted(facts, LABEL), hinted(facts, WEAK_LABEL)
    if facts.is_numeric:
        return _numeric_label(facts, named) if named or weakly else None
    speaking = [word for word in facts.counts if word.lower() in _FAULTY or "anomal" in word.lower()]
    if not (named or weakly or (speaking and not hinted(facts, GROUP))) or len(facts.counts) > _MOST_LABELS:
        return None
    usual, count = next(iter(facts.counts.items()))
    few = len(facts.counts) == 2 or count >= facts.rows / 2
    if not few or (len(facts.counts) == 1 and not named):
        return None
    why = "its name says so" if named or weakly else f"some of its cells are {shown(speaking[0])}"
    return "label", f"{why}, and {count / facts.rows:.2%} of its cells are {shown(usual) if usual else 'empty'}"


def _numeric_label(facts: Facts, named: bool) -> Guess:
    binary = set(np.unique(facts.known).tolist()) <= {0, 1}
    kinds = named and facts.is_whole and facts.distinct <= _MOST_LABELS and facts.known.min() == 0
    if not (binary or kinds) or (hinted(facts, SENSOR) and not (named and binary)):
        return None
    if not named and facts.distinct < 2:
        return None
    return "label", f"its name says so, and {np.mean(facts.known != 0):.2%} of its cells are not 0"


def _time(facts: Facts) -> Guess:
    form = facts.form
    if form is None or (facts.distinct == 1 and facts.rows > 1 and not _is_day(facts)):
        return None
    if form.kind != "number":
        suggested = (
            hinted(facts, TIME)
            or form.kind in ("stamp", "gps")
            or (form.kind == "text" and form.layout != "digits only")
        )
        return ("time", f"it {form.reason}") if suggested or (form.kind == "epoch" and facts.forwards > 0.9) else None
    if hinted(facts, TIME) and facts.forwards >= 0.8:
        return "time", "its name says so, and its numbers mostly increase"
    return None


def _constant(facts: Facts) -> Guess:
    if facts.distinct != 1 or (facts.numbers.missing and not facts.is_numeric):
        return None
    value = next(word for word in facts.counts if word)
    return "constant", f"all of the first {facts.seen:,} cells that state something are {shown(value)}"


def _numeric(facts: Facts) -> Guess:
    known, sensor = f"{facts.distinct:,} different whole numbers", hinted(facts, SENSOR)
    repeated = facts.distinct <= facts.rows / 2
    if facts.is_whole and not sensor:
        if hinted(facts, UNIT) and facts.runs <= facts.rows / 2:
            return "unit", f"its name says so, and its {known} hold for several rows each"
        if (hinted(facts, GROUP) or hinted(facts, UNIT)) and repeated:
            return "group", f"its name says so, and it holds {known}"
        if hinted(facts, IDENTIFIER) or hinted(facts, UNIT) or hinted(facts, GROUP):
            if facts.distinct == len(facts.known):
                return "identifier", "its name says so, and no number repeats"
            if hinted(facts, IDENTIFIER) and repeated:
                return "group", f"its name says that it numbers things, and it holds {known}"
        if facts.is_counting:
            return "identifier", "it counts the rows"
    wrong = facts.numbers.wrong
    but = f", but for {wrong.count:,} such as {shown(wrong.text)}" if wrong else ""
    return "sensor", f"it holds numbers from {facts.known.min():.6g} to {facts.known.max():.6g}{but}"


def _text(facts: Facts) -> Guess:
    named_unit, named_group = hinted(facts, UNIT), hinted(facts, GROUP)
    known, wrong = f"{facts.distinct:,} different texts", facts.numbers.wrong
    together = facts.runs <= facts.rows / 2
    if facts.numbers.share > 0 and wrong and not (named_unit or named_group):
        return (
            "text",
            f"only {facts.numbers.share:.0%} of its cells are numbers; the first that is not is {shown(wrong.text)}",
        )
    if (named_unit and together) or (not named_group and together and facts.runs == facts.distinct > _FEW):
        return "unit", f"it holds {known}, each for several rows"
    if facts.distinct <= facts.rows / 2 and (named_group or named_unit or facts.distinct <= _FEW):
        return "group", f"it holds {known}"
    if facts.distinct == facts.rows:
        return "identifier", "no text repeats"
    return "text", f"it holds {known}, too many for groups"
