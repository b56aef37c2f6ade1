"""The command line as its users meet it: what is printed where, exit codes, the same result however it is asked for."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from culpa import __version__, gpstime
from culpa.run import demonstration

DATE = "2026-01-31"
SETTINGS = """
[mock]
main_rate = 1024
rates = [512, 256]
frame = 16
unwitnessed = 400.0

[triggers]
segment = 16.0
overlap = 2.0
psd_length = 64.0
"""
Culpa = Callable[..., Any]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A mock day that was searched, and the settings of both."""
    folder = tmp_path_factory.mktemp("results")
    (folder / "culpa.toml").write_text(SETTINGS)
    for command in (["mock", "--duration", "160", "--auxiliary", "2"], ["triggers"]):
        run = [sys.executable, "-m", "culpa", *command, DATE, "-o", str(folder), "-f", str(folder / "culpa.toml"), "-q"]
        subprocess.run(run, check=True, stdout=subprocess.DEVNULL)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """What is in a folder, but for what a run needs for itself."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and ".culpa" not in path.parts)
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def options(results: Path) -> tuple[object, ...]:
    return DATE, "-f", results / "culpa.toml", "-o"


# what is said


def test_a_mock_day_says_what_it_is_and_where(culpa: Culpa, results: Path, tmp_path: Path) -> None:
    done = culpa("mock", *options(results), tmp_path, "--duration", 32, "--auxiliary", 1)
    assert (done.code, done.out) == (0, f"{tmp_path}/{DATE}_mock/raw\n")
    assert done.err == "2 channels, 32 s from GPS 1453852818 (2026-01-31 00:00:00 UTC) in 2 files\n"


def test_a_search_says_what_it_found_and_where(culpa: Culpa, results: Path) -> None:
    done = culpa("triggers", *options(results), results)
    assert (done.code, done.out) == (0, f"{results}/{DATE}_mock/omicron\n")
    first, second = done.err.splitlines()
    found = json.loads(culpa("triggers", *options(results), results, "--json").out)
    having = [entry for entry in found["channels"] if entry["triggers"]]
    assert first == f"triggers: {found['triggers']}, in {len(having)} of 3 channels; searched: 158 s"
    best = max(having, key=lambda entry: entry["loudest"]["snr"])
    where = f"GPS {gpstime.show(best['loudest']['time'])}, {best['loudest']['frequency']:.0f} Hz"
    assert second.startswith(f"the loudest: SNR {best['loudest']['snr']:.1f} at {where}, Q ")
    assert second.endswith(f", {best['channel']}")


def test_a_search_without_triggers_is_a_result(culpa: Culpa, results: Path, tmp_path: Path) -> None:
    source = results / f"{DATE}_mock/raw/raw.ffl"
    given = ("--source", source, "--channel", "*ACC*", "--channel", "K1:PEM-VOLT*", "--snr", 1e6, "-o", tmp_path)
    done = culpa("triggers", *given)
    assert done.code == 3  # the day has no such channel
    done = culpa("triggers", *given[:2], *given[4:])
    assert (done.code, done.out) == (0, f"{tmp_path}\n")
    assert done.err == "triggers: 0, in 0 of 1 channels; searched: 156 s\n"


def test_a_veto_says_what_explains_what_and_where(culpa: Culpa, results: Path) -> None:
    done = culpa("hveto", *options(results), results, "--shifts", 9)
    assert (done.code, done.out) == (0, f"{results}/{DATE}_mock/hveto/index.html\n")
    said = [line for line in done.err.splitlines() if not line.startswith("WARNING")]
    assert max(map(len, said)) <= 80
    assert re.search(r"explained: \d+ of \d+ primary triggers", " ".join(said))
    assert (results / f"{DATE}_mock/hveto/summary.json").is_file()


def test_a_score_is_told_in_tables_that_fit(culpa: Culpa, results: Path) -> None:
    done = culpa("score", DATE, "-o", results)
    assert (done.code, done.out) == (0, f"{results}/{DATE}_mock/score.csv\n")
    for title in ("found, by family", "found, by SNR", "found, by channel"):
        assert title in done.err
    assert "…" not in done.err
    assert max(map(len, done.err.splitlines())) <= 80
    assert "SNR ratio: trigger over injection" in " ".join(done.err.split())


def test_the_demonstration(culpa: Culpa, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demonstration, "DURATION", 32.0)
    done = culpa("demo", "-o", tmp_path, "-j", 2)
    assert (done.code, done.out) == (0, f"{tmp_path}/2026-01-01_mock/index.html\n")
    made = "simulated: 21 channels, 32 s from GPS 1451260818 (2026-01-01 00:00:00 UTC) in 1 files"
    assert made in " ".join(done.err.split())
    assert "the loudest triggers" in done.err
    assert f"injections found; what became of each: {tmp_path}/2026-01-01_mock/score.csv\n" in done.err
    assert "explained: " in done.err
    assert f"trigger files: {tmp_path}/2026-01-01_mock/omicron\n" in done.err
    assert "class, of " in done.err
    assert f"class of each glitch: {tmp_path}/2026-01-01_mock/machine_learning/predictions.csv\n" in done.err


@pytest.mark.parametrize("command", ["mock", "triggers", "hveto", "score"])
def test_quiet_is_silent_and_json_is_all_there_is_on_stdout(
    culpa: Culpa, results: Path, tmp_path: Path, command: str
) -> None:
    given = [DATE, "-o", results] if command == "score" else [*options(results), results]
    if command == "mock":
        given = [*options(results), tmp_path, "--duration", 16, "--auxiliary", 0]
    quiet = culpa(command, *given, "-q", "--json")
    loud = culpa(command, *given, "--json")
    assert quiet.code == loud.code == 0
    assert quiet.err == ""
    assert quiet.out == loud.out
    assert isinstance(json.loads(quiet.out), dict)


def test_verbose_says_more(culpa: Culpa, results: Path, tmp_path: Path) -> None:
    given = ("mock", *options(results), tmp_path, "--auxiliary", 0)
    culpa(*given, "--duration", 160)
    gone = tmp_path / f"{DATE}_mock/raw/K-K1_MOCK-1453852962-16.gwf"
    assert gone.is_file()
    said = "WARNING: removed, as it is not part of the day any more: raw/K-K1_MOCK-1453852946-16.gwf"
    assert said in culpa(*given, "--duration", 128).err
    assert not gone.exists()
    assert said not in culpa(*given, "--duration", 128).err


def test_versions_and_settings(culpa: Culpa, results: Path) -> None:
    assert culpa("-V") == (0, f"{__version__}\n", "")
    shown = culpa("config", "show", "-f", results / "culpa.toml")
    assert (shown.code, shown.err) == (0, "")
    assert "main_rate = 1024\n" in shown.out


# the same thing asked for in two ways


def test_a_day_in_three_numbers_is_the_day(culpa: Culpa) -> None:
    done = culpa("mock", "-y", 2026, "-m", 1, "-d", 31, "--dry-run")
    assert done == culpa("mock", DATE, "--dry-run")
    assert json.loads(done.out)["files"] == 450


def test_a_dry_run_tells_and_does_nothing(culpa: Culpa, results: Path, tmp_path: Path) -> None:
    before = contents(results)
    done = culpa("triggers", *options(results), results, "--dry-run", "--chunk", 64)
    assert done.err == ""
    told = json.loads(done.out)
    assert (told["output"], len(told["channels"]), told["chunks"]) == (f"{results}/{DATE}_mock/omicron", 3, 9)
    assert contents(results) == before
    culpa("mock", DATE, "-o", tmp_path / "none", "--dry-run")
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_same_bytes_again_and_from_two_processes(culpa: Culpa, results: Path, tmp_path: Path, jobs: int) -> None:
    given = (*options(results), tmp_path, "-j", jobs)
    assert culpa("mock", *given, "--duration", 160, "--auxiliary", 2).code == 0
    assert culpa("triggers", *given).code == 0
    here, there = contents(tmp_path / f"{DATE}_mock"), contents(results / f"{DATE}_mock")
    endings = {name.partition(".")[2] for name in here}
    assert endings == {"gwf", "ffl", "lcf", "csv", "h5", "toml", "root", "xml.gz", "json", "html"}
    for name in here:
        if not name.endswith((".ffl", ".lcf", "manifest.json", "index.html")):  # absolute paths; all that is done
            assert here[name] == there[name], name


def test_times_in_three_forms(culpa: Culpa, results: Path, tmp_path: Path) -> None:
    source = results / f"{DATE}_mock/raw"
    given = ("triggers", "--source", f"{source}/*.gwf", "--channel", "K1:CAL*", "--format", "hdf5", "-o", tmp_path)
    for start, end in (("1453852850", "1453852882"), ("2026-01-31T00:00:32Z", "2026-01-31 00:01:04")):
        done = culpa(*given, "--start", start, "--end", end, "--json")
        assert json.loads(done.out)["channels"][0]["livetime"] == 32
    assert [path.name.partition("_OMICRON")[2] for path in tmp_path.rglob("*.h5")] == ["-1453852850-32.h5"]
    done = culpa(*given, "--start", "now-1d")
    assert done.code == 3
    assert (
        "nothing to search: no stretch of at least 4 s of data for K1:CAL-CS_PROC_DARM_STRAIN_DBL_DQ in GPS" in done.err
    )
    assert (
        "  the files are from GPS 1453852818 (2026-01-31 00:00:00 UTC) to 1453852978 (2026-01-31 00:02:40 UTC)"
        in done.err
    )


# what cannot be meant, and what is not there


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ("mock", 2, "culpa: which day? none was given\n  for example: culpa mock 2026-01-31\n"),
        ("mock 2026-13-01", 2, "culpa: '2026-13-01' is not a date\n"),
        ("mock 1970-01-01", 2, "culpa: 1970-01-01 is outside GPS time\n"),
        ("mock 2026-01-01 -y 2026", 2, "culpa: give the day either as DATE or as -y, -m and -d, not both\n"),
        ("mock -y 2026 -m 1", 2, "culpa: -y, -m and -d go together\n"),
        ("mock 2026-01-01 --duration -5", 2, "culpa: duration: expected 1 to 1000000000.0, got -5.0\n"),
        ("mock 2026-01-01 --duration 1e300", 2, "culpa: duration: expected 1 to"),
        ("mock 2026-01-01 --duration nan", 2, "culpa: duration: expected 1 to"),
        ("mock 2026-01-01 --auxiliary 999999999999", 2, "culpa: auxiliary: expected 0 to 5000"),
        ("mock 2026-01-01 --seed 99999999999999999999", 2, "culpa: seed: expected 0 to 9223372036854775807"),
        ("mock 2026-01-01 -j 0", 2, "'-j' / '--jobs'"),
        ("mock 2026-01-01 -j 99999999999999999999", 2, "'-j' / '--jobs'"),
        ("mock 2026-01-01 -f none.toml", 2, "culpa: cannot read the configuration none.toml: No such file"),
        ("triggers", 2, "culpa: nothing to search\n"),
        (
            "triggers 2026-01-01",
            3,
            "culpa: results/2026-01-01_mock/raw/raw.ffl does not exist\n  make it first: culpa mock",
        ),
        ("triggers 2026-01-01 --source x.gwf", 2, "culpa: a mock day and --source exclude each other\n"),
        ("triggers 2026-01-01 --format rot", 2, "culpa: format 'rot' is not known\n  did you mean root?\n"),
        ("triggers 2026-01-01 --format ,", 2, "culpa: no format given\n  any of xml, root, hdf5\n"),
        ("triggers 2026-01-01 --engine omicrn", 2, "culpa: engine 'omicrn' is not known\n  did you mean omicron?\n"),
        ("triggers 2026-01-01 --start soon", 2, "culpa: 'soon' is not a time\n"),
        ("triggers 2026-01-01 --start 9 --end 8", 2, "the start must be before the end\n"),
        ("triggers --source none.gwf --channel K1:A", 3, "culpa: no file matches none.gwf\n"),
        ("hveto", 2, "culpa: nothing to analyse: a DATE, or --primary and --auxiliary is missing\n"),
        ("hveto --primary a.h5", 2, "culpa: nothing to analyse: --auxiliary is missing\n"),
        ("hveto 2026-01-01", 3, "omicron does not exist\n  make it first: culpa triggers 2026-01-01\n"),
        ("hveto 2026-01-01 --auxiliary x.h5", 2, "culpa: a day and --primary or --auxiliary exclude each other\n"),
        (
            "hveto --primary none --auxiliary none",
            3,
            "culpa: no trigger file in none\n  expected files that end in .h5",
        ),
        ("hveto --primary a --auxiliary b --engine upsteam", 2, "'upsteam' is not known\n  did you mean upstream?\n"),
        ("hveto --primary a --auxiliary b --expectation onion", 2, "expectation: no 'onion'; did you mean union?\n"),
        ("hveto --primary a --auxiliary b --shifts -1", 2, "culpa: shifts: expected 0 to 1000000, got -1\n"),
        ("hveto --primary a --auxiliary b --shifts 1e3", 2, "'--shifts'"),
        ("hveto --primary a --auxiliary b --seed -1", 2, "culpa: seed: expected 0 to 9223372036854775807, got -1\n"),
        ("hveto --primary a --auxiliary b --minimum-significance nan", 2, "minimum_significance: expected a positive"),
        ("hveto --primary a --auxiliary b --hveto-ini none", 3, "culpa: cannot read the configuration none: "),
        ("hveto --primary a --auxiliary b -f none", 2, "culpa: cannot read the configuration none: No such file"),
        ("score", 2, "culpa: nothing to score\n"),
        ("score 2026-01-01", 3, "truth.csv does not exist\n  make it first: culpa mock 2026-01-01\n"),
        ("serve", 1, "culpa: the web application (http://127.0.0.1:5000) is not part of this version yet\n"),
        ("nonsense", 2, "No such command 'nonsense'"),
    ],
)
def test_refusals(
    culpa: Culpa, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: str, code: int, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = culpa(*arguments.split())
    assert (done.code, done.out) == (code, "")
    assert message in done.err
    assert list(tmp_path.iterdir()) == []


def test_omicron_is_looked_for_before_anything_is_written(
    culpa: Culpa, results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    given = ("--source", results / f"{DATE}_mock/raw/raw.ffl", "--channel", "K1:CAL*", "--engine", "omicron")
    done = culpa("triggers", *given, "-o", tmp_path / "out")
    assert done.code == 2
    assert "culpa: the program 'omicron' is not installed: it is not on the PATH\n" in done.err
    assert not (tmp_path / "out").exists()


def test_triggers_of_another_mock_day_are_not_explained(culpa: Culpa, results: Path, tmp_path: Path) -> None:
    given = (*options(results), tmp_path)
    small = ("--duration", 64, "--auxiliary", 1)
    assert culpa("mock", *given, *small).code == 0
    assert culpa("triggers", *given).code == 0
    assert culpa("hveto", *given, "--shifts", 9).code in (0, 4)
    assert culpa("mock", *given, *small, "--seed", 5).code == 0
    done = culpa("hveto", *given, "--shifts", 9)
    assert done.code == 3
    assert f"{DATE}_mock: the stage triggers is not done, or not with these settings\n  make it first: " in done.err


def test_triggers_that_were_searched_in_parts_are_explained_too(culpa: Culpa, results: Path, tmp_path: Path) -> None:
    given = (*options(results), tmp_path)
    assert culpa("mock", *given, "--duration", 160, "--auxiliary", 2).code == 0
    assert culpa("triggers", *given, "--channel", "K1:CAL*", "--channel", "K1:IMC*").code == 0
    assert culpa("hveto", *given, "--shifts", 9).code == 0


# colours, bars, signals


@pytest.mark.parametrize("how", ["no colour", "colour"])
def test_colours_only_on_a_terminal_that_wants_them(how: str) -> None:
    if sys.platform == "win32":
        pytest.skip("needs a pseudo-terminal")
    import pty

    here, there = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    environment |= {"NO_COLOR": "1"} if how == "no colour" else {}
    subprocess.run([sys.executable, "-m", "culpa", "serve"], stderr=there, env=environment, check=False)
    os.close(there)
    said = os.read(here, 4096).decode()
    assert said.startswith("culpa: the web" if how == "no colour" else "\x1b[31mculpa: the web")
    os.close(here)


def test_nothing_but_text_where_there_is_no_terminal(results: Path, tmp_path: Path) -> None:
    command = ["mock", *options(results), tmp_path, "--duration", 64, "--auxiliary", 1, "-j", 2]
    done = subprocess.run(
        [sys.executable, "-m", "culpa", *map(str, command)], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{tmp_path}/{DATE}_mock/raw\n"
    assert done.stderr == "2 channels, 64 s from GPS 1453852818 (2026-01-31 00:00:00 UTC) in 4 files\n"


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("jobs", [1, 2])
def test_an_interrupt_is_answered_at_once_and_in_one_line(results: Path, tmp_path: Path, jobs: int) -> None:
    command = ["mock", *options(results), tmp_path, "--duration", 20000, "-j", jobs]
    process = subprocess.Popen(
        [sys.executable, "-m", "culpa", *map(str, command)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    while not list(tmp_path.rglob("*.gwf")) and process.poll() is None:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=10)
    assert (process.returncode, out, err) == (130, "", "culpa: interrupted; what was finished is valid\n")


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("jobs", [1, 2])
def test_an_interrupted_veto_is_answered_too(results: Path, tmp_path: Path, jobs: int) -> None:
    folder = results / f"{DATE}_mock/omicron"
    given = ["--primary", folder, "--auxiliary", folder, "--primary-channel", "K1:CAL-CS_PROC_DARM_STRAIN_DBL_DQ"]
    (tmp_path / "live.txt").write_text("1453852818 1453852970\n")
    more = ["--segments", tmp_path / "live.txt", "--shifts", 1_000_000, "-o", tmp_path / "out", "-j", jobs]
    process = subprocess.Popen(
        [sys.executable, "-m", "culpa", "hveto", *map(str, [*given, *more])],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    assert process.stderr is not None
    assert process.stderr.readline().startswith("WARNING: ")  # what comes next is the analysis
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=10)
    assert (process.returncode, out) == (130, "")
    assert err.endswith("culpa: interrupted; what was finished is valid\n")
    assert "Traceback" not in err
    assert not (tmp_path / "out").exists()


def test_ways_of_asking_that_do_not_go_together(culpa: Culpa) -> None:
    done = culpa("run", DATE, "--why", "hveto/*", "--estimate")
    assert (done.code, done.out) == (2, "")
    assert "--why" in done.err
    assert "--estimate" in done.err
