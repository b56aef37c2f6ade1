"""Files, settings and machines that are not as they should be, through the commands: what is said, what is kept."""

import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from culpa import names
from culpa.acquire import triggerfiles
from culpa.acquire.frames import write_gwf
from culpa.acquire.triggerfolder import load_triggers
from culpa.types import Events, Floats, Segments, Series

START, LENGTH, FILES, RATE = 1_000_000_000, 16, 10, 512
CHANNEL, OTHER = "K1:PEM-ACC_X", "K1:VIS-MIRROR"
SETTINGS = "[triggers]\nsnr = 8.0\nsegment = 16.0\noverlap = 2.0\npsd_length = 64.0\nchunk = 64.0\n"
Culpa = Callable[..., Any]
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and limits of POSIX")


def noise(seed: int, count: int = FILES, rate: int = RATE) -> Floats:
    """White noise with a short, loud burst of 80 Hz in the middle of every file."""
    values = np.random.default_rng(seed).standard_normal(count * LENGTH * rate)
    time = np.arange(rate // 4) / rate - 0.125
    for file in range(count):
        middle = file * LENGTH * rate + LENGTH * rate // 2
        values[middle - rate // 8 : middle - rate // 8 + len(time)] += (
            8 * np.exp(-((time / 0.02) ** 2)) * np.sin(500 * time)
        )
    return values


def write(folder: Path, number: int, **channels: Floats) -> Path:
    """File `number` of a recording, from the samples of the whole."""
    start = START + number * LENGTH
    series = []
    for name, values in channels.items():
        rate = len(values) // (FILES * LENGTH)
        part = values[number * LENGTH * rate : (number + 1) * LENGTH * rate]
        series.append(Series(part, start, rate, name))
    return write_gwf(folder / f"K-K1_TEST-{start}-{LENGTH}.gwf", series)


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recording")
    (folder / "culpa.toml").write_text(SETTINGS)
    channels = {CHANNEL: noise(1), OTHER: noise(2)}
    for number in range(FILES):
        write(folder, number, **channels)
    return folder


@pytest.fixture
def copied(recording: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(recording, tmp_path / "copied"))


def file(folder: Path, number: int) -> Path:
    return folder / f"K-K1_TEST-{START + number * LENGTH}-{LENGTH}.gwf"


def search(recording: Path, output: Path, *more: object, source: object = None, channel: str = CHANNEL) -> list[object]:
    where = ["--source", source or recording, "--channel", channel, "-o", output]
    return ["triggers", *where, "-f", recording / "culpa.toml", *more]


def times(output: Path, channel: str = CHANNEL) -> list[float]:
    return [round(float(time) - START, 1) for time in load_triggers(output)[0][channel]["time"]]


def middles(*numbers: int) -> list[float]:
    return [number * LENGTH + LENGTH / 2 for number in numbers]


def test_sound_data_give_every_burst(culpa: Culpa, recording: Path, tmp_path: Path) -> None:
    done = culpa(*search(recording, tmp_path))
    assert done.code == 0
    assert times(tmp_path) == middles(*range(FILES))


# damaged files


@pytest.mark.parametrize("jobs", [1, 2])
def test_damaged_files_are_named_once_and_the_rest_is_searched(
    culpa: Culpa, copied: Path, tmp_path: Path, jobs: int
) -> None:
    half, changed = file(copied, 3).read_bytes(), file(copied, 7).read_bytes()
    file(copied, 3).write_bytes(half[: len(half) // 2])
    file(copied, 5).write_bytes(b"")
    file(copied, 7).write_bytes(changed[:5000] + bytes(1000) + changed[6000:])  # samples of the first channel
    done = culpa(*search(copied, tmp_path / "out", "-j", jobs, channel="K1:*"))
    assert (done.code, done.out) == (0, f"{tmp_path / 'out'}\n")
    warnings = [line for line in done.err.splitlines() if line.startswith("WARNING")]
    for number in (3, 5, 7):
        (warning,) = (line for line in warnings if str(file(copied, number)) in line)
        assert warning.startswith(f"WARNING: cannot read {file(copied, number)} (truncated or corrupt?): ")
        assert warning.endswith("; its span is treated as a gap")
    assert [line for line in warnings[3:] if "missing or NaN samples left out" not in line] == []
    assert times(tmp_path / "out", CHANNEL) == middles(0, 1, 2, 4, 6, 8, 9)
    assert times(tmp_path / "out", OTHER) == middles(0, 1, 2, 4, 6, 7, 8, 9)


def test_nothing_but_damaged_files(culpa: Culpa, copied: Path, tmp_path: Path) -> None:
    for number in range(FILES):
        file(copied, number).write_bytes(b"not a frame")
    done = culpa(*search(copied, tmp_path / "out"))
    assert (done.code, done.out) == (3, "")
    first = f"cannot read {file(copied, 0)} (truncated or corrupt?)"
    assert done.err.startswith(f"culpa: none of {FILES} files can be read; {first}: ")
    assert "WARNING" not in done.err
    assert not (tmp_path / "out").exists()


def test_missing_files_of_a_list_are_gaps(culpa: Culpa, copied: Path, tmp_path: Path) -> None:
    listed = tmp_path / "raw.ffl"
    listed.write_text("".join(f"{file(copied, n)} {START + n * LENGTH} {LENGTH} 0 0\n" for n in range(FILES)))
    file(copied, 4).unlink()
    done = culpa(*search(copied, tmp_path / "out", source=listed))
    assert done.code == 0
    assert f"WARNING: cannot read {file(copied, 4)}: no such file; its span is treated as a gap\n" in done.err
    assert times(tmp_path / "out") == middles(0, 1, 2, 3, 5, 6, 7, 8, 9)
    for number in range(FILES):
        file(copied, number).unlink(missing_ok=True)
    assert culpa(*search(copied, tmp_path / "out", source=listed)).code == 3


# files in the wrong places


def test_overlapping_repeated_and_unordered_files(culpa: Culpa, recording: Path, copied: Path, tmp_path: Path) -> None:
    across = np.roll(noise(1), -LENGTH // 2 * RATE)[: 4 * LENGTH * RATE]  # from the middle of file 0 on
    write_gwf(copied / f"K-K1_LONG-{START + LENGTH // 2}-{4 * LENGTH}.gwf", [Series(across, START + 8, RATE, CHANNEL)])
    listed = tmp_path / "back.ffl"
    listed.write_text("".join(f"{path}\n" for path in sorted(copied.glob("*.gwf"), reverse=True)))
    culpa(*search(recording, tmp_path / "plain", "--format", "hdf5"))
    more = ("--source", copied, "--source", f"{recording}/*.gwf", "--format", "hdf5")
    done = culpa(*search(copied, tmp_path / "mixed", *more, source=listed))
    assert done.code == 0
    plain, mixed = ({path.name: path.read_bytes() for path in (tmp_path / n).rglob("*.h5")} for n in ("plain", "mixed"))
    assert plain == mixed


def test_missing_files_split_the_search(culpa: Culpa, copied: Path, tmp_path: Path) -> None:
    file(copied, 4).unlink()
    done = culpa(*search(copied, tmp_path / "out", "--json"))
    assert times(tmp_path / "out") == middles(0, 1, 2, 3, 5, 6, 7, 8, 9)
    (entry,) = json.loads(done.out)["channels"]
    assert entry["remarks"] == {}
    searched = load_triggers(tmp_path / "out")[1][CHANNEL]
    assert searched.bounds == ((START + 1, START + 63), (START + 81, START + 159))


# channels


def test_channels_that_are_not_there(culpa: Culpa, recording: Path, tmp_path: Path) -> None:
    done = culpa(*search(recording, tmp_path / "out", channel="K1:PEM-ACX_X"))
    assert (done.code, done.out) == (3, "")
    assert done.err.startswith(f"culpa: no channel 'K1:PEM-ACX_X' in {file(recording, 0)} and 9 further files\n")
    assert done.err.endswith(f"  did you mean {CHANNEL}?\n")
    done = culpa(*search(recording, tmp_path / "out", channel="L1:*"))
    assert done.code == 3
    assert done.err.endswith(f"  known: {CHANNEL}, {OTHER}\n")
    done = culpa("triggers", "--source", recording)
    assert (done.code, done.err.splitlines()[0]) == (2, "culpa: which channel? none was given")
    assert not (tmp_path / "out").exists()


def test_channels_that_cannot_be_searched(culpa: Culpa, tmp_path: Path) -> None:
    sound = noise(1)
    holes = sound.copy()
    holes[: 5 * LENGTH * RATE] = np.nan
    spikes = sound.copy()
    spikes[::2] = np.inf
    slow = noise(1, rate=16)
    channels = {
        "K1:A-SOUND": sound, "K1:B-CONSTANT": sound * 0 + 3, "K1:C-NAN": sound * np.nan, "K1:D-HOLES": holes,
        "K1:E-INFINITE": spikes, "K1:F-HUGE": sound * 1e200, "K1:G-TINY": sound * 1e-200, "K1:H-SLOW": slow,
    }  # fmt: skip
    for number in range(FILES):
        write(tmp_path, number, **channels)
    (tmp_path / "culpa.toml").write_text(SETTINGS)
    done = culpa(*search(tmp_path, tmp_path / "out", "--json", channel="K1:*"))
    assert done.code == 0
    entries = {entry["channel"][5:]: entry for entry in json.loads(done.out)["channels"]}
    remarks = {name: " ".join(entry["remarks"]) for name, entry in entries.items()}
    assert entries["SOUND"]["triggers"] == FILES
    assert remarks["SOUND"] == ""
    assert remarks["CONSTANT"] == "constant"
    assert remarks["NAN"] == "no valid samples: all are missing or NaN"
    assert "missing or NaN samples left out" in remarks["HOLES"]
    assert entries["HOLES"]["triggers"] == 5
    assert remarks["HUGE"] == remarks["TINY"] == "values are not between 1e-100 and 1e+100"
    assert remarks["SLOW"] == "sampled at 16 Hz: no tile fits above 10 Hz"
    for name in ("CONSTANT", "NAN", "INFINITE", "HUGE", "TINY", "SLOW"):
        assert (entries[name]["triggers"], entries[name]["livetime"]) == (0, 0)
        assert entries[name]["files"] >= 3  # empty, and valid
        assert remarks[name]
    assert "WARNING: K1:B-CONSTANT: constant\n" in done.err
    assert "WARNING: K1:F-HUGE, K1:G-TINY: values are not between 1e-100 and 1e+100\n" in done.err
    assert len(done.err.splitlines()) == len(set(done.err.splitlines()))
    done = culpa(*search(tmp_path, tmp_path / "fast", "--sample-rate", 4096, channel="K1:A-SOUND"))
    assert done.code == 0
    assert "WARNING: K1:A-SOUND: sampled at 512 Hz, below the 4096 Hz asked for\n" in done.err


def test_a_file_at_another_rate_or_without_the_channel_is_a_gap(culpa: Culpa, copied: Path, tmp_path: Path) -> None:
    write(copied, 3, **{CHANNEL: noise(1, rate=256)})
    write(copied, 6, **{OTHER: noise(2)})
    done = culpa(*search(copied, tmp_path / "out"))
    assert done.code == 0
    rates = f"{file(copied, 3)} has {CHANNEL} at 256 Hz, not 512 Hz as elsewhere"
    assert f"WARNING: {rates}; its span is treated as a gap\n" in done.err
    assert f"WARNING: {file(copied, 6)} has no channel {CHANNEL}; its span is treated as a gap\n" in done.err
    assert times(tmp_path / "out") == middles(0, 1, 2, 4, 5, 7, 8, 9)


# names and lists


@pytest.mark.parametrize(
    "name", ["with blank", "ünïcode 漢字", "new\nline", "-rf", "[a]*?", "K-K1_T-x-y", "\x1b[31mred"]
)
def test_any_name_of_a_file_will_do(culpa: Culpa, recording: Path, tmp_path: Path, name: str) -> None:
    path = tmp_path / f"{name}.gwf"
    shutil.copy(file(recording, 0), path)
    done = culpa(*search(recording, tmp_path / "out ü", "--format", "hdf5", source=path))
    assert (done.code, done.out) == (0, f"{tmp_path / 'out ü'}\n")
    assert times(tmp_path / "out ü") == middles(0)
    done = culpa(*search(recording, tmp_path / "none", source=path, channel="K1:NONE"))
    assert done.code == 3
    assert f"/{name}.gwf".replace("\x1b", "\\x1b") in done.err


@pytest.mark.parametrize(
    ("name", "content", "code", "message"),
    [
        ("empty.ffl", b"", 3, "no file is named in {path}\n"),
        ("garbage.ffl", b"hello world foo\n", 2, "line 1 of {path} is not a row of a list of files: hello world foo\n"),
        (
            "endless.ffl",
            b"x.gwf inf 32 0 0\n",
            2,
            "line 1 of {path} is not a row of a list of files: x.gwf inf 32 0 0\n",
        ),
        ("binary.ffl", b"\xff\xfe\x00", 3, "cannot read the list of files {path}: "),
        ("text.txt", b"hi", 2, "cannot read files like {path}\n  expected one that ends in: .gwf .h5 .hdf5 .hdf .ffl"),
        ("fake.gwf", b"IGWD" + bytes(1000), 3, "cannot read {path} (truncated or corrupt?): "),
        ("fake.h5", b"not HDF5", 3, "cannot read {path} (truncated or corrupt?): "),
        ("folder.gwf", None, 3, "the folder {path} has no file that ends in .gwf .h5 .hdf5 .hdf\n"),
        ("missing.gwf", ..., 3, "no file matches {path}\n  check the path; quote a pattern such as 'raw/*.gwf'\n"),
    ],
)
def test_what_is_no_source(
    culpa: Culpa, recording: Path, tmp_path: Path, name: str, content: Any, code: int, message: str
) -> None:
    path = tmp_path / name
    if content is None:
        path.mkdir()
    elif content is not ...:
        path.write_bytes(content)
    done = culpa(*search(recording, tmp_path / "out", source=path))
    assert (done.code, done.out) == (code, "")
    assert done.err.startswith("culpa: " + message.format(path=path))
    assert not (tmp_path / "out").exists()


# settings


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[triggers]\nsnrr = 5", "unknown setting triggers.snrr\n  did you mean snr?\n"),
        (
            "[trigers]\nsnr = 5",
            "unknown table [trigers] in {path}\n  did you mean triggers or tracking or training_set?\n",
        ),
        ('[triggers]\nsnr = "loud"', "triggers.snr: expected a value of type float, got 'loud'\n"),
        ("triggers = 5", "triggers in {path}: expected a table [triggers], got 5\n"),
        ("nonsense = = 3", "{path} is not TOML: Invalid value (at line 1, column 12)\n"),
    ],
)
def test_what_is_no_configuration(culpa: Culpa, recording: Path, tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "culpa.toml"
    path.write_text(text)
    done = culpa("triggers", "--source", recording, "--channel", CHANNEL, "-f", path, "-o", tmp_path / "out")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("culpa: " + message.format(path=path))


@pytest.mark.parametrize(
    "option", ["--snr=nan", "--snr=-3", "--fmin=0", "--fmax=5", "--qmin=1", "--mismatch=2", "--chunk=-1", "--chunk=inf"]
)
def test_numbers_that_cannot_be_meant(culpa: Culpa, recording: Path, tmp_path: Path, option: str) -> None:
    done = culpa(*search(recording, tmp_path / "out", option))
    assert (done.code, done.out) == (2, "")
    assert re.match(rf"culpa: .*{option[2:5]}", done.err)


# the machine


@pytest.mark.parametrize("command", ["mock", "triggers"])
def test_a_file_where_a_folder_should_be(culpa: Culpa, recording: Path, tmp_path: Path, command: str) -> None:
    output = tmp_path / "file"
    output.write_text("keep me")
    given = ["mock", "2026-01-31", "--duration", 16, "-o", output]
    done = culpa(*(search(recording, output) if command == "triggers" else given))
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("culpa: ")
    assert str(output) in done.err
    assert "Traceback" not in done.err
    assert output.read_text() == "keep me"


def program(*command: object, largest: int | None = None) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, in which no file grows beyond `largest` bytes."""
    limit = None
    if largest is not None:

        def limit() -> None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))

    run = [sys.executable, "-m", "culpa", *map(str, command)]
    return subprocess.run(run, capture_output=True, text=True, preexec_fn=limit, check=False)


@posix
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_full_disk_leaves_what_was_finished(culpa: Culpa, recording: Path, tmp_path: Path, jobs: int) -> None:
    done = program(*search(recording, tmp_path / "out", "-j", jobs), largest=20000)  # ROOT files are larger
    assert (done.returncode, done.stdout) == (1, "")
    assert re.match(r"culpa: cannot write .*\.root: File too large\n  free space there, or choose another", done.stderr)
    finished = {path for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert [path.name for path in finished if path.suffix != ".toml"]
    assert not [path for path in finished if path.name.endswith(".tmp")]
    assert culpa(*search(recording, tmp_path / "whole")).code == 0
    for path in finished:
        assert path.read_bytes() == (tmp_path / "whole" / path.relative_to(tmp_path / "out")).read_bytes()


MOCK = ["mock", "2026-01-31", "--auxiliary", 1, "--duration", 160]


@posix
def test_a_mock_day_half_written_is_not_taken_for_a_whole_one(culpa: Culpa, tmp_path: Path) -> None:
    assert culpa(*MOCK[:4], "--duration", 32, "-o", tmp_path).code == 0
    done = program(*MOCK[:4], "--duration", 64, "--seed", 5, "-o", tmp_path, largest=1_000_000)
    assert done.returncode == 1
    assert "cannot write" in done.stderr
    done = culpa("triggers", "2026-01-31", "-o", tmp_path)
    assert done.code == 3
    assert "2026-01-31_mock: the stage mock is not done, or not with these settings" in done.err
    assert "make it first: culpa mock 2026-01-31," in done.err


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("undisturbed")
    assert program(*MOCK, "-o", folder).returncode == 0
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """Finished results without those that hold absolute paths: the lists, and the manifest of a day, which has both."""
    paths = (
        path
        for path in folder.rglob("*")
        if path.suffix not in (".tmp", ".ffl", ".lcf")
        and path.is_file()
        and path.name != "manifest.json"
        and ".culpa" not in path.parts
    )
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def killed(command: list[object], enough: Callable[[], bool]) -> None:
    """Start a command and kill it once there is enough of its work."""
    process = subprocess.Popen(
        [sys.executable, "-m", "culpa", *map(str, command)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while not enough() and process.poll() is None:
        time.sleep(0.005)
    process.kill()
    process.wait()


def written(folder: Path, pattern: str, count: int) -> Iterator[bool]:
    while True:
        yield len(list(folder.rglob(pattern))) >= count


@posix
@pytest.mark.parametrize("finished", [0, 2])
def test_a_mock_day_that_was_killed_is_made_again(
    culpa: Culpa, undisturbed: Path, tmp_path: Path, finished: int
) -> None:
    killed([*MOCK, "-j", 2, "-o", tmp_path], written(tmp_path, "*.gwf", finished).__next__)
    left, whole = contents(tmp_path), contents(undisturbed)
    assert len(left) < len(whole)
    assert left.items() <= whole.items()
    assert culpa(*MOCK, "-o", tmp_path).code == 0
    assert contents(tmp_path) == whole


@posix
@pytest.mark.parametrize("finished", [0, 4])
def test_a_search_that_was_killed_is_done_again(culpa: Culpa, recording: Path, tmp_path: Path, finished: int) -> None:
    again, once = tmp_path / "again", tmp_path / "once"
    killed(search(recording, again, "-j", 2, channel="K1:*"), written(again, "K1-*", finished).__next__)
    left = contents(again)
    assert culpa(*search(recording, once, channel="K1:*")).code == 0
    assert len(left) < len(contents(once))
    assert left.items() <= contents(once).items()
    assert culpa(*search(recording, again, channel="K1:*")).code == 0
    assert contents(again) == contents(once)


@posix
def test_temporary_files_of_the_killed_go_with_the_next_run(culpa: Culpa, recording: Path, tmp_path: Path) -> None:
    left = tmp_path / "K1/PEM_ACC_X_OMICRON/10000/.K1-PEM_ACC_X_OMICRON-1000000001-30.h5.99-0123abcd.tmp"
    left.parent.mkdir(parents=True)
    left.touch()
    os.utime(left, (0, 0))
    assert culpa(*search(recording, tmp_path)).code == 0
    assert not left.exists()


# triggers to veto with


PRIMARY, AUXILIARY = "K1:CAL-STRAIN", "K1:PEM-MIC"


@pytest.fixture(scope="module")
def triggers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Trigger files of two channels that have all their triggers together, and the truth table of the first."""
    folder, at = tmp_path_factory.mktemp("triggers"), START + 5.0 + np.arange(20) * 10
    for channel in (PRIMARY, AUXILIARY):
        span = (float(START), START + 210.0)
        path = folder / names.trigger_file(channel, *span, "h5")
        path.parent.mkdir(parents=True)
        found = Events({"time": at, "frequency": np.full(20, 80.0), "snr": np.full(20, 20.0)})
        triggerfiles.write(found, path, channel=channel, span=span, searched=Segments.of([span]))
    rows = "".join(f"{gps!r},tone,{PRIMARY},80,9,20,1,e{n}\n" for n, gps in enumerate(at.tolist()))
    (folder / "truth.csv").write_text(f"gps,family,channel,frequency,q,snr,coupled,event_id\n{rows}")
    return folder


def veto(triggers: Path, output: Path, *more: object) -> list[object]:
    where = ["--primary", triggers / "K1/CAL_STRAIN_OMICRON", "--auxiliary", triggers / "K1/PEM_MIC_OMICRON"]
    return ["hveto", *where, "-o", output, *more]


@pytest.mark.parametrize(
    ("option", "text", "code", "message"),
    [
        ("--segments", "1000000200 1000000000\n", 2, "line 1 of FILE: the segment ends before it starts"),
        ("--segments", "1000000000 soon\n", 2, "line 1 of FILE: expected start and end in GPS s, got 1000000000 soon"),
        ("--segments", "1000000000\n", 2, "line 1 of FILE: expected start and end in GPS s"),
        ("--segments", "[[1000000000]]", 2, "segment 1 of FILE: expected start and end in GPS s"),
        ("--segments", '{"active": 3}', 2, "FILE: expected a list of pairs [start, end]"),
        ("--segments", "{", 2, "FILE is not JSON"),
        ("--segments", "<LIGO_LW>", 3, "cannot read the segment file FILE"),
        ("--segments", "", 3, "no live time: FILE has no segment to analyse"),
        ("--injections", "", 3, "no time in FILE\n  expected one GPS time a line"),
        ("--injections", "soon\n", 2, "line 1 of FILE: expected a GPS time in s, got 'soon'"),
        ("--injections", "gps\n1000000000\nnan\n", 2, "line 3 of FILE: expected a GPS time in s, got 'nan'"),
        ("--hveto-ini", "thresholds\n", 2, "FILE is not an INI file"),
        ("--hveto-ini", "[hveto]\ntime-windows = x\n", 2, "FILE: [hveto] time-windows: expected numbers, with commas"),
        ("--hveto-ini", "[primary]\nchannel = K1:CAL-STRAN\n", 3, "did you mean K1:CAL-STRAIN?"),
        ("--hveto-ini", "[safety]\nunsafe-channels = none.txt\n", 3, "FILE: there is no file none.txt"),
        ("-f", "[hveto]\nshift = 3\n", 2, "unknown setting hveto.shift\n  did you mean shifts?"),
        ("-f", '[hveto]\nshifts = "3"\n', 2, "hveto.shifts: expected a value of type int, got '3'"),
        ("-f", "[hveto]\nsnr_thresholds = []\n", 2, "snr_thresholds: expected 1 to 255 positive numbers, got []"),
        ("-f", "[hveto]\npadding = [1]\n", 2, "hveto.padding: expected a list of 2, got [1]"),
        ("-f", "[hveto]\nsegment_padding = [999, 0]\n", 3, "no live time: K1:CAL-STRAIN has no segment to analyse"),
    ],
)
def test_what_a_veto_cannot_be_told(
    culpa: Culpa, triggers: Path, tmp_path: Path, option: str, text: str, code: int, message: str
) -> None:
    file = tmp_path / "file"
    file.write_text(text)
    done = culpa(*veto(triggers, tmp_path / "out", option, file))
    assert (done.code, done.out) == (code, "")
    assert message.replace("FILE", str(file)) in done.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("option", ["--segments", "--injections", "--hveto-ini"])
def test_a_veto_without_the_file_it_was_promised(culpa: Culpa, triggers: Path, tmp_path: Path, option: str) -> None:
    for path in (tmp_path / "none", tmp_path):
        done = culpa(*veto(triggers, tmp_path / "out", option, path))
        assert (done.code, done.out) == (3, "")
        assert re.match(rf"culpa: cannot read the .*{path}: ", done.err)


@posix
def test_a_veto_on_a_full_disk(culpa: Culpa, triggers: Path, tmp_path: Path) -> None:
    done = program(*veto(triggers, tmp_path / "out"), largest=100_000)  # the page is larger
    assert (done.returncode, done.stdout) == (1, "")
    assert f"culpa: cannot write {tmp_path}/out/index.html: File too large\n  free space there, or" in done.stderr
    assert culpa(*veto(triggers, tmp_path / "whole")).code == 0
    left, whole = contents(tmp_path / "out"), contents(tmp_path / "whole")
    assert left
    assert left.items() < whole.items()


def test_a_veto_where_it_cannot_be_written(culpa: Culpa, triggers: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("keep me")
    (tmp_path / "folder/round-1").mkdir(parents=True)
    (tmp_path / "folder/round-1/winner.txt").mkdir()
    for output in (tmp_path / "file", tmp_path / "file/below", tmp_path / "folder"):
        done = culpa(*veto(triggers, output))
        assert (done.code, done.out) == (1, "")
        assert f"culpa: cannot write {output}/round-1/winner.txt: " in done.err
    assert (tmp_path / "file").read_text() == "keep me"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("summary.json", b""),
        ("summary.json", b"\xff"),
        ("summary.json", b"[]"),
        ("summary.json", b'{"rounds": 5, "primary": {"channel": "A"}}'),
        ("summary.json", b'{"rounds": [{"round": 1}], "primary": {"channel": "A"}}'),
        ("summary.json", b'{"rounds": [{"round": 9, "winner": {"channel": "B"}}], "primary": {"channel": "A"}}'),
        ("round-1/vetoed.txt", b"time\nsoon\n"),
        ("round-1/vetoed.txt", b"time\n\n"),
    ],
)
def test_a_score_of_what_is_no_veto(culpa: Culpa, triggers: Path, tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / "veto/round-1").mkdir(parents=True)
    summary = {"rounds": [{"round": 1, "winner": {"channel": AUXILIARY}}], "primary": {"channel": PRIMARY}}
    (tmp_path / "veto/summary.json").write_text(json.dumps(summary))
    (tmp_path / "veto/round-1/vetoed.txt").write_text(f"time frequency snr channel\n{START + 5.0} 80 20 {PRIMARY}\n")
    given = ["score", "--truth", triggers / "truth.csv", "--triggers", triggers, "-o", tmp_path / "out"]
    done = culpa(*given, "--hveto", tmp_path / "veto", "--json", "-q")
    assert done.code == 0, done.err
    assert json.loads(done.out)["veto"]["alone"]["vetoed"] == 1
    (tmp_path / "veto" / name).write_bytes(content)
    done = culpa(*given, "--hveto", tmp_path / "veto")
    assert (done.code, done.out) == (3, "")
    assert f"culpa: {tmp_path}/veto is not the folder of a veto: " in done.err
    assert done.err.endswith("\n  culpa hveto writes one\n")
