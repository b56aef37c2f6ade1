import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from culpa.spectra import AmplitudeSpectrum, inner_product, optimal_snr


def flat(level):
    return lambda frequencies: np.full_like(frequencies, level)


@pytest.mark.parametrize(("rate", "frequency", "q"), [(16384, 100.0, 10.0), (4096, 400.0, 5.0), (512, 40.0, 20.0)])
def test_snr_of_a_sine_gaussian_in_white_noise_has_a_closed_form(rate, frequency, q):
    tau = q / (2 * np.pi * frequency)
    t = np.arange(-4, 4, 1 / rate)
    wave = 3 * np.sin(2 * np.pi * frequency * t) * np.exp(-((t / tau) ** 2))
    sigma = 0.7
    expected = 3 / sigma * np.sqrt(rate * tau * np.sqrt(np.pi / 2) / 2)
    assert optimal_snr(wave, rate, flat(sigma * np.sqrt(2 / rate))) == pytest.approx(expected, rel=1e-3)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 400), st.integers(1, 400), st.sampled_from([16, 25, 100]))
def test_in_white_noise_the_inner_product_is_the_sum_of_products(first, second, rate):
    # Parseval: the length and parity of what is transformed must not matter, whatever it is padded to.
    rng = np.random.default_rng([first, second, rate])
    a, b = rng.standard_normal(first), rng.standard_normal(second)
    shared = min(first, second)
    expected = 2 * np.sum(a[:shared] * b[:shared]) / rate / 0.5**2
    assert inner_product(a, b, rate, flat(0.5)) == pytest.approx(expected, abs=1e-9 * rate * shared + 1e-9)


def test_inner_product_follows_the_spectrum():
    # Noise that is twice as loud everywhere halves the SNR; noise in another band does not matter.
    t = np.arange(-2, 2, 1 / 1024)
    wave = np.sin(2 * np.pi * 100 * t) * np.exp(-((t / 0.05) ** 2))
    quiet = optimal_snr(wave, 1024, flat(1.0))
    assert optimal_snr(wave, 1024, flat(2.0)) == pytest.approx(quiet / 2)
    assert optimal_snr(wave, 1024, lambda f: np.where(f > 200, 50.0, 1.0)) == pytest.approx(quiet, rel=1e-6)
    assert optimal_snr(wave, 1024, lambda f: np.where(f < 200, 50.0, 1.0)) == pytest.approx(quiet / 50, rel=1e-2)


def test_amplitude_spectrum_is_linear_between_its_points_and_ends_with_them():
    spectrum = AmplitudeSpectrum(np.array([1.0, 3.0, 2.0]), 0.5)
    assert spectrum(np.array([0.0, 0.25, 1.0])) == pytest.approx([1.0, 2.0, 2.0])
    assert spectrum.frequencies == pytest.approx([0.0, 0.5, 1.0])
    with pytest.raises(ValueError, match=r"ends at 1 Hz, asked for 1\.5 Hz"):
        spectrum(np.array([0.5, 1.5]))
