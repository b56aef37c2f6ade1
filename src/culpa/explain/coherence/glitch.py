"""Coherence at the times of glitches: one short window each, weighted, beside what chance makes of the same powers.

`C = |Σ w X Y*|² / (Σ w |X|² Σ w |Y|²)`. Of few windows, or of windows whose power varies, C is far from 0 for channels
that have nothing to do with each other: if only the phases between them are chance, its mean is
`Σ w² |X|²|Y|² / (Σ w |X|² Σ w |Y|²)`. So the p-values come from rotating the phase of each window at random, the same
at all frequencies: powers stay, and so does what neighbouring frequencies have in common. What is most surprising
anywhere in each rotation corrects for the number of frequencies (Westfall and Young 1993).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ...types import Floats, Mask, Singles
from .chance import BandChance, Surprise, WindowSpectra, rotated
from .settings import CoherenceSettings

_TWO_SIGMA = 1.959964


@dataclass(frozen=True)
class GlitchCoherence:
    """Coherence of two channels at glitches; arrays of shape (bins,), NaN where a channel is silent.

    `values` is the weighted coherence, `null` its mean if only the phases were chance, `unbiased` what is left of it
    (0 on average by chance, 1 at most), `usual` the 95 % quantile of chance at each frequency and `threshold` what it
    exceeds anywhere with half of the false-alarm probability, as bands are looked at, too. `p` is of one frequency,
    `corrected` of all of them together, `by_shifts` the second opinion on `p` from pairing windows that do not belong
    together (NaN without any). `low` and `high` are the jackknife's 95 % interval for the coherence without bias, 0 to
    1, NaN for fewer than three windows.
    `smallest` is the p-value of the whole, `smallest_by_shifts` that of the second opinion.
    """

    frequencies: Floats
    values: Floats
    null: Floats
    unbiased: Floats
    usual: Floats
    threshold: Floats
    p: Floats
    corrected: Floats
    by_shifts: Floats
    low: Floats
    high: Floats
    bands: tuple[BandChance, ...]
    smallest: float
    smallest_by_shifts: float
    windows: int
    false_alarm: float

    @property
    def significant(self) -> Mask:
        """Which frequencies stand out, with all of them and the bands taken into account."""
        with np.errstate(invalid="ignore"):
            return np.asarray(2 * self.corrected <= self.false_alarm)

    @property
    def probability(self) -> float:
        """How likely so much is by chance: twice the smaller p-value of frequencies and bands, as two are looked at."""
        return min(1.0, 2 * min([self.smallest, *(band.corrected for band in self.bands)]))


def glitch_coherence(
    x: WindowSpectra, y: WindowSpectra, snr: Floats, frequencies: Floats, settings: CoherenceSettings
) -> GlitchCoherence:
    """The coherence of windows `x` of one channel with windows `y` of another; `snr` (glitches,) is positive.

    Raises ValueError without a window or a frequency.
    """
    if not (len(x) and len(frequencies)):
        raise ValueError(f"{len(x)} windows and {len(frequencies)} frequencies: expected at least one of each")
    x, y, weights = _counted(x, y, snr, settings)
    weighted = weights[:, None] * x
    crossed = weighted * y.conj()
    power_x, power_y = np.abs(x) ** 2 * weights[:, None], np.abs(y) ** 2 * weights[:, None]
    powers = power_x.sum(axis=0) * power_y.sum(axis=0)
    total = np.sum(np.abs(crossed) ** 2, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.minimum(np.abs(crossed.sum(axis=0)) ** 2 / powers, 1.0)
        null = np.minimum(total / powers, 1.0)
        unbiased = np.where(null < 1, (values - null) / (1 - null), 0.0) + 0 * values
    chance = rotated(crossed, frequencies, settings)
    observed, shifted = Surprise(crossed), [*_shifted(weighted, y, settings)]
    low, high = _jackknife(crossed, power_x, power_y, null)
    return GlitchCoherence(
        frequencies, values, null, unbiased, chance.usual * null, chance.threshold * null, chance.p, chance.corrected,
        _rank([one.observed for one in shifted], observed.observed),
        low, high, chance.bands, chance.smallest,
        float(_rank([one.largest for one in shifted], observed.largest)[0]),
        len(x), settings.false_alarm,
    )  # fmt: skip


def shares(x: WindowSpectra, y: WindowSpectra, snr: Floats, settings: CoherenceSettings) -> Floats:
    """What part of the coherent sum each glitch carries over the given frequencies, shape (glitches,), sum 1.

    Negative: it pulls the other way. At each frequency that is the part of w X Y* in phase with the sum of all; NaN
    where there is no sum.
    """
    x, y, weights = _counted(x, y, snr, settings)
    crossed = weights[:, None] * x * y.conj()
    total = crossed.sum(axis=0)
    size = np.abs(total)
    with np.errstate(divide="ignore", invalid="ignore"):
        along = np.where(size > 0, (crossed * total.conj()).real / size, 0.0)
    whole = size.sum()
    return np.asarray(along.sum(axis=1) / whole) if whole > 0 else np.full(len(x), np.nan)


def _counted(
    x: WindowSpectra, y: WindowSpectra, snr: Floats, settings: CoherenceSettings
) -> tuple[WindowSpectra, WindowSpectra, Floats]:
    """The windows as they count, and their weights; in double precision, as squares may be small."""
    x, y = x.astype(np.complex128), y.astype(np.complex128)
    if settings.weights == "phase":
        x, y = _phases(x), _phases(y)
    return x, y, snr if settings.weights == "snr" else np.ones(len(x))


def _phases(of: WindowSpectra) -> WindowSpectra:
    size = np.abs(of)
    return np.where(size > 0, of / np.where(size > 0, size, 1), 0)


def _shifted(weighted: WindowSpectra, y: WindowSpectra, settings: CoherenceSettings) -> Iterator[Surprise]:
    """Each circular shift of the pairing, at most so many as are asked for.

    Their surprise is compared, not their coherence: that falls where loud windows no longer meet loud ones.
    """
    n = len(y)
    every = max(1, -(-(n - 1) // max(1, settings.shifts)))
    for shift in range(1, n, every) if settings.shifts else ():
        yield Surprise(weighted * np.roll(y, shift, axis=0).conj())


def _rank(chance: Sequence[Singles], values: Singles) -> Floats:
    """The share of chance that is at least as large, the value itself included; NaN without any."""
    if not chance:
        return np.full(len(values), np.nan)
    counts = 1 + np.sum([one >= values for one in chance], axis=0)
    return np.where(np.isfinite(values), counts / (len(chance) + 1), np.nan)


def _jackknife(crossed: WindowSpectra, power_x: Floats, power_y: Floats, null: Floats) -> tuple[Floats, Floats]:
    """The 95 % interval from leaving out each window in turn, in Fisher's z = artanh(sqrt(C)), its ends without bias.

    Source: Thomson and Chave 1991, in Advances in Spectrum Analysis and Array Processing, vol. 1, chapter 2.
    """
    n, bins = crossed.shape
    if n < 3:
        return np.full(bins, np.nan), np.full(bins, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        powers = (power_x.sum(axis=0) - power_x) * (power_y.sum(axis=0) - power_y)
        without = _z(np.abs(crossed.sum(axis=0) - crossed) ** 2 / powers)
        z = _z(np.abs(crossed.sum(axis=0)) ** 2 / (power_x.sum(axis=0) * power_y.sum(axis=0)))
    spread = _TWO_SIGMA * np.sqrt((n - 1) / n * np.sum((without - without.mean(axis=0)) ** 2, axis=0))
    low, high = np.tanh(np.maximum(z - spread, 0)) ** 2, np.tanh(z + spread) ** 2
    return _unbiased(low, null), _unbiased(high, null)


def _unbiased(values: Floats, null: Floats) -> Floats:
    """What is left of a coherence that is more than chance gives; 0 where chance gives all."""
    rest = np.where(null < 1, 1 - null, np.inf)
    return np.asarray(np.clip((values - null) / rest, 0.0, 1.0))


def _z(values: Floats) -> Floats:
    return np.asarray(np.arctanh(np.sqrt(np.clip(values, 0.0, 1 - 1e-12))))
