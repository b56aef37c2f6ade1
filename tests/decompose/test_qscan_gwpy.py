"""Q-scans on gwpy's tiling beside gwpy's q_transform: the same whitened samples into both."""

import warnings
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from culpa.decompose.qscan import Scanner, ScanSettings
from culpa.decompose.qscan_plane import Scan
from culpa.decompose.stretches import Stretch
from culpa.types import Segments

timeseries = pytest.importorskip("gwpy.timeseries", reason="gwpy is in the extra gw")
GW150914 = Path(__file__).resolve().parents[2] / "../shared/data/gw150914/H-H1_LOSC_4_V2-1126259446-32.hdf5"
START = 1e9


def shapes(t: np.ndarray) -> dict[str, np.ndarray]:
    """Glitches about t = 0: what the families of a detector look like."""
    return {
        "sine-Gaussian, Q 6": np.sin(2 * np.pi * 100 * t) * np.exp(-((2 * np.pi * 100 * t / 6) ** 2)),
        "sine-Gaussian, Q 50": np.sin(2 * np.pi * 300 * t) * np.exp(-((2 * np.pi * 300 * t / 50) ** 2)),
        "blip": np.exp(-((t / 0.002) ** 2)) * np.cos(2 * np.pi * 150 * t),
        "arch": np.sin(2 * np.pi * (60 * t - 30 / 0.75 * t**3)) * (np.abs(t) < 0.5) * np.cos(np.pi * t),
        "whistle": np.sin(2 * np.pi * (300 * t + 400 * t**3 / 0.1)) * np.exp(-((t / 0.2) ** 2)),
        "line": np.sin(2 * np.pi * 60 * t) * np.exp(-((t / 1.5) ** 4)),
    }


def both(white: Any, gps: float, norm: str, band: tuple[float, float], view: float) -> tuple[Any, Scan, np.ndarray]:
    """gwpy's spectrogram, our scan, our energies on its grid, shape (times, frequencies)."""
    theirs = white.q_transform(
        qrange=(4, 64), frange=band, gps=gps, search=1.0, whiten=False, norm=norm, tres=0.002, fres=400, logf=True,
        outseg=(gps - view / 2, gps + view / 2),
    )  # fmt: skip
    rate, duration, t0 = white.sample_rate.value, white.duration.value, white.t0.value
    settings = ScanSettings(
        fmin=band[0], fmax=band[1], norm="row-mean" if norm == "mean" else "median", tiling="gwpy", search=0.5
    )
    stretch = Stretch(white.value.astype(np.float32), t0, rate, Segments.of([(t0, t0 + duration)]))
    scan = Scanner(rate, duration, settings).scan(stretch, gps)
    inside = np.clip(theirs.frequencies.value, *scan.band)
    return theirs, scan, scan.pixels(theirs.times.value - gps, inside).T


def agree(theirs: Any, scan: Scan, ours: np.ndarray) -> None:
    """The same plane; within 2 % asked, 0.01 % found."""
    loud = theirs.value > 10
    assert loud.sum() > 50
    assert scan.q == pytest.approx(theirs.q)
    np.testing.assert_allclose(ours[loud], theirs.value[loud], rtol=1e-4)
    np.testing.assert_allclose(ours[~loud], theirs.value[~loud].clip(0), atol=1e-2)


@pytest.mark.parametrize("rate", [2048, 4096])
@pytest.mark.parametrize("name", list(shapes(np.zeros(1))))
def test_glitches_in_white_noise(rate: int, name: str) -> None:
    t = np.arange(16 * rate) / rate - 8
    shape = shapes(t)[name]
    values = np.random.default_rng(rate).standard_normal(len(t)) + 25 * shape / np.sqrt(np.sum(shape**2))
    white = timeseries.TimeSeries(values, t0=START, sample_rate=rate)
    agree(*both(white, START + 8.1, "median", (15, 600 if rate == 2048 else 1200), 2.0))


@pytest.mark.parametrize("norm", ["median", "mean"])
@pytest.mark.skipif(not GW150914.is_file(), reason="the shared data are not here")
def test_gw150914(norm: str) -> None:
    with h5py.File(GW150914) as file:
        strain = timeseries.TimeSeries(file["strain/Strain"][()], t0=1126259446, sample_rate=4096)
    theirs, scan, ours = both(strain.whiten(), 1126259462.423, norm, (20, 1000), 1.0)
    agree(theirs, scan, ours)
    assert ours.max() == pytest.approx({"median": 127, "mean": 83}[norm], rel=0.01)


def test_limits_are_theirs() -> None:
    """Where nothing is asked for, or too much, gwpy's own limits of frequency hold."""
    t = np.arange(16 * 1024) / 1024 - 8
    values = np.random.default_rng(1).standard_normal(len(t))
    white = timeseries.TimeSeries(values, t0=START, sample_rate=1024)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # gwpy says that it lowers the upper frequency
        theirs = white.q_transform(qrange=(4, 4), frange=(20, 500), whiten=False, fres=None, tres=1)
    rows = Scanner(1024, 16, ScanSettings(qmin=4, qmax=4, fmin=20, fmax=500, tiling="gwpy")).rows
    np.testing.assert_allclose(rows.frequency, theirs.frequencies.value)
