import numpy as np
import pytest
from scipy.signal import welch

from culpa.acquire.mock.channels import Channel
from culpa.acquire.mock.designs import DESIGNS, design_asd
from culpa.acquire.mock.noise import level, noise_like, white
from culpa.spectra import inner_product

GPS = 1257811218


def noise(rate=1024, kind="strain", seed=1, pieces=8, dtype=np.float64, lines=True, name="K1:A"):
    design = design_asd(Channel(name, rate, kind), lines)
    return noise_like(design, seed, name, rate, dtype, pieces)


@pytest.mark.parametrize(("kind", "rate", "dtype"), [("strain", 4096, np.float64), ("SEIS", 512, np.float32)])
def test_the_spectrum_is_the_one_handed_out(kind, rate, dtype):
    source = noise(rate, kind, pieces=256, dtype=dtype)
    values = source.piece(GPS)
    assert values.dtype == dtype
    frequencies, power = welch(values, rate, "hann", 4 * rate)
    ratio = power / source.asd(frequencies) ** 2
    for low, high in ((30, 50), (65, 110), (125, 175), (195, 235)):  # between the lines, which Welch smears
        band = (frequencies > low) & (frequencies < high)
        assert np.mean(ratio[band]) == pytest.approx(1.0, abs=4 / np.sqrt(band.sum() * 100))


def test_the_handed_out_spectrum_resembles_the_design():
    source = noise(2048)
    frequencies = np.arange(10, 1000, 0.7)
    design = design_asd(Channel("K1:A", 2048, "strain"), True)(frequencies)
    assert np.median(np.abs(source.asd(frequencies) / design - 1)) < 0.01
    assert (source.asd.values > 0).all()
    assert source.asd(np.array([60.0])) > 10 * source.asd(np.array([62.0]))  # the mains line survives the smoothing


@pytest.mark.parametrize("kind", [*DESIGNS, "strain"])
def test_every_design_is_positive_and_within_the_range_of_single_precision(kind):
    source = noise(16384, kind)
    assert (source.asd.values > 0).all()
    if kind != "strain":  # which is written in double precision
        assert source.asd.values.max() < 3e3 * source.asd.values.min()


@pytest.mark.parametrize("centre", [0.0, 4.0])
def test_noise_is_as_loud_at_a_seam_as_elsewhere(centre):
    # A matched filter for a broad-band burst, laid across the borders of pieces (0 s) and in their middle (4 s): what
    # it gives has unit variance where the noise has its spectrum.
    rate, source = 512, noise(512, pieces=8)
    t = np.arange(-0.5, 0.5, 1 / rate)
    template = np.sin(2 * np.pi * 60 * t + 1) * np.exp(-((t / 0.02) ** 2))
    loudness = np.sqrt(inner_product(template, template, rate, source.asd))
    values = np.concatenate([source.piece(GPS + 8 * n) for n in range(400)])
    # The optimal filter: the template divided by the power spectrum, as a function of time with room to ring.
    size = 8 * rate
    filtered = np.fft.irfft(np.fft.rfft(template, size) / source.asd(np.arange(size // 2 + 1) / 8) ** 2, size)
    filtered = np.roll(filtered, size // 2 - len(t) // 2)
    starts = [round((8 * n + centre) * rate) - size // 2 for n in range(1, 399)]
    found = np.array([np.sum(values[i : i + size] * filtered) for i in starts]) * 2 / rate / loudness
    assert np.mean(found**2) == pytest.approx(1.0, abs=4 * np.sqrt(2 / len(found)))
    assert abs(np.mean(found)) < 4 / np.sqrt(len(found))


def test_noise_does_not_know_how_it_is_cut():
    long, short = noise(pieces=32, dtype=np.float32), noise(pieces=4, dtype=np.float32)
    whole = long.piece(GPS)
    joined = np.concatenate([short.piece(GPS + 4 * n) for n in reversed(range(8))][::-1])
    assert np.abs(whole - joined).max() < 1e-5 * whole.std()
    assert np.array_equal(short.piece(GPS + 4), short.piece(GPS + 4))


def test_channels_and_seeds_and_seconds_are_independent():
    base = white((1, 2), GPS, 64, 1024, np.float64)
    assert base.std() == pytest.approx(1.0, abs=0.02)
    others = [
        white((1, 3), GPS, 64, 1024, np.float64),
        white((1, 2), GPS + 64, 64, 1024, np.float64),
        np.roll(base, 1024),
    ]
    for other in others:
        assert abs(np.mean(base * other)) < 4 / np.sqrt(len(base))
    assert noise(seed=1).key != noise(seed=2).key
    assert noise(name="K1:A").key != noise(name="K1:B").key


def test_level_swings_slowly_around_one():
    times = GPS + np.arange(0, 1800.0)
    factor = level((2**62, 5), times, 0.4, 1800.0)
    assert (factor.min(), factor.max(), factor.mean()) == pytest.approx((0.6, 1.4, 1.0), abs=1e-4)
    assert not np.allclose(factor, level((2**61, 5), times, 0.4, 1800.0))
