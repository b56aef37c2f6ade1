"""From a Q-scan to the pixels that a network sees."""

from dataclasses import replace

import numpy as np
import pytest

from culpa.decompose.qscan import Scanner, ScanSettings
from culpa.decompose.qscan_plane import Scan
from culpa.decompose.stretches import Stretch
from culpa.identify.images import ImageForm, decode
from culpa.identify.scanned import plain
from culpa.types import Segments

RATE, SECONDS, FORM = 1024, 16, ImageForm()


def scan(
    rate: int = RATE,
    at: float = 8.0,
    usable: tuple[float, float] = (0.0, 16.0),
    snr: float = 40.0,
    hertz: float = 100.0,
    seconds: float = 0.02,
) -> Scan:
    """A burst at 8 s in white noise, seen at some time."""
    t = np.arange(rate * SECONDS) / rate - 8
    burst = np.sin(2 * np.pi * hertz * t) * np.exp(-((t / seconds) ** 2))
    values = np.random.default_rng(1).standard_normal(len(t)) + burst * (snr / np.sqrt(np.sum(burst**2)))
    stretch = Stretch(values.astype(np.float32), 0.0, rate, Segments.of([usable]))
    return Scanner(rate, SECONDS).scan(stretch, at)


@pytest.fixture(scope="module")
def middle() -> Scan:
    return scan()


def test_the_burst_is_where_it_should_be_in_every_view(middle: Scan) -> None:
    pixels = plain(middle, FORM)
    assert pixels.shape == FORM.shape
    assert pixels.dtype == np.uint8
    for number in range(1, 4):  # the shortest view shows nothing else
        row, column = np.unravel_index(np.argmax(pixels[:, :, number]), FORM.shape[:2])
        assert FORM.frequencies()[row] == pytest.approx(100, rel=0.15)
        assert abs(FORM.times(FORM.views[number])[column]) < 0.02 + FORM.views[number] / 64


def test_a_time_before_the_burst_has_it_on_the_right() -> None:
    early = plain(scan(at=7.7), FORM)[:, :, 2]
    column = np.unravel_index(np.argmax(early), early.shape)[1]
    assert FORM.times(1.0)[column] == pytest.approx(0.3, abs=0.03)


def test_pixels_are_energies(middle: Scan) -> None:
    """The loudest pixel is the loudest tile, to half a step of the scale; noise has a mean of 1."""
    pixels = plain(middle, FORM)
    assert decode(pixels, FORM).max() == pytest.approx(middle.energy, rel=0.06)
    quiet = decode(plain(scan(snr=1e-9), FORM)[20:, :, 1], FORM)
    assert 0.5 < np.median(quiet) < 2.5


def test_a_short_burst_is_not_lost_in_a_long_view(middle: Scan) -> None:
    """A pixel is the loudest of what it covers: the burst is as bright in 4 s as in 1/4 s."""
    brightest = plain(middle, FORM).max(axis=(0, 1)).astype(int)
    assert np.ptp(brightest) <= 3


@pytest.mark.parametrize("hertz", [95.0, 105.0, 117.0])
def test_a_narrow_line_is_not_lost_between_rows(hertz: float) -> None:
    """Four rows of pixels to eight octaves: what is a tenth of an octave wide is as bright as the loudest tile."""
    found = scan(hertz=hertz, seconds=0.15)
    assert found.q > 20
    assert decode(plain(found, replace(FORM, height=4)), FORM).max() == pytest.approx(found.energy, rel=0.06)


@pytest.mark.parametrize("rate", [256, 512])
def test_frequencies_that_a_channel_does_not_have_are_black(rate: int) -> None:
    found = scan(rate)
    black = FORM.frequencies() > found.band[1] * 1.1
    pixels = plain(found, FORM)
    assert not pixels[black].any()
    assert (pixels[FORM.frequencies() < found.band[1] * 0.9].max(axis=1) > 0).all()


def test_times_without_data_are_black() -> None:
    pixels = plain(scan(usable=(7.0, 8.25)), FORM)[:, :, 2]
    known = FORM.times(1.0) < 0.25
    assert not pixels[:, ~known].any()
    assert (pixels[:, known].max(axis=0) > 0).all()


def test_views_are_what_the_form_says(middle: Scan) -> None:
    whole = plain(middle, FORM)
    for number, view in enumerate(FORM.views):
        np.testing.assert_array_equal(plain(middle, replace(FORM, views=(view,)))[:, :, 0], whole[:, :, number])
    wide = plain(middle, ImageForm(views=(2.0, 0.5), height=32, width=50, fmin=20.0, fmax=400.0))
    assert wide.shape == (32, 50, 2)


def test_one_row_of_tiles_is_enough(middle: Scan) -> None:
    """A channel so slow that one row of tiles fits it has an image."""
    scanner = Scanner(28, SECONDS, ScanSettings(qmin=11.3, qmax=11.3))
    assert len(scanner.rows) == 1
    noise = np.random.default_rng(1).standard_normal(28 * SECONDS).astype(np.float32)
    found = scanner.scan(Stretch(noise, 0.0, 28, Segments.of([(0.0, 16.0)])), 8.0)
    bright = plain(found, FORM)[:, :, -1].any(axis=1)
    frequencies = FORM.frequencies()[bright]
    assert found.band[0] <= frequencies.min() <= frequencies.max() <= found.band[1]
