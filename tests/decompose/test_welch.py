from dataclasses import fields
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import signal

from culpa.decompose.coherence import Coherence, coherence, spectral_density
from culpa.decompose.welch import (
    LAGS,
    ChannelSums,
    PairSums,
    Spectra,
    Sums,
    Windows,
    channel_sums,
    pair_sums,
    spectra,
)
from culpa.types import Floats, Mask, Segments, Series
from tests.naive import coherence as naive

Found = tuple[Spectra, Mask]


def sums(x: Found, y: Found, resolution: float = 1.0) -> Sums:
    return Sums(channel_sums(*x), {"Y": pair_sums(x[0], y[0], x[1] & y[1])}, resolution)


def measured(x: Series, y: Series, windows: Windows, starts: Floats | None = None) -> tuple[Sums, Coherence]:
    if starts is None:
        starts = windows.starts(Segments.of([(x.t0, min(x.end, y.end))]))
    sizes = [windows.size(one.sample_rate) for one in (x, y)]
    assert sizes[0] and sizes[1]
    found = sums(spectra(x, starts, sizes[0]), spectra(y, starts, sizes[1]), 1 / windows.duration)
    return found, coherence(found, "Y")


def coupled(rng: np.random.Generator, samples: int, mean: float = 0.0) -> tuple[Floats, Floats]:
    """Two channels with a filter in common, so that the coherence is neither 0 nor 1 and differs between bins."""
    common = signal.lfilter([1.0], [1.0, -0.9], rng.standard_normal(samples))
    x = common + rng.standard_normal(samples)
    y = np.roll(common, 3) + 2 * rng.standard_normal(samples)
    return x + mean, y - 3 * mean


@pytest.mark.parametrize(
    ("rate", "size", "seconds", "overlap", "mean"),
    [
        (1024.0, 1024, 20.0, 0.5, 0.0),
        (512.0, 256, 33.3, 0.0, 1.0),
        (2048.0, 4096, 30.0, 0.75, 1e6),
        (100.0, 25, 61.0, 0.0, -1e4),
        (333.0, 999, 40.0, 0.0, 1e3),
        (256.0, 36, 8.1, 0.75, 50.0),
        (4096.0, 600, 1.0, 0.5, 0.0),
        (0.25, 16, 8000.0, 0.5, 293.0),
    ],
)
def test_coherence_and_density_are_those_of_scipy(
    rate: float, size: int, seconds: float, overlap: float, mean: float
) -> None:
    x, y = coupled(np.random.default_rng(size), int(seconds * rate), mean)
    windows = Windows(size / rate, (size - round(overlap * size)) / rate)
    found, ours = measured(Series(x, 1e9, rate), Series(y, 1e9, rate), windows)
    options: dict[str, Any] = {"nperseg": size, "noverlap": round(overlap * size), "detrend": "constant"}
    frequencies, expected = signal.coherence(x, y, rate, "hann", **options)
    np.testing.assert_allclose(ours.values, expected, rtol=1e-7, atol=1e-10)
    np.testing.assert_allclose(ours.frequencies, frequencies, rtol=1e-12)
    assert ours.windows == 1 + (len(x) - size) // (size - round(overlap * size))
    _, density = signal.welch(x, rate, "hann", **options)
    np.testing.assert_allclose(spectral_density(found.main), density, rtol=1e-7, atol=1e-9 * density.max())
    np.testing.assert_allclose(spectral_density(found.pairs["Y"]), density, rtol=1e-7, atol=1e-9 * density.max())
    _, density = signal.welch(y, rate, "hann", **options)
    np.testing.assert_allclose(spectral_density(found.pairs["Y"].other), density, rtol=1e-7, atol=1e-9 * density.max())


@pytest.mark.parametrize(("overlap", "mean"), [(0.0, 0.0), (0.5, 100.0), (0.75, 0.0)])
def test_coherence_is_that_of_gwpy(overlap: float, mean: float) -> None:
    pytest.importorskip("gwpy.timeseries", reason="gwpy is in the extra gw")
    x, y = (Series(values, 1e9, 512.0) for values in coupled(np.random.default_rng(1), 512 * 30, mean))
    expected = x.to_gwpy().coherence(y.to_gwpy(), fftlength=2, overlap=2 * overlap, window="hann")
    _, ours = measured(x, y, Windows(2.0, 2.0 * (1 - overlap)))
    np.testing.assert_allclose(ours.values, expected.value, rtol=1e-7, atol=1e-10)
    np.testing.assert_allclose(ours.frequencies, expected.frequencies.value)


@pytest.mark.parametrize("kind", [np.float32, np.int32])
def test_samples_of_any_kind_are_computed_with_as_doubles(kind: type) -> None:
    x, y = ((1000 * values).astype(kind) for values in coupled(np.random.default_rng(2), 2048, 5.0))
    _, ours = measured(Series(x, 0.0, 64.0), Series(y, 0.0, 64.0), Windows(2.0, 1.0))
    _, expected = signal.coherence(x.astype(float), y.astype(float), 64.0, "hann", 128, 64, detrend="constant")
    np.testing.assert_allclose(ours.values, expected, rtol=1e-7)


def band_limited(rng: np.random.Generator, seconds: int, highest: float) -> Spectra:
    amplitudes = rng.standard_normal((2, int(seconds * highest)))
    return np.concatenate([[0], amplitudes[0] + 1j * amplitudes[1]])


def sampled(of: Spectra, seconds: int, rate: float) -> Series:
    samples = int(seconds * rate)
    spectrum = np.zeros(samples // 2 + 1, complex)
    spectrum[: len(of)] = of
    return Series(np.fft.irfft(spectrum, samples) * samples / len(of), 0.0, rate)


@pytest.mark.parametrize("other", [512.0, 700.0, 4096.0])
def test_unequal_rates_give_what_equal_ones_give(other: float) -> None:
    """Signals below 80 Hz, which any of the rates describes in full."""
    rng = np.random.default_rng(3)
    common, one, two = (band_limited(rng, 40, 80.0) for _ in range(3))
    x, y = common + one, common + 0.5 * two
    windows = Windows(2.0, 1.0)
    _, unequal = measured(sampled(x, 40, 1024.0), sampled(y, 40, other), windows)
    _, equal = measured(sampled(x, 40, 1024.0), sampled(y, 40, 1024.0), windows)
    lowest = min(other, 1024.0)
    assert len(unequal.values) == lowest + 1
    assert unequal.frequencies[-1] == lowest / 2
    inside = slice(2, 155)  # at 0 and 0.5 Hz the mean shows, which is that of other samples
    np.testing.assert_allclose(unequal.values[inside], equal.values[inside], rtol=1e-6)
    np.testing.assert_allclose(unequal.effective[inside], equal.effective[inside], rtol=1e-6)


def test_unequal_rates_with_noise_up_to_the_nyquist_frequency() -> None:
    """Beside the windows that scipy transforms, cut to the bins that both channels have."""
    x, y = coupled(np.random.default_rng(4), 1024 * 20)
    y = y[::2]
    _, ours = measured(Series(x, 0.0, 1024.0), Series(y, 0.0, 512.0), Windows(0.5, 0.25))
    a, b = (
        signal.spectrogram(values, rate, "hann", rate // 2, rate // 4, detrend="constant", mode="complex")[2][:129]
        for values, rate in ((x, 1024), (y, 512))
    )
    expected = np.abs(np.sum(a * b.conj(), axis=1)) ** 2 / (np.sum(np.abs(a) ** 2, 1) * np.sum(np.abs(b) ** 2, 1))
    np.testing.assert_allclose(ours.values, expected, rtol=1e-7)


@given(st.integers(0, 10**6), st.sampled_from([(16.0, 16.0), (16.0, 24.0), (20.0, 12.0)]), st.booleans())
def test_coherence_is_that_of_plain_loops(seed: int, rates: tuple[float, float], damaged: bool) -> None:
    rng = np.random.default_rng(seed)
    x, y = (rng.standard_normal(int(6 * rate)) + rng.normal(0, 5) for rate in rates)
    if damaged:
        x[rng.integers(len(x))] = np.nan
        y[: rng.integers(len(y) // 2)] = 7.1
    starts = np.arange(-1, 8) * 0.5 + rng.choice([0.0, 0.25])
    _, ours = measured(Series(x, 0.0, rates[0]), Series(y, 0.0, rates[1]), Windows(1.0, 0.5), starts)
    expected = naive.welch(x.tolist(), y.tolist(), rates, 1.0, starts.tolist())
    np.testing.assert_allclose(ours.values, expected, rtol=1e-7, atol=1e-10)


def test_means_of_windows_are_removed_one_by_one() -> None:
    """A step between windows leaves no trace at 0 Hz beyond that of scipy."""
    x, y = coupled(np.random.default_rng(5), 64 * 32)
    x[1024:] += 1e3
    _, ours = measured(Series(x, 0.0, 64.0), Series(y, 0.0, 64.0), Windows(1.0, 1.0))
    _, expected = signal.coherence(x, y, 64.0, "hann", 64, 0, detrend="constant")
    np.testing.assert_allclose(ours.values, expected, rtol=1e-7)


def of_windows(rng: np.random.Generator, windows: int, bins: int, unknown: float = 0.0) -> Found:
    """Complex noise in place of spectra."""
    values = rng.standard_normal((windows, bins, 2)).view(complex)[..., 0]
    known = rng.random(windows) >= unknown
    values[~known] = 0
    return values, known


def assert_equal_sums(a: Any, b: Any, leave_out: tuple[str, ...] = ()) -> None:
    for field in fields(a):
        one, other = getattr(a, field.name), getattr(b, field.name)
        if isinstance(one, ChannelSums):
            assert_equal_sums(one, other, leave_out)
        elif field.name not in leave_out:
            np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-10, err_msg=field.name)


CUTS = st.lists(st.integers(0, 30), max_size=4)


@given(st.integers(0, 10**6), CUTS, st.sampled_from([0.0, 0.3, 1.0]))
def test_sums_over_parts_add_up_to_those_over_all(seed: int, cuts: list[int], unknown: float) -> None:
    """Wherever the windows are cut; only `lagged` and `pairs` do not know the pairs across a cut."""
    rng = np.random.default_rng(seed)
    x, y = of_windows(rng, 30, 7, unknown), of_windows(rng, 30, 5, unknown)
    whole = sums(x, y)
    edges = [0, *sorted(cuts), 30]
    parts = [slice(a, b) for a, b in pairwise(edges)]
    first, *others = [sums((x[0][part], x[1][part]), (y[0][part], y[1][part])) for part in parts]
    total = first
    for other in others:
        total += other
    assert total.main.count == whole.main.count
    assert total.pairs["Y"].count == whole.pairs["Y"].count
    assert_equal_sums(total.main, whole.main, ("lagged", "pairs"))
    assert_equal_sums(total.pairs["Y"], whole.pairs["Y"], ("lagged", "pairs"))
    for lag in range(1, LAGS + 1):
        inside = [(i, i + lag) for part in parts for i in range(part.start, part.stop - lag)]
        lagged = sum((x[0][late] * x[0][early].conj() for early, late in inside), np.zeros(7, complex))
        np.testing.assert_allclose(total.main.lagged[lag - 1], lagged, atol=1e-10)
        assert total.main.pairs[lag - 1] == sum(x[1][early] and x[1][late] for early, late in inside)


def test_parts_with_other_channels_do_not_add_up() -> None:
    rng = np.random.default_rng(6)
    x, y = of_windows(rng, 5, 3), of_windows(rng, 5, 3)
    one = sums(x, y)
    with pytest.raises(KeyError, match="Y"):
        one + Sums(one.main, {"Z": one.pairs["Y"]}, 1.0)


@given(st.integers(0, 10**6), st.integers(1, 12), st.sampled_from([0.0, 0.4, 1.0]))
def test_sums_are_those_of_plain_loops(seed: int, windows: int, unknown: float) -> None:
    """Sums of a pair are over the windows that both channels have."""
    rng = np.random.default_rng(seed)
    (x, x_known), (y, y_known) = of_windows(rng, windows, 6, unknown), of_windows(rng, windows, 4, unknown)
    y[~y_known] = 0
    found = sums((x, x_known), (y, y_known)).pairs["Y"]
    both = [i for i in range(windows) if x_known[i] and y_known[i]]
    nothing = np.zeros(4)
    assert found.count == len(both)
    np.testing.assert_allclose(found.main, sum((abs(x[i, :4]) ** 2 for i in both), nothing), atol=1e-12)
    np.testing.assert_allclose(found.other.power, sum((abs(y[i]) ** 2 for i in both), nothing), atol=1e-12)
    np.testing.assert_allclose(found.cross, sum((x[i, :4] * y[i].conj() for i in both), nothing), atol=1e-12)
    np.testing.assert_allclose(
        found.joint, sum((abs(x[i, :4]) ** 2 * abs(y[i]) ** 2 for i in both), nothing), atol=1e-12
    )
    pairs = [(i, i + 1) for i in both if i + 1 in both]
    assert found.other.pairs[0] == len(pairs)
    np.testing.assert_allclose(
        found.other.lagged[0], sum((y[late] * y[early].conj() for early, late in pairs), nothing), atol=1e-12
    )
    mean = found.other.power / max(1, len(both))
    expected = found.other.lagged[0] / len(pairs) / mean if pairs else nothing
    np.testing.assert_allclose(found.other.memory[0], expected, atol=1e-12)


def test_sums_do_not_depend_on_how_much_is_done_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(7).standard_normal(64 * 50)
    values[900] = np.nan
    x, y = Series(values, 0.0, 64.0), Series(np.roll(values, 5) ** 2, 0.0, 64.0)
    together, _ = measured(x, y, Windows(1.0, 0.5))
    monkeypatch.setattr("culpa.decompose.welch._BATCH", 200)
    monkeypatch.setattr("culpa.decompose.welch._ROWS", 2)
    monkeypatch.setattr("culpa.decompose.welch._SLICE", 7)
    bit_by_bit, _ = measured(x, y, Windows(1.0, 0.5))
    assert_equal_sums(bit_by_bit.main, together.main)
    assert_equal_sums(bit_by_bit.pairs["Y"], together.pairs["Y"])


def test_windows_that_are_not_there_are_left_out_for_the_pair() -> None:
    """NaN in one channel, a constant in the other, beyond the end of either: scipy gets the windows that remain."""
    x, y = coupled(np.random.default_rng(8), 64 * 40)
    y = y[64:-100]
    x[64 * 5 + 13] = np.nan
    x[64 * 20 : 64 * 21] = 0.1
    y[64 * 30] = np.nan
    y[64 * 10 : 64 * 12 + 1] = -1e5
    starts = np.arange(-2.0, 45.0)
    found, ours = measured(Series(x, 0.0, 64.0), Series(y, 1.0, 64.0), Windows(1.0, 1.0), starts)
    bad = {5, 20, 31, 11, 12}
    good = [i for i in range(1, 38) if i not in bad]
    assert found.main.count == 38
    assert ours.windows == len(good) == 32
    joined_x = np.concatenate([x[64 * i : 64 * (i + 1)] for i in good])
    joined_y = np.concatenate([y[64 * (i - 1) : 64 * i] for i in good])
    _, expected = signal.coherence(joined_x, joined_y, 64.0, "hann", 64, 0, detrend="constant")
    np.testing.assert_allclose(ours.values, expected, rtol=1e-7, atol=1e-10)
    _, known = spectra(Series(x, 0.0, 64.0), starts, 64)
    assert np.flatnonzero(known).tolist() == [2 + i for i in range(40) if i not in {5, 20}]


@pytest.mark.parametrize("value", [np.nan, 0.0, 0.1, -1e300, 1e-300, np.inf])
def test_constants_are_not_known(value: float) -> None:
    found, known = spectra(Series(np.full(1000, value), 0.0, 100.0), np.arange(9.0), 100)
    assert not known.any()
    assert not found.any()


def test_the_last_digits_of_a_constant_are_no_signal_and_the_next_ones_are() -> None:
    values = np.full(100, 1e6)
    values[::2] = np.nextafter(1e6, 2e6)
    assert not spectra(Series(values, 0.0, 100.0), np.zeros(1), 100)[1].any()
    values[::2] = 1e6 * (1 + 1e-12)
    assert spectra(Series(values, 0.0, 100.0), np.zeros(1), 100)[1].all()


def test_no_windows_at_all() -> None:
    series = Series(np.arange(100.0), 0.0, 100.0)
    found, ours = measured(series, series, Windows(1.0, 1.0), np.empty(0))
    assert ours.windows == 0
    assert np.isnan(ours.values).all()
    assert np.isnan(ours.effective).all()
    for of in (found.main, found.pairs["Y"], found.pairs["Y"].other):
        assert np.isnan(spectral_density(of)).all()


@pytest.mark.parametrize(("t0", "within"), [(0.0, 1e-9), (1e9, 2e-5)])
def test_phases_are_those_at_the_start_also_between_samples(t0: float, within: float) -> None:
    """A sine at two rates that have no samples in common: at 1e9 s, times are doubles 0.1 µs apart."""
    starts = t0 + np.arange(12) * 0.717 + 0.0123
    found = []
    for rate, begins, phase in ((333.0, 0.0, 0.3), (250.0, 0.0017, -0.9)):
        times = begins + np.arange(int(10 * rate)) / rate
        values = 5 + 2 * np.sin(2 * np.pi * 20 * times + phase)
        found.append(spectra(Series(values, t0 + begins, rate), starts, round(rate)))
    (x, known), (y, _) = found
    assert known.all()
    seconds = starts - t0
    np.testing.assert_allclose(
        np.exp(1j * np.angle(x[:, 20])), np.exp(1j * (2 * np.pi * 20 * seconds + 0.3 - np.pi / 2)), atol=within
    )
    cross = x[:, 20] * y[:, 20].conj()
    np.testing.assert_allclose(np.angle(cross), 1.2, atol=within)
    ours = coherence(sums(*found), "Y")
    assert ours.values[20] == pytest.approx(1.0, abs=within**2 + 1e-12)
    # beside the sine's own frequency the windows, up to half a sample apart, are not quite the same
    np.testing.assert_allclose(ours.values[[19, 21]], 1.0, atol=(2 * np.pi * (0.5 / 333 + 0.5 / 250)) ** 2)


@pytest.mark.parametrize("late", [-0.049, -1e-9, 0.0, 1e-9, 0.049])
def test_the_nearest_samples_are_taken(late: float) -> None:
    """Also where a start is just before its sample; the last window is there on both sides."""
    series = Series(np.random.default_rng(10).standard_normal(100), 0.0, 10.0)
    exact, _ = spectra(series, np.array([0.0, 0.3, 9.0]), 10)
    found, known = spectra(series, np.array([0.0, 0.3, 9.0]) + late, 10)
    assert known.all()
    np.testing.assert_allclose(found, exact * np.exp(2j * np.pi * late * np.arange(6)), atol=1e-12)


LENGTHS = st.integers(0, 60)


@given(
    st.lists(st.tuples(LENGTHS, st.integers(1, 40)), max_size=5),
    st.integers(1, 20),
    st.integers(1, 10),
    st.sampled_from([0, 10**9]),
)
def test_windows_begin_every_stride_and_end_in_their_segment(
    pieces: list[tuple[int, int]], duration: int, stride: int, origin: int
) -> None:
    """On a lattice of 1/8 s, where nothing is rounded."""
    bounds, at = [], 0
    for length, gap in pieces:
        bounds.append((Fraction(at, 8), Fraction(at + length, 8)))
        at += length + gap
    expected = []
    for start, end in bounds:
        while start + Fraction(duration, 8) <= end:
            expected.append(float(origin + start))
            start += Fraction(stride, 8)
    segments = Segments.of((float(origin + a), float(origin + b)) for a, b in bounds)
    assert Windows(duration / 8, stride / 8).starts(segments).tolist() == expected


@pytest.mark.parametrize(
    ("end", "duration", "stride", "count"),
    [(1.0, 0.1, 0.1, 10), (0.3, 0.1, 0.1, 3), (0.7, 0.1, 0.1, 7), (100.0, 0.3, 0.1, 998), (0.0999, 0.1, 0.1, 0)],
)
def test_rounding_costs_no_window(end: float, duration: float, stride: float, count: int) -> None:
    starts = Windows(duration, stride).starts(Segments.of([(0.0, end)]))
    np.testing.assert_allclose(starts, stride * np.arange(count), atol=1e-12)


def test_rounding_of_gps_times_costs_no_window() -> None:
    for start in 1187008882 + np.arange(20) / 10:
        assert len(Windows(0.2, 0.1).starts(Segments.of([(start, start + 0.6)]))) == 5


def test_no_segments_have_no_windows() -> None:
    starts = Windows(1.0, 0.5).starts(Segments())
    assert len(starts) == 0
    assert starts.dtype == float


@pytest.mark.parametrize(
    ("duration", "rate", "size"),
    [
        (2.0, 1024.0, 2048),
        (0.5, 333.0, None),  # 166.5
        (0.1, 80.0, 8),
        (0.1, 70.0, None),  # seven
        (0.3, 10.0, None),
        (0.7, 30.0, 21),
        (0.29, 100.0, 29),  # 28.999999999999996
        (1.1, 1000.0, 1100),
        (1 / 3, 3000.0, 1000),
        (1.0, 100.0001, None),
        (0.001, 16384.0, None),
        (3600.0, 1 / 60, 60),
    ],
)
def test_a_window_is_a_whole_number_of_eight_samples_or_more(duration: float, rate: float, size: int | None) -> None:
    assert Windows(duration, duration / 2).size(rate) == size


def test_a_pair_ends_at_the_lower_nyquist_frequency_on_either_side() -> None:
    rng = np.random.default_rng(9)
    few, many = of_windows(rng, 10, 5), of_windows(rng, 10, 9)
    one, other = sums(few, many).pairs["Y"], sums(many, few).pairs["Y"]
    assert isinstance(one, PairSums)
    assert one.cross.shape == other.cross.shape == (5,)
    np.testing.assert_allclose(one.cross, other.cross.conj())
    np.testing.assert_allclose(coherence(sums(few, many), "Y").values, coherence(sums(many, few), "Y").values)


def test_windows_of_two_runs_do_not_follow_each_other() -> None:
    rng = np.random.default_rng(1)
    of = rng.standard_normal((7, 5, 2)).view(complex)[..., 0]
    known, runs = np.ones(7, bool), np.array([0, 0, 0, 1, 1, 1, 1])
    whole, first, second = (
        channel_sums(of[part], known[part], runs[part]) for part in (slice(None), slice(3), slice(3, None))
    )
    np.testing.assert_allclose(whole.lagged, first.lagged + second.lagged)
    assert whole.pairs.tolist() == (first.pairs + second.pairs).tolist() == [5, 3, 1, 0]
