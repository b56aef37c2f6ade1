"""What a search in a table found, in sentences, and its numbers and names as a page shows them."""

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from math import nan
from typing import Any

import numpy as np

from ...condition.baseline import CLIP
from ...types import Floats
from ..numbers import number, percent, plural
from .drawn import Overview, Window

SURE = 0.05
"""Groups differ where chance does as well with at most this probability."""
QUESTIONS = ("p_rate", "p_score", "p_drift")
"""What is asked of each group."""
_NAMED = 3
"""Names or sentences of one kind that are told; the tables have all."""
_SHOWN = 80
"""Letters of a name that a sentence shows."""
_TURNED = frozenset({"R", "AL", "RLE", "RLO", "RLI", "LRE", "LRO", "LRI", "FSI", "PDF", "PDI"})
"""Unicode's classes of letters that can turn the order of what stands around them."""

Event = Mapping[str, Any]


def named(name: str, longest: int = _SHOWN) -> str:
    """A name as a sentence can hold it: of at most so many letters, and what turns the order of letters isolated."""
    head = (longest - 1) // 2
    short = name if len(name) <= longest else f"{name[:head]}…{name[head + 1 - longest :]}"
    return f"\u2068{short}\u2069" if any(unicodedata.bidirectional(c) in _TURNED for c in short) else short


def moment(value: str | float | None) -> str:
    """A time as it is shown: `2026-01-01 00:06:47` (UTC), or the file's own number; `–` where it is missing."""
    if value is None or value == "":
        return "–"
    if not isinstance(value, str):
        return f"{value:.12g}"
    return value.replace("T", " ").removesuffix("Z").removesuffix(".000")


def until(start: str | float | None, end: str | float | None) -> str:
    """A time after another: of the same day only the hour."""
    first, last = moment(start), moment(end)
    return last[11:] if isinstance(end, str) and first[:11] == last[:11] else last


def clock(summary: Mapping[str, Any]) -> str:
    """What the times of events are: `utc`, `number` (the file's own) or `row` (there are none)."""
    starts = [(event["start"], event["first_row"]) for event in summary["events"] if event["start"] is not None]
    if any(isinstance(start, str) for start, _ in starts):
        return "utc"
    return "number" if any(start != row for start, row in starts) else "row"


def reading(value: float) -> str:
    """A sensor's reading or its deviation: five digits."""
    return f"{value:,.5g}" if 1e-4 <= abs(value) < 1e5 or value == 0 else f"{value:.5g}"


def deviation(value: float | None) -> str:
    """A deviation in usual ones with its sign; `50 or more` where it was cut."""
    if value is None:
        return "–"
    return f"{'+' if value > 0 else '-'}{CLIP:.0f} or more" if abs(value) >= CLIP else _signed(value)


def between(low: float, high: float) -> str:
    """A range of readings: `812 to 1,204`."""
    first, last = reading(low), reading(high)
    return first if first == last else f"{first} to {last}"


def rows(first: int, last: int) -> str:
    """Rows, both ends inclusive: `327–330`."""
    return f"{first:,}" if first == last else f"{first:,}–{last:,}"


def loudest(events: Sequence[Event]) -> list[Event]:
    """Events in order of their scores."""
    return sorted(events, key=lambda event: -event["score"])


def blamed_first(events: Sequence[Event]) -> Counter[str]:
    """How many events each sensor is the first to blame for; sensors in order of that number."""
    return Counter(dict(Counter(event["contributions"][0]["feature"] for event in events).most_common()))


def headline(summary: Mapping[str, Any]) -> str:
    """The whole result in one sentence."""
    events, file = summary["events"], named(summary["file"])
    if not events:
        return f"No events in {file}."
    blamed = blamed_first(events)
    most = max(blamed.values())
    names = [named(name) for name, times in blamed.items() if times == most]
    found = f"{plural(len(events), 'event')} in {file}"
    if len(events) == 1:
        return f"{found}; {names[0]} is blamed most for it."
    if most == len(events):
        return f"{found}; {names[0]} is blamed most for all of them."
    if len(names) == len(events):
        return f"{found}, each blamed on another sensor."
    if len(names) == 1:
        return f"{found}; {names[0]} is blamed most often: for {most:,} of them."
    return f"{found}; {_listed(names)} are blamed most often: for {most:,} each."


def lead(summary: Mapping[str, Any], overview: Overview) -> list[str]:
    """The loudest event, how many are of which kind, and what the units say."""
    events = summary["events"]
    said = [_loudest(summary, loudest(events)[0]), _kinds(events)] if events else [_quiet(summary, overview)]
    return [*said, *([_units(summary)] if summary["units"] else [])]


def limit(threshold: Mapping[str, Any], known: int, thing: str) -> str:
    """Where a limit is from, and how many of the `known` rows or units exceed it by chance."""
    said = f"The limit of {thing}s is {number(threshold['value'])}, {threshold['origin']}."
    if threshold["rate"] is None:
        return said
    expected, low, high = (known * threshold[name] for name in ("rate", "low", "high"))
    alarms = f"{_about(expected)} false alarm{'s' * (_about(expected) != '1')}"
    interval = f"(95 %: {_about(low)} to {_about(high)})"
    return f"{said} It lets about {alarms} {interval} through in {plural(known, thing)}."


def scores(summary: Mapping[str, Any], overview: Overview) -> str:
    """What the plot of all scores shows."""
    known, above = summary["known"], summary["above"]
    if not known:
        return "No row has a score."
    highest = float(np.nanmax(overview.score))
    exceed = "exceeds" if above == 1 else "exceed"
    places = f" Each point is the highest score of about {_per_place(overview)}." if _per_place(overview) else ""
    return (
        f"The highest score is {number(highest)}; {above:,} of {plural(known, 'row')} ({percent(above / known)}) "
        f"{exceed} the limit of {number(summary['threshold']['value'])}.{places}"
    )


def extremes(overview: Overview, column: int) -> tuple[float, float]:
    """The lowest and the highest reading of a sensor; NaN where it has none."""
    lowest, highest = overview.lowest[:, column], overview.highest[:, column]
    if not np.isfinite(lowest).any():
        return nan, nan
    return float(np.nanmin(lowest)), float(np.nanmax(highest))


def sensor(name: str, low: float, high: float, first: int, total: int) -> str:
    """What the plot of all readings of one sensor shows; `low` and `high` are NaN where it has none."""
    if np.isnan(low):
        return f"{named(name)} has no readings."
    blamed = f"blamed most for {first:,} of {plural(total, 'event')}" if total else "there are no events"
    return f"{named(name)} reads {between(low, high)}; {blamed}."


def window(of: Window, first: int, last: int) -> str:
    """What the plot of an event or a unit shows of its first sensor in these rows, both ends inclusive."""
    inside = (of.rows >= first) & (of.rows <= last)
    name, values = named(of.sensors[0]), of.values[inside, 0]
    if not np.isfinite(values).any():
        return f"{name} has no readings there."
    said = f"{name} reads {between(*_ends(values))}"
    expected, usual = of.expected[inside, 0], of.usual[inside, 0]
    if not np.isfinite(expected).any():
        return f"{said}; what is expected is not known."
    with np.errstate(divide="ignore", invalid="ignore"):
        away = np.abs(values - expected) / usual
    far = f": up to {number(float(np.nanmax(away)))} usual deviations away" if np.isfinite(away).any() else ""
    return f"{said}; {between(*_ends(expected))} is expected{far}."


def cut(of: Window, first: int, last: int) -> str:
    """That not all of these rows, both ends inclusive, are drawn; "" where they are."""
    if not len(of.rows) or (of.rows[0] <= first and of.rows[-1] >= last):
        return ""
    return f"Only rows {rows(int(of.rows[0]), int(of.rows[-1]))} are drawn."


def sure(probability: float | None) -> bool:
    """Whether chance does as well so seldom; None is not known."""
    return probability is not None and probability <= SURE


def differs(group: Mapping[str, Any]) -> bool:
    """Whether a group differs from the others beyond chance, or drifts."""
    return any(sure(group[name]) for name in QUESTIONS)


def groups(summary: Mapping[str, Any]) -> list[str]:
    """Which groups differ, the surest first."""
    told = sorted(
        (group[name], i, name) for i, group in enumerate(summary["groups"]) for name in QUESTIONS if sure(group[name])
    )
    if not told:
        return ["No group differs from the others, and none drifts, beyond chance."]
    said = [_difference(name, summary, summary["groups"][i]) for _, i, name in told[: 2 * _NAMED]]
    more = len(told) - len(said)
    return [*said, *([f"{more:,} more: see the table."] if more > 0 else [])]


def statistic(of: Mapping[str, Any]) -> str:
    """A statistic of a unit: `mean of pressure in step 4: +5.2`."""
    what = f"{of['statistic']} of {named(of['feature'])}" if of["feature"] else of["statistic"]
    where = f" in step {named(of['step'])}" if of["step"] else ""
    return f"{what}{where}: {deviation(of['deviation'])}"


def _about(value: float) -> str:
    """A number of two digits."""
    return number(float(f"{value:.2g}")).removesuffix(".0")


def _signed(value: float) -> str:
    text = number(abs(value))
    return text if text == "0" else f"{'+' if value > 0 else '-'}{text}"


def _listed(names: Sequence[str]) -> str:
    """Some names and how many more: `a, b and c`, `a, b, c and 4 more`."""
    some, more = [*names[:_NAMED]], len(names) - _NAMED
    last = f"{more:,} more" if more > 0 else some.pop()
    return f"{', '.join(some)} and {last}" if some else last


def _loudest(summary: Mapping[str, Any], event: Event) -> str:
    first, where = event["contributions"][0], f"row{'s' * (event['first_row'] != event['last_row'])}"
    place = f"{where} {rows(event['first_row'], event['last_row'])}"
    at = "" if clock(summary) == "row" else f", from {moment(event['start'])}"
    said = f"{named(first['feature'])} is {100 * first['share']:.0f} % of it"
    return f"The loudest is event {event['event']:,} ({place}{at}): score {number(event['score'])}, {said}."


def _kinds(events: Sequence[Event]) -> str:
    kinds = Counter(event["kind"] for event in events)
    said = _listed([f"{many:,} {kind}" for kind, many in kinds.most_common()])
    return f"By kind: {said}."


def _quiet(summary: Mapping[str, Any], overview: Overview) -> str:
    if not summary["known"]:
        return "No row has a score: nothing is known of any."
    highest, bound = float(np.nanmax(overview.score)), summary["threshold"]["value"]
    return f"The highest score of {plural(summary['known'], 'row')} is {number(highest)}; the limit is {number(bound)}."


def _units(summary: Mapping[str, Any]) -> str:
    units = summary["units"]
    odd = sorted((unit for unit in units if unit["anomalous"]), key=lambda unit: -unit["score"])
    many = f"of {plural(len(units), 'unit')} ({' / '.join(map(named, summary['columns']['unit']))})"
    if not odd:
        return f"None {many} is unusual as a whole."
    names = _listed([named(unit["unit"]) for unit in odd])
    return f"{len(odd):,} {many} {'is' if len(odd) == 1 else 'are'} unusual as a whole: {names}."


def _per_place(overview: Overview) -> str:
    each = overview.rows / max(overview.places, 1)
    return f"{each:,.0f} rows" if each >= 2 else ""


def _ends(values: Floats) -> tuple[float, float]:
    return float(np.nanmin(values)), float(np.nanmax(values))


def _others(summary: Mapping[str, Any], group: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [one for one in summary["groups"] if one["column"] == group["column"] and one["name"] != group["name"]]


def _who(group: Mapping[str, Any]) -> str:
    return f"{named(group['column'])} {named(group['name'])}"


def _difference(question: str, summary: Mapping[str, Any], group: Mapping[str, Any]) -> str:
    """What a group has that the others have not, with the probability of that by chance."""
    who, others, by_chance = _who(group), _others(summary, group), f"(p = {group[question]:.2g})"
    if question == "p_drift":
        moved = f"by {_signed(group['drift'])} usual deviations from its first to its last row"
        return f"{named(group['drifts'])} drifts in {who}: {moved} {by_chance}."
    if question == "p_rate":
        part = percent(group["rows"] / (group["rows"] + sum(one["rows"] for one in others)))
        events = f"{group['events']:,} of {plural(len(summary['events']), 'event')}"
        return f"{who} has {events} in {part} of the rows {by_chance}."
    scored = [one for one in others if one["score"] is not None]
    usual = float(np.average([one["score"] for one in scored], weights=[one["rows"] for one in scored]))
    sense = "higher" if group["score"] > usual else "lower"
    return f"{who} has {sense} scores than the others: {number(group['score'])}, not {number(usual)} {by_chance}."
