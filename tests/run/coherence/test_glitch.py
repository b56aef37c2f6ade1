"""`culpa coherence glitch` on own data: a coupling that is known is found, and only where it is."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ..days import contents, different
from .recordings import (
    APART,
    BURST,
    COUPLED,
    FAST,
    MAIN,
    RATE,
    SLOW,
    SPAN,
    START,
    Culpa,
    Values,
    burst_snr,
    burst_times,
    columns,
    said,
    warnings,
    words,
    write_cut,
    write_h5,
    write_triggers,
)

QUICK = ("--rotations", 999)


@pytest.fixture
def glitch(culpa: Culpa, recording: Path, triggers: Path, tmp_path: Path) -> Callable[..., Any]:
    def run(
        *more: object, source: object = recording, main: str = MAIN, output: str = "out", of: object = triggers
    ) -> Any:
        given = ("--source", source, "--main", main, "--triggers", of, "-o", tmp_path / output)
        return culpa("coherence", "glitch", *given, *QUICK, *more)

    return run


# what is found


def test_a_coupling_is_found_in_its_band_and_not_at_quiet_times(glitch: Culpa, tmp_path: Path) -> None:
    done = glitch(*words("--channel", [COUPLED, APART, SLOW, FAST]))
    assert (done.code, done.out) == (0, f"{tmp_path / 'out/coherence.json'}\n")
    found = said(tmp_path / "out")
    assert [one["channel"] for one in found.values()] == [COUPLED, APART, SLOW, FAST]
    for label in ("B_COUPLED", "D_SLOW", "E_FAST"):
        one = found[label]
        assert (one["coherent_at_glitches"], one["coherent_overall"], one["advice"]) == (True, None, None)
        assert one["windows_at_glitches"] == 30
        assert one["p_at_glitches"] == pytest.approx(2 / 1000)  # the floor of 999 rotations, twice
        (at,) = one["ranges_at_glitches"]
        assert BURST - 12 <= at["from"] < at["peak"] <= at["to"] <= BURST + 12
        assert abs(at["peak"] - BURST) <= 6
        assert one["p_at_quiet_times"] > 0.05
        assert "at glitch times (p = 0.002); at quiet times near these it is not (p = " in one["sentence"]
    apart = found["C_APART"]
    assert (apart["coherent_at_glitches"], apart["p_at_glitches"] > 0.05) == (False, True)
    assert apart["sentence"].startswith(f"{APART} is not coherent with {MAIN} at glitch times (p = ")
    assert "Q-scans" in apart["advice"]
    assert all(one["sentence"] in done.err for one in found.values())
    assert "culpa coherence glitch ... --qscan" in done.err
    assert [*(tmp_path / "out").glob("both_*")] == []


def test_what_each_glitch_carries(glitch: Culpa, tmp_path: Path) -> None:
    glitch("--channel", COUPLED)
    carried = columns(tmp_path / "out/glitch_B_COUPLED_triggers.csv")
    assert np.all(np.diff(carried["share"]) <= 0)
    assert carried["share"].sum() == pytest.approx(1, abs=1e-6)
    assert carried["share"].min() > -0.02  # all are coupled
    np.testing.assert_array_equal(np.sort(carried["gps"]), burst_times())
    by_time = carried["snr"][np.argsort(carried["gps"])]
    np.testing.assert_allclose(by_time, burst_snr(), rtol=1e-8)
    one = said(tmp_path / "out")["B_COUPLED"]
    assert one["loudest"] == burst_times()[np.argsort(-burst_snr())[:10]].tolist()


def test_glitches_that_have_no_part_in_it_carry_nothing(glitch: Culpa, tmp_path: Path) -> None:
    others = burst_times()[::2] + 5.0
    times, snr = np.concatenate([burst_times(), others]), np.concatenate([burst_snr(), np.full(15, 10.0)])
    write_triggers(tmp_path / "more", MAIN, times, snr)
    glitch("--channel", COUPLED, of=tmp_path / "more")
    carried = columns(tmp_path / "out/glitch_B_COUPLED_triggers.csv")
    idle = np.isin(carried["gps"], others)
    assert idle.sum() == 15
    assert np.abs(carried["share"][idle]).max() < 0.5 * np.median(carried["share"][~idle])


def test_always_coherent_is_said(glitch: Culpa, values: Values, tmp_path: Path) -> None:
    rate, of = values[MAIN]
    both = {MAIN: (rate, of), "K1:TWIN": (rate, of + np.random.default_rng(2).standard_normal(len(of)))}
    write_h5(tmp_path / "twin.hdf5", both)
    glitch("--channel", "K1:TWIN", source=tmp_path / "twin.hdf5")
    one = said(tmp_path / "out")["TWIN"]
    assert one["coherent_at_glitches"] is True
    assert one["p_at_quiet_times"] <= 0.01
    assert "; at quiet times, too, at " in one["sentence"]


@pytest.mark.parametrize(("cuts", "kind"), [((9, 24, 192), "hdf5"), (range(16, SPAN, 16), "gwf")])
def test_the_same_bytes_wherever_files_are_cut(
    glitch: Culpa, values: Values, tmp_path: Path, cuts: Any, kind: str
) -> None:
    glitch("--channel", COUPLED)
    write_cut(tmp_path / "cut", values, cuts, kind)
    glitch("--channel", COUPLED, source=tmp_path / "cut", output="again")
    assert different(contents(tmp_path / "out"), contents(tmp_path / "again")) == []


def test_the_same_bytes_with_any_number_of_processes_and_alone(glitch: Culpa, tmp_path: Path) -> None:
    for jobs in (1, 2):
        assert glitch(*words("--channel", [COUPLED, FAST]), "-j", jobs, output=str(jobs)).code == 0
    assert different(contents(tmp_path / "1"), contents(tmp_path / "2")) == []
    glitch("--channel", FAST, output="alone")
    alone, among = contents(tmp_path / "alone"), contents(tmp_path / "1")
    assert [name for name in alone if name != "coherence.json" and alone[name] != among[name]] == []


def test_options_are_those_of_the_settings(glitch: Culpa, tmp_path: Path) -> None:
    lines = ['weights = "equal"', "window = 0.25", "fmin = 20.0", "fmax = 100.0", "seed = 3", "false_alarm = 0.05"]
    (tmp_path / "c.toml").write_text("[coherence]\n" + "\n".join([*lines, "rotations = 999"]) + "\n")
    options = ("--weights", "equal", "--window", 0.25, "--fmin", 20, "--fmax", 100, "--seed", 3, "--false-alarm", 0.05)
    glitch("--channel", COUPLED, "-f", tmp_path / "c.toml", output="file")
    glitch("--channel", COUPLED, *options)
    found = contents(tmp_path / "out")
    assert different(contents(tmp_path / "file"), found) == []
    assert columns(tmp_path / "out/glitch_B_COUPLED.csv")["frequency"].tolist() == list(range(20, 101, 4))
    for number, other in enumerate((("--weights", "phase"), ("--seed", 4), ("--window", 0.5))):
        glitch("--channel", COUPLED, *options, *other, output=str(number))
        name = "glitch_B_COUPLED.csv"
        assert contents(tmp_path / str(number))[name] != found[name]


# which glitches


def test_windows_that_are_not_there_are_counted(glitch: Culpa, values: Values, tmp_path: Path) -> None:
    """One in a gap, one that its edge is too near to, and triggers beyond the data, which are none of it."""
    write_cut(tmp_path / "cut", values, (100, 130), "gwf")
    (tmp_path / f"cut/K-K1_TEST-{START + 100}-30.gwf").unlink()
    at = START + np.array([-50.0, 0.5, 50.0, 99.5, 115.0, 131.0, 200.0, 300.0, SPAN - 0.5, SPAN + 20.0])
    write_triggers(tmp_path / "few", MAIN, at, np.full(10, 9.0))
    assert glitch("--channel", COUPLED, source=tmp_path / "cut", of=tmp_path / "few").code == 0
    one = json.loads((tmp_path / "out/glitch_B_COUPLED.json").read_text())
    assert (one["glitches"], one["lost"], one["windows"]) == (7, 4, 3)  # the gap is no data
    carried = columns(tmp_path / "out/glitch_B_COUPLED_triggers.csv")
    assert (np.sort(carried["gps"]) - START).tolist() == [50, 200, 300]


def test_of_near_triggers_the_louder_counts_and_of_many_the_loudest(glitch: Culpa, tmp_path: Path) -> None:
    times = np.concatenate([burst_times(), burst_times() + 0.3])
    write_triggers(tmp_path / "twice", MAIN, times, np.concatenate([burst_snr(), burst_snr() / 2]))
    glitch("--channel", COUPLED, of=tmp_path / "twice")
    carried = columns(tmp_path / "out/glitch_B_COUPLED_triggers.csv")
    np.testing.assert_array_equal(np.sort(carried["gps"]), burst_times())
    (tmp_path / "most.toml").write_text("[coherence]\nmost = 7\n")
    glitch("--channel", COUPLED, "-f", tmp_path / "most.toml", of=tmp_path / "twice", output="most")
    carried = columns(tmp_path / "most/glitch_B_COUPLED_triggers.csv")
    np.testing.assert_array_equal(np.sort(carried["gps"]), np.sort(burst_times()[np.argsort(-burst_snr())[:7]]))


def test_segments_say_which_glitches_and_quiet_times_count(glitch: Culpa, tmp_path: Path) -> None:
    (tmp_path / "live.txt").write_text(f"{START + 50} {START + 200}\n")
    (tmp_path / "dead.txt").write_text(f"{START} {START + 50}\n{START + 200} {START + SPAN}\n")
    glitch("--channel", COUPLED, "--segments", tmp_path / "live.txt")
    glitch("--channel", COUPLED, "--leave-out", tmp_path / "dead.txt", output="left")
    assert different(contents(tmp_path / "out"), contents(tmp_path / "left")) == []
    carried = columns(tmp_path / "out/glitch_B_COUPLED_triggers.csv")["gps"] - START
    assert (carried.min() > 50, carried.max() < 200, len(carried)) == (True, True, 10)


def test_triggers_of_the_other_channel_keep_quiet_times_away(glitch: Culpa, tmp_path: Path) -> None:
    """Where it is never quiet there is nothing to compare with, which is no failure."""
    write_triggers(tmp_path / "both", MAIN, burst_times(), burst_snr())
    write_triggers(tmp_path / "both", COUPLED, np.arange(START, START + SPAN, 1.0), np.full(SPAN, 6.0))
    assert glitch(*words("--channel", [COUPLED, FAST]), of=tmp_path / "both").code == 0
    found = said(tmp_path / "out")
    assert found["B_COUPLED"]["p_at_quiet_times"] is None
    assert found["B_COUPLED"]["sentence"].endswith("at glitch times (p = 0.002).")
    assert found["E_FAST"]["p_at_quiet_times"] > 0.05
    assert "quiet_coherence" not in columns(tmp_path / "out/glitch_B_COUPLED.csv")
    assert "quiet_coherence" in columns(tmp_path / "out/glitch_E_FAST.csv")


# channels


def test_what_is_not_known_is_not_called_incoherent(glitch: Culpa, values: Values, tmp_path: Path) -> None:
    """A constant, and a channel that is too slow: beside these another one is compared."""
    flat = {**values, APART: (float(RATE), np.full(SPAN * RATE, 2.5)), "K1:CRAWL": (16.0, np.arange(SPAN * 16.0) % 7)}
    write_h5(tmp_path / "flat.hdf5", flat)
    done = glitch(*words("--channel", [COUPLED, APART, "K1:CRAWL"]), source=tmp_path / "flat.hdf5")
    assert done.code == 0
    found = said(tmp_path / "out")
    none = ": none of 30 glitches has a whole window of data of both"
    for label, channel in (("C_APART", APART), ("CRAWL", "K1:CRAWL")):
        one = found[label]
        assert one["sentence"] == f"It is not known whether {channel} is coherent with {MAIN} at glitch times{none}."
        assert (one["coherent_at_glitches"], one["p_at_glitches"], one["advice"]) == (None, None, None)
        numbers = json.loads((tmp_path / f"out/glitch_{label}.json").read_text())
        assert (numbers["glitches"], numbers["lost"], numbers["windows"]) == (30, 30, 0)
        assert not (tmp_path / f"out/glitch_{label}.csv").exists()
    assert found["B_COUPLED"]["coherent_at_glitches"] is True
    assert "K1:CRAWL: windows of 0.5 s have no frequency from 10 to 7.6 Hz; left out" in warnings(done)


def test_one_glitch_alone_proves_nothing(glitch: Culpa, tmp_path: Path) -> None:
    write_triggers(tmp_path / "one", MAIN, burst_times()[:1], burst_snr()[:1])
    assert glitch("--channel", COUPLED, of=tmp_path / "one").code == 0
    one = said(tmp_path / "out")["B_COUPLED"]
    assert (one["coherent_at_glitches"], one["p_at_glitches"], one["windows_at_glitches"]) == (None, None, 1)
    assert one["sentence"].endswith("at glitch times: one glitch alone is always coherent.")
    assert (tmp_path / "out/glitch_B_COUPLED.png").exists()


# pictures


def test_scans_are_drawn_only_where_nothing_is_coherent(glitch: Culpa, triggers: Path, tmp_path: Path) -> None:
    done = glitch(*words("--channel", [COUPLED, APART]), "--qscan")
    assert done.code == 0
    folders = [path.name for path in (tmp_path / "out").iterdir() if path.is_dir()]
    assert folders == ["qscans_C_APART"]
    drawn = sorted(path.name for path in (tmp_path / "out/qscans_C_APART").iterdir())
    loudest = sorted(burst_times()[np.argsort(-burst_snr())[:5]])
    assert len(drawn) == 5 * 4
    for time, name in zip(loudest, drawn[::4], strict=True):
        assert f"-{int(time)}_" in name
    assert f"Q-scans: 20 files in {tmp_path}/out/qscans_C_APART\n" in done.err
    assert "--qscan" not in done.err
    (tmp_path / "two.toml").write_text("[qscan]\nviews = [4.0]\n")
    shutil.rmtree(tmp_path / "out/qscans_C_APART")
    glitch("--channel", APART, "--qscan", "-f", tmp_path / "two.toml")
    assert len([*(tmp_path / "out/qscans_C_APART").iterdir()]) == 5


def test_without_the_flag_nothing_is_drawn(glitch: Culpa, tmp_path: Path) -> None:
    glitch("--channel", APART)
    assert not [path for path in (tmp_path / "out").iterdir() if path.is_dir()]


# both kinds in one folder


def test_both_kinds_in_one_folder_are_told_together(
    culpa: Culpa, glitch: Culpa, recording: Path, tmp_path: Path
) -> None:
    own = ("--source", recording, "--main", MAIN, "-o", tmp_path / "out")
    glitch(*words("--channel", [COUPLED, APART]))
    assert not [*(tmp_path / "out").glob("both_*")]
    culpa("coherence", "overall", *own, "--channel", COUPLED)
    assert [path.name for path in (tmp_path / "out").glob("both_*")] == ["both_B_COUPLED.png"]
    one = said(tmp_path / "out")["B_COUPLED"]
    assert (one["coherent_at_glitches"], one["coherent_overall"]) == (True, True)
    assert " Hz at glitch times (p = 0.002) and at " in one["sentence"]
    answer = json.loads(glitch("--channel", APART, "--json").out)
    assert (answer["overall"], [of["label"] for of in answer["findings"]]) == (None, ["C_APART"])
    assert set(said(tmp_path / "out")) == {"B_COUPLED", "C_APART"}


# what cannot be


def test_a_dry_run_says_how_much_and_does_nothing(glitch: Culpa, tmp_path: Path) -> None:
    done = glitch(*words("--channel", [COUPLED, APART]), "--dry-run")
    assert json.loads(done.out) == {
        "output": str(tmp_path / "out"),
        "main": MAIN,
        "targets": {
            "B_COUPLED": {"channel": COUPLED, "glitches": 30},
            "C_APART": {"channel": APART, "glitches": 30},
        },
    }
    assert not (tmp_path / "out").exists()


def test_no_trigger_in_the_data(glitch: Culpa, tmp_path: Path) -> None:
    write_triggers(tmp_path / "none", MAIN, np.empty(0), np.empty(0))
    write_triggers(tmp_path / "beyond", MAIN, START - np.arange(5.0, 1.0, -1), np.full(4, 9.0))
    (tmp_path / "live.txt").write_text(f"{START} {START + 5}\n")
    for done in (
        glitch("--channel", COUPLED, of=tmp_path / "none"),
        glitch("--channel", COUPLED, of=tmp_path / "beyond"),
        glitch("--channel", COUPLED, "--segments", tmp_path / "live.txt"),
    ):
        assert (done.code, done.out) == (4, "")
        assert done.err.startswith(
            f"culpa: no glitch of {MAIN} to look at\n  none of the triggers is in the analysed time"
        )
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("more", "code", "message"),
    [
        (("--channel", "K1:B-COUPELD"), 3, "no channel 'K1:B-COUPELD' in "),
        (("--channel", MAIN), 3, f"there is no channel beside {MAIN}\n"),
        (("--channel", COUPLED, "-r", "1"), 2, "a rank is that of a round of a day's veto: give a DATE, too\n"),
        (("2026-01-01",), 2, "a mock day and --source, --main or --triggers exclude each other\n  leave one"),
        (
            ("--channel", COUPLED, "--fmin", "125"),
            3,
            f"{MAIN}: windows of 0.5 s have no frequency from 125 to 121.6 Hz\n",
        ),
        (("--channel", COUPLED, "--window", "0.01"), 3, f"{MAIN}: windows of 0.01 s are no whole number of samples"),
        (("--channel", COUPLED, "--window", "0"), 2, "window: expected more than 0 to 3600 s, got 0"),
        (("--channel", COUPLED, "--weights", "loud"), 2, "weights: expected one of snr, equal, phase, got loud"),
        (("--channel", COUPLED, "--rotations", "3"), 2, "rotations: expected 99 to 1000000, got 3"),
        (("--channel", COUPLED, "--seed", "-1"), 2, "seed: expected 0 to "),
        (("--channel", COUPLED, "--segments", "none.txt"), 3, "cannot read the segment file none.txt: "),
        (("--channel", COUPLED, "--triggers", "none.h5"), 3, "no trigger file in none.h5"),
    ],
)
def test_what_cannot_be_meant(glitch: Culpa, tmp_path: Path, more: tuple[str, ...], code: int, message: str) -> None:
    done = glitch(*more)
    assert (done.code, done.out) == (code, "")
    assert done.err.startswith("culpa: " + message)
    assert not (tmp_path / "out").exists()


def test_names_that_are_not_there_have_near_ones(glitch: Culpa, triggers: Path) -> None:
    assert "did you mean K1:B-COUPLED?" in glitch("--channel", "K1:B-COUPELD").err
    done = glitch("--channel", COUPLED, main=APART)
    assert (done.code, done.err) == (3, f"culpa: no channel {APART!r} in the trigger files\n  did you mean {MAIN}?\n")


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ((), "--source and --main and --channel and --triggers"),
        (("--source", "x.gwf", "--main", MAIN, "--channel", COUPLED), "--triggers"),
        (("--triggers", "x.h5"), "--source and --main and --channel"),
    ],
)
def test_half_of_the_words(culpa: Culpa, given: tuple[str, ...], missing: str) -> None:
    done = culpa("coherence", "glitch", *given)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"culpa: nothing to compare: give a DATE, or {missing}\n  for example: ")
