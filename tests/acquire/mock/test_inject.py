from functools import cache

import numpy as np
import pytest

from culpa.acquire.mock.channels import Channel
from culpa.acquire.mock.designs import design_asd
from culpa.acquire.mock.events import Injection
from culpa.acquire.mock.families import Families
from culpa.acquire.mock.inject import rendered
from culpa.acquire.mock.noise import noise_like
from culpa.acquire.mock.waveforms import SHAPES
from culpa.spectra import inner_product

GPS = 1257811218.0


@cache
def asd(rate, kind="strain"):
    channel = Channel("K1:A", rate, kind)
    return noise_like(design_asd(channel, True), 0, channel.name, rate, np.float64, 4).asd


def injection(name, frequency, q, snr=20.0, gps=GPS + 40.123456):
    return Injection(gps, name, "K1:A", frequency, q, snr, True, 0, 1.0, 9)


def snr(wave, rate, spectrum):
    return np.sqrt(inner_product(wave, wave, rate, spectrum, resolution=1 / 128))  # finer than what scaled it


@pytest.mark.parametrize("rate", [512, 2048, 16384])
@pytest.mark.parametrize("name", list(SHAPES))
def test_the_written_waveform_has_the_snr_of_the_ledger(name, rate):
    family = getattr(Families(), name)
    spectrum = asd(rate)
    for frequency in (family.frequency[0], min(family.frequency[1], 0.499 * rate)):
        if frequency >= family.frequency[0]:
            _, wave = rendered(injection(name, frequency, family.q[1]), rate, spectrum)
            assert snr(wave, rate, spectrum) == pytest.approx(20.0, rel=2e-3)


@pytest.mark.parametrize("rate", [1000, 1024, 65536])
def test_below_the_band_limit_the_samples_are_those_of_the_analytic_waveform(rate):
    part = injection("sine_gaussian", 100.0, 9.0)
    start, wave = rendered(part, rate, asd(rate))
    t = np.arange(len(wave)) / rate - (part.gps - start)
    exact = SHAPES["sine_gaussian"].wave(t, part.tone)
    amplitude = np.dot(wave, exact) / np.dot(exact, exact)
    assert np.abs(wave - amplitude * exact).max() < 1e-6 * np.abs(wave).max()
    assert amplitude > 0


def test_a_band_that_crosses_the_nyquist_frequency_does_not_fold_back():
    # 240 Hz and Q 3 in a channel of 512 Hz: sampled directly, what lies above 256 Hz would come back from below it.
    part = injection("sine_gaussian", 240.0, 3.0)
    _, wave = rendered(part, 512, lambda f: np.ones_like(f))
    _, full = rendered(part, 16384, lambda f: np.ones_like(f))
    coarse, fine = np.fft.rfft(wave) / 512, np.fft.rfft(full)[: len(wave) // 2 + 1] / 16384
    passed = np.arange(len(coarse)) < 0.9 * (len(coarse) - 1)
    factor = np.vdot(fine[passed], coarse[passed]) / np.vdot(fine[passed], fine[passed])
    assert np.abs(coarse - factor * fine)[passed].max() < 1e-6 * np.abs(coarse).max()
    assert abs(coarse[-1]) < 1e-9 * np.abs(coarse).max()


def test_the_peak_is_where_the_ledger_says():
    part = injection("sine_gaussian", 700.0, 30.0, gps=GPS + 0.75 + 0.3 / 16384)
    start, wave = rendered(part, 16384, lambda f: np.ones_like(f))
    spectrum = np.fft.rfft(wave)
    analytic = np.fft.ifft(np.concatenate([2 * spectrum, np.zeros(len(wave) - len(spectrum))]))
    power = np.abs(analytic) ** 2
    centroid = np.sum(np.arange(len(power)) * power) / power.sum() / 16384
    assert start + centroid == pytest.approx(part.gps, abs=5e-7)
    assert (start, start + len(wave) / 16384) == part.span
