"""Linear couplings: the noise that arrives, against its definition."""

from dataclasses import replace
from math import pi

import numpy as np
import pytest

from culpa.acquire.mock.arrivals import arrivals
from culpa.acquire.mock.channels import Channel
from culpa.acquire.mock.designs import design_asd
from culpa.acquire.mock.linear import LinearCoupling
from culpa.acquire.mock.noise import noise_like
from culpa.acquire.mock.settings import MockSettings
from culpa.errors import UsageError

GPS = 1257811218
OTHERS = {"K1:SLOW": 300, "K1:EVEN": 512, "K1:FAST": 2048}


def noise(channel, dtype, pieces):
    return noise_like(design_asd(channel, True), 0, channel.name, channel.sample_rate, dtype, pieces)


def arriving(*couplings, rate=1024, pieces=4):
    auxiliary = [Channel(name, other, "ACC") for name, other in OTHERS.items()]
    noises = {channel: noise(channel, np.float32, pieces) for channel in auxiliary}
    return arrivals(MockSettings(linear=couplings), Channel("K1:MAIN", rate, "strain"), noises)


def directly(arrival, times):
    """What arrives at some times after GPS by its definition: white noise, and the kernels in continuous time."""
    values = np.zeros(len(times))
    for passed, delay in zip(arrival.passed, arrival.delays, strict=True):
        draws = passed.white(GPS - 6, 16)
        # A kernel that reaches 4 s is told by its spectrum every 1/16 Hz; that ends with the band.
        frequencies = np.arange(0, 110, 1 / 16)
        gain = passed.asd(frequencies) * np.sqrt(2 / passed.sample_rate) / 16
        for i, time in enumerate(times):
            lags = time - delay + 6 - np.arange(len(draws)) / passed.sample_rate
            near = np.abs(lags) < 4
            kernel = np.cos(2 * pi * lags[near, np.newaxis] * frequencies) @ gain
            values[i] += kernel @ draws[near]
    return values


@pytest.mark.parametrize(("name", "rate"), [("K1:SLOW", 1001), ("K1:EVEN", 250)])
def test_what_arrives_is_the_filtered_white_noise_at_the_later_time(name, rate):
    couplings = (LinearCoupling(name, (30.0, 60.0), 0.5, 0.01234), LinearCoupling(name, (40.0, 90.0), 0.2, -0.9))
    (arrival,) = arriving(*couplings, rate=rate)
    found = arrival.piece(GPS)
    samples = np.array([0, 2 * rate + 1, 4 * rate - 1])
    assert len(found) == 4 * rate
    assert np.abs(found[samples] - directly(arrival, samples / rate)).max() < 1e-6 * found.std()


@pytest.mark.parametrize("name", OTHERS)
def test_what_arrives_does_not_know_how_it_is_cut(name):
    coupling = LinearCoupling(name, (15.0, 1000.0), 1.0, 0.7)
    (long,), (short,) = arriving(coupling, pieces=32), arriving(coupling, pieces=4)
    whole = long.piece(GPS)
    joined = np.concatenate([short.piece(GPS + 4 * n) for n in range(8)])
    assert np.abs(whole - joined).max() < 1e-7 * whole.std()


def test_in_its_band_it_has_the_level_asked_for_and_elsewhere_nothing():
    (arrival,) = arriving(LinearCoupling("K1:FAST", (30.0, 180.0), 0.4))
    own = noise(Channel("K1:MAIN", 1024, "strain"), np.float64, 4).asd
    ratio = arrival.asd.values / own.values
    inside = (own.frequencies > 32) & (own.frequencies < 178)
    outside = (own.frequencies < 28) | (own.frequencies > 182)
    assert len(ratio) == len(own.values)
    assert ratio[inside] == pytest.approx(0.4, rel=1e-3)
    assert ratio[outside].max() < 1e-3


def test_several_couplings_of_a_channel_add_with_their_phases():
    one = LinearCoupling("K1:EVEN", (30.0, 100.0), 0.4, 0.0)
    (alone,), (both,) = arriving(one), arriving(one, replace(one, delay=0.01))
    f = np.array([40.0, 50.0, 62.5, 75.0])  # half a turn at 50 Hz
    assert both.asd(f) / alone.asd(f) == pytest.approx(2 * np.abs(np.cos(pi * f * 0.01)), abs=1e-3)
    assert [arrival.channel for arrival in arriving(one, LinearCoupling("K1:FAST"), one)] == ["K1:EVEN", "K1:FAST"]


@pytest.mark.parametrize(("name", "rate", "most"), [("K1:SLOW", 1024, 135), ("K1:FAST", 400, 180)])
def test_a_band_ends_where_a_channel_does(name, rate, most):
    (arrival,) = arriving(LinearCoupling(name, (20.0, 5000.0)), rate=rate)
    assert arrival.asd(np.array([most - 1.0])) > 100 * arrival.asd(np.array([most + 1.0]))
    message = f"mock.linear: {name} reaches the main channel below {most} Hz only, not {most - 0.5} to 5000"
    with pytest.raises(UsageError, match=message) as problem:
        arriving(LinearCoupling(name, (most - 0.5, 5000.0)), rate=rate)
    assert problem.value.hint == "take lower frequencies, or channels of higher rates"


@pytest.mark.parametrize(
    ("name", "hint"), [("K1:FASTER", "did you mean K1:FAST or"), ("K1:MAIN", "K1:"), ("", "known: K1:EVEN")]
)
def test_only_auxiliary_channels_can_be_coupled(name, hint):
    with pytest.raises(UsageError, match=f"mock.linear: no auxiliary channel {name!r}") as problem:
        arriving(LinearCoupling(name))
    assert hint in problem.value.hint
