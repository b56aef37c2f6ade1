import numpy as np
import pytest

from culpa.condition.gaps import missing
from culpa.condition.whiten import WINDOWS, Whitener
from culpa.types import Segments, Series

RATE = 1024.0


def coloured(rng, seconds):
    """Noise with a steep wall, a line and a floor, and its one-sided ASD as a function."""
    frequency = np.fft.rfftfreq(int(seconds * RATE), 1 / RATE)

    def asd(f):
        return 1e-22 * np.sqrt(1 + (40 / np.maximum(f, 8)) ** 6 + 100 / (1 + ((f - 60) / 0.25) ** 2))

    spectrum = np.fft.rfft(rng.standard_normal(int(seconds * RATE))) * asd(frequency) * np.sqrt(RATE / 2)
    return np.fft.irfft(spectrum), asd


@pytest.fixture(scope="module")
def whitener():
    return Whitener(RATE, 16.0, (12.0, 400.0), 1.0, 0.5)


def starts(count):
    return tuple(1000.0 + 14 * i for i in range(count))


def whitened(whitener, values, count):
    series = Series(values, 1000.0, RATE)
    return whitener(series, starts(count), missing(series))


def level(spectra, low, high):
    return float(np.mean(np.abs(spectra[:, int(low * 16) : int(high * 16)]) ** 2))


def test_noise_has_unit_power_in_every_band(whitener):
    values, asd = coloured(np.random.default_rng(1), 16 + 14 * 30)
    out = whitened(whitener, values, 31)
    taper = 1 - 2 * 1.0 * (1 - 3 / 8) / 16  # mean square of the window
    for low, high in ((13, 25), (25, 50), (65, 130), (130, 400)):
        assert level(out.spectra, low, high) == pytest.approx(taper, rel=0.05)
    frequency = np.arange(whitener.bins) / 16
    ratio = out.asd[14 * 16 : 400 * 16] / asd(frequency[14 * 16 : 400 * 16])
    assert np.median(ratio) == pytest.approx(1, rel=0.02)
    assert out.usable == Segments(((1000.0, 1000.0 + 16 + 14 * 30),))


def test_signal_has_its_optimal_snr(whitener):
    values, asd = coloured(np.random.default_rng(2), 16 + 14 * 30)
    t = np.arange(len(values)) / RATE - 218.0
    wave = np.sin(2 * np.pi * 150 * t) * np.exp(-((t * 2 * np.pi * 150 / 12) ** 2))
    transform = np.fft.rfft(wave) / RATE
    frequency = np.fft.rfftfreq(len(values), 1 / RATE)
    rho = np.sqrt(4 * np.sum(np.abs(transform[1:]) ** 2 / asd(frequency[1:]) ** 2) / (len(values) / RATE))
    quiet = whitened(whitener, values, 31)
    loud = whitened(whitener, values + 30 / rho * wave, 31)
    segment = (218 - 1) // 14
    difference = loud.spectra[segment] - quiet.spectra[segment]
    assert np.sqrt(2 * np.sum(np.abs(difference) ** 2)) == pytest.approx(30, rel=0.05)


def test_known_spectrum_gives_unit_power(whitener):
    values, asd = coloured(np.random.default_rng(3), 16)
    frequency = np.arange(whitener.bins) / 16
    spectrum = whitener.whiten_by(values, asd(frequency))
    assert level(spectrum[None], 20, 400) == pytest.approx(0.92, rel=0.05)
    assert np.all(spectrum[: (9 * 16)] == 0)


def test_gaps_are_left_out_and_do_not_spoil_the_rest(whitener):
    values, _ = coloured(np.random.default_rng(4), 16 + 14 * 30)
    clean = whitened(whitener, values, 31)
    holed = values.copy()
    holed[int(100 * RATE) : int(103 * RATE)] = np.nan
    out = whitened(whitener, holed, 31)
    assert out.usable == Segments(((1000.0, 1099.0), (1104.0, 1436.0)))
    assert level(out.spectra[20:], 20, 400) == pytest.approx(level(clean.spectra[20:], 20, 400), rel=0.02)
    assert np.all(np.isfinite(out.spectra))


@pytest.mark.parametrize("values", [np.full(16384, 0.1), np.full(16384, np.nan)])
def test_nothing_to_whiten(whitener, values):
    assert whitened(whitener, values, 1) is None


def test_too_few_windows(whitener):
    values = np.random.default_rng(5).standard_normal(16384)
    values[500:] = np.nan
    assert whitened(whitener, values, 1) is None


def test_a_narrow_band_is_whitened_at_a_lower_rate():
    wide, narrow = (Whitener(RATE, 16.0, (12.0, top), 1.0, 0.5) for top in (400.0, 100.0))
    assert narrow._reduced_rate == RATE / 4
    assert wide._reduced_rate == RATE
    values, _ = coloured(np.random.default_rng(6), 16 + 14 * 30)
    a, b = (whitened(one, values, 31).spectra for one in (wide, narrow))
    assert b[:, 13 * 16 : 100 * 16] == pytest.approx(a[:, 13 * 16 : 100 * 16], abs=0.15)


@pytest.mark.parametrize(("seconds", "enough"), [(8, False), (9, True)])
def test_too_short_for_a_second_spectrum(seconds, enough):
    """With tapers of 2 s, windows of 0.5 s that overlap by half: 4 * (seconds - 4) - 1, of which 16 are needed."""
    whitener = Whitener(RATE, float(seconds), (12.0, 400.0), 2.0, 2.0)
    series = Series(np.random.default_rng(7).standard_normal(seconds * 1024), 0.0, RATE)
    assert (4 * (seconds - 4) - 1 >= WINDOWS) == enough
    assert (whitener(series, (0.0,), Segments()) is not None) == enough


def test_a_loud_spike_does_not_change_the_noise_elsewhere(whitener):
    values, _ = coloured(np.random.default_rng(8), 16 + 14 * 30)
    quiet = whitened(whitener, values, 31)
    for size in (1e6, 1e12):
        spiked = values.copy()
        spiked[int(200 * RATE)] += size * values.std()
        loud = whitened(whitener, spiked, 31)
        assert level(loud.spectra[20:], 20, 400) == pytest.approx(level(quiet.spectra[20:], 20, 400), rel=0.02)
