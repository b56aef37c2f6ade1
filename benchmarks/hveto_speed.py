"""The hierarchical veto beside the hveto package, in one run: a round of the search, and the whole analysis.

    python benchmarks/hveto_speed.py [round] [analysis]

`round`: 100 auxiliary channels x 0.5 Hz x 4 h against 2000 primary triggers, default grid, in this process.
`analysis`: both commands, from trigger files to the page: 200 auxiliary channels, five of them coupled.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from culpa import names
from culpa.acquire import triggerfiles
from culpa.explain.hveto.grid import make_grid
from culpa.explain.hveto.settings import HvetoSettings
from culpa.explain.hveto.witnesses import Witnesses
from culpa.types import TRIGGER_COLUMNS, Events, Segments

START, LENGTH = 1_264_316_416, 14400
LIVE = Segments.of([(START, START + LENGTH)])
PRIMARY = "K1:CAL-STRAIN"
COUPLED = 5


def times(rng: np.random.Generator, number: int) -> np.ndarray:
    return np.sort(rng.uniform(START, START + LENGTH, number))


def snrs(rng: np.random.Generator, number: int) -> np.ndarray:
    return 8 * (1 + rng.pareto(3, number))


def timed(what: Callable[[], object], repeat: int = 1) -> tuple[float, object]:
    best, result = np.inf, None
    for _ in range(repeat):
        start = time.perf_counter()
        result = what()
        best = min(best, time.perf_counter() - start)
    return best, result


def one_round() -> None:
    rng = np.random.default_rng(1)
    settings = HvetoSettings()
    primary = times(rng, 2000)
    auxiliary = {f"K1:AUX-C{i:03d}": (times(rng, number := rng.poisson(LENGTH / 2)), snrs(rng, number)) for i in range(100)}
    once, witnesses = timed(lambda: Witnesses.of(auxiliary, settings.snr_thresholds))
    ours, grid = timed(lambda: make_grid(primary, witnesses, LIVE, settings), 5)
    theirs = timed(upstream_round(primary, auxiliary, settings))[0]
    total = sum(len(of) for of, _ in auxiliary.values())
    print(f"one round, 100 channels, {total} auxiliary and 2000 primary triggers, {grid.significance.size} cells")
    print(f"  culpa {ours:.3f} s (best of 5), hveto {theirs:.2f} s: {theirs / ours:.0f} times faster")


def upstream_round(primary: np.ndarray, auxiliary: Mapping[str, tuple], settings: HvetoSettings) -> Callable[[], object]:
    from gwpy.table import EventTable
    from hveto import core

    def table(of: np.ndarray, snr: np.ndarray, channel: str) -> EventTable:
        columns = [of, np.full(len(of), 100.0), snr, np.full(len(of), channel)]
        return EventTable(columns, names=["time", "frequency", "snr", "channel"])

    main = table(primary, np.full(len(primary), 10.0), PRIMARY)
    others = {name: table(*of, name) for name, of in auxiliary.items()}
    grid = settings.snr_thresholds, settings.time_windows
    return lambda: core.find_max_significance(main, others, PRIMARY, *grid, float(LENGTH))


def analysis() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_triggers(folder / "triggers")
        ours = command(folder / "culpa.log", sys.executable, "-m", "culpa", *native(folder))
        theirs = command(folder / "hveto.log", sys.executable, "-m", "culpa", *native(folder), "--engine", "upstream")
        print("whole analysis, 200 auxiliary channels, one process each, from trigger files to the page")
        print(f"  culpa {ours:.1f} s, hveto {theirs:.1f} s: {theirs / ours:.1f} times faster")


def command(log: Path, *words: str | Path) -> float:
    start = time.perf_counter()
    with log.open("w") as file:
        code = subprocess.call(words, stdout=file, stderr=file, env={**os.environ, "OMP_NUM_THREADS": "1"})
    if code:
        sys.exit(log.read_text())
    return time.perf_counter() - start


if __name__ == "__main__":
    wanted = sys.argv[1:] or ["round", "analysis"]
    if "round" in wanted:
        one_round()
