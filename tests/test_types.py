"""Series, Segments and Events: what holds for every one of them."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from culpa.types import NUMBER_COLUMNS, TEXT_COLUMNS, TRIGGER_COLUMNS, Events, Segments, Series, Table

CELLS = range(40)
INTERVALS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=8)


def cells(intervals: list[tuple[int, int]] | Segments) -> set[int]:
    """The slow twin: which whole numbers n have [n, n + 1) inside."""
    return {n for n in CELLS for start, end in intervals if start <= n < end}


@given(INTERVALS)
def test_segments_are_sorted_disjoint_and_not_empty(intervals: list[tuple[int, int]]) -> None:
    segments = Segments.of(intervals)
    assert all(start < end for start, end in segments)
    assert all(end < start for (_, end), (start, _) in itertools.pairwise(segments))
    assert cells(segments) == cells(intervals)
    assert Segments.of(reversed(intervals)) == Segments.of(segments) == segments
    assert segments.livetime == len(cells(intervals))
    assert len(segments) == len(list(segments))


@given(INTERVALS, INTERVALS)
def test_union_intersection_and_difference_are_those_of_sets(
    one: list[tuple[int, int]], two: list[tuple[int, int]]
) -> None:
    a, b = Segments.of(one), Segments.of(two)
    for result, expected in (
        (a | b, cells(one) | cells(two)),
        (a & b, cells(one) & cells(two)),
        (a - b, cells(one) - cells(two)),
    ):
        assert cells(result) == expected
        assert Segments.of(result) == result


@given(INTERVALS, st.lists(st.floats(-1, 41), max_size=20))
def test_segments_contain_their_start_and_not_their_end(intervals: list[tuple[int, int]], times: list[float]) -> None:
    segments = Segments.of(intervals)
    inside = segments.contains(np.array(times, dtype=float))
    assert inside.tolist() == [any(start <= time < end for start, end in segments) for time in times]
    starts, ends = np.array(segments.bounds, dtype=float).reshape(-1, 2).T
    assert segments.contains(starts).all()
    assert not segments.contains(ends).any()


def test_segments_know_no_nan() -> None:
    assert Segments.of([(np.nan, 1.0), (0.0, np.nan), (2.0, 3.0)]) == Segments(((2.0, 3.0),))
    assert not Segments.of([(0, 1)]).contains(np.array([np.nan])).any()


@given(st.integers(0, 50), st.floats(-10, 70), st.floats(-10, 70), st.sampled_from([1.0, 2.0, 0.5]))
def test_a_crop_holds_the_samples_of_its_span(count: int, start: float, end: float, rate: float) -> None:
    series = Series(np.arange(count), 7.0, rate, "K1:A", "V")
    cropped = series.crop(start, end)
    times = 7.0 + np.arange(count) / rate
    half = 0.5 / rate
    sure = (times >= start + half) & (times < end - half)
    near = (times >= start - half) & (times < end + half)
    kept = np.isin(np.arange(count), cropped.values)
    assert (kept >= sure).all()
    assert (kept <= near).all()
    assert np.shares_memory(cropped.values, series.values) or len(cropped) == 0
    assert (cropped.sample_rate, cropped.channel, cropped.unit) == (rate, "K1:A", "V")
    if len(cropped):
        assert cropped.t0 == times[cropped.values[0]]
        assert cropped.end == cropped.t0 + len(cropped) / rate


def test_series_become_gwpy_time_series() -> None:
    series = Series(np.arange(8.0), 1e9, 4.0, "K1:PEM-MIC_A", "V")
    theirs = series.to_gwpy()
    np.testing.assert_array_equal(theirs.value, series.values)
    assert theirs.t0.value == 1e9
    assert theirs.sample_rate.value == 4
    assert (theirs.channel.name, str(theirs.unit)) == ("K1:PEM-MIC_A", "V")
    assert tuple(theirs.span) == (series.t0, series.end)


def table(times: list[float], **columns: list[float] | list[str]) -> Events:
    return Events({"time": np.array(times), **{name: np.array(values) for name, values in columns.items()}})


def test_what_a_detector_does_not_fill_reads_as_missing() -> None:
    events = table([1.0, 2.0])
    for name in set(NUMBER_COLUMNS) - {"time"}:
        assert np.isnan(events[name]).all()
    for name in TEXT_COLUMNS:
        assert events[name].tolist() == ["", ""]
    with pytest.raises(KeyError):
        events["loudness"]


def test_tables_of_another_form_are_refused() -> None:
    for columns in (
        {"snr": np.zeros(1)},
        {"time": np.zeros(2), "snr": np.zeros(1)},
        {"time": np.zeros(1), "loudness": np.zeros(1)},
    ):
        with pytest.raises(ValueError, match="not an event table"):
            Events(columns)


def test_an_empty_table_has_every_trigger_column() -> None:
    assert tuple(Events.empty().columns) == TRIGGER_COLUMNS
    assert len(Events.empty()) == len(Events.concatenate([])) == len(Events.concatenate([Events.empty()])) == 0


def test_concatenated_tables_keep_their_rows_and_what_is_missing() -> None:
    one = table([3.0, 1.0], snr=[7.0, 8.0])
    two = table([2.0], channel=["K1:A"])
    events = Events.concatenate([one, Events.empty(), two])
    assert events["time"].tolist() == [3, 1, 2]
    np.testing.assert_array_equal(events["snr"], [7, 8, np.nan])
    assert events["channel"].tolist() == ["", "", "K1:A"]
    assert "q" not in events.columns


@given(st.lists(st.integers(0, 5).map(float), max_size=30))
def test_sorting_keeps_rows_together_and_ties_in_order(times: list[float]) -> None:
    events = table(times, snr=[float(n) for n in range(len(times))]).sorted_by_time()
    expected = sorted(enumerate(times), key=lambda pair: pair[1])
    assert list(zip(events["snr"], events["time"], strict=True)) == expected


def test_rows_are_taken_by_mask_index_or_slice() -> None:
    events = table([1.0, 2.0, 3.0], channel=["a", "b", "c"])
    for rows in (np.array([False, True, True]), np.array([1, 2]), slice(1, None)):
        assert events.take(rows)["channel"].tolist() == ["b", "c"]


def test_events_become_a_data_frame() -> None:
    frame = table([1.0, 2.0], snr=[7.0, 8.0], channel=["a", "b"]).to_pandas()
    assert list(frame.columns) == ["time", "snr", "channel"]
    assert frame["snr"].tolist() == [7, 8]


def of_sensors(rows: int, first: int = 0) -> Table:
    number = np.arange(first, first + rows)
    words = {"lot": np.array([f"L{i // 3}" for i in number], dtype=object)}
    return Table(np.column_stack([number, -number]).astype(float), ("a", "b"), number * 2.0, "number", words, first)


def equal(one: Table, other: Table) -> None:
    np.testing.assert_array_equal(one.values, other.values)
    np.testing.assert_array_equal(one.times, other.times)
    assert list(one.words) == list(other.words)
    for name in one.words:
        np.testing.assert_array_equal(one.words[name], other.words[name])
    assert (one.sensors, one.clock, one.first) == (other.sensors, other.clock, other.first)


def test_rows_of_a_table_are_taken_with_their_times_and_words() -> None:
    whole = of_sensors(8, 5)
    for rows in (np.arange(8) > 5, np.array([6, 7]), slice(6, None)):
        part = whole.take(rows)
        assert len(part) == 2
        assert part.values.tolist() == [[11, -11], [12, -12]]
        assert part.times.tolist() == [22, 24]
        assert part.words["lot"].tolist() == ["L3", "L4"]
        assert (part.first, part.clock, part.sensors) == (5, "number", ("a", "b"))
    assert len(whole.take(slice(0, 0))) == 0
    assert whole.take([3, 0]).times.tolist() == [16, 10]


@given(st.integers(0, 12), st.lists(st.integers(0, 12), max_size=4))
def test_tables_are_joined_as_they_were_cut(rows: int, cuts: list[int]) -> None:
    whole = of_sensors(rows, 4)
    ends = [0, *sorted(min(cut, rows) for cut in cuts), rows]
    equal(Table.concatenate([whole.take(slice(a, b)) for a, b in itertools.pairwise(ends)]), whole)


def test_tables_without_words_or_sensors_are_tables() -> None:
    none = Table(np.empty((3, 0)), (), np.full(3, np.nan))
    assert len(none) == len(none.take(slice(None))) == 3
    assert len(Table.concatenate([none, none])) == 6
    assert (none.clock, none.first, dict(none.words)) == ("row", 0, {})


@pytest.mark.parametrize(
    ("values", "sensors", "times", "words"),
    [
        (np.zeros(3), ("a",), 3, {}),
        (np.zeros((3, 1, 1)), ("a",), 3, {}),
        (np.zeros((3, 2)), ("a",), 3, {}),
        (np.zeros((3, 1)), ("a",), 2, {}),
        (np.zeros((3, 1)), ("a",), 3, {"lot": 2}),
    ],
    ids=["a row", "a cube", "another sensor", "fewer times", "fewer words"],
)
def test_columns_that_do_not_fit_are_no_table(
    values: np.ndarray, sensors: tuple[str, ...], times: int, words: dict[str, int]
) -> None:
    columns = {name: np.full(size, "", dtype=object) for name, size in words.items()}
    with pytest.raises(ValueError, match="not a table"):
        Table(values, sensors, np.zeros(times), "row", columns)


def test_a_single_row_is_taken_as_a_list() -> None:
    assert of_sensors(4).take([2]).values.shape == (1, 2)
    with pytest.raises((ValueError, TypeError)):
        of_sensors(4).take(2)
