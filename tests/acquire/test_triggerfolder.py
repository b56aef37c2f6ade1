"""A folder of trigger files read as one search."""

import logging
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from culpa import names
from culpa.acquire import triggerfiles
from culpa.acquire.triggerfolder import load_triggers, trigger_files
from culpa.errors import NoDataError
from culpa.types import TRIGGER_COLUMNS, Events, Segments

CHANNEL = "K1:PEM-MIC_BOOTH_OUT_DQ"


def events_at(times: list[float], snr: float = 8.0) -> Events:
    time = np.array(times, float)
    columns = {name: np.full(len(time), 1.0) for name in TRIGGER_COLUMNS}
    return Events(columns | {"time": time, "tstart": time - 0.1, "tend": time + 0.1, "snr": np.full(len(time), snr)})


def write(
    folder: Path,
    start: float,
    end: float,
    times: list[float],
    form: str = "h5",
    channel: str = CHANNEL,
    snr: float = 8.0,
) -> Path:
    path = folder / names.trigger_file(channel, start, end, form)
    searched = Segments.of([(start, end)])
    triggerfiles.write(events_at(times, snr), path, channel=channel, span=(start, end), searched=searched)
    return path


def test_files_of_a_channel_become_one_table_in_order_of_time(tmp_path: Path) -> None:
    other = "K1:VIS-ETMX_TM_OPLEV_PIT_DQ"
    write(tmp_path, 1e9 + 64, 1e9 + 128, [1e9 + 100, 1e9 + 70])
    write(tmp_path, 1e9, 1e9 + 64, [1e9 + 3])
    write(tmp_path, 1e9 + 200, 1e9 + 264, [], channel=other)
    events, searched = load_triggers(tmp_path)
    assert set(events) == set(searched) == {CHANNEL, other}
    assert events[CHANNEL]["time"].tolist() == [1e9 + 3, 1e9 + 70, 1e9 + 100]
    assert searched[CHANNEL] == Segments.of([(1e9, 1e9 + 128)])
    assert (len(events[other]), searched[other].livetime) == (0, 64)


def test_live_time_is_what_the_file_says_not_its_name(tmp_path: Path) -> None:
    path = tmp_path / names.trigger_file(CHANNEL, 1e9, 1e9 + 64, "root")
    live = Segments.of([(1e9 + 1.5, 1e9 + 20), (1e9 + 30, 1e9 + 63.25)])
    triggerfiles.write(events_at([]), path, channel=CHANNEL, span=(1e9, 1e9 + 64), searched=live)
    assert load_triggers(tmp_path)[1] == {CHANNEL: live}


@settings(max_examples=20, deadline=None)
@given(forms=st.sets(st.sampled_from(["xml.gz", "root", "h5"]), min_size=1))
def test_of_one_span_the_best_format_is_read(tmp_path_factory: pytest.TempPathFactory, forms: set[str]) -> None:
    folder = tmp_path_factory.mktemp("formats")
    best = next(form for form in ("h5", "root", "xml.gz") if form in forms)
    for form in forms:
        write(folder, 1e9, 1e9 + 64, [1e9 + 3], form, snr=9.0 if form == best else 5.0)
    assert [path.name.partition(".")[2] for path in trigger_files(folder)] == [best]
    assert load_triggers(folder)[0][CHANNEL]["snr"].tolist() == [9.0]


def test_what_two_files_searched_counts_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write(tmp_path, 1e9, 1e9 + 64, [1e9 + 3, 1e9 + 50], snr=7.0)
    second = write(tmp_path, 1e9 + 32, 1e9 + 96, [1e9 + 50, 1e9 + 80], snr=8.0)
    events, searched = load_triggers(tmp_path)
    assert events[CHANNEL]["time"].tolist() == [1e9 + 3, 1e9 + 50, 1e9 + 80]
    assert events[CHANNEL]["snr"].tolist() == [7, 7, 8]
    assert searched[CHANNEL].livetime == 96
    assert f"{second}: 32 s were searched by an earlier file" in caplog.text


def test_files_that_touch_are_kept_whole(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write(tmp_path, 1e9, 1e9 + 63.5, [1e9 + 3])
    write(tmp_path, 1e9 + 63.5, 1e9 + 128, [1e9 + 63.499, 1e9 + 64])  # the names overlap by their rounding
    assert len(load_triggers(tmp_path)[0][CHANNEL]) == 3
    assert not caplog.records


def test_a_file_of_another_program_stands_for_the_span_and_channel_in_its_name(tmp_path: Path) -> None:
    path = tmp_path / names.trigger_file(CHANNEL, 1e9, 1e9 + 60, "h5")
    for many in (1, 0):
        path.parent.mkdir(parents=True, exist_ok=True)
        with h5py.File(path, "w") as file:
            file["triggers"] = np.full(many, 1e9 + 5, dtype=[("time", float), ("snr", float)])
        events, searched = load_triggers(tmp_path)
        assert {channel: len(table) for channel, table in events.items()} == {CHANNEL: many}
        assert searched[CHANNEL] == Segments.of([(1e9, 1e9 + 60)])


def test_other_files_and_what_a_killed_process_left_are_ignored(tmp_path: Path) -> None:
    path = write(tmp_path, 1e9, 1e9 + 64, [1e9 + 3])
    for name in ("notes.txt", f".{path.name}.12-ab.tmp", "K1-X_OMICRON-1000000000-64.png"):
        path.with_name(name).touch()
    assert trigger_files(tmp_path) == [path]


def test_a_damaged_file_is_named_and_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write(tmp_path, 1e9, 1e9 + 64, [1e9 + 3])
    damaged = write(tmp_path, 1e9 + 64, 1e9 + 128, [1e9 + 70])
    damaged.write_bytes(damaged.read_bytes()[:100])
    with caplog.at_level(logging.WARNING):
        events, searched = load_triggers(tmp_path)
    assert (len(events[CHANNEL]), searched[CHANNEL].livetime) == (1, 64)
    assert str(damaged) in caplog.text
    assert "it is left out" in caplog.text


def test_nothing_to_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NoDataError, match="no trigger file below") as caught:
        load_triggers(tmp_path / "none")
    assert caught.value.hint == "culpa triggers writes them"
    write(tmp_path, 1e9, 1e9 + 64, []).write_bytes(b"nothing")
    with pytest.raises(NoDataError, match="cannot read the trigger file"):
        load_triggers(tmp_path)
