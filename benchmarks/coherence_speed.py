"""Overall coherence of many channels with one, beside loops over scipy and gwpy, in one run, on one core.

Run: ./uv_run.sh setup; .venv/bin/python benchmarks/coherence_speed.py [--channels 100] [--duration 4096] [--fft 8]
The data are frames of 64 s in a temporary folder (3.4 GB for 100 channels at 2048 Hz and 4096 s). culpa reads them,
block by block, and makes all of the result but its files: coherence, effective windows, thresholds, ranking. The peers
call `scipy.signal.coherence` and `TimeSeries.coherence` for each pair, which gives the coherence alone; each has a
channel's samples in memory when its clock starts, and what reading these took (with culpa's reader) is told apart.
"""

import argparse
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np

from culpa.acquire.frames import write_gwf
from culpa.acquire.sources import open_source
from culpa.decompose.welch import Windows
from culpa.explain.coherence.overall import overall, ranking
from culpa.explain.coherence.settings import CoherenceSettings
from culpa.run.coherence.chunks import by_cell
from culpa.run.coherence.spectra import SpectraWork, added, summed
from culpa.types import Segments, Series

START, FRAME = 1451606400, 64
MAIN = "K1:MAIN"


def names(channels):
    return [f"K1:AUX-{number:03d}" for number in range(channels)]


def write(folder, channels, duration, rate):
    """Frames of white noise; every tenth channel is in the main one, at a tenth of its size."""
    for start in range(START, START + duration, FRAME):
        rng = np.random.default_rng(start)
        noise = rng.standard_normal((channels, FRAME * rate), np.float32)
        values = rng.standard_normal(FRAME * rate) + 0.1 * noise[::10].sum(axis=0)
        of = [(MAIN, values), *zip(names(channels), noise, strict=True)]
        write_gwf(
            folder / f"K-K1_TEST-{start}-{FRAME}.gwf",
            [Series(samples, float(start), float(rate), name, "") for name, samples in of],
        )


def ours(folder, channels, duration, fft):
    """The result by channel, and the seconds it took."""
    settings = CoherenceSettings(fft=fft)
    began = time.perf_counter()
    source, windows = open_source([folder]), Windows(fft, settings.stride)
    starts = windows.starts(Segments.of([(START, START + duration)]))
    parts = (SpectraWork(source, MAIN, tuple(names(channels)), some, windows) for _, some in by_cell(starts))
    found = overall(added(map(summed, parts)), settings)
    ranking(found, settings.bands)
    return found, time.perf_counter() - began


def theirs(folder, channels, duration, fft, rate, found):
    """Seconds of scipy, of gwpy and of reading, and the largest relative difference of culpa from each."""
    import scipy.signal
    from gwpy.timeseries import TimeSeries

    source, size = open_source([folder]), round(fft * rate)
    main = source.read(MAIN, START, START + duration).values
    ahead = TimeSeries(main, sample_rate=rate)
    spent, differences, reading = {"scipy": 0.0, "gwpy": 0.0}, {"scipy": 0.0, "gwpy": 0.0}, 0.0
    for name in names(channels):
        began = time.perf_counter()
        values = source.read(name, START, START + duration).values
        reading += time.perf_counter() - began
        began = time.perf_counter()
        by_scipy = scipy.signal.coherence(main, values, rate, nperseg=size, noverlap=size // 2)[1]
        spent["scipy"] += time.perf_counter() - began
        beside = TimeSeries(values, sample_rate=rate)
        began = time.perf_counter()
        by_gwpy = ahead.coherence(beside, fftlength=fft, overlap=fft / 2).value
        spent["gwpy"] += time.perf_counter() - began
        where = np.round(found[name].frequencies * fft).astype(int)
        for peer, values in (("scipy", by_scipy), ("gwpy", by_gwpy)):
            difference = np.max(np.abs(found[name].coherence / values[where] - 1))
            differences[peer] = max(differences[peer], float(difference))
    return spent, differences, reading


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--channels", type=int, default=100)
    parser.add_argument("--duration", type=int, default=4096)
    parser.add_argument("--rate", type=int, default=2048)
    parser.add_argument("--fft", type=float, nargs="+", default=[8.0, 2.0])
    parser.add_argument("--only-memory", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.only_memory:
        ours(asked.only_memory, asked.channels, asked.duration, asked.fft[0])
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        return
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with TemporaryDirectory() as folder:
        write(Path(folder), asked.channels, asked.duration, asked.rate)
        print(f"{asked.channels} channels at {asked.rate} Hz, {asked.duration} s, one core")
        for fft in asked.fft:
            ours(Path(folder), 2, 256, fft)  # imports, caches
            found, seconds = ours(Path(folder), asked.channels, asked.duration, fft)
            spent, differences, reading = theirs(Path(folder), asked.channels, asked.duration, fft, asked.rate, found)
            print(
                f"windows of {fft:g} s: culpa, reading included, {seconds:.1f} s; reading for the peers {reading:.1f} s"
            )
            for peer, taken in spent.items():
                ratios = f"{taken / seconds:.1f} times, with reading {(taken + reading) / seconds:.1f} times"
                print(f"  {peer} {taken:.1f} s, {ratios}; largest relative difference {differences[peer]:.1e}")
        for duration in (asked.duration // 4, asked.duration):
            command = [sys.executable, __file__, "--only-memory", folder, "--duration", str(duration)]
            command += ["--channels", str(asked.channels), "--fft", str(asked.fft[0])]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            print(f"memory for {duration} s: {float(done.stdout):.0f} MB")


if __name__ == "__main__":
    main()
