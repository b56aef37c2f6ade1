"""Linear couplings in the data as written: spectrum, coherence, phase, SNR."""

import math
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from culpa.acquire.mock import arrivals
from culpa.acquire.mock.channels import channels
from culpa.acquire.mock.day import Instrument, MockDay, chunk_series, chunk_starts, coherence, ledger
from culpa.acquire.mock.families import Families, FamilySettings
from culpa.acquire.mock.linear import LinearCoupling
from culpa.acquire.mock.settings import MockSettings
from culpa.errors import UsageError
from culpa.spectra import optimal_snr

START = 1257811218
QUIET = MockSettings(
    duration=640, frame=64, main_rate=1024, rates=(512, 2048), auxiliary=3, lines=False, glitches=()
)  # fmt: skip
MAIN, SLOW, FAST, SILENT = (channel.name for channel in channels(QUIET))
COUPLED = replace(
    QUIET,
    linear=(LinearCoupling(SLOW, (30.0, 120.0), 0.3, 0.002), LinearCoupling(FAST, (80.0, 300.0), 1.5, -0.004)),
)
WINDOW = 4  # s that a transform takes


@cache
def whole(settings):
    """All samples of each channel, joined from the files."""
    day = MockDay(settings, START)
    instrument = Instrument(day)
    chunks = [chunk_series(instrument, start) for start in chunk_starts(day)]
    return {name: np.concatenate([chunk[name].values for chunk in chunks]) for name in chunks[0]}


@cache
def transforms(settings, name):
    """Windowed transforms of a channel, shape (windows, bins), whose mean square is the one-sided power density."""
    rate = next(channel.sample_rate for channel in channels(settings) if channel.name == name)
    size = WINDOW * rate
    window = np.sin(np.pi * np.arange(size) / size) ** 2
    cut = whole(settings)[name].reshape(-1, size) * window
    return np.fft.rfft(cut) * np.sqrt(2 / (rate * np.sum(window**2)))


def cross(settings, name):
    """The cross-spectrum of an auxiliary channel and the main one over their auto-spectra's root, shape (bins,)."""
    one, other = transforms(settings, name), transforms(settings, MAIN)
    common = min(one.shape[1], other.shape[1])
    one, other = one[:, :common], other[:, :common]
    powers = [np.mean(np.abs(values) ** 2, axis=0) for values in (one, other)]
    return np.mean(np.conj(one) * other, axis=0) / np.sqrt(powers[0] * powers[1])


def band(low, high):
    return np.arange(low * WINDOW, high * WINDOW)


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        *((SLOW, 35, 75), (SLOW, 85, 115), (SLOW, 130, 250)),
        *((FAST, 35, 75), (FAST, 85, 115), (FAST, 125, 295), (FAST, 310, 500)),
        (SILENT, 35, 250),
    ],
)
def test_the_measured_coherence_is_the_one_handed_out(name, low, high):
    inside = band(low, high)
    measured = np.abs(cross(COUPLED, name)[inside]) ** 2
    expected = coherence(Instrument(MockDay(COUPLED, START)), name)(inside / WINDOW)
    count = len(transforms(COUPLED, MAIN))
    bias = (1 - expected) ** 2 / count  # source: Carter 1987, Proc. IEEE 75, 236
    spread = np.sqrt(2 * expected * (1 - expected) ** 2 / count + 1 / count**2)
    # neighbouring bins of a Hann window know each other: a mean is worth about half as many
    assert np.mean(measured - expected - bias) == pytest.approx(0, abs=4 * np.mean(spread) / np.sqrt(len(inside) / 2))


def test_the_coherence_is_a_matter_of_the_levels():
    instrument = Instrument(MockDay(COUPLED, START))
    f = np.array([50.0, 100.0, 200.0, 400.0])
    own, slow, fast = 1.0, np.array([0.09, 0.09, 0, 0]), np.array([0, 2.25, 2.25, 0])
    assert coherence(instrument, SLOW)(f) == pytest.approx(slow / (own + slow + fast), abs=1e-5)
    assert coherence(instrument, FAST)(f) == pytest.approx(fast / (own + slow + fast), abs=1e-5)
    assert not coherence(instrument, SILENT)(f).any()
    with pytest.raises(ValueError, match="ends at 512 Hz"):
        coherence(instrument, SLOW)(np.array([513.0]))
    with pytest.raises(UsageError, match="no auxiliary channel"):
        coherence(instrument, MAIN)


@pytest.mark.parametrize(("name", "low", "high", "delay"), [(SLOW, 35, 75, 0.002), (FAST, 125, 295, -0.004)])
def test_the_phase_of_the_cross_spectrum_is_that_of_the_delay(name, low, high, delay):
    inside = band(low, high)
    turned = cross(COUPLED, name)[inside] * np.exp(2j * np.pi * delay * inside / WINDOW)
    spread = np.sqrt((1 / np.mean(np.abs(turned)) ** 2 - 1) / (2 * len(transforms(COUPLED, MAIN))))  # rad, of a bin
    assert np.abs(np.angle(turned.mean())) < 4 * spread / np.sqrt(len(inside) / 2)
    assert np.std(np.angle(turned)) < 1.3 * spread


@pytest.mark.parametrize(("low", "high"), [(35, 75), (85, 115), (125, 295), (310, 450)])
def test_the_spectrum_of_the_main_channel_is_the_one_handed_out(low, high):
    inside = band(low, high)
    total = next(iter(Instrument(MockDay(COUPLED, START)).noises.values())).asd
    ratio = np.mean(np.abs(transforms(COUPLED, MAIN)[:, inside]) ** 2, axis=0) / total(inside / WINDOW) ** 2
    assert np.mean(ratio) == pytest.approx(1, abs=4 / np.sqrt(len(inside) / 2 * len(transforms(COUPLED, MAIN))))


def test_couplings_change_the_main_channel_only():
    plain, coupled = whole(QUIET), whole(COUPLED)
    assert [name for name in plain if not np.array_equal(plain[name], coupled[name])] == [MAIN]
    assert coupled[MAIN].dtype == np.float64


def test_without_couplings_nothing_more_is_computed(monkeypatch):
    def unexpected(*_):
        raise AssertionError

    for name in ("piece", "asd"):
        monkeypatch.setattr(arrivals.Arrival, name, unexpected)
    for noise in Instrument(MockDay(QUIET, START)).noises.values():
        assert noise.asd is noise.own.asd
        assert np.array_equal(noise.piece(START), noise.own.piece(START))


def test_the_samples_do_not_know_how_long_files_are():
    swinging = replace(COUPLED, nonstationarity=0.5, period=100)
    one, other = whole(replace(swinging, duration=96, frame=32)), whole(replace(swinging, duration=96, frame=8))
    assert np.abs(one[MAIN] - other[MAIN]).max() < 1e-9 * np.abs(one[MAIN]).max()


def ratios(values, others):
    """How much of the other values there is in each second of some, shape (192,)."""
    values, others = (each.astype(float).reshape(192, -1) for each in (values, others))
    return np.sum(values * others, axis=1) / np.sum(others**2, axis=1)


def test_each_part_swings_with_the_channel_that_it_is_of():
    swinging = replace(COUPLED, duration=192, nonstationarity=0.9, period=192)
    calm = replace(swinging, nonstationarity=0.0)
    alone = [replace(settings, linear=()) for settings in (swinging, calm)]
    louder = whole(alone[0])[MAIN] / whole(alone[1])[MAIN]
    assert (louder.min(), louder.max()) == pytest.approx((0.1, 1.9), abs=1e-3)
    for name, linear in zip((SLOW, FAST), swinging.linear, strict=True):
        moving, still = (
            whole(replace(settings, linear=(linear,)))[MAIN] - whole(bare)[MAIN]
            for settings, bare in zip((swinging, calm), alone, strict=True)
        )
        assert ratios(moving, still) == pytest.approx(ratios(whole(swinging)[name], whole(calm)[name]), abs=0.03)


@pytest.mark.parametrize("swing", [0.0, 0.9])
def test_injections_have_the_snr_of_the_ledger_against_the_noise_of_the_moment(swing):
    busy = FamilySettings(rate=1500.0, frequency=(60.0, 300.0), q=(3.0, 8.0))
    common = replace(COUPLED, duration=192, nonstationarity=swing, period=150, unwitnessed=0, uncoupled=0)
    loud, quiet = (
        whole(replace(common, glitches=glitches, minimum_separation=2, families=Families(dot=busy)))[MAIN]
        for glitches in (("dot",), ())
    )
    day = MockDay(replace(common, glitches=("dot",), minimum_separation=2, families=Families(dot=busy)), START)
    total = next(iter(Instrument(day).noises.values()))
    sources = (total.own, *total.arrivals)
    seen = 0
    for part in ledger(day):
        if part.channel == MAIN and not math.isnan(part.snr):
            first, last = ((edge - START) * 1024 for edge in part.span)
            turns = [part.gps / 150 + source.key[0] / 2**64 for source in sources]
            levels = 1 + swing * np.sin(2 * np.pi * np.array(turns))
            powers = [(level * source.asd.values) ** 2 for level, source in zip(levels, sources, strict=True)]
            moment = replace(total.asd, values=np.sqrt(np.sum(powers, axis=0)))
            assert optimal_snr((loud - quiet)[first:last], 1024, moment) == pytest.approx(part.snr, rel=0.01)
            seen += 1
    assert seen > 20
