"""The hierarchical veto beside the hveto package, in one run: a round of the search, and the whole analysis.

    python benchmarks/hveto_speed.py [round] [analysis]

`round`: 100 auxiliary channels x 0.5 Hz x 4 h against 2000 primary triggers, default grid, in this process.
`analysis`: both commands, from trigger files to the page: 200 auxiliary channels, five of them coupled; then ten.
"""

import json
import os
import shutil
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
CHANNELS = 200


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
    auxiliary = {
        f"K1:AUX-C{i:03d}": (times(rng, number := rng.poisson(LENGTH / 2)), snrs(rng, number)) for i in range(100)
    }
    once, witnesses = timed(lambda: Witnesses.of(auxiliary, settings.snr_thresholds), 5)
    ours, grid = timed(lambda: make_grid(primary, witnesses, LIVE, settings), 5)
    theirs = timed(upstream_round(primary, auxiliary, settings))[0]
    total = sum(len(of) for of, _ in auxiliary.values())
    print(f"one round, 100 channels, {total} auxiliary and 2000 primary triggers, {grid.significance.size} cells")
    print(
        f"  culpa {ours:.4f} s (best of 5; once {once:.4f} s), hveto {theirs:.2f} s: {theirs / ours:.0f} times faster"
    )


def upstream_round(
    primary: np.ndarray, auxiliary: Mapping[str, tuple], settings: HvetoSettings
) -> Callable[[], object]:
    from gwpy.table import EventTable
    from hveto import core

    def table(of: np.ndarray, snr: np.ndarray, channel: str) -> EventTable:
        columns = [of, np.full(len(of), 100.0), snr, np.full(len(of), channel)]
        return EventTable(columns, names=["time", "frequency", "snr", "channel"])

    main = table(primary, np.full(len(primary), 10.0), PRIMARY)
    others = {name: table(*of, name) for name, of in auxiliary.items()}
    grid = settings.snr_thresholds, settings.time_windows
    return lambda: core.find_max_significance(main, others, PRIMARY, *grid, float(LENGTH))


def analysis(coupled: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_inputs(folder, coupled)
        python = sys.executable
        native = command(folder, python, "-m", "culpa", "hveto", *NATIVE, "-o", folder / "culpa")
        found = json.loads((folder / "culpa" / "summary.json").read_text())["rounds"]
        upstream = command(folder, python, "-m", "hveto", *UPSTREAM, "-o", folder / "hveto")
        theirs = json.loads((folder / "hveto" / "summary-stats.json").read_text())["rounds"]
    print(f"whole analysis, {CHANNELS} auxiliary channels, one process each, from trigger files to the page")
    same = [one["winner"]["channel"] for one in found] == [one["name"] for one in theirs]
    print(f"  {len(found)} rounds, the winners are {'the same' if same else 'NOT the same'}")
    print(f"  culpa {native:.1f} s, hveto {upstream:.1f} s: {upstream / native:.1f} times faster")


NATIVE = (
    "--primary",
    "primary.lcf",
    "--auxiliary",
    "auxiliary.lcf",
    "--segments",
    "segments.h5",
    "--hveto-ini",
    "hveto.ini",
)
UPSTREAM = (
    str(START), str(START + LENGTH), "--ifo", "K1", "--config-file", "hveto.ini", "--primary-cache", "primary.lcf",
    "--auxiliary-cache", "auxiliary.lcf", "--analysis-segments", "segments.h5",
)  # fmt: skip
INI = f"""[segments]
analysis-flag = K1:ALL:1
[primary]
channel = {PRIMARY}
"""


def write_inputs(folder: Path, coupled: int) -> None:
    """1000 primary triggers of their own, and those of some couplings; 295 triggers in each of the channels."""
    from gwpy.segments import DataQualityDict, DataQualityFlag

    rng = np.random.default_rng(2)
    lists = {f"K1:PEM-C{i:03d}": times(rng, 295) for i in range(CHANNELS)}
    seen = [
        rng.choice(lists[f"K1:PEM-C{i * 17:03d}"], 160 - 10 * i, replace=False) + rng.normal(0, 0.01, 160 - 10 * i)
        for i in range(coupled)
    ]
    caches: dict[str, list[str]] = {"primary": [], "auxiliary": []}
    for channel, of in {PRIMARY: np.sort(np.concatenate([times(rng, 1000), *seen])), **lists}.items():
        columns = {name: np.full(len(of), np.nan) for name in TRIGGER_COLUMNS}
        columns |= {"time": of, "frequency": rng.uniform(40, 1000, len(of)), "snr": snrs(rng, len(of))}
        path = folder / names.trigger_file(channel, START, START + LENGTH, "h5").name
        triggerfiles.write(Events(columns), path, channel=channel, span=LIVE.bounds[0], searched=LIVE)
        row = f"K1 {path.name.split('-')[1]} {START} {LENGTH} {path}"
        caches["primary" if channel == PRIMARY else "auxiliary"].append(row)
    for name, rows in caches.items():
        (folder / f"{name}.lcf").write_text("\n".join(rows) + "\n")
    (folder / "hveto.ini").write_text(INI)
    # hveto's page lists packages with pip, which an environment made by uv lacks: the one of the Python below it
    ask = [getattr(sys, "_base_executable", sys.executable), "-c", "import pip; print(pip.__path__[0])"]
    shutil.copytree(subprocess.check_output(ask, text=True).strip(), folder / "pip")
    flag = DataQualityFlag("K1:ALL:1", active=LIVE.bounds, known=LIVE.bounds)
    DataQualityDict({"K1:ALL:1": flag}).write(folder / "segments.h5")


def command(folder: Path, *words: str | Path) -> float:
    start = time.perf_counter()
    log = folder / "log.txt"
    with log.open("w") as file:
        settings = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(folder)}
        code = subprocess.call(words, stdout=file, stderr=file, env=settings, cwd=folder)
    if code:
        sys.exit(f"{' '.join(map(str, words))}\n{log.read_text()[-3000:]}")
    return time.perf_counter() - start


if __name__ == "__main__":
    wanted = sys.argv[1:] or ["round", "analysis"]
    if "round" in wanted:
        one_round()
    if "analysis" in wanted:
        analysis(5)
        analysis(10)
