"""How families look in real detectors: sound waveforms at the frequencies that they are said to have."""

import numpy as np
import pytest

from culpa.acquire.mock.variants import VARIANTS, Variant, arches, beat_note, pulse
from culpa.acquire.mock.waveforms import SHAPES, Tone
from culpa.types import Floats

RATE = 16384
TIMES = np.arange(-4 * RATE, 4 * RATE) / RATE
ALL = [pytest.param(one, id=name) for name, variants in VARIANTS.items() for one in variants]


def tones(of: Variant, count: int) -> list[Tone]:
    """Tones from the corners and the inside of what a variant occurs with."""
    rng = np.random.default_rng(1)
    corners = [(f, q) for f in of.frequency for q in of.q]
    inside = [tuple(low * (high / low) ** rng.random() for low, high in (of.frequency, of.q)) for _ in range(count)]
    return [Tone(f, q, rng.uniform(0, 6), int(rng.integers(2**62))) for f, q in (*corners, *inside)]


def share(wave: Floats, low: float, high: float) -> float:
    """Of the power, that between two frequencies (Hz)."""
    power = np.abs(np.fft.rfft(wave)) ** 2
    f = np.fft.rfftfreq(len(wave), 1 / RATE)
    return float(power[(f >= low) & (f < high)].sum() / power.sum())


def track(wave: Floats, at: float, cycles: float, around: float) -> float:
    """Frequency (Hz) of the wave about a time, from its zero crossings within `cycles` of `around` Hz."""
    near = np.abs(TIMES - at) < cycles / around
    crossings = TIMES[near][:-1][np.diff(np.signbit(wave[near]).astype(int)) != 0]
    return float((len(crossings) - 1) / (crossings[-1] - crossings[0]) / 2)


def test_variants_are_of_families() -> None:
    assert {*VARIANTS} <= {*SHAPES}


@pytest.mark.parametrize("of", ALL)
def test_whatever_is_drawn_is_a_waveform_within_its_reach(of: Variant) -> None:
    for tone in tones(of, 12):
        wave = of.shape.wave(TIMES, tone)
        assert wave.shape == TIMES.shape
        assert np.isfinite(wave).all()
        beyond = np.abs(TIMES) > of.shape.reach(tone)
        assert np.sum(wave[beyond] ** 2) < 0.1 * np.sum(wave**2)
        np.testing.assert_array_equal(of.shape.wave(TIMES, tone), wave)


@pytest.mark.parametrize(("frequency", "q"), [(30.0, 2.0), (200.0, 1.0), (20.0, 3.5)])
def test_a_pulse_has_the_spectrum_that_it_says(frequency: float, q: float) -> None:
    """Highest at its frequency, lower by exp(-1/2) one width away in the logarithm of frequency, on either side."""
    spectrum = np.abs(np.fft.rfft(pulse(TIMES, Tone(frequency, q, 0.3))))
    f = np.fft.rfftfreq(len(TIMES), 1 / RATE)
    assert f[spectrum.argmax()] == pytest.approx(frequency, rel=0.02)
    for width in (np.sqrt(2) / q, -np.sqrt(2) / q):
        away = np.interp(frequency * np.exp(width), f, spectrum)
        assert away / spectrum.max() == pytest.approx(np.exp(-0.5), rel=0.02)


def test_a_pulse_peaks_at_0() -> None:
    for grid in (TIMES, TIMES[1000:-3000]):
        assert grid[pulse(grid, Tone(40.0, 1.5)).argmax()] == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize("variant", range(8))
def test_arches_are_highest_in_their_middle(variant: int) -> None:
    """The frequency there is that of the tone; that of its echoes is twice to six times as high."""
    tone = Tone(40.0, 20.0, 0.3, variant)
    wave = arches(TIMES, tone)
    assert share(wave, 0, 6.3 * 40) > 0.98
    if share(wave, 1.2 * 40, 1e4) < 0.02:  # no echoes
        assert track(wave, 0.0, 6, 40.0) == pytest.approx(40, rel=0.03)
        assert track(wave, np.pi * 20 / 40 / 3, 6, 40.0) == pytest.approx(20, rel=0.1)  # 40 cos(π / 3)


def test_some_arches_have_echoes_and_some_have_not() -> None:
    above = np.array([share(arches(TIMES, Tone(40.0, 20.0, 0.0, variant)), 48, 1e4) for variant in range(40)])
    assert 0.05 < np.mean(above < 0.02) < 0.35


@pytest.mark.parametrize("variant", range(12))
def test_a_beat_note_comes_from_above_and_goes_back(variant: int) -> None:
    tone = Tone(200.0, 60.0, 0.3, variant)
    wave, turn = beat_note(TIMES, tone), tone.tau * np.sqrt(30)
    assert share(wave, 0, 200 * 16) > 0.98
    middle, sides = (np.where(near, wave, 0) for near in (np.abs(TIMES) < 0.4 * turn, np.abs(TIMES) > turn))
    assert typical(middle) < 1.1 * 200
    assert typical(sides) > 1.3 * typical(middle)


def test_some_beat_notes_stop_and_some_do_not() -> None:
    """Two oscillators that cross have no difference there; they need not cross."""
    low = np.array([share(beat_note(TIMES, Tone(200.0, 60.0, 0.3, variant)), 0, 45) for variant in range(40)])
    assert np.mean(low < 0.005) > 0.1
    assert np.mean(low > 0.05) > 0.3


def typical(wave: Floats) -> float:
    """The mean frequency (Hz), by power."""
    power = np.abs(np.fft.rfft(wave)) ** 2
    return float(np.sum(power * np.fft.rfftfreq(len(wave), 1 / RATE)) / power.sum())
