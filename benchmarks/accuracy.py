"""How right the trigger search is, measured through the commands a user types.

Run: ./uv_run.sh setup; .venv/bin/python benchmarks/accuracy.py [--only null]
`recovery`: 4 h of mock noise with sine-Gaussians. `null`: 16384 s of mock noise at 4096 Hz without any event. `known`:
the same, whitened by the spectrum that it was made with.
"""

import argparse
import csv
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from culpa.acquire.mock.records import read_spectra
from culpa.acquire.sources import open_source
from culpa.acquire.triggerfolder import load_triggers
from culpa.condition.whiten import Whitener
from culpa.decompose.qtransform import energies
from culpa.decompose.tiling import build_tiling

DATE = "2026-01-01"
RECOVERY = """
[mock]
auxiliary = 0
glitches = ["sine_gaussian"]
minimum_separation = 8.0
unwitnessed = 0.0
uncoupled = 0.0
"""
NULL = """
[mock]
auxiliary = 0
main_rate = 4096
glitches = []
duration = 16384.0
unwitnessed = 0.0
uncoupled = 0.0
[triggers]
snr = 4.5
cluster = 0.0
"""


def culpa(folder, *arguments):
    command = [sys.executable, "-m", "culpa", *arguments]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)


def prepared(folder, settings):
    folder.mkdir()
    (folder / "settings.toml").write_text(settings)
    culpa(folder, "mock", DATE, "-f", "settings.toml", "-j", "2")
    culpa(folder, "triggers", DATE, "-f", "settings.toml", "-j", "2", "--format", "hdf5")
    return folder / "results" / f"{DATE}_mock"


def recovery(root):
    day = prepared(root / "recovery", RECOVERY)
    culpa(root / "recovery", "score", DATE, "-q")
    with (day / "score.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["searched"] == "True" and row["snr"] != "nan"]
    loud = [row for row in rows if float(row["snr"]) >= 8]
    found = [row for row in loud if row["found"] == "True"]

    def column(name):
        return np.array([float(row[name]) for row in found])

    print(f"recovery: {len(loud)} sine-Gaussians of SNR 8-100, {len(found)} found")
    print("  SNR recovered/injected, percentiles 5 50 95:", np.percentile(column("snr_ratio"), (5, 50, 95)).round(3))
    print(f"  median |time error| {np.median(np.abs(column('time_error'))) * 1e3:.2f} ms")
    print(f"  median |frequency error| {np.median(np.abs(column('frequency_error'))) * 100:.2f} %")


def null(root):
    day = prepared(root / "null", NULL)
    events, searched = load_triggers(day / "omicron")
    (events,), (segments,) = events.values(), searched.values()
    tiling = build_tiling(64, 4096, fmin=10)
    octave = np.floor(np.log2(tiling.frequency / 10)).astype(int)
    tiles = np.bincount(octave, tiling.tiles) * segments.livetime / 64
    found_octave = np.floor(np.log2(events["frequency"] / 10)).astype(int)
    print(f"null: {segments.livetime:.0f} s, {tiles.sum():.3g} tiles; found / expected tiles")
    for snr in (4.5, 5.0):
        expected = tiles * np.exp(-(snr**2 + 2) / 2)
        found = np.bincount(found_octave[events["snr"] >= snr], minlength=len(tiles))
        by_octave = ", ".join(f"{a / b:.2f} ({a})" for a, b in zip(found, expected, strict=True) if b)
        print(f"  SNR {snr}: {found.sum() / expected.sum():.3f}; by octave from 10 Hz (number found): {by_octave}")
    culpa(root / "null", "triggers", DATE, "-j", "2", "--format", "hdf5")
    (events,), _ = (list(of.values()) for of in load_triggers(day / "omicron"))
    print(f"  clusters at SNR 6: {len(events)}, {len(events) / segments.livetime * 3600:.2f} per hour")


def known(root):
    """Tiles of mock noise whitened by the spectrum that it was made with: 4 h."""
    root = root / "known"
    root.mkdir()
    (root / "settings.toml").write_text(NULL.replace("16384.0", "14400.0"))
    culpa(root, "mock", DATE, "-f", "settings.toml", "-j", "2")
    raw = root / "results" / f"{DATE}_mock" / "raw"
    source, spectra = open_source([raw / "raw.ffl"]), read_spectra(raw / "asd.h5")
    (channel,) = source.channels()
    ((start, end),) = source.segments(channel)
    tiling = build_tiling(64, 4096, fmin=10)
    whitener = Whitener(4096, 64, tiling.band, 2, 0.5)
    asd = spectra[channel](np.arange(whitener.bins) / 64)
    thresholds, counts, total = np.array([4.0, 4.5]), np.zeros(2), 0
    for at in np.arange(start, end - 64, 60):
        values = source.read(channel, at, at + 64).values
        for energy in energies(whitener.whiten_by(values - values.mean(), asd), tiling):
            core = energy[len(energy) * 2 // 64 : len(energy) * 62 // 64]
            counts += [np.count_nonzero(core >= snr**2 + 2) for snr in thresholds]
            total += len(core)
    expected = total * np.exp(-(thresholds**2 + 2) / 2)
    print("null, known spectrum: tiles over SNR 4, 4.5, found / expected:", (counts / expected).round(3), counts)


def gw150914(root):
    frames = Path(__file__).resolve().parents[2] / "shared/data/gw150914/H-H1_LOSC_4_V2-1126259446-32.gwf"
    if not frames.exists():
        print("gw150914: the data are not here")
        return
    culpa(root, "triggers", "--source", str(frames), "--channel", "H1:LOSC-STRAIN", "-o", "gw150914")
    (events,) = load_triggers(root / "gw150914")[0].values()
    for i in range(len(events)):
        row = {name: float(events[name][i]) for name in ("time", "snr", "frequency", "q")}
        print("gw150914: GPS {time:.3f}, SNR {snr:.2f}, {frequency:.0f} Hz, Q {q:.1f}".format(**row))


if __name__ == "__main__":
    studies = {"recovery": recovery, "known": known, "null": null, "gw150914": gw150914}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=list(studies))
    only = parser.parse_args().only
    with tempfile.TemporaryDirectory() as folder:
        for name in [only] if only else studies:
            studies[name](Path(folder))
