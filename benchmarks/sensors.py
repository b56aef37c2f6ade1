"""Detectors of tables on real data: metal etch, SMD, NAB, SKAB and TEP (`../shared/data`), and on a mock fab.

    .venv/bin/python benchmarks/sensors.py [etch] [blame] [sets] [fab] [alarms] [speed] [long]

Of each set one half of the files (alternating by name) is where `auto`'s rule was chosen, the other where it is judged.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from culpa.acquire.fab.settings import FabSettings
from culpa.condition.rows import Rows
from culpa.detect.rows import scorer
from culpa.detect.rows.registry import DETECTORS, find
from culpa.detect.rows.settings import DetectSettings
from culpa.evaluate.ranking import auroc, vus_pr
from culpa.explain.contributions import by_owner, contributions, rows_before
from culpa.run import mock_fab
from culpa.run.sensors import comparison, detection, learning, units
from culpa.run.sensors.opened import Asked, opened

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
SMOOTH = 32
"""Rows that scores of single methods are smoothed over, beside the raw ones."""


def etch() -> None:
    """AUROC of wafers, experiments 29 and 31."""
    traces, names = [], ("29", "31")
    for name in names:
        path = DATA / "metal_etch" / f"lam9600_experiment_{name}.csv"
        table = opened(Asked(path, unit=("experiment", "wafer"), groups=("experiment",)))
        traces.append(learning.gather(table, settle=4).traces)
    values = np.concatenate([one.values for one in traces])
    group = np.concatenate(
        [np.full(len(one.units), name, dtype=object) for one, name in zip(traces, names, strict=True)]
    )
    fault = np.concatenate([one.words["fault"] for one in traces])
    truth = fault != ""
    number = np.arange(len(values))
    rows, bare = Rows(values, number, number, group), Rows(values, number, number)
    sensors = [feature.sensor or feature.statistic for feature in traces[0].features]
    for name in ("auto", "forest", "robust-z", "pca", "mean-square"):
        detector = units.for_units(find(name))
        drawn = []
        for split in range(20):
            generator, reference = np.random.default_rng(split), np.zeros(len(truth), dtype=bool)
            for i, one in enumerate(names):
                normal = np.flatnonzero(~truth & (group == one))
                reference[generator.choice(normal, 35 // 2 + (i < 35 % 2), replace=False)] = True
            fitted = scorer.fit(rows.take(reference), detector.fit, True, False)
            drawn.append(auroc(truth[~reference], fitted.whole(rows)[~reference]))
        alone, moved, raw = [], [], []
        for one in names:
            own = group == one
            alone.append(
                auroc(truth[own], scorer.fit(bare.take(own), detector.fit, False, False).whole(bare.take(own)))
            )
            good, rest = own & ~truth, ~own
            fitted = scorer.fit(rows.take(good), detector.fit, True, False, rows.take(rest))
            moved.append(auroc(truth[rest], fitted.whole(rows)[rest]))
            fitted = scorer.fit(bare.take(good), detector.fit, True, False)
            raw.append(auroc(truth[rest], fitted.whole(bare)[rest]))
        print(
            f"{name:12} 35 normal wafers: {np.mean(drawn):.3f} ± {np.std(drawn):.3f}   no reference: "
            f"{alone[0]:.3f} {alone[1]:.3f}   transfer 29→31, 31→29: {moved[0]:.3f} {moved[1]:.3f} "
            f"(not levelled: {raw[0]:.3f} {raw[1]:.3f})",
            flush=True,
        )
    fitted = scorer.fit(rows.take(~truth), units.for_units(find("auto")).fit, True, False)
    z, _ = scorer.readings(fitted.baseline, rows)
    hits, chance, count = 0, 0.0, 0
    for i in np.flatnonzero(truth):
        shares = by_owner(contributions(fitted.relation, z[i : i + 1], z[:0]), sensors)
        own = [name for name in shares if subsystem(name) == subsystem_of_fault(str(fault[i]))]
        top = max(shares, key=lambda name: shares[name])
        hits += top in own
        chance += len(own) / len(shares)
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
    every = list(cases())
    order: dict[str, int] = {}
    half = []
    for case in every:
        half.append(order.get(case.of, 0) % 2)
        order[case.of] = order.get(case.of, 0) + 1
    print("                          chosen on: mean | NAB  SKAB SMD  TEP     judged on: mean | NAB  SKAB SMD  TEP")
    for detector in DETECTORS:
        if detector.name == "matrix-profile":
            continue
        for smooth in (1,) if detector.name == "auto" else (1, SMOOTH):
            figures: dict[tuple[int, str], list[float]] = {}
            for case, side in zip(every, half, strict=True):
                rows = Rows.plain(case.values)
                fitted = scorer.fit(rows.take(slice(0, case.reference)), detector.fit, True, detector.seasonal)
                scores = fitted.whole(rows)
                scores = np.where(np.isfinite(scores), scores, np.nanmin(scores))
                if smooth > 1:
                    ages = np.arange(len(scores))
                    sums = np.cumsum(np.insert(scores, 0, 0))
                    scores = (sums[ages + 1] - sums[np.maximum(ages + 1 - smooth, 0)]) / np.minimum(ages + 1, smooth)
                truth, judged = case.truth[case.reference :], scores[case.reference :]
                figure = vus_pr(truth, judged, case.border) if case.border else auroc(truth, judged)
                figures.setdefault((side, case.of), []).append(figure)
            means = [[float(np.mean(figures[side, of])) for of in ("NAB", "SKAB", "SMD", "TEP")] for side in (0, 1)]
            told = "   ".join(f"{np.mean(of):.3f} | " + " ".join(f"{one:.3f}" for one in of) for of in means)
            print(f"{detector.name + (f' over {smooth}' if smooth > 1 else ''):26} {told}", flush=True)


def fab() -> None:
    """Mock fab: F1 of each kind and size from 4 sigma on; 40,000 rows of reference, 20,000 judged."""
    for kind, shares in (("point", (1.0, 0.0, 0.0)), ("contextual", (0.0, 1.0, 0.0)), ("collective", (0.0, 0.0, 1.0))):
        for sizes in ((2.0, 3.0), (3.0, 4.0), (4.0, 5.0), (5.0, 6.0), (4.0, 6.0)):
            settings = FabSettings(
                rows=60_000, seed=6, fraction=0.02, shares=shares, sizes=sizes, collective_sizes=sizes
            )
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "fab.parquet"
                mock_fab.make(settings, path)
                asked = Asked(path, reference="row < 40000 and anomaly == 0")
                told = []
                for alarms in ("1/1000 rows", "1/5000 rows"):
                    chosen = DetectSettings(false_alarms=alarms)
                    one = comparison.judge(comparison.read(asked, chosen), find("auto"), chosen)
                    told.append(
                        f"{alarms}: F1 by event {one['events']['f1']:.3f} (precision {one['events']['precision']:.3f}, "
                        f"recall {one['events']['recall']:.3f}), by row {one['rows']['f1']:.3f}"
                    )
                print(f"{kind:10} {sizes[0]:g} to {sizes[1]:g} σ  " + "   ".join(told), flush=True)


def alarms() -> None:
    """Mock fab: false alarms against what was wanted, 60,000 rows of reference, 140,000 judged."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fab.parquet"
        for seed in (8, 9, 10):
            mock_fab.make(FabSettings(rows=200_000, seed=seed, fraction=0.002), path)
            for each in (500, 2000, 10_000):
                chosen = DetectSettings(false_alarms=f"1/{each} rows")
                known = comparison.read(Asked(path, reference="row < 60000 and anomaly == 0"), chosen)
                wanted = int(known.counts.sum()) / each
                told = []
                for name in ("auto", "robust-z", "pca"):
                    one = comparison.judge(known, find(name), chosen)
                    told.append(f"{name} {one['false_events']} ({one['false_events'] / wanted:.2f})")
                print(f"seed {seed}, 1 in {each} rows: wanted {wanted:.0f}, got {', '.join(told)}", flush=True)


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
    """`culpa detect` on ten million rows of ten sensors: time and peak memory."""
    import resource

    from culpa.acquire.tables import writing

    with tempfile.TemporaryDirectory() as folder:
        path, generator = Path(folder) / "long.parquet", np.random.default_rng(0)
        blocks = ({f"s{i}": generator.normal(size=100_000) for i in range(10)} for _ in range(count // 100_000))
        writing.write(path, blocks)
        asked = Asked(path, reference="row < 100000")
        began = time.perf_counter()
        found = detection.make(
            asked, DetectSettings(scores="parquet", false_alarms="1/100000 rows"), Path(folder) / "out"
        )
        print(
            f"{found['rows']:,} rows: {time.perf_counter() - began:.0f} s, peak memory "
            f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB, {len(found['events'])} events"
        )


def _timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


PARTS = {"etch": etch, "blame": blame, "sets": sets, "fab": fab, "alarms": alarms, "speed": speed, "long": long}

if __name__ == "__main__":
    for name in sys.argv[1:] or PARTS:
        print(f"== {name}", flush=True)
        PARTS[name]()
