"""Days of somebody's own data: from lists, patterns and HDF5 files; days without data; what cannot be meant."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import tomli_w

from culpa import gpstime
from culpa.acquire import triggerfiles
from culpa.acquire.frames import write_ffl, write_gwf, write_lcf
from culpa.errors import NoDataError, UsageError
from culpa.run import search
from culpa.run.assignment import Assignment, assignment
from culpa.run.registry import plan_of
from culpa.run.verify import verify
from culpa.types import Series

from .days import contents, different, due, followers, make

Culpa = Callable[..., Any]
FIRST = date(2026, 1, 1)
MIDNIGHT = gpstime.day_start(FIRST + timedelta(days=1))
RATE, LENGTH = 256, 16
MAIN, WITNESS, OTHER = "K1:LSC-MAIN", "K1:PEM-MIC", "K1:PEM-ACC"
SEARCH = {"segment": 16.0, "psd_length": 64.0, "chunk": 64.0, "fmin": 20.0, "qmax": 30.0}


def samples(channel: str, start: int, glitches: Iterable[float]) -> Series:
    """White noise with loud sine-Gaussians; the same whatever file it is asked for."""
    seed = [start, {MAIN: 0, WITNESS: 1, OTHER: 2}[channel]]
    values = np.random.default_rng(seed).standard_normal(RATE * LENGTH)
    times = start + np.arange(RATE * LENGTH) / RATE
    for glitch in glitches:
        near = times - glitch
        values += 20 * np.exp(-((near / 0.03) ** 2)) * np.sin(2 * np.pi * 60 * near)
    return Series(values, float(start), float(RATE), channel)


def write_frames(folder: Path, start: int, end: int, glitches: Iterable[float], *channels: str) -> list[Path]:
    """GWF files of 16 s."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for first in range(start, end, LENGTH):
        series = [samples(channel, first, [] if channel == OTHER else glitches) for channel in channels]
        paths.append(write_gwf(folder / f"K-K1_OWN-{first}-{LENGTH}.gwf", series))
    return paths


def own(results: Path, which: date = FIRST, **data: Any) -> Assignment:
    """A day of what a configuration names, with a main channel."""
    results.mkdir(parents=True, exist_ok=True)
    tables = {"data": {"main": MAIN, "formats": ["hdf5"], **data}, "triggers": SEARCH, "hveto": {"shifts": 9}}
    (results / "own.toml").write_text(tomli_w.dumps(tables))
    return assignment(which, results, results / "own.toml")


GLITCHES = [MIDNIGHT - 160 + 13.4 * i for i in range(24)]
"""Every 13.4 s from 160 s before midnight on; one of them at midnight, almost."""


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """160 s before midnight and 160 s after it, in three channels, with the lists of the files."""
    folder = tmp_path_factory.mktemp("frames")
    paths = write_frames(folder, MIDNIGHT - 160, MIDNIGHT + 160, [*GLITCHES, MIDNIGHT + 0.01], MAIN, WITNESS, OTHER)
    write_ffl(folder / "own.ffl", paths)
    write_lcf(folder / "own.lcf", paths)
    (folder / "channels.txt").write_text(f"# what is analysed\n{WITNESS} {RATE} # a microphone\n\nK1:PEM-A*\n")
    with h5py.File(folder / "own.hdf5", "w") as file:
        for channel in (MAIN, WITNESS, OTHER):
            starts = range(MIDNIGHT - 160, MIDNIGHT + 160, LENGTH)
            parts = [
                samples(channel, start, [] if channel == OTHER else [*GLITCHES, MIDNIGHT + 0.01]) for start in starts
            ]
            file[channel] = np.concatenate([part.values for part in parts])
            file[channel].attrs.update({"x0": float(MIDNIGHT - 160), "dx": 1 / RATE})
    return folder


@pytest.fixture(scope="module")
def both(frames: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Assignment]:
    """The two days, carried out."""
    results = tmp_path_factory.mktemp("both")
    found = [own(results, FIRST + timedelta(days=i), source=[str(frames / "own.ffl")]) for i in (0, 1)]
    for of in found:
        make(of)
    return found


def triggers(of: Assignment, channel: str = MAIN) -> list[tuple[float, float]]:
    """Time and SNR of each trigger of a day."""
    description = channel.removeprefix("K1:").replace("-", "_", 1)
    paths = sorted((of.day.triggers / f"K1/{description}_OMICRON").rglob("*.h5"))
    found = [triggerfiles.read(path) for path in paths]
    return [pair for one in found for pair in zip(one["time"].tolist(), one["snr"].tolist(), strict=True)]


def test_a_day_of_own_data_has_what_a_mock_day_has(both: list[Assignment]) -> None:
    of = both[0]
    assert of.day.folder.name == "2026-01-01_K1"
    there = {path.name for path in of.day.folder.iterdir()}
    made = {"omicron", "hveto", "qscans", "coherence", "machine_learning"}
    assert there == {*made, "index.html", "culpa.toml", "manifest.json", ".culpa"}
    assert plan_of(of).stages == ["triggers", "hveto", "qscans", "coherence", "classes", "page"]
    assert make(of) == 0
    assert verify(of.day.folder)[1] == []
    summary = contents(of.day.folder)["hveto/summary.json"].decode()
    assert WITNESS in summary


def test_each_trigger_is_of_one_day(both: list[Assignment], frames: Path, tmp_path: Path) -> None:
    """Together they are those of a search that knows of no midnight."""
    first, second = (triggers(of) for of in both)
    assert first
    assert second
    assert max(time for time, _ in first) < MIDNIGHT <= min(time for time, _ in second)
    near = [time for time, _ in first + second if abs(time - MIDNIGHT - 0.01) < 0.05]
    assert len(near) == 1
    asked = search.request(None, tmp_path, [str(frames / "own.ffl")], [MAIN], None, "hdf5")
    search.make(asked, search.settings(None, asked, **SEARCH), 1, True)
    paths = sorted(tmp_path.rglob("*.h5"))
    whole = [
        pair
        for path in paths
        for pair in zip(*(triggerfiles.read(path)[n].tolist() for n in ("time", "snr")), strict=True)
    ]
    assert [time for time, _ in first + second] == [time for time, _ in whole]
    assert [snr for _, snr in first + second] == pytest.approx([snr for _, snr in whole], rel=0.2)


@pytest.mark.parametrize("source", ["own.lcf", "*.gwf", "", "own.hdf5", "K-K1_OWN-*1*.gwf and the others"])
def test_the_same_triggers_from_every_kind_of_source(
    both: list[Assignment], frames: Path, tmp_path: Path, source: str
) -> None:
    sources = (
        [str(frames / source)] if " " not in source else [str(frames / "*[02468]-16.gwf"), str(frames / "*-16.gwf")]
    )
    if not source:
        sources = [str(path) for path in frames.glob("*.gwf")]
    of = own(tmp_path, source=sources)
    make(of)
    found, expected = contents(of.day.folder), contents(both[0].day.folder)
    lists = {"manifest.json", "culpa.toml", "index.html"}
    assert set(different(found, expected)) <= lists


def test_relative_paths_count_from_the_working_folder(
    culpa: Culpa, both: list[Assignment], frames: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(frames)
    own(tmp_path, source=["own.ffl"], channel_list="channels.txt")
    done = culpa("run", FIRST, "-f", tmp_path / "own.toml", "-o", tmp_path, "-q")
    assert (done.code, done.err) == (0, "")
    found, expected = contents(tmp_path / "2026-01-01_K1/omicron"), contents(both[0].day.triggers)
    assert different(found, expected) == []
    (frames / "live.txt").write_text(f"{MIDNIGHT - 100} {MIDNIGHT}\n")
    limited = own(tmp_path, source=["own.ffl"], segments="live.txt").recording.stretches
    assert limited[MAIN].bounds == ((MIDNIGHT - 100, MIDNIGHT),)


def test_segments_limit_what_is_looked_at(frames: Path, tmp_path: Path) -> None:
    live = [(MIDNIGHT - 150, MIDNIGHT - 90), (MIDNIGHT - 80, MIDNIGHT - 10)]
    (tmp_path / "live.txt").write_text("".join(f"{a} {b}\n" for a, b in live))
    of = own(tmp_path, source=[str(frames / "own.ffl")], segments=str(tmp_path / "live.txt"))
    make(of)
    times = [time for time, _ in triggers(of)]
    assert times
    assert all(any(a <= time < b for a, b in live) for time in times)
    assert [time for time in GLITCHES if MIDNIGHT - 149 < time < MIDNIGHT - 91] == pytest.approx(
        [time for time in times if time < MIDNIGHT - 90], abs=0.05
    )
    before = due(of)
    (tmp_path / "live.txt").write_text(f"{live[0][0]} {live[0][1]}\n")
    again = own(tmp_path, source=[str(frames / "own.ffl")], segments=str(tmp_path / "live.txt"))
    assert not before
    make(again)
    assert max(time for time, _ in triggers(again)) < MIDNIGHT - 90
    assert verify(again.day.folder)[1] == []


def test_channels_by_list_by_name_and_by_pattern(frames: Path, tmp_path: Path) -> None:
    source = [str(frames / "own.ffl")]
    for data in ({"channel_list": str(frames / "channels.txt")}, {"channels": [WITNESS, "K1:*ACC"]}, {}):
        assert set(own(tmp_path, source=source, **data).recording.rates) == {MAIN, WITNESS, OTHER}
    one = own(tmp_path, source=source, channels=[OTHER])
    assert list(one.recording.rates) == [MAIN, OTHER]


def test_only_the_main_channel(culpa: Culpa, frames: Path, tmp_path: Path) -> None:
    """There is nothing to explain it with: the stage is empty, which is a success."""
    of = own(tmp_path, source=[str(frames / "own.ffl")], channels=[MAIN])
    done = culpa("run", FIRST, "-f", tmp_path / "own.toml", "-o", tmp_path)
    assert (done.code, done.out) == (0, f"{of.day.folder}/index.html\n")
    assert plan_of(of).stages == ["triggers", "classes", "page"]
    assert not of.day.hveto.exists()


def test_a_main_channel_without_triggers(culpa: Culpa, tmp_path: Path) -> None:
    quiet = write_frames(tmp_path / "frames", MIDNIGHT - 96, MIDNIGHT, [], MAIN, WITNESS)
    of = own(tmp_path, source=[str(quiet[0].parent)])
    done = culpa("run", FIRST, "-f", tmp_path / "own.toml", "-o", tmp_path)
    assert done.code == 0, done.err
    assert triggers(of) == []
    assert make(of) == 0
    assert verify(of.day.folder)[1] == []


@pytest.mark.parametrize("value", [0.0, np.nan, 3.5])
def test_channels_that_never_change(culpa: Culpa, frames: Path, tmp_path: Path, value: float) -> None:
    folder = tmp_path / "frames"
    folder.mkdir()
    for first in range(MIDNIGHT - 96, MIDNIGHT, LENGTH):
        flat = Series(np.full(RATE * LENGTH, value), float(first), float(RATE), OTHER)
        series = [samples(channel, first, GLITCHES) for channel in (MAIN, WITNESS)]
        write_gwf(folder / f"K-K1_OWN-{first}-{LENGTH}.gwf", [*series, flat])
    of = own(tmp_path, source=[str(folder)])
    done = culpa("run", FIRST, "-f", tmp_path / "own.toml", "-o", tmp_path)
    assert done.code == 0, done.err
    assert triggers(of, OTHER) == []
    assert len(triggers(of)) > 3
    assert make(of) == 0


def test_a_missing_frame_counts_as_a_gap_until_it_appears(tmp_path: Path) -> None:
    """As in `culpa triggers`; when it is there the jobs that read it are done again, and no others."""
    paths = write_frames(tmp_path / "frames", MIDNIGHT - 320, MIDNIGHT, GLITCHES, MAIN, WITNESS)
    ffl = write_ffl(tmp_path / "own.ffl", paths)
    hidden = paths[2].rename(tmp_path / "hidden")
    of = own(tmp_path, source=[str(ffl)])
    make(of)
    assert make(of) == 0
    hidden.rename(paths[2])
    reading = [job.name for job in plan_of(of) if str(paths[2]) in job.inputs]
    searches = [name for name in reading if name.startswith("triggers/")]
    assert 0 < len(searches) < sum(job.action == "search" for job in plan_of(of))
    assert set(due(of)) == followers(of, *reading)
    make(of)
    found = contents(of.day.folder)
    (of.day.folder / "manifest.json").unlink()
    make(of)
    assert different(contents(of.day.folder), found) == []


def test_a_changed_frame_redoes_what_read_it(frames: Path, tmp_path: Path) -> None:
    paths = write_frames(tmp_path / "frames", MIDNIGHT - 320, MIDNIGHT, GLITCHES, MAIN, WITNESS)
    of = own(tmp_path, source=[str(tmp_path / "frames")])
    make(of)
    write_gwf(paths[0], [samples(name, MIDNIGHT - 320, [MIDNIGHT - 310]) for name in (MAIN, WITNESS)])
    reading = [job.name for job in plan_of(of) if str(paths[0]) in job.inputs]
    assert set(due(of)) == followers(of, *reading)
    assert [(one.kind, one.path) for one in verify(of.day.folder)[1]] == [("input changed", str(paths[0]))]
    make(of)
    assert verify(of.day.folder)[1] == []


def test_a_folder_with_brackets_is_a_folder(frames: Path, tmp_path: Path) -> None:
    of = own(tmp_path / "own [1]*", source=[str(frames / "own.ffl")])
    make(of)
    assert triggers(of)


# days without data


def test_a_day_without_data(culpa: Culpa, frames: Path, tmp_path: Path) -> None:
    own(tmp_path, source=[str(frames / "own.ffl")])
    given = ("-f", tmp_path / "own.toml", "-o", tmp_path / "out")
    done = culpa("run", "2026-01-05", *given)
    assert (done.code, done.out) == (3, "")
    assert "no data of 2026-01-05 (GPS " in done.err
    assert "the files are from GPS " in done.err
    assert not (tmp_path / "out").exists()
    done = culpa("run", "2025-12-31", *given, "--to", FIRST)
    assert done.code == 0
    assert "WARNING: 2025-12-31: no data of 2025-12-31 " in done.err
    assert "; this day is left out\n" in done.err
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["2026-01-01_K1"]
    assert culpa("run", "2026-01-05", *given, "--to", "2026-01-06").code == 3


# what cannot be meant


@pytest.mark.parametrize(
    ("data", "error", "said"),
    [
        ({"main": ""}, UsageError, "which is the main channel?"),
        ({"main": "K1:LSC-MIAN"}, NoDataError, "no channel 'K1:LSC-MIAN' in "),
        ({"channels": ["K1:PEM-MIK"]}, NoDataError, "no channel 'K1:PEM-MIK' in "),
        ({"channels": ["V1:*"]}, NoDataError, "no channel 'V1:*' in "),
        ({"channel_list": "none.txt"}, NoDataError, "cannot read the list of channels /"),
        ({"segments": "none.txt"}, NoDataError, "cannot read the segment file /"),
        ({"source": ["none.ffl"]}, NoDataError, "no file matches /"),
        ({"chanels": []}, UsageError, "unknown setting data.chanels"),
        ({"formats": []}, UsageError, "formats: expected any of"),
        ({"formats": ["rot"]}, UsageError, "formats: 'rot' is not known"),
        ({"formats": ["xml", "xml"]}, UsageError, "formats: each once"),
        ({"main": "K1:LSC-*"}, UsageError, "main: expected the name of one channel, got the pattern"),
        ({"label": "a/b"}, UsageError, "label: expected letters"),
        ({"source": []}, UsageError, "go with a source"),
    ],
)
def test_what_cannot_be_meant(
    frames: Path, tmp_path: Path, data: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error) as caught:
        plan_of(own(tmp_path, **{"source": [str(frames / "own.ffl")], **data}))
    assert said in str(caught.value)


def test_options_of_a_mock_day_with_own_data(culpa: Culpa, frames: Path, tmp_path: Path) -> None:
    own(tmp_path, source=[str(frames / "own.ffl")])
    for option in ("--duration", "--seed", "--auxiliary"):
        done = culpa("run", FIRST, "-f", tmp_path / "own.toml", "-o", tmp_path, option, 1)
        assert done.code == 2
        assert "options of simulated data, but [data] source names data of your own" in done.err
    done = culpa("mock", FIRST, "-f", tmp_path / "own.toml", "-o", tmp_path)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("culpa: nothing to simulate: ")


def test_a_label_names_the_folder(frames: Path, tmp_path: Path) -> None:
    of = own(tmp_path, source=[str(frames / "own.ffl")], label="lab-2")
    assert of.day.folder == tmp_path / "2026-01-01_lab-2"
