"""`culpa coherence` as a user types it: on data of one's own, with a known coupling, and on a day."""

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.signal

from culpa.acquire import triggerfiles
from culpa.acquire.frames import write_gwf
from culpa.acquire.sources import open_source
from culpa.explain.coherence.settings import CoherenceSettings
from culpa.run.assignment import Assignment
from culpa.run.coherence.spectra import added, read_sums, write_sums
from culpa.run.coherence.targets import target
from culpa.run.coherence.windows import spaced, windows_of
from culpa.run.verify import verify
from culpa.types import TRIGGER_COLUMNS, Events, Segments, Series

from .days import DATE, contents, different, due, make, small

Culpa = Callable[..., Any]
START, DURATION = 1_400_000_000, 384
MAIN, SAME, ALONE, LINEAR, SLOW = "K1:MAIN", "K1:A-SAME", "K1:B-ALONE", "K1:C-LINEAR", "K1:D-SLOW"
RATES = {MAIN: 512.0, SAME: 512.0, ALONE: 1024.0, LINEAR: 512.0, SLOW: 256.0}
TIMES = START + 20.37 + 8.61 * np.arange(40)
"""Of glitches at about 60 Hz in MAIN and, 3 ms earlier and three times as loud, in SAME."""


def samples() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(1)
    noise = {name: rng.standard_normal(round(rate * DURATION)) for name, rate in RATES.items()}
    noise[MAIN] += 0.3 * noise[LINEAR]
    for moment, sign in zip(TIMES - START, rng.choice([-1, 1], len(TIMES)), strict=True):
        for name, late, loud in ((MAIN, 0.003, 1.0), (SAME, 0.0, 3.0)):
            t = np.arange(len(noise[name])) / RATES[name] - moment - late
            noise[name] += loud * sign * 2.5 * np.sin(2 * np.pi * 60 * t) * np.exp(-((t / 0.04) ** 2))
    return noise


def record(folder: Path, borders: tuple[int, ...], missing: tuple[int, ...] = ()) -> Path:
    """The recording in files that begin at some seconds, without those that are missing."""
    everything = samples()
    for first, last in zip(borders, (*borders[1:], DURATION), strict=True):
        if first not in missing:
            cut = {n: v[round(first * RATES[n]) : round(last * RATES[n])] for n, v in everything.items()}
            series = [Series(v, float(START + first), RATES[n], n, "") for n, v in cut.items()]
            write_gwf(folder / f"K-K1_TEST-{START + first}-{last - first}.gwf", series)
    return folder


def triggers(path: Path, times: np.ndarray = TIMES, snr: np.ndarray | None = None) -> Path:
    given = {"time": times, "tstart": times - 0.05, "tend": times + 0.05, "frequency": np.full(len(times), 60.0)}
    given["snr"] = np.full(len(times), 9.0) if snr is None else snr
    events = Events({name: given.get(name, np.full(len(times), np.nan)) for name in TRIGGER_COLUMNS})
    span = (float(START), float(START + DURATION))
    triggerfiles.write(events, path, channel=MAIN, span=span, searched=Segments((span,)))
    return path


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return record(tmp_path_factory.mktemp("data"), (0, 64, 100, 228, 356))


@pytest.fixture(scope="module")
def list_of_triggers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return triggers(tmp_path_factory.mktemp("triggers") / f"K1-MAIN_OMICRON-{START}-{DURATION}.h5")


def table(path: Path) -> dict[str, np.ndarray]:
    header, *rows = csv.reader(path.read_text().splitlines())
    return {name: np.array([row[place] for row in rows], float) for place, name in enumerate(header)}


def findings(folder: Path) -> dict[str, dict[str, Any]]:
    said = json.loads((folder / "coherence.json").read_text())
    return {one["channel"]: one for one in said["findings"]}


# overall


def overall(culpa: Culpa, data: Path, output: Path, *more: object) -> Any:
    return culpa("coherence", "overall", "--source", data, "--main", MAIN, "-o", output, "-q", *more)


def test_overall_is_that_of_scipy(culpa: Culpa, data: Path, tmp_path: Path) -> None:
    assert overall(culpa, data, tmp_path, "--channel", LINEAR).code == 0
    found, noise = table(tmp_path / "overall_C_LINEAR.csv"), samples()
    frequencies, expected = scipy.signal.coherence(noise[MAIN], noise[LINEAR], 512, nperseg=1024, noverlap=512)
    here = np.isin(frequencies, found["frequency"])
    assert found["frequency"][[0, -1]].tolist() == [10.0, 255.5]
    np.testing.assert_allclose(found["coherence"], expected[here], rtol=1e-6)
    power = scipy.signal.welch(noise[MAIN], 512, nperseg=1024, noverlap=512)[1][here]
    np.testing.assert_allclose(found["main_asd"], np.sqrt(power), rtol=1e-6)
    assert abs(found["coherence"].mean() - 0.09 / 1.09) < 0.01


def test_all_channels_are_ranked(culpa: Culpa, data: Path, tmp_path: Path) -> None:
    answer = overall(culpa, data, tmp_path, "--json")
    said = json.loads(answer.out)["overall"]
    assert (said["channels"], said["significant"][0]) == (4, LINEAR)
    assert ALONE not in said["significant"]
    assert SLOW not in said["significant"]
    rows = list(csv.DictReader((tmp_path / "overall.csv").read_text().splitlines()))
    first = [row["channel"] for i, row in enumerate(rows) if i == 0 or row["from"] != rows[i - 1]["from"]]
    assert set(first) <= {LINEAR, SAME}
    assert {row["channel"] for row in rows if float(row["to"]) <= 128} == {SAME, ALONE, LINEAR, SLOW}
    assert (tmp_path / "contributions.png").exists()
    assert (tmp_path / "overall_C_LINEAR.png").exists()
    assert not (tmp_path / "overall_B_ALONE.png").exists()
    listed = list(csv.DictReader((tmp_path / "by_frequency.csv").read_text().splitlines()))
    assert LINEAR in {row["channel"] for row in listed}


def test_files_and_processes_change_nothing(culpa: Culpa, data: Path, tmp_path: Path) -> None:
    cut = record(tmp_path / "cut", (0, 7, 8, 200, 383))
    for name, source, more in (("a", data, ()), ("b", data, ("-j", 2)), ("c", cut, ())):
        assert overall(culpa, source, tmp_path / name, *more).code == 0
    one = contents(tmp_path / "a")
    assert len(one) > 5
    assert different(one, contents(tmp_path / "b")) == []
    assert different(one, contents(tmp_path / "c")) == []


def test_gaps_and_times_that_are_left_out(culpa: Culpa, tmp_path: Path) -> None:
    """Windows of 2 s, one a second, in each segment from its start on."""
    data = record(tmp_path / "data", (0, 64, 100, 228, 356), missing=(64,))
    said = json.loads(overall(culpa, data, tmp_path / "a", "--json").out)["overall"]
    assert said["windows"] == 63 + 283
    segments, out = tmp_path / "segments.txt", tmp_path / "out.txt"
    segments.write_text(f"{START + 10} {START + 20.5}\n{START + 110} {START + 111}\n{START + 200} {START + 300}\n")
    out.write_text(f"{START + 250} {START + 260}\n")
    said = json.loads(overall(culpa, data, tmp_path / "b", "--segments", segments, "--json").out)["overall"]
    assert said["windows"] == 9 + 0 + 99
    more = ("--segments", segments, "--leave-out", out, "--json")
    said = json.loads(overall(culpa, data, tmp_path / "c", *more).out)["overall"]
    assert said["windows"] == 9 + 49 + 39


def test_a_channel_that_is_constant_or_has_an_odd_rate(culpa: Culpa, tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    series = [
        Series(rng.standard_normal(64 * 256), float(START), 256.0, MAIN, ""),
        Series(np.full(64 * 256, 3.7), float(START), 256.0, "K1:CONSTANT", ""),
        Series(rng.standard_normal(64 * 3), float(START), 3.0, "K1:SLOWEST", ""),
    ]
    write_gwf(tmp_path / f"K-K1_TEST-{START}-64.gwf", series)
    answer = culpa(
        "coherence", "overall", "--source", tmp_path, "--main", MAIN, "--channel", "K1:*", "-o", tmp_path / "o"
    )
    assert answer.code == 0
    assert "K1:SLOWEST: windows of 2 s are no whole number of samples at 3 Hz, or too few; left out" in answer.err
    assert "not known" in answer.err
    assert findings(tmp_path / "o")["K1:CONSTANT"]["p_overall"] is None
    assert np.isnan(table(tmp_path / "o" / "overall_CONSTANT.csv")["coherence"]).all()


def test_sums_as_files(data: Path, tmp_path: Path) -> None:
    from culpa.decompose.welch import Windows
    from culpa.run.coherence.spectra import SpectraWork, summed

    windows = Windows(2.0, 1.0)
    starts = windows.starts(Segments.of([(START, START + 100)]))
    sums = summed(SpectraWork(open_source([data]), MAIN, (SAME, SLOW), starts, windows))
    write_sums(sums, tmp_path / "sums.npz")
    back = added([read_sums(tmp_path / "sums.npz"), sums])
    assert back.resolution == 0.5
    np.testing.assert_array_equal(back.main.power, 2 * sums.main.power)
    for name in (SAME, SLOW):
        np.testing.assert_array_equal(back.pairs[name].cross, 2 * sums.pairs[name].cross)
        assert back.pairs[name].count == 2 * 99


# at glitches


def glitch(culpa: Culpa, data: Path, lists: Path, output: Path, *more: object) -> Any:
    given = ("--source", data, "--main", MAIN, "--triggers", lists, "-o", output, "-q")
    return culpa("coherence", "glitch", *given, *more)


def test_a_coupling_at_glitches_is_found_where_it_is(
    culpa: Culpa, data: Path, list_of_triggers: Path, tmp_path: Path
) -> None:
    answer = glitch(culpa, data, list_of_triggers, tmp_path, "--channel", SAME, "--channel", ALONE, "--json")
    assert answer.code == 0
    found = {one["channel"]: one for one in json.loads(answer.out)["findings"]}
    assert found[SAME]["coherent_at_glitches"]
    assert found[SAME]["p_at_glitches"] == 0.0002
    assert all(40 <= one["from"] <= one["to"] <= 80 for one in found[SAME]["ranges_at_glitches"])
    assert found[SAME]["p_at_quiet_times"] > 0.01
    assert not found[ALONE]["coherent_at_glitches"]
    assert "Q-scans" in found[ALONE]["advice"]
    assert found[SAME]["windows_at_glitches"] == 40
    part = table(tmp_path / "glitch_A_SAME_triggers.csv")
    assert sorted(part["gps"]) == pytest.approx(TIMES)
    assert part["share"].sum() == pytest.approx(1)
    assert part["share"].tolist() == sorted(part["share"], reverse=True)
    columns = table(tmp_path / "glitch_A_SAME.csv")
    at = int(np.argmin(np.abs(columns["frequency"] - 60)))
    assert columns["coherence"][at] > 0.8
    assert columns["low"][at] > columns["null"][at]
    assert columns["quiet_coherence"][at] < 0.3
    assert columns["p_shifts"][at] == pytest.approx(1 / 40)


def test_both_kinds_make_one_finding(culpa: Culpa, data: Path, list_of_triggers: Path, tmp_path: Path) -> None:
    assert glitch(culpa, data, list_of_triggers, tmp_path, "--channel", LINEAR).code == 0
    assert not (tmp_path / "both_C_LINEAR.png").exists()
    assert "at glitch times" in findings(tmp_path)[LINEAR]["sentence"]
    assert overall(culpa, data, tmp_path, "--channel", LINEAR).code == 0
    assert (tmp_path / "both_C_LINEAR.png").exists()
    assert findings(tmp_path)[LINEAR]["coherent_overall"]


def test_files_processes_and_other_channels_change_nothing_at_glitches(
    culpa: Culpa, data: Path, list_of_triggers: Path, tmp_path: Path
) -> None:
    cut = record(tmp_path / "cut", (0, 20, 21, 29, 200, 383))  # some of them in the middle of a window
    one, two = ("--channel", SAME), ("--channel", SAME, "--channel", SLOW)
    for name, source, more in (("a", data, one), ("b", data, (*two, "-j", 2)), ("c", cut, one)):
        assert glitch(culpa, source, list_of_triggers, tmp_path / name, *more).code == 0
    a, b, c = (contents(tmp_path / name) for name in "abc")
    assert different(a, c) == []
    assert {name for name in different(a, b) if "D_SLOW" not in name} == {"coherence.json"}


def test_windows_at_gaps_are_left_out(culpa: Culpa, list_of_triggers: Path, tmp_path: Path) -> None:
    data = record(tmp_path / "data", (0, 64, 100, 228, 356), missing=(100,))
    assert glitch(culpa, data, list_of_triggers, tmp_path, "--channel", SAME).code == 0
    said = json.loads((tmp_path / "glitch_A_SAME.json").read_text())
    gone = int(((TIMES > START + 99) & (TIMES < START + 229)).sum())
    assert said["glitches"] == 40 - int(((TIMES > START + 100) & (TIMES < START + 228)).sum())
    assert said["windows"] + said["lost"] == said["glitches"]
    assert said["windows"] <= 40 - gone + 1
    kept = table(tmp_path / "glitch_A_SAME_triggers.csv")["gps"]
    assert not ((kept > START + 99.75) & (kept < START + 228.25)).any()


def test_of_triggers_in_one_window_the_loudest_counts() -> None:
    gps = np.array([0.0, 0.3, 0.6, 5.0, 5.5, 9.0])
    assert spaced(gps, np.array([8.0, 9.0, 7.0, 6.0, 6.0, 10.0]), 0.5, 99).tolist() == [1, 3, 4, 5]
    assert spaced(gps, np.array([8.0, 7.0, 9.0, 6.0, 6.5, 10.0]), 0.6, 99).tolist() == [0, 2, 4, 5]
    assert spaced(gps, np.array([8.0, 9.0, 7.0, 6.0, 6.0, 10.0]), 0.5, 2).tolist() == [1, 5]


def test_quiet_times_are_away_from_every_trigger(data: Path) -> None:
    settings = CoherenceSettings(quiet=1.5)
    of = {"time": TIMES, "snr": np.full(40, 9.0), "tstart": TIMES - 0.2, "tend": TIMES + 0.4}
    beside = Events({"time": TIMES + 4, "snr": np.full(40, 9.0)})
    one = target("x", SAME, Events(of), {SAME: beside}, settings)
    found = windows_of(open_source([data]), MAIN, Events(of), [one], settings)["x"].at_quiet_times
    assert 30 < len(found.gps) <= 40
    assert np.diff(np.sort(found.gps)).min() >= 0.5 - 1e-6
    for moment in found.gps:
        assert not ((moment + 0.25 > TIMES - 1.7) & (moment - 0.25 < TIMES + 1.9)).any()
        assert np.abs(TIMES + 4 - moment).min() >= 1.75 - 1e-6
    again = windows_of(open_source([data]), MAIN, Events(of), [one], replace(settings, seed=1))["x"].at_quiet_times
    assert found.gps.tolist() != again.gps.tolist()


def test_scans_where_neither_is_coherent(culpa: Culpa, data: Path, list_of_triggers: Path, tmp_path: Path) -> None:
    more = ("--channel", SAME, "--channel", ALONE, "--qscan")
    assert glitch(culpa, data, list_of_triggers, tmp_path, *more).code == 0
    assert not (tmp_path / "qscans_A_SAME").exists()
    assert len(list((tmp_path / "qscans_B_ALONE").glob("*.png"))) == 5 * 4


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((), 2, "give a DATE, or --source and --main and --channel and --triggers"),
        (("--source", "{data}", "--main", MAIN), 2, "--channel and --triggers"),
        (("2026-01-01", "--main", MAIN), 2, "exclude each other"),
        (("-r", "1"), 2, "give a DATE, too"),
        (("--source", "{data}", "--main", "K1:MAN", "--channel", SAME, "--triggers", "{lists}"), 3, "K1:MAIN"),
        (("--source", "{data}", "--main", MAIN, "--channel", "K1:A-SAM", "--triggers", "{lists}"), 3, SAME),
        (("--source", "{data}", "--main", MAIN, "--channel", SAME, "--triggers", "{late}"), 4, "no glitch of K1:MAIN"),
        (("2026-01-01", "-o", "{nowhere}"), 3, "culpa mock 2026-01-01"),
    ],
)
def test_what_cannot_be_is_said(
    culpa: Culpa, data: Path, list_of_triggers: Path, tmp_path: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    late = triggers(tmp_path / "late.h5", np.array([START + DURATION + 50.0]))
    places = {"data": data, "lists": list_of_triggers, "late": late, "nowhere": tmp_path / "nowhere"}
    answer = culpa("coherence", "glitch", *(text.format(**places) for text in arguments))
    assert answer.code == code
    assert said in answer.err


# a day


def test_by_hand_the_same_bytes_as_by_the_plan(culpa: Culpa, day: Assignment, tmp_path: Path) -> None:
    before = contents(day.day.folder)
    for kind in ("overall", "glitch"):
        assert culpa("coherence", kind, DATE, "-r", 1, "-o", tmp_path, "-q").code == 0
        assert culpa("coherence", kind, DATE, "-o", tmp_path, "-q").code == 0
    assert different(before, contents(day.day.folder)) == []
    assert verify(day.day.folder)[1] == []
    assert due(day) == {}
    assert culpa("coherence", "overall", DATE, "--channel", "K1:PEM*", "-o", tmp_path, "-q").code == 0
    assert [one for one in verify(day.day.folder)[1] if not one.is_harmless] == []


def test_other_settings_are_another_result(day: Assignment, tmp_path: Path) -> None:
    of = small(tmp_path, coherence={"window": 1.0})
    assert {name.partition("/")[0] for name in due(of)} == {"coherence", "score", "page"}
    make(of)
    assert due(of) == {}
    assert table(of.day.folder / "coherence/glitch_round-1.csv")["frequency"][1] == 11.0


def test_times_that_the_veto_removes_can_be_left_out(day: Assignment, tmp_path: Path) -> None:
    folder = day.day.folder / "coherence"
    windows = json.loads((folder / "overall.json").read_text())["windows"]
    make(small(tmp_path, coherence={"leave_out_vetoed": True}))
    assert json.loads((folder / "overall.json").read_text())["windows"] < windows


def test_a_day_with_nothing_to_compare(tmp_path: Path) -> None:
    """No auxiliary channel; no glitch, so no round: a success both."""
    alone = small(tmp_path / "alone", mock={"auxiliary": 0})
    make(alone, until="coherence")
    assert not (alone.day.folder / "coherence").exists()
    calm = small(tmp_path / "calm", mock={"glitches": [], "unwitnessed": 0, "uncoupled": 0})
    make(calm)
    said = json.loads((calm.day.folder / "coherence/coherence.json").read_text())
    assert (said["overall"]["channels"], said["findings"]) == (2, [])
    assert verify(calm.day.folder)[1] == []


def test_no_veto_no_rank(culpa: Culpa, day: Assignment, tmp_path: Path) -> None:
    answer = culpa("coherence", "glitch", DATE, "-r", 77, "-o", tmp_path)
    assert (answer.code, "no round 77" in answer.err) == (3, True)
    answer = culpa("coherence", "overall", DATE, "-r", 1, "--channel", "K1:PEM*", "-o", tmp_path)
    assert (answer.code, "exclude each other" in answer.err) == (2, True)
    (day.day.hveto / "summary.json").unlink()
    answer = culpa("coherence", "glitch", DATE, "-r", 1, "-o", tmp_path)
    assert (answer.code, f"culpa hveto {DATE}" in answer.err) == (3, True)


def test_the_score_knows_the_coherence_of_a_round(day: Assignment) -> None:
    rows = list(csv.DictReader((day.day.folder / "score.csv").read_text().splitlines()))
    found = findings(day.day.folder / "coherence")
    rounds = {one["round"]: one["p_at_glitches"] for one in found.values()}
    vetoed = [row for row in rows if int(row["round"])]
    assert vetoed
    assert all(float(row["coherence_p"]) == rounds[int(row["round"])] for row in vetoed)
    assert {row["coherence_p"] for row in rows if not int(row["round"])} == {"nan"}
    said = json.loads((day.day.folder / "score.json").read_text())
    assert set(said["coherence"]) <= set(said["veto"]["coupled"])
