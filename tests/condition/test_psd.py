import numpy as np
import pytest

from culpa.condition.psd import Periodograms, median_bias, median_psd


def powers_of(periodograms, values, unit=1.0):
    powers = periodograms.room(periodograms.count(len(values)))
    periodograms.of(values, powers, unit)
    return powers


@pytest.mark.parametrize("count", [1, 2, 3, 4, 29, 30, 1001])
def test_bias_is_the_mean_median_of_exponentials(count):
    rng = np.random.default_rng(count)
    medians = np.median(
        rng.exponential(size=(40000, count)) if count < 100 else rng.exponential(size=(2000, count)), axis=1
    )
    assert median_bias(count) == pytest.approx(medians.mean(), abs=4 * medians.std() / np.sqrt(len(medians)))


def test_bias_of_odd_counts_is_the_alternating_sum():
    assert median_bias(5) == pytest.approx(1 - 1 / 2 + 1 / 3 - 1 / 4 + 1 / 5)
    assert median_bias(100001) == pytest.approx(np.log(2), abs=1e-5)
    with pytest.raises(ValueError, match="0 values"):
        median_bias(0)


def test_density_equals_scipy_welch_for_each_window():
    from scipy.signal import spectrogram

    values = np.random.default_rng(0).standard_normal(4096) * 1e-21
    periodograms = Periodograms(512, 1.0, lists=2, single=False)
    _, _, expected = spectrogram(values, 512, "hann", 512, 256, detrend=False)
    powers = powers_of(periodograms, values, 1e-21) * 1e-42
    assert powers[:, 1:-1] == pytest.approx(expected.T[:, 1:-1], rel=1e-5)


@pytest.mark.parametrize("windows", [3, 4, 15, 64])
@pytest.mark.parametrize("lists", [1, 2])
def test_median_has_no_bias_in_white_noise(windows, lists):
    rng = np.random.default_rng(windows)
    periodograms = Periodograms(256, 1.0, lists=lists, single=True)
    levels = []
    for _ in range(200):
        values = rng.standard_normal(128 * (windows + 1))
        levels.append(median_psd(powers_of(periodograms, values), lists)[2:-2].mean())
    assert np.mean(levels) == pytest.approx(2 / 256, rel=0.015)


def test_a_glitch_does_not_move_it():
    rng = np.random.default_rng(7)
    values = rng.standard_normal(64 * 256)
    periodograms = Periodograms(256, 0.5, lists=2, single=True)
    before = median_psd(powers_of(periodograms, values), 2)
    values[5000:5100] += 1000
    after = median_psd(powers_of(periodograms, values), 2)
    assert np.max(np.abs(after / before - 1)) < 0.6
    assert np.mean(powers_of(periodograms, values)[:, 10]) > 100 * before[10]


def test_windows_with_nan_are_left_out():
    rng = np.random.default_rng(8)
    powers = rng.exponential(size=(41, 300)).astype(np.float32)
    powers[10:13] = np.nan
    assert np.isfinite(median_psd(powers, 2)).all()
    powers[2:] = np.nan
    assert np.isnan(median_psd(powers, 2)).all()
