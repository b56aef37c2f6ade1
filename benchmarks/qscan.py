"""Q-scan pictures beside gwpy's q_transform and savefig, in one run, in one thread of one process.

Run: ./uv_run.sh setup; .venv/bin/python benchmarks/qscan.py [--rate 16384] [--triggers 3] [--chunk 512]
Every trigger gives four pictures (0.5, 1, 2, 4 s); whitening counts for both. gwpy has its data in memory. So has culpa
for "one stretch", 64 s that are whitened for one trigger alone. "one moment" and "200 an hour" are what `culpa qscan`
and `culpa classify` do: they read frames, whiten blocks of 320 s in stretches of 64 s, for one trigger or for all in a
chunk, and write the pictures (but not the arrays). gwpy is asked for what Gravity Spy's pictures are made with; once
with a q_transform for each picture, once with one for each trigger and four crops of it. The plain array is what a
network sees: 64 x 64 pixels a view, 8 bit.
"""

import argparse
import os
import time
from pathlib import Path
from tempfile import TemporaryDirectory

os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np

from culpa.acquire.frames import write_gwf
from culpa.acquire.sources import open_source
from culpa.decompose.qscan import VIEWS, Scanner
from culpa.identify.images import ImageForm
from culpa.identify.scanned import plain
from culpa.report.qscan.plot import Panel, Plotter
from culpa.report.qscan.settings import QscanSettings
from culpa.run.pictures import Moment, draw
from culpa.run.scans import scan_moments
from culpa.types import Series

START, SEGMENT, FRAME = 1451606400.0, 64.0, 64.0
BAND, QS = (10.0, 2048.0), (4.0, 64.0)
CHANNEL = "K1:CAL-CS_PROC_DARM_STRAIN_DBL_DQ"
PER_HOUR = 200


def data(rate, duration, moments, rng):
    """Coloured noise with a sine-Gaussian at each moment (s after the start)."""
    values = np.cumsum(rng.standard_normal(round(rate * duration))) * 0.1 + rng.standard_normal(round(rate * duration))
    for moment in moments:
        frequency, q = np.exp(rng.uniform(np.log(40), np.log(800))), rng.uniform(5, 30)
        tau = q / (2 * np.pi * frequency)
        at = np.arange(round((moment - 5 * tau) * rate), round((moment + 5 * tau) * rate))
        wave = np.sin(2 * np.pi * frequency * (at / rate - moment)) * np.exp(-(((at / rate - moment) / tau) ** 2))
        values[at] += 15 * wave / np.sqrt(np.sum(wave**2))
    return Series(values, START, float(rate), CHANNEL)


def seconds(function, *arguments):
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


def gwpy_plot(spectrogram):
    """The picture of a spectrogram, written as PNG and thrown away."""
    from io import BytesIO

    plot = spectrogram.plot(figsize=(8, 6), vmin=0, vmax=25.5, yscale="log", ylim=BAND)
    plot.colorbar(label="Normalised energy")
    plot.savefig(BytesIO(), format="png", dpi=100)
    plot.close()


def gwpy_transform(series, gps, view):
    return series.q_transform(
        qrange=QS, frange=BAND, gps=gps, search=0.5, tres=0.002, fres=0.5, outseg=(gps - view / 2, gps + view / 2)
    )


def gwpy_each(series, gps):
    for view in VIEWS:
        gwpy_plot(gwpy_transform(series, gps, view))


def gwpy_cropped(series, gps):
    whole = gwpy_transform(series, gps, max(VIEWS))
    for view in VIEWS:
        gwpy_plot(whole.crop(gps - view / 2, gps + view / 2))


def gwpy_logarithmic(series, gps):
    """As `gwpy_cropped`, with 500 frequencies instead of a step of 0.5 Hz: quicker to draw."""
    whole = series.q_transform(
        qrange=QS, frange=BAND, gps=gps, search=0.5, tres=0.002, logf=True, fres=500, outseg=(gps - 2, gps + 2)
    )
    for view in VIEWS:
        gwpy_plot(whole.crop(gps - view / 2, gps + view / 2))


def gwpy_plain_each(series, gps):
    for view in VIEWS:
        gwpy_transform(series, gps, view)


def gwpy_plain_once(series, gps):
    gwpy_transform(series, gps, max(VIEWS))


class Stretches:
    """One stretch in memory for one moment."""

    def __init__(self, rate):
        self.scanner, self.plotter = Scanner(rate, SEGMENT), Plotter()

    def scan(self, series, moment):
        (stretch,) = self.scanner.whiten(series, (series.t0,))
        return self.scanner.scan(stretch, moment)

    def plotted(self, series, moment):
        scan = self.scan(series, moment)
        for view in VIEWS:
            self.plotter.png([Panel(CHANNEL, scan, BAND, 15.0, 100.0, 10.0)], view)

    def plain(self, series, moment):
        plain(self.scan(series, moment), ImageForm())


class Commands:
    """Any moments in frames in a folder, as the commands do them."""

    def __init__(self, series, folder):
        step, self.folder = round(FRAME * series.sample_rate), folder
        for first in range(0, len(series), step):
            at = series.t0 + first / series.sample_rate
            part = Series(series.values[first : first + step], at, series.sample_rate, CHANNEL)
            write_gwf(folder / f"K-K1_TEST-{at:.0f}-{FRAME:.0f}.gwf", [part])

    def plotted(self, moments):
        asked = [Moment(moment, (CHANNEL,), 15.0, 100.0, 10.0) for moment in moments]
        drawn = list(draw(open_source([self.folder / "*.gwf"]), asked, QscanSettings(), self.folder))
        assert all(len(each.files) == len(VIEWS) for each in drawn)

    def plain(self, moments):
        source = open_source([self.folder / "*.gwf"])
        for _, scan in scan_moments(source, CHANNEL, moments, QscanSettings().scan()):
            plain(scan, ImageForm())


def compare(rate, triggers, chunk, folder):
    rng = np.random.default_rng(1)
    moments = np.sort(rng.uniform(8, chunk - 8, round(chunk * PER_HOUR / 3600)))
    commands, stretches = Commands(data(rate, chunk, moments, rng), folder), Stretches(rate)
    moments = (START + moments).tolist()
    lone = data(rate, SEGMENT, [SEGMENT / 2], rng)
    moment, series = START + SEGMENT / 2, lone.to_gwpy()
    for kind in ("plotted", "plain"):  # builds what a process builds once
        getattr(stretches, kind)(lone, moment)
        getattr(commands, kind)(moments[:1])
    gwpy_cropped(series, moment)
    cases = {
        "gwpy, plotted, a q_transform per picture": (lambda: gwpy_each(series, moment), 1),
        "gwpy, plotted, one per trigger, four crops": (lambda: gwpy_cropped(series, moment), 1),
        "gwpy, plotted, four crops, 500 log rows": (lambda: gwpy_logarithmic(series, moment), 1),
        "gwpy, array only, a q_transform per picture": (lambda: gwpy_plain_each(series, moment), 1),
        "gwpy, array only, one per trigger": (lambda: gwpy_plain_once(series, moment), 1),
        "culpa, plotted, one stretch": (lambda: stretches.plotted(lone, moment), 1),
        "culpa, plotted, one moment": (lambda: commands.plotted(moments[:1]), 1),
        "culpa, plotted, 200 an hour": (lambda: commands.plotted(moments), len(moments)),
        "culpa, plain, one stretch": (lambda: stretches.plain(lone, moment), 1),
        "culpa, plain, one moment": (lambda: commands.plain(moments[:1]), 1),
        "culpa, plain, 200 an hour": (lambda: commands.plain(moments), len(moments)),
    }
    # in turn, so that a slow minute of the machine hits all
    times = {name: [] for name in cases}
    for _ in range(triggers):
        for name, (function, _) in cases.items():
            times[name].append(seconds(function))
    each = {name: np.median(times[name]) / cases[name][1] / len(VIEWS) for name in cases}
    show(rate, chunk, len(moments), each)


def show(rate, chunk, number, each):
    print(f"{rate} Hz; {PER_HOUR} an hour: {number} triggers in {chunk:g} s")
    print(f"{'':45}{'ms per picture':>15}{'pictures per s':>16}   times gwpy plotted (each / crops / log rows)")
    plotted, arrays = (
        [each[name] for name in each if name.startswith(f"gwpy, {kind}")] for kind in ("plotted", "array")
    )
    for name, own in each.items():
        ratios = " / ".join(f"{theirs / own:.1f}" for theirs in plotted) if name.startswith("culpa") else ""
        print(f"{name:45}{1e3 * own:15.2f}{1 / own:16.1f}   {ratios}")
    for name in (name for name in each if name.startswith("culpa, plain")):
        ratios = " / ".join(f"{theirs / each[name]:.1f}" for theirs in arrays)
        print(f"{name}, times gwpy's array alone, nothing drawn (each / crops): {ratios}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, nargs="+", default=[16384])
    parser.add_argument("--triggers", type=int, default=3)
    parser.add_argument("--chunk", type=float, default=512)
    options = parser.parse_args()
    for each_rate in options.rate:
        with TemporaryDirectory() as place:
            compare(each_rate, options.triggers, options.chunk, Path(place))
