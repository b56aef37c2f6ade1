"""Which frequencies the shares of glitches are of."""

import numpy as np

from culpa.explain.coherence.glitch import glitch_coherence, shares
from culpa.explain.coherence.ranges import glitch_ranges
from culpa.explain.coherence.settings import CoherenceSettings
from culpa.run.coherence.analysis import at_glitches
from culpa.run.coherence.windows import Found, Target, Windowed
from culpa.types import Events


def test_shares_are_of_the_band_where_no_frequency_stands_out() -> None:
    rng = np.random.default_rng(3)
    x, y = (rng.standard_normal((12, 80, 2)).view(complex)[..., 0] for _ in range(2))
    x[:, 40:] += 0.5 * y[:, 40:]
    frequencies, snr, gps = np.arange(80.0), np.ones(12), np.arange(12.0)
    settings = CoherenceSettings(rotations=999, bands=(0.0, 40.0, 80.0))
    result = glitch_coherence(x, y, snr, frequencies, settings)
    assert not result.significant.any()
    assert [(one.low, one.high) for one in glitch_ranges(result)] == [(40.0, 80.0)]
    windows = Windowed(gps, snr, x, y, frequencies)
    found = at_glitches(Target("A", "K1:A", gps, snr, Events.empty()), Found(windows, windows), settings)
    np.testing.assert_allclose(found.share, shares(x[:, 40:], y[:, 40:], snr, settings))
