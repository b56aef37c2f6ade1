"""The whole trigger search of one channel against gwpy's tiling of the same data, and against its own transforms.

Run: ./uv_run.sh setup; .venv/bin/python benchmarks/trigger_search.py [--rate 4096] [--duration 1024]
One process, one core. culpa reads frames, whitens, tiles, thresholds, clusters; gwpy only computes tile energies of
data that are already in memory. The floor is the time of the transforms of all tiles, as many as the tiling formula
has, alone.
"""

import argparse
import os
import resource
import tempfile
import time
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np

from culpa.acquire.mock.day import MockDay, chunk_starts, write_chunks
from culpa.acquire.mock.settings import MockSettings
from culpa.acquire.sources import open_source
from culpa.condition.fourier import RowTransform
from culpa.decompose.tiling import build_tiling
from culpa.detect.settings import SearchSettings
from culpa.run.triggers import plan_jobs, search_chunk

SEGMENT = 64.0


def seconds(function, repeats):
    """Best of some runs: other load on the machine only ever adds."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


def frames(folder, rate, duration):
    """Mock frames of the main channel alone at a rate."""
    settings = MockSettings(duration=duration, auxiliary=0, main_rate=rate)
    day = MockDay(settings, 1451260818)
    list(write_chunks(day, chunk_starts(day), folder))
    return settings.main, open_source([str(folder / "*.gwf")])


def gwpy_tiling(values, rate):
    """Tile energies by gwpy of every segment; normalised by the mean, as a null of exp(-E) needs."""
    from gwpy.signal.qtransform import QTiling
    from gwpy.timeseries import TimeSeries

    size = int(SEGMENT * rate)
    tiling = QTiling(SEGMENT, rate, qrange=(4, 100), frange=(10, np.inf), mismatch=0.2)
    for start in range(0, len(values) - size + 1, size):
        spectrum = TimeSeries(values[start : start + size], sample_rate=rate).fft()
        for plane in tiling:
            for tile in plane:
                tile.transform(spectrum, norm="mean", epoch=0.0)


def transforms_alone(rate):
    """Time of one segment's transforms of all tiles, in batches that stay in cache, and the number of tiles."""
    tiling = build_tiling(SEGMENT, rate, fmin=10)
    total = 0.0
    for count, rows in zip(*np.unique(tiling.tiles, return_counts=True), strict=True):
        batch = max(1, 32768 // int(count))
        plan = RowTransform(batch, int(count))
        plan.source[:] = 1
        total += seconds(plan, 5) * rows / batch
    return total, tiling.total


def compare(rate, duration, repeats):
    with tempfile.TemporaryDirectory() as folder:
        channel, source = frames(Path(folder), rate, duration)
        (job,) = plan_jobs(source, [channel], SearchSettings(chunk=duration))
        search_chunk(job)  # builds the engine, as a day's first chunk does
        values = source.read(channel, *source.segments(channel).bounds[0]).values
        segments = duration / SEGMENT
        # in turn, so that a slow minute of the machine hits both
        pairs = [
            (seconds(lambda: search_chunk(job), 1), seconds(lambda: gwpy_tiling(values, rate), 1))
            for _ in range(repeats)
        ]
        floor, tiles = transforms_alone(rate)
    ours, theirs = (np.median([pair[i] for pair in pairs]) / segments for i in (0, 1))
    each = ", ".join(f"{gwpy / culpa:.1f}" for culpa, gwpy in pairs)
    print(f"{rate} Hz, {duration:g} s, {tiles / 1e6:.1f} million tiles per segment; ms per {SEGMENT:g} s of data:")
    print(f"  culpa, whole search       {ours * 1e3:8.1f}   = {SEGMENT / ours:6.0f} x real time")
    print(f"  gwpy, tile energies only  {theirs * 1e3:8.1f}   ratio {theirs / ours:5.1f} (each pair: {each})")
    print(f"  transforms of all tiles   {floor * 1e3:8.1f}   culpa / floor {ours / floor:5.2f}")
    print(f"  peak memory of this process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, nargs="+", default=[4096, 16384])
    parser.add_argument("--duration", type=float, default=1024)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    for rate in options.rate:
        compare(rate, options.duration, options.repeats)
