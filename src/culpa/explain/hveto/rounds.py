"""The rounds: the best channel wins, what it explains is taken away, and the rest starts anew."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

import numpy as np

from ...types import Events, Floats, Indices, Mask, Segments
from .coincidence import has_neighbour, within
from .grid import make_grid, used
from .result import Cell, Grid, HvetoResult, Round
from .settings import HvetoSettings
from .shifts import Over, Stage, false_alarms
from .witnesses import Witnesses


def hveto(
    primary: Events,
    auxiliary: Mapping[str, Events],
    live: Segments,
    settings: HvetoSettings | None = None,
    over: Over = map,
    jobs: int = 1,
) -> HvetoResult:
    """Which auxiliary channels explain the primary events, the most telling one first.

    The loudness of an event is its SNR, or its score where it has none. Events outside the live segments (GPS s), below
    the thresholds, of other frequencies or of unsafe channels do not count. Channels are taken in order of their names.
    `over` maps a function over so many `jobs` and may use several processors. Source: Smith et al. 2011, CQG 28 235005.
    """
    settings = settings or HvetoSettings()
    primary = select(primary, live, settings.primary_snr, settings.primary_frequency)
    witnesses = prepare(auxiliary, live, settings)
    rounds, end, last, reason = _rounds(_Situation(live, primary, witnesses), auxiliary, settings)
    stages, best = _stages(rounds, end, last)
    alarms = false_alarms(witnesses, stages, best, settings, over, jobs)
    return HvetoResult(
        primary=next((str(channel) for channel in primary["channel"] if channel), ""),
        settings=settings,
        live=live,
        rounds=tuple(replace(one, false_alarm=alarm) for one, alarm in zip(rounds, alarms, strict=False)),
        remaining=end.primary,
        final=last,
        final_false_alarm=alarms[-1],
        reason=reason,
        remarks=tuple(f"{name} is unsafe: left out" for name in sorted(set(auxiliary) - set(witnesses.names))),
    )


def prepare(auxiliary: Mapping[str, Events], live: Segments, settings: HvetoSettings) -> Witnesses:
    """The events that count of each safe channel, in order of channels' names; their rows are those of the tables."""
    tables = {}
    for name in sorted(auxiliary):
        if not is_unsafe(name, settings):
            events = auxiliary[name]
            counting = live.contains(events["time"]) & in_band(events, settings.auxiliary_frequency)
            tables[name] = np.where(counting, events["time"], np.nan), loudness(events)
    return Witnesses.of(tables, settings.snr_thresholds)


def select(events: Events, live: Segments, threshold: float, band: tuple[float, float]) -> Events:
    """The events in the live segments, at or above the threshold, in the band `[low, high)` Hz, in order of time.

    An event without a frequency is in every band; one without a loudness reaches no threshold but 0.
    """
    loud = (loudness(events) >= threshold) | (threshold <= 0)
    return events.take(in_band(events, band) & loud & live.contains(events["time"])).sorted_by_time()


def in_band(events: Events, band: tuple[float, float]) -> Mask:
    """Which events have a frequency in `[low, high)` Hz, or none."""
    frequency, (low, high) = events["frequency"], band
    return np.asarray(np.isnan(frequency) | ((frequency >= low) & (frequency < high)))


def loudness(events: Events) -> Floats:
    """The SNR of each event; its score where that is NaN."""
    return np.where(np.isnan(events["snr"]), events["score"], events["snr"])


def is_unsafe(channel: str, settings: HvetoSettings) -> bool:
    """Whether a channel is among the unsafe ones, or matched by a pattern there."""
    return any(matches(channel, pattern) for pattern in settings.unsafe)


def matches(channel: str, pattern: str) -> bool:
    """Whether a channel is the one named, or fits a pattern with * and ?."""
    return channel == pattern or fnmatchcase(channel, pattern)


@dataclass(frozen=True)
class _Situation:
    """What there is at the start of a round."""

    live: Segments
    primary: Events
    witnesses: Witnesses

    def after(self, played: Round) -> "_Situation":
        rest = self.primary.take(~played.vetoed)
        return _Situation(self.live - played.vetoes, rest, self.witnesses.without(played.vetoes))


def _rounds(
    now: _Situation, tables: Mapping[str, Events], settings: HvetoSettings
) -> tuple[list[Round], _Situation, Grid, str]:
    rounds: list[Round] = []
    while True:
        grid = make_grid(now.primary["time"], now.witnesses, now.live, settings)
        winner = grid.winner
        grid = replace(grid, used=used(now.primary["time"], now.witnesses, grid))
        if winner is None or _weak(winner, now, settings) or len(rounds) == settings.max_rounds:
            return rounds, now, grid, _reason(winner, now, settings)
        events = tables[winner.channel].take(_rows(winner, now.witnesses, settings))
        rounds.append(_play(len(rounds) + 1, winner, events, grid, now, settings))
        now = now.after(rounds[-1])


def _rows(winner: Cell, witnesses: Witnesses, settings: HvetoSettings) -> Indices:
    """Where in its table the winner's events are that reach its threshold, in order of time."""
    loud = witnesses.levels > np.searchsorted(settings.snr_thresholds, winner.snr)
    own = witnesses.channels == witnesses.names.index(winner.channel)
    return np.asarray(witnesses.rows[loud & own])


def _play(number: int, winner: Cell, events: Events, grid: Grid, now: _Situation, settings: HvetoSettings) -> Round:
    primary, witness = now.primary["time"], events["time"]
    vetoes = veto_segments(witness, winner.window, settings.padding)
    # the last digit of a time may put a primary event outside the very window that it was counted in
    vetoed = within(primary, vetoes) | has_neighbour(primary, witness, winner.window)
    used = has_neighbour(witness, primary, winner.window)
    return Round(number, winner, now.live, vetoes, now.primary, vetoed, events, used, grid)


def veto_segments(times: Floats, window: float, padding: tuple[float, float]) -> Segments:
    """±half a window around each time (GPS s), and the padding before and after, joined where they touch."""
    before, after = window / 2 + padding[0], window / 2 + padding[1]
    return Segments.of(zip((times - before).tolist(), (times + after).tolist(), strict=True))


def _weak(winner: Cell, now: _Situation, settings: HvetoSettings) -> bool:
    return not len(now.primary) or winner.significance < settings.minimum_significance


def _reason(winner: Cell | None, now: _Situation, settings: HvetoSettings) -> str:
    if not len(now.primary):
        return "there is no primary event left"
    if winner is None or not len(now.witnesses):
        return f"there is no auxiliary event of SNR {settings.snr_thresholds[0]:g} or more left"
    if not winner.coincidences:
        return "no auxiliary event coincides with a primary one"
    if winner.significance >= settings.minimum_significance:
        return f"no more rounds were asked for (max_rounds = {settings.max_rounds})"
    return (
        f"the best of what is left, {winner.channel} (SNR {winner.snr:g} or more, window {winner.window:g} s), has a "
        f"significance of {winner.significance:.2f}, below {settings.minimum_significance:g}"
    )


def _stages(rounds: list[Round], end: _Situation, last: Grid) -> tuple[list[Stage], list[float]]:
    """What each round started from, and its best significance; the one that had no winner included."""
    removed = [Segments(), *(one.vetoes for one in rounds)]
    started = [*((one.live, one.primary, one.grid or last) for one in rounds), (end.live, end.primary, last)]
    stages = [
        Stage(live, primary["time"], grid.expected, gone)
        for (live, primary, grid), gone in zip(started, removed, strict=True)
    ]
    return stages, [grid.winner.significance if grid.winner else 0.0 for _, _, grid in started]
