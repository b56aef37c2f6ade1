"""Events of scores: where they begin and end, what kind they are, the same ones in any cut."""

import numpy as np
import pytest

from culpa.condition.rows import Rows
from culpa.detect.rows import alarms, multiscale, plain, scorer
from culpa.detect.rows.alarms import Alarm, kind
from culpa.detect.rows.following import Follower

ROWS = 4000


def case(change, model=multiscale.fit, seed=1):
    draws = np.random.default_rng(seed)
    good = draws.normal(size=(3000, 6))
    values = draws.normal(size=(ROWS, 6))
    change(values, draws)
    fitted = scorer.fit(Rows.plain(good), model, True, False)
    rows = Rows.plain(values)
    z, scores, _ = fitted.examine(rows, fitted.start())
    return fitted.model, rows, z, scores


def events(change, limit=1.8, **options):
    model, rows, z, scores = case(change, **options)
    return alarms.alarms(model, z, rows.age, scores, limit)[0]


def near(found, first, last, within):
    (event,) = [one for one in found if one.first <= last and one.last >= first]
    assert abs(event.first - first) <= within
    assert abs(event.last - last) <= within
    return event


def test_a_spike_is_one_row_though_windows_are_long():
    def change(values, draws):
        values[2000, 3] += 15

    event = near(events(change), 2000, 2000, 0)
    assert event.peak == 2000


def test_two_spikes_in_one_window_are_two_events():
    def change(values, draws):
        values[[2000, 2020], 3] += 12

    found = events(change)
    near(found, 2000, 2000, 0)
    near(found, 2020, 2020, 0)


def test_two_spikes_with_four_rows_between_them_are_one_event_with_the_peak_of_the_higher():
    def change(values, draws):
        values[2000, 3] += 9
        values[2005, 1] -= 15

    event = near(events(change), 2000, 2005, 0)
    assert event.peak == 2005


def test_a_shift_ends_where_it_ends():
    def change(values, draws):
        values[2000:2080, 1] += 2

    near(events(change), 2000, 2079, 5)


def test_more_scatter_is_found_about_where_it_is():
    def change(values, draws):
        values[2000:2080] *= 1.8

    found = [one for one in events(change) if one.last >= 1950 and one.first <= 2130]
    covered = sum(max(0, min(one.last, 2079) - max(one.first, 2000) + 1) for one in found)
    outside = sum(one.last - one.first + 1 for one in found) - covered
    assert covered > 40
    assert outside < 20


def test_nothing_is_left_beyond_the_limit_when_events_are_taken_out():
    def change(values, draws):
        values[2000:2080, 1] += 2
        values[3000, 0] -= 14

    model, rows, z, scores = case(change)
    found, left, free = alarms.alarms(model, z, rows.age, scores, 1.8)
    assert len(found) >= 2
    assert model.of(left, rows.age).max() <= 1.8
    assert free >= found[-1].last + 1


def test_other_detectors_have_runs_of_rows_as_events():
    def change(values, draws):
        values[[2000, 2003, 2010], 2] += 12

    found = events(change, 6, model=lambda z, age, clip: plain.LargestDeviation())
    assert [(one.first, one.last) for one in found] == [(2000, 2003), (2010, 2010)]


@pytest.mark.parametrize(
    "model", [multiscale.fit, lambda z, age, clip: plain.LargestDeviation()], ids=["auto", "robust-z"]
)
@pytest.mark.parametrize("limit", [1.05, 2.5])
def test_events_are_the_same_in_any_cut(model, limit):
    def change(values, draws):
        values[[0, 3999], 3] += 15
        values[1000:1003, 0] += 6
        values[2000:2300, 1] += 2
        values[2600:2700] *= 2
        values[3000:3300, 4] += np.linspace(0, 4, 300)

    fitted, rows, z, scores = case(change, model)
    limit = limit if model is multiscale.fit else 3 * limit
    whole = alarms.alarms(fitted, z, rows.age, scores, limit)[0]
    assert len(whole) > 2
    draws = np.random.default_rng(0)
    one_by_one = (*range(1, 20), 995, *range(1990, 2400), *range(3980, ROWS))
    for cuts in (one_by_one, range(64, ROWS, 64), sorted(draws.choice(ROWS - 1, 9, False) + 1), ()):
        follower, found = Follower(fitted, limit, 512), []
        for first, last in zip([0, *cuts], [*cuts, ROWS], strict=True):
            found += follower.push(rows.take(slice(first, last)), z[first:last], scores[first:last])
        found += follower.finish()
        assert [seen.alarm for seen in found] == whole
        for seen in found:
            assert seen.rows.number[0] == seen.alarm.first
            assert len(seen.before) == min(512, seen.alarm.first)
            np.testing.assert_array_equal(seen.z, z[seen.alarm.first : seen.alarm.last + 1])


def test_without_rows_there_is_no_event():
    assert list(Follower(plain.LargestDeviation(), 1.0, 10).finish()) == []


def test_kinds():
    alone, together = np.ones(10, dtype=bool), np.zeros(10, dtype=bool)
    assert kind(Alarm(5, 7, 5, 2.0), alone[:3], True) == "point"
    assert kind(Alarm(5, 14, 5, 2.0), alone, True) == "contextual"
    assert kind(Alarm(5, 14, 5, 2.0), alone, False) == "collective"
    assert kind(Alarm(5, 14, 5, 2.0), together, True) == "collective"


@pytest.mark.parametrize(
    ("rows", "standing_out", "expected"), [(3, 0, "point"), (4, 1, "collective"), (4, 2, "contextual")]
)
def test_kinds_at_their_limits(rows, standing_out, expected):
    assert kind(Alarm(5, 4 + rows, 5, 2.0), np.arange(rows) < standing_out, True) == expected
