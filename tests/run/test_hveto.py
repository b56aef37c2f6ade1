"""`culpa hveto` from trigger files to the folder of the result: what is read, what is said, what is written."""

import csv
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from culpa.acquire import triggerfiles
from culpa.errors import ChannelNotFoundError, CulpaError, NoDataError, UsageError
from culpa.run import hveto as stage
from culpa.run.scoring import read_veto
from culpa.types import Events, Segments

from ..naive.hveto import significance

START, END = 1_400_000_000, 1_400_000_300
PRIMARY, FIRST, SECOND, QUIET = "K1:CAL-STRAIN", "K1:PEM-MIC", "K1:PEM-ACC", "K1:PEM-QUIET"
LIVE = ((START + 3.25, START + 80.5), (START + 80.75, START + 161.0), (START + 200.0, START + 290.125))
Culpa = Callable[..., Any]


def events(times: Any, snr: Any) -> Events:
    times = np.asarray(times, float)
    snr, order = np.broadcast_to(np.asarray(snr, float), times.shape), np.argsort(times)
    return Events({"time": times[order], "frequency": np.full(len(times), 100.0), "snr": snr[order]})


def stem(channel: str) -> str:
    """How T050017 begins: `K1-PEM_MIC`."""
    site, _, description = channel.partition(":")
    return f"{site}-{description.replace('-', '_')}"


def put(folder: Path, channel: str, found: Events, ending: str = ".h5") -> Path:
    path = folder / f"{stem(channel)}_OMICRON-{START}-{END - START}{ending}"
    folder.mkdir(parents=True, exist_ok=True)
    span = (float(START), float(END))
    triggerfiles.write(found, path, channel=channel, span=span, searched=Segments.of([span]))
    return path


def table(path: Path, rows: dict[str, Any], snr: float = 20.0) -> Path:
    """A file with a column of channels, which states neither a span nor what was searched."""
    path.parent.mkdir(parents=True, exist_ok=True)
    listed = sorted((time, name) for name, times in rows.items() for time in times)
    kinds = [("time", float), ("frequency", float), ("snr", float), ("channel", h5py.string_dtype())]
    with h5py.File(path, "w") as file:
        file["triggers"] = np.array([(time, 100.0, snr, name) for time, name in listed], kinds)
    return path


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Trigger files of a primary channel, of two that explain it, of one that does not, and of a quiet one."""
    folder, rng = tmp_path_factory.mktemp("lists"), np.random.default_rng(1)
    times = np.sort(np.r_[rng.uniform(START, END, 50), np.repeat(rng.uniform(START, END, 5), 2)])
    put(folder / "main", PRIMARY, events(times, 5 + 5 * rng.pareto(1.5, 60)))
    for channel, part in ((FIRST, times[:30]), (SECOND, times[30:45])):
        own = np.r_[part + rng.normal(0, 0.02, len(part)), rng.uniform(START, END, 40)]
        put(folder / "aux", channel, events(own, 8 + 4 * rng.pareto(1.0, len(own))))
    put(folder / "aux", "K1:VIS-NOISE", events(rng.uniform(START, END, 60), 9))
    put(folder / "aux", QUIET, events(rng.uniform(START, END, 9), 5))
    (folder / "live.txt").write_text("".join(f"{a} {b}\n" for a, b in LIVE))
    return folder


@pytest.fixture
def copied(lists: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(lists, tmp_path / "lists"))


def given(lists: Path, output: Path, *more: object) -> list[object]:
    """The command; few shifts keep it quick."""
    where = ["--primary", lists / "main", "--auxiliary", lists / "aux", "-o", output]
    return ["hveto", *where, "--shifts", 9, *more]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def rounds(folder: Path) -> Any:
    return json.loads((folder / "summary.json").read_text())["rounds"]


def winners(folder: Path) -> list[str]:
    return [one["winner"]["channel"] for one in rounds(folder)]


def warnings(done: Any) -> list[str]:
    return [line.removeprefix("WARNING: ") for line in done.err.splitlines() if line.startswith("WARNING: ")]


def plan(culpa: Culpa, *arguments: object) -> Any:
    done = culpa("hveto", *arguments, "--dry-run")
    assert done.code == 0, done.err
    return json.loads(done.out)


# the numbers in the files, against sums over the events one by one


def pairs(lists: Path, channel: str) -> list[tuple[float, float]]:
    (path,) = lists.rglob(f"{stem(channel)}_OMICRON*")
    found = triggerfiles.read(path)
    rows = zip(found["time"].tolist(), found["snr"].tolist(), strict=True)
    return [(t, snr) for t, snr in rows if any(a <= t < b for a, b in LIVE)]


Intervals = list[tuple[Fraction, Fraction]]


def joined(intervals: Intervals) -> Intervals:
    found: Intervals = []
    for a, b in sorted(intervals):
        found = [*found[:-1], (found[-1][0], max(b, found[-1][1]))] if found and a <= found[-1][1] else [*found, (a, b)]
    return found


def common(these: Intervals, those: Intervals) -> Fraction:
    return sum((max(Fraction(0), min(b, d) - max(a, c)) for a, b in these for c, d in those), Fraction(0))


def around(times: list[float], window: float) -> Intervals:
    return joined([(Fraction(t) - Fraction(window) / 2, Fraction(t) + Fraction(window) / 2) for t in times])


def without(live: Intervals, gone: Intervals) -> Intervals:
    edges = sorted({edge for part in (*live, *gone) for edge in part})
    parts = list(pairwise(edges))
    return [one for one in parts if common([one], live) and not common([one], gone)]


def column(path: Path, name: str) -> list[str]:
    first, *lines = (line.split() for line in path.read_text().splitlines())
    return [line[first.index(name)] for line in lines]


def test_every_number_of_every_round(culpa: Culpa, lists: Path, tmp_path: Path) -> None:
    assert culpa(*given(lists, tmp_path, "--segments", lists / "live.txt", "--minimum-significance", 3)).code == 0
    summary = json.loads((tmp_path / "summary.json").read_text())
    auxiliary = {name: pairs(lists, name) for name in (FIRST, SECOND, "K1:VIS-NOISE", QUIET)}
    primary = [time for time, _ in pairs(lists, PRIMARY)]
    live = [(Fraction(a), Fraction(b)) for a, b in LIVE]
    total, whole, vetoed, dead = len(primary), common(live, live), 0, Fraction(0)
    assert (summary["primary"]["events"], summary["live"]["seconds"]) == (total, float(whole))
    assert len(summary["rounds"]) >= 2
    for one in summary["rounds"]:
        there, seconds = tmp_path / f"round-{one['round']}", common(live, live)
        cells = list(csv.DictReader((there / "grid.csv").read_text().splitlines()))
        assert len(cells) == len(auxiliary) * 8 * 6
        for cell in cells[::3]:
            window = float(cell["window"])
            loud = [time for time, snr in auxiliary[cell["channel"]] if snr >= float(cell["snr"])]
            n = sum(any(p - window / 2 <= a <= p + window / 2 for a in loud) for p in primary)
            covered = common(around(loud, window), live)
            mu = float(len(primary) * covered / seconds)
            assert (int(cell["coincidences"]), int(cell["auxiliary"])) == (n, len(loud))
            assert float(cell["covered"]) == pytest.approx(float(covered), abs=1e-5)
            assert float(cell["expected"]) == pytest.approx(mu, abs=1e-5)
            assert float(cell["significance"]) == pytest.approx(significance(n, mu), rel=1e-5, abs=1e-9)
        winner = one["winner"]
        assert winner["significance"] == max(float(cell["significance"]) for cell in cells)
        half = winner["window"] / 2
        loud = [time for time, snr in auxiliary[winner["channel"]] if snr >= winner["snr"]]
        hit = [p for p in primary if any(p - half <= a <= p + half for a in loud)]
        used = sum(any(a - half <= p <= a + half for p in primary) for a in loud)
        gone = around(loud, winner["window"])
        lost = common(gone, live)
        vetoed, dead = vetoed + len(hit), dead + lost
        assert (one["vetoed"], one["primaries"], one["used"]) == (len(hit), len(primary), used)
        assert one["use_percentage"] == pytest.approx(100 * used / len(loud))
        assert one["efficiency"] == pytest.approx(len(hit) / len(primary))
        assert one["deadtime"] == pytest.approx(float(lost / seconds), rel=1e-6)
        ratio = one["efficiency"] / float(lost / seconds)
        assert one["efficiency_over_deadtime"] == pytest.approx(ratio, rel=1e-6)
        assert one["cumulative_efficiency"] == pytest.approx(vetoed / total)
        assert one["cumulative_deadtime"] == pytest.approx(float(dead / whole), rel=1e-6)
        assert list(map(float, column(there / "winner.txt", "time"))) == loud
        assert list(map(float, column(there / "vetoed.txt", "time"))) == hit
        lines = [line.split("\t") for line in (there / "segments.txt").read_text().splitlines()[1:]]
        found = [float(edge) for line in lines for edge in line[1:3]]
        assert found == pytest.approx([float(edge) for part in gone for edge in part], abs=1e-6)
        best = {row["channel"]: row for row in csv.DictReader((there / "channels.csv").read_text().splitlines())}
        assert best[winner["channel"]]["used"] == str(used)
        primary = [p for p in primary if p not in hit]
        kept = {name: [(t, snr) for t, snr in of if not common_point(t, gone)] for name, of in auxiliary.items()}
        auxiliary, live = kept, without(live, gone)
    assert summary["remaining"]["events"] == len(primary)


def common_point(time: float, intervals: Intervals) -> bool:
    return any(a <= Fraction(time) <= b for a, b in intervals)


# the same result, however it comes about


def test_the_same_bytes_again_and_from_two_processes(culpa: Culpa, lists: Path, tmp_path: Path) -> None:
    more = ("--segments", lists / "live.txt", "--shifts", 600)
    for jobs in (1, 2):
        assert culpa(*given(lists, tmp_path / str(jobs), *more, "-j", jobs)).code == 0
    one, two = contents(tmp_path / "1"), contents(tmp_path / "2")
    assert {"index.html", "hveto.log", "hveto.toml", "round-2/grid.csv", "round-1/histogram.png"} <= one.keys()
    assert one == two


def test_a_rerun_leaves_what_is_of_others_and_nothing_of_before(culpa: Culpa, lists: Path, tmp_path: Path) -> None:
    again, once = tmp_path / "again", tmp_path / "once"
    assert culpa(*given(lists, again)).code == 0
    assert winners(again) == [FIRST, SECOND]
    (again / "round-2/notes.txt").write_text("mine")
    for folder in (again, once):
        assert culpa(*given(lists, folder, "--unsafe", FIRST)).code == 0
    assert winners(once) == [SECOND]
    assert contents(again) == contents(once) | {"round-2/notes.txt": b"mine"}


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_killed_then_twice_at_once_is_as_undisturbed(culpa: Culpa, lists: Path, tmp_path: Path) -> None:
    disturbed, once = tmp_path / "disturbed", tmp_path / "once"
    command = [sys.executable, "-m", "culpa", *map(str, given(lists, disturbed)), "-q"]
    victim = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    while not (disturbed / "round-1/grid.csv").exists() and victim.poll() is None:
        time.sleep(0.005)
    victim.kill()
    assert victim.wait() < 0
    assert not (disturbed / "index.html").exists()
    (disturbed / "round-2").mkdir(exist_ok=True)
    (disturbed / "round-2/.winner.txt.99-0123abcd.tmp").touch()
    for leftover in disturbed.rglob(".*.tmp"):
        os.utime(leftover, (0, 0))
    both = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [one.wait() for one in both] == [0, 0]
    assert culpa(*given(lists, once)).code == 0
    assert contents(disturbed) == contents(once)


@pytest.mark.parametrize("ending", [".xml.gz", ".root"])
def test_any_format_and_all_of_them_together(culpa: Culpa, lists: Path, tmp_path: Path, ending: str) -> None:
    for folder in ("main", "aux"):
        for path in (lists / folder).iterdir():
            found = triggerfiles.load(path)
            put(tmp_path / folder, found.channel, found.events, ending)
    expected = plan(culpa, *given(lists, tmp_path)[1:])
    assert plan(culpa, *given(tmp_path, tmp_path)[1:]) == expected
    both = ("--primary", lists / "main", "--auxiliary", lists)
    assert plan(culpa, *given(tmp_path, tmp_path)[1:], *both) == expected


def test_files_given_twice_count_once(culpa: Culpa, lists: Path, copied: Path, tmp_path: Path) -> None:
    path = next((copied / "aux").glob("*PEM_MIC_*"))
    (copied / "aux/link.h5").symlink_to(path)
    os.link(path, copied / "aux/hard.h5")
    (copied / "aux/sub").mkdir()
    shutil.copy(path, copied / "aux/sub")
    (copied / "list.lcf").write_text(f"{path}\nfile://localhost{path}\n")
    more = ("--auxiliary", copied / "aux", "--auxiliary", copied / "list.lcf", "--auxiliary", f"{copied}/aux/*.h5")
    done = culpa(*given(copied, tmp_path / "twice", *more))
    culpa(*given(lists, tmp_path / "once"))
    assert rounds(tmp_path / "twice") == rounds(tmp_path / "once")
    assert [line.partition(": ")[2] for line in warnings(done)[:2]] == [
        "given more than once, read once",
        "300 s were searched by an earlier file, whose triggers count",
    ]


def test_the_primary_channel_among_the_auxiliary_ones_does_not_explain_itself(culpa: Culpa, lists: Path) -> None:
    expected = plan(culpa, *given(lists, lists)[1:])
    assert plan(culpa, *given(lists, lists)[1:], "--auxiliary", lists / "main") == expected
    named = ("--primary", lists, "--primary-channel", PRIMARY, "--auxiliary", lists, "-o", lists)
    assert plan(culpa, *named) == expected
    assert PRIMARY not in expected["auxiliary"]


def test_many_channels_in_a_file_of_any_name(culpa: Culpa, lists: Path, tmp_path: Path) -> None:
    rows = {name: [time for time, _ in pairs(lists, name)] for name in (PRIMARY, FIRST, SECOND)}
    everything = table(tmp_path / "all of it.h5", rows)
    where = ("--primary", everything, "--auxiliary", everything, "-o", tmp_path / "out", "--shifts", 9)
    done = culpa("hveto", *where)
    assert done.code == 2
    assert "which is the primary channel? its files hold 3: K1:CAL-STRAIN, K1:PEM-ACC, K1:PEM-MIC\n" in done.err
    done = culpa("hveto", *where, "--primary-channel", PRIMARY)
    assert done.code == 2
    assert "the analysed time is not known: neither the files of K1:CAL-STRAIN nor their names say" in done.err
    assert not (tmp_path / "out").exists()
    assert culpa("hveto", *where, "--primary-channel", PRIMARY, "--segments", lists / "live.txt").code == 0
    assert winners(tmp_path / "out") == [FIRST, SECOND]


# nothing to find


def emptied(copied: Path, *folders: str) -> Path:
    for folder in folders:
        for path in (copied / folder).iterdir():
            put(copied / folder, triggerfiles.load(path).channel, events([], 9))
    return copied


def test_without_primary_triggers_the_page_says_so(culpa: Culpa, copied: Path, tmp_path: Path) -> None:
    for folders in (("main",), ("main", "aux")):
        done = culpa(*given(emptied(copied, *folders), tmp_path, "--json"))
        assert (done.code, done.out) == (4, "")
        said = f"culpa: no trigger of {PRIMARY} in 300 s of analysed time: nothing to explain\n"
        assert done.err.endswith(f"{said}  what was looked at: {tmp_path}/index.html\n")
        assert rounds(tmp_path) == []
        assert "no primary event" in (tmp_path / "hveto.log").read_text()


def test_without_auxiliary_triggers_nothing_is_explained(culpa: Culpa, copied: Path, tmp_path: Path) -> None:
    done = culpa(*given(emptied(copied, "aux"), tmp_path))
    assert (done.code, done.out) == (0, f"{tmp_path}/index.html\n")
    quiet = "channels without a trigger of SNR 8 or more in the analysed time: K1:PEM-ACC, K1:PEM-MIC, K1:PEM-QUIET, K1"
    assert [line for line in warnings(done) if line.startswith(quiet)]
    assert "explained: 0 of 60 primary triggers; there is no auxiliary event of SNR" in done.err
    assert json.loads((tmp_path / "summary.json").read_text())["remarks"] == warnings(done)


def test_what_lies_outside_the_segments_does_not_count(culpa: Culpa, lists: Path, tmp_path: Path) -> None:
    segments = tmp_path / "segments.txt"
    segments.write_text(f"{START + 500} {START + 600}\n")
    done = culpa(*given(lists, tmp_path / "out", "--segments", segments))
    assert done.code == 4
    assert "60 of 60 primary triggers lie outside the analysed time: left out" in warnings(done)
    segments.write_text(f"{START} {START + 100}\n{START + 50} {START + 150}\n{START + 150} {START + 150}\n")
    done = culpa(*given(lists, tmp_path / "out", "--segments", segments))
    assert done.code == 0
    assert "1 of 3 segments overlap earlier ones" in warnings(done)[0]
    assert json.loads((tmp_path / "out/summary.json").read_text())["live"]["seconds"] == 150
    segments.write_text(f"{START} {START}\n")
    done = culpa(*given(lists, tmp_path / "none", "--segments", segments))
    assert (done.code, done.err) == (3, f"culpa: no live time: {segments} has no segment to analyse\n")
    assert not (tmp_path / "none").exists()


def test_rows_without_time_or_snr(culpa: Culpa, copied: Path, tmp_path: Path) -> None:
    times = np.array([np.nan, np.inf, START + 10.0, START + 20.0, START + 30.0])
    nothing = np.full(5, np.nan)
    odd = Events({"time": times, "frequency": nothing, "snr": np.array([9, 9, np.nan, -3, np.inf])})
    put(copied / "main", PRIMARY, odd)
    put(copied / "aux", FIRST, odd)
    done = culpa(*given(copied, tmp_path))
    assert done.code == 0
    assert warnings(done)[0].endswith("K1-CAL_STRAIN_OMICRON-1400000000-300.h5: 2 rows without a time are left out")
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["primary"]["events"] == 3
    rows = csv.DictReader((tmp_path / "remaining/channels.csv").read_text().splitlines())
    (row,) = (row for row in rows if row["channel"] == FIRST)
    assert (row["auxiliary"], row["coincidences"]) == ("1", "1")  # the one of infinite SNR


# what cannot be read, and what is said


def test_files_that_cannot_be_read_are_named_and_the_rest_is_analysed(
    culpa: Culpa, lists: Path, copied: Path, tmp_path: Path
) -> None:
    half = next((copied / "aux").glob("*PEM_MIC_*")).read_bytes()[:3000]
    bad = {
        "half.h5": half,
        "zero.h5": b"",
        "torn.xml.gz": b"\x1f\x8b\x08",
        "broken.xml": b"<LIGO_LW>",
        "x.root": b"root",
    }
    for name, content in bad.items():
        (copied / "aux" / name).write_bytes(content)
    (copied / "aux/gone.h5").symlink_to("nowhere.h5")
    (copied / "aux/notes.txt").write_text("not a trigger file")
    done = culpa(*given(copied, tmp_path / "with"))
    assert done.code == 0
    said = [line for line in warnings(done) if line.startswith("cannot read the trigger file")]
    assert {Path(line.split()[5].rstrip(":")).name for line in said} == {*bad, "gone.h5"}
    assert all(line.endswith("; it is left out") for line in said)
    culpa(*given(lists, tmp_path / "without"))
    assert rounds(tmp_path / "with") == rounds(tmp_path / "without")


@pytest.mark.parametrize(
    "name", ["K1:A[/red]B", "K1:[bold]", "</script><b>'\"", "K1:a b", "K1:漢字", "K1:" + "X" * 300, "#1"]
)
def test_channels_of_any_name(culpa: Culpa, lists: Path, tmp_path: Path, name: str) -> None:
    times = [time for time, _ in pairs(lists, PRIMARY)]
    main = table(tmp_path / "main.h5", {f"main {name}": times})
    aux = table(tmp_path / "aux.h5", {name: times[:20]})
    more = ("--segments", lists / "live.txt", "--shifts", 0, "-o", tmp_path / "out")
    done = culpa("hveto", "--primary", main, "--auxiliary", aux, *more)
    assert done.code == 0
    assert winners(tmp_path / "out") == [name]
    assert f"what explains main {name}" in done.err or len(name) > 60
    assert "</script><b>" not in (tmp_path / "out/index.html").read_text(encoding="utf-8")
    assert read_veto(tmp_path / "out")[1][0].vetoed.tolist() == times[:20]


def test_json_is_the_summary_and_all_there_is_on_stdout(culpa: Culpa, lists: Path, tmp_path: Path) -> None:
    done = culpa(*given(lists, tmp_path, "--json"))
    assert json.loads(done.out) == json.loads((tmp_path / "summary.json").read_text())
    assert "what explains K1:CAL-STRAIN" in done.err
    quiet = culpa(*given(lists, tmp_path, "--json", "-q"))
    assert (quiet.out, quiet.err) == (done.out, "")


def test_a_dry_run_tells_and_writes_nothing(culpa: Culpa, lists: Path, tmp_path: Path) -> None:
    told = plan(culpa, *given(lists, tmp_path / "out")[1:])
    assert told == {
        "output": f"{tmp_path}/out",
        "engine": "native",
        "primary": PRIMARY,
        "primary_triggers": 60,
        "auxiliary": {SECOND: 55, FIRST: 70, QUIET: 9, "K1:VIS-NOISE": 60},
        "livetime": 300.0,
    }
    assert not (tmp_path / "out").exists()


# what is asked for


def asked(**changes: Any) -> stage.Request:
    base: dict[str, Any] = {"which": None, "output": Path("out"), "primary": ["a.h5"], "auxiliary": ["b.h5"]}
    return stage.request(**base | changes)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"primary": []}, UsageError, "nothing to analyse"),
        ({"auxiliary": []}, UsageError, "nothing to analyse"),
        ({"engine": "upsteam"}, UsageError, "engine 'upsteam' is not known"),
        ({"which": "day"}, UsageError, "exclude each other"),
        ({"which": "day", "primary": [], "auxiliary": []}, NoDataError, "omicron does not exist"),
    ],
)
def test_requests_that_cannot_be_meant(changes: dict[str, Any], error: type[CulpaError], message: str) -> None:
    changes = changes | ({"which": date(2026, 1, 31)} if "which" in changes else {})
    with pytest.raises(error, match=message):
        asked(**changes)


def test_options_over_the_ini_over_the_file(tmp_path: Path) -> None:
    config, ini = tmp_path / "culpa.toml", tmp_path / "hveto.ini"
    config.write_text("[hveto]\nmax_rounds = 7\nseed = 3\nminimum_significance = 9.0\n")
    ini.write_text("[hveto]\nminimum-significance = 8\ntime-windows = 0.5, 0.1\n[primary]\nsnr-threshold = 6\n")
    chosen, read = stage.settings(config, asked(ini=ini), minimum_significance=4.0, seed=None)
    assert (chosen.max_rounds, chosen.seed, chosen.minimum_significance) == (7, 3, 4.0)
    assert (chosen.time_windows, chosen.primary_snr) == ((0.1, 0.5), 6.0)
    assert read is not None
    assert stage.settings(config, asked(ini=ini))[0].minimum_significance == 8.0
    plain, none = stage.settings(config, asked())
    assert (plain.minimum_significance, plain.expectation, none) == (9.0, "union", None)
    assert stage.settings(None, asked(engine="upstream"), expectation="union")[0].expectation == "upstream"


KAGRA = """
[hveto]
snr-thresholds = 5, 5.5, 6, 6.5, 7, 7.5, 8, 9, 10, 11, 12, 15, 20, 40, 50, 100, 200, 300, 500
time-windows = 0.1, 0.2, 0.4, 0.5, 0.8, 1, 1.5, 2, 5
[primary]
channel = %(IFO)s:CAL-STRAIN
snr-threshold = 6
frequency-range = 10, 2048
[auxiliary]
channels = K1:PEM-ACC
 K1:PEM-MIC
 K1:PEM-LOST
[safety]
unsafe-channels = K1:PEM-A*
"""


def test_a_configuration_of_hveto(culpa: Culpa, lists: Path, tmp_path: Path) -> None:
    ini = tmp_path / "o3.ini"
    ini.write_text(f"[DEFAULT]\nifo = K1\n{KAGRA}")
    done = culpa(*given(lists, tmp_path / "out", "--hveto-ini", ini))
    assert done.code == 0
    assert f"channels of {ini} without a trigger file: K1:PEM-LOST" in warnings(done)
    assert [line for line in warnings(done) if "below the SNR or outside the frequencies asked for" in line]
    assert winners(tmp_path / "out") == [FIRST]
    assert len((tmp_path / "out/round-1/grid.csv").read_text().splitlines()) == 1 + 19 * 9
    remarks = json.loads((tmp_path / "out/summary.json").read_text())["remarks"]
    assert f"{SECOND} is unsafe: left out" in remarks


def test_what_follows_the_injections_is_left_out(culpa: Culpa, copied: Path, tmp_path: Path) -> None:
    times = np.sort(np.random.default_rng(9).uniform(START + 5, END - 5, 30))
    put(copied / "aux", "K1:CAL-FEELS", events(times[:20] + 0.02, 50))
    (tmp_path / "injected.csv").write_text("family,gps\n" + "".join(f"x,{time!r}\n" for time in times.tolist()))
    done = culpa(*given(copied, tmp_path / "out", "--injections", tmp_path / "injected.csv", "--shifts", 199))
    assert done.code == 0
    said = "K1:CAL-FEELS follows the injections (20 of 30, false-alarm probability 0.005): unsafe, left out"
    assert said in warnings(done)
    summary = json.loads((tmp_path / "out/summary.json").read_text())
    assert {one["channel"]: one["unsafe"] for one in summary["safety"]} == {
        "K1:CAL-FEELS": True, SECOND: False, FIRST: False, QUIET: False, "K1:VIS-NOISE": False,
    }  # fmt: skip
    assert winners(tmp_path / "out") == [FIRST, SECOND]
    assert 'unsafe = [\n    "K1:CAL-FEELS",\n]' in (tmp_path / "out/hveto.toml").read_text()


def test_a_wrong_primary_channel_is_told_the_nearest(lists: Path) -> None:
    request = asked(primary=[str(lists / "main")], auxiliary=[str(lists / "aux")], channel="K1:CAL-STRAN")
    with pytest.raises(ChannelNotFoundError) as error:
        stage.plan(request, *stage.settings(None, request))
    assert "no channel 'K1:CAL-STRAN' in the primary trigger files" in error.value.message
    assert "did you mean K1:CAL-STRAIN?" in str(error.value.hint)


# what is easily overlooked


def test_unsafe_channels_add_up_wherever_they_are_named(culpa: Culpa, lists: Path, tmp_path: Path) -> None:
    (tmp_path / "u.toml").write_text('[hveto]\nunsafe = ["K1:VIS-*"]\n')
    (tmp_path / "u.ini").write_text(
        f"[hveto]\nsnr-thresholds = 8\n[safety]\nunsafe-channels = {FIRST}\n  K1:OTHER-DETECTOR\n"
    )
    asked = stage.request(None, tmp_path, ["p"], ["a"], PRIMARY, ini=tmp_path / "u.ini")
    chosen, _ = stage.settings(tmp_path / "u.toml", asked, [SECOND])
    assert {"K1:VIS-*", FIRST, SECOND} <= set(chosen.unsafe)
    done = culpa(
        *given(
            lists, tmp_path / "out", "--hveto-ini", tmp_path / "u.ini", "--primary-channel", PRIMARY, "--unsafe", SECOND
        )
    )
    assert done.code == 0
    assert winners(tmp_path / "out") == []
    assert not any("no such channel" in line for line in warnings(done))


def test_an_unsafe_channel_that_is_none_is_named(culpa: Culpa, lists: Path, tmp_path: Path) -> None:
    done = culpa(*given(lists, tmp_path / "out", "--unsafe", FIRST.lower()))
    assert done.code == 0
    assert any(f"unsafe {FIRST.lower()}: there is no such channel; " in line for line in warnings(done))


@pytest.mark.parametrize("unsafe", ["*", "K1:*"])
def test_without_an_auxiliary_channel_there_is_nothing_to_explain_with(
    culpa: Culpa, lists: Path, tmp_path: Path, unsafe: str
) -> None:
    done = culpa(*given(lists, tmp_path / "out", "--unsafe", unsafe))
    assert (done.code, done.err.splitlines()[-2:][0]) == (
        3, f"culpa: no auxiliary channel is left beside {PRIMARY}: there is nothing to explain it with",
    )  # fmt: skip
    alone = culpa("hveto", "--primary", lists / "main", "--auxiliary", lists / "main", "-o", tmp_path / "out")
    assert alone.code == 3


def test_injections_count_where_they_are_analysed(culpa: Culpa, lists: Path, tmp_path: Path) -> None:
    (times,) = (triggerfiles.read(path)["time"] for path in (lists / "aux").glob("*PEM_MIC_*"))
    inside, path = times[::2], tmp_path / "injections.csv"
    path.write_text("gps\n" + "".join(f"{t!r}\n" for t in [*inside.tolist(), 5.0, 6.0]))
    done = culpa(*given(lists, tmp_path / "out", "--injections", path, "--shifts", 200))
    assert done.code == 0
    assert f"2 of {len(inside) + 2} injections lie outside the analysed time" in warnings(done)
    assert any(f"{FIRST} follows the injections ({len(inside)} of {len(inside)}," in line for line in warnings(done))
    with (tmp_path / "out" / "safety.csv").open() as file:
        unsafe = [row["channel"] for row in csv.DictReader(file) if row["unsafe"] == "True"]
    assert unsafe == [FIRST]
    assert FIRST not in winners(tmp_path / "out")
    path.write_text("gps\n5\n")
    done = culpa(*given(lists, tmp_path / "out", "--injections", path))
    assert done.code == 3
    assert f"none of the 1 injections of {path} is in the analysed time" in done.err
    again = culpa(*given(lists, tmp_path / "out"))
    assert again.code == 0
    assert not (tmp_path / "out" / "safety.csv").exists()


def test_the_next_format_is_read_where_one_is_damaged(culpa: Culpa, copied: Path, tmp_path: Path) -> None:
    for path in (copied / "aux").glob("*.h5"):
        found = triggerfiles.read(path)
        put(copied / "aux", str(found["channel"][0]) if len(found) else QUIET, found, ".root")
        path.write_bytes(path.read_bytes()[:200])
    done = culpa(*given(copied, tmp_path / "out"))
    assert done.code == 0
    assert winners(tmp_path / "out")[:1] == [FIRST]
    assert len([line for line in warnings(done) if "cannot read" in line]) == 4


def test_a_killed_rerun_leaves_no_mixture(
    lists: Path, tmp_path: Path, culpa: Culpa, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert culpa(*given(lists, tmp_path / "out")).code == 0

    def killed(*_: object) -> None:
        raise CulpaError("killed")

    monkeypatch.setattr("culpa.report.hveto.drawings.histogram", killed)
    assert culpa(*given(lists, tmp_path / "out", "--unsafe", FIRST)).code == 1
    assert not (tmp_path / "out" / "index.html").exists()
    with pytest.raises(NoDataError, match="is not the folder of a veto"):
        read_veto(tmp_path / "out")


def test_the_flag_of_a_configuration_needs_segments(culpa: Culpa, lists: Path, tmp_path: Path) -> None:
    ini = tmp_path / "f.ini"
    ini.write_text("[segments]\nanalysis-flag = K1:LOCKED:1\n")
    done = culpa(*given(lists, tmp_path / "out", "--hveto-ini", ini, "--primary-channel", PRIMARY))
    assert f"no --segments: all that was searched is analysed, not K1:LOCKED:1 of {ini}" in warnings(done)


@pytest.mark.parametrize("text", ["1400000000000 1400000300000", "1400000000000000000 1400000300000000000", "0 1e300"])
def test_times_that_are_no_gps_seconds(culpa: Culpa, lists: Path, tmp_path: Path, text: str) -> None:
    path = tmp_path / "ms.txt"
    path.write_text(f"{text}\n")
    done = culpa(*given(lists, tmp_path / "out", "--segments", path))
    assert done.code == 2
    assert f"{path}: expected GPS times in s, got " in done.err
    assert "are these ms or ns?" in done.err


def test_channels_that_were_searched_for_a_part_only_are_named(culpa: Culpa, lists: Path, tmp_path: Path) -> None:
    path = tmp_path / "aux" / f"{stem('K1:PEM-HALF')}_OMICRON-{START}-{END - START}.h5"
    path.parent.mkdir()
    span = (float(START), float(END))
    half = Segments.of([(START, START + 150)])
    triggerfiles.write(events([START + 5.0], 20), path, channel="K1:PEM-HALF", span=span, searched=half)
    done = culpa(*given(lists, tmp_path / "out", "--auxiliary", path.parent))
    assert "channels that were searched for less than 99 % of the analysed time: K1:PEM-HALF" in warnings(done)


def test_names_of_channels_cannot_control_the_terminal(culpa: Culpa, lists: Path, tmp_path: Path) -> None:
    (times,) = (triggerfiles.read(path)["time"] for path in (lists / "main").glob("*"))
    table(tmp_path / "aux" / "evil.h5", {"K1:PEM-\x1b[31mRED": times.tolist()})
    done = culpa(
        "hveto", "--primary", lists / "main", "--auxiliary", tmp_path / "aux", "-o", tmp_path / "out", "--shifts", 5
    )
    assert done.code == 0
    assert "\x1b[31m" not in done.err
    assert "\x1b[31m" not in (tmp_path / "out" / "hveto.log").read_text()
