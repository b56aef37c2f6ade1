"""How each anomaly is put in: as a deviation of the process before the physics, or of the reading after it."""

from math import sqrt

import numpy as np

from ...types import Floats
from .events import Event
from .mechanisms import ORIGINS
from .process import INPUTS, SENSORS
from .seeds import EVENTS, generator

_PERIODS = (4.0, 8.0)  # rows of one oscillation


def put_into_process(given: Floats, event: Event, sigma: Floats, seed: int, lot: int) -> None:
    """Adds a fault of the process to inputs of shape (inputs, rows of the lot), in place.

    `sigma` is the residual sigma of every sensor, shape (sensors, rows of the lot).
    """
    size = event.size * sigma[SENSORS.index(event.sensor), event.rows]
    given[INPUTS.index(ORIGINS[event.sensor]), event.rows] += size * _shape(event, seed, lot)


def put_into_reading(values: Floats, event: Event, level: Floats, sigma: Floats, seed: int, lot: int) -> None:
    """Changes the readings of one sensor, shape (sensors, rows of the lot), in place.

    `level` and `sigma`, of that shape, are what to expect of the sensors and their residual sigma.
    """
    sensor = SENSORS.index(event.sensor)
    x, expected, unit = (array[sensor, event.rows] for array in (values, level, sigma))
    if event.mechanism == "stuck":
        x[:] = _held(x, unit, event)
    elif event.mechanism == "decoupled":
        residual = x - expected
        residual -= residual.mean()
        x -= residual * event.size / np.sqrt(np.mean((residual / unit) ** 2))
    else:
        x += event.size * unit * _shape(event, seed, lot)


def _shape(event: Event, seed: int, lot: int) -> Floats:
    """The course of an event in units of its size, shape (its rows,)."""
    length = event.last - event.first + 1
    if event.mechanism == "drift":
        return event.sign * np.arange(1, length + 1) / length
    if event.mechanism == "oscillation":
        draws = generator(seed, EVENTS, lot, event.number)
        period, phase = draws.uniform(*_PERIODS), draws.uniform(0, 2 * np.pi)
        return np.asarray(np.sin(2 * np.pi * np.arange(length) / period + phase))
    return np.full(length, float(event.sign))


def _held(x: Floats, unit: Floats, event: Event) -> float:
    """The value at which a stuck sensor is off by the size of the event, as rms over its rows.

    Solves `mean(((held - x) / unit)²) = size²`; where the readings move by more than that, their mean is nearest to it.
    """
    weight = float(np.mean(1 / unit**2))
    middle = float(np.mean(x / unit**2)) / weight
    spread = float(np.mean(((x - middle) / unit) ** 2))
    return middle + event.sign * sqrt(max(0.0, event.size**2 - spread) / weight)
