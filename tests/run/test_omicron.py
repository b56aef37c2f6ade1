"""Omicron as the engine. The program cannot be installed here, so a stand-in writes the files that it would write."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import uproot

from culpa import names
from culpa.acquire import triggerfiles
from culpa.acquire.frames import write_gwf
from culpa.acquire.sources import Source, open_source
from culpa.acquire.triggerfolder import load_triggers
from culpa.detect.omicron_options import OmicronOptions, read_options
from culpa.detect.settings import SearchSettings
from culpa.errors import CulpaError, NoDataError, UsageError
from culpa.run.omicron import search_with_omicron, subprocess_runner
from culpa.run.triggers import warn
from culpa.types import TRIGGER_COLUMNS, Events, Segments, Series

START, END = 1_000_000_000, 1_000_000_256
FAST, SLOW, TINY = "K1:CAL-X_DQ", "K1:PEM-MIC_Y-Z", "K1:VIS-TINY"  # 512, 256 and 16 Hz
SETTINGS = SearchSettings(segment=32, overlap=4, psd_length=64, fmin=10, cluster=0.1)
WHOLE = Segments.of([(START, END)])
COLUMNS = {"xml": "xml.gz", "root": "root", "hdf5": "h5"}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Source:
    folder = tmp_path_factory.mktemp("frames")
    rng = np.random.default_rng(0)
    rates = {FAST: 512, SLOW: 256, TINY: 16}
    for start in range(START, END, 64):
        series = [Series(rng.normal(size=rate * 64), start, rate, name) for name, rate in rates.items()]
        write_gwf(folder / f"K-K1_TEST-{start}-64.gwf", series)
    return open_source([str(folder / "*.gwf")])


def tiles(*rows: tuple[float, float]) -> Events:
    """Rows of peak time and SNR; 20 ms long."""
    time, snr = np.array(rows, float).reshape(-1, 2).T
    columns = {name: np.full(len(time), 1.0) for name in TRIGGER_COLUMNS}
    return Events(columns | {"time": time, "tstart": time - 0.01, "tend": time + 0.01, "snr": snr, "q": snr / 2})


class Omicron:
    """Stands in for the program: reads its option file as the program is told to, and writes trigger files."""

    def __init__(self, write: Callable[[Path, Events, str], None], layout: str = "{ifo}/{tag}_OMICRON/10000") -> None:
        self.calls: list[tuple[int, int, OmicronOptions]] = []
        self.write, self.layout = write, layout
        self.found: dict[str, Events] = {}
        self.spans = [(START + 2, START + 128), (START + 128, END - 2)]

    def __call__(self, arguments: Sequence[str]) -> tuple[int, str]:
        program, start, end, file = arguments
        options = read_options(Path(file))
        assert (program, options.unknown, options.formats) == ("omicron", (), ("root",))
        assert options.source is not None
        assert options.source.is_file()
        assert options.output is not None
        assert list(options.output.iterdir()) == []
        self.calls.append((int(start), int(end), options))
        for channel in options.channels:
            events = self.found.get(channel, Events.empty())
            for first, last in self.spans:
                self._write_file(options.output, channel, max(first, int(start)), min(last, int(end)), events)
        return 0, "processing is over"

    def _write_file(self, folder: Path, channel: str, start: int, end: int, events: Events) -> None:
        if start < end:
            ifo, tag = names.interferometer(channel), names.channel_tag(channel)
            inside = Segments.of([(start, end)]).contains(events["time"])
            where = folder / self.layout.format(ifo=ifo, tag=tag)
            where.mkdir(parents=True, exist_ok=True)
            self.write(where / f"{ifo}-{tag}_OMICRON-{start}-{end - start}", events.take(inside), channel)


def as_root(stem: Path, events: Events, channel: str) -> None:
    """The tree `triggers` among others."""
    with uproot.recreate(f"{stem}.root") as file:
        file.mktree("segments", {"start": np.float64, "end": np.float64}).extend({"start": [0.0], "end": [1.0]})
        tree = file.mktree("triggers", dict.fromkeys((*TRIGGER_COLUMNS, "tstart_us"), np.float64))
        if len(events):
            tree.extend({name: events[name] for name in TRIGGER_COLUMNS} | {"tstart_us": events["tstart"] % 1})


def as_xml(stem: Path, events: Events, channel: str) -> None:
    """A table sngl_burst."""
    stem = Path(f"{stem}.xml.gz")
    triggerfiles.write(events, stem, channel=channel, span=(START, END), searched=Segments())


@pytest.mark.parametrize(
    ("write", "layout"), [(as_root, "{ifo}/{tag}_OMICRON/10000"), (as_xml, "{ifo}:{tag}"), (as_root, ".")]
)
def test_what_omicron_finds_lies_where_culpa_has_it(
    tmp_path: Path, source: Source, write: Callable[[Path, Events, str], None], layout: str
) -> None:
    program = Omicron(write, layout)
    program.found = {
        FAST: tiles((START + 10, 7), (START + 10.05, 9), (START + 200, 6.5)),
        SLOW: tiles((START + 130, 12)),
    }
    results = search_with_omicron(source, [FAST, SLOW], SETTINGS, WHOLE, tmp_path, tuple(COLUMNS), program)
    assert [(one.channel, one.triggers, one.livetime) for one in results] == [(FAST, 2, 252), (SLOW, 1, 252)]
    for one in results:
        expected = {tmp_path / names.trigger_file(one.channel, START, END, end) for end in COLUMNS.values()}
        assert set(one.files) == expected
        assert all(path.is_file() for path in expected)
        assert not one.remarks
    events, searched = load_triggers(tmp_path)
    assert searched == dict.fromkeys([FAST, SLOW], Segments.of([(START + 2, END - 2)]))
    assert events[FAST]["time"] == pytest.approx([START + 10.05, START + 200], abs=1e-6)
    assert events[FAST]["snr"] == pytest.approx([9, 6.5])
    assert events[FAST]["q"] == pytest.approx([4.5, 3.25])
    assert events[FAST]["tstart"] == pytest.approx([START + 9.99, START + 199.99], abs=1e-6)
    assert events[SLOW]["snr"].tolist() == [12]


def test_files_of_an_earlier_search_are_replaced(tmp_path: Path, source: Source) -> None:
    old = [tmp_path / names.trigger_file(FAST, start, start + 64, "h5") for start in (START + 64, END)]
    for path in old:
        triggerfiles.write(tiles(), path, channel=FAST, span=(START, END), searched=WHOLE)
    search_with_omicron(source, [FAST], SETTINGS, WHOLE, tmp_path, ["hdf5"], Omicron(as_root))
    assert [path.exists() for path in old] == [False, True]


def test_without_clustering_every_tile_stays(tmp_path: Path, source: Source) -> None:
    program = Omicron(as_root)
    program.found = {FAST: tiles((START + 10, 7), (START + 10.05, 9))}
    settings = SearchSettings(segment=32, psd_length=64, cluster=0)
    (result,) = search_with_omicron(source, [FAST], settings, WHOLE, tmp_path, ["hdf5"], program)
    assert result.triggers == 2


def test_omicron_is_told_what_is_asked(tmp_path: Path, source: Source) -> None:
    program = Omicron(as_root)
    segments = Segments.of([(START + 0.5, START + 100.7), (START + 150, END)])
    search_with_omicron(source, [FAST, SLOW], SETTINGS, segments, tmp_path, ["root"], program)
    calls = [(start, end, options.channels) for start, end, options in program.calls]
    assert calls == [
        (START + 1, START + 100, (FAST,)),
        (START + 150, END, (FAST,)),
        (START + 1, START + 100, (SLOW,)),
        (START + 150, END, (SLOW,)),
    ]
    told = program.calls[0][2]
    assert told.settings == SearchSettings(segment=32, overlap=4, psd_length=64, fmin=10, cluster=0.1, sample_rate=512)
    assert program.calls[-1][2].settings.sample_rate == 256
    rows = [line.split() for line in (tmp_path / "external" / "frames.ffl").read_text().splitlines()]
    assert [row[1:] for row in rows] == [[str(start), "64", "0", "0"] for start in range(START, END, 64)]
    assert all(Path(row[0]).is_absolute() and Path(row[0]).is_file() for row in rows)
    assert sorted(path.name for path in (tmp_path / "external").iterdir()) == [
        "frames.ffl",
        "options-256Hz.txt",
        "options-512Hz.txt",
    ]


def test_one_rate_for_all_leaves_out_slower_channels(
    tmp_path: Path, source: Source, caplog: pytest.LogCaptureFixture
) -> None:
    program = Omicron(as_root)
    settings = SearchSettings(segment=32, psd_length=64, sample_rate=512)
    results = search_with_omicron(source, [SLOW, FAST], settings, WHOLE, tmp_path, ["root", "hdf5"], program)
    assert [options.channels for _, _, options in program.calls] == [(FAST,)]
    assert [(one.channel, one.livetime, len(one.files)) for one in results] == [(SLOW, 0, 2), (FAST, 252, 2)]
    assert len(triggerfiles.read(results[0].files[0])) == 0
    warn(results)
    assert f"{SLOW}: sampled too slowly for what is asked" in caplog.messages


def test_a_band_above_the_nyquist_frequency_is_not_asked_for(tmp_path: Path, source: Source) -> None:
    program = Omicron(as_root)
    search_with_omicron(source, [TINY], SETTINGS, WHOLE, tmp_path, ["hdf5"], program)
    assert program.calls == []


def test_a_file_that_omicron_did_not_write_is_a_gap_with_a_remark(tmp_path: Path, source: Source) -> None:
    program = Omicron(as_root)
    program.spans = program.spans[:1]
    (result,) = search_with_omicron(source, [FAST], SETTINGS, WHOLE, tmp_path, ["hdf5"], program)
    assert result.livetime == 126
    assert load_triggers(tmp_path)[1][FAST] == Segments.of([(START + 2, START + 128)])
    assert list(result.remarks) == [
        "Omicron left out a part: no data there, or more triggers than its limit on their rate"
    ]


def test_stretches_shorter_than_the_window_are_left_out(
    tmp_path: Path, source: Source, caplog: pytest.LogCaptureFixture
) -> None:
    program = Omicron(as_root)
    segments = Segments.of([(START, START + 31), (START + 50, START + 100)])
    search_with_omicron(source, [FAST], SETTINGS, segments, tmp_path, ["hdf5"], program)
    assert [(start, end) for start, end, _ in program.calls] == [(START + 50, START + 100)]
    assert f"GPS {START} to {START + 31} is shorter than the 32 s that Omicron needs" in caplog.text
    with pytest.raises(NoDataError, match="a stretch of at least 32 s"):
        search_with_omicron(source, [FAST], SETTINGS, Segments.of([(START, START + 31.9)]), tmp_path, ["hdf5"], program)


def test_a_failure_shows_the_last_lines_and_leaves_no_trigger_file(tmp_path: Path, source: Source) -> None:
    def failing(arguments: Sequence[str]) -> tuple[int, str]:
        return 3, "\n".join(f"line {number}" for number in range(30))

    with pytest.raises(CulpaError, match=f"omicron ended with exit code 3 on GPS {START} to {END}") as caught:
        search_with_omicron(source, [FAST], SETTINGS, WHOLE, tmp_path, ["hdf5"], failing)
    assert caught.value.hint.split("\n  ") == [f"line {number}" for number in range(20, 30)]
    assert {path.name for path in tmp_path.rglob("*")} == {"external", "frames.ffl", "options-512Hz.txt"}


def test_a_program_that_is_not_installed_is_a_clear_error(tmp_path: Path, source: Source, monkeypatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="'omicron' is not installed") as caught:
        search_with_omicron(source, [FAST], SETTINGS, WHOLE, tmp_path, ["hdf5"])
    assert "the native engine needs no other program" in caught.value.hint


def test_the_runner_runs_programs(tmp_path: Path, monkeypatch) -> None:
    program = tmp_path / "omicron"
    program.write_text('#!/bin/sh\necho "from $1 to $2"\necho problem >&2\nexit 7\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert subprocess_runner(["omicron", "1", "2", "options.txt"]) == (7, "from 1 to 2\nproblem\n")


def test_files_that_omicron_does_not_read(tmp_path: Path) -> None:
    series = Series(np.zeros(64), START, 1, "K1:A-B")
    folder = tmp_path / "with blank"
    write_gwf(folder / f"K-K1_TEST-{START}-64.gwf", [series])
    with pytest.raises(UsageError, match="GWF files with no blank in their names"):
        search_with_omicron(
            open_source([str(folder)]), ["K1:A-B"], SETTINGS, WHOLE, tmp_path, ["hdf5"], Omicron(as_root)
        )


def test_logging_is_quiet_when_all_is_well(tmp_path: Path, source: Source, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    search_with_omicron(source, [FAST], SETTINGS, WHOLE, tmp_path, ["hdf5"], Omicron(as_root))
    assert not caplog.records
