import numpy as np
import pytest

from culpa.condition.gaps import flat, gate, missing, rise
from culpa.types import Segments, Series


def series(values, t0=100.0, rate=10.0):
    return Series(np.asarray(values, float), t0, rate, "X1:A")


def test_missing_names_the_intervals():
    values = np.ones(100)
    values[20:30] = np.nan
    values[99] = np.inf
    assert missing(series(values)) == Segments(((102.0, 103.0), (109.9, 110.0)))
    assert missing(series(np.ones(5))) == Segments()


def test_gate_removes_the_mean_and_tapers_beside_the_gap():
    values = np.full(100, 5.0)
    values[::2] += 1
    values[40:50] = np.nan
    out = gate(series(values), missing(series(values)), 1.0)
    assert np.all(out[40:50] == 0)
    assert np.abs(out[:30]).min() > 0.4  # untouched but for the mean
    assert np.all(np.abs(out[50:60]) <= 0.5)
    assert np.all(np.diff(np.abs(out[30:40:2])) < 0)
    assert np.all(np.diff(np.abs(out[50:60:2])) > 0)
    assert np.isnan(values[45])  # the input is not changed


def test_gap_at_the_edge():
    values = np.ones(50)
    values[:10] = np.nan
    values[-1] = np.nan
    out = gate(series(values), missing(series(values)), 1.0)
    assert np.all(np.isfinite(out))
    assert np.all(out == 0)  # a constant has nothing but its mean


def test_flat_names_what_does_not_change():
    values = np.random.default_rng(0).standard_normal(200)
    assert flat(series(values), 2.0) == Segments()
    values[50:70] = 0.0
    values[100:119] = 3.0  # 1.9 s
    values[180:] = -1.0
    assert flat(series(values), 2.0) == Segments(((105.0, 107.0), (118.0, 120.0)))
    assert flat(series(np.full(200, np.nan)), 2.0) == Segments()


def test_rise_is_smooth():
    slope = rise(10)
    assert slope + slope[::-1] == pytest.approx(np.ones(10))
    assert np.all(np.diff(slope) > 0)
    assert np.abs(np.diff(rise(1000), 3)).max() < 1e-6  # no jump in the second derivative
    assert len(rise(0)) == 0
