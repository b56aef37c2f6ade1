from pathlib import Path

import numpy as np
import pytest

from culpa.decompose.tiling import build_tiling
from culpa.detect.peak import measure, refine
from culpa.detect.search import search
from culpa.detect.settings import SearchSettings
from culpa.types import Segments, Series

RATE = 2048.0
DATA = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"


def wave(t, frequency, q, phase=0.0):
    return np.sin(2 * np.pi * frequency * t + phase) * np.exp(-((2 * np.pi * frequency * t / q) ** 2))


def with_signal(values, at, frequency, q, snr, sigma=1.0):
    """White noise of standard deviation sigma with a sine-Gaussian of that optimal SNR added."""
    t = np.arange(len(values)) / RATE - at
    h = wave(t, frequency, q)
    return values + snr * sigma * h / np.sqrt(np.sum(h**2))


def series(values, t0=1000.0):
    return Series(values, t0, RATE, "X1:TEST")


@pytest.fixture(scope="module")
def noise():
    return np.random.default_rng(11).standard_normal(int(300 * RATE))


SIGNALS = [(40.0, 60, 12, 12), (100.3, 35, 60, 20), (150.7, 700, 6, 30), (180.0, 250, 25, 9), (239.99, 300, 9, 15)]


@pytest.fixture(scope="module")
def found(noise):
    values = noise
    for at, frequency, q, snr in SIGNALS:
        values = with_signal(values, at, frequency, q, snr)
    return search(series(values))


@pytest.mark.parametrize("signal", SIGNALS)
def test_signals_are_found_with_their_snr_time_frequency_and_q(found, signal):
    at, frequency, q, snr = signal
    events = found.part.events
    nearest = int(np.argmin(np.abs(events["time"] - 1000 - at)))
    row = {name: float(events[name][nearest]) for name in events.columns}
    assert row["time"] - 1000 == pytest.approx(at, abs=0.02)
    assert row["frequency"] == pytest.approx(frequency, rel=0.05)
    assert row["snr"] == pytest.approx(snr, abs=2.2)
    assert 0.6 < row["q"] / q < 1.7
    assert row["tstart"] < row["time"] < row["tend"]
    assert row["fstart"] < row["frequency"] < row["fend"]
    # the root-sum-square of h in white noise of density 2/rate: SNR = hrss · sqrt(2/S)
    assert row["amplitude"] == pytest.approx(row["snr"] / np.sqrt(RATE), rel=0.1)


def test_one_event_each_and_nothing_else(found):
    assert len(found.part.events) == len(SIGNALS)  # also where two segments meet (239.99 s)
    assert found.segments == Segments(((1002.0, 1298.0),))
    assert found.remarks == ()


def test_phase_is_that_of_the_cosine():
    t = np.arange(int(64 * RATE)) / RATE - 32
    h = np.cos(2 * np.pi * 200 * t + 0.7) * np.exp(-((2 * np.pi * 200 * t / 12) ** 2))
    values = np.random.default_rng(1).standard_normal(len(t)) + 200 * h / np.sqrt(np.sum(h**2))
    events = search(series(values)).part.events
    assert events["phase"][np.argmax(events["snr"])] == pytest.approx(0.7, abs=0.1)


def test_times_are_shifted_with_the_data(noise):
    values = with_signal(noise, 100.0, 200, 10, 20)
    one, two = search(series(values, 0.0)).part.events, search(series(values, 1_400_000_000.0)).part.events
    assert two["time"] - 1_400_000_000 == pytest.approx(one["time"], abs=1e-6)
    assert two["snr"].tolist() == one["snr"].tolist()


def test_scale_does_not_matter(noise):
    values = with_signal(noise, 100.0, 200, 10, 20)
    one, two = search(series(values)).part.events, search(series(values * 1e-21)).part.events
    assert two["snr"] == pytest.approx(one["snr"], rel=1e-4)
    assert two["amplitude"] == pytest.approx(one["amplitude"] * 1e-21, rel=1e-4)


def test_gap_of_nan_is_left_out(noise):
    values = with_signal(with_signal(noise, 100.0, 200, 10, 20), 200.0, 100, 10, 20)
    values[int(99 * RATE) : int(101 * RATE)] = np.nan
    result = search(series(values))
    assert result.segments == Segments(((1002.0, 1097.0), (1103.0, 1298.0)))
    assert result.part.events["time"] == pytest.approx([1200.0], abs=0.01)
    assert result.remarks == ("missing or NaN samples left out",)


@pytest.mark.parametrize(
    ("values", "remark"),
    [
        (np.full(200000, 0.3), "constant"),
        (np.full(200000, np.nan), "no valid samples: all are missing or NaN"),
        (np.resize([0, 3e200], 200000), "values are not between 1e-100 and 1e+100"),
        (np.resize([0, 3e-200], 200000), "values are not between 1e-100 and 1e+100"),
        (np.full(200000, 7), "constant"),
        (np.zeros(100), "at least 4 s"),
    ],
)
def test_what_cannot_be_searched_says_why(values, remark):
    result = search(series(values))
    assert len(result.part.events) == 0
    assert remark in result.remarks[0]
    assert result.segments.livetime == 0


def test_band_above_the_nyquist_frequency():
    result = search(Series(np.random.default_rng(0).standard_normal(1600), 0.0, 16.0), SearchSettings(fmin=20))
    assert result.remarks == ("sampled at 16 Hz: no tile fits above 20 Hz",)


def test_ceiling_says_so_and_keeps_the_loudest(noise):
    values = with_signal(noise, 100.0, 200, 10, 60)
    result = search(series(values), SearchSettings(snr=3.0, max_rate=2.0, cluster=0.0))
    assert result.part.truncated
    assert "the loudest were kept" in result.remarks[0]
    assert len(result.part.events) <= 2 * 300
    assert result.part.events["snr"].max() > 55


def test_sampling_as_if_slower_gives_the_same_triggers_below(noise):
    values = with_signal(noise, 100.0, 200, 10, 20)
    whole = search(series(values), SearchSettings(fmax=300)).part.events
    slow = search(series(values), SearchSettings(fmax=300, sample_rate=1024)).part.events
    assert slow["snr"] == pytest.approx(whole["snr"], rel=0.02)


def test_without_clusters_events_are_tiles(noise):
    settings = SearchSettings(snr=4.5, cluster=0.0)
    events = search(series(noise), settings).part.events
    tiling = build_tiling(64, RATE, fmin=10)
    assert len(events) > 100
    assert set(events["frequency"]) <= set(tiling.frequency)
    assert events["snr"].min() > 4.45


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
@pytest.mark.parametrize("value", [0.0, 3.3])
def test_what_is_switched_off_is_left_out(noise, share, value):
    values = with_signal(noise, 290.0, 200, 10, 20)
    end = int(share * 300)
    values[: int(end * RATE)] = value
    result = search(series(values))
    assert result.part.events["time"] == pytest.approx([1290.0], abs=0.01)
    assert result.part.events["snr"] == pytest.approx([20], abs=2.5)
    assert result.segments == Segments(((1000.0 + end + 2, 1298.0),))
    assert result.remarks == ("samples that do not change left out",)


@pytest.mark.parametrize("seconds", [4, 5, 8, 16, 32])
def test_short_stretches_of_noise_are_quiet(seconds):
    """Fewer windows than a spectrum needs would give 1000 false triggers per hour."""
    rng, settings, loud, total = np.random.default_rng(seconds), SearchSettings(fmax=500), 0, 0.0
    for _ in range(240 // seconds):
        result = search(series(rng.standard_normal(int(seconds * RATE))), settings)
        assert result.segments.livetime > seconds / 2
        total += result.segments.livetime
        loud += len(result.part.events)
    assert loud <= 1 + total / 60


@pytest.mark.parametrize("slope", [0.0, 1e5])
def test_slow_motion_makes_no_triggers_at_borders(slope):
    """Seismic motion and drift, far above the noise, where segments are tapered."""
    rng = np.random.default_rng(2)
    frequency = np.fft.rfftfreq(int(300 * RATE), 1 / RATE)
    spectrum = np.fft.rfft(rng.standard_normal(int(300 * RATE))) * (1 + (10 / np.maximum(frequency, 0.1)) ** 4)
    values = np.fft.irfft(spectrum) + slope * np.linspace(0, 1, int(300 * RATE))
    assert len(search(series(values)).part.events) == 0


def test_threads_do_not_disturb_each_other(noise):
    from concurrent.futures import ThreadPoolExecutor

    inputs = [series(with_signal(noise, 50.0 + 10 * i, 200, 10, 20)) for i in range(4)]
    alone = [search(one).part.events for one in inputs]
    with ThreadPoolExecutor(4) as pool:
        together = [result.part.events for result in pool.map(search, inputs)]
    for one, other in zip(alone, together, strict=True):
        assert other["snr"].tolist() == one["snr"].tolist()


def test_refined_peak_is_not_quieter_than_the_tile():
    tiling = build_tiling(16, 1024, fmin=10)
    rng = np.random.default_rng(3)
    spectrum = ((rng.standard_normal(8193) + 1j * rng.standard_normal(8193)) / np.sqrt(2)).astype(np.complex64)
    from culpa.decompose.qtransform import TileSearch

    hits, _ = TileSearch(tiling, 8193).search(spectrum, 3.5, 1, 15, 10**6)
    assert len(hits) > 20
    asd = np.ones(8193)
    for row, tile, energy in zip(hits.row.tolist(), hits.tile.tolist(), hits.energy.tolist(), strict=True):
        peak, plain = refine(spectrum, asd, tiling, row, tile), measure(spectrum, asd, tiling, row, tile)
        assert plain.snr**2 + 2 == pytest.approx(energy, rel=0.02)  # the tile may be an interpolated one
        assert plain.frequency == tiling.frequency[row]
        assert peak.snr >= plain.snr


@pytest.mark.skipif(not (DATA / "gw150914").exists(), reason="GW150914 data not present")
def test_gw150914():
    h5py = pytest.importorskip("h5py")
    with h5py.File(DATA / "gw150914" / "H-H1_LOSC_4_V2-1126259446-32.hdf5") as file:
        values = file["strain/Strain"][()]
    events = search(Series(values, 1126259446.0, 4096.0, "H1:LOSC-STRAIN")).part.events
    loudest = int(np.argmax(events["snr"]))
    assert events["time"][loudest] == pytest.approx(1126259462.42, abs=0.05)
    assert 50 < events["frequency"][loudest] < 350
    assert events["snr"][loudest] >= 10
    assert len(events) <= 2


def test_a_spike_beyond_single_precision_is_an_event_like_any_other(noise):
    values = noise * 1e-20
    values[int(200 * RATE)] = 1e20
    events = search(series(values)).part.events
    assert all(np.isfinite(column).all() for column in events.columns.values())
    assert np.abs(events["time"] - 1200).min() < 0.1
