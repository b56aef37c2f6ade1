"""p-values and bias of the coherence at glitches, for channels that have nothing to do with each other.

Run: ./uv_run.sh setup; .venv/bin/python benchmarks/coherence_calibration.py [--trials 1000] [--rotations 999]
Each trial has N windows of 0.5 s of white noise in two channels, sampled at 1024 Hz; glitches are sine-Gaussians of any
frequency from 20 to 300 Hz, Q 4 to 30 and any phase, with heavy-tailed SNRs (Pareto, exponent 2, from 6 on) that are
the weights too; in the case "noise" there are the weights alone. In "both", the other channel has glitches of its own
at the same times, louder by 1 to 20. For every case: Kolmogorov-Smirnov p-values of the p-values at one frequency, of
all frequencies together, of one band; how often `probability` is at most 0.05; the mean of the unbiased coherence over
all frequencies in units of its standard error over trials, and beside it the mean of the bare number and 1/Neff.
"""

import argparse
import os
import time

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
from scipy.stats import kstest

from culpa.decompose.welch import spectra
from culpa.explain.coherence.glitch import glitch_coherence
from culpa.explain.coherence.settings import CoherenceSettings
from culpa.types import Series

RATE, WINDOW = 1024.0, 0.5
BINS = slice(5, 200)


def glitches(count, rng, snr):
    """Sine-Gaussians of some SNRs in the middle of windows, a row each."""
    times = np.arange(round(RATE * WINDOW)) / RATE - WINDOW / 2 - rng.uniform(-0.05, 0.05, (count, 1))
    frequency = np.exp(rng.uniform(np.log(20), np.log(300), (count, 1)))
    tau = np.exp(rng.uniform(np.log(4), np.log(30), (count, 1))) / (2 * np.pi * frequency)
    wave = np.sin(2 * np.pi * frequency * times + rng.uniform(0, 2 * np.pi, (count, 1))) * np.exp(-((times / tau) ** 2))
    return snr[:, None] * wave / np.sqrt(np.sum(wave**2, axis=1, keepdims=True))


def windows(count, rng, wave):
    """Spectra of windows of white noise and of what is added to it."""
    values = (rng.standard_normal(wave.shape) + wave).ravel()
    starts = np.arange(count) * WINDOW
    return spectra(Series(values, 0.0, RATE), starts, round(RATE * WINDOW))[0][:, BINS]


def trial(count, case, rng, settings):
    snr = 6 * (1 - rng.random(count)) ** -0.5
    none = np.zeros((count, round(RATE * WINDOW)))
    x = windows(count, rng, none if case == "noise" else glitches(count, rng, snr))
    y = windows(count, rng, glitches(count, rng, snr * rng.uniform(1, 20, count)) if case == "both" else none)
    frequencies = np.arange(BINS.start, BINS.stop) / WINDOW
    found = glitch_coherence(x, y, snr, frequencies, settings)
    return found, np.sum(snr**2) / np.sum(snr) ** 2


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--rotations", type=int, default=999)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    print(f"{asked.trials} trials, {asked.rotations} rotations, seed {asked.seed}")
    print("  N case    KS: one f  all f   band  P(<=.05)  unbiased   s.e.     mean    1/Neff     s")
    for count in (10, 50, 200):
        for case in ("noise", "one", "both"):
            rng = np.random.default_rng([asked.seed, count, *case.encode()])
            began = time.perf_counter()
            rows = []
            for number in range(asked.trials):
                settings = CoherenceSettings(rotations=asked.rotations, shifts=0, seed=number)
                found, bare = trial(count, case, rng, settings)
                rows.append(
                    (
                        found.p[60],
                        found.smallest,
                        found.bands[3].p,
                        found.probability,
                        found.unbiased.mean(),
                        found.values.mean(),
                        bare,
                    )
                )
            one, every, band, whole, unbiased, values, bare = np.array(rows).T
            ks = [kstest(p, "uniform").pvalue for p in (one, every, band)]
            error = unbiased.std(ddof=1) / np.sqrt(len(unbiased))
            print(
                f"{count:3d} {case:6s}   {ks[0]:7.3f} {ks[1]:7.3f} {ks[2]:6.3f} {np.mean(whole <= 0.05):8.3f}"
                f"  {unbiased.mean() / error:+8.2f}   {error:.5f}  {values.mean():.4f}  {bare.mean():.4f}"
                f"  {time.perf_counter() - began:5.0f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
