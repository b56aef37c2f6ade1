"""Detectors of tables on real data: metal etch, SMD, NAB, SKAB and TEP (`../shared/data`), and on a mock fab.

    .venv/bin/python benchmarks/sensors.py [etch] [blame] [sets] [fab] [alarms] [speed] [long]

Everything but `speed`, `blame` and smoothed scores in `sets` goes through the commands that a user types.

Of each set one half of the files (alternating by name) is where `auto`'s rule was chosen, the other where it is judged.
"""

import contextlib
import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as the command line has it

import numpy as np

from culpa.acquire.tables import writing
from culpa.cli import app
from culpa.condition.rows import Rows
from culpa.detect.rows import scorer
from culpa.detect.rows.registry import DETECTORS, find
from culpa.evaluate.ranking import auroc, vus_pr
from culpa.explain.contributions import contributions, rows_before

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
SMOOTH = 32
"""Rows that scores of single methods are smoothed over, beside the raw ones."""
SLOW = 5e9
"""Rows of the reference times rows times sensors, above which the matrix profile is not tried: it takes minutes."""


def culpa(*words: object) -> None:
    """What a user types, in this process: `culpa detect FILE ...`."""
    with contextlib.redirect_stdout(io.StringIO()):
        app([*map(str, words), "--quiet"], standalone_mode=False)


def result(folder: Path, name: str) -> dict[str, Any]:
    """What a command has written."""
    found: dict[str, Any] = json.loads((folder / name).read_text())
    return found


def each(option: str, values: Sequence[object]) -> list[object]:
    """An option, repeated."""
    return [word for value in values for word in (option, value)]


def etch() -> None:
    """AUROC of wafers, experiments 29 and 31."""
    import pandas as pd

    paths = [DATA / "metal_etch" / f"lam9600_experiment_{name}.csv" for name in (29, 31)]
    both = pd.concat([pd.read_csv(path) for path in paths], ignore_index=True)
    sensors = [name for name in both if name not in ("wafer", "experiment", "fault", "time", "step_number")]
    wafers = both.drop_duplicates("wafer").set_index("wafer")
    fault = wafers.fault.fillna("")
    for split in range(20):
        generator = np.random.default_rng(split)
        drawn = [
            generator.choice(fault[(fault == "") & (wafers.experiment == one)].index, 35 // 2 + i, replace=False)
            for i, one in enumerate((29, 31))
        ]
        both[f"good{split}"] = both.wafer.isin(np.concatenate(drawn)).astype(int)
    common = [*each("--features", sensors), "--unit", "wafer", "--step", "step_number", "--label", "fault"]
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder) / "both.csv", Path(folder) / "out"
        both.to_csv(path, index=False)

        def judged(file: Path, *words: object, of: Sequence[str] | None = None) -> float:
            culpa("detect", file, *common, "-o", out, *words)
            units = [unit for unit in result(out, "detect.json")["units"] if of is None or unit["unit"] in of]
            units = [unit for unit in units if of is not None or words[0] != "--reference" or not unit["reference"]]
            return auroc(
                np.array([bool(fault[unit["unit"]]) for unit in units]), np.array([unit["score"] for unit in units])
            )

        for name in ("auto", "forest", "robust-z", "pca", "mean-square"):
            which, group = ("--detector", name), ("--group", "experiment")
            splits = [judged(path, "--reference", f"good{i} == 1", *which, *group) for i in range(20)]
            alone = [judged(one, *which, "--group", "") for one in paths]
            told = []
            for level in (group, ("--group", "")):
                for learnt, other in ((29, 31), (31, 29)):
                    query = f'experiment == {learnt} and fault == ""'
                    seen = set(wafers.index[wafers.experiment == other])
                    told.append(judged(path, "--reference", query, *which, *level, of=seen))
            print(
                f"{name:12} 35 normal wafers: {np.mean(splits):.3f} ± {np.std(splits):.3f}   no reference: "
                f"{alone[0]:.3f} {alone[1]:.3f}   transfer 29→31, 31→29: {told[0]:.3f} {told[1]:.3f} "
                f"(not levelled: {told[2]:.3f} {told[3]:.3f})",
                flush=True,
            )
        judged(path, "--reference", 'fault == ""', "--group", "experiment")
        hits, chance, count = 0, 0.0, 0
        for unit in result(out, "detect.json")["units"]:
            named = fault[unit["unit"]]
            if named:
                part = subsystem_of_fault(named)
                hits += subsystem(unit["contributions"][0]["feature"]) == part
                chance += sum(subsystem(sensor) == part for sensor in sensors) / len(sensors)
                count += 1
        print(f"first sensor in the named subsystem: {hits} of {count}; by chance {chance:.1f}")


def subsystem(sensor: str) -> str:
    """Which part of the etcher a sensor belongs to."""
    for part, words in {
        "rf": ("rf_",), "tcp": ("tcp_",), "pressure": ("pressure", "vat_"), "gas": ("bcl3", "cl2"), "he": ("he_",),
    }.items():  # fmt: skip
        if sensor.startswith(words):
            return part
    return sensor


def subsystem_of_fault(name: str) -> str:
    """The part that a fault is named after."""
    first = name.split()[0].lower()
    return {"rf": "rf", "tcp": "tcp", "pr": "pressure", "bcl3": "gas", "cl2": "gas", "he": "he"}[first]


def blame() -> None:
    """SMD: is the sensor with the largest share among those labelled, over labelled segments."""
    for path in sorted((DATA / "smd").glob("machine-*.npz")):
        data = np.load(path)
        learnt, seen = data["train"].astype(float), data["test"].astype(float)
        fitted = scorer.fit(Rows.plain(learnt), find("mean-square").fit, True, False)
        z, _ = scorer.readings(fitted.baseline, Rows.plain(seen))
        hits, third, plain_hits, events = 0, 0, 0, 0
        text = (DATA / "smd" / "interpretation_label" / f"{path.stem}.txt").read_text()
        for line in text.split():
            span, named = line.split(":")
            first, end = (int(part) for part in span.split("-"))
            causes = {int(part) - 1 for part in named.split(",")}
            parts = contributions(fitted.relation, z[first:end], z[max(0, first - rows_before(end - first)) : first])
            order = np.argsort(-parts, kind="stable")
            hits += int(order[0]) in causes
            third += bool(set(order[:3].tolist()) & causes)
            plain_hits += int(np.abs(z[first:end]).max(axis=0).argmax()) in causes
            events += 1
        shares = f"hit@1 {hits / events:.3f}, hit@3 {third / events:.3f}"
        print(f"{path.stem}: {events} events, {shares}; max |z| {plain_hits / events:.3f}")


@dataclass(frozen=True)
class Case:
    """A series: rows, which are anomalous, how many are the reference, borders of VUS-PR (0: AUROC)."""

    of: str
    name: str
    values: np.ndarray
    truth: np.ndarray
    reference: int
    border: int


def cases() -> Iterator[Case]:
    """All files of the four sets that have anomalies after their reference."""
    import pandas as pd

    windows = json.loads((DATA / "nab" / "combined_windows.json").read_text())
    for path in sorted((DATA / "nab" / "data").glob("*/*.csv")):
        name = f"{path.parent.name}/{path.name}"
        frame = pd.read_csv(path, parse_dates=["timestamp"])
        truth = np.zeros(len(frame), dtype=bool)
        for start, end in windows[name]:
            truth |= frame.timestamp.between(pd.Timestamp(start), pd.Timestamp(end)).to_numpy()
        first = int(0.15 * len(frame))
        if truth[first:].any():
            yield Case("NAB", name, frame.value.to_numpy(float)[:, None], truth, first, 100)
    for path in sorted((DATA / "skab").glob("*/*.csv")):
        if path.parent.name != "anomaly-free":
            frame = pd.read_csv(path, sep=";")
            yield Case("SKAB", path.name, frame.iloc[:, 1:9].to_numpy(float), frame.anomaly.to_numpy() > 0, 400, 60)
    for path in sorted((DATA / "smd").glob("machine-*.npz")):
        data = np.load(path)
        values = np.concatenate([data["train"], data["test"]]).astype(float)
        truth = np.concatenate([np.zeros(len(data["train"]), dtype=bool), data["label"] > 0])
        yield Case("SMD", path.stem, values, truth, len(data["train"]), 60)
    data = np.load(DATA / "tep" / "tep.npz")
    for name in sorted(key for key in data.files if key.endswith("_test") and key != "d00_test"):
        values = np.concatenate([data["train_normal"], data[name]]).astype(float)
        truth = np.concatenate([np.zeros(500, dtype=bool), np.arange(len(data[name])) >= 160])
        yield Case("TEP", name, values, truth, 500, 0)


def sets() -> None:
    """VUS-PR on NAB, SKAB, SMD and AUROC on TEP, of every detector."""
    figures: dict[str, dict[tuple[int, str], list[float]]] = {}
    order: dict[str, int] = {}
    for case in cases():
        side = order.get(case.of, 0) % 2
        order[case.of] = order.get(case.of, 0) + 1
        for name, figure in {**compared(case), **smoothed(case)}.items():
            figures.setdefault(name, {}).setdefault((side, case.of), []).append(figure)
        print(f"\r{case.of} {order[case.of]}", end="", file=sys.stderr, flush=True)
    print("                          chosen on: mean | NAB  SKAB SMD  TEP     judged on: mean | NAB  SKAB SMD  TEP")
    for name, found in figures.items():
        means = [
            [float(np.mean(found.get((side, of), [np.nan]))) for of in ("NAB", "SKAB", "SMD", "TEP")] for side in (0, 1)
        ]
        told = "   ".join(f"{np.mean(of):.3f} | " + " ".join(f"{one:.3f}" for one in of) for of in means)
        print(f"{name:26} {told}", flush=True)


def compared(case: Case) -> dict[str, float]:
    """The figure of merit of each detector, from `culpa compare`; the matrix profile's where it is not too slow."""
    slow = case.reference * case.values.size > SLOW
    names = [one.name for one in DETECTORS if not (slow and one.name == "matrix-profile")]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "case.csv"
        sensors = {f"s{i}": case.values[:, i] for i in range(case.values.shape[1])}
        writing.write(path, [{**sensors, "label": case.truth.astype(int)}])
        culpa(
            "compare", path, "--label", "label", "--reference", f"row < {case.reference}", "--border", case.border,
            "--time", "", "--group", "", "--step", "", *each("--features", list(sensors)),
            *each("--detector", names), "-o", folder,
        )  # fmt: skip
        found = result(Path(folder), "compare.json")["detectors"]
    return {one["detector"]: one["vus_pr" if case.border else "auroc"] for one in found}


def smoothed(case: Case) -> dict[str, float]:
    """The same of single methods whose scores are averaged over some rows: what any method may have."""
    rows, figures = Rows.plain(case.values), {}
    for detector in DETECTORS:
        if detector.name in ("auto", "matrix-profile"):
            continue
        fitted = scorer.fit(rows.take(slice(0, case.reference)), detector.fit, True, detector.seasonal)
        scores = fitted.whole(rows)
        scores = np.where(np.isfinite(scores), scores, np.nanmin(scores))
        ages, sums = np.arange(len(scores)), np.cumsum(np.insert(scores, 0, 0))
        scores = (sums[ages + 1] - sums[np.maximum(ages + 1 - SMOOTH, 0)]) / np.minimum(ages + 1, SMOOTH)
        truth, judged = case.truth[case.reference :], scores[case.reference :]
        figure = vus_pr(truth, judged, case.border) if case.border else auroc(truth, judged)
        figures[f"{detector.name} over {SMOOTH}"] = figure
    return figures


def made(folder: Path, **settings: object) -> Path:
    """A mock fab of these settings."""
    file, path = folder / "fab_settings.toml", folder / "fab.parquet"
    file.write_text("[mock_fab]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items()))
    culpa("mock-fab", "-f", file, "-o", path)
    return path


def fab() -> None:
    """Mock fab: F1 of each kind and size; 40,000 rows of reference, 20,000 judged."""
    for kind, shares in (("point", (1.0, 0.0, 0.0)), ("contextual", (0.0, 1.0, 0.0)), ("collective", (0.0, 0.0, 1.0))):
        for sizes in ((2.0, 3.0), (3.0, 4.0), (4.0, 5.0), (5.0, 6.0), (4.0, 6.0)):
            with tempfile.TemporaryDirectory() as folder:
                path = made(
                    Path(folder), rows=60_000, seed=6, fraction=0.02, shares=shares, sizes=sizes, collective_sizes=sizes
                )
                told = []
                for alarms in ("1/1000 rows", "1/5000 rows"):
                    one = on_fab(path, "row < 40000 and anomaly == 0", alarms, ["auto"])["detectors"][0]
                    told.append(
                        f"{alarms}: F1 by event {one['events']['f1']:.3f} (precision {one['events']['precision']:.3f}, "
                        f"recall {one['events']['recall']:.3f}), by row {one['rows']['f1']:.3f}"
                    )
                print(f"{kind:10} {sizes[0]:g} to {sizes[1]:g} σ  " + "   ".join(told), flush=True)


def on_fab(path: Path, reference: str, alarms: str, detectors: Sequence[str]) -> dict[str, Any]:
    """What `culpa compare` says of a mock fab."""
    out = path.parent / "out"
    culpa(
        "compare", path, "--reference", reference, "--false-alarms", alarms, *each("--detector", detectors), "-o", out
    )
    return result(out, "compare.json")


def alarms() -> None:
    """Mock fab: false alarms against what was wanted, 100,000 rows of reference, 200,000 judged."""
    names, sums = ("auto", "robust-z", "pca"), dict[tuple[int, str], list[float]]()
    for seed in (8, 9, 10, 11):
        with tempfile.TemporaryDirectory() as folder:
            path = made(Path(folder), rows=300_000, seed=seed, fraction=0.002)
            for often in (500, 2000, 10_000):
                found = on_fab(path, "row < 100000 and anomaly == 0", f"1/{often} rows", names)
                wanted = found["rows"] / often
                told = []
                for one in found["detectors"]:
                    name, got = one["detector"], one["false_events"]
                    sums.setdefault((often, name), []).append(got / wanted)
                    told.append(f"{name} {got} ({got / wanted:.2f})")
                print(f"seed {seed}, 1 in {often} rows: wanted {wanted:.0f}, got {', '.join(told)}", flush=True)
    for (often, name), ratios in sums.items():
        spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
        print(f"1 in {often} rows, {name}: {np.mean(ratios):.2f} times what was wanted, {spread}")


def speed() -> None:
    """`auto` beside scikit-learn's IsolationForest, 100,000 × 10; scores in any cut; detection of a long file."""
    from sklearn.ensemble import IsolationForest

    values = np.random.default_rng(0).normal(size=(100_000, 10))
    rows = Rows.plain(values)
    for _ in range(3):
        ours = _timed(lambda: scorer.fit(rows, find("auto").fit, True, True).whole(rows))
        theirs = _timed(lambda: IsolationForest(random_state=0).fit(values).score_samples(values))
        print(f"auto {ours:.3f} s, IsolationForest (100 trees) {theirs:.3f} s: {theirs / ours:.2f} times as fast")
    for name in (
        "auto",
        "pca",
        "forest",
        "subsequence-pca",
        "shewhart",
        "ewma",
        "cusum",
        "rolling-variance",
        "pca+forest",
    ):
        fitted = scorer.fit(rows.take(slice(0, 3000)), find(name).fit, True, False)
        part = rows.take(slice(0, 6000))
        whole = fitted.whole(part)
        for cut in (1, 7, 1000):
            state, scores = fitted.start(), []
            for first in range(0, len(part), cut):
                some, state = fitted.score(part.take(slice(first, first + cut)), state)
                scores.append(some)
            assert np.array_equal(np.concatenate(scores), whole, equal_nan=True), (name, cut)
    print("scores of nine detectors in blocks of 1, 7 and 1000 rows: equal to the last bit")


def long(count: int = 10_000_000) -> None:
    """`culpa detect` on ten million rows of ten sensors, and on a tenth of them: time and peak memory."""
    for rows in (count // 10, count):
        with tempfile.TemporaryDirectory() as folder:
            path, generator = Path(folder) / "long.parquet", np.random.default_rng(0)
            blocks = ({f"s{i}": generator.normal(size=100_000) for i in range(10)} for _ in range(rows // 100_000))
            writing.write(path, blocks)
            words = ["--reference", "row < 100000", "--scores", "parquet", "--false-alarms", "1/100000 rows"]
            began = time.perf_counter()
            subprocess.run(
                [sys.executable, "-m", "culpa", "detect", path, *words, "-q", "-o", folder], check=True,
                stdout=subprocess.DEVNULL,
            )  # fmt: skip
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6
            print(f"{rows:,} rows: {time.perf_counter() - began:.0f} s, peak memory {peak:.2f} GB", flush=True)


def _timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


PARTS = {"etch": etch, "blame": blame, "sets": sets, "fab": fab, "alarms": alarms, "speed": speed, "long": long}

if __name__ == "__main__":
    for part in sys.argv[1:] or PARTS:
        print(f"== {part}", flush=True)
        PARTS[part]()
