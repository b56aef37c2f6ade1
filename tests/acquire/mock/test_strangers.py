"""Transients that belong to no family: any variant of any kind is a sound waveform, and no two are alike."""

import numpy as np
import pytest

from culpa.acquire.mock.shapes import ALL
from culpa.acquire.mock.strangers import REACH, STRANGERS
from culpa.acquire.mock.waveforms import SHAPES, Tone
from culpa.types import NONE_OF_THESE, Floats

RATE = 16384
TIMES = np.arange(-3 * RATE, 3 * RATE) / RATE
KINDS = list(STRANGERS)


def tones(count: int, seed: int = 0) -> list[Tone]:
    """Tones from the whole range that strangers are drawn with."""
    rng = np.random.default_rng(seed)
    return [
        Tone(18 * 80 ** rng.random(), 2.5 * 36 ** rng.random(), rng.uniform(0, 6), int(rng.integers(2**62)))
        for _ in range(count)
    ]


def power(wave: Floats) -> float:
    return float(np.sum(wave**2))


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_is_drawn_is_a_waveform(kind: str) -> None:
    for tone in tones(25):
        wave = STRANGERS[kind].wave(TIMES, tone)
        assert wave.shape == TIMES.shape
        assert np.isfinite(wave).all()
        assert np.abs(wave).max() > 0.05


@pytest.mark.parametrize("kind", KINDS)
def test_hardly_anything_is_beyond_the_reach(kind: str) -> None:
    for tone in tones(25):
        assert STRANGERS[kind].reach(tone) == REACH
        wave = STRANGERS[kind].wave(TIMES, tone)
        assert power(wave[np.abs(TIMES) > REACH]) < 0.02 * power(wave)


@pytest.mark.parametrize("kind", KINDS)
def test_hardly_anything_is_folded_back_at_the_rate_of_drawing(kind: str) -> None:
    for tone in tones(25):
        spectrum = np.fft.rfft(STRANGERS[kind].wave(TIMES, tone))
        cut = 6000 * 6  # bins of 1/6 Hz
        assert power(np.abs(spectrum[cut:])) < 0.02 * power(np.abs(spectrum))


@pytest.mark.parametrize("kind", KINDS)
def test_a_tone_gives_the_same_wave_again_and_its_variant_another(kind: str) -> None:
    tone = Tone(150.0, 20.0, 0.5, 1)
    wave = STRANGERS[kind].wave(TIMES, tone)
    np.testing.assert_array_equal(STRANGERS[kind].wave(TIMES, tone), wave)
    for variant in (2, 3, 2**62 - 1):
        other = STRANGERS[kind].wave(TIMES, Tone(150.0, 20.0, 0.5, variant))
        assert abs(np.sum(wave * other)) < 0.98 * np.sqrt(power(wave) * power(other))


@pytest.mark.parametrize("kind", KINDS)
def test_few_times_or_none_are_times_too(kind: str) -> None:
    tone = tones(1)[0]
    assert STRANGERS[kind].wave(TIMES[:0], tone).shape == (0,)
    assert np.isfinite(STRANGERS[kind].wave(np.zeros(1), tone)).all()


def test_no_kind_is_called_like_a_family() -> None:
    assert not STRANGERS.keys() & SHAPES.keys()
    assert all(name == shape.wave.__name__ for name, shape in STRANGERS.items())


def test_a_stranger_is_of_the_kind_that_its_variant_says() -> None:
    for number, kind in enumerate(KINDS):
        tone = Tone(150.0, 20.0, 0.5, number + 7 * len(KINDS))
        np.testing.assert_array_equal(ALL[NONE_OF_THESE].wave(TIMES, tone), STRANGERS[kind].wave(TIMES, tone))
    assert {*ALL} == {*SHAPES, NONE_OF_THESE}
