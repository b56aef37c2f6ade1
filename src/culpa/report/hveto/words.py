"""What a hierarchical veto found, in sentences: each says the numbers it is about."""

from collections.abc import Sequence

import numpy as np

from ... import gpstime
from ...explain.hveto.result import CHANCE, Cell, FalseAlarm, Grid, HvetoResult, Round
from ...types import Floats
from ..numbers import count, number, percent, plural, power_of_ten, span
from .history import History
from .tables import Row
from .vocabulary import DETECTOR, Measure, Vocabulary


def headline(result: HvetoResult, seen: History) -> str:
    """The whole result in one sentence."""
    primary = result.primary or f"the primary {seen.words.thing}"
    things = f"{len(seen.events):,} {seen.measure.nouns if len(seen.events) != 1 else seen.measure.noun}"
    if not result.rounds:
        return (
            f"No {seen.words.thing} explains the {things} of {primary}." if len(seen.events) else _nothing(result, seen)
        )
    explain = "explains" if len(result.rounds) == 1 else "explain"
    return (
        f"{plural(len(result.rounds), 'round')} {explain} {percent(result.cumulative_efficiency[-1])} of {things} of "
        f"{primary} with {percent(result.cumulative_deadtime[-1])} deadtime."
    )


def overall(result: HvetoResult, seen: History) -> dict[str, str]:
    """What the plots of all rounds together show; none without rounds."""
    if not result.rounds:
        return {}
    first, *_, last = *result.rounds, result.rounds[-1]
    so_far = zip((first, last), (0, -1), strict=True)
    said = [
        f"after round {of.number}: {percent(result.cumulative_efficiency[i])} removed for "
        f"{percent(result.cumulative_deadtime[i])} of the time"
        for of, i in so_far
    ]
    kept = seen.measure.of(result.remaining)
    kept = kept[np.isfinite(kept)]
    tells = len(kept) and _differ(seen.measure.of(seen.events))
    largest = f"; the largest of them has {seen.measure.name} {number(float(kept.max()))}" if tells else ""
    return {
        "cumulative": "; ".join(dict.fromkeys(said)).capitalize() + ".",
        "rounds": f"{len(result.remaining):,} of {len(seen.events):,} {seen.measure.nouns} are in no veto{largest}.",
    }


def _nothing(result: HvetoResult, seen: History) -> str:
    primary = result.primary or f"The primary {seen.words.thing}"
    return f"{primary} has no {seen.measure.nouns} in the analysed time: there is nothing to explain."


def end(result: HvetoResult, seen: History) -> str:
    """Why the rounds ended."""
    ended = f"The search ended after {plural(len(result.rounds), 'round')}" if result.rounds else "There was no round"
    return f"{ended}: {reason(result, seen.words)}."


def reason(result: HvetoResult, words: Vocabulary) -> str:
    """What the engine says of it, in these words."""
    best, minimum = result.final.winner if result.final else None, result.settings.minimum_significance
    if words == DETECTOR or words.witness is None or best is None or best.significance >= minimum:
        return result.reason.rstrip(".")
    return (
        f"the best of what is left, {best.channel} ({words.witness.name} ≥ {best.snr:g}, window {best.window:g} "
        f"{words.unit}), has a significance of {number(best.significance)}, below {minimum:g}"
    )


def _differ(sizes: Floats) -> bool:
    """Whether there is a largest one: not where all are as large as the one."""
    known = sizes[np.isfinite(sizes)]
    return len(known) == 1 or bool(len(known) and np.ptp(known) > 0)


def cell(of: Cell, seen: History) -> str:
    """Where in the grid a cell is: `SNR ≥ 12, window 0.5 s`."""
    return f"{seen.witness.name} ≥ {of.snr:g}, window {of.window:g} {seen.words.unit}"


def remaining(result: HvetoResult, seen: History) -> list[str]:
    """What the search left, and how far it is from another round."""
    minimum = result.settings.minimum_significance
    if not len(seen.events):
        return [f"Without {seen.measure.nouns} no {seen.words.thing} can be ranked."]
    if result.final is None:
        return ["This engine does not tell what remained after the last round."]
    best = result.final.winner
    left = f"{len(result.remaining):,} of {len(seen.events):,} {seen.measure.nouns} remain unexplained."
    if best is None:
        return [left, f"There is no auxiliary {seen.words.thing} to compare them with."]
    gap = minimum - best.significance
    said = [
        left,
        f"The best of {plural(len(result.final.channels), seen.words.thing)} is {best.channel} ({cell(best, seen)}) "
        f"with significance {number(best.significance)}: {count(best.coincidences)} coincidences where "
        f"{number(best.expected)} are expected by chance.",
        f"That is {number(gap)} below the minimum of {minimum:g}."
        if gap > 0
        else f"That is not below the minimum of {minimum:g}: the search ended for another reason.",
    ]
    if alarm := result.final_false_alarm:
        said.append(f"Chance does as well with probability {probability(alarm)}.")
    return said


def probability(alarm: FalseAlarm) -> str:
    """A false-alarm probability and where it is from.

    That is `0.012 (11 of 1,000 shifts)`, or `1/1001 (no shift of 1,000); 3.2e-154 if independent`: how improbable it is
    if the primary events are independent of each other, which bursts are not.
    """
    return chance_of(alarm.probability, alarm.at_least, len(alarm.maxima), alarm.log10_bound)


def chance_of(probability: float, at_least: int, shifts: int, log10_bound: float) -> str:
    """The same of bare numbers: `at_least` of so many `shifts` do as well; there is no probability without shifts."""
    bound = power_of_ten(log10_bound)
    if not shifts:
        return f"{bound} if independent (no shifts)"
    if at_least:
        return f"{probability:.2g} ({at_least:,} of {shifts:,} shifts)"
    return f"1/{shifts + 1} (no shift of {shifts:,}); {bound} if independent"


def doubt(numbers: Sequence[int]) -> str:
    """Which rounds chance would do as well, by their numbers; empty where there is none."""
    if not numbers:
        return ""
    which = f"Round {numbers[0]} is" if len(numbers) == 1 else f"Rounds {', '.join(map(str, numbers))} are"
    return f"{which} no better than chance would often be: false-alarm probability above {percent(CHANCE)}."


def drop(before: Sequence[Row], after: Grid | None, minimum: float, thing: str) -> str:
    """What the veto does to the significances of all channels; `thing` is what one is called."""
    if after is None:
        return f"Significances of {plural(len(before), thing)}; what they were after the veto is not known."
    rest = {cell.channel: cell.significance for cell in after.best}
    lost = [row for row in before if row.cell.significance >= minimum > rest.get(row.cell.channel, 0.0)]
    high = sum(row.cell.significance >= minimum for row in before)
    said = f"The veto brings {len(lost)} of {plural(high, thing)} at or above {minimum:g} below it"
    best = after.winner
    return (
        f"{said}; the largest significance after it is {number(best.significance)} ({best.channel})."
        if best
        else f"{said}."
    )


def vetoed(of: Round, measure: Measure) -> str:
    """Which primary events the veto removes."""
    sizes = measure.of(of.primary)
    parts = [f"The veto removes {int(of.vetoed.sum()):,} of {len(of.primary):,} {measure.nouns}"]
    for name, rows in (("the largest removed", of.vetoed), ("the largest kept", ~of.vetoed)):
        known = sizes[rows & np.isfinite(sizes)]
        if len(known) and _differ(sizes):
            parts.append(f"{name} has {measure.name} {number(float(known.max()))}")
    return "; ".join(parts) + "."


def loudest(of: Round, measure: Measure, top: int = 20) -> str:
    """How many of the largest primary events the veto removes, and what becomes of the median."""
    sizes = measure.of(of.primary)
    known = np.isfinite(sizes)
    if not known.any():
        return f"No {measure.noun} has a known {measure.name}."
    if len(sizes) > 1 and not _differ(sizes):
        return f"Every one of the {measure.nouns} has the same {measure.name}: none is larger than another."
    order = np.argsort(-sizes[known], kind="stable")[:top]
    said = f"Of the {len(order)} largest {measure.nouns} the veto removes {int(of.vetoed[known][order].sum())}"
    kept = sizes[known & ~of.vetoed]
    after = number(float(np.median(kept))) if len(kept) else "nothing"
    return f"{said}; the median {measure.name} goes from {number(float(np.median(sizes[known])))} to {after}."


def efficiency(of: Round, rows: Sequence[Row], thing: str) -> str:
    """How much better than chance the winner's veto is, and what it costs."""
    better = sum(row.efficiency > of.efficiency and row.deadtime <= of.deadtime for row in rows)
    said = f"The veto removes {percent(of.efficiency)} of the events for {percent(of.deadtime)} of the live time"
    if of.deadtime > 0:
        said += f", {number(of.efficiency / of.deadtime)} times what chance would"
    if len(rows) < 2:
        return f"{said}."
    return f"{said}; {better or 'no'} other of {plural(len(rows), thing)} removes more for no more time."


def chance(alarm: FalseAlarm, observed: Cell) -> str:
    """What the time shifts gave, beside what was observed."""
    if not len(alarm.maxima):
        return "No time shifts were made."
    return (
        f"In {len(alarm.maxima):,} time shifts the largest significance of the whole grid is "
        f"{number(float(np.median(alarm.maxima)))} in the median and {number(float(alarm.maxima.max()))} at most; "
        f"observed is {number(observed.significance)}."
    )


def safety(result: HvetoResult, thing: str) -> str:
    """Which channels follow injected signals; empty where this was not tested."""
    unsafe = [one.best.channel for one in result.safety if one.unsafe]
    tested = f"of {plural(len(result.safety), thing)} tested with injections"
    if not unsafe:
        return f"None {tested} is unsafe." if result.safety else ""
    verb = "is unsafe and vetoes" if len(unsafe) == 1 else "are unsafe and veto"
    return f"{len(unsafe)} {tested} {verb} nothing: {', '.join(unsafe)}."


def moment(time: float, words: Vocabulary) -> str:
    """A time as it is told: GPS s with UTC, UTC alone, or the number of a row."""
    if words.clock == "row":
        return f"row {round(time):,}"
    if words.clock == "utc":
        return gpstime.to_utc(time).strftime("%Y-%m-%d %H:%M:%S")
    return gpstime.show(time)


def analysed(result: HvetoResult, seen: History) -> str:
    """How much time was searched, or how many rows."""
    live = result.live.livetime
    length = plural(round(live), "row") if seen.words.clock == "row" else span(live)
    return f"{length} in {plural(len(result.live), 'segment')}"
