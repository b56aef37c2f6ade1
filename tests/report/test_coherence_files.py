"""The files of coherence in a folder, and what they say together."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from culpa.explain.coherence.glitch import glitch_coherence
from culpa.explain.coherence.overall import BandRow, Overall
from culpa.explain.coherence.settings import CoherenceSettings
from culpa.report.coherence.files import (
    AtGlitches,
    Basis,
    belonging,
    labels_in,
    write_findings,
    write_glitch,
    write_overall,
    write_ranking,
)
from culpa.settings import plain
from culpa.types import Segments

A, B, M = "K1:PEM-MIC", "K1:PEM-ACC", "K1:MAIN"
BASIS = Basis(M, Segments.of([(1e9, 1e9 + 100), (1e9 + 200, 1e9 + 300)]))
ROUNDS = {f"round-{number}": A for number in (1, 2, 10)}
SETTINGS = CoherenceSettings(rotations=499, bands=(10.0, 20.0, 40.0))
FREQUENCIES = 10 + 2.0 * np.arange(10)


def of_overall(coherent: bool, channel: str = A, bins: int = 10) -> Overall:
    flat, values = np.ones(bins), np.full(bins, 0.01)
    if coherent:
        values[3:5] = 0.5
    frequencies = 10 + 2.0 * np.arange(bins)
    p = np.where(values > 0.1, 1e-8, 0.3)
    return Overall(channel, frequencies, values, 0.001 * flat, 0.1 * flat, p, flat, values, 100, bins, 0.01)


def at_glitches(coherent: bool, quiet: bool | None = False, channel: str = A, windows: int = 20) -> AtGlitches:
    def result(coupled: bool, seed: int) -> Any:
        rng = np.random.default_rng(seed)
        x, y = (rng.standard_normal((windows, 10, 2)).view(complex)[..., 0] for _ in range(2))
        return glitch_coherence(x + 5 * y * coupled, y, np.ones(windows), FREQUENCIES, SETTINGS)

    if not windows:
        none = np.empty(0)
        return AtGlitches(channel, None, None, none, none, none, 7, 7)
    gps, snr = 1e9 + np.arange(windows), 8.0 + np.arange(windows) % 7
    beside = None if quiet is None else result(quiet, 2)
    return AtGlitches(channel, result(coherent, 1), beside, gps, snr, np.full(windows, 0.05), windows + 3, 3)


def tell(folder: Path, basis: Basis = BASIS, winners: Mapping[str, str] = ROUNDS) -> list[Path]:
    return write_findings(folder, *belonging(folder, basis, winners))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def read(folder: Path) -> Any:
    return json.loads((folder / "coherence.json").read_text())


def found(folder: Path) -> dict[str, dict[str, Any]]:
    return {one["label"]: one for one in read(folder)["findings"]}


def test_what_is_written_is_returned(tmp_path: Path) -> None:
    written = write_overall(tmp_path, "round-1", of_overall(True), BASIS)
    written += write_glitch(tmp_path, "round-1", at_glitches(True), BASIS)
    written += tell(tmp_path)
    assert sorted(path.name for path in written) == names(tmp_path) == [
        "both_round-1.png", "coherence.json", "glitch_round-1.csv", "glitch_round-1.json", "glitch_round-1.png",
        "glitch_round-1_triggers.csv", "overall_round-1.csv", "overall_round-1.json", "overall_round-1.png",
    ]  # fmt: skip
    assert labels_in(written, "overall") == labels_in(written, "glitch") == ["round-1"]
    assert all(path.stat().st_size > 0 for path in written)


def test_a_figure_of_both_only_where_both_are_known(tmp_path: Path) -> None:
    write_overall(tmp_path, "A", of_overall(True), BASIS)
    write_glitch(tmp_path, "B", at_glitches(True, channel=B), BASIS)
    write_overall(tmp_path, "C", of_overall(True), BASIS)
    write_glitch(tmp_path, "C", at_glitches(True, windows=0), BASIS)
    write_overall(tmp_path, "D", of_overall(False), BASIS)
    write_glitch(tmp_path, "D", at_glitches(False), BASIS)
    assert [path.name for path in tell(tmp_path)] == ["coherence.json", "both_D.png"]
    assert [name for name in names(tmp_path) if name.startswith("both_")] == ["both_D.png"]
    assert "glitch_C.csv" not in names(tmp_path)
    assert set(found(tmp_path)) == {"A", "B", "C", "D"}


@pytest.mark.parametrize("glitches", [None, "unknown", False, True])
@pytest.mark.parametrize("overall", [None, False, True])
def test_findings_of_every_combination(tmp_path: Path, glitches: Any, overall: bool | None) -> None:
    if glitches is not None:
        write_glitch(tmp_path, "A", at_glitches(glitches is True, windows=0 if glitches == "unknown" else 20), BASIS)
    if overall is not None:
        write_overall(tmp_path, "A", of_overall(overall), BASIS)
    tell(tmp_path)
    assert read(tmp_path)["overall"] is None
    if glitches is None and overall is None:
        assert read(tmp_path)["findings"] == []
        return
    one = found(tmp_path)["A"]
    known = glitches if isinstance(glitches, bool) else None
    assert (one["channel"], one["main"], one["round"]) == (A, M, None)
    assert (one["coherent_at_glitches"], one["coherent_overall"]) == (known, overall)
    assert (one["advice"] is not None) == (known is False and not overall)
    assert (one["p_at_glitches"] is None) == (known is None)
    assert (one["p_overall"] is None) == (overall is None)
    assert (one["ranges_at_glitches"] is None) == (glitches is None)
    assert (one["ranges_overall"] is None) == (overall is None)
    assert one["windows_at_glitches"] == {None: None, "unknown": 0}.get(glitches, 20)
    assert bool(one["ranges_at_glitches"]) == (known is True)
    assert bool(one["ranges_overall"]) == (overall is True)


def test_the_loudest_glitches_come_first(tmp_path: Path) -> None:
    of = at_glitches(True)
    write_glitch(tmp_path, "A", of, BASIS)
    tell(tmp_path)
    loudest = found(tmp_path)["A"]["loudest"]
    assert len(loudest) == 10
    assert loudest == sorted(of.gps.tolist(), key=lambda time: (-of.snr[int(time - 1e9)], time))[:10]
    said = json.loads((tmp_path / "glitch_A.json").read_text())
    assert (said["glitches"], said["lost"], said["windows"]) == (23, 3, 20)


@pytest.mark.parametrize("quiet", [None, False, True])
def test_quiet_times_beside_glitches(tmp_path: Path, quiet: bool | None) -> None:
    write_glitch(tmp_path, "A", at_glitches(True, quiet), BASIS)
    tell(tmp_path)
    one = found(tmp_path)["A"]
    assert ("quiet times" in one["sentence"]) == (quiet is not None)
    assert ("quiet times, too" in one["sentence"]) == (quiet is True)
    assert (one["p_at_quiet_times"] is None) == (quiet is None)
    header = (tmp_path / "glitch_A.csv").read_text().splitlines()[0]
    assert ("quiet_coherence" in header) == (quiet is not None)


def test_rounds_come_in_their_order_and_before_channels(tmp_path: Path) -> None:
    for label in ("round-10", "round-2", "PEM_MIC", "round-1", "ADC"):
        write_overall(tmp_path, label, of_overall(False), BASIS)
    tell(tmp_path)
    assert [(one["label"], one["round"]) for one in read(tmp_path)["findings"]] == [
        ("round-1", 1), ("round-2", 2), ("round-10", 10), ("ADC", None), ("PEM_MIC", None),
    ]  # fmt: skip


def test_another_channel_at_the_glitches_of_a_round(tmp_path: Path) -> None:
    write_glitch(tmp_path, "round-2_PEM_ACC", at_glitches(True, channel=B), BASIS)
    tell(tmp_path)
    assert (found(tmp_path)["round-2_PEM_ACC"]["round"], found(tmp_path)["round-2_PEM_ACC"]["channel"]) == (2, B)


def test_results_are_told_together_that_belong_together(tmp_path: Path) -> None:
    """Of one main channel and time, and of rounds that there are, with the winner that they have."""
    for label in ("round-1", "PEM_MIC"):
        write_overall(tmp_path, label, of_overall(False), BASIS)
        write_glitch(tmp_path, label, at_glitches(False), BASIS)
    write_ranking(tmp_path, {A: of_overall(False)}, BASIS, [], [])
    for name, text in (("overall_notes", "[1]"), ("glitch_notes", "what?"), ("overall_x", '{"label": "y"}')):
        (tmp_path / f"{name}.json").write_text(text)
    (tmp_path / "overall_copy.json").write_bytes((tmp_path / "overall_PEM_MIC.json").read_bytes())
    later = Basis(M, Segments.of([(1e9, 1e9 + 100)]))
    for basis, winners, expected, ranked in (
        (BASIS, {"round-1": A}, ["PEM_MIC", "round-1"], True),
        (BASIS, {"round-1": B}, ["PEM_MIC"], True),
        (BASIS, {}, ["PEM_MIC"], True),
        (later, {"round-1": A}, [], False),
        (Basis(B, BASIS.analysed), {"round-1": A}, [], False),
    ):
        labels, there = belonging(tmp_path, basis, winners)
        assert {kind: sorted(some) for kind, some in labels.items()} == {"overall": expected, "glitch": expected}
        assert there == ranked
    write_glitch(tmp_path, "PEM_MIC", at_glitches(False), later)
    tell(tmp_path, later)
    assert read(tmp_path)["overall"] is None
    (one,) = read(tmp_path)["findings"]
    assert (one["p_overall"], one["p_at_glitches"] is None) == (None, False)
    assert not (tmp_path / "both_PEM_MIC.png").exists()


def test_other_channels_belong_to_a_round_that_there_is_whoever_won_it(tmp_path: Path) -> None:
    """Round 1 is not round 10."""
    for label in ("round-1_PEM_ACC", "round-10_PEM_ACC"):
        write_glitch(tmp_path, label, at_glitches(False, channel=B), BASIS)
    for winners, expected in (({"round-1": A}, ["round-1_PEM_ACC"]), ({"round-2": B}, [])):
        assert belonging(tmp_path, BASIS, winners)[0]["glitch"] == expected


def test_without_a_window_nothing_of_an_earlier_result_is_left(tmp_path: Path) -> None:
    write_overall(tmp_path, "A", of_overall(True), BASIS)
    write_glitch(tmp_path, "A", at_glitches(True), BASIS)
    tell(tmp_path)
    before = names(tmp_path)
    write_glitch(tmp_path, "A", at_glitches(True, windows=0), BASIS)
    tell(tmp_path)
    gone = {"both_A.png", "glitch_A.csv", "glitch_A.png", "glitch_A_triggers.csv"}
    assert set(before) - set(names(tmp_path)) == gone


def test_one_glitch_is_not_known_but_has_a_figure(tmp_path: Path) -> None:
    write_glitch(tmp_path, "A", at_glitches(True, windows=1), BASIS)
    tell(tmp_path)
    one = found(tmp_path)["A"]
    assert (one["coherent_at_glitches"], one["p_at_glitches"], one["advice"]) == (None, None, None)
    assert one["windows_at_glitches"] == 1
    assert (tmp_path / "glitch_A.png").exists()


def test_settings_are_said_that_a_result_depends_on(tmp_path: Path) -> None:
    basis = replace(BASIS, settings=plain(SETTINGS))
    write_overall(tmp_path, "A", of_overall(True), basis)
    write_glitch(tmp_path, "A", at_glitches(True), basis)
    overall, glitch = (
        json.loads((tmp_path / f"{kind}_A.json").read_text())["settings"] for kind in ("overall", "glitch")
    )
    assert (overall["fft"], overall["fmax"], overall["bands"]) == (2.0, None, [10.0, 20.0, 40.0])
    assert (glitch["window"], glitch["rotations"]) == (0.5, 499)
    assert not {"window", "rotations"} & overall.keys()
    assert not {"fft", "leave_out_vetoed"} & glitch.keys()


def test_silent_channels_are_not_known(tmp_path: Path) -> None:
    nothing = np.full(10, np.nan)
    silent = replace(of_overall(False, B), coherence=nothing, p=nothing, threshold=nothing, main=nothing)
    write_ranking(tmp_path, {B: silent, A: of_overall(True)}, BASIS, [], [])
    said = json.loads((tmp_path / "overall.json").read_text())
    assert (said["channels"], said["unknown"], said["significant"]) == (1, [B], [A])


def test_only_the_labels_that_count(tmp_path: Path) -> None:
    """What an earlier run left does not."""
    for label in ("round-1", "round-2"):
        write_overall(tmp_path, label, of_overall(False), BASIS)
        write_glitch(tmp_path, label, at_glitches(False), BASIS)
    tell(tmp_path)
    write_findings(tmp_path, {"overall": ["round-1", "round-2"], "glitch": ["round-2"]}, ranked=False)
    assert {label: one["p_at_glitches"] is None for label, one in found(tmp_path).items()} == {
        "round-1": True,
        "round-2": False,
    }
    assert [name for name in names(tmp_path) if name.startswith("both_")] == ["both_round-2.png"]
    write_findings(tmp_path, {}, ranked=False)
    assert read(tmp_path) == {"overall": None, "findings": []}


def test_the_ranking(tmp_path: Path) -> None:
    coherent = {B: of_overall(True, B), A: of_overall(True, A), "K1:X": of_overall(False, "K1:X", 4)}
    row = BandRow(A, (10.0, 20.0), 0.5, 16.0, 0.1, 1e-7, 2, 5, 0.25)
    written = write_ranking(tmp_path, coherent, BASIS, [row], [(16.0, [(A, 0.5, 1e-8)])])
    assert sorted(path.name for path in written) == names(tmp_path) == [
        "by_frequency.csv", "contributions.png", "overall.csv", "overall.json",
    ]  # fmt: skip
    assert labels_in(written, "overall") == []
    tell(tmp_path)
    assert read(tmp_path)["overall"] == {
        "main": M, "analysed": {"from": 1e9, "to": 1e9 + 300, "seconds": 200.0},
        "channels": 3, "unknown": [], "windows": 100, "trials": 10, "false_alarm": 0.01, "significant": [B, A],
        "settings": {},
    }  # fmt: skip
    assert read(tmp_path)["findings"] == []


def test_equal_results_give_equal_bytes(tmp_path: Path) -> None:
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
        write_overall(folder, "A", of_overall(True), BASIS)
        write_glitch(folder, "A", at_glitches(True), BASIS)
        tell(folder)
    assert [path.read_bytes() for path in sorted((tmp_path / "a").iterdir())] == [
        path.read_bytes() for path in sorted((tmp_path / "b").iterdir())
    ]
