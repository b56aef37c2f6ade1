"""Each defect is there without its patch, and gone with it."""

import multiprocessing
import subprocess
import sys
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from culpa.errors import CulpaError
from culpa.explain.upstream.package import load, put_leap_seconds
from culpa.explain.upstream.patches import ALL, patched
from culpa.explain.upstream.process import unchanged
from tests.explain.upstream.lists import COUPLED, LIVE, SETTINGS, START, Files, Lists, events, plain


def without(name: str) -> frozenset[str]:
    assert name in ALL
    return ALL - {name}


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return plain().write(tmp_path / "triggers")


def table(times: list[float], snr: list[float], channel: list[str]) -> Any:
    from gwpy.table import EventTable

    return EventTable({"time": times, "snr": snr, "channel": channel})


class TestCounting:
    WINDOWS, THRESHOLDS = (0.1, 1.0), (8.0, 12.0)

    def counts(self, of: Any, patches: Collection[str]) -> Any:
        with patched(patches):
            return load().main.core.find_all_coincidences(of, "P", self.THRESHOLDS, self.WINDOWS)

    def test_behind_the_next_primary_event(self) -> None:
        of = table([100.0, 100.05, 100.1], [9.0, 9.0, 9.0], ["P", "P", "A"])
        assert self.counts(of, without("counting"))[1.0, 8.0] == {"A": 1}
        assert self.counts(of, ALL)[1.0, 8.0] == {"A": 2}

    def test_equal_to_every_pair_looked_at(self) -> None:
        rng = np.random.default_rng(5)
        times = np.round(1e9 + rng.uniform(0, 30, 200), 1)  # many ties, many at the very end of a window
        snr, names = rng.uniform(6, 16, 200), rng.choice(["P", "A", "B", "C"], 200)
        of = table(times.tolist(), snr.tolist(), names.tolist())
        found = self.counts(of, ALL)
        primary = times[names == "P"]
        for (window, threshold), counts in found.items():
            for name in "ABC":
                others = times[(names == name) & (snr >= threshold)]
                slow = sum(any(t - window / 2 <= a <= t + window / 2 for a in others) for t in primary)
                assert counts.get(name, 0) == slow
        assert self.counts(of, without("counting")) != found


def rounds(result: Any) -> list[tuple[str, float]]:
    return [(one.winner.channel, one.winner.significance) for one in result.rounds]


def test_livetime(tmp_path: Path, undrawn: None) -> None:
    extra = np.linspace(2200, 3400, 15)
    lists = Lists(
        events([*COUPLED, *extra, 3500.5]), {"K1:PEM-A": events(COUPLED, 12.0), "K1:PEM-B": events(extra + 0.3, 12.0)}
    )
    files = lists.write(tmp_path / "triggers")
    live = LIVE - LIVE.of([(START + 50.25, START + 51.75)])  # half a second, which the processes do not see either
    one = rounds(files.run(tmp_path / "1", live=live))
    assert len(one) == 2
    assert rounds(files.run(tmp_path / "2", live=live, nproc=2)) == one
    wrong = rounds(files.run(tmp_path / "3", live=live, nproc=2, patches=without("livetime")))
    assert [channel for channel, _ in wrong] == [channel for channel, _ in one]
    assert all(abs(theirs[1] - ours[1]) > 1e-6 for theirs, ours in zip(wrong, one, strict=True))


def test_ties(tmp_path: Path, undrawn: None) -> None:
    twin = events(COUPLED, 12.0)
    names = ["K1:PEM-A", "K1:PEM-B", "K1:PEM-C", "K1:PEM-D"]
    files = Lists(events([*COUPLED, 3000.5]), dict.fromkeys(names, twin)).write(tmp_path / "triggers")

    def winner(nproc: int, patches: Collection[str]) -> str:
        return files.run(tmp_path / f"{nproc}", nproc=nproc, patches=patches).rounds[0].winner.channel

    assert [winner(nproc, without("ties")) for nproc in (1, 2)] == ["K1:PEM-A", "K1:PEM-C"]
    assert [winner(nproc, ALL) for nproc in (1, 2)] == ["K1:PEM-A", "K1:PEM-A"]


def test_empty_veto_list() -> None:
    from gwpy.segments import SegmentList

    def vetoed(patches: Collection[str]) -> list[list[float]]:
        with patched(patches):
            parts = load().main.core.veto(table([3.0, 1.0], [9.0, 9.0], ["A", "A"]), SegmentList())
        return [list(part["time"]) for part in parts]

    with pytest.raises(IndexError):
        vetoed(without("empty-veto-list"))
    assert vetoed(ALL) == [[1.0, 3.0], []]


@pytest.mark.parametrize(("extension", "nproc"), [("h5", 1), ("xml.gz", 2)])
def test_empty_channels(tmp_path: Path, extension: str, nproc: int) -> None:
    lists = Lists(events(COUPLED), {"K1:PEM-A": events([]), "K1:PEM-B": events([])})
    files = lists.write(tmp_path / "triggers", extension)
    with pytest.raises(CulpaError, match="IndexError: list index out of range"):
        files.run(tmp_path / "a", nproc=nproc, patches=without("empty-channels"))
    result = files.run(tmp_path / "b", nproc=nproc)
    assert result.rounds == ()
    assert result.reason == "no auxiliary event coincides with a primary one"
    assert result.remarks == tuple(f"{name} has no event that counts: left out" for name in lists.auxiliary)


def test_an_empty_channel_among_others_with_columns_of_other_names(tmp_path: Path) -> None:
    """LIGO_LW calls the frequency peak_frequency; upstream takes that name from the first channel."""
    lists = Lists(plain().primary, {"K1:PEM-A": events([]), **plain().auxiliary})
    result = lists.write(tmp_path / "triggers", "xml.gz").run(tmp_path / "out")
    assert [one.winner.channel for one in result.rounds] == ["K1:PEM-A_X"]


@pytest.mark.parametrize(
    ("before", "after"),
    [([9.0, 10.0], []), ([9.0], [9.0]), ([0.0, 9.0, 10.0], [9.0]), ([np.inf, 9.0], [9.0])],
    ids=["all vetoed", "all equal", "zero", "infinite"],
)
def test_histogram(tmp_path: Path, before: list[float], after: list[float]) -> None:
    def draw(patches: Collection[str], picture: Path) -> bool:
        with patched(patches), unchanged():
            load().style.apply()
            load().main.plot.before_after_histogram(str(picture), np.array(before), np.array(after))
        return picture.exists()

    with pytest.raises((ValueError, Warning)):
        draw(without("histogram"), tmp_path / "a.png")
    assert draw(ALL, tmp_path / "b.png")


def test_significance_table(tmp_path: Path, undrawn: None) -> None:
    files = Lists(events([10.0]), {"K1:PEM-A": events([12.0])}).write(tmp_path / "triggers")
    faint = replace(SETTINGS, minimum_significance=0.1, time_windows=(500.0,))
    with pytest.raises(CulpaError, match=r"hveto failed while at work: ValueError: max\(\) .* empty"):
        files.run(tmp_path / "a", faint, patches=without("significance-table"))
    (one,) = files.run(tmp_path / "b", faint).rounds
    assert 0.1 < one.winner.significance < 1


@pytest.mark.parametrize("limits", [(0.0, 1e3), (10.0, np.inf), (np.nan, 1e3)])
def test_axis_limits(tmp_path: Path, limits: tuple[float, float]) -> None:
    def draw(patches: Collection[str], picture: Path) -> tuple[float, float]:
        plot = load().main.plot
        with patched(patches), unchanged():
            load().style.apply()
            figure = plot.Plot()
            axes = figure.gca()
            axes.plot([20.0, 500.0], [9.0, 10.0])
            plot._finalize_plot(figure, axes, str(picture), close=False, xscale="log", xlim=limits)
            shown = axes.get_xlim()
            figure.close()
        return shown

    with pytest.raises((ValueError, UserWarning), match=r"limits cannot be NaN or Inf|non-positive xlim"):
        draw(without("axis-limits"), tmp_path / "a.png")
    low, high = draw(ALL, tmp_path / "b.png")
    assert 0 < low <= 20
    assert 500 <= high < np.inf


def test_ligolw(tmp_path: Path, undrawn: None) -> None:
    files = plain().write(tmp_path / "triggers", "xml.gz")
    with pytest.raises(CulpaError, match="hveto failed while reading trigger files: IORegistryError"):
        files.run(tmp_path / "a", patches=without("ligolw"))
    assert rounds(files.run(tmp_path / "b")) == [("K1:PEM-A_X", pytest.approx(54.6433, abs=1e-4))]


class TestRoot:
    def test_branches_in_another_order(self, tmp_path: Path, undrawn: None) -> None:
        files = plain().write(tmp_path / "triggers", "root")
        band = replace(SETTINGS, primary_frequency=(10.0, 2048.0))
        wrong = files.run(tmp_path / "a", band, patches=without("root-trees"))
        assert wrong.reason == "there is no primary event"  # the second branch is no frequency
        assert [channel for channel, _ in rounds(files.run(tmp_path / "b", band))] == ["K1:PEM-A_X"]

    def test_two_trees(self, tmp_path: Path, undrawn: None) -> None:
        import uproot

        files = plain().write(tmp_path / "triggers", "root")
        for path in (*files.primary, *files.auxiliary):
            with uproot.open(path) as given:
                rows = given["triggers"].arrays(["time", "frequency", "snr"], library="np")
            with uproot.recreate(path) as file:
                for name, columns in {"segments": {"start": np.zeros(1)}, "triggers": rows}.items():
                    file.mktree(name, {key: value.dtype for key, value in columns.items()})
                    file[name].extend(columns)
        with pytest.raises(CulpaError, match="hveto failed while reading trigger files: ValueError: Multiple trees"):
            files.run(tmp_path / "a", patches=without("root-trees"))
        assert [channel for channel, _ in rounds(files.run(tmp_path / "b"))] == ["K1:PEM-A_X"]


def test_channel_names(tmp_path: Path, undrawn: None) -> None:
    lists = Lists(plain().primary, {"K1:PEM-A": events([50.0, 3400.0]), "K1:PEM-A_B": events(COUPLED, 12.0)})
    files = lists.write(tmp_path / "triggers")
    wrong = files.run(tmp_path / "a", patches=without("channel-names")).rounds[0]
    assert (wrong.winner.channel, wrong.winner.coincidences) == ("K1:PEM-A", 19)
    right = files.run(tmp_path / "b").rounds[0]
    assert (right.winner.channel, right.winner.auxiliary) == ("K1:PEM-A_B", 19)


def test_channel_names_with_a_tag_of_another_program(tmp_path: Path, undrawn: None) -> None:
    files = plain().write(tmp_path / "triggers")
    renamed = [path.rename(path.with_name(path.name.replace("OMICRON", "DMT"))) for path in files.auxiliary]
    result = Files(files.primary, renamed, files.channels).run(tmp_path / "out")
    assert [channel for channel, _ in rounds(result)] == ["K1:PEM-A_X"]


def test_unsafe_file(tmp_path: Path, files: Files, undrawn: None) -> None:
    (tmp_path / "unsafe.txt").write_text("%(IFO)s:PEM-A_X\nPEM-C\n")
    ini = tmp_path / "h.ini"
    ini.write_text(f"[safety]\nunsafe-channels = {tmp_path / 'unsafe.txt'}\n")
    with pytest.raises(CulpaError, match="hveto failed while at work: TypeError: a bytes-like object"):
        files.run(tmp_path / "a", ini=ini, patches=without("unsafe-file"))
    assert files.run(tmp_path / "b", ini=ini).rounds == ()


def test_detector_memory() -> None:
    parser = load().main.config.HvetoConfigParser

    def channel(ifo: str) -> str:
        name: str = load().main.config.HvetoConfigParser(ifo=ifo).get("primary", "channel")
        return name

    with patched(ALL):
        assert [channel(ifo) for ifo in ("K1", "L1")] == ["K1:GDS-CALIB_STRAIN", "L1:GDS-CALIB_STRAIN"]
    with patched(without("detector-memory")):
        assert [channel(ifo) for ifo in ("K1", "L1")] == ["K1:GDS-CALIB_STRAIN", "K1:GDS-CALIB_STRAIN"]
    parser.__init__.__defaults__[1].clear()


def test_start_method(tmp_path: Path, files: Files, undrawn: None, monkeypatch: pytest.MonkeyPatch) -> None:
    put_leap_seconds(tmp_path)  # without the patch the new processes import hveto themselves
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    usual = multiprocessing.get_start_method()
    multiprocessing.set_start_method("spawn", force=True)
    try:
        with pytest.raises(CulpaError, match="NameError: name 'acache' is not defined"):
            files.run(tmp_path / "a", nproc=2, patches=without("start-method"))
        assert [channel for channel, _ in rounds(files.run(tmp_path / "b", nproc=2))] == ["K1:PEM-A_X"]
    finally:
        multiprocessing.set_start_method(usual, force=True)


def test_package_list(monkeypatch: pytest.MonkeyPatch) -> None:
    def listed(patches: Collection[str]) -> set[str]:
        with patched(patches):
            return {package["name"] for package in load().main.html.gwhtml.package_list()}

    monkeypatch.setattr(sys, "executable", "/bin/false")  # a Python without pip
    with pytest.raises(subprocess.CalledProcessError):
        listed(without("package-list"))
    assert {"hveto", "gwpy"} <= listed(ALL)
