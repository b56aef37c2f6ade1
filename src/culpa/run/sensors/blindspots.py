"""`culpa blind-spots`: the smallest anomaly of each kind that each detector sees in one's own data."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ...condition.rows import Rows
from ...detect.rows.registry import find
from ...detect.rows.settings import DetectSettings
from ...errors import NoDataError
from ...evaluate.injected import APART, SHAPES, SIZES, inject, seen, smallest
from ...evaluate.quantiles import Quantiles
from . import learning
from .opened import Asked, Opened, opened

DETECTORS = ("auto", "pca", "forest", "robust-z", "shewhart", "ewma", "cusum", "subsequence-pca", "rolling-variance")
"""Those that are tried where none is named."""
MOST = 20_000
"""Rows that anomalies are put into."""


def make(asked: Asked, settings: DetectSettings, names: Sequence[str], seed: int, output: Path) -> dict[str, Any]:
    """Put anomalies of growing size into rows of a table, and write what is seen into `blind_spots.json` and `.csv`.

    The rows are the first that are not in the reference, or the first of all. Raises NoDataError for too few of them.
    """
    from ...report.sensors import blindspots as report

    table = opened(asked)
    reference = learning.gather(table, settings.settle)
    rows = _rows(table)
    if len(rows) < 2 * APART:
        raise NoDataError(
            f"{len(rows):,} rows of {asked.path} are outside the reference: expected at least {2 * APART}",
            "give more rows, or a smaller --reference",
        )
    results = [_card(name, rows, reference, table, settings, seed) for name in names or DETECTORS]
    summary = {
        "file": table.source.path.name,
        "rows": len(rows),
        "sizes": list(SIZES),
        "shapes": [{"name": shape.name, "rows": shape.rows} for shape in SHAPES],
        "detectors": results,
    }
    report.write(output, summary)
    return summary


def _rows(table: Opened) -> Rows:
    counter, parts, count = table.counter(), [], 0
    for block in table.blocks():
        rows = counter.rows(block)
        if table.good is not None:
            rows = rows.take(~table.good.mask(block))
        parts.append(rows)
        count += len(rows)
        if count >= MOST:
            break
    return Rows.concatenate(parts).take(slice(0, MOST))


def _card(
    name: str, rows: Rows, reference: learning.Reference, table: Opened, settings: DetectSettings, seed: int
) -> dict[str, Any]:
    detector = find(name)
    fitted = learning.learn(reference, detector)
    clean = fitted.whole(rows)
    wanted = learning.per_row(settings.false_alarms, table)
    spread = partial(Quantiles.of, clean)
    limit = learning.limit(reference.good, reference.known_good, detector, settings, wanted, spread, "row").value
    usual = np.broadcast_to(fitted.baseline.usual(rows), rows.values.shape)
    before = np.nan_to_num(clean, nan=-np.inf) > limit
    shares: dict[str, dict[float, float]] = {}
    for shape in SHAPES:
        for size in SIZES:
            generator = np.random.default_rng([seed, SHAPES.index(shape), SIZES.index(size)])
            changed, starts = inject(rows.values, usual, shape, size, generator)
            scores = np.nan_to_num(fitted.whole(rows.with_values(changed)), nan=-np.inf)
            found = seen(starts, shape.rows, scores > limit, before)
            shares.setdefault(shape.name, {})[size] = float(found.mean())
    return {
        "detector": name,
        "limit": limit,
        "smallest": {shape: smallest(of) for shape, of in shares.items()},
        "found": {shape: [of[size] for size in SIZES] for shape, of in shares.items()},
    }
