"""Trigger files of many programs, folders and channels read as one search."""

import logging
import os
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import uproot

from culpa import names
from culpa.acquire import triggerfiles
from culpa.acquire.triggerlists import load_lists
from culpa.acquire.triggerpaths import trigger_paths
from culpa.errors import NoDataError, UsageError
from culpa.types import TRIGGER_COLUMNS, Events, Segments

CHANNEL, OTHER = "K1:PEM-MIC_A_DQ", "K1:VIS-TM_B_DQ"
T = 1_000_000_000


def ours(
    path: Path, times: list[float], snr: float = 8.0, channel: str = CHANNEL, live: tuple[float, float] = (0, 64)
) -> Path:
    """A file of culpa; times and live time count from T."""
    time = T + np.array(times, dtype=float)
    events = Events({"time": time, "frequency": np.full(len(time), 100.0), "snr": np.full(len(time), snr)})
    span = (T + live[0], T + live[1])
    triggerfiles.write(events, path, channel=channel, span=span, searched=Segments.of([span]))
    return path


def foreign(path: Path, times: list[float], channels: list[Any] | None = None, **more: Any) -> Path:
    """An HDF5 file of another program; times count from T."""
    columns = {"time": T + np.array(times, dtype=float), "snr": np.full(len(times), 8.0)}
    columns |= {name: np.array(values) for name, values in more.items()}
    kinds: list[tuple[str, Any]] = [(name, column.dtype) for name, column in columns.items()]
    table = np.empty(len(times), [*kinds, *([("channel", h5py.string_dtype())] if channels is not None else [])])
    for name, column in columns.items():
        table[name] = column
    if channels is not None:
        table["channel"] = channels
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        file["triggers"] = table
    return path


def times(events: Mapping[str, Events]) -> dict[str, list[float]]:
    return {channel: (table["time"] - T).tolist() for channel, table in events.items()}


def test_the_channel_is_a_column_that_takes_no_memory(tmp_path: Path) -> None:
    events, _ = load_lists([ours(tmp_path / "a.h5", [1, 2]), ours(tmp_path / "b.h5", [], channel=OTHER)])
    assert events[CHANNEL]["channel"].tolist() == [CHANNEL] * 2
    assert events[OTHER]["channel"].tolist() == []
    assert events[CHANNEL]["channel"].strides == (0,)
    assert events[CHANNEL].take([True, False])["channel"].tolist() == [CHANNEL]


def test_rows_of_many_channels_in_one_file(tmp_path: Path) -> None:
    path = tmp_path / f"K1-TRIGGERS-{T}-64.h5"
    events, searched = load_lists([foreign(path, [3, 1, 2], [OTHER, CHANNEL, OTHER])])
    assert times(events) == {CHANNEL: [1], OTHER: [2, 3]}
    assert searched == dict.fromkeys([CHANNEL, OTHER], Segments.of([(T, T + 64)]))


def test_rows_that_name_no_channel_are_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / f"K1-PEM_MIC_A_DQ_OMICRON-{T}-64.h5"
    events, _ = load_lists([foreign(path, [1, 2, 3], ["", OTHER, CHANNEL])])
    assert times(events) == {CHANNEL: [1, 3], OTHER: [2]}


def test_a_channel_that_is_quiet_in_one_of_the_files_was_searched_there_too(tmp_path: Path) -> None:
    files = [
        foreign(tmp_path / f"K1-TRIGGERS-{T}-64.h5", [1, 2], [CHANNEL, OTHER]),
        foreign(tmp_path / f"K1-TRIGGERS-{T + 64}-64.h5", [65], [CHANNEL]),
        foreign(tmp_path / f"K1-TRIGGERS-{T + 128}-64.h5", [], []),
        foreign(tmp_path / f"K1-OTHERS-{T + 192}-64.h5", [200], ["K1:X-Y"]),
    ]
    events, searched = load_lists(files)
    assert times(events) == {CHANNEL: [1, 65], OTHER: [2], "K1:X-Y": [200]}
    assert searched[CHANNEL] == searched[OTHER] == Segments.of([(T, T + 192)])
    assert searched["K1:X-Y"] == Segments.of([(T + 192, T + 256)])


@pytest.mark.parametrize(
    ("name", "channel"),
    [
        (f"K1-PEM_MIC_A_OMICRON-{T}-64", "K1:PEM-MIC_A"),
        (f"K1-PEM_MIC_A_Omicron-{T}-64", "K1:PEM-MIC_A"),
        (f"K1-PEM_MIC_A-{T}-64", "K1:PEM-MIC_A"),
        ("K1-PEM_MIC_A_omicron", "K1:PEM-MIC_A"),
        ("K1:PEM-MIC_A", "K1:PEM-MIC_A"),
        ("PEM_MIC_A", "PEM-MIC_A"),
        ("pressure", "pressure"),
        ("K1-", "K1-"),
        ("ö ü_\n", "ö ü-\n"),
    ],
)
def test_the_channel_in_a_name(tmp_path: Path, name: str, channel: str) -> None:
    path = foreign(tmp_path / f"{name}.h5", [1])
    assert times(load_lists([path])[0]) == {channel: [1]}
    assert triggerfiles.read(path)["channel"].tolist() == [channel]


def test_a_stated_channel_counts_more_than_the_name_and_less_than_rows(tmp_path: Path) -> None:
    stated = foreign(tmp_path / f"K1-PEM_X-{T}-64.h5", [])
    rows = foreign(tmp_path / f"K1-PEM_Y-{T}-64.h5", [1], [OTHER])
    for path in (stated, rows):
        with h5py.File(path, "a") as file:
            file["triggers"].attrs["channel"] = CHANNEL
    assert times(load_lists([stated, rows])[0]) == {CHANNEL: [], OTHER: [1]}


def test_live_time_is_unknown_where_a_file_does_not_say(tmp_path: Path) -> None:
    files = [
        foreign(tmp_path / f"K1-PEM_A-{T}-64.h5", [1]),
        foreign(tmp_path / "K1-PEM_A.h5", [100]),
        foreign(tmp_path / f"K1-PEM_B-{T}-64.h5", [1]),
        foreign(tmp_path / "pressure.h5", [2, 1]),
        ours(tmp_path / "labelled.h5", [], channel=OTHER),
    ]
    events, searched = load_lists(files)
    assert times(events) == {"K1:PEM-A": [1, 100], "K1:PEM-B": [1], "pressure": [1, 2], OTHER: []}
    assert searched == dict.fromkeys(["K1:PEM-B", OTHER], Segments.of([(T, T + 64)]))


def test_the_same_span_in_two_folders_counts_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    name = names.trigger_file(CHANNEL, T, T + 64, "h5").name
    one, two = ours(tmp_path / "a" / name, [1, 2], snr=7), ours(tmp_path / "b" / name, [2, 3], snr=9)
    events, searched = load_lists([two, one])
    assert (times(events), searched[CHANNEL].livetime) == ({CHANNEL: [1, 2]}, 64)
    assert events[CHANNEL]["snr"].tolist() == [7, 7]
    assert caplog.messages == [f"{two}: 64 s were searched by an earlier file, whose triggers count"]
    shutil.copytree(tmp_path / "b", tmp_path / "c")
    caplog.clear()
    load_lists(trigger_paths([tmp_path]))
    assert caplog.messages == [f"{two} and 1 further file: 128 s were searched by earlier files, whose triggers count"]


def test_of_formats_in_two_folders_the_better_one_counts(tmp_path: Path) -> None:
    xml = ours(tmp_path / "a" / f"K1-PEM_MIC_A_DQ_OMICRON-{T}-64.xml.gz", [1], snr=7)
    root = ours(tmp_path / "b" / f"K1-PEM_MIC_A_DQ_OMICRON-{T}-64.root", [1], snr=9)
    assert load_lists([xml, root])[0][CHANNEL]["snr"].tolist() == [9]


def test_files_of_one_name_may_hold_two_channels(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    name = f"K1-TRIGGERS-{T}-64.h5"
    files = [foreign(tmp_path / "a" / name, [1], [CHANNEL]), ours(tmp_path / "b" / name, [2], channel=OTHER)]
    assert times(load_lists(files)[0]) == {CHANNEL: [1], OTHER: [2]}
    assert not caplog.records


def test_overlapping_files_of_other_programs(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    files = [
        foreign(tmp_path / f"K1-PEM_A-{T + 60}-60.h5", [60, 63.75, 64, 100]),
        foreign(tmp_path / f"K1-PEM_A-{T}-64.h5", [1, 60, 63.75]),
    ]
    events, searched = load_lists(files)
    assert times(events) == {"K1:PEM-A": [1, 60, 63.75, 64, 100]}
    assert searched["K1:PEM-A"].livetime == 120
    assert f"{files[0]}: 4 s were searched by an earlier file" in caplog.text


def test_equal_rows_count_once_only_where_another_file_has_them(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    one = foreign(tmp_path / "a" / "x.h5", [1, 1, 2])
    assert times(load_lists([one])[0]) == {"x": [1, 1, 2]}
    two = foreign(tmp_path / "b" / "x.h5", [2, 3, 3])
    assert times(load_lists([one, two])[0]) == {"x": [1, 1, 2, 3, 3]}
    assert caplog.messages == [f"{two}: 1 triggers are in an earlier file too, and count once"]


def test_a_file_of_unknown_live_time_adds_nothing_to_what_was_searched(tmp_path: Path) -> None:
    dated = foreign(tmp_path / f"K1-PEM_A-{T}-64.h5", [1])
    undated = foreign(tmp_path / "K1-PEM_A.h5", [1.5, 64, 70])
    assert times(load_lists([undated, dated])[0]) == {"K1:PEM-A": [1, 64, 70]}


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_rows_without_a_time_are_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture, bad: float) -> None:
    path = foreign(tmp_path / "x.h5", [1, bad, 2, bad])
    assert times(load_lists([path])[0]) == {"x": [1, 2]}
    assert caplog.messages == [f"{path}: 2 rows without a time are left out"]
    assert times(load_lists([foreign(path, [bad])])[0]) == {"x": []}


def test_one_file_given_twice(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = ours(tmp_path / f"K1-PEM_MIC_A_DQ_OMICRON-{T}-64.h5", [1, 2])
    (tmp_path / "link.h5").symlink_to(path)
    (tmp_path / "x.lcf").write_text(f"{path.name}\n")
    monkeypatch.chdir(tmp_path)
    events, _ = load_lists(trigger_paths([".", path, path.name, "x.lcf"]))
    assert times(events) == {CHANNEL: [1, 2]}
    (message,) = caplog.messages
    assert message.endswith("and 3 further files: given more than once, read once")


def damage(path: Path, how: str) -> None:
    whole = path.read_bytes()
    if how == "missing":
        path.unlink()
    elif how == "folder":
        path.unlink()
        path.mkdir()
    else:
        path.write_bytes({"truncated": whole[: len(whole) // 2], "empty": b"", "garbage": b"\x00" * 999}[how])


@pytest.mark.parametrize("how", ["truncated", "empty", "garbage", "missing", "folder"])
@pytest.mark.parametrize("form", ["h5", "hdf5", "root", "xml", "xml.gz"])
def test_an_unreadable_file_among_others(tmp_path: Path, caplog: pytest.LogCaptureFixture, form: str, how: str) -> None:
    good = ours(tmp_path / "good" / f"K1-PEM_MIC_A_DQ_OMICRON-{T}-64.h5", [1])
    bad = ours(tmp_path / f"K1-VIS_TM_B_DQ_OMICRON-{T}-64.{form}", [1, 2, 3], channel=OTHER)
    damage(bad, how)
    events, searched = load_lists([good, bad])
    assert (set(events), set(searched)) == ({CHANNEL}, {CHANNEL})
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.message.startswith(f"cannot read the trigger file {bad}: ")
    assert record.message.endswith("; it is left out")
    assert "\n" not in record.message
    with pytest.raises(NoDataError, match="cannot read the trigger file"):
        load_lists([bad])


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_file_that_must_not_be_read(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    bad = ours(tmp_path / "bad.h5", [1])
    bad.chmod(0)
    load_lists([ours(tmp_path / "good.h5", [1], channel=OTHER), bad])
    assert f"cannot read the trigger file {bad}: " in caplog.text


def test_nothing_that_can_be_read(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    paths = [tmp_path / f"{n}.h5" for n in range(3)]
    with pytest.raises(NoDataError, match=r"none of 3 trigger files can be read; cannot read the trigger file .*0\.h5"):
        load_lists(paths)
    with pytest.raises(NoDataError, match="there is no trigger file to read"):
        load_lists([])
    assert not caplog.records


def test_a_file_without_snr_names_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as file:
        file["triggers"] = np.zeros(3, dtype=[("time", float), ("loudness", float)])
    with pytest.raises(NoDataError, match=r"no column snr or rho; its columns: loudness, time"):
        load_lists([path])


def test_a_listed_file_of_another_kind_is_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    good = ours(tmp_path / "good.h5", [1])
    (tmp_path / "x.lcf").write_text("good.h5\nraw.gwf\n")
    assert times(load_lists(trigger_paths([tmp_path / "x.lcf"]))[0]) == {CHANNEL: [1]}
    assert caplog.messages == [f"{tmp_path / 'raw.gwf'} is not a trigger file; it is left out"]
    with pytest.raises(UsageError, match=r"raw\.gwf is not a trigger file"):
        load_lists([good.with_name("raw.gwf")])


def test_root_rows_of_many_channels(tmp_path: Path) -> None:
    import awkward as ak

    path = tmp_path / f"K1-TRIGGERS-{T}-64.root"
    with uproot.recreate(path) as file:
        file["triggers"] = {
            "time": T + np.array([1.0, 2.0, 3.0]),
            "snr": np.full(3, 8.0),
            "channel": ak.Array([CHANNEL, OTHER, CHANNEL]),
        }
    assert times(load_lists([path])[0]) == {CHANNEL: [1, 3], OTHER: [2]}


def test_hundreds_of_files_take_no_time(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    for number in range(200):
        time_of = T + np.sort(rng.uniform(0, 14400, 300))
        events = Events({name: rng.uniform(8, 9, 300) for name in TRIGGER_COLUMNS} | {"time": time_of})
        channel = f"K1:PEM-{number}"
        path = tmp_path / names.trigger_file(channel, T, T + 14400, "h5")
        triggerfiles.write(events, path, channel=channel, span=(T, T + 14400), searched=Segments.of([(T, T + 14400)]))
    started = time.process_time()
    events_of, _ = load_lists(trigger_paths([tmp_path]))
    assert time.process_time() - started < 2  # 0.2 s on a core of 2020
    assert sum(map(len, events_of.values())) == 60_000
