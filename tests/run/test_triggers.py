import logging

import h5py
import numpy as np
import pytest

from culpa import names
from culpa.acquire.sources import open_source
from culpa.acquire.triggerfolder import load_triggers
from culpa.detect.settings import SearchSettings
from culpa.errors import NoDataError, UsageError
from culpa.run.triggers import ChannelResult, plan_jobs, search_channels, warn
from culpa.types import Events, Segments

RATE = 512
SETTINGS = SearchSettings(segment=16.0, overlap=2.0, psd_length=64.0, chunk=64.0, snr=5.0)


def write(path, start, channels, rate=RATE):
    """A file in the layout of gwpy's HDF5 time series."""
    with h5py.File(path, "w") as file:
        for name, values in channels.items():
            data = file.create_dataset(name, data=values)
            data.attrs.update({"x0": float(start), "dx": 1 / rate, "channel": name, "name": name, "unit": ""})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two stretches (300 s and 100 s) in files of 100 s, three channels: noise with glitches, constant, NaN."""
    path = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(0)
    for start in (1000, 1100, 1200, 1500):
        noise = rng.standard_normal(100 * RATE)
        for at in range(5, 100, 10):
            noise[at * RATE : at * RATE + 20] += rng.uniform(6, 12)
        channels = {
            "X1:A-GLITCHY": noise,
            "X1:B-FLAT": np.full(100 * RATE, 1.0),
            "X1:C-EMPTY": np.full(100 * RATE, np.nan),
        }
        write(path / f"X-X1_TEST-{start}-100.h5", start, channels)
    return path


def run(folder, output, channels=("X1:A-GLITCHY",), settings=SETTINGS, workers=1, formats=("hdf5",), within=None):
    source = open_source([str(folder / "*.h5")])
    jobs = plan_jobs(source, channels, settings, within)
    return list(search_channels(jobs, output, formats, workers))


def table(output, channel="X1:A-GLITCHY"):
    events, _ = load_triggers(output)
    return {name: events[channel][name].tolist() for name in ("time", "snr", "frequency", "q", "tstart", "tend")}


def test_triggers_do_not_depend_on_processes_or_chunks(folder, tmp_path):
    run(folder, tmp_path / "one")
    reference = table(tmp_path / "one")
    assert len(reference["time"]) >= 36
    run(folder, tmp_path / "two", workers=2)
    assert table(tmp_path / "two") == reference
    for chunk in (20.0, 128.0, 10000.0):
        output = tmp_path / str(chunk)
        (result,) = run(folder, output, settings=SearchSettings(**{**vars(SETTINGS), "chunk": chunk}))
        assert table(output) == reference
        assert len(result.files) == {20.0: 7, 128.0: 4, 10000.0: 2}[chunk]
    one, two = (sorted(path.rglob("*.h5")) for path in (tmp_path / "one", tmp_path / "two"))
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]


def test_no_event_is_lost_or_doubled_at_borders(folder, tmp_path):
    run(folder, tmp_path)
    times = np.array(table(tmp_path)["time"])
    injected = [start + at for start in (1000, 1100, 1200, 1500) for at in range(5, 100, 10)]
    for at in injected:
        assert np.count_nonzero(np.abs(times - at) < 0.3) == 1


def test_searched_time_is_what_files_say(folder, tmp_path):
    (result,) = run(folder, tmp_path)
    _, searched = load_triggers(tmp_path)
    assert searched["X1:A-GLITCHY"] == Segments(((1001.0, 1299.0), (1501.0, 1599.0)))
    assert result.livetime == pytest.approx(396)
    spans = sorted((name.start, name.end) for name in map(names.parse, result.files) if name)
    assert spans[0][0] == 1001
    assert spans[-1][1] == 1599


def test_useless_channels_are_named_and_get_empty_valid_files(folder, tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        results = run(folder, tmp_path, ("X1:B-FLAT", "X1:C-EMPTY"))
    assert [result.triggers for result in results] == [0, 0]
    assert all(result.files for result in results)
    events, searched = load_triggers(tmp_path)
    assert {name: len(of) for name, of in events.items()} == {"X1:B-FLAT": 0, "X1:C-EMPTY": 0}
    assert all(segments.livetime == 0 for segments in searched.values())
    warn(results)
    assert caplog.messages == ["X1:B-FLAT: constant", "X1:C-EMPTY: no valid samples: all are missing or NaN"]


def test_slow_channels_are_named_and_get_empty_valid_files(folder, tmp_path, caplog):
    settings = SearchSettings(**{**vars(SETTINGS), "sample_rate": 1024.0})
    (result,) = run(folder, tmp_path, settings=settings)
    assert result.triggers == 0
    assert result.files
    warn([result])
    assert caplog.messages == ["X1:A-GLITCHY: sampled at 512 Hz, below the 1024 Hz asked for"]


def test_a_remark_is_logged_once_for_all_channels(caplog):
    one, two = ChannelResult("X1:A"), ChannelResult("X1:B")
    for result, times in ((one, 3), (two, 4)):
        for _ in range(4):
            result.count(Events.empty(), Segments())
        result.remarks.update({"strange": times, "odd": 4})
    warn([one, two])
    assert caplog.messages == ["X1:A: strange (in 3 of 4 parts)", "all channels: odd", "X1:B: strange"]


def test_the_loudest_trigger_is_kept():
    result = ChannelResult("X1:A")
    for snr in ([], [7.0, 9.0], [8.0, 9.0]):
        times = np.arange(len(snr)) + 100.0 * result.parts
        result.count(Events({"time": times, "snr": np.array(snr)}), Segments(((0.0, 10.0),)))
    assert (result.triggers, result.livetime, result.parts) == (4, 30.0, 3)
    assert (result.loudest["time"].tolist(), result.loudest["snr"].tolist()) == ([101.0], [9.0])


def test_files_of_an_earlier_search_are_replaced(folder, tmp_path):
    run(folder, tmp_path, settings=SearchSettings(**{**vars(SETTINGS), "chunk": 20.0}), formats=("hdf5", "xml"))
    assert len(list(tmp_path.rglob("*.xml.gz"))) == 7
    other = tmp_path / "X1" / "OTHER_OMICRON" / "00001" / "X1-OTHER_OMICRON-1001-10.h5"
    other.parent.mkdir(parents=True)
    other.write_bytes(b"")
    (result,) = run(folder, tmp_path, settings=SearchSettings(**{**vars(SETTINGS), "chunk": 10000.0}))
    left = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    assert left == sorted([*result.files, other])


def test_only_what_is_asked_for(folder, tmp_path):
    run(folder, tmp_path, within=Segments.of([(1040.0, 1100.0)]))
    _, searched = load_triggers(tmp_path)
    assert searched["X1:A-GLITCHY"] == Segments(((1040.0, 1100.0),))
    part = table(tmp_path)
    run(folder, tmp_path / "all")
    everything = table(tmp_path / "all")
    chosen = [i for i, time in enumerate(everything["time"]) if 1040 <= time < 1100]
    assert len(chosen) >= 5
    assert part == {name: [column[i] for i in chosen] for name, column in everything.items()}


def test_a_search_of_a_part_keeps_what_was_there(folder, tmp_path, caplog):
    whole = run(folder, tmp_path)[0].files
    with caplog.at_level(logging.WARNING):
        run(folder, tmp_path, within=Segments.of([(1040.0, 1100.0)]))
    assert all(path.exists() for path in whole)
    assert "overlaps what was written now; it is kept" in caplog.text
    events, _ = load_triggers(tmp_path)
    times = events["X1:A-GLITCHY"]["time"]
    assert len(set(times.tolist())) == len(times)


def test_channels_whose_files_would_have_the_same_name(tmp_path):
    noise = np.random.default_rng(1).standard_normal(100 * RATE)
    write(tmp_path / "X-X1_TEST-1000-100.h5", 1000, {"X1:A-B_C": noise, "X1:A_B-C": noise})
    with pytest.raises(UsageError, match="X1:A-B_C and X1:A_B-C would be written to files of the same name"):
        run(tmp_path, tmp_path / "out", ("X1:A-B_C", "X1:A_B-C"))


def test_nothing_to_search(folder, tmp_path):
    with pytest.raises(NoDataError, match="at least 4 s"):
        run(folder, tmp_path, within=Segments.of([(1310.0, 1400.0)]))
