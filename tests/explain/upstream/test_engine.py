"""A whole analysis by the installed hveto: what it gives, what it refuses, what it leaves as it was."""

import json
import logging
import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import replace
from math import log10
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.projections import get_projection_class
from matplotlib.scale import scale_factory

from culpa.errors import CulpaError, NoDataError, UsageError
from culpa.explain.hveto.result import HvetoResult
from culpa.explain.upstream.engine import run_upstream
from culpa.explain.upstream.package import load, put_leap_seconds
from culpa.explain.upstream.patches import ALL
from culpa.explain.upstream.process import unchanged
from culpa.types import Segments
from tests.explain.upstream.lists import (
    COUPLED,
    END,
    LIVE,
    PRIMARY,
    SETTINGS,
    START,
    Files,
    Lists,
    events,
    plain,
)


def process() -> Iterator[Any]:
    """What an analysis may change in this process."""
    yield from (Path.cwd(), dict(os.environ), list(sys.argv), list(warnings.filters), warnings.showwarning)
    for name in ("", "hveto", "matplotlib"):
        logger = logging.getLogger(name)
        yield from (list(logger.handlers), logger.level, logger.propagate)
    yield {name: value for name, value in mpl.rcParams.items() if not name.startswith("backend")}
    yield from (get_projection_class("rectilinear"), type(scale_factory("log", None)))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("a folder with blanks")


@pytest.fixture(scope="module")
def files(folder: Path) -> Files:
    return plain().write(folder / "triggers")


@pytest.fixture(scope="module")
def result(folder: Path, files: Files) -> HvetoResult:
    """A run with everything: pages and figures."""
    before = list(process())
    found = files.run(folder / "out")
    assert list(process()) == before
    return found


class TestWhole:
    def test_the_winner(self, result: HvetoResult) -> None:
        assert result.engine == "upstream"
        assert result.primary == PRIMARY
        assert [one.winner.channel for one in result.rounds] == ["K1:PEM-A_X"]
        winner = result.rounds[0].winner
        expected = 20 * 19 * 0.1 / 3600
        assert (winner.snr, winner.window, winner.coincidences, winner.auxiliary) == (8.0, 0.1, 19, 19)
        assert winner.expected == pytest.approx(expected)
        tail = expected**19 * np.exp(-expected) / float(np.prod(np.arange(1.0, 20.0)))  # its first term is all of it
        assert winner.significance == pytest.approx(-log10(tail), abs=1e-3)

    def test_what_was_vetoed(self, result: HvetoResult) -> None:
        one = result.rounds[0]
        assert one.vetoed.tolist() == [True] * 19 + [False]
        assert one.used.all()
        assert one.live == LIVE
        assert one.vetoes.bounds[0] == (START + 100.01 - 0.05, START + 100.01 + 0.05)
        assert result.remaining["time"].tolist() == [START + 3000.5]
        assert one.dead == pytest.approx(1.9, abs=1e-4)

    def test_the_end(self, result: HvetoResult) -> None:
        assert result.reason == "no auxiliary event coincides with a primary one"
        assert (result.final, result.final_false_alarm, result.remarks) == (None, None, ())

    def test_its_own_numbers_are_ours(self, result: HvetoResult, folder: Path) -> None:
        (theirs,) = json.loads((folder / "out" / "summary-stats.json").read_text())["rounds"]
        one = result.rounds[0]
        assert theirs["significance"] == one.winner.significance
        assert theirs["nveto"] == one.vetoed.sum()
        assert theirs["use-percentage"] == one.use_percentage
        assert theirs["efficiency"] == pytest.approx(100 * one.efficiency)
        assert theirs["deadtime"] == pytest.approx(100 * one.deadtime)

    def test_its_pages_and_figures_are_there(self, result: HvetoResult, folder: Path) -> None:
        out = folder / "out"
        assert "K1:PEM-A_X" in (out / "index.html").read_text()
        assert "numpy" in (out / "about" / "index.html").read_text()
        assert len(list((out / "plots").glob("*.png"))) == 13
        assert "-- Hveto complete --" in (out / "hveto.log").read_text()


@pytest.mark.parametrize("extension", ["xml.gz", "root"])
@pytest.mark.parametrize("nproc", [1, 2])
def test_every_format_and_number_of_processes(
    tmp_path: Path, result: HvetoResult, extension: str, nproc: int, undrawn: None
) -> None:
    halves = [(START, START + 1000), (START + 1000, END)]
    found = plain().write(tmp_path, extension, halves).run(tmp_path / "out", nproc=nproc)
    assert [one.winner for one in found.rounds] == [one.winner for one in result.rounds]
    assert found.rounds[0].vetoes == result.rounds[0].vetoes


def test_nothing_is_printed(files: Files, tmp_path: Path, undrawn: None, capfd: pytest.CaptureFixture[str]) -> None:
    files.run(tmp_path, nproc=2)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("patches", [ALL, ALL - {"package-list"}])
def test_a_failure_changes_no_more_than_a_success(
    files: Files, tmp_path: Path, undrawn: None, patches: frozenset[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    before, log = list(process()), logging.getLogger("hveto")
    if patches == ALL:
        files.run(tmp_path, patches=patches)
    else:
        with pytest.raises(CulpaError, match="hveto failed while writing its pages: CalledProcessError"):
            files.run(tmp_path, patches=patches)
    assert list(process()) == before
    assert not log.handlers


SHOW_IMPORT = """
import sys, warnings
warnings.simplefilter("error")
def watch(event, arguments):
    if event in ("socket.getaddrinfo", "socket.connect"):
        print(event, arguments)
sys.addaudithook(watch)
import logging, os
import matplotlib as mpl
from culpa.explain.upstream.package import load
before = dict(mpl.rcParams), dict(os.environ)
load()
changed = [name for name, value in before[0].items() if mpl.rcParams[name] != value and not name.startswith("backend")]
print("changed:", changed, before[1] == dict(os.environ), logging.getLogger().handlers)
"""


def test_the_import_asks_no_network_and_changes_nothing(tmp_path: Path) -> None:
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    answer = subprocess.run(
        [sys.executable, "-c", SHOW_IMPORT], capture_output=True, text=True, check=True, env=environment
    )
    assert answer.stdout == "changed: [] True []\n"
    assert answer.stderr == ""
    assert list(tmp_path.glob("gpstime*")) == []


def test_the_leap_seconds_for_the_import_are_right(tmp_path: Path) -> None:
    load()
    from gpstime.leaps import LeapData

    put_leap_seconds(tmp_path)
    given = LeapData(str(tmp_path / "gpstime" / "leap-seconds.list"))
    assert given.valid
    assert [given.as_gps()[place] for place in (0, -1)] == [46828800, 1167264017]  # 1 July 1981, 1 January 2017
    assert len(given.as_gps()) == 18


WITHOUT_HVETO = """
import sys
sys.modules["hveto"] = sys.modules["hveto.__main__"] = None
from culpa.errors import MissingExtraError
from culpa.explain.upstream.patches import patched
try:
    with patched():
        pass
except MissingExtraError as error:
    print(error.message)
"""


def test_hveto_is_not_installed() -> None:
    answer = subprocess.run([sys.executable, "-c", WITHOUT_HVETO], capture_output=True, text=True, check=True)
    assert answer.stdout == "--engine upstream needs the package hveto, which is not installed\n"


def test_a_block_that_prints_is_silent(capfd: pytest.CaptureFixture[str]) -> None:
    with unchanged():
        print("to stdout")
        print("to stderr", file=sys.stderr)
    assert capfd.readouterr() == ("", "")


class TestNothingFound:
    def test_no_primary_event(self, tmp_path: Path) -> None:
        found = Lists(events([]), {"K1:PEM-A": events(COUPLED)}).write(tmp_path).run(tmp_path / "out")
        assert (found.rounds, len(found.remaining)) == ((), 0)
        assert found.reason == "there is no primary event"

    def test_no_file_of_the_primary_channel(self, files: Files, tmp_path: Path) -> None:
        found = replace(files, primary=[]).run(tmp_path)
        assert (found.rounds, found.reason) == ((), "there is no primary event")

    def test_nothing_significant(self, files: Files, tmp_path: Path) -> None:
        found = files.run(tmp_path, replace(SETTINGS, minimum_significance=60.0))
        assert found.rounds == ()
        assert len(found.remaining) == 20
        assert found.reason == "the best of what is left, K1:PEM-A_X, has a significance of 54.64, below 60"

    def test_everything_vetoed(self, tmp_path: Path) -> None:
        found = Lists(events(COUPLED), {"K1:PEM-A": events(COUPLED, 12.0)}).write(tmp_path).run(tmp_path / "out")
        assert [(one.vetoed.all(), one.winner.coincidences) for one in found.rounds] == [(True, 19)]
        assert len(found.remaining) == 0

    def test_an_earlier_analysis_leaves_nothing(self, files: Files, tmp_path: Path, undrawn: None) -> None:
        files.run(tmp_path)
        assert (tmp_path / "summary-stats.json").exists()
        found = files.run(tmp_path, replace(SETTINGS, minimum_significance=60.0))
        assert found.rounds == ()
        assert not (tmp_path / "summary-stats.json").exists()


class TestSettings:
    def test_thresholds_bands_and_unsafe_channels(self, files: Files, tmp_path: Path, undrawn: None) -> None:
        narrow = replace(SETTINGS, snr_thresholds=(11.0, 13.0), time_windows=(0.4,), primary_frequency=(99.0, 101.0))
        (one,) = files.run(tmp_path / "a", narrow).rounds
        assert (one.winner.snr, one.winner.window) == (11.0, 0.4)
        elsewhere = files.run(tmp_path / "b", replace(SETTINGS, primary_frequency=(100.5, 200.0)))
        assert elsewhere.reason == "there is no primary event"
        assert files.run(tmp_path / "c", replace(SETTINGS, primary_snr=10.5)).reason == "there is no primary event"
        unsafe = files.run(tmp_path / "d", replace(SETTINGS, unsafe=("K1:PEM-A*",)))
        assert unsafe.rounds == ()
        assert unsafe.remarks == ("K1:PEM-A_X is unsafe: left out",)

    def test_segments(self, files: Files, tmp_path: Path, undrawn: None) -> None:
        live = Segments.of([(START + 0.5, START + 400.25), (START + 1450, END)])
        (one,) = files.run(tmp_path, live=live).rounds
        assert one.live == live
        assert one.winner.coincidences == 9
        assert one.winner.expected == pytest.approx(10 * 9 * 0.1 / live.livetime)

    def test_a_file_of_the_user(self, files: Files, tmp_path: Path, undrawn: None) -> None:
        ini = tmp_path / "h.ini"
        ini.write_text(
            "[hveto]\nsnr-thresholds = 99\n[primary]\nread-format = ligolw\nread-columns = peak,snr\n"
            "[auxiliary]\ntrigfind-run = x\n[segments]\nveto-definer-file = https://example.org/v.xml\n"
            "[safety]\nunsafe-channels =\n    %(IFO)s:PEM-A_X\n"
        )
        assert files.run(tmp_path / "a", ini=ini).rounds == ()
        assert len(files.run(tmp_path / "b").rounds) == 1

    def test_a_damaged_file_of_the_user(self, files: Files, tmp_path: Path) -> None:
        (tmp_path / "h.ini").write_text("snr-thresholds = 8\n")
        with pytest.raises(UsageError, match=r"cannot read .*h\.ini: File contains no section headers"):
            files.run(tmp_path, ini=tmp_path / "h.ini")

    def test_padding_of_vetoes(self, files: Files, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="--engine upstream cannot pad veto segments"):
            files.run(tmp_path, replace(SETTINGS, padding=(0.1, 0.0)))


class TestRefusals:
    def test_no_live_time(self, files: Files, tmp_path: Path) -> None:
        with pytest.raises(NoDataError, match="there is no live time"):
            files.run(tmp_path, live=Segments())

    def test_no_auxiliary_channel(self, files: Files, tmp_path: Path) -> None:
        with pytest.raises(NoDataError, match="there is no auxiliary channel"):
            replace(files, channels=[]).run(tmp_path)

    def test_a_channel_without_detector(self, files: Files, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="needs channels with a detector, got 'pressure'"):
            run_upstream(files.primary, files.auxiliary, PRIMARY, ["pressure"], LIVE, SETTINGS, tmp_path)

    def test_a_file_without_span_in_its_name(self, files: Files, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match=r"the span of a file in its name, which .*events\.h5 has not"):
            replace(files, auxiliary=[tmp_path / "events.h5"]).run(tmp_path)

    @pytest.mark.parametrize("extension", ["h5", "xml.gz", "root"])
    def test_a_damaged_file(self, tmp_path: Path, extension: str) -> None:
        files = plain().write(tmp_path, extension)
        files.primary[0].write_bytes(b"nothing")
        with pytest.raises(CulpaError, match="hveto failed while reading trigger files: "):
            files.run(tmp_path / "out")
