"""Noise of real recordings to put glitches into: whitened stretches of a channel, and where nothing loud is in them."""

from dataclasses import dataclass
from functools import lru_cache
from math import floor, log2

import numpy as np

from .. import names
from ..acquire.sources import Source
from ..decompose.qscan import Scanner
from ..decompose.qscan_rows import Bank, over
from ..decompose.stretches import Stretch
from ..types import Segments
from .rendering import SECONDS, Ground

STRETCH = 64.0
"""Seconds that are whitened together; shorter recordings are taken as long as they are, in powers of two."""
SHORTEST = 16.0
REACH = 128.0
"""Seconds on either side of a stretch whose data its noise spectrum is from, too."""
LOUD = 7.0
"""SNR of a tile from which on it may be a glitch that nobody has put there."""
_AROUND = 1.0
"""Seconds on either side of such a tile that are left out with it."""


@dataclass(frozen=True)
class RecordedBackground:
    """Whitened noise of a channel sampled at `sample_rate` Hz.

    `quiet` are the GPS intervals, each long enough for a background, without a loud tile; `group` names the stretch.
    """

    sample_rate: float
    stretch: Stretch
    quiet: Segments
    group: str

    def draw(self, rng: np.random.Generator) -> Ground:
        """One background: any quiet part of the stretch, all equally likely."""
        room = np.array([end - start - SECONDS for start, end in self.quiet])
        at, number = float(rng.uniform(0, room.sum())), 0
        while number < len(room) - 1 and at > room[number]:
            at, number = at - room[number], number + 1
        rate, each = self.stretch.sample_rate, round(self.stretch.duration / SECONDS)
        count = round(SECONDS * rate)
        first = round((self.quiet.bounds[number][0] + at - self.stretch.t0) * rate)
        noise = self.stretch.values[first : first + count]
        return Ground(self.sample_rate, noise, self.stretch.asd[::each], self.group)


def stretches(source: Source, channel: str) -> list[tuple[float, float]]:
    """Start (GPS s) and length (s) of the stretches that the data of a channel are cut into, in order of time.

    Raises ChannelNotFoundError for a channel that the source does not have.
    """
    source.sample_rate(channel)
    cut = []
    for start, end in source.segments(channel):
        if end - start >= SHORTEST:
            duration = min(STRETCH, 2.0 ** floor(log2(end - start)))
            cut += [(start + number * duration, duration) for number in range(int((end - start) // duration))]
    return cut


def recorded_background(source: Source, channel: str, start: float, duration: float) -> RecordedBackground | None:
    """The noise of a stretch; None where it has no quiet part that is long enough, because of gaps or glitches.

    Its spectrum is that of all data within `REACH` s of it: of few data it would be less certain, and smear glitches.
    """
    rate = source.sample_rate(channel)
    within = Segments.of([(start - REACH, start + duration + REACH)])
    span = next(span for span in source.segments(channel) & within if span[0] <= start < span[1])
    scanner, bank = _bank(rate, duration)
    half = duration / 2
    before, after = int((start - span[0]) // half), int((span[1] - start - duration) // half)
    starts = tuple(start + number * half for number in range(-before, after + 1))
    for stretch in scanner.whiten(source.read(channel, *span), starts)[before : before + 1]:
        quiet = stretch.usable - _loud(stretch, bank)
        long = Segments.of((a, b) for a, b in quiet if b - a >= SECONDS)
        if long:
            return RecordedBackground(rate, stretch, long, f"{names.interferometer(channel)} from {start:.15g}")
    return None


def _loud(stretch: Stretch, bank: Bank) -> Segments:
    """GPS intervals around all tiles that are loud."""
    threshold = LOUD**2 / 2 + 1
    batches = bank.energies(stretch.spectrum(0, len(stretch.values)), 0, stretch.duration)
    times = [batch.times[(batch.values > threshold).any(axis=0)] for batch in batches]
    middle = stretch.t0 + np.unique(np.concatenate(times))
    return Segments.of(zip((middle - _AROUND).tolist(), (middle + _AROUND).tolist(), strict=True))


@lru_cache(maxsize=2)
def _bank(rate: float, duration: float) -> tuple[Scanner, Bank]:
    scanner = Scanner(rate, duration)
    return scanner, Bank(over(scanner.rows, duration, rate, scanner.settings.mismatch))
