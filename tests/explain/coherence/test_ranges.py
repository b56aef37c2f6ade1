from typing import Any

import numpy as np
import pytest

from culpa.explain.coherence.chance import BandChance
from culpa.explain.coherence.glitch import GlitchCoherence, glitch_coherence
from culpa.explain.coherence.overall import Overall, corrected
from culpa.explain.coherence.ranges import Range, glitch_ranges, overall_ranges
from culpa.explain.coherence.settings import CoherenceSettings


def of_overall(coherence: list[float], p: list[float]) -> Overall:
    flat = np.ones(len(p))
    return Overall(
        "Y", 10 + 2.0 * np.arange(len(p)), np.array(coherence), 0.1 * flat, 0.5 * flat, np.array(p), flat, flat, 20,
        1000, 0.01,
    )  # fmt: skip


def of_glitches(corrected: list[float], **more: Any) -> GlitchCoherence:
    flat = np.ones(len(corrected))
    names = ("values", "null", "unbiased", "usual", "threshold", "p", "by_shifts", "low", "high")
    given: dict[str, Any] = dict.fromkeys(names, flat)
    given |= {"bands": (), "smallest": 1.0, "smallest_by_shifts": 1.0, "windows": 9, "false_alarm": 0.01}
    return GlitchCoherence(
        frequencies=10 + 2.0 * np.arange(len(corrected)), corrected=np.array(corrected), **{**given, **more}
    )


def test_overall_ranges_have_their_rarest_frequency() -> None:
    found = of_overall([0.1, 0.6, 0.7, 0.3, 0.9, 0.2, 0.2, 0.8], [0.5, 1e-6, 1e-9, 0.1, 1e-7, 0.5, 0.5, 1e-8])
    assert overall_ranges(found) == [
        Range(12.0, 18.0, 14.0, 0.7, corrected(1e-9, 1000)),
        Range(24.0, 24.0, 24.0, 0.8, corrected(1e-8, 1000)),
    ]


def test_overall_ranges_reach_over_an_unknown_frequency() -> None:
    found = of_overall([0.6, np.nan, 0.7], [1e-6, np.nan, 1e-9])
    assert [(one.low, one.high, one.peak) for one in overall_ranges(found)] == [(10.0, 14.0, 14.0)]


def test_nothing_stands_out() -> None:
    assert overall_ranges(of_overall([0.1, 0.5, np.nan], [0.5, 0.1, np.nan])) == []
    assert overall_ranges(of_overall([], [])) == []
    assert glitch_ranges(of_glitches([0.0051, np.nan, 1.0])) == []


def test_glitch_ranges_have_their_rarest_and_of_equals_the_most_coherent_frequency() -> None:
    values, unbiased = np.linspace(0.1, 0.8, 8), np.array([0.1, 0.3, 0.5, 0.9, 0.4, 0.1, 0.1, 0.2])
    found = of_glitches([1.0, 0.005, 0.001, 0.5, 0.001, np.nan, 0.2, 0.005], values=values, unbiased=unbiased)
    assert glitch_ranges(found) == [
        Range(12.0, 18.0, 14.0, values[2], 0.002),
        Range(24.0, 24.0, 24.0, values[7], 0.01),
    ]


def test_bands_stand_in_where_no_frequency_stands_out() -> None:
    bands = tuple(
        BandChance(band, 2.0, 0.001, p)
        for band, p in [
            ((10.0, 20.0), 0.005),
            ((20.0, 40.0), 0.001),
            ((40.0, 80.0), 0.0051),
            ((80.0, 160.0), 0.0015),
            ((320.0, 640.0), 0.002),
        ]
    )
    joined = glitch_ranges(of_glitches([1.0, 1.0], bands=bands))
    assert [(one.low, one.high, one.p) for one in joined] == [
        (10.0, 40.0, 0.002),
        (80.0, 160.0, 0.003),
        (320.0, 640.0, 0.004),
    ]
    assert np.isnan([[one.peak, one.coherence] for one in joined]).all()
    with_peak = glitch_ranges(of_glitches([1.0, 0.005], bands=bands))
    assert [(one.low, one.high) for one in with_peak] == [(12.0, 12.0), (20.0, 40.0), (80.0, 160.0), (320.0, 640.0)]


@pytest.mark.parametrize("false_alarm", [0.01, 0.2])
def test_ranges_hold_all_that_is_significant(false_alarm: float) -> None:
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((2, 20, 60, 2)).view(complex)[..., 0]
    x[:, [11, 12, 14, 40]] += 2 * y[:, [11, 12, 14, 40]]
    settings = CoherenceSettings(rotations=199, false_alarm=false_alarm, bands=(0.0, 60.0))
    found = glitch_coherence(x, y, np.ones(20), np.arange(60.0), settings)
    ranges = glitch_ranges(found)
    assert {11.0, 40.0} <= {one.low for one in ranges}
    inside = np.zeros(60, bool)
    for one in ranges:
        inside |= (found.frequencies >= one.low) & (found.frequencies <= one.high)
        assert found.values[int(one.peak)] == one.coherence
        assert one.p == 2 * found.corrected[int(one.peak)] <= false_alarm
    assert not np.any(found.significant & ~inside)
