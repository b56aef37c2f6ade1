"""What a hierarchical veto found: the grid of every channel, the winners, and what each removed."""

from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from math import inf, nan

import numpy as np

from ...types import Events, Floats, Indices, Mask, Segments
from .settings import HvetoSettings

CHANCE = 0.01
"""False-alarm probability above which a round is called doubtful."""


@dataclass(frozen=True)
class Cell:
    """One channel at one SNR threshold and one coincidence window (s, full width), in one round."""

    channel: str
    snr: float
    window: float
    significance: float
    coincidences: int
    """Primary events with at least one auxiliary event within ±window/2, both ends included."""
    expected: float
    """The number of these by chance."""
    auxiliary: int
    """Auxiliary events at or above the threshold."""
    covered: float
    """Live time within ±window/2 of these, s."""


@dataclass(frozen=True)
class Grid:
    """Every channel × threshold × window of one round; C channels, K thresholds, W windows, both ascending.

    `auxiliary` (C, K) events at or above each threshold; `coincidences` (C, K, W) primary events; `covered` (C, K, W)
    live time in s within ±window/2 of the auxiliary events; `expected` and `significance` (C, K, W); `used` (C,):
    auxiliary events of the channel's best cell with a primary event in the window (empty: not counted).
    """

    channels: tuple[str, ...]
    thresholds: Floats
    windows: Floats
    auxiliary: Indices
    coincidences: Indices
    covered: Floats
    expected: Floats
    significance: Floats
    used: Indices = field(default_factory=lambda: np.empty(0, np.int64))

    @cached_property
    def best(self) -> tuple[Cell, ...]:
        """The most significant cell of each channel, in order of channels.

        Of equal ones that with the widest window, then that with the lowest threshold.
        """
        # windows from the widest, thresholds from the lowest: argmax takes the first of equal ones
        ordered = self.significance.transpose(0, 2, 1)[:, ::-1]
        places = ordered.reshape(len(self.channels), -1).argmax(axis=1) if len(self.channels) else np.empty(0, int)
        wide, low = np.divmod(places, len(self.thresholds))
        return tuple(
            self.cell(channel, int(k), len(self.windows) - 1 - int(w))
            for channel, (w, k) in enumerate(zip(wide, low, strict=True))
        )

    def cell(self, channel: int, threshold: int, window: int) -> Cell:
        """One cell, by the indices of its channel, threshold and window."""
        place = channel, threshold, window
        return Cell(
            self.channels[channel],
            float(self.thresholds[threshold]),
            float(self.windows[window]),
            float(self.significance[place]),
            int(self.coincidences[place]),
            float(self.expected[place]),
            int(self.auxiliary[channel, threshold]),
            float(self.covered[place]),
        )

    @property
    def winner(self) -> Cell | None:
        """The most significant cell of all; of equal ones that of the channel first in order; None without channels."""
        return max(self.best, key=lambda cell: cell.significance, default=None)


@dataclass(frozen=True)
class FalseAlarm:
    """How often chance does as well as the best cell of a round, anywhere in the grid.

    `maxima` (shifts,) are the grid's largest significances when the primary events are shifted; `at_least` of them
    exceed the observed one (of equal ones a random number counts): `probability` is (1 + at_least) / (1 + shifts), NaN
    without shifts. `log10_bound` is log10 of the number of cells times the Poisson probability of the best one, at most
    0: it goes on where the shifts run out, but takes the primary events for independent of each other.
    """

    probability: float
    at_least: int
    maxima: Floats
    log10_bound: float


@dataclass(frozen=True)
class Round:
    """One round: what there was, who won, what the winner's veto removed.

    `primary` are the primary events at its start, in order of time, and `vetoed` (their number,) those removed;
    `witness` the winner's events at or above its threshold, and `used` those with a primary event in the window.
    `live` is the live time at its start, `vetoes` what is vetoed, joined; both ends of each interval belong to it.
    `grid` and `false_alarm` are None where an engine does not tell.
    """

    number: int
    winner: Cell
    live: Segments
    vetoes: Segments
    primary: Events
    vetoed: Mask
    witness: Events
    used: Mask
    grid: Grid | None = None
    false_alarm: FalseAlarm | None = None

    @property
    def efficiency(self) -> float:
        """Vetoed primary events over those there were at the start of the round, 0 to 1."""
        return ratio(int(self.vetoed.sum()), len(self.primary))

    @property
    def use_percentage(self) -> float:
        """Used over all of the winner's events at or above its threshold, in percent."""
        return 100 * ratio(int(self.used.sum()), len(self.witness))

    @cached_property
    def dead(self) -> float:
        """Vetoed live time in s."""
        return (self.live & self.vetoes).livetime

    @property
    def deadtime(self) -> float:
        """Vetoed over all live time of the round, 0 to 1."""
        return ratio(self.dead, self.live.livetime)


@dataclass(frozen=True)
class Safety:
    """The best cell of a channel against injections into the primary one, and whether it makes the channel unsafe.

    `probability` is how often, with the injections shifted in time, any channel does as well.
    """

    best: Cell
    probability: float
    unsafe: bool


@dataclass(frozen=True)
class HvetoResult:
    """A whole analysis.

    `final` is the grid of what the last round left (None where an engine does not tell), `reason` says why the rounds
    ended, `remarks` what was left out or is worth knowing, in words, `safety` the test of each channel (empty: none).
    """

    primary: str
    settings: HvetoSettings
    live: Segments
    rounds: tuple[Round, ...]
    remaining: Events
    final: Grid | None
    final_false_alarm: FalseAlarm | None
    reason: str
    remarks: tuple[str, ...] = ()
    engine: str = "native"
    safety: tuple[Safety, ...] = ()

    @property
    def primaries(self) -> int:
        """Primary events at the start."""
        return len(self.rounds[0].primary) if self.rounds else len(self.remaining)

    @property
    def doubtful(self) -> list[int]:
        """The numbers of the rounds that chance would do as well, anywhere in the grid, more often than once in 100.

        A round that no shift did as well is none of them, however few the shifts.
        """
        alarms = ((one.number, one.false_alarm) for one in self.rounds)
        return [number for number, alarm in alarms if alarm and alarm.at_least and alarm.probability > CHANCE]

    @property
    def cumulative_efficiency(self) -> list[float]:
        """After each round: all vetoed primary events over those at the start."""
        return [ratio(n, self.primaries) for n in accumulate(int(r.vetoed.sum()) for r in self.rounds)]

    @property
    def cumulative_deadtime(self) -> list[float]:
        """After each round: all vetoed time over the live time at the start."""
        return [ratio(s, self.live.livetime) for s in accumulate(r.dead for r in self.rounds)]


def ratio(part: float, whole: float) -> float:
    """`part / whole`; 0 of nothing is NaN, something of nothing infinite."""
    return part / whole if whole else (inf if part else nan)
