from dataclasses import fields, replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from culpa.explain.coherence.glitch import GlitchCoherence, glitch_coherence, shares
from culpa.explain.coherence.ranges import glitch_ranges
from culpa.explain.coherence.settings import CoherenceSettings
from culpa.types import Floats
from tests.naive import coherence as naive

Spectra = NDArray[np.complex128]
QUICK = CoherenceSettings(rotations=99, shifts=20, false_alarm=0.05, bands=(0.0, 4.0, 8.0, 12.0, 100.0))
WEIGHTS = ["snr", "equal", "phase"]


def noise(rng: np.random.Generator, *shape: int) -> Spectra:
    return rng.standard_normal((*shape, 2)).view(complex)[..., 0]


def heavy(rng: np.random.Generator, count: int) -> Floats:
    """SNRs from 6 on whose variance is infinite."""
    return 6 * (1 - rng.random(count)) ** -0.5


def found(x: Spectra, y: Spectra, snr: Floats | None = None, settings: CoherenceSettings = QUICK) -> GlitchCoherence:
    return glitch_coherence(x, y, np.ones(len(x)) if snr is None else snr, np.arange(float(x.shape[1])), settings)


def assert_equal(a: GlitchCoherence, b: GlitchCoherence, within: float = 0.0, ranks: float = 0.0) -> None:
    for field in fields(a):
        one, other = getattr(a, field.name), getattr(b, field.name)
        if field.name == "bands":
            assert [band.band for band in one] == [band.band for band in other]
            one, other = ([(band.excess, band.p, band.corrected) for band in bands] for bands in (one, other))
        slack = ranks if field.name in {"p", "corrected", "by_shifts", "smallest", "smallest_by_shifts", "bands"} else 0
        if len(np.shape(one)) or slack:
            np.testing.assert_allclose(one, other, rtol=within, atol=slack + within * 1e-3, err_msg=field.name)
        else:
            assert one == other


@examples(max_examples=60)
@given(
    st.integers(0, 10**6),
    st.integers(2, 8),
    st.sampled_from(WEIGHTS),
    st.sampled_from([1, 2, 3, 100]),
    st.sampled_from(["noise", "coherent", "loud"]),
)
def test_equals_the_slow_twin(seed: int, windows: int, weights: str, shifts: int, kind: str) -> None:
    rng = np.random.default_rng(seed)
    x, y = noise(rng, windows, 9), noise(rng, windows, 9)
    if kind == "coherent":
        x += 3 * y
    if kind == "loud":
        x, y = (of * 10 ** rng.uniform(0, 1.5, (windows, 1)) for of in (x, y))
    x[:, rng.integers(9)] = 0
    y[:, rng.integers(9)] = 0
    x[0, 3] = 0
    snr = heavy(rng, windows)
    settings = replace(QUICK, weights=weights, shifts=shifts, seed=seed, rotations=120, bands=(0.0, 3.0, 3.5, 4.5, 7.0))
    ours, slow = found(x, y, snr, settings), naive.glitch(x, y, snr, np.arange(9.0), settings)
    for name in ("values", "null", "unbiased", "low", "high"):
        np.testing.assert_allclose(getattr(ours, name), getattr(slow, name), rtol=1e-6, atol=1e-9, err_msg=name)
    np.testing.assert_allclose(ours.usual, slow.usual, rtol=1e-4)
    # full coherence is as good as none: a threshold of 0.99999 of it may be infinite
    sizes = np.sign(np.abs([x, y])) if weights == "phase" else np.abs([x, y])
    full = [naive.coherence(*sizes[:, :, k], snr if weights == "snr" else np.ones(windows)) for k in range(9)]
    np.testing.assert_allclose(np.minimum(ours.threshold, full), np.minimum(slow.threshold, full), rtol=1e-4)
    for name in ("p", "corrected", "by_shifts"):
        np.testing.assert_allclose(getattr(ours, name), getattr(slow, name), rtol=1e-12, err_msg=name)
    assert {one.band: (one.p, one.corrected) for one in ours.bands} == {
        band: pytest.approx(p) for band, (_, *p) in slow.bands.items()
    }
    for one in ours.bands:
        assert one.excess == pytest.approx(slow.bands[one.band][0])
    assert ours.smallest == pytest.approx(slow.smallest)
    assert ours.smallest_by_shifts == pytest.approx(slow.smallest_by_shifts)
    assert ours.windows == windows


def test_rotations_in_blocks_are_the_same_rotations(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    x, y = noise(rng, 7, 10), noise(rng, 7, 10)
    settings = replace(QUICK, rotations=451)
    at_once = found(x, y, None, settings)
    monkeypatch.setattr("culpa.explain.coherence.chance._BLOCK", 37)
    assert_equal(found(x, y, None, settings), at_once, 1e-5)


def test_more_rotations_than_a_block() -> None:
    rng = np.random.default_rng(2)
    x, y = noise(rng, 4, 3), noise(rng, 4, 3)
    settings = replace(QUICK, rotations=1201)
    slow = naive.glitch(x, y, np.ones(4), np.arange(3.0), settings)
    ours = found(x, y, None, settings)
    np.testing.assert_allclose(ours.p, slow.p, rtol=1e-12)
    np.testing.assert_allclose(ours.corrected, slow.corrected, rtol=1e-12)


BINS = 24


def glitches(rng: np.random.Generator, snr: Floats) -> Spectra:
    """Something at a random time in the window, of random phase, broad in frequency about any of the bins."""
    count, at = len(snr), np.arange(BINS)
    shape = np.exp(-(((at - rng.uniform(0, BINS, (count, 1))) / rng.uniform(2, 8, (count, 1))) ** 2))
    phase = 2j * np.pi * (rng.random((count, 1)) + rng.uniform(-0.1, 0.1, (count, 1)) * at)
    return snr[:, None] * shape * np.exp(phase)


def background(rng: np.random.Generator, count: int) -> Spectra:
    """Noise as a Hann window shows it: neighbours have much in common."""
    free = noise(rng, count, BINS + 2)
    return (free[:, 1:-1] - 0.5 * (free[:, :-2] + free[:, 2:])) / np.sqrt(3)


CASES = [(case, count) for case in ("noise", "one", "both") for count in (10, 50)]
TRIALS = 300


@cache
def trials(case: str, count: int) -> list[GlitchCoherence]:
    """Channels that have nothing to do with each other; glitches in none, in the main one, in both of them."""
    rng = np.random.default_rng([count, len(case)])
    result = []
    for trial in range(TRIALS):
        snr = heavy(rng, count)
        x, y = background(rng, count), background(rng, count)
        if case != "noise":
            x += glitches(rng, snr)
        if case == "both":
            y += glitches(rng, snr * rng.uniform(1, 20, count))
        result.append(found(x, y, snr, replace(QUICK, rotations=199, seed=trial)))
    return result


def spread(p: list[float], rotations: int = 199) -> Floats:
    """Ranks among rotations are multiples of 1 / (rotations + 1): anywhere below instead."""
    return np.array(p) - np.random.default_rng(len(p)).random(len(p)) / (rotations + 1)


@pytest.mark.parametrize(("case", "count"), CASES)
@pytest.mark.parametrize("place", [2, 13])
def test_p_of_one_frequency_is_uniform(case: str, count: int, place: int) -> None:
    assert stats.kstest(spread([one.p[place] for one in trials(case, count)]), "uniform").pvalue > 0.01


@pytest.mark.parametrize(("case", "count"), CASES)
def test_p_of_everything_is_uniform(case: str, count: int) -> None:
    """Of all frequencies, and of a band; corrected for bands it is never more often small."""
    of = trials(case, count)
    assert stats.kstest(spread([one.smallest for one in of]), "uniform").pvalue > 0.01
    assert stats.kstest(spread([one.bands[1].p for one in of]), "uniform").pvalue > 0.01
    bands = [min(band.corrected for band in one.bands) for one in of]
    assert stats.kstest(bands, "uniform", alternative="greater").pvalue > 0.01


@pytest.mark.parametrize(("case", "count"), CASES)
def test_shifts_say_the_same_of_one_frequency(case: str, count: int) -> None:
    """As few shifts have few values, p-values are no more often small than they say."""
    for p in (0.1, 0.3):
        often = sum(one.by_shifts[13] <= p for one in trials(case, count))
        assert often <= stats.binom.ppf(1 - 1e-3, TRIALS, p)


@pytest.mark.parametrize(("case", "count"), CASES)
def test_shifts_say_the_same_of_everything(case: str, count: int) -> None:
    for p in (1 / 6, 0.3):
        often = sum(one.smallest_by_shifts <= p for one in trials(case, count))
        assert 0.3 * p * TRIALS <= often <= stats.binom.ppf(1 - 1e-3, TRIALS, p)


@pytest.mark.parametrize(("case", "count"), CASES)
def test_the_bias_is_gone(case: str, count: int) -> None:
    """The mean of what is left is 0; the coherence itself is far from it."""
    of = trials(case, count)
    unbiased = np.array([one.unbiased.mean() for one in of])
    assert abs(unbiased.mean()) < 4 * unbiased.std() / np.sqrt(TRIALS)
    bare = np.array([one.values.mean() for one in of])
    assert bare.mean() > 10 * unbiased.std() / np.sqrt(TRIALS)
    assert max(one.unbiased.max() for one in of) <= 1


@pytest.mark.parametrize(("case", "count"), CASES)
def test_false_alarms_are_no_more_than_is_asked_for(case: str, count: int) -> None:
    of = trials(case, count)
    half, most = stats.binom.ppf(1 - 1e-3, TRIALS, [0.025, 0.05])
    assert sum(one.significant.any() for one in of) <= half
    assert sum(bool(np.any(one.values > one.threshold)) for one in of) <= half
    assert sum(any(2 * band.corrected <= 0.05 for band in one.bands) for one in of) <= half
    assert sum(one.probability <= 0.05 for one in of) <= most
    # nor are they impossible
    assert sum(one.significant.any() for one in of) >= 1


@pytest.mark.parametrize(("case", "count"), CASES)
@pytest.mark.parametrize("false_alarm", [0.05, 0.1])
def test_what_is_called_coherent_is_what_is_rare_enough(case: str, count: int, false_alarm: float) -> None:
    """A range is told if and only if the whole is so rare, and no more often than is asked for."""
    of = [replace(one, false_alarm=false_alarm) for one in trials(case, count)]
    coherent = [bool(glitch_ranges(one)) for one in of]
    assert coherent == [one.probability <= false_alarm for one in of]
    assert 0.2 * false_alarm * TRIALS <= sum(coherent) <= stats.binom.ppf(1 - 1e-3, TRIALS, false_alarm)
    for one in of:
        ranges = glitch_ranges(one)
        if ranges and one.significant.any():
            assert min(found.p for found in ranges) == 2 * one.smallest
        elif ranges:
            assert min(found.p for found in ranges) == one.probability


def test_rotations_are_enough_for_a_small_false_alarm_probability() -> None:
    """Of 99 no p-value is below 0.01; so there are more, and full coherence stands out."""
    x = noise(np.random.default_rng(20), 12, 6)
    settings = replace(QUICK, rotations=99, false_alarm=1e-4)
    ours = found(x, 2j * x, None, settings)
    assert ours.significant.all()
    assert np.all(ours.values > ours.threshold)
    assert ours.smallest == pytest.approx(1 / 20_001)
    assert ours.probability <= 1e-4
    assert [(one.low, one.high) for one in glitch_ranges(ours)] == [(0.0, 5.0)]


@examples(max_examples=60)
@given(
    st.integers(0, 10**6), st.integers(2, 20), st.sampled_from(WEIGHTS), st.sampled_from([0.005, 0.01, 0.05, 0.2, 0.9])
)
def test_what_is_above_the_threshold_is_what_is_rare_enough(
    seed: int, windows: int, weights: str, false_alarm: float
) -> None:
    rng = np.random.default_rng(seed)
    x, y = noise(rng, windows, 15), noise(rng, windows, 15)
    x[:, :4] += 2 * y[:, :4] * rng.uniform(0, 1, 4)
    ours = found(x, y, heavy(rng, windows), replace(QUICK, weights=weights, false_alarm=false_alarm))
    # what is within 1e-5 of the threshold is a tie
    assert np.array_equal(ours.values * (1 - 1e-5) > ours.threshold, ours.corrected <= false_alarm / 2)
    assert np.array_equal(ours.significant, ours.corrected <= false_alarm / 2)
    assert ours.smallest == ours.corrected.min()
    assert ours.probability == min(1, 2 * min(ours.smallest, *(band.corrected for band in ours.bands)))
    assert bool(glitch_ranges(ours)) == (ours.probability <= false_alarm)


@given(st.integers(0, 10**6), st.integers(2, 30))
def test_numbers_are_in_range(seed: int, windows: int) -> None:
    rng = np.random.default_rng(seed)
    ours = found(noise(rng, windows, 5), noise(rng, windows, 5), heavy(rng, windows))
    everything = QUICK.rotations + 1
    assert np.all((ours.values >= 0) & (ours.values <= 1))
    assert np.all((ours.null >= 1 / windows / 20) & (ours.null <= 1))
    assert np.all(ours.unbiased <= ours.values + 1e-12)
    for p in (ours.p, ours.corrected):
        assert np.all((p * everything >= 1) & (p <= 1))
        np.testing.assert_allclose(p * everything, np.round(p * everything), atol=1e-9)
    assert np.all(ours.corrected >= ours.p.min())
    if windows > 2:
        left = np.maximum(ours.unbiased, 0)
        assert np.all((ours.low >= 0) & (ours.low <= left + 1e-12) & (left <= ours.high + 1e-12) & (ours.high <= 1))
    for band in ours.bands:
        assert band.corrected >= band.p


def test_one_window_is_coherent_whatever_it_is() -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        ours = found(noise(rng, 1, 20), 1e-9 * noise(rng, 1, 20), heavy(rng, 1))
        np.testing.assert_allclose(ours.values, 1.0)
        np.testing.assert_allclose(ours.null, 1.0)
        assert not ours.unbiased.any()
        assert np.all(ours.p == 1)
        assert np.all(ours.corrected == 1)
        assert [band.p for band in ours.bands] == [1.0] * 4
        assert ours.probability == ours.smallest == 1.0
        assert not ours.significant.any()
        assert np.isinf(ours.threshold).all()
        assert np.isnan([ours.low, ours.high, ours.by_shifts]).all()
        assert np.isnan(ours.smallest_by_shifts)


def test_two_windows() -> None:
    """T = 1 + cos φ: chance comes close to full coherence, and the interval is unknown."""
    rng = np.random.default_rng(3)
    x, y = noise(rng, 2, 6), noise(rng, 2, 6)
    size = np.abs(x * y.conj())
    ours = found(x, y, None, replace(QUICK, rotations=9999))
    assert np.isnan([ours.low, ours.high]).all()
    assert np.isin(ours.by_shifts, [0.5, 1.0]).all()
    apart = np.abs(np.angle((x * y.conj())[0] / (x * y.conj())[1]))
    np.testing.assert_allclose(ours.p, apart / np.pi, atol=0.02)
    np.testing.assert_allclose(ours.null, np.sum(size**2, 0) / np.prod(np.sum(np.abs([x, y]) ** 2, 1), 0))
    coherent = found(x, 2j * x)
    np.testing.assert_allclose(coherent.values, 1.0)
    assert np.all(coherent.p <= 0.05)


@pytest.mark.parametrize(
    "ratio",
    [
        1e-3,
        1e-4,
        1e-5,
        1e-7,
        1e-8,
        1e-10,
        0.0,
    ],
)
def test_one_window_that_outdoes_all_others_proves_nothing(ratio: float) -> None:
    """Of 40 pairs that have nothing to do with each other few are rare, the less so the less the others count."""
    count = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        loud = np.array([[ratio], [ratio], [1.0], [ratio], [ratio]])
        ours = found(loud * noise(rng, 5, 15), loud * noise(rng, 5, 15))
        count += bool(ours.significant.any()) or ours.probability <= 0.05
    assert count <= 3


@pytest.mark.parametrize("silent", ["x", "y", "both"])
def test_a_frequency_without_power_is_nan(silent: str) -> None:
    rng = np.random.default_rng(4)
    x, y = noise(rng, 10, 12), noise(rng, 10, 12)
    without = found(np.delete(x, [5], 1), np.delete(y, [5], 1))
    for name, values in (("x", x), ("y", y)):
        if silent in (name, "both"):
            values[:, 5] = 0
    ours = found(x, y)
    for name in ("values", "null", "unbiased", "usual", "threshold", "p", "corrected", "by_shifts", "low", "high"):
        values = getattr(ours, name)
        assert np.isnan(values[5]), name
        np.testing.assert_allclose(np.delete(values, 5), getattr(without, name), rtol=1e-5, err_msg=name)
    assert ours.smallest == without.smallest
    assert not ours.significant[5]


@pytest.mark.parametrize("windows", [1, 10])
def test_a_silent_channel_is_nan_and_proves_nothing(windows: int) -> None:
    rng = np.random.default_rng(5)
    ours = found(noise(rng, windows, 12), np.zeros((windows, 12), complex))
    for name in ("values", "null", "unbiased", "usual", "threshold", "p", "corrected", "by_shifts", "low", "high"):
        assert np.isnan(getattr(ours, name)).all(), name
    assert not ours.significant.any()
    assert ours.bands == ()
    assert ours.smallest == ours.probability == 1.0


def test_no_shifts_are_no_second_opinion() -> None:
    rng = np.random.default_rng(6)
    ours = found(noise(rng, 10, 12), noise(rng, 10, 12), None, replace(QUICK, shifts=0))
    assert np.isnan(ours.by_shifts).all()
    assert np.isnan(ours.smallest_by_shifts)


@pytest.mark.parametrize(("windows", "shifts", "used"), [(10, 1, 1), (10, 4, 3), (10, 9, 9), (10, 100, 9), (11, 4, 4)])
def test_at_most_so_many_shifts(windows: int, shifts: int, used: int) -> None:
    """Of full coherence no shift comes near, so that the p-value counts them."""
    x = noise(np.random.default_rng(7), windows, 5)
    ours = found(x, 3 * x, None, replace(QUICK, shifts=shifts))
    np.testing.assert_allclose(ours.by_shifts, 1 / (used + 1))
    assert ours.smallest_by_shifts == pytest.approx(1 / (used + 1))


def test_weights() -> None:
    """By SNR a window counts as if it came so many times, and equally or by phases no SNR matters."""
    rng = np.random.default_rng(8)
    x, y, snr = noise(rng, 6, 8), noise(rng, 6, 8), np.array([1.0, 2, 3, 4, 1, 2])
    by_snr, equal, phase = (found(x, y, snr, replace(QUICK, weights=weights)) for weights in WEIGHTS)
    times = snr.astype(int)
    repeated = found(np.repeat(x, times, 0), np.repeat(y, times, 0))
    np.testing.assert_allclose(by_snr.values, repeated.values)
    assert_equal(equal, found(x, y, np.ones(6)), 1e-6)
    assert_equal(equal, found(x, y, snr**2, replace(QUICK, weights="equal")))
    np.testing.assert_allclose(phase.null, 1 / 6)
    np.testing.assert_allclose(phase.values, np.abs(np.mean(np.exp(1j * np.angle(x * y.conj())), 0)) ** 2)
    louder = rng.uniform(0.1, 10, (2, 6, 8))
    assert_equal(phase, found(x * louder[0], y * louder[1], snr[::-1], replace(QUICK, weights="phase")), 1e-5, 0.011)


def test_a_window_without_power_has_no_phase() -> None:
    rng = np.random.default_rng(9)
    x, y = noise(rng, 6, 8), noise(rng, 6, 8)
    x[2] = 0
    ours = found(x, y, None, replace(QUICK, weights="phase"))
    np.testing.assert_allclose(ours.null, 1 / 6)
    np.testing.assert_allclose(
        ours.values, np.abs(np.sum(np.exp(1j * np.angle(np.delete(x * y.conj(), 2, 0))), 0)) ** 2 / 30
    )


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("count", [10, 50])
def test_a_coupling_is_found_where_it_is(weights: str, count: int) -> None:
    """Glitches that the other channel has too at some of the frequencies, delayed: where they stand out, and alone."""
    rng = np.random.default_rng([10, count])
    snr = heavy(rng, count)
    x, y = (noise(rng, count, BINS) for _ in range(2))
    common = glitches(rng, snr)
    common /= np.abs(common)
    x += 5 * common
    y[:, 9:12] += 5 * common[:, 9:12] * np.exp(0.7j * np.arange(9, 12))
    ours = found(x, y, snr, replace(QUICK, weights=weights, rotations=999, false_alarm=0.01))
    assert np.flatnonzero(ours.significant).tolist() == [9, 10, 11]
    assert [band.band for band in ours.bands if 2 * band.corrected <= 0.01] == [(8.0, 12.0)]
    assert ours.smallest == 0.001
    assert ours.probability == 0.002
    assert np.all(ours.unbiased[9:12] > 0.5)
    assert ours.smallest_by_shifts <= 0.1
    np.testing.assert_array_equal(ours.corrected[9:12], 0.001)


@pytest.mark.parametrize("exact", [0.3, 0.8])
def test_the_interval_holds_the_coherence_in_19_of_20_cases(exact: float) -> None:
    rng = np.random.default_rng(11)
    x, y = noise(rng, 60, 2000), noise(rng, 60, 2000)
    y = np.sqrt(exact) * x + np.sqrt(1 - exact) * y
    ours = found(x, y)
    assert np.mean((ours.low <= exact) & (exact <= ours.high)) == pytest.approx(0.95, abs=0.025)


@pytest.mark.parametrize("exact", [0.0, 0.1, 0.5])
def test_the_interval_holds_also_a_small_coherence(exact: float) -> None:
    """Where the coherence itself is far above what is true, and at 0 above it always."""
    rng = np.random.default_rng(21)
    x, y = noise(rng, 50, 2000), noise(rng, 50, 2000)
    ours = found(x, np.sqrt(exact) * x + np.sqrt(1 - exact) * y)
    assert np.mean((ours.low <= exact) & (exact <= ours.high)) >= 0.93
    assert np.all((ours.low >= 0) & (ours.high <= 1))
    # nor does it hold everything
    assert np.median(ours.high - ours.low) < 0.5


def test_usual_is_exceeded_in_one_of_20_rotations() -> None:
    rng = np.random.default_rng(12)
    x, y = noise(rng, 40, 2000), noise(rng, 40, 2000)
    ours = found(x, y, None, replace(QUICK, rotations=2999))
    assert np.mean(ours.values > ours.usual) == pytest.approx(0.05, abs=0.02)
    # many windows: T is exponential; of Gaussian windows the null mean is about 1 / N
    assert np.mean(ours.usual / ours.null) == pytest.approx(-np.log(0.05), rel=0.05)
    assert np.mean(ours.null) == pytest.approx(1 / 40, rel=0.1)


@given(st.integers(0, 10**6), st.sampled_from(WEIGHTS))
def test_scales_and_phases_of_a_channel_change_nothing(seed: int, weights: str) -> None:
    rng = np.random.default_rng(seed)
    x, y, snr = noise(rng, 9, 10), noise(rng, 9, 10), heavy(rng, 9)
    settings = replace(QUICK, weights=weights)
    scale = 10 ** rng.uniform(-22, 6) * np.exp(2j * np.pi * rng.random(10))
    # of the p-values one rotation may differ, which rounding puts on the other side
    assert_equal(found(x * scale, y * -7.3, snr, settings), found(x, y, snr, settings), 1e-4, 0.011)


@given(st.integers(0, 10**6), st.sampled_from(WEIGHTS))
def test_the_order_of_windows_does_not_matter(seed: int, weights: str) -> None:
    """For numbers; the rotations, and with them p-values, are others."""
    rng = np.random.default_rng(seed)
    x, y, snr, order = noise(rng, 12, 6), noise(rng, 12, 6), heavy(rng, 12), rng.permutation(12)
    settings = replace(QUICK, weights=weights)
    one, other = found(x, y, snr, settings), found(x[order], y[order], snr[order], settings)
    for name in ("values", "null", "unbiased", "low", "high"):
        np.testing.assert_allclose(getattr(other, name), getattr(one, name), rtol=1e-7, atol=1e-12, err_msg=name)
    np.testing.assert_allclose(shares(x[order], y[order], snr[order], settings), shares(x, y, snr, settings)[order])
    # six standard deviations of a share of 99 rotations, twice
    np.testing.assert_allclose(other.p, one.p, atol=6 * np.sqrt(2) * 0.5 / np.sqrt(99))


def test_channels_can_be_exchanged() -> None:
    rng = np.random.default_rng(13)
    x, y, snr = noise(rng, 12, 6), noise(rng, 12, 6), heavy(rng, 12)
    for name in ("values", "null", "unbiased", "low", "high"):
        np.testing.assert_allclose(getattr(found(y, x, snr), name), getattr(found(x, y, snr), name))


def test_the_seed_decides() -> None:
    rng = np.random.default_rng(14)
    x, y, snr = noise(rng, 12, 20), noise(rng, 12, 20), heavy(rng, 12)
    first, again, other = (found(x, y, snr, replace(QUICK, seed=seed)) for seed in (1, 1, 2))
    assert_equal(first, again)
    assert not np.array_equal(first.p, other.p)
    assert not np.array_equal(first.corrected, other.corrected)
    np.testing.assert_array_equal(first.values, other.values)
    np.testing.assert_array_equal(first.by_shifts, other.by_shifts)


def test_nothing_given_is_changed() -> None:
    rng = np.random.default_rng(15)
    given = noise(rng, 5, 6), noise(rng, 5, 6), heavy(rng, 5)
    before = [values.copy() for values in given]
    for weights in WEIGHTS:
        found(*given, replace(QUICK, weights=weights))
        shares(*given, replace(QUICK, weights=weights))
    for one, other in zip(given, before, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("scale", [1.0, 1e15, 1e-23])
def test_single_precision_is_good_enough(scale: float) -> None:
    """What windows are kept as."""
    rng = np.random.default_rng(16)
    x, y, snr = scale * noise(rng, 12, 20), noise(rng, 12, 20), heavy(rng, 12)
    ours = found(x.astype(np.complex64), y.astype(np.complex64), snr)
    assert_equal(ours, found(x, y, snr), 1e-3, 0.011)


@pytest.mark.parametrize(("windows", "bins"), [(0, 5), (5, 0), (0, 0)])
def test_nothing_to_look_at(windows: int, bins: int) -> None:
    empty = np.zeros((windows, bins), complex)
    with pytest.raises(ValueError, match=f"^{windows} windows and {bins} frequencies: expected at least one of each$"):
        found(empty, empty)


def test_bands_that_hold_no_frequency() -> None:
    rng = np.random.default_rng(17)
    x, y = noise(rng, 8, 6), noise(rng, 8, 6)
    assert found(x, y, None, replace(QUICK, bands=(50.0, 60.0))).bands == ()
    assert [one.band for one in found(x, y, None, replace(QUICK, bands=(-0.0, 0.5, 0.7, 5.0, 6.0))).bands] == [
        (0.0, 0.5),
        (0.7, 5.0),
        (5.0, 6.0),
    ]
    whole = found(x, y, None, replace(QUICK, bands=(0.0, 6.0))).bands[0]
    assert whole.excess == pytest.approx(np.mean(found(x, y).values / found(x, y).null))


@given(st.integers(0, 10**6), st.integers(1, 12), st.sampled_from(WEIGHTS))
def test_shares_are_those_of_the_slow_twin_and_sum_to_one(seed: int, windows: int, weights: str) -> None:
    rng = np.random.default_rng(seed)
    x, y, snr = noise(rng, windows, 5), noise(rng, windows, 5), heavy(rng, windows)
    x[:, 1] = 0
    settings = replace(QUICK, weights=weights)
    ours = shares(x, y, snr, settings)
    np.testing.assert_allclose(ours, naive.shares(x, y, snr, settings), rtol=1e-9, atol=1e-12)
    assert ours.sum() == pytest.approx(1)


def test_shares_of_windows_that_agree_and_of_one_that_does_not() -> None:
    y = noise(np.random.default_rng(18), 4, 3)
    x = y.copy() * np.array([[1], [1], [-1], [0]])
    y /= np.abs(y)
    x /= np.where(x == 0, 1, np.abs(x))
    found_shares = shares(x, y, np.array([3.0, 2.0, 1.0, 5.0]), QUICK)
    np.testing.assert_allclose(found_shares, [0.75, 0.5, -0.25, 0], atol=1e-12)
    assert np.isnan(shares(np.zeros((4, 3), complex), y, np.ones(4), QUICK)).all()


def test_a_silent_bin_and_bands() -> None:
    """A band counts what is known in it, and one without anything known is not there."""
    rng = np.random.default_rng(19)
    x, y = noise(rng, 9, 12), noise(rng, 9, 12)
    x[:, 4:8] = 0
    x[:, 9] = 0
    ours = found(x, y)
    assert [band.band for band in ours.bands] == [(0.0, 4.0), (8.0, 12.0)]
    known = [8, 10, 11]
    assert ours.bands[1].excess == pytest.approx(np.mean(ours.values[known] / ours.null[known]))
