import numpy as np
import pytest
from scipy.signal import hilbert

from culpa.acquire.mock.families import Families
from culpa.acquire.mock.waveforms import SHAPES, Tone

RATE = 65536
NAMES = list(SHAPES)


def corners(name):
    """The extreme tones of a family, with two phases and variants."""
    family = getattr(Families(), name)
    pairs = [(f, q) for f in family.frequency for q in family.q]
    return [Tone(f, q, phase, variant) for (f, q) in pairs for phase, variant in ((0.3, 1), (2.0, 2**62))]


def grid(half):
    return np.arange(-round(half * RATE), round(half * RATE) + 1) / RATE


def envelope(tone, name):
    t = grid(SHAPES[name].reach(tone) * 1.2)
    return t, np.abs(hilbert(SHAPES[name].wave(t, tone)))


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_left_beyond_the_reach(name):
    for tone in corners(name):
        reach = SHAPES[name].reach(tone)
        t = grid(2 * reach + 0.01)
        wave = np.abs(SHAPES[name].wave(t, tone))
        outside = np.abs(t) > reach
        assert wave[outside].max() < 1e-7 * wave.max()
        assert np.sum(wave[outside] ** 2) < 1e-12 * np.sum(wave**2)


@pytest.mark.parametrize("name", NAMES)
def test_the_reach_is_not_wasteful(name):
    for tone in corners(name):
        reach = SHAPES[name].reach(tone)
        t = grid(reach)
        wave = np.abs(SHAPES[name].wave(t, tone))
        assert wave[np.abs(t) > reach / 6].max() > 1e-6 * wave.max()


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("line", "whistle", "scattered_light")])
def test_the_envelope_peaks_at_zero(name):
    tone = Tone(100.0, 12.0, 0.3, 5)
    t, strength = envelope(tone, name)
    assert abs(t[np.argmax(strength)]) < 1.0 * tone.tau


@pytest.mark.parametrize("name", NAMES)
def test_the_frequency_at_the_peak_is_that_of_the_tone(name):
    tone = Tone(100.0, 12.0, 0.3, 5)
    t = grid(SHAPES[name].reach(tone) * 1.2)
    wave = hilbert(SHAPES[name].wave(t, tone))
    centre = np.abs(t) < tone.tau / 4
    pitch = np.diff(np.unwrap(np.angle(wave[centre]))) * RATE / (2 * np.pi)
    share = {"blip": 0.6, "koi_fish": 0.6}.get(name, 0.08)  # broad-band shapes are higher than their loudest part
    assert np.mean(pitch) == pytest.approx(100.0, rel=share)


def test_arches_reach_their_top_three_times_and_come_down_between():
    tone = Tone(60.0, 12.0)
    period = tone.q**1.5 / tone.frequency
    t = grid(1.5 * period)
    wave = hilbert(SHAPES["scattered_light"].wave(t, tone))
    pitch = np.gradient(np.unwrap(np.angle(wave))) * RATE / (2 * np.pi)
    for arch in (-1, 0, 1):
        for place, expected in ((0.0, 60.0), (0.2, 60 * np.cos(0.2 * np.pi)), (-0.3, 60 * np.cos(0.3 * np.pi))):
            there = np.argmin(np.abs(t - (arch + place) * period))
            assert np.mean(pitch[there - 300 : there + 300]) == pytest.approx(expected, rel=0.03)


def test_the_witness_of_scattered_light_moves_at_half_the_frequency_at_the_same_time():
    tone = Tone(60.0, 12.0)
    frequency, q = SHAPES["scattered_light"].in_witness(tone.frequency, tone.q)
    witness = Tone(frequency, q)
    assert frequency == 30.0
    assert SHAPES["scattered_light"].reach(witness) == pytest.approx(SHAPES["scattered_light"].reach(tone))


def test_a_whistle_comes_down_and_goes_up():
    tone = Tone(400.0, 20.0)
    half = SHAPES["whistle"].reach(tone) / 3
    t = grid(half)
    wave = hilbert(SHAPES["whistle"].wave(t, tone))
    pitch = np.gradient(np.unwrap(np.angle(wave))) * RATE / (2 * np.pi)
    ends, middle = pitch[[len(t) // 20, -len(t) // 20]], pitch[len(t) // 2]
    assert middle == pytest.approx(400, rel=0.02)
    assert (ends > 2 * 400).all()


def test_a_tomte_rises_fast_and_decays_slowly():
    tone = Tone(200.0, 12.0)
    _, strength = envelope(tone, "tomte")
    before, after = strength[: len(strength) // 2].sum(), strength[len(strength) // 2 :].sum()
    assert after > 1.5 * before


def test_scratches_are_irregular_but_follow_from_the_variant():
    t = grid(0.2)
    wave = SHAPES["scratchy"].wave
    assert np.array_equal(wave(t, Tone(200.0, 8.0, 0.0, 7)), wave(t, Tone(200.0, 8.0, 0.0, 7)))
    assert not np.allclose(wave(t, Tone(200.0, 8.0, 0.0, 7)), wave(t, Tone(200.0, 8.0, 0.0, 8)))
