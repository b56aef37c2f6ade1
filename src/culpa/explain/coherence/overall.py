"""Overall coherence: what chance allows, which channels stand out where, and what they contribute.

Of N independent windows of two independent channels, one of them Gaussian, P(C > c) = (1 - c)^(N - 1) at each
frequency (Carter 1987, Proc. IEEE 75 236). N is the effective number, which overlap, lines and loud windows lower.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...decompose.coherence import Coherence, coherence, spectral_density
from ...decompose.welch import Sums
from ...types import Floats, Mask
from .bands import Band, banded
from .settings import CoherenceSettings

FEWEST = 2.0
"""Below so many effective windows nothing can be said: one alone is always coherent."""


@dataclass(frozen=True)
class Overall:
    """The coherence of one channel with the main one, and what chance would make of it; arrays of shape (bins,).

    `null` is the mean that independent channels would have, `threshold` what they would exceed anywhere, in any of the
    `trials` looked at, with the probability `false_alarm`; `p` is the probability of so much at one frequency. `main`
    and `projected` are amplitude densities (unit of the main channel/sqrt(Hz)): of the main channel, and of what the
    channel explains of it, from the coherence without bias, 0 where that is negative. NaN where one of the channels is
    silent, or too few windows are independent; `main` where there is no window.
    """

    channel: str
    frequencies: Floats
    coherence: Floats
    null: Floats
    threshold: Floats
    p: Floats
    main: Floats
    projected: Floats
    windows: int
    trials: int
    false_alarm: float

    @property
    def is_known(self) -> bool:
        """Whether anything can be said at any frequency."""
        return bool(np.isfinite(self.p).any())

    @property
    def significant(self) -> Mask:
        """Where the coherence exceeds its threshold."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self.coherence > self.threshold)

    @property
    def smallest(self) -> float:
        """The probability of what stands out most, over all that was looked at; 1 where nothing is known."""
        known = self.p[np.isfinite(self.p)]
        return corrected(float(known.min()), self.trials) if len(known) else 1.0


@dataclass(frozen=True)
class BandRow:
    """A channel in a band: where its coherence is rarest by chance; `p` over the band's frequencies and channels.

    `bins` of the `of` frequencies are significant, over everything that was looked at; `share` is the part of the main
    channel's power in the band that these explain.
    """

    channel: str
    band: Band
    coherence: float
    frequency: float
    threshold: float
    p: float
    bins: int
    of: int
    share: float


def examined(frequencies: Floats, settings: CoherenceSettings) -> slice:
    """Which bins are looked at: 0 Hz and the last one, which have no phase, are not."""
    first, last = np.searchsorted(frequencies, [settings.fmin, np.nextafter(settings.fmax, np.inf)]).tolist()
    return slice(max(1, first), min(last, len(frequencies) - 1))


def corrected(p: float, trials: int) -> float:
    """The probability of anything so rare as `p` in so many independent trials (Šidák 1967)."""
    return float(-np.expm1(trials * np.log1p(-p))) if p < 1 else 1.0


def overall(sums: Sums, settings: CoherenceSettings, channels: Sequence[str] | None = None) -> dict[str, Overall]:
    """What is known of some channels of the sums (None: all), by channel; together they are what was looked at."""
    found = {name: coherence(sums, name) for name in (sums.pairs if channels is None else channels)}
    looked = {name: examined(one.frequencies, settings) for name, one in found.items()}
    trials = sum(max(0, where.stop - where.start) for where in looked.values())
    return {name: _overall(name, one, looked[name], sums, trials, settings) for name, one in found.items()}


def _overall(
    channel: str, of: Coherence, where: slice, sums: Sums, trials: int, settings: CoherenceSettings
) -> Overall:
    effective = np.where(of.effective[where] >= FEWEST, of.effective[where], np.nan)
    values = np.where(np.isnan(effective), np.nan, of.values[where])
    with np.errstate(invalid="ignore"):
        p = np.exp((effective - 1) * np.log1p(-np.minimum(values, 1 - 1e-16)))
        null = 1 / effective
        once = -np.expm1(np.log1p(-settings.false_alarm) / max(1, trials))
        threshold = -np.expm1(np.log(once) / (effective - 1))
        unbiased = np.clip((values - null) / (1 - null), 0.0, 1.0)
    main = spectral_density(sums.pairs[channel])[where]
    return Overall(
        channel, of.frequencies[where], values, null, threshold, p, np.sqrt(main), np.sqrt(unbiased * main),
        of.windows, trials, settings.false_alarm,
    )  # fmt: skip


def ranking(found: Mapping[str, Overall], borders: Sequence[float]) -> list[BandRow]:
    """Each channel in each band, the lowest band first; in a band the rarest by chance first, then the largest."""
    rows = [row for one in found.values() for row in _band_rows(one, borders)]
    trials: dict[Band, int] = {}
    for row in rows:
        trials[row.band] = trials.get(row.band, 0) + row.of
    rows = [BandRow(**{**vars(row), "p": corrected(row.p, trials[row.band])}) for row in rows]
    return sorted(rows, key=lambda row: (row.band, row.p, -row.coherence, row.channel))


def _band_rows(of: Overall, borders: Sequence[float]) -> list[BandRow]:
    rows = []
    for band, where in banded(of.frequencies, borders):
        p, values = of.p[where], of.coherence[where]
        if not np.isfinite(p).any():
            continue
        best = int(np.nanargmin(p))
        marked = of.significant[where]
        explained = np.sum(of.projected[where][marked] ** 2) / np.sum(of.main[where] ** 2)
        rows.append(
            BandRow(
                of.channel,
                band,
                float(values[best]),
                float(of.frequencies[where][best]),
                float(of.threshold[where][best]),
                float(p[best]),
                int(marked.sum()),
                len(p),
                float(explained),
            )
        )
    return rows


def listed(found: Mapping[str, Overall], most: int) -> list[tuple[float, list[tuple[str, float, float]]]]:
    """For each frequency with a significant channel the rarest of them, at most so many: channel, coherence, p."""
    at: dict[float, list[tuple[float, float, str]]] = {}
    for one in found.values():
        for place in np.flatnonzero(one.significant).tolist():
            entry = (float(one.p[place]), -float(one.coherence[place]), one.channel)
            at.setdefault(float(one.frequencies[place]), []).append(entry)
    return [(f, [(name, -minus, p) for p, minus, name in sorted(at[f])[:most]]) for f in sorted(at)]
