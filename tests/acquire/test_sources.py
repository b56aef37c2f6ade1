"""Many files read as one recording: gaps, overlaps, damage, wildcards."""

import logging
import pickle
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import gwframe
import h5py
import numpy as np
import pytest
from gwframe.types import Compression
from hypothesis import given
from hypothesis import strategies as st

from culpa.acquire import hdf5
from culpa.acquire.datafiles import DataFile
from culpa.acquire.sources import Source, open_source, resolve_channels
from culpa.errors import ChannelNotFoundError, NoDataError, UsageError
from culpa.types import Floats, Segments

T0 = 1_000_000_000
RATE = 64
A, B = "K1:PEM-MIC_A", "K1:LSC-DARM_B"
DATA = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"


def ramp(start: float, end: float, rate: float = RATE) -> Floats:
    """Samples that tell their own time: s since T0, plus one."""
    return 1 + np.arange(round((start - T0) * rate), round((end - T0) * rate)) / rate


def frame(
    folder: Path, start: int, length: int, channels: Mapping[str, Floats] | None = None, name: str = "K-K1_TEST"
) -> Path:
    path = folder / f"{name}-{start}-{length}.gwf"
    values = channels or {A: ramp(start, start + length), B: -ramp(start, start + length)}
    rates = {channel: len(samples) / length for channel, samples in values.items()}
    gwframe.write(path, dict(values), float(start), rates, name="K1", unit="V")
    return path


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]


def test_files_in_any_order_read_as_one(tmp_path: Path) -> None:
    paths = [frame(tmp_path, T0 + start, 8) for start in (16, 0, 8)]
    source = open_source([paths[0], paths[2], paths[1], paths[0]])
    assert [file.start for file in source.files] == [T0, T0 + 8, T0 + 16]
    assert source.channels() == [B, A]
    assert source.sample_rate(A) == RATE
    series = source.read(A, T0 + 3.5, T0 + 20.25)
    assert (series.t0, series.sample_rate, series.channel, series.unit) == (T0 + 3.5, RATE, A, "V")
    assert series.values.dtype == np.float64
    np.testing.assert_array_equal(series.values, ramp(T0 + 3.5, T0 + 20.25))


def test_gaps_and_the_outside_are_nan(tmp_path: Path) -> None:
    frame(tmp_path, T0, 4), frame(tmp_path, T0 + 8, 4)
    source = open_source([tmp_path / "*.gwf"])
    assert source.segments() == Segments(((T0, T0 + 4), (T0 + 8, T0 + 12)))
    values = source.read(A, T0 - 2, T0 + 14).values
    expected = np.full(16 * RATE, np.nan)
    expected[2 * RATE : 6 * RATE], expected[10 * RATE : 14 * RATE] = ramp(T0, T0 + 4), ramp(T0 + 8, T0 + 12)
    np.testing.assert_array_equal(values, expected)
    assert np.isnan(source.read(A, T0 + 100, T0 + 101).values).all()
    assert len(source.read(A, T0 + 2, T0 + 2)) == 0


@given(st.lists(st.floats(T0 - 2, T0 + 18, allow_nan=False), min_size=2, max_size=6))
def test_neighbouring_reads_tile_what_one_read_gives(two_frames: Source, times: list[float]) -> None:
    edges = sorted(times)
    parts = [two_frames.read(A, start, end) for start, end in pairwise(edges)]
    whole = two_frames.read(A, edges[0], edges[-1])
    np.testing.assert_array_equal(np.concatenate([part.values for part in parts]), whole.values)
    assert parts[0].t0 == whole.t0 == pytest.approx(edges[0], abs=0.5 / RATE)


@pytest.fixture(scope="module")
def two_frames(tmp_path_factory: pytest.TempPathFactory) -> Source:
    folder = tmp_path_factory.mktemp("frames")
    return open_source([frame(folder, T0, 8), frame(folder, T0 + 8, 8)])


def test_where_files_overlap_the_earlier_start_wins_and_later_ones_fill_what_is_nan(tmp_path: Path) -> None:
    first = ramp(T0, T0 + 8)
    first[2 * RATE : 3 * RATE] = np.nan
    frame(tmp_path, T0, 8, {A: first})
    frame(tmp_path, T0 + 1, 8, {A: 1000 + ramp(T0 + 1, T0 + 9)})
    values = open_source([tmp_path]).read(A, T0, T0 + 9).values
    expected = ramp(T0, T0 + 9)
    expected[2 * RATE : 3 * RATE] += 1000
    expected[8 * RATE :] += 1000
    np.testing.assert_array_equal(values, expected)


def test_a_second_copy_of_a_file_is_not_opened(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    copy = tmp_path / "second" / f"K-K1_TEST-{T0}-8.gwf"
    copy.parent.mkdir()
    copy.write_bytes(b"damaged")
    source = open_source([frame(tmp_path, T0, 8), copy])
    np.testing.assert_array_equal(source.read(A, T0, T0 + 8).values, ramp(T0, T0 + 8))
    assert warnings(caplog) == []


@given(st.integers(0, 3), st.integers(-16, 32).map(lambda n: n / 8), st.integers(-16, 32).map(lambda n: n / 8))
def test_samples_off_the_grid_are_placed_within_half_a_sample(
    slow_frames: list[Source], quarters: int, start: float, length: float
) -> None:
    """Times of a file that are no multiple of its sampling interval, and requests between two samples."""
    series = slow_frames[quarters].read(A, T0 + 1 + start, T0 + 1 + start + max(0.0, length))
    times = series.t0 - T0 + np.arange(len(series))
    assert series.t0 == pytest.approx(T0 + 1 + start, abs=0.5)
    found = ~np.isnan(series.values)
    assert (np.abs(series.values - times)[found] <= 0.5).all()
    first = 1 + quarters / 4  # s since T0 of the first of 4 samples
    assert found[(times > first + 0.5) & (times < first + 2.5)].all()


def test_neighbouring_reads_tile_samples_off_the_grid_too(slow_frames: list[Source]) -> None:
    for source in slow_frames:
        parts = [source.read(A, T0 + second, T0 + second + 1).values for second in range(7)]
        np.testing.assert_array_equal(np.concatenate(parts), source.read(A, T0, T0 + 7).values)


@pytest.fixture(scope="module")
def slow_frames(tmp_path_factory: pytest.TempPathFactory) -> list[Source]:
    """At 1 Hz, each beginning a quarter of a sample later; the values are s since T0."""
    sources = []
    for quarters in range(4):
        path = tmp_path_factory.mktemp("slow") / f"K-K1_SLOW-{T0 + 1}-5.gwf"
        start = 1 + quarters / 4
        gwframe.write(path, {A: start + np.arange(4.0)}, T0 + start, 1.0, name="K1")
        sources.append(open_source([path]))
    return sources


def test_infinities_and_integers(tmp_path: Path) -> None:
    values = ramp(T0, T0 + 4)
    values[5:7] = [np.inf, -np.inf]
    frame(tmp_path, T0, 4, {A: values, "K1:INT": np.arange(4 * RATE, dtype=np.int16)})
    source = open_source([tmp_path])
    read = source.read(A, T0, T0 + 4).values
    assert np.flatnonzero(np.isnan(read)).tolist() == [5, 6]
    integers = source.read("K1:INT", T0, T0 + 4).values
    assert integers.dtype == np.float64
    np.testing.assert_array_equal(integers, np.arange(4 * RATE))


def test_samples_flagged_invalid_are_nan(tmp_path: Path) -> None:
    data = gwframe.Frame(float(T0), 4.0, name="K1", run=1)
    samples = np.ma.masked_array(np.arange(4.0 * RATE), mask=True)
    data.add_channel(A, samples, RATE, channel_type="adc")
    data.add_channel(B, np.arange(4.0 * RATE), RATE, channel_type="adc")
    path = tmp_path / f"K-K1_TEST-{T0}-4.gwf"
    data.write(path)
    source = open_source([path])
    assert np.isnan(source.read(A, T0, T0 + 4).values).all()
    np.testing.assert_array_equal(source.read(B, T0, T0 + 4).values, np.arange(4 * RATE))


def test_several_frames_in_a_file_with_a_gap_between(tmp_path: Path) -> None:
    path = tmp_path / f"K-K1_TEST-{T0}-12.gwf"
    with gwframe.FrameWriter(path) as writer:
        for start in (T0, T0 + 8):
            writer.write({A: ramp(start, start + 4)}, start=float(start), sample_rate=float(RATE), name="K1")
    values = open_source([path]).read(A, T0, T0 + 12).values
    expected = ramp(T0, T0 + 12)
    expected[4 * RATE : 8 * RATE] = np.nan
    np.testing.assert_array_equal(values, expected)


def test_a_damaged_file_is_a_gap_that_is_named_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    frame(tmp_path, T0, 4), frame(tmp_path, T0 + 8, 4)
    damaged = frame(tmp_path, T0 + 4, 4)
    damaged.write_bytes(damaged.read_bytes()[:-50])
    missing = tmp_path / f"K-K1_TEST-{T0 + 12}-4.gwf"
    (tmp_path / "all.ffl").write_text(
        "".join(f"K-K1_TEST-{T0 + start}-4.gwf {T0 + start} 4 0 0\n" for start in (0, 4, 8, 12))
    )
    source = open_source([tmp_path / "all.ffl"])
    for _ in range(2):
        for channel, sign in ((A, 1), (B, -1)):
            values = source.read(channel, T0, T0 + 16).values
            expected = sign * ramp(T0, T0 + 16)
            expected[4 * RATE : 8 * RATE] = np.nan
            expected[12 * RATE :] = np.nan
            np.testing.assert_array_equal(values, expected)
    assert len(warnings(caplog)) == 2
    assert warnings(caplog)[0].startswith(f"cannot read {damaged} (truncated or corrupt?): ")
    assert warnings(caplog)[1] == f"cannot read {missing}: no such file; its span is treated as a gap"


def test_the_only_file_being_damaged_is_an_error(tmp_path: Path) -> None:
    path = frame(tmp_path, T0, 4)
    path.write_bytes(path.read_bytes()[:1000])
    source = open_source([path])
    for ask in (source.channels, lambda: source.sample_rate(A), lambda: source.read(A, T0, T0 + 4)):
        with pytest.raises(NoDataError, match=f"cannot read {path}"):
            ask()


def test_a_channel_that_is_damaged_in_the_only_file(tmp_path: Path) -> None:
    path = tmp_path / f"K-K1_TEST-{T0}-4.gwf"
    values = ramp(T0, T0 + 4)
    gwframe.write(path, {A: values, B: -values}, float(T0), float(RATE), name="K1", compression=Compression.RAW)
    data = path.read_bytes()
    place = data.index(values.tobytes())
    path.write_bytes(data[:place] + bytes(8) + data[place + 8 :])
    source = open_source([path])
    np.testing.assert_array_equal(source.read(B, T0, T0 + 4).values, -values)
    with pytest.raises(NoDataError, match=f"cannot read {path}"):
        source.read(A, T0, T0 + 4)


def test_another_sampling_rate_is_a_named_gap(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    frame(tmp_path, T0, 4)
    other = frame(tmp_path, T0 + 4, 4, {A: ramp(T0 + 4, T0 + 8, 2 * RATE)})
    values = open_source([tmp_path]).read(A, T0, T0 + 8).values
    np.testing.assert_array_equal(values[: 4 * RATE], ramp(T0, T0 + 4))
    assert np.isnan(values[4 * RATE :]).all()
    assert warnings(caplog) == [f"{other} has {A} at 128 Hz, not 64 Hz as elsewhere; its span is treated as a gap"]


def test_a_file_without_the_channel_is_named_only_where_that_leaves_a_gap(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    frame(tmp_path, T0, 8, {B: ramp(T0, T0 + 8)}, name="A-FIRST")
    frame(tmp_path, T0, 8, {A: ramp(T0, T0 + 8)})
    source = open_source([tmp_path])
    np.testing.assert_array_equal(source.read(A, T0, T0 + 8).values, ramp(T0, T0 + 8))
    assert source.channels() == [B, A]
    assert warnings(caplog) == []
    lacking = frame(tmp_path, T0 + 8, 8, {B: ramp(T0, T0 + 8)})
    assert np.isnan(open_source([tmp_path]).read(A, T0, T0 + 16).values[8 * RATE :]).all()
    assert warnings(caplog) == [f"{lacking} has no channel {A}; its span is treated as a gap"]


def test_segments_of_a_channel_leave_out_families_without_it(tmp_path: Path) -> None:
    frame(tmp_path, T0, 4, {B: ramp(T0, T0 + 4)}, name="A-OTHER")
    frame(tmp_path, T0 + 8, 4, {B: ramp(T0, T0 + 4)})
    frame(tmp_path, T0 + 12, 4, {A: ramp(T0, T0 + 4)})
    source = open_source([tmp_path])
    assert source.segments(A) == Segments(((T0 + 8, T0 + 16),))
    assert source.segments(B) == source.segments() == Segments(((T0, T0 + 4), (T0 + 8, T0 + 16)))


def test_wrong_channel_names_the_near_ones(two_frames: Source) -> None:
    with pytest.raises(ChannelNotFoundError) as caught:
        two_frames.read("K1:PEM-MIC_C", T0, T0 + 1)
    assert caught.value.message.startswith("no channel 'K1:PEM-MIC_C' in ")
    assert caught.value.message.endswith("and 1 further files")
    assert caught.value.hint.startswith(f"did you mean {A}")


def test_channel_patterns(two_frames: Source) -> None:
    assert resolve_channels(two_frames, ["K1:*"]) == [B, A]
    assert resolve_channels(two_frames, [A, "K1:LSC-*", "*_[AB]"]) == [A, B]
    with pytest.raises(ChannelNotFoundError, match=r"no channel 'K1:PEM-MIX\*'"):
        resolve_channels(two_frames, [A, "K1:PEM-MIX*"])
    with pytest.raises(ChannelNotFoundError, match="no channel 'k1:PEM-MIC_A'"):
        resolve_channels(two_frames, ["k1:PEM-MIC_A"])


def test_a_channel_that_begins_later_is_found(tmp_path: Path) -> None:
    frame(tmp_path, T0, 4, {B: ramp(T0, T0 + 4)})
    frame(tmp_path, T0 + 4, 4)
    assert resolve_channels(open_source([tmp_path]), [A]) == [A]


def test_opening_touches_no_file_whose_span_is_stated(tmp_path: Path) -> None:
    listed = "".join(f"/nowhere/K-K1_TEST-{T0 + 32 * k}-32.gwf {T0 + 32 * k} 32 0 0\n" for k in range(1000))
    (tmp_path / "month.ffl").write_text(listed)
    source = open_source([tmp_path / "month.ffl"])
    assert source.segments() == Segments(((T0, T0 + 32000),))
    assert [file.start for file in source.between(T0 + 40, T0 + 97).files] == [T0 + 32, T0 + 64, T0 + 96]


def test_a_part_of_a_source_has_the_files_that_overlap_it() -> None:
    files = (
        DataFile(T0, T0 + 100, "long.gwf"),
        DataFile(T0 + 10, T0 + 20, "a.gwf"),
        DataFile(T0 + 30, T0 + 40, "b.gwf"),
    )
    assert Source(files).between(T0 + 20, T0 + 30).files == files[:1]
    assert Source(files).between(T0 + 19, T0 + 31).files == files
    assert Source(files).between(T0 + 100, T0 + 200).files == ()


def test_a_name_without_a_span_is_looked_up_in_the_file(tmp_path: Path) -> None:
    path = frame(tmp_path, T0, 4).rename(tmp_path / "odd.gwf")
    assert open_source([path]).files == (DataFile(T0, T0 + 4, str(path)),)
    path.write_bytes(b"")
    with pytest.raises(NoDataError, match=f"cannot read {path}"):
        open_source([path])


def test_a_file_that_cannot_be_placed_is_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    kept = frame(tmp_path, T0, 4)
    (tmp_path / "odd.gwf").write_bytes(b"")
    assert [file.path for file in open_source([tmp_path]).files] == [str(kept)]
    assert len(warnings(caplog)) == 1
    assert warnings(caplog)[0].startswith(f"cannot read {tmp_path / 'odd.gwf'}")


def test_a_path_that_looks_like_a_pattern(tmp_path: Path) -> None:
    (tmp_path / "[1]").mkdir()
    path = frame(tmp_path / "[1]", T0, 4)
    assert [file.path for file in open_source([path]).files] == [str(path)]


def test_what_cannot_be_meant(tmp_path: Path) -> None:
    with pytest.raises(NoDataError, match=r"no file matches .*none-\*\.gwf"):
        open_source([tmp_path / "none-*.gwf"])
    with pytest.raises(NoDataError, match=r"the folder .* has no file that ends in \.gwf"):
        open_source([tmp_path])
    with pytest.raises(NoDataError, match=r"no file matches an empty name"):
        open_source([""])
    (tmp_path / "empty.ffl").touch()
    with pytest.raises(NoDataError, match=r"no file is named in .*empty\.ffl"):
        open_source([tmp_path / "empty.ffl"])
    (tmp_path / "notes.txt").write_text("")
    with pytest.raises(UsageError, match=r"cannot read files like .*notes\.txt"):
        open_source([tmp_path / "notes.txt"])


def test_a_source_survives_the_trip_to_a_worker(two_frames: Source) -> None:
    copy = pickle.loads(pickle.dumps(two_frames))
    assert copy == two_frames
    np.testing.assert_array_equal(copy.read(A, T0, T0 + 1).values, ramp(T0, T0 + 1))


def gwosc(path: Path, start: int, values: Floats) -> Path:
    with h5py.File(path, "w") as file:
        strain = file.create_dataset("strain/Strain", data=values)
        strain.attrs.update({"Xstart": start, "Xspacing": 1 / RATE, "Yunits": ""})
        file["meta/Detector"] = "K1"
    return path


def test_gwosc_hdf5_answers_to_any_strain_of_its_detector(tmp_path: Path) -> None:
    for start in (T0, T0 + 4):
        gwosc(tmp_path / f"K-K1_GWOSC_4KHZ_R1-{start}-4.hdf5", start, ramp(start, start + 4))
    source = open_source([tmp_path / "*.hdf5"])
    assert source.channels() == ["K1:GWOSC-STRAIN"]
    for channel in ("K1:GWOSC-STRAIN", "K1:CAL-CS_PROC_DARM_STRAIN"):
        np.testing.assert_array_equal(source.read(channel, T0 + 1, T0 + 7).values, ramp(T0 + 1, T0 + 7))
    for channel in ("H1:GWOSC-STRAIN", "K1:GWOSC-STRAIN_2", "K1:GWOSC-DQMASK"):
        with pytest.raises(ChannelNotFoundError, match="did you mean K1:GWOSC-STRAIN"):
            source.read(channel, T0, T0 + 1)


def test_no_more_of_an_hdf5_file_is_loaded_than_asked(tmp_path: Path) -> None:
    path = gwosc(tmp_path / "any.hdf5", T0, ramp(T0, T0 + 8))
    for start, end in ((2, 3), (-1, 1), (7, 9)):
        (piece,) = hdf5.pieces(str(path), "K1:GWOSC-STRAIN", T0 + start, T0 + end)
        assert (piece.t0, piece.end) == (T0 + max(0, start), T0 + min(8, end))
    assert list(hdf5.pieces(str(path), "K1:GWOSC-STRAIN", T0 + 8, T0 + 9)) == []


def test_hdf5_as_gwpy_writes_it(tmp_path: Path) -> None:
    from gwpy.timeseries import TimeSeries, TimeSeriesDict

    written = TimeSeriesDict()
    for channel, rate in ((A, RATE), (B, 1)):
        written[channel] = TimeSeries(ramp(T0, T0 + 8, rate), t0=T0, sample_rate=rate, name=channel, unit="V")
    written.write(tmp_path / "any.h5")
    source = open_source([tmp_path / "any.h5"])
    assert source.segments() == Segments(((T0, T0 + 8),))
    assert sorted(source.channels()) == sorted([A, B])
    for channel, rate in ((A, RATE), (B, 1)):
        series = source.read(channel, T0 + 2, T0 + 10)
        expected = ramp(T0 + 2, T0 + 10, rate)
        expected[6 * rate :] = np.nan
        np.testing.assert_array_equal(series.values, expected)
        assert (series.sample_rate, series.unit) == (rate, "V")


def test_damaged_hdf5_is_a_named_gap(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    gwosc(tmp_path / f"K-K1_GWOSC-{T0}-4.hdf5", T0, ramp(T0, T0 + 4))
    path = gwosc(tmp_path / f"K-K1_GWOSC-{T0 + 4}-4.hdf5", T0 + 4, ramp(T0 + 4, T0 + 8))
    path.write_bytes(path.read_bytes()[:-100])
    values = open_source([tmp_path]).read("K1:X-STRAIN", T0, T0 + 8).values
    np.testing.assert_array_equal(values[: 4 * RATE], ramp(T0, T0 + 4))
    assert np.isnan(values[4 * RATE :]).all()
    assert len(warnings(caplog)) == 1
    assert warnings(caplog)[0].startswith(f"cannot read {path} (truncated or corrupt?): ")


@pytest.mark.skipif(not (DATA / "gw150914").is_dir(), reason="the shared data are not here")
def test_the_gw150914_files_hold_the_same_samples() -> None:
    start, channel = 1126259446, "H1:LOSC-STRAIN"
    frames, tables = (open_source([DATA / "gw150914" / f"*.{ending}"]) for ending in ("gwf", "hdf5"))
    assert frames.channels() == ["H1:LOSC-DQMASK", "H1:LOSC-INJMASK", channel]
    one, two = (source.read(channel, start, start + 32) for source in (frames, tables))
    assert len(one) == 32 * 4096
    assert one.sample_rate == two.sample_rate == 4096
    np.testing.assert_array_equal(one.values, two.values)
    assert frames.segments(channel) == tables.segments(channel) == Segments(((start, start + 32),))
