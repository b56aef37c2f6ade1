"""`culpa coherence overall` on own data: the numbers, which times and channels count, and what cannot be meant."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import signal

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
    columns,
    said,
    warnings,
    words,
    write_cut,
    write_h5,
)


@pytest.fixture
def overall(culpa: Culpa, recording: Path, tmp_path: Path) -> Callable[..., Any]:
    def run(*more: object, source: object = recording, main: str = MAIN, output: str = "out") -> Any:
        return culpa("coherence", "overall", "--source", source, "--main", main, "-o", tmp_path / output, *more)

    return run


def table(folder: Path) -> list[dict[str, str]]:
    with (folder / "overall.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def welch(values: Values, channel: str, fft: float = 2.0, overlap: float = 0.5) -> Any:
    size = round(fft * RATE)
    given = {"nperseg": size, "noverlap": round(overlap * size)}
    return signal.coherence(values[MAIN][1], values[channel][1], RATE, **given)


# what is found


def test_the_numbers_are_those_of_scipy(overall: Culpa, values: Values, tmp_path: Path) -> None:
    done = overall("--channel", COUPLED, "--channel", APART, "--fmax", 100)
    assert (done.code, done.out) == (0, f"{tmp_path / 'out/coherence.json'}\n")
    for name, tag in ((COUPLED, "B_COUPLED"), (APART, "C_APART")):
        found = columns(tmp_path / f"out/overall_{tag}.csv")
        frequencies, expected = welch(values, name)
        looked = (frequencies >= 10) & (frequencies <= 100)
        np.testing.assert_allclose(found["frequency"], frequencies[looked])
        np.testing.assert_allclose(found["coherence"], expected[looked], rtol=1e-6, atol=1e-12)
        _, density = signal.welch(values[MAIN][1], RATE, nperseg=2 * RATE)
        np.testing.assert_allclose(found["main_asd"] ** 2, density[looked], rtol=1e-6)


@pytest.mark.parametrize("options", [("--fft", 1), ("--overlap", 0.75), ("--fft", 0.5, "--overlap", 0)])
def test_windows_are_as_they_are_asked_for(
    overall: Culpa, values: Values, tmp_path: Path, options: tuple[object, ...]
) -> None:
    overall("--channel", COUPLED, *options)
    given = {str(name).removeprefix("--"): value for name, value in zip(options[::2], options[1::2], strict=True)}
    frequencies, expected = welch(values, COUPLED, **given)  # type: ignore[arg-type]
    looked = (frequencies >= 10) & (frequencies < RATE / 2)
    found = columns(tmp_path / "out/overall_B_COUPLED.csv")
    np.testing.assert_allclose(found["coherence"], expected[looked], rtol=1e-6, atol=1e-12)


def test_what_is_coherent_is_said_and_ranked(overall: Culpa, tmp_path: Path) -> None:
    """Bursts are a sixth of the time or so: channels that they reach are coherent overall, too, if below Nyquist."""
    done = overall()
    assert done.code == 0
    ranked = json.loads((tmp_path / "out/overall.json").read_text())
    assert (ranked["main"], ranked["channels"], ranked["windows"]) == (MAIN, 4, SPAN - 1)
    assert set(ranked["significant"]) == {COUPLED, FAST}  # half of the band of the bursts is beyond the slow one
    assert done.err.splitlines()[0].startswith(f"overall: 2 of 4 channels coherent with {MAIN}: ")
    found = said(tmp_path / "out")
    assert set(found) == {"B_COUPLED", "E_FAST"}
    for one in found.values():
        assert one["coherent_overall"] is True
        assert one["coherent_at_glitches"] is None
        assert all(BURST - 12 < at["from"] <= at["peak"] <= at["to"] < BURST + 12 for at in one["ranges_overall"])
        assert one["sentence"] in done.err
    rows = table(tmp_path / "out")
    assert {row["channel"] for row in rows if float(row["from"]) == 40} == {COUPLED, APART, SLOW, FAST}
    assert not [row for row in rows if row["channel"] == APART and row["significant"] != "0"]
    assert rows[0]["from"] == "10"
    by_band = [[float(row["p"]) for row in rows if row["from"] == band] for band in ("10", "20", "40", "80")]
    assert all(of == sorted(of) for of in by_band)


def test_channels_that_are_asked_for_have_files_and_are_judged_together(overall: Culpa, tmp_path: Path) -> None:
    """Whether or not they stand out; one alone has a lower threshold."""
    for folder, asked in (("both", (COUPLED, APART)), ("one", (APART,))):
        done = overall(*words("--channel", asked), output=folder)
        frequencies = 2 * (RATE // 2 - 10)
        trials = {
            tag: json.loads((tmp_path / folder / f"overall_{tag}.json").read_text())["trials"]
            for tag in said(tmp_path / folder)
        }
        expected = {"both": {"B_COUPLED": 2 * frequencies, "C_APART": 2 * frequencies}, "one": {"C_APART": frequencies}}
        assert trials == expected[folder]
    apart = said(tmp_path / "one")["C_APART"]
    assert (apart["coherent_overall"], apart["ranges_overall"], apart["advice"]) == (False, [], None)
    assert done.err == (
        f"overall: none of 1 channel coherent with {MAIN}\n{APART} is not coherent with {MAIN} overall "
        f"(p = {apart['p_overall']:.2g}).\n"
    )
    both, alone = (columns(tmp_path / folder / "overall_C_APART.csv") for folder in ("both", "one"))
    np.testing.assert_array_equal(both["coherence"], alone["coherence"])
    assert np.all(both["threshold"] > alone["threshold"])


def test_without_anything_that_stands_out_there_is_the_ranking(overall: Culpa, values: Values, tmp_path: Path) -> None:
    write_h5(tmp_path / "two.hdf5", {MAIN: values[MAIN], APART: values[APART]})
    done = overall(source=tmp_path / "two.hdf5")
    assert done.err == f"overall: none of 1 channel coherent with {MAIN}\n"
    assert said(tmp_path / "out") == {}
    assert sorted(contents(tmp_path / "out")) == [
        "by_frequency.csv", "coherence.json", "contributions.png", "overall.csv", "overall.json",
    ]  # fmt: skip


@pytest.mark.parametrize(("cuts", "kind"), [((192, 200), "hdf5"), (range(16, SPAN, 16), "gwf")])
def test_the_same_bytes_wherever_files_are_cut(
    overall: Culpa, values: Values, tmp_path: Path, cuts: Any, kind: str
) -> None:
    overall("-q")
    write_cut(tmp_path / "cut", values, cuts, kind)
    overall("-q", source=tmp_path / "cut", output="again")
    assert contents(tmp_path / "out")
    assert different(contents(tmp_path / "out"), contents(tmp_path / "again")) == []


def test_the_same_bytes_with_any_number_of_processes(overall: Culpa, tmp_path: Path) -> None:
    answers = [overall("-j", jobs, "--json", output=str(jobs)).out for jobs in (1, 2)]
    assert answers[0] == answers[1]
    assert different(contents(tmp_path / "1"), contents(tmp_path / "2")) == []
    assert json.loads(answers[0]) == json.loads((tmp_path / "1/coherence.json").read_text())


def test_a_channel_comes_out_the_same_alone_and_among_others(overall: Culpa, tmp_path: Path) -> None:
    """What chance gives is that of the channels that are looked at; the coherence is not."""
    overall("--channel", COUPLED, output="alone")
    overall()
    alone, among = (columns(tmp_path / folder / "overall_B_COUPLED.csv") for folder in ("alone", "out"))
    for name in ("frequency", "coherence", "null", "p", "main_asd", "projected_asd"):
        np.testing.assert_array_equal(alone[name], among[name], err_msg=name)
    assert np.all(among["threshold"] > alone["threshold"])


def test_only_so_many_have_files_of_their_own(overall: Culpa, tmp_path: Path) -> None:
    (tmp_path / "few.toml").write_text("[coherence]\ndrawn = 1\nlisted = 2\n")
    overall("-f", tmp_path / "few.toml")
    assert len([*(tmp_path / "out").glob("overall_*.json")]) == 1
    with (tmp_path / "out/by_frequency.csv").open(newline="") as file:
        at = [row["frequency"] for row in csv.DictReader(file)]
    assert max(at.count(each) for each in at) == 2


# times


def test_segments_say_what_is_analysed(overall: Culpa, values: Values, tmp_path: Path) -> None:
    """The same as a recording of these times alone."""
    write_h5(tmp_path / "part.hdf5", values, START + 100, START + 300)
    (tmp_path / "live.txt").write_text(f"{START + 100} {START + 300}\n{START + 900} {START + 999}\n")
    (tmp_path / "dead.txt").write_text(f"{START - 50} {START + 100}\n{START + 300} {START + SPAN}\n")
    overall("--channel", COUPLED, source=tmp_path / "part.hdf5", output="part")
    overall("--channel", COUPLED, "--segments", tmp_path / "live.txt", output="segments")
    overall("--channel", COUPLED, "--leave-out", tmp_path / "dead.txt", output="left")
    part = contents(tmp_path / "part")
    assert different(part, contents(tmp_path / "segments")) == []
    assert different(part, contents(tmp_path / "left")) == []
    (tmp_path / "hole.txt").write_text(f"{START + 200} {START + 200.5}\n")
    given = ("--segments", tmp_path / "live.txt", "--leave-out", tmp_path / "hole.txt")
    overall("--channel", COUPLED, *given, output="hole")
    assert json.loads((tmp_path / "hole/overall.json").read_text())["windows"] == 99 + 98


def test_a_gap_and_nan(overall: Culpa, values: Values, tmp_path: Path) -> None:
    broken = {name: (rate, of.copy()) for name, (rate, of) in values.items()}
    broken[COUPLED][1][250 * RATE : 260 * RATE] = np.nan
    write_cut(tmp_path / "cut", broken, (100, 130), "gwf")
    (tmp_path / f"cut/K-K1_TEST-{START + 100}-30.gwf").unlink()
    done = overall("--channel", COUPLED, source=tmp_path / "cut")
    assert done.code == 0
    one = json.loads((tmp_path / "out/overall_B_COUPLED.json").read_text())
    assert one["windows"] == 99 + 349 - 11
    parts = (
        [values[name][1][: 100 * RATE] for name in (MAIN, COUPLED)],
        [values[name][1][130 * RATE : 250 * RATE] for name in (MAIN, COUPLED)],
        [values[name][1][260 * RATE :] for name in (MAIN, COUPLED)],
    )
    counts = [len(x) // RATE - 1 for x, _ in parts]
    densities = [
        [np.average([f(part) for part in parts], axis=0, weights=counts)]
        for f in (
            lambda part: signal.csd(*part, RATE, nperseg=2 * RATE)[1],
            lambda part: signal.welch(part[0], RATE, nperseg=2 * RATE)[1],
            lambda part: signal.welch(part[1], RATE, nperseg=2 * RATE)[1],
        )
    ]
    (cross,), (x,), (y,) = densities
    found = columns(tmp_path / "out/overall_B_COUPLED.csv")
    np.testing.assert_allclose(found["coherence"], (np.abs(cross) ** 2 / x / y)[20:-1], rtol=1e-6, atol=1e-12)


# channels


def test_a_channel_that_is_constant_is_not_known(overall: Culpa, values: Values, tmp_path: Path) -> None:
    flat = {**values, APART: (float(RATE), np.full(SPAN * RATE, 2.5))}
    write_h5(tmp_path / "flat.hdf5", flat)
    done = overall("--channel", APART, "--channel", COUPLED, source=tmp_path / "flat.hdf5")
    assert done.code == 0
    assert json.loads((tmp_path / "out/overall.json").read_text())["significant"] == [COUPLED]
    assert not [row for row in table(tmp_path / "out") if row["channel"] == APART]
    assert overall("--channel", APART, source=tmp_path / "flat.hdf5", output="flat").code == 0


def test_channels_with_unfit_rates_are_left_out(overall: Culpa, values: Values, tmp_path: Path) -> None:
    with_odd = {**values, "K1:ODD": (100.3, np.random.default_rng(1).standard_normal(int(100.3 * SPAN)))}
    write_h5(tmp_path / "odd.hdf5", with_odd)
    done = overall(source=tmp_path / "odd.hdf5")
    assert done.code == 0
    assert warnings(done) == ["K1:ODD: windows of 2 s are no whole number of samples at 100.3 Hz, or too few; left out"]
    assert json.loads((tmp_path / "out/overall.json").read_text())["channels"] == 4
    done = overall("--channel", "K1:ODD", source=tmp_path / "odd.hdf5", output="odd")
    assert (done.code, done.err.splitlines()[-2]) == (3, "culpa: no channel is left to compare with")
    done = overall(source=tmp_path / "odd.hdf5", main="K1:ODD", output="odd")
    assert done.code == 3
    assert "culpa: K1:ODD: windows of 2 s are no whole number of samples at 100.3 Hz, or too few\n  choose" in done.err
    assert not (tmp_path / "odd").exists()


def test_two_channels_that_would_have_files_of_one_name(overall: Culpa, values: Values, tmp_path: Path) -> None:
    write_h5(tmp_path / "two.hdf5", {**values, "L1:B-COUPLED": values[COUPLED]})
    assert overall("--channel", "*B-COUPLED", source=tmp_path / "two.hdf5").code == 0
    labels = {one["channel"]: label for label, one in said(tmp_path / "out").items()}
    assert labels.keys() == {COUPLED, "L1:B-COUPLED"}
    assert labels[COUPLED] == "B_COUPLED"
    assert labels["L1:B-COUPLED"].startswith("B_COUPLED_")
    assert all((tmp_path / f"out/overall_{label}.png").exists() for label in labels.values())


def test_channels_without_a_frequency_are_left_out(overall: Culpa, values: Values, tmp_path: Path) -> None:
    write_h5(tmp_path / "slow.hdf5", {**values, "K1:EPICS": (16.0, np.random.default_rng(1).normal(size=16 * SPAN))})
    done = overall(source=tmp_path / "slow.hdf5")
    assert done.code == 0
    assert warnings(done) == ["K1:EPICS: there is no frequency from 10 Hz on at a rate of 16 Hz; left out"]
    done = overall("--fmin", 5000, source=tmp_path / "slow.hdf5", output="high")
    assert done.code == 3
    assert f"culpa: {MAIN}: there is no frequency from 5000 Hz on at a rate of " in done.err
    assert "--fmin" in done.err
    assert not (tmp_path / "high").exists()


def test_a_channel_whose_name_cannot_be_written_has_files(overall: Culpa, values: Values, tmp_path: Path) -> None:
    write_h5(tmp_path / "odd.hdf5", {MAIN: values[MAIN], "K1:..": values[COUPLED]})
    assert overall(source=tmp_path / "odd.hdf5").code == 0
    ((label, one),) = said(tmp_path / "out").items()
    assert one["channel"] == "K1:.."
    assert (tmp_path / f"out/overall_{label}.png").exists()


def test_of_a_constant_main_channel_nothing_is_known(overall: Culpa, values: Values, tmp_path: Path) -> None:
    write_h5(tmp_path / "flat.hdf5", {**values, "K1:FLAT": (float(RATE), np.ones(SPAN * RATE))})
    done = overall(source=tmp_path / "flat.hdf5", main="K1:FLAT")
    assert (done.code, done.err) == (
        0,
        "overall: nothing is known of 5 channels: they or K1:FLAT are silent, or there are too few windows\n",
    )


def test_what_the_veto_removes_needs_a_veto(overall: Culpa, tmp_path: Path) -> None:
    done = overall("--leave-out-vetoed")
    assert (done.code, done.err) == (
        2, "culpa: there is no veto without a DATE\n  name the times in a file: --leave-out\n",
    )  # fmt: skip


def test_another_main_channel_is_another_story(overall: Culpa, tmp_path: Path) -> None:
    """What was said of the first one is not told with the second."""
    assert overall("--channel", APART).code == 0
    assert overall("--channel", APART, main=COUPLED).code == 0
    assert [one["main"] for one in said(tmp_path / "out").values()] == [COUPLED]
    (tmp_path / "out/overall_notes.json").write_text("[1]")
    (tmp_path / "out/glitch_notes.json").write_text("what?")
    assert overall("--channel", MAIN, main=COUPLED).code == 0
    assert said(tmp_path / "out").keys() == {"A_MAIN", "C_APART"}


def test_a_dry_run_says_how_much_and_does_nothing(overall: Culpa, tmp_path: Path) -> None:
    done = overall(*words("--channel", ["K1:[BC]*", MAIN]), "--dry-run")
    assert json.loads(done.out) == {
        "output": str(tmp_path / "out"), "main": MAIN, "channels": [COUPLED, APART], "windows": SPAN - 1,
    }  # fmt: skip
    assert not (tmp_path / "out").exists()


# what cannot be


@pytest.mark.parametrize(
    ("more", "code", "message"),
    [
        (("--channel", "K1:B-COUPELD"), 3, "no channel 'K1:B-COUPELD' in "),
        (("--channel", "X1:*"), 3, "no channel 'X1:*' in "),
        (("--channel", MAIN), 3, f"there is no channel beside {MAIN}\n  what is it to be compared with?"),
        (("-r", "1"), 2, "a rank is that of a round of a day's veto: give a DATE, too\n"),
        (("2026-01-01",), 2, "a mock day and --source, --main or --triggers exclude each other\n  leave one"),
        (("--segments", "none.txt"), 3, "cannot read the segment file none.txt: "),
        (("--leave-out", "none.txt"), 3, "cannot read the segment file none.txt: "),
        (("--fft", "0"), 2, "fft: expected more than 0 to 3600 s, got 0"),
        (("--fft", "481"), 3, "no window of 481 s in the analysed time\n  a shorter one: --fft"),
        (("--overlap", "1"), 2, "overlap: expected 0 to 0.9, got 1"),
        (("--fmin", "50", "--fmax", "40"), 2, "fmin, fmax: expected 0 < fmin < fmax"),
        (("--false-alarm", "0"), 2, "false_alarm: expected a probability from 1e-6 on, got 0.0"),
        (("-f", "none.toml"), 2, "cannot read the configuration none.toml: "),
        (("--source", "none.gwf"), 3, "no file matches none.gwf"),
    ],
)
def test_what_cannot_be_meant(overall: Culpa, tmp_path: Path, more: tuple[str, ...], code: int, message: str) -> None:
    done = overall(*more)
    assert (done.code, done.out) == (code, "")
    assert done.err.startswith("culpa: " + message)
    assert not (tmp_path / "out").exists()


def test_names_that_are_not_there_have_near_ones(overall: Culpa) -> None:
    assert "did you mean K1:B-COUPLED?" in overall("--channel", "K1:B-COUPELD").err
    done = overall(main="K1:A-MIAN")
    assert done.code == 3
    assert "did you mean K1:A-MAIN or " in done.err


def test_times_without_data(overall: Culpa, tmp_path: Path) -> None:
    (tmp_path / "live.txt").write_text(f"{START - 100} {START}\n")
    done = overall("--segments", tmp_path / "live.txt")
    assert (done.code, done.err) == (3, f"culpa: no data of {MAIN} in the analysed time\n")
    (tmp_path / "live.txt").write_text(f"{START} {START + 1.9}\n")
    assert overall("--segments", tmp_path / "live.txt").code == 3


@pytest.mark.parametrize(("given", "missing"), [((), "--source and --main"), (("--main", MAIN), "--source")])
def test_half_of_the_words(culpa: Culpa, given: tuple[str, ...], missing: str) -> None:
    done = culpa("coherence", "overall", *given)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"culpa: nothing to compare: give a DATE, or {missing}\n  for example: ")
