"""The events of single sensors, for a veto."""

import numpy as np
import pytest

from culpa.detect.rows.sensorevents import sensor_events

ROWS = 4000


def events(z, age=None):
    number = np.arange(len(z))
    return sensor_events(z, number if age is None else age, number)


def test_a_spike_is_an_event_of_its_own_sensor_at_its_row():
    z = np.random.default_rng(0).normal(size=(ROWS, 3))
    z[1000, 1] = 9
    found = events(z)
    loud = [[(int(a), b) for a, b in zip(one.first, one.loudness, strict=True) if b > 6] for one in found]
    assert loud[0] == loud[2] == []
    assert loud[1] == [(1000, pytest.approx(9, rel=0.05))]


def test_a_small_shift_that_lasts_is_an_event_that_begins_with_it():
    z = np.random.default_rng(1).normal(size=(ROWS, 1))
    z[2000:2060, 0] += 1.5
    (found,) = events(z)
    at = int(np.argmax(found.loudness))
    assert found.loudness[at] > 4
    assert 1985 <= found.first[at] <= 2002  # that of the window's first row: its last is later


def test_chance_makes_few_events():
    z = np.random.default_rng(2).normal(size=(ROWS, 5))
    assert np.mean([len(one.first) for one in events(z)]) < ROWS * 0.01


def test_a_sensor_that_never_moves_has_no_event():
    (found,) = events(np.zeros((100, 1)))
    assert len(found.first) == len(found.loudness) == 0


def test_windows_do_not_reach_into_the_unit_before():
    z = np.random.default_rng(3).normal(size=(ROWS, 1)) * 0.3
    z[:1000] += 2.0
    apart = np.concatenate([np.arange(1000), np.arange(3000)])
    after = [one.first[(one.first >= 1000) & (one.first < 1010)] for one in events(z, apart)]
    assert len(after[0]) == 0
