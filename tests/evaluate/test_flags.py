"""Precision and recall by row and by event, against counting one by one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from culpa.evaluate.flags import by_event, by_row, delays, overlaps

EVENTS = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 20)), max_size=12)


def array(pairs):
    return np.array([(first, first + more) for first, more in pairs], dtype=np.int64).reshape(-1, 2)


@given(EVENTS, EVENTS)
def test_overlaps_are_those_of_all_pairs(some, others):
    some, others = array(some), array(others)
    slow = [any(a <= d and c <= b for c, d in others) for a, b in some]
    assert overlaps(some, others).tolist() == slow


def test_rates_of_rows():
    truth = np.array([1, 1, 1, 0, 0, 0, 0, 1], dtype=bool)
    flagged = np.array([1, 0, 1, 1, 0, 0, 0, 0], dtype=bool)
    found = by_row(truth, flagged)
    assert (found.precision, found.recall) == (2 / 3, 2 / 4)
    assert found.f1 == pytest.approx(4 / 7)


def test_rates_of_events_count_events_not_rows():
    truth, found = array([(0, 9), (50, 0), (90, 5)]), array([(9, 3), (20, 1), (91, 0), (93, 0)])
    rates = by_event(truth, found)
    assert (rates.precision, rates.recall) == (3 / 4, 2 / 3)


def test_nothing_flagged_is_no_precision_and_an_f1_of_0():
    rates = by_event(array([(0, 3)]), array([]))
    assert np.isnan(rates.precision)
    assert (rates.recall, rates.f1) == (0, 0)


def test_nothing_to_find_is_no_recall():
    rates = by_row(np.zeros(3, dtype=bool), np.ones(3, dtype=bool))
    assert rates.precision == 0
    assert np.isnan(rates.recall)
    assert np.isnan(rates.f1)


def test_delays_are_to_the_first_flagged_row():
    truth = array([(10, 20), (100, 5), (200, 5)])
    assert list(delays(truth, array([(5, 7), (15, 2), (104, 9)]))) == [0, 4]
