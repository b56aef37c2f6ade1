"""Sums over the windows of a recording: equal to scipy's, wherever files are cut, and whatever else is summed."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import signal

from culpa.acquire.sources import Source, open_source
from culpa.decompose.coherence import coherence
from culpa.decompose.welch import Sums, Windows
from culpa.errors import NoDataError
from culpa.explain.coherence.settings import CoherenceSettings
from culpa.run.coherence import spectra
from culpa.run.coherence.chunks import by_cell, cells, inside
from culpa.run.coherence.spectra import SpectraWork, added, fitting, read_sums, summed, write_sums
from culpa.types import Floats, Segments, Series

from .recordings import APART, CELL, COUPLED, FAST, MAIN, RATE, RATES, SLOW, SPAN, START, Values, write_cut, write_h5

WINDOWS = Windows(2.0, 1.0)
OTHERS = (COUPLED, APART, SLOW, FAST)


def work(path: Path, *channels: str, live: Sequence[tuple[float, float]] = ((START, START + SPAN),)) -> SpectraWork:
    return SpectraWork(open_source([path]), MAIN, channels or OTHERS, WINDOWS.starts(Segments.of(live)), WINDOWS)


def arrays(sums: Sums, channel: str) -> list[bytes]:
    """Everything that is known of a pair, bit by bit."""
    pair = sums.pairs[channel]
    own = (sums.main.count, sums.main.power, sums.main.lagged, sums.main.pairs)
    other = (pair.other.count, pair.other.power, pair.other.lagged, pair.other.pairs)
    return [np.asarray(one).tobytes() for one in (*own, *other, pair.main, pair.cross, pair.joint)]


def transformed(values: Floats, rate: float, bounds: Sequence[tuple[float, float]]) -> np.ndarray:
    """The spectra of the windows of some stretches (s from `START`), by scipy."""
    found = []
    for first, last in bounds:
        part = values[round(first * rate) : round(last * rate)]
        size = round(2 * rate)
        _, _, of = signal.stft(
            part, rate, "hann", size, size // 2, detrend="constant", boundary=None, padded=False, scaling="psd"
        )
        found.append(of)
    return np.concatenate(found, axis=1)


def expected(values: Values, channel: str, *bounds: tuple[float, float]) -> Floats:
    """The coherence with the main channel, up to the lower one of the two Nyquist frequencies."""
    spectra_of = [transformed(values[name][1], values[name][0], bounds) for name in (MAIN, channel)]
    bins = min(map(len, spectra_of))
    x, y = (of[:bins] for of in spectra_of)
    cross = np.abs(np.sum(x * y.conj(), axis=1)) ** 2
    return np.asarray(cross / np.sum(np.abs(x) ** 2, axis=1) / np.sum(np.abs(y) ** 2, axis=1))


def check(sums: Sums, values: Values, channel: str, *bounds: tuple[float, float]) -> None:
    ours, theirs = coherence(sums, channel).values, expected(values, channel, *(bounds or ((0, SPAN),)))
    assert len(ours) == len(theirs)
    np.testing.assert_allclose(ours[1:-1], theirs[1:-1], rtol=1e-6, atol=1e-12)


# equal to scipy


@pytest.mark.parametrize("channel", OTHERS)
def test_it_is_that_of_scipy(recording: Path, values: Values, channel: str) -> None:
    sums = summed(work(recording))
    check(sums, values, channel)
    if RATES[channel] == RATE:
        _, theirs = signal.coherence(values[MAIN][1], values[channel][1], RATE, nperseg=2 * RATE)
        np.testing.assert_allclose(coherence(sums, channel).values[1:-1], theirs[1:-1], rtol=1e-6)


@pytest.mark.parametrize(
    ("cuts", "kind"),
    [((1, 2, 3, 5, 8), "hdf5"), ((192,), "hdf5"), ((100, 101, 300), "gwf"), (range(32, SPAN, 32), "gwf")],
)
def test_wherever_files_are_cut(
    recording: Path, values: Values, tmp_path: Path, cuts: Sequence[int], kind: str
) -> None:
    write_cut(tmp_path, values, cuts, kind)
    whole, cut = summed(work(recording)), summed(work(tmp_path))
    for name in OTHERS:
        assert arrays(cut, name) == arrays(whole, name)


def test_a_gap_leaves_out_the_windows_that_touch_it(values: Values, tmp_path: Path) -> None:
    """In segments, which is what files are; and in windows that do not know of it."""
    write_cut(tmp_path, values, (100, 133), "hdf5")
    (tmp_path / f"K-K1_TEST-{START + 100}-33.hdf5").unlink()
    segments = open_source([tmp_path]).segments(MAIN)
    sums = summed(work(tmp_path, live=segments.bounds))
    assert sums.main.count == 99 + 346
    for name in OTHERS:
        check(sums, values, name, (0, 100), (133, SPAN))
        np.testing.assert_allclose(
            coherence(summed(work(tmp_path)), name).values, coherence(sums, name).values, rtol=1e-9
        )


def test_what_is_not_known_of_one_channel_costs_that_pair_alone(values: Values, tmp_path: Path) -> None:
    broken = {name: (rate, of.copy()) for name, (rate, of) in values.items()}
    broken[APART][1][50 * RATE : 60 * RATE] = np.nan
    broken[SLOW][1][200 * RATE // 2] = np.inf
    broken[FAST][1][300 * RATE * 2 : 310 * RATE * 2] = 4.5
    sums = summed(work(write_h5(tmp_path / "one.hdf5", broken)))
    counts = {name: pair.count for name, pair in sums.pairs.items()}
    assert sums.main.count == SPAN - 1
    assert counts == {COUPLED: SPAN - 1, APART: SPAN - 1 - 11, SLOW: SPAN - 1 - 2, FAST: SPAN - 1 - 9}
    check(sums, values, APART, (0, 50), (60, SPAN))
    check(sums, values, COUPLED)
    check(sums, values, SLOW, (0, 200), (201, SPAN))


def test_what_is_not_known_of_the_main_channel_costs_all_pairs(values: Values, tmp_path: Path) -> None:
    broken = {name: (rate, of.copy()) for name, (rate, of) in values.items()}
    broken[MAIN][1][100 * RATE : 120 * RATE] = np.nan
    sums = summed(work(write_h5(tmp_path / "one.hdf5", broken)))
    for name in OTHERS:
        assert sums.pairs[name].count == sums.main.count == SPAN - 1 - 21
        check(sums, values, name, (0, 100), (120, SPAN))


def test_windows_begin_with_their_segment(recording: Path, values: Values) -> None:
    live = [(START + 10.25, START + 50.0), (START + 77.5, START + 79.5), (START + 90.0, START + 91.9)]
    sums = summed(work(recording, live=live))
    assert sums.main.count == 38 + 1
    for name in OTHERS:
        check(sums, values, name, (10.25, 50), (77.5, 79.5))


# blocks


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, float, float]]:
    """What is read from files: channel, from, to."""
    done: list[tuple[str, float, float]] = []
    really = Source.read

    def read(self: Source, channel: str, start: float, end: float) -> Series:
        done.append((channel, start, end))
        return really(self, channel, start, end)

    monkeypatch.setattr(Source, "read", read)
    return done


def test_the_main_channel_is_read_once_for_all_others(
    recording: Path, reads: list[tuple[str, float, float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spectra, "_ROOM", 8 * 50 * RATE * WINDOWS.duration)
    for channels in ((COUPLED,), OTHERS):
        reads.clear()
        summed(work(recording, *channels))
        of_main = [span for name, *span in reads if name == MAIN]
        assert len(of_main) == -(-(SPAN - 1) // 50)
        assert len({*map(tuple, of_main)}) == len(of_main)
        assert [span for name, *span in reads if name == COUPLED] == of_main
    assert {name: sum(one == name for one, *_ in reads) for name in (SLOW, FAST)} == {
        SLOW: len(of_main),
        FAST: 2 * len(of_main),
    }


def test_blocks_are_bounded_and_make_no_difference(
    recording: Path, reads: list[tuple[str, float, float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = summed(work(recording))
    reads.clear()
    monkeypatch.setattr(spectra, "_ROOM", 1.0)
    parts = summed(work(recording))
    assert len(reads) == 5 * 30
    assert max(end - start for _, start, end in reads) < 16 + 1 + 0.1
    for name in OTHERS:
        np.testing.assert_allclose(coherence(parts, name).values, coherence(whole, name).values, rtol=1e-9)
        # neighbours in different blocks are not compared: one pair in 16
        np.testing.assert_allclose(coherence(parts, name).effective, coherence(whole, name).effective, rtol=0.1)


def test_what_lies_between_is_not_read(recording: Path, reads: list[tuple[str, float, float]]) -> None:
    live = [(START + 10, START + 30), (START + 200, START + 220), (START + 221, START + 240)]
    summed(work(recording, COUPLED, live=live))
    spans = [(start - START, end - START) for name, start, end in reads if name == MAIN]
    assert spans == [(10, pytest.approx(30, abs=0.1)), (200, pytest.approx(240, abs=0.1))]


@pytest.mark.parametrize("room", [4e7, 8 * 20 * RATE * 2.0])
def test_a_pair_does_not_depend_on_other_channels(
    recording: Path, room: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Faster ones among them: with or without these, the same bytes."""
    monkeypatch.setattr(spectra, "_ROOM", room)
    together = summed(work(recording))
    for name in OTHERS:
        assert arrays(summed(work(recording, name)), name) == arrays(together, name)


# parts


def test_parts_of_the_grid_add_up(recording: Path) -> None:
    """As jobs of a day do it: a window is of the cell that it begins in."""
    whole = work(recording)
    parts = [replace(whole, starts=starts) for _, starts in by_cell(whole.starts)]
    assert [len(part.starts) for part in parts] == [CELL - START, SPAN - 1 - (CELL - START)]
    total = added(map(summed, parts))
    for name in OTHERS:
        assert total.pairs[name].count == SPAN - 1
        np.testing.assert_allclose(coherence(total, name).values, coherence(summed(whole), name).values, rtol=1e-9)


def test_sums_are_the_same_when_they_are_read(recording: Path, tmp_path: Path) -> None:
    sums = summed(work(recording, live=((START, START + 20),)))
    write_sums(sums, tmp_path / "sums.npz")
    found = read_sums(tmp_path / "sums.npz")
    assert list(found.pairs) == list(sums.pairs)
    assert (found.resolution, found.main.count) == (0.5, 19)
    for name in OTHERS:
        assert arrays(found, name) == arrays(sums, name)


def test_no_window_no_sums(recording: Path) -> None:
    with pytest.raises(NoDataError, match="no window"):
        summed(work(recording, live=((START, START + 1),)))


def test_cells_of_the_grid() -> None:
    assert list(cells(CELL - 1, CELL + 1)) == [(CELL - 4096, CELL), (CELL, CELL + 4096)]
    assert list(cells(CELL, CELL + 4096)) == [(CELL, CELL + 4096)]
    times = np.array([CELL - 0.1, CELL, CELL + 4095.9, CELL + 3 * 4096])
    assert [(cell[0] - CELL, some.tolist()) for cell, some in by_cell(times)] == [
        (-4096, times[:1].tolist()),
        (0, times[1:3].tolist()),
        (3 * 4096, times[3:].tolist()),
    ]
    assert list(by_cell(times[:0])) == []
    assert inside(times, (CELL, CELL + 4096)).tolist() == times[1:3].tolist()


def test_rates_that_windows_do_not_fit(caplog: pytest.LogCaptureFixture) -> None:
    rates = {MAIN: 256.0, "K1:ODD": 100.3, "K1:SLOW": 3.0, "K1:FINE": 16.0}
    settings = CoherenceSettings(fft=2.0, fmin=1.0)
    assert fitting(rates, MAIN, settings) == ["K1:FINE"]
    assert [record.getMessage() for record in caplog.records] == [
        f"{name}: windows of 2 s are no whole number of samples at {rate:g} Hz, or too few; left out"
        for name, rate in (("K1:ODD", 100.3), ("K1:SLOW", 3.0))
    ]
    assert fitting(rates, MAIN, CoherenceSettings(fft=2.0, fmin=7.4)) == ["K1:FINE"]
    assert fitting(rates, MAIN, CoherenceSettings(fft=2.0, fmin=7.6)) == []
    assert "K1:FINE: there is no frequency from 7.6 Hz on at a rate of 16 Hz; left out" in caplog.text
    with pytest.raises(NoDataError, match=r"K1:ODD: windows of 2 s are no whole number of samples at 100.3 Hz"):
        fitting(rates, "K1:ODD", settings)
