"""The rounds: the best channel wins, what it explains is taken away, and the rest starts anew."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

import numpy as np

from ...types import Events, Floats, Segments
from .coincidence import Witness, has_neighbour, within
from .grid import make_grid
from .result import Cell, Grid, HvetoResult, Round
from .settings import HvetoSettings
from .shifts import Over, Stage, false_alarms


def hveto(
    primary: Events,
    auxiliary: Mapping[str, Events],
    live: Segments,
    settings: HvetoSettings | None = None,
    over: Over = map,
) -> HvetoResult:
    """Which auxiliary channels explain the primary events, the most telling one first.

    The loudness of an event is its SNR, or its score where it has none. Events outside the live segments (GPS s), below
    the thresholds, of other frequencies or of unsafe channels do not count. Channels are taken in order of their names.
    `over` maps a function over jobs and may use several processors. Source: Smith et al. 2011, CQG 28 235005.
    """
    settings = settings or HvetoSettings()
    primary = select(primary, live, settings.primary_snr, settings.primary_frequency)
    tables, witnesses = prepare(auxiliary, live, settings)
    rounds, end, last, reason = _rounds(_Situation(live, primary, witnesses), tables, settings)
    stages, best = _stages(rounds, end, last)
    alarms = false_alarms(witnesses, stages, best, settings, over)
    return HvetoResult(
        primary=next((str(channel) for channel in primary["channel"] if channel), ""),
        settings=settings,
        live=live,
        rounds=tuple(replace(one, false_alarm=alarm) for one, alarm in zip(rounds, alarms, strict=False)),
        remaining=end.primary,
        final=last,
        final_false_alarm=alarms[-1],
        reason=reason,
        remarks=tuple(f"{name} is unsafe: left out" for name in sorted(set(auxiliary) - set(tables))),
    )


def prepare(
    auxiliary: Mapping[str, Events], live: Segments, settings: HvetoSettings
) -> tuple[dict[str, Events], dict[str, Witness]]:
    """The events that count of each safe channel, in order of names: as tables, and reduced to times and levels."""
    safe = {name: auxiliary[name] for name in sorted(auxiliary) if not is_unsafe(name, settings)}
    lowest, thresholds = settings.snr_thresholds[0], settings.snr_thresholds
    tables = {name: select(of, live, lowest, settings.auxiliary_frequency) for name, of in safe.items()}
    return tables, {name: Witness.of(of["time"], loudness(of), thresholds) for name, of in tables.items()}


def select(events: Events, live: Segments, threshold: float, band: tuple[float, float]) -> Events:
    """The events in the live segments, at or above the threshold, in the band `[low, high)` Hz, in order of time.

    An event without a frequency is in every band; one without a loudness reaches no threshold but 0.
    """
    frequency, (low, high) = events["frequency"], band
    inside = np.isnan(frequency) | ((frequency >= low) & (frequency < high))
    loud = (loudness(events) >= threshold) | (threshold <= 0)
    return events.take(inside & loud & live.contains(events["time"])).sorted_by_time()


def loudness(events: Events) -> Floats:
    """The SNR of each event; its score where that is NaN."""
    return np.where(np.isnan(events["snr"]), events["score"], events["snr"])


def is_unsafe(channel: str, settings: HvetoSettings) -> bool:
    """Whether a channel is among the unsafe ones, or matched by a pattern there."""
    return any(fnmatchcase(channel, pattern) for pattern in settings.unsafe)


@dataclass(frozen=True)
class _Situation:
    """What there is at the start of a round."""

    live: Segments
    primary: Events
    witnesses: Mapping[str, Witness]

    def after(self, played: Round) -> "_Situation":
        vetoes = played.vetoes
        witnesses = {name: of.take(~within(of.times, vetoes)) for name, of in self.witnesses.items()}
        return _Situation(self.live - vetoes, self.primary.take(~played.vetoed), witnesses)


def _rounds(
    now: _Situation, tables: Mapping[str, Events], settings: HvetoSettings
) -> tuple[list[Round], _Situation, Grid, str]:
    rounds: list[Round] = []
    while True:
        grid = make_grid(now.primary["time"], now.witnesses, now.live, settings)
        winner = grid.winner
        if winner is None or _weak(winner, now, settings) or len(rounds) == settings.max_rounds:
            return rounds, now, grid, _reason(winner, now, settings)
        witness = now.witnesses[winner.channel]
        loud = witness.levels > np.searchsorted(settings.snr_thresholds, winner.snr)
        events = tables[winner.channel].take(witness.rows[loud])
        rounds.append(_play(len(rounds) + 1, winner, events, grid, now, settings))
        now = now.after(rounds[-1])


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
    if winner is None or not any(len(one.times) for one in now.witnesses.values()):
        return f"there is no auxiliary event of SNR {settings.snr_thresholds[0]:g} or more left"
    if not winner.coincidences:
        return "no auxiliary event coincides with a primary one"
    if winner.significance >= settings.minimum_significance:
        return f"{settings.max_rounds} rounds were asked for"
    return (
        f"the best of what is left, {winner.channel} (SNR {winner.snr:g} or more, window {winner.window:g} s), has a "
        f"significance of {winner.significance:.2f}, below {settings.minimum_significance:g}"
    )


def _stages(rounds: list[Round], end: _Situation, last: Grid) -> tuple[list[Stage], list[float]]:
    """What each round started from, and its best significance; the one that had no winner included."""
    removed = [Segments(), *(one.vetoes for one in rounds)]
    situations = [(one.live, one.primary) for one in rounds] + [(end.live, end.primary)]
    stages = [Stage(live, of["time"], gone) for (live, of), gone in zip(situations, removed, strict=True)]
    return stages, [one.winner.significance for one in rounds] + [last.winner.significance if last.winner else 0.0]
