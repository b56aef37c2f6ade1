"""How far the hierarchical veto and its false-alarm probability can be trusted, measured on mock detectors.

Run: ./uv_run.sh setup; .venv/bin/python benchmarks/hveto_accuracy.py [--only calibration]
`winners`: the default mock day of 4 h through the commands a user types. `uncoupled`: 20 seeds of an hour with 20
auxiliary channels and no coupling, through the same commands. `calibration`: 500 stretches of 700 s without coupling,
searched by the command and each analysed on its own.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy import stats

from culpa.acquire.mock.settings import MockSettings
from culpa.acquire.triggerfolder import load_triggers
from culpa.explain.hveto.rounds import hveto
from culpa.explain.hveto.settings import HvetoSettings
from culpa.types import Segments

DATE = "2026-01-01"
UNCOUPLED = """
[mock]
couplings = false
duration = 3600
main_rate = 4096
rates = [1024]
"""
CALIBRATION = """
[mock]
couplings = false
duration = 14400
main_rate = 1024
auxiliary = 5
rates = [512]
uncoupled = 120
"""
STRETCH, DAYS = 700, 25


def culpa(folder, *arguments):
    command = [sys.executable, "-m", "culpa", *arguments]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)


def searched(root, settings, seed):
    """A day's folder, with its triggers and without its frames."""
    root.mkdir()
    (root / "settings.toml").write_text(settings)
    culpa(root, "mock", DATE, "-f", "settings.toml", "--seed", str(seed), "-j", "2", "-q")
    culpa(root, "triggers", DATE, "-f", "settings.toml", "-j", "2", "--format", "hdf5", "-q")
    day = root / "results" / f"{DATE}_mock"
    for frame in (day / "raw").glob("*.gwf"):
        frame.unlink()
    return day


def winners(root):
    day = searched(root / "winners", "", 0)
    culpa(root / "winners", "hveto", DATE, "-q")
    culpa(root / "winners", "score", DATE, "-q")
    veto = json.loads((day / "score.json").read_text())["veto"]
    print("winners: families, in the round that vetoed most of them")
    for family, of in veto["coupled"].items():
        home = "home" if of["winner"] == of["witnesses"][0] else f"not its home {of['witnesses'][0]}"
        of_family = f"{of['vetoed']} of {of['found']} vetoed, {of['right']} by a true witness"
        which = f"{of['winner']} ({home}, {'a true witness' if of['right_winner'] else 'NO true witness'})"
        print(f"  {family}: {of_family}; round {of['round']}, {which}")
    print(f"  of the glitches without a witness {veto['alone']['vetoed']} of {veto['alone']['found']} are vetoed")


def uncoupled(root, seeds=20):
    rounds, alarms, last = 0, 0, []
    for seed in range(seeds):
        day = searched(root / f"uncoupled{seed}", UNCOUPLED, seed)
        culpa(root / f"uncoupled{seed}", "hveto", DATE, "-q", "--seed", str(seed))
        found = json.loads((day / "hveto" / "summary.json").read_text())
        rounds += len(found["rounds"])
        alarms += sum(one["winner"]["false_alarm_probability"] < 0.01 for one in found["rounds"])
        last.append(found["remaining"]["best"]["false_alarm_probability"])
    print(f"uncoupled: {seeds} seeds, {rounds} rounds in all, {alarms} of them with p < 1 %")
    print(f"  p of the best that was left, per seed: {np.sort(last).round(3).tolist()}")
    print(f"  by chance {seeds * 0.01:.1f} seeds have a p < 1 % somewhere in round 1")


def calibration(root):
    settings = HvetoSettings(minimum_significance=1e-9, max_rounds=2)
    main, rows = MockSettings().main, []
    for seed in range(DAYS):
        events, live = load_triggers(searched(root / f"day{seed}", CALIBRATION, 1000 + seed) / "omicron")
        others = {name: of for name, of in events.items() if name != main}
        ((start, end),) = live[main]
        for first in np.arange(start, end - STRETCH, STRETCH):
            piece = Segments.of([(first, first + STRETCH)])
            result = hveto(events[main], others, piece, replace(settings, seed=len(rows)))
            alarms = [*(one.false_alarm for one in result.rounds), result.final_false_alarm]
            rows.append([alarm.probability if alarm else np.nan for alarm in alarms] + [np.nan] * (3 - len(alarms)))
    table = np.array(rows)
    print(f"calibration: {len(table)} stretches of {STRETCH} s, {settings.shifts} shifts each")
    for number, p in enumerate(table.T, 1):
        p = p[~np.isnan(p)]
        shares = ", ".join(f"{np.mean(p <= alpha):.3f} at {alpha}" for alpha in (0.01, 0.05, 0.1, 0.2, 0.5))
        test = stats.kstest(p, "uniform")
        below = stats.kstest(p, "uniform", alternative="greater").pvalue
        print(f"  round {number}: {len(p)} values; P(p <= alpha): {shares}")
        print(f"    Kolmogorov-Smirnov: uniform p = {test.pvalue:.3f}; not smaller than uniform p = {below:.3f}")


if __name__ == "__main__":
    studies = {"winners": winners, "uncoupled": uncoupled, "calibration": calibration}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=list(studies))
    only = parser.parse_args().only
    with tempfile.TemporaryDirectory() as folder:
        for name in [only] if only else studies:
            studies[name](Path(folder))
