"""The folder of a report: what is in it, what leaves it, and that it is the same each time."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from culpa.explain.hveto.result import HvetoResult, Safety
from culpa.report.hveto.files import FIGURES, OVERALL, TEXTS, write_report
from culpa.report.hveto.summary import summary_text
from tests.report.results import make_result, without_grids

ABOUT = {"culpa": "0", "command": "culpa hveto 2026-01-31"}


@pytest.fixture(scope="module")
def result() -> HvetoResult:
    return make_result()


@pytest.fixture(scope="module")
def folder(result: HvetoResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report")
    assert write_report(result, path, about=ABOUT)[0] == path / "index.html"
    return path


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_round_has_its_texts_and_figures(result: HvetoResult, folder: Path) -> None:
    expected = {"index.html", "summary.json", *OVERALL, "remaining/channels.csv", "remaining/grid.csv"}
    for of in result.rounds:
        expected |= {f"round-{of.number}/{name}" for name in (*TEXTS, *FIGURES)}
    assert len(result.rounds) == 3
    assert set(contents(folder)) == expected


def test_the_same_result_gives_the_same_bytes(result: HvetoResult, folder: Path, tmp_path: Path) -> None:
    write_report(result, tmp_path, about=ABOUT)
    assert contents(tmp_path) == contents(folder)


def test_the_users_matplotlib_settings_change_nothing(folder: Path, tmp_path: Path, result: HvetoResult) -> None:
    import matplotlib as mpl

    with mpl.rc_context({"font.size": 30, "axes.facecolor": "black", "lines.linewidth": 9}):
        write_report(result, tmp_path, about=ABOUT)
        assert mpl.rcParams["font.size"] == 30
    assert contents(tmp_path)["round-1/histogram.png"] == contents(folder)["round-1/histogram.png"]


def test_figures_are_png_of_one_width_that_name_no_program(folder: Path) -> None:
    for path in folder.rglob("*.png"):
        data = path.read_bytes()
        assert data[:8] == b"\x89PNG\r\n\x1a\n"
        assert int.from_bytes(data[16:20], "big") == 900
        assert b"atplotlib" not in data


def test_vetoed_events_are_those_inside_the_veto_segments(result: HvetoResult, folder: Path) -> None:
    for of in result.rounds:
        here = folder / f"round-{of.number}"
        segments = np.loadtxt(here / "segments.txt", ndmin=2)
        times = np.loadtxt(here / "vetoed.txt", skiprows=1, usecols=0, ndmin=1)
        inside = (times[:, None] >= segments[:, 1] - 1e-6) & (times[:, None] <= segments[:, 2] + 1e-6)
        assert len(times) == of.vetoed.sum() > 0
        assert inside.any(axis=1).all()
        winner = np.loadtxt(here / "winner.txt", skiprows=1, usecols=(0, 2), ndmin=2)
        assert np.array_equal(winner[:, 0], of.witness["time"])
        assert winner[:, 1].min() >= of.winner.snr


def test_the_summary_says_what_each_round_found(result: HvetoResult, folder: Path) -> None:
    found = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert [one["round"] for one in found["rounds"]] == [1, 2, 3]
    for one, of, so_far in zip(found["rounds"], result.rounds, result.cumulative_efficiency, strict=True):
        winner = one["winner"]
        assert (winner["channel"], winner["snr"], winner["window"]) == (
            of.winner.channel, of.winner.snr, of.winner.window,
        )  # fmt: skip
        assert of.false_alarm is not None
        assert winner["false_alarm_probability"] == of.false_alarm.probability
        assert one["efficiency"] == one["vetoed"] / one["primaries"] == of.vetoed.sum() / len(of.primary)
        assert one["use_percentage"] == 100 * one["used"] / one["auxiliary"]
        assert one["deadtime"] == pytest.approx(one["dead_seconds"] / one["live_seconds"])
        assert one["efficiency_over_deadtime"] == pytest.approx(one["efficiency"] / one["deadtime"])
        assert one["cumulative_efficiency"] == so_far
    assert found["primary"] == {"channel": result.primary, "events": 300}
    assert found["remaining"]["events"] == len(result.remaining)
    assert found["remaining"]["best"]["significance"] < 5
    assert found["live"]["seconds"] == 13_400
    assert found["about"] == ABOUT
    assert (found["engine"], found["reason"]) == ("native", result.reason)


def test_used_are_the_auxiliary_events_not_the_vetoed_ones(result: HvetoResult) -> None:
    of = result.rounds[0]
    odd = replace(of, used=np.arange(len(of.witness)) < 2)
    (one,) = json.loads(summary_text(replace(result, rounds=(odd,)), {}))["rounds"]
    assert (one["used"], one["use_percentage"]) == (2, 200 / len(of.witness))


def test_what_is_no_number_is_null_in_the_summary(result: HvetoResult) -> None:
    odd = replace(result.rounds[0], live=result.live - result.live)
    text = summary_text(replace(result, rounds=(odd,)), {})
    assert json.loads(text)["rounds"][0]["deadtime"] is None
    assert json.loads(text)["settings"]["primary_frequency"] == [0.0, None]
    assert "NaN" not in text and "Infinity" not in text


def test_unsafe_channels_are_in_the_summary_and_named_on_the_page(result: HvetoResult, tmp_path: Path) -> None:
    assert result.final is not None
    tested = tuple(Safety(best, 0.5 - 0.49 * (i == 4), i == 4) for i, best in enumerate(result.final.best))
    page = write_report(replace(result, safety=tested), tmp_path, about={})[0].read_text(encoding="utf-8")
    unsafe = [one for one in json.loads((tmp_path / "summary.json").read_text())["safety"] if one["unsafe"]]
    assert [(one["channel"], round(one["probability"], 6)) for one in unsafe] == [(tested[4].best.channel, 0.01)]
    assert f"1 of 12 channels tested with injections is unsafe and vetoes nothing: {tested[4].best.channel}." in page


def test_what_an_earlier_analysis_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    write_report(make_result(), tmp_path, about={})
    kept = [tmp_path / "round-2" / "notes.txt", tmp_path / "round-x" / "vetoed.txt", tmp_path / "hveto.log"]
    for path in kept:
        path.parent.mkdir(exist_ok=True)
        path.write_text("mine")
    write_report(without_grids(make_result(coupled=1)), tmp_path, about={})
    left = {path for path in contents(tmp_path) if not path.startswith("round-1/")}
    assert left == {"index.html", "summary.json", *OVERALL, *(str(path.relative_to(tmp_path)) for path in kept)}
    assert not (tmp_path / "round-3").exists()
    assert not (tmp_path / "round-1" / "grid.csv").exists()
    assert not (tmp_path / "remaining").exists()


@pytest.mark.parametrize(
    "result",
    [
        pytest.param(make_result(0, 0, 0), id="nothing"),
        pytest.param(make_result(5, 0, 0), id="no primary event"),
        pytest.param(make_result(0, 0, 50), id="no channel"),
        pytest.param(make_result(5, 0, 1), id="one event"),
        pytest.param(make_result(5, 0, 100, shifts=0), id="no round"),
        pytest.param(make_result(1, 1, 40), id="one channel"),
        pytest.param(make_result(3, 2, 60, size="score", primary="yield"), id="scores without frequency"),
        pytest.param(without_grids(make_result(5, 2, 100)), id="no grids"),
    ],
)
def test_unusual_results_have_a_report(result: HvetoResult, tmp_path: Path) -> None:
    write_report(result, tmp_path, about={})
    found = json.loads((tmp_path / "summary.json").read_text())
    assert len(found["rounds"]) == len(result.rounds)
    assert found["reason"]
    assert {"index.html", *OVERALL} <= set(contents(tmp_path))


def test_a_score_is_called_a_score(tmp_path: Path) -> None:
    page = write_report(make_result(3, 2, 60, size="score", primary="yield"), tmp_path, about={})[0]
    assert (tmp_path / "round-1" / "vetoed.txt").read_text().startswith("time frequency score channel\n")
    text = page.read_text(encoding="utf-8")
    assert "of 60 anomalies of yield" in text
    assert "score ≥" in text
    assert "SNR ≥" not in text.partition("<script type=")[0].partition("<body>")[2]
