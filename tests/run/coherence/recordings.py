"""Recordings with a coupling that is known: white noise in each channel, and bursts that reach some of them."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from culpa.acquire import triggerfiles
from culpa.acquire.frames import write_gwf
from culpa.types import Events, Floats, Segments, Series

Culpa = Callable[..., Any]
CELL = 4096 * 244_141
"""GPS s at which two jobs meet."""
START, SPAN = CELL - 192, 480
RATE = 256
MAIN, COUPLED, APART, SLOW, FAST = "K1:A-MAIN", "K1:B-COUPLED", "K1:C-APART", "K1:D-SLOW", "K1:E-FAST"
RATES = {MAIN: RATE, COUPLED: RATE, APART: RATE, SLOW: RATE // 2, FAST: 2 * RATE}
BURST, DELAY = 60.0, 0.004
"""Frequency of the bursts (Hz), and by how much the coupled channel is ahead of the main one (s)."""

Values = Mapping[str, tuple[float, Floats]]
"""By channel: sampling rate (Hz) and samples from `START` on."""


def burst_times() -> Floats:
    """30 times, GPS s; none is a whole number of samples."""
    return START + 9.3 + 15.1234567 * np.arange(30)


def burst_snr() -> Floats:
    return 8 + 6 * np.random.default_rng(7).random(30)


def added(rate: float, count: int, amplitudes: Floats, phases: Floats, ahead: float = 0.0) -> Floats:
    """The bursts as a channel has them."""
    at, values = START + np.arange(count) / rate, np.zeros(count)
    for moment, amplitude, phase in zip(burst_times() - ahead, amplitudes, phases, strict=True):
        near = np.abs(at - moment) < 0.3
        since = at[near] - moment
        values[near] += amplitude * np.exp(-((since / 0.04) ** 2)) * np.cos(2 * np.pi * BURST * since + phase)
    return values


def channels(loud: float = 1.0) -> Values:
    """Bursts of chance phases in all: those of `APART` have nothing to do with those of the main channel."""
    rng = np.random.default_rng(11)
    phases, other = rng.uniform(0, 2 * np.pi, (2, 30))
    found = {}
    for name, rate in RATES.items():
        count, amplitudes = SPAN * rate, loud * burst_snr() / 4
        noise = rng.standard_normal(count)
        ahead = DELAY if name in (COUPLED, SLOW, FAST) else 0.0
        found[name] = (float(rate), noise + added(rate, count, amplitudes, other if name == APART else phases, ahead))
    return found


def write_h5(path: Path, values: Values, start: float = START, end: float = START + SPAN) -> Path:
    """What the channels have from a time to another (GPS s), as one HDF5 file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        for name, (rate, of) in values.items():
            first, last = round((start - START) * rate), round((end - START) * rate)
            file[name] = of[first:last]
            file[name].attrs.update({"x0": float(start), "dx": 1 / rate})
    return path


def write_cut(folder: Path, values: Values, cuts: Iterable[float], kind: str = "hdf5") -> Path:
    """The same in files between neighbouring cuts (s from `START`)."""
    edges = [0.0, *cuts, float(SPAN)]
    folder.mkdir(parents=True, exist_ok=True)
    for first, last in pairwise(edges):
        start, end = START + first, START + last
        if kind == "hdf5":
            write_h5(folder / f"K-K1_TEST-{int(start)}-{int(last - first)}.hdf5", values, start, end)
        else:
            series = [
                Series(of[round(first * rate) : round(last * rate)], start, rate, name)
                for name, (rate, of) in values.items()
            ]
            write_gwf(folder / f"K-K1_TEST-{int(start)}-{int(last - first)}.gwf", series)
    return folder


def write_triggers(folder: Path, channel: str, times: Floats, snr: Floats, half: float = 0.1) -> Path:
    """Triggers as a search writes them."""
    order = np.argsort(times)
    times, snr = np.asarray(times, float)[order], np.asarray(snr, float)[order]
    columns = {"time": times, "tstart": times - half, "tend": times + half, "snr": snr}
    columns["frequency"] = np.full(len(times), BURST)
    span = (float(START - 1000), float(START + SPAN + 1000))
    path = folder / f"{channel.replace(':', '-').replace('-', '_').replace('_', '-', 1)}_OMICRON-{START - 1000}-2480.h5"
    folder.mkdir(parents=True, exist_ok=True)
    triggerfiles.write(Events(columns), path, channel=channel, span=span, searched=Segments.of([span]))
    return path


def said(folder: Path) -> dict[str, Any]:
    """What was found, by label."""
    findings = json.loads((folder / "coherence.json").read_text())["findings"]
    return {one["label"]: one for one in findings}


def columns(path: Path) -> dict[str, Floats]:
    """A table of numbers, by column."""
    header, *rows = [line.split(",") for line in path.read_text().splitlines()]
    values = np.array(rows, float).reshape(-1, len(header))
    return {name: values[:, place] for place, name in enumerate(header)}


def warnings(done: Any) -> list[str]:
    return [line.removeprefix("WARNING: ") for line in done.err.splitlines() if line.startswith("WARNING: ")]


def words(option: str, values: Sequence[object]) -> list[object]:
    """An option that is repeated."""
    return [word for value in values for word in (option, value)]
