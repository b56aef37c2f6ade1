"""Windows at glitches and at quiet times: which there are, and that they depend on the data around them alone."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from culpa.acquire.sources import open_source
from culpa.errors import ChannelNotFoundError, NoDataError
from culpa.explain.coherence.settings import CoherenceSettings
from culpa.run.blocks import BLOCK
from culpa.run.coherence.chunks import by_cell
from culpa.run.coherence.sharing import gathered, windowed, work_of
from culpa.run.coherence.windows import Found, Target, as_arrays, from_arrays, spaced, windows_of
from culpa.types import Events, Floats, Segments

from .recordings import (
    APART,
    BURST,
    COUPLED,
    DELAY,
    FAST,
    MAIN,
    RATE,
    SLOW,
    SPAN,
    START,
    Values,
    burst_snr,
    burst_times,
    write_cut,
    write_h5,
)

SETTINGS = CoherenceSettings()
OTHERS = (COUPLED, APART, SLOW, FAST)
ALL = Segments.of([(START, START + SPAN)])


def events(times: Floats, half: float = 0.1) -> Events:
    return Events({"time": times, "tstart": times - half, "tend": times + half, "snr": np.full(len(times), 8.0)})


def target(channel: str = COUPLED, times: Floats | None = None, own: Events | None = None) -> Target:
    times = burst_times() if times is None else times
    snr = burst_snr() if len(times) == 30 else np.full(len(times), 8.0)
    return Target(channel, channel, times, snr, own or Events.empty())


def windows(
    path: Path,
    *targets: Target,
    settings: CoherenceSettings = SETTINGS,
    within: Segments | None = None,
    main_events: Events | None = None,
) -> dict[str, Found]:
    found = main_events or events(burst_times())
    return windows_of(open_source([path]), MAIN, found, targets or (target(),), settings, within)


def assert_equal(one: Found, other: Found) -> None:
    for what in ("at_glitches", "at_quiet_times"):
        a, b = vars(getattr(one, what)), vars(getattr(other, what))
        for name in a:
            np.testing.assert_array_equal(a[name], b[name], err_msg=f"{what} {name}")


def coherences(found: Found, where: str = "at_glitches") -> tuple[Floats, Floats]:
    """Frequencies and coherence, every window counting the same."""
    of = getattr(found, where)
    cross = np.abs(np.sum(of.x * of.y.conj(), axis=0)) ** 2
    return of.frequencies, cross / np.sum(np.abs(of.x) ** 2, axis=0) / np.sum(np.abs(of.y) ** 2, axis=0)


# what is in them


def test_a_coupling_is_seen_at_glitches_alone_at_its_frequency(recording: Path) -> None:
    found = windows(recording, *map(target, OTHERS))
    for name in OTHERS:
        frequencies, values = coherences(found[name])
        near = np.abs(frequencies - BURST) <= 4
        assert len(found[name].at_glitches.gps) == len(found[name].at_quiet_times.gps) == 30
        assert (values[near].min() > 0.5) == (name != APART)
        assert values[~near & (np.abs(frequencies - BURST) > 25)].max() < 0.4
        assert coherences(found[name], "at_quiet_times")[1].max() < 0.4


def test_phases_are_those_of_the_delay_whatever_the_rates(recording: Path) -> None:
    """And wherever between two samples a glitch is: the window is around its time in both."""
    found = windows(recording, *map(target, (COUPLED, SLOW, FAST)))
    for one in found.values():
        here = one.at_glitches
        column = int(np.argmin(np.abs(here.frequencies - BURST)))
        cross = np.sum(here.x[:, column] * here.y[:, column].conj())
        turn = np.exp(2j * np.pi * BURST * DELAY)  # the other is ahead
        assert abs(np.angle(cross * turn)) < 0.15


def test_frequencies_end_below_the_lower_one_of_the_nyquist_frequencies(recording: Path) -> None:
    found = windows(recording, target(COUPLED), target(SLOW), target(FAST))
    tops = {name: one.at_glitches.frequencies[[0, -1]].tolist() for name, one in found.items()}
    assert tops == {COUPLED: [10.0, 120.0], SLOW: [10.0, 60.0], FAST: [10.0, 120.0]}
    low = windows(recording, settings=replace(SETTINGS, fmin=30.5, fmax=45.9, window=0.25))[COUPLED].at_glitches
    assert low.frequencies.tolist() == [32, 36, 40, 44]
    assert low.x.shape == low.y.shape == (30, 4)


# what they depend on


@pytest.mark.parametrize(
    ("cuts", "kind"), [((1, 7, 9, 10), "hdf5"), (range(16, SPAN, 16), "gwf"), ((9, 192, 193), "gwf")]
)
def test_wherever_files_are_cut(
    recording: Path, values: Values, tmp_path: Path, cuts: Sequence[int], kind: str
) -> None:
    write_cut(tmp_path, values, cuts, kind)
    asked = [target(name) for name in OTHERS]
    one, cut = windows(recording, *asked), windows(tmp_path, *asked)
    for name in OTHERS:
        assert len(one[name].at_glitches.gps) == 30
        assert_equal(one[name], cut[name])


def test_nothing_depends_on_what_else_is_asked_for(recording: Path) -> None:
    together = windows(recording, *map(target, OTHERS))
    for name in OTHERS:
        assert_equal(windows(recording, target(name))[name], together[name])


def test_a_window_does_not_depend_on_other_glitches(recording: Path) -> None:
    whole = windows(recording)[COUPLED].at_glitches
    for row in (0, 11, 12, 13, 29):
        alone = windows(recording, target(times=burst_times()[[row]]))[COUPLED].at_glitches
        np.testing.assert_array_equal(alone.x[0], whole.x[row])
        np.testing.assert_array_equal(alone.y[0], whole.y[row])


@pytest.mark.parametrize("workers", [1, 2])
def test_cells_of_the_grid_are_nothing_but_a_way_to_share_the_work(recording: Path, workers: int) -> None:
    """The border of two is in the recording, which is one block for all around it."""
    source, asked = open_source([recording]), [target(COUPLED), target(SLOW)]
    grid = [cell for cell, _ in by_cell(burst_times())]
    assert len(grid) == 2
    parts = [work_of(source, MAIN, events(burst_times()), asked, cell, SETTINGS, ALL) for cell in grid]
    shared, whole = gathered(parts, asked, workers, True), windows(recording, *asked)
    for name in (COUPLED, SLOW):
        assert_equal(shared[name], whole[name])


@pytest.mark.parametrize("seconds", [100, 300])
def test_short_data_across_cells(values: Values, tmp_path: Path, seconds: int) -> None:
    """Shorter than a block: both cells whiten the same, and none of their quiet times counts twice."""
    first = 192 - seconds / 2
    path = write_h5(tmp_path / "one.hdf5", values, START + first, START + first + seconds)
    times = burst_times()
    times = times[(times > START + first) & (times < START + first + seconds)]
    asked, source = [target(times=times)], open_source([path])
    parts = [
        windowed(work_of(source, MAIN, events(times), asked, cell, SETTINGS, ALL))[COUPLED]
        for cell, _ in by_cell(times)
    ]
    quiet = np.sort(np.concatenate([part.at_quiet_times.gps for part in parts]))
    assert len(parts) == 2
    assert len(quiet) == len(times)
    assert np.diff(quiet).min() >= SETTINGS.window - 1e-6
    shared, whole = (
        gathered([*_works(source, times, asked)], asked, 1, True),
        windows(path, *asked, main_events=events(times)),
    )
    assert_equal(shared[COUPLED], whole[COUPLED])


def _works(source: Any, times: Floats, asked: Sequence[Target]) -> list[Any]:
    return [work_of(source, MAIN, events(times), asked, cell, SETTINGS, ALL) for cell, _ in by_cell(times)]


def test_a_job_is_sent_only_the_triggers_near_its_cell(recording: Path) -> None:
    far = np.concatenate([burst_times(), [START + 2000.0]])
    (cell, _), *_ = by_cell(burst_times())
    work = work_of(open_source([recording]), MAIN, events(far), [target(own=events(far))], cell, SETTINGS, ALL)
    assert len(work.main_events) == len(work.targets[0].channel_events) == 30
    assert len(work.targets[0].gps) == len(work.targets[0].snr) == np.sum(burst_times() < cell[1])


def test_windows_are_the_same_when_they_are_read(recording: Path, tmp_path: Path) -> None:
    found = windows(recording, target(), target(SLOW))
    with (tmp_path / "windows.npz").open("wb") as file:
        np.savez(file, **as_arrays(found))
    again = from_arrays(np.load(tmp_path / "windows.npz"))
    assert list(again) == [COUPLED, SLOW]
    for name, one in again.items():
        assert_equal(one, found[name])


# what is lost


def test_windows_at_the_ends_and_at_gaps_are_lost(values: Values, tmp_path: Path) -> None:
    """The first and the last second of data are what whitening costs."""
    write_cut(tmp_path, values, (150, 160), "hdf5")
    (tmp_path / f"K-K1_TEST-{START + 150}-10.hdf5").unlink()
    times = START + np.array(
        [-5.0, 0.1, 1.2, 1.3, 100.0, 148.7, 148.8, 149.9, 155.0, 161.2, 161.3, 478.7, 478.8, 500.0]
    )
    found = windows(tmp_path, target(times=times))[COUPLED].at_glitches
    assert (found.gps - START).tolist() == pytest.approx([1.3, 100.0, 148.7, 161.3, 478.7])
    assert found.lost == 9
    assert len(found.snr) == len(found.x) == len(found.y) == 5


@pytest.mark.parametrize("channel", [MAIN, COUPLED])
def test_what_is_not_known_of_either_channel_is_lost(values: Values, tmp_path: Path, channel: str) -> None:
    broken = {name: (rate, of.copy()) for name, (rate, of) in values.items()}
    at = burst_times()
    broken[channel][1][round((at[3] - START) * RATE)] = np.nan
    broken[channel][1][round((at[7] - START - 3) * RATE) : round((at[7] - START + 3) * RATE)] = 1.5
    found = windows(write_h5(tmp_path / "one.hdf5", broken), target(), target(APART))
    expected = np.delete(at, [3, 7])
    np.testing.assert_array_equal(found[COUPLED].at_glitches.gps, expected)
    assert found[COUPLED].at_glitches.lost == 2
    assert found[APART].at_glitches.lost == (2 if channel == MAIN else 0)


@pytest.mark.parametrize("value", [0.0, 3.5, np.nan, 1e-200])
def test_a_channel_that_is_constant_or_not_there(
    values: Values, tmp_path: Path, value: float, caplog: pytest.LogCaptureFixture
) -> None:
    flat = {**values, APART: (float(RATE), np.full(SPAN * RATE, value))}
    found = windows(write_h5(tmp_path / "one.hdf5", flat), target(APART), target(COUPLED))
    assert (len(found[APART].at_glitches.gps), found[APART].at_glitches.lost) == (0, 30)
    assert len(found[COUPLED].at_glitches.gps) == 30


def test_a_channel_that_only_some_files_have(values: Values, tmp_path: Path) -> None:
    some = {name: of for name, of in values.items() if name != APART}
    write_h5(tmp_path / f"K-K1_TEST-{START}-200.hdf5", values, START, START + 200)
    write_h5(tmp_path / f"K-K1_TEST-{START + 200}-280.hdf5", some, START + 200, START + SPAN)
    found = windows(tmp_path, target(APART), target(COUPLED))
    there = burst_times() < START + 198.7
    np.testing.assert_array_equal(found[APART].at_glitches.gps, burst_times()[there])
    assert found[APART].at_glitches.lost == np.sum(~there)
    assert found[COUPLED].at_glitches.lost == 0


def test_a_channel_that_is_too_slow_is_lost_and_named(recording: Path, caplog: pytest.LogCaptureFixture) -> None:
    settings = replace(SETTINGS, fmin=70.0)
    found = windows(recording, target(SLOW), target(COUPLED), settings=settings)
    assert (found[SLOW].at_glitches.lost, found[SLOW].at_glitches.x.shape) == (30, (0, 0))
    assert (found[COUPLED].at_glitches.lost, len(found[COUPLED].at_glitches.gps)) == (0, 30)
    assert [record.getMessage() for record in caplog.records] == [
        f"{SLOW}: windows of 0.5 s have no frequency from 70 to 60.8 Hz; left out"
    ]
    with pytest.raises(NoDataError, match=f"{MAIN}: windows of 0.5 s have no frequency from 150 to 121.6 Hz"):
        windows(recording, settings=replace(SETTINGS, fmin=150.0))


def test_a_channel_that_no_file_has(recording: Path) -> None:
    with pytest.raises(ChannelNotFoundError, match=r"K1:B-COUPELD(.|\n)*did you mean K1:B-COUPLED"):
        windows(recording, target("K1:B-COUPELD"))


def test_without_a_glitch_there_is_no_window(recording: Path) -> None:
    (found,) = windows(recording, target(times=np.empty(0))).values()
    assert (found.at_glitches.x.shape, found.at_quiet_times.x.shape, found.at_glitches.lost) == ((0, 56),) * 2 + (0,)


# quiet times


def test_quiet_times_are_away_from_all_triggers_and_from_each_other(recording: Path) -> None:
    """Also where two blocks share data, and where a trigger lasts long."""
    rng = np.random.default_rng(3)
    others = np.sort(START + rng.uniform(0, SPAN, 60))
    own = Events({"time": others, "tstart": others - 0.3, "tend": others + 1.5, "snr": np.full(60, 7.0)})
    glitches = np.sort(START + rng.uniform(2, SPAN - 2, 200))
    all_of_main = events(burst_times(), 0.2)
    found = windows(recording, target(times=glitches, own=own), main_events=all_of_main)[COUPLED]
    quiet = np.sort(found.at_quiet_times.gps)
    assert len(quiet) > 100
    assert np.diff(quiet).min() >= SETTINGS.window - 1e-6
    for one in (own, all_of_main):
        before = quiet[:, None] + SETTINGS.window / 2 - (one["tstart"] - SETTINGS.quiet)
        after = (one["tend"] + SETTINGS.quiet) - (quiet[:, None] - SETTINGS.window / 2)
        assert not np.any((before > 1e-6) & (after > 1e-6))


def test_triggers_that_state_no_extent_keep_quiet_times_away_by_their_time(recording: Path) -> None:
    bare = Events({"time": burst_times(), "snr": burst_snr()})
    found = windows(recording, main_events=bare)[COUPLED]
    far = np.abs(found.at_quiet_times.gps[:, None] - burst_times()).min(axis=1)
    assert len(far) == 30
    assert far.min() >= SETTINGS.quiet + SETTINGS.window / 2 - 1e-6


def test_as_many_quiet_times_as_glitches_near_them(recording: Path) -> None:
    found = windows(recording)[COUPLED]
    pieces = [np.floor(of.gps / BLOCK) for of in (found.at_glitches, found.at_quiet_times)]
    assert np.unique(pieces[0], return_counts=True)[1].tolist() == np.unique(pieces[1], return_counts=True)[1].tolist()
    np.testing.assert_array_equal(found.at_quiet_times.snr, found.at_glitches.snr)


def test_where_nothing_is_quiet_there_are_no_quiet_times(recording: Path) -> None:
    busy = events(np.arange(START, START + SPAN, 1.0))
    found = windows(recording, main_events=busy)[COUPLED]
    assert len(found.at_glitches.gps) == 30
    assert len(found.at_quiet_times.gps) == 0


def test_quiet_times_are_chosen_by_the_seed(recording: Path) -> None:
    chosen = [
        windows(recording, settings=replace(SETTINGS, seed=seed))[COUPLED].at_quiet_times.gps for seed in (0, 0, 1)
    ]
    np.testing.assert_array_equal(chosen[0], chosen[1])
    assert not np.array_equal(chosen[0], chosen[2])


def test_quiet_times_are_in_the_analysed_time(recording: Path) -> None:
    """Outside it nobody has looked for triggers."""
    live = Segments.of([(START + 50, START + 90), (START + 300, START + 330.2)])
    times = burst_times()
    found = windows(recording, target(times=times[live.contains(times)]), within=live)[COUPLED]
    quiet = found.at_quiet_times.gps
    assert len(quiet) == len(found.at_glitches.gps) == 5
    assert live.contains(quiet - SETTINGS.window / 2).all()
    assert live.contains(quiet + SETTINGS.window / 2 - 1e-6).all()


def test_windows_at_glitches_lie_in_the_analysed_time(recording: Path) -> None:
    at = burst_times()[5]
    live = Segments.of([(at - 40, at + 0.24)])
    found = windows(recording, target(times=np.array([at - 20, at])), within=live)[COUPLED].at_glitches
    assert (found.gps.tolist(), found.lost) == ([at - 20], 1)
    live = Segments.of([(at - 40, at + 0.25)])
    assert windows(recording, target(times=np.array([at])), within=live)[COUPLED].at_glitches.lost == 0


def test_a_channel_whose_rate_has_no_whole_windows_is_lost_and_named(
    recording: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = replace(SETTINGS, window=129 / RATE)
    found = windows(recording, target(SLOW), target(), settings=settings)
    assert found[SLOW].at_glitches.lost == 30
    assert found[COUPLED].at_glitches.lost == 0
    rate = open_source([recording]).sample_rate(SLOW)
    unfit = f"{SLOW}: windows of 0.503906 s are no whole number of samples at {rate:g} Hz, or too few; left out"
    assert unfit in caplog.text


# which triggers count


def naive_spaced(gps: Sequence[float], snr: Sequence[float], apart: float, most: int) -> list[int]:
    kept: list[int] = []
    for row in sorted(range(len(gps)), key=lambda row: (-snr[row], row)):
        if len(kept) < most and all(abs(gps[row] - gps[other]) >= apart for other in kept):
            kept.append(row)
    return sorted(kept)


@given(
    st.lists(st.tuples(st.integers(0, 80), st.integers(1, 9)), max_size=40),
    st.sampled_from([0.25, 0.5, 2.0]),
    st.integers(1, 12),
)
def test_of_triggers_nearer_than_a_window_the_louder_counts(
    triggers: list[tuple[int, int]], apart: float, most: int
) -> None:
    triggers.sort(key=lambda one: one[0])
    gps, snr = (np.array([float(one[i]) for one in triggers]) for i in (0, 1))
    assert spaced(gps / 8, snr, apart, most).tolist() == naive_spaced((gps / 8).tolist(), snr.tolist(), apart, most)


def test_most_keeps_the_loudest() -> None:
    snr = np.array([5.0, 9.0, 7.0, 8.0, 6.0])
    assert spaced(np.arange(5.0), snr, 0.5, 3).tolist() == [1, 2, 3]
    assert spaced(np.arange(5.0), snr, 1.0, 500).tolist() == [0, 1, 2, 3, 4]
    assert spaced(np.arange(5.0), snr, 1.01, 500).tolist() == [1, 3]
    assert spaced(np.empty(0), np.empty(0), 0.5, 500).tolist() == []
