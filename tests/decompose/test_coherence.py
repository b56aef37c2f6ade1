import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import signal, stats

from culpa.decompose.coherence import Coherence, coherence, spectral_density
from culpa.decompose.welch import Spectra, Sums, Windows, channel_sums, pair_sums, spectra
from culpa.types import Floats, Segments, Series


def of(x: Spectra, y: Spectra, resolution: float = 1.0) -> Coherence:
    known = np.ones(len(x), bool)
    return coherence(Sums(channel_sums(x, known), {"Y": pair_sums(x, y, known)}, resolution), "Y")


def noise(rng: np.random.Generator, windows: int, bins: int, memory: float = 0.0) -> Spectra:
    """Windows of complex noise that forget the ones before by the factor `memory`."""
    values = rng.standard_normal((windows, bins, 2)).view(complex)[..., 0]
    values[1:] *= np.sqrt(1 - memory**2)
    return signal.lfilter([1.0], [1.0, -memory], values, axis=0)


def recorded(x: Floats, y: Floats, rate: float, windows: Windows) -> Coherence:
    starts = windows.starts(Segments.of([(0.0, len(x) / rate)]))
    size = windows.size(rate)
    assert size
    (a, of_a), (b, of_b) = (spectra(Series(values, 0.0, rate), starts, size) for values in (x, y))
    return coherence(Sums(channel_sums(a, of_a), {"Y": pair_sums(a, b, of_a & of_b)}, 1 / windows.duration), "Y")


def probabilities(found: Coherence) -> Floats:
    return (1 - found.values) ** (found.effective - 1)


@pytest.mark.parametrize(("overlap", "share"), [(0.0, 1.0), (0.5, 0.947), (0.75, 0.520)])
def test_overlap_costs_what_welch_says(overlap: float, share: float) -> None:
    """Welch 1967: the windows are worth N / (1 + 2 Σ ρ²) of independent ones, ρ being the overlap of Hann windows."""
    rng = np.random.default_rng(1)
    stride = round(64 * (1 - overlap))
    x, y = rng.standard_normal((2, 64 + 799 * stride))
    shares = recorded(x, y, 64.0, Windows(1.0, 1 - overlap)).effective[2:-2] / 800
    assert shares.mean() == pytest.approx(share, rel=0.012)
    assert shares.max() <= 1


@pytest.mark.parametrize("overlap", [0.0, 0.5, 0.75])
def test_the_mean_of_independent_channels_is_one_in_the_effective_number(overlap: float) -> None:
    rng = np.random.default_rng(2)
    stride = round(64 * (1 - overlap))
    found = [recorded(*rng.standard_normal((2, 64 + 149 * stride)), 64.0, Windows(1.0, 1 - overlap)) for _ in range(60)]
    values = np.array([one.values[2:-2] for one in found])
    expected = np.mean([1 / one.effective[2:-2] for one in found])
    assert values.mean() == pytest.approx(expected, abs=4 * values.mean(axis=1).std() / np.sqrt(len(values)))


def within(count: int, trials: int, probability: float) -> bool:
    """No less likely than one in a thousand, on either side."""
    low, high = stats.binom.ppf([5e-4, 1 - 5e-4], trials, probability)
    return bool(low <= count <= high)


@pytest.mark.parametrize(("memory", "naive"), [(0.0, 1), (0.5, 1.5), (0.75, 4)])
@pytest.mark.parametrize("a", [0.1, 0.01])
def test_lines_are_as_rare_as_the_effective_number_says(memory: float, naive: float, a: float) -> None:
    """Narrow lines in both channels remember several windows; the number of windows would find far too many."""
    trials = 2000
    rng = np.random.default_rng(3)
    found = of(noise(rng, 120, trials, memory), noise(rng, 120, trials, memory))
    assert within(int(np.sum(probabilities(found) <= a)), trials, a)
    assert np.mean((1 - found.values) ** 119 <= a) >= naive * a * 0.8


def test_a_line_in_one_channel_alone_costs_nothing() -> None:
    rng = np.random.default_rng(4)
    found = of(noise(rng, 120, 2000, 0.75), noise(rng, 120, 2000))
    assert np.median(found.effective) > 117
    assert within(int(np.sum(probabilities(found) <= 0.05)), 2000, 0.05)


def test_resonators_that_are_recorded() -> None:
    """The same with samples: noise of a resonance at 20 Hz that rings for several windows, in two channels."""
    rng = np.random.default_rng(5)
    pole = np.exp(-1 / (64 * 1.2) + 2j * np.pi * 20 / 64)
    coefficients = np.poly([pole, pole.conjugate()]).real
    p, naive = [], []
    for _ in range(400):
        x, y = signal.lfilter([1.0], coefficients, rng.standard_normal((2, 64 * 90)))[:, 64 * 8 :]
        found = recorded(x, y, 64.0, Windows(1.0, 0.5))
        p.append(probabilities(found)[20])
        naive.append((1 - found.values[20]) ** (found.windows - 1))
    assert within(int(np.sum(np.array(p) <= 0.05)), 400, 0.05)
    assert np.mean(np.array(naive) <= 0.05) > 0.15


def test_windows_that_are_loud_in_both_channels_count_for_more() -> None:
    rng = np.random.default_rng(6)
    x, y = noise(rng, 200, 1000), noise(rng, 200, 1000)
    plain = of(x, y)
    loud = np.where(np.arange(200) % 40 == 0, 10.0, 1.0)[:, None]
    both, one = of(x * loud, y * loud), of(x * loud, y)
    assert np.median(plain.effective) > 195
    assert np.median(one.effective) > 195
    assert np.median(both.effective) < 20
    assert within(int(np.sum(probabilities(plain) <= 0.05)), 1000, 0.05)
    # a few loud windows in one channel vary together with the other by chance, which is counted too: too careful
    assert 10 < np.sum(probabilities(one) <= 0.05) < 75
    naive = np.mean((1 - both.values) ** 199 <= 0.05)
    assert naive > 0.5
    assert np.mean(probabilities(both) <= 0.05) < 0.1


@given(st.integers(0, 10**6), st.integers(1, 30))
def test_values_and_effective_numbers_are_in_range(seed: int, windows: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = noise(rng, windows, 9, 0.7), noise(rng, windows, 9, 0.9)
    found = of(x, x * 2j if seed % 3 == 0 else y)
    assert np.all((found.values >= 0) & (found.values <= 1))
    assert np.all((found.effective >= 1) & (found.effective <= windows + 1e-9))
    assert found.windows == windows


@pytest.mark.parametrize("seed", [1844, 3552, 17219])
def test_windows_are_worth_one_or_more(seed: int) -> None:
    """A few loud windows in a row between ones that are not known repeat each other more than there are windows."""
    rng = np.random.default_rng(seed)
    windows = rng.integers(2, 12)
    x = rng.normal(size=(windows, 1)) * 10.0 ** rng.integers(0, 4, (windows, 1)) + 0j
    y = x if seed % 2 else np.abs(rng.normal(size=(windows, 1))) * np.abs(x) ** rng.integers(0, 2) + 0j
    of_x, of_y = rng.random(windows) < 0.7, rng.random(windows) < 0.7
    x, y = x * of_x[:, None], y * of_y[:, None]
    found = coherence(Sums(channel_sums(x, of_x), {"Y": pair_sums(x, y, of_x & of_y)}, 1.0), "Y")
    assert found.effective[0] >= 1


@given(st.integers(0, 10**6))
def test_scales_and_phases_change_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = noise(rng, 20, 6), noise(rng, 20, 6)
    turn = 10.0 ** rng.uniform(-20, 5) * np.exp(2j * np.pi * rng.random(6))
    before, after = of(x, y), of(x * turn, 3 * y)
    np.testing.assert_allclose(after.values, before.values, rtol=1e-9)
    np.testing.assert_allclose(after.effective, before.effective, rtol=1e-9)


def test_the_formula() -> None:
    """By hand: two windows with X = 1, 1 and Y = 1, i."""
    found = of(np.array([[1.0 + 0j], [1.0]]), np.array([[1.0 + 0j], [1j]]), 0.5)
    assert found.values[0] == pytest.approx(0.5)
    assert found.frequencies.tolist() == [0.0]
    # of X repeats everything, of Y nothing that is in phase: ρ = 1 and i
    assert found.effective[0] == pytest.approx(2.0)
    assert of(np.ones((2, 1), complex), np.ones((2, 1), complex)).effective[0] == pytest.approx(1.0)
    assert of(np.ones((2, 4), complex), np.ones((2, 3), complex), 0.5).frequencies.tolist() == [0.0, 0.5, 1.0]


@pytest.mark.parametrize("silent", ["x", "y", "both"])
def test_silent_channels_are_nan(silent: str) -> None:
    rng = np.random.default_rng(7)
    x, y = noise(rng, 10, 4), noise(rng, 10, 4)
    for name, values in (("x", x), ("y", y)):
        if silent in (name, "both"):
            values[:, 2] = 0
    found = of(x, y)
    assert np.isnan(found.values).tolist() == [False, False, True, False]
    assert np.isnan(found.effective).tolist() == [False, False, True, False]


def test_a_constant_beside_noise_is_nan_everywhere() -> None:
    found = recorded(np.random.default_rng(8).standard_normal(640), np.full(640, 3.3), 64.0, Windows(1.0, 0.5))
    assert found.windows == 0
    assert np.isnan(found.values).all()
    assert np.isnan(found.effective).all()


def test_channels_that_are_not_there() -> None:
    with pytest.raises(KeyError, match="Z"):
        coherence(Sums(channel_sums(np.ones((1, 1), complex), np.ones(1, bool)), {}, 1.0), "Z")


def test_density_of_white_noise() -> None:
    values = 3 * np.random.default_rng(9).standard_normal(128 * 400)
    found, known = spectra(Series(values, 0.0, 128.0), np.arange(400.0), 128)
    assert spectral_density(channel_sums(found, known))[2:-2].mean() == pytest.approx(9 / 64, rel=0.02)


def test_density_is_the_mean_of_the_windows_that_are_known_and_nan_without_any() -> None:
    """That of a pair is over the windows of both."""
    values, known = noise(np.random.default_rng(10), 6, 4), np.array([True, False, True, True, False, True])
    values[~known] = 0
    expected = np.mean(np.abs(values[known]) ** 2, axis=0)
    np.testing.assert_allclose(spectral_density(channel_sums(values, known)), expected)
    both = known & (np.arange(6) < 3)
    expected = np.mean(np.abs(values[both]) ** 2, axis=0)
    np.testing.assert_allclose(spectral_density(pair_sums(values, 2 * values, both)), expected)
    neither = np.zeros(6, bool)
    density = spectral_density(pair_sums(values, 2 * values, neither))
    assert density.shape == (4,)
    assert np.isnan(density).all()
    assert np.isnan(spectral_density(channel_sums(0 * values, neither))).all()
