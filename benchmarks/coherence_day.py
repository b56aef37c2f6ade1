"""Coherence on mock days, against what is known of them.

Run: ./uv_run.sh setup; .venv/bin/python benchmarks/coherence_day.py [--duration 14400] [--seed 0]
First the day that `culpa run` makes up to its coherence: what each round's winner gives, and the families it is a
witness of. Then channels that are no witness of anything that a round vetoes, at the glitches of that round: their
p-values should be uniform, and `probability` at most 0.01 or 0.05 no more often than that. Overall, over such channels:
how often a channel exceeds its threshold anywhere. Then an hour with two linear couplings of noise and no glitches:
the overall coherence that `culpa coherence overall` writes beside its closed form, as z = difference / standard error,
with the variance of an estimate from N windows, 2 C (1 - C)² / N (Carter, Knapp and Nuttall 1973). Left out are
frequencies where the closed form changes faster than windows of 2 s resolve: the edges of the bands.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
from scipy.stats import kstest

from culpa import gpstime
from culpa.acquire.mock.channels import channels
from culpa.acquire.mock.day import Instrument, MockDay, coherence
from culpa.acquire.mock.events import homes
from culpa.acquire.mock.settings import MockSettings
from culpa.acquire.sources import open_source
from culpa.acquire.triggerfolder import load_triggers
from culpa.explain.coherence.glitch import glitch_coherence
from culpa.explain.coherence.overall import overall
from culpa.explain.coherence.settings import CoherenceSettings
from culpa.names import channel_tag
from culpa.run.coherence.spectra import added, read_sums
from culpa.run.coherence.targets import of_rounds
from culpa.run.coherence.windows import windows_of
from culpa.run.scoring import read_veto
from culpa.settings import build, load

DATE = "2026-01-31"
LINEAR = """
[mock]
duration = 3600
main_rate = 2048
auxiliary = 4
rates = [2048, 1024, 4096, 512]
glitches = []
unwitnessed = 0
uncoupled = 0
lines = false
seed = 3

[[mock.linear]]
channel = "{}"
frequency = [40.0, 120.0]
level = 0.3

[[mock.linear]]
channel = "{}"
frequency = [100.0, 400.0]
level = 1.5
"""


def culpa(*arguments):
    subprocess.run([sys.executable, "-m", "culpa", *map(str, arguments)], check=True)


def known(folder):
    """The settings of a day and, by channel, the families that it is a witness of."""
    settings = build(MockSettings, load(folder / "raw" / "mock.toml")["mock"], "mock")
    of = {}
    for family, seen in homes(settings, channels(settings)).items():
        for channel in seen if family in settings.occurring else ():
            of.setdefault(channel.name, []).append(family)
    return settings, of


def winners(folder, families):
    print(f"{'round winner':47s} {'witness of':28s}glitches   p     quiet  overall  coherent at")
    for one in json.loads((folder / "coherence" / "coherence.json").read_text())["findings"]:
        ranges = [f"{each['from']:g}-{each['to']:g}" for each in one["ranges_at_glitches"] or ()]
        print(
            f"{one['round']:5d} {one['channel']:41s} {', '.join(families.get(one['channel'], [])):28s}"
            f"{one['windows_at_glitches']:7d} {one['p_at_glitches']:8.4f} {one['p_at_quiet_times']:7.3f}"
            f" {one['p_overall']:8.4f}  {', '.join(ranges)}"
        )


def strangers(folder, families, settings):
    """p-values at the glitches of each round, of channels that are a witness of nothing."""
    source = open_source([folder / "raw" / "raw.ffl"])
    events = dict(load_triggers(folder / "omicron")[0])
    main, rounds = read_veto(folder / "hveto")
    free = [name for name in source.channels() if name != main and name not in families]
    targets = of_rounds(main, rounds, events, settings, free)
    found = windows_of(source, main, events[main], targets, settings)
    results = []
    for one in targets:
        of = found[one.label].at_glitches
        if len(of.gps) > 1:
            results.append(glitch_coherence(of.x, of.y, of.snr, of.frequencies, settings))
    whole, every = (np.array([getattr(one, name) for one in results]) for name in ("probability", "smallest"))
    bands = np.array([band.p for one in results for band in one.bands])
    print(
        f"{len(free)} channels with no part in anything, at the glitches of {len(rounds)} rounds: {len(results)} pairs"
    )
    print(f"  KS p: {kstest(every, 'uniform').pvalue:.3f} (frequencies), {kstest(bands, 'uniform').pvalue:.3f} (bands)")
    print(f"  probability <= 0.01: {np.mean(whole <= 0.01):.4f}, <= 0.05: {np.mean(whole <= 0.05):.4f}")
    sums = added(read_sums(path) for path in sorted((folder / ".culpa" / "coherence").glob("sums-*.npz")))
    alone = [overall(sums, settings, [name])[name] for name in free]
    p = np.concatenate([one.p for one in alone])
    shares = ", ".join(f"{np.mean(p <= level):.6f} <= {level:g}" for level in (0.1, 0.01, 0.001))
    some = sum(one.smallest <= 0.05 for one in alone)
    print(f"  overall, one by one: of {len(p)} p-values {shares}")
    print(f"  channels with anything significant at 0.05 over all their frequencies: {some} of {len(alone)}")


def linear(results):
    plain = MockSettings()
    names = [channel.name for channel in channels(plain)][1:3]
    results.mkdir(parents=True)
    config = results / "linear.toml"
    config.write_text(LINEAR.format(*names))
    culpa("mock", DATE, "-f", config, "-o", results, "-q")
    culpa("coherence", "overall", DATE, "-o", results, "-q")
    folder = results / f"{DATE}_mock"
    settings = build(MockSettings, load(folder / "raw" / "mock.toml")["mock"], "mock")
    instrument = Instrument(MockDay(settings, gpstime.day_start(gpstime.day(DATE))))
    print(
        "linear couplings: significant", json.loads((folder / "coherence" / "overall.json").read_text())["significant"]
    )
    for channel in channels(settings)[1:]:
        culpa("coherence", "overall", DATE, "--channel", channel.name, "-o", results, "-q")
        tag = channel_tag(channel.name)
        path = folder / "coherence" / tag / f"overall_{tag}.csv"
        rows = list(csv.DictReader(path.open()))
        f, c, null = (np.array([float(row[name]) for row in rows]) for name in ("frequency", "coherence", "null"))
        true = np.minimum(coherence(instrument, channel.name)(f), 1)
        expected = true + null * (1 - true) ** 2
        error = np.sqrt((2 * true * (1 - true) ** 2 + null) * null)
        steep = np.convolve(np.abs(np.gradient(true)) > 0.001, np.ones(7), "same") > 0  # more than a window resolves
        z, band = ((c - expected) / error)[~steep], (true > 0.5 * true.max()) & ~steep
        print(
            f"  {channel.name:41s} closed form up to {true.max():.3f}; z: mean {z.mean():+.3f}, deviation"
            f" {z.std():.3f}; mean difference in the band {_mean(c - expected, error, band)}"
        )


def _mean(difference, error, band):
    """With its standard error: neighbouring bins of Hann windows are worth half as many independent ones."""
    if not band.any():
        return "-"
    return f"{difference[band].mean():+.5f} +- {np.sqrt(2 * np.mean(error[band] ** 2) / band.sum()):.5f}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--duration", type=int, default=14400)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--results", type=Path, help="of an earlier run: a folder with the day in it")
    asked = parser.parse_args()
    with TemporaryDirectory() as scratch:
        results = asked.results or Path(scratch) / "day"
        if not asked.results:
            options = ("--duration", asked.duration, "--seed", asked.seed, "--until", "coherence", "-j", 2, "-q")
            culpa("run", DATE, *options, "-o", results)
        folder = results / f"{DATE}_mock"
        _, families = known(folder)
        winners(folder, families)
        strangers(folder, families, CoherenceSettings())
        linear(Path(scratch) / "linear")


if __name__ == "__main__":
    main()
