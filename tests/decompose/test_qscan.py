"""Q-scans: energies, the plane that is chosen, pictures, what is not usable."""

from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from culpa.decompose.qscan import VIEWS, Scanner, ScanSettings
from culpa.decompose.qscan_plane import Scan, picture
from culpa.decompose.qscan_rows import Bank, Batch, mismatch_rows, over
from culpa.decompose.stretches import Stretch
from culpa.errors import NoDataError
from culpa.types import Segments, Series
from tests.naive.qtransform import tile_energy

GW150914 = Path(__file__).resolve().parents[2] / "../shared/data/gw150914/H-H1_LOSC_4_V2-1126259446-32.hdf5"
RATE, START = 2048.0, 1451606400.0
MIDDLE = START + 32


def wave(t: np.ndarray, frequency: float, q: float) -> np.ndarray:
    """A sine-Gaussian of energy 1 about t = 0."""
    values = np.sin(2 * np.pi * frequency * t + 0.3) * np.exp(-((2 * np.pi * frequency * t / q) ** 2))
    return values / np.sqrt(np.sum(values**2))


def white(seed: int = 1, *signals: tuple[float, float, float, float], duration: float = 64) -> np.ndarray:
    """White noise of variance 1 with signals: s after MIDDLE, Hz, Q, SNR."""
    values = np.random.default_rng(seed).standard_normal(round(duration * RATE))
    t = np.arange(len(values)) / RATE - duration / 2
    for at, frequency, q, snr in signals:
        values += snr * wave(t - at, frequency, q)
    return values


def stretch(values: np.ndarray) -> Stretch:
    return Stretch(values.astype(np.float32), START, RATE, Segments.of([(START, START + len(values) / RATE)]))


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    return Scanner(RATE)


def test_energies_equal_the_slow_twin() -> None:
    rng = np.random.default_rng(1)
    spectrum = stretch(white(duration=8)).spectrum(0, round(8 * RATE))
    rows = mismatch_rows(8, RATE, (4, 64), (10, 2048), 0.2)
    for batch in Bank(rows).energies(spectrum, 1.3, 6.7, 5):
        i, j = rng.integers(batch.values.shape)
        row = batch.rows[i]
        slow = tile_energy(spectrum, 8, batch.times[j], rows.frequency[row], rows.q[row]) / 2
        assert batch.values[i, j] == pytest.approx(slow, rel=1e-4, abs=1e-5)
        assert 1.3 - 6 / batch.rate < batch.times[0] <= 1.3 - 4 / batch.rate
        assert 6.7 + 4 / batch.rate <= batch.times[-1] < 6.7 + 6 / batch.rate


def test_noise_has_mean_energy_one_and_an_exponential_null() -> None:
    """Coloured noise, whitened here, away from the tapers: the mean of tiles is 1, and exp(-E) lie above E."""
    rng = np.random.default_rng(2)
    values = np.cumsum(rng.standard_normal(round(256 * RATE))) + 10 * rng.standard_normal(round(256 * RATE))
    scanner = Scanner(RATE)
    stretches = scanner.whiten(Series(values, START, RATE), tuple(START + np.arange(4) * 64))
    tiles = [batch.values.ravel() for each in stretches for batch in _tiles(scanner, each)]
    energies = np.concatenate(tiles)
    assert np.mean(energies) == pytest.approx(1, abs=0.01)
    assert np.mean(energies > 3) == pytest.approx(np.exp(-3), rel=0.05)


def _tiles(scanner: Scanner, each: Stretch) -> list:
    size = round(8 * each.sample_rate)
    bank = Bank(scanner.rows)
    return [batch for i in range(1, 7) for batch in bank.energies(each.spectrum(i * size, size), 0, 8)]


@pytest.mark.parametrize(("frequency", "q", "plane"), [(60, 6, 5.657), (200, 12, 11.31), (100, 40, 45.25)])
def test_the_plane_and_its_loudest_tile_are_those_of_the_signal(frequency: float, q: float, plane: float) -> None:
    scanner = Scanner(RATE)
    (each,) = scanner.whiten(Series(7e-20 * white(3, (0.1, frequency, q, 40)), START, RATE), (START,))
    scan = scanner.scan(each, MIDDLE)
    assert scan.q == pytest.approx(plane, rel=1e-3)
    assert scan.time == pytest.approx(MIDDLE + 0.1, abs=q / (2 * np.pi * frequency) / 2)
    assert scan.frequency == pytest.approx(frequency, rel=1 / q)
    assert 0.93 * 40 < scan.snr < 1.05 * 40
    assert np.nanmax(scan.pixels(np.linspace(-0.3, 0.3, 4001), scan.rows)) == pytest.approx(scan.energy, rel=0.03)


@given(at=st.floats(12, 52), inside=st.floats(-1.9, 1.9))
@limits(max_examples=10, deadline=None)
def test_eight_seconds_are_as_good_as_all(at: float, inside: float) -> None:
    """What is made from the data around a moment differs little from what is made from the whole stretch."""
    each = stretch(white(4, (0.2, 150, 8, 30), (-0.5, 12, 5, 30)))
    assert Scanner(RATE, settings=ScanSettings(view=0.5)).rows.duration == 8
    near, far = (Scanner(RATE, settings=ScanSettings(qmax=5, view=view)) for view in (4.0, 31.9))
    assert (near.rows.duration, far.rows.duration) == (8, 64)
    ours, whole = (one.scan(each, START + at).pixels(np.array([inside]), near.rows.frequency) for one in (near, far))
    np.testing.assert_allclose(ours, whole, rtol=0.02, atol=0.05)


def test_tiles_of_every_plane_from_eight_seconds_are_those_of_the_whole_stretch() -> None:
    each = stretch(white(15, (0, 12, 40, 60), (0.5, 100, 10, 100), (-1, 30, 6, 100), (1.2, 300, 40, 60)))
    rows = mismatch_rows(8, RATE, (4, 64), (10, 400), 0.2)
    near = Bank(rows).energies(each.spectrum(round(28 * RATE), round(8 * RATE)), 2, 6)
    far = Bank(over(rows, 64, RATE, 0.2)).energies(each.spectrum(0, round(64 * RATE)), 30, 34)
    ours, whole = (
        np.concatenate([value.ravel() for _, value in sorted((i, v) for b in batches for i, v in _rows(b))])
        for batches in (near, far)
    )
    loud = whole > 10
    np.testing.assert_allclose(ours[loud], whole[loud], rtol=0.01)


def _rows(batch: Batch) -> list[tuple[int, np.ndarray]]:
    return list(zip(batch.rows.tolist(), batch.values, strict=True))


def test_splines_go_through_the_tiles(scanner: Scanner) -> None:
    each = stretch(white(5, (0.0, 100, 6, 20)))
    scan = scanner.scan(each, MIDDLE)
    (plane,) = np.flatnonzero(np.isin(scanner.rows.q, scan.q)).reshape(1, -1)
    size, first = round(8 * RATE), round(28 * RATE)
    for batch in Bank(scanner.rows).energies(each.spectrum(first, size), 3, 5):
        for i in np.flatnonzero(np.isin(batch.rows, plane)):
            frequency = scanner.rows.frequency[batch.rows[i : i + 1]]
            np.testing.assert_allclose(
                scan.pixels(batch.times - 4, frequency)[0], batch.values[i], rtol=1e-3, atol=2e-3
            )


def test_pixels_are_never_negative_and_end_with_the_band(scanner: Scanner) -> None:
    scan = scanner.scan(stretch(white(6, (0.0, 100, 6, 50))), MIDDLE)
    low, high = scan.band
    assert low == 10 and high < 1024 / (1 + np.sqrt(11) / scan.q) * 1.001
    energies = scan.pixels(np.linspace(-2, 2, 999), np.array([low * 0.99, low, 50.0, high, high * 1.01]))
    assert np.array_equal(np.isnan(energies).all(axis=1), [True, False, False, False, True])
    assert np.array_equal(np.isnan(energies).any(axis=1), [True, False, False, False, True])
    assert np.nanmin(energies) >= 0


def test_a_picture_holds_the_loudest_of_what_is_in_each_pixel(scanner: Scanner) -> None:
    scan = scanner.scan(stretch(white(7, (0.0311, 500, 4.1, 30))), MIDDLE)
    shape, band = (16, 8), (10.0, 600.0)
    coarse = picture(scan, 4.0, band, shape)
    edges = np.linspace(-2, 2, 9)
    frequencies = 600 * (10 / 600) ** ((np.arange(16) + 0.5) / 16)
    for column in (2, 4):
        step = (edges[column + 1] - edges[column]) / 250
        times = edges[column] + step * (np.arange(250) + 0.5)
        np.testing.assert_allclose(coarse[:, column], scan.pixels(times, frequencies).max(axis=1), rtol=1e-5)
    assert coarse[:, 4].max() > 0.8 * scan.energy  # a tile of 2 ms in a pixel of 500 ms
    fine = picture(scan, 4.0, band, shape, steps=(0.002, 0.01))
    assert fine[:, 4].max() > 0.97 * scan.energy
    assert np.argmax(coarse[:, 4]) == 0 or frequencies[np.argmax(coarse[:, 4])] > 300  # upwards


@pytest.mark.parametrize("nothing", [np.nan, 0.7])
def test_gaps_are_unknown_and_hold_no_loudest_tile(scanner: Scanner, nothing: float) -> None:
    values = white(8, (0.2, 100, 6, 30), (-0.4, 100, 6, 90))
    values[round(29.5 * RATE) : round(31.8 * RATE)] = nothing  # absent, or held
    (each,) = scanner.whiten(Series(values, START, RATE), (START,))
    scan = scanner.scan(each, MIDDLE + 0.9)
    assert scan.time == pytest.approx(MIDDLE + 0.9, abs=0.51)
    times = np.linspace(-2, 2, 401)
    unknown = np.isnan(picture(scan, 4, scan.band, (5, 400))).all(axis=0)
    gap = (times + 0.9 > -2.5 - 1.01) & (times + 0.9 < -0.2 + 1.01)
    assert unknown.mean() == pytest.approx(gap.mean(), abs=0.02)
    with pytest.raises(NoDataError, match=r"no usable data within 0.5 s of 1451606431 \(2026"):
        scanner.scan(each, MIDDLE - 1)


def test_the_ends_of_a_stretch(scanner: Scanner) -> None:
    """Near an end, the part that the taper spares is shown; a signal there is as loud as elsewhere."""
    values = white(9, (-29.8, 100, 6, 40))
    (each,) = scanner.whiten(Series(values, START, RATE), (START,))
    scan = scanner.scan(each, START + 2)
    assert scan.time == pytest.approx(START + 2.2, abs=0.01) and scan.snr == pytest.approx(40, rel=0.07)
    unknown = np.isnan(picture(scan, 4, scan.band, (5, 400))).all(axis=0)
    assert unknown.mean() == pytest.approx(0.25, abs=0.01)
    for outside in (START + 0.4, START - 100, START + 70):
        with pytest.raises(NoDataError):
            scanner.scan(each, outside)


@pytest.mark.parametrize(
    ("rate", "duration"), [(16, 64), (32, 64), (512, 64), (1000, 64), (10000, 16), (256, 4), (2048, 9.5)]
)
def test_any_rate_and_length(rate: float, duration: float) -> None:
    values = np.random.default_rng(10).standard_normal(round(rate * duration))
    t = np.arange(len(values)) / rate - duration / 2
    frequency = 10.05 if rate == 32 else min(rate / 5, 100.0)  # at 32 Hz a plane has a single row
    values += 30 * wave(t, frequency, 6)
    scanner = Scanner(rate, duration, ScanSettings(fmin=10 if rate == 32 else min(10.0, rate / 10)))
    (each,) = scanner.whiten(Series(values, START, rate), (START,))
    scan = scanner.scan(each, START + duration / 2)
    assert scan.snr == pytest.approx(30, rel=0.2)
    assert scan.frequency == pytest.approx(frequency, rel=0.2)
    assert (len(scan.rows) == 1) == (rate == 32)
    low, high = scanner.band
    assert low <= scan.band[0] < scan.band[1] <= high < rate / 2
    assert np.isfinite(picture(scan, 0.5, scan.band, (20, 20))).all()


def test_levels(scanner: Scanner) -> None:
    """Row medians and means over the whole stretch; the scan divides by them."""
    each = stretch(white(11, (0.0, 100, 6, 30)))
    plain = scanner.scan(each, MIDDLE)
    for norm, expected in (("median", np.log(2)), ("row-mean", 1.0)):
        other = Scanner(RATE, settings=ScanSettings(norm=norm))
        levels = other.levels(each)
        assert np.median(levels) == pytest.approx(expected, rel=0.02)
        row = np.flatnonzero((other.rows.q == plain.q) & (other.rows.frequency == plain.frequency))[0]
        energy = other.scan(each, MIDDLE, levels).energy
        assert energy == pytest.approx(plain.energy / levels[row], rel=0.02)
        assert other.scan(each, MIDDLE).energy == energy
    half = Stretch(each.values, START, RATE, Segments.of([(START, START + 20)]))
    with pytest.raises(NoDataError, match="norm 'row-mean' needs half of a stretch, usable are 20 of 64 s"):
        other.levels(half)
    assert np.all(scanner.levels(half) == 1)


def test_what_cannot_be_scanned(scanner: Scanner) -> None:
    with pytest.raises(NoDataError, match="sampled at 16 Hz: no tile fits above 10 Hz"):
        Scanner(16)
    assert scanner.whiten(Series(np.full(round(64 * RATE), 3.0), START, RATE), (START,)) == []
    assert scanner.whiten(Series(np.full(round(64 * RATE), np.nan), START, RATE), (START,)) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"fmin": 0.0}, {"fmax": 5.0}, {"fmax": np.inf}, {"qmin": 3.0}, {"qmax": np.nan}, {"mismatch": 0.0},
        {"search": 0.0}, {"view": -1.0}, {"norm": "mode"}, {"tiling": "omega"},
    ],
)  # fmt: skip
def test_settings_that_cannot_be_meant(wrong: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        ScanSettings(**wrong)


def test_one_scan_serves_all_views(scanner: Scanner) -> None:
    """Where views overlap they show the same; each is finite to its ends."""
    scan = scanner.scan(stretch(white(12, (0.0, 100, 6, 30))), MIDDLE)
    middles = [picture(scan, view, scan.band, (40, 401), steps=(1.0, 1.0)) for view in VIEWS]
    assert all(np.isfinite(each).all() for each in middles)
    for each in middles[1:]:
        np.testing.assert_array_equal(each[:, 200], middles[0][:, 200])


@pytest.mark.skipif(not GW150914.is_file(), reason="the shared data are not here")
@pytest.mark.parametrize(("norm", "expected"), [("mean", 83), ("row-mean", 83), ("median", 127)])
def test_gw150914(norm: str, expected: float) -> None:
    """From strain to the maximum of the picture; the values are those of gwpy's q_transform."""
    with h5py.File(GW150914) as file:
        series = Series(file["strain/Strain"][()], 1126259446.0, 4096.0)
    scan = _gw150914(series, norm)
    assert scan.q == pytest.approx(5.657, rel=1e-3) and scan.frequency == pytest.approx(141, abs=2)
    energies = scan.pixels(np.arange(-0.5, 0.5, 0.001), np.geomspace(20, 999, 500))
    assert np.nanmax(energies) == pytest.approx(expected, rel=0.02)
    assert scan.energy == pytest.approx(expected, rel=0.02)


def _gw150914(series: Series, norm: str) -> Scan:
    scanner = Scanner(series.sample_rate, 32, ScanSettings(fmin=20, fmax=1000, norm=norm))
    (each,) = scanner.whiten(series, (series.t0,))
    return scanner.scan(each, 1126259462.423)


def test_the_same_in_another_process_would_be_the_same_here(scanner: Scanner) -> None:
    """A scan does not depend on what its scanner did before."""
    each = stretch(white(13, (0.0, 100, 6, 30)))
    first = scanner.scan(each, MIDDLE)
    scanner.scan(stretch(white(14, (0.0, 30, 50, 300))), MIDDLE + 0.3)
    for other in (scanner, Scanner(RATE)):
        np.testing.assert_array_equal(
            picture(first, 1, first.band, (30, 30)), picture(other.scan(each, MIDDLE), 1, first.band, (30, 30))
        )
