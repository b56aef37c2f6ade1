"""Noise of recordings as backgrounds: what is quiet, what it was divided by, and glitches as loud as they should be."""

from pathlib import Path

import h5py
import numpy as np
import pytest

from culpa.acquire.sources import Source, open_source
from culpa.errors import ChannelNotFoundError
from culpa.identify.recorded import RecordedBackground, recorded_background, stretches
from culpa.identify.rendering import SECONDS, RenderSettings, render
from culpa.types import Floats, Segments

RATE, START, CHANNEL = 1024, 1_000_000_000.0, "K1:PEM-MIC"
LEVEL = 3e-4  # unit/sqrt(Hz) of the noise


def noise(seconds: int, seed: int = 1) -> Floats:
    return np.random.default_rng(seed).normal(0, LEVEL * np.sqrt(RATE / 2), seconds * RATE)


def recording(folder: Path, values: Floats, start: float = START) -> Source:
    path = folder / f"K-MIC-{int(start)}-{len(values) // RATE}.h5"
    with h5py.File(path, "w") as file:
        data = file.create_dataset(CHANNEL, data=values)
        data.attrs.update({"x0": start, "dx": 1 / RATE, "channel": CHANNEL})
    return open_source([path])


def background(source: Source, number: int = 0) -> RecordedBackground:
    found = recorded_background(source, CHANNEL, *stretches(source, CHANNEL)[number])
    assert found
    return found


def test_data_are_cut_into_stretches_of_which_short_ones_are_powers_of_two(tmp_path: Path) -> None:
    recording(tmp_path, noise(200))
    recording(tmp_path, noise(40, 2), START + 300)
    source = recording(tmp_path, noise(10, 3), START + 400)
    source = open_source([tmp_path])
    first = [(START + 64 * number, 64.0) for number in range(3)]
    assert stretches(source, CHANNEL) == [*first, (START + 300, 32.0)]
    with pytest.raises(ChannelNotFoundError):
        stretches(source, "K1:PEM-MICE")


def test_the_noise_is_white_and_its_spectrum_that_of_the_data(tmp_path: Path) -> None:
    found = background(recording(tmp_path, noise(256)), 2)
    assert (found.stretch.t0, found.stretch.duration) == (START + 128, 64)
    ground = found.draw(np.random.default_rng(0))
    assert (ground.sample_rate, ground.group) == (RATE, f"K1 from {START + 128:.0f}")
    assert len(ground.noise) == SECONDS * ground.rate
    frequencies = np.arange(len(ground.asd)) / SECONDS
    inside = (frequencies > 15) & (frequencies < 400)
    assert np.median(ground.asd[inside]) == pytest.approx(LEVEL, rel=0.03)
    powers = np.abs(np.fft.rfft(ground.noise, norm="ortho")[: len(frequencies)][inside]) ** 2
    assert powers.mean() == pytest.approx(1, rel=0.06)


def test_what_is_drawn_is_never_near_a_glitch_or_a_gap(tmp_path: Path) -> None:
    values = noise(64)
    time = np.arange(len(values)) / RATE
    values += 0.1 * np.exp(-(((time - 20) / 0.02) ** 2)) * np.sin(2 * np.pi * 100 * time)
    values[45 * RATE : 45 * RATE + 7] = np.nan
    found = background(recording(tmp_path, values))
    quiet = [(round(a - START, 1), round(b - START, 1)) for a, b in found.quiet]
    assert [bounds for bounds in quiet if bounds[0] <= 20 <= bounds[1] or bounds[0] <= 45 <= bounds[1]] == []
    assert quiet[0][1] == pytest.approx(19, abs=0.3)
    assert quiet[-1] == (46.0, 63.0)
    assert Segments(((START + 22, START + 43),)) - found.quiet == Segments()
    random = np.random.default_rng(3)
    seen = {max(abs(found.draw(random).noise)) for _ in range(40)}
    assert max(seen) < 6
    assert len(seen) > 10


def test_without_eight_quiet_seconds_there_is_no_background(tmp_path: Path) -> None:
    values = noise(32)
    values[:: 4 * RATE] += 10.0
    source = recording(tmp_path, values)
    assert recorded_background(source, CHANNEL, START, 32.0) is None
    constant = recording(tmp_path, np.zeros(32 * RATE), START + 64)
    assert recorded_background(constant, CHANNEL, START + 64, 32.0) is None


def test_a_glitch_on_recorded_noise_is_as_loud_as_it_should_be(tmp_path: Path) -> None:
    found = background(recording(tmp_path, noise(64)))
    settings = RenderSettings(snr=(30, 30), classes=("dot",))
    images = [render("dot", index, settings, found) for index in range(6)]
    assert {image.group for image in images} == {found.group}
    assert np.median([image.scan.snr for image in images]) == pytest.approx(30, rel=0.1)
