"""A mock fab as files: the data in blocks, so that memory does not grow with them, and what is known beside them."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count, islice
from pathlib import Path
from typing import Any

import numpy as np

from ... import settings as typed
from ...errors import UsageError
from ..atomic import atomic
from .groups import Groups
from .layout import lot
from .lots import LotRows, make_lot
from .naming import COLUMNS, encoding, names
from .process import SENSORS
from .records import TRUTH_COLUMNS, cut, moments, place, table_writer, truth_row, write_expected
from .settings import FabSettings
from .sinks import SINKS

BLOCK = 20
"""Lots that are in memory at a time, and in a row group of Parquet."""
KNOWN = {"truth": "_truth.csv", "expected": "_expected.csv", "settings": ".toml"}
"""What is written beside the data, and how the names of these files end."""


def beside(path: Path) -> dict[str, Path]:
    """Where to write what is known of the data in a file; the keys are those of `KNOWN`."""
    return {key: path.with_name(path.stem + end) for key, end in KNOWN.items()}


def write(settings: FabSettings, path: Path, locale: str = "en", block: int = BLOCK) -> dict[str, Any]:
    """Writes the data (CSV or Parquet, by the end of the name), truth, expectations and settings; counts what is there.

    Only when all of them are complete do they take their names. `block` lots are in memory at a time; it changes no
    byte of a CSV file. Raises UsageError for another kind of file or language, CulpaError where a file cannot be
    written.
    """
    if path.suffix.lower() not in SINKS:
        raise UsageError(f"cannot write {path.name}", f"expected a name that ends in {' or '.join(SINKS)}")
    shown, text = names(locale), encoding(locale)
    groups = Groups(settings)
    counted: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    with ExitStack() as stack:
        temporary = {key: stack.enter_context(atomic(each)) for key, each in beside(path).items()}
        data = stack.enter_context(atomic(path))
        temporary["settings"].write_text(typed.dump(settings, "mock_fab"), encoding="utf-8")
        write_expected(settings, groups, temporary["expected"], shown, text)
        truth = stack.enter_context(temporary["truth"].open("w", encoding=text, newline=""))
        rows = table_writer(truth)
        rows.writerow(TRUTH_COLUMNS)
        sink = stack.enter_context(SINKS[path.suffix.lower()](data, _schema(shown), text))
        made = _lots(settings, groups)
        while some := list(islice(made, block)):
            tables = []
            for each, wafers in some:
                found = list(cut(each.events, wafers * each.lot.recipe.rows))
                rows.writerows(truth_row(settings, each.lot, event, shown) for event in found)
                kinds.update(event.kind for event in found)
                anomalous = int(each.anomaly[:wafers].sum())
                counted.update(rows=wafers * each.lot.recipe.rows, wafers=wafers, lots=1, anomalous=anomalous)
                tables.append(_table(settings, each, wafers, shown))
            sink(_joined(tables))
    return {**counted, "events": dict(kinds)}


def _lots(settings: FabSettings, groups: Groups) -> Iterator[tuple[LotRows, int]]:
    """All lots of the file, and how many of their wafers are in it."""
    for number in count():
        missing = settings.rows - (this := lot(settings, number)).first
        if missing <= 0:
            return
        yield make_lot(settings, groups, number), min(settings.wafers, -(-missing // this.recipe.rows))


def _schema(shown: dict[str, str]) -> Any:
    import pyarrow as pa

    words = dict.fromkeys(("equipment", "chamber", "lot", "recipe"), pa.string())
    whole = dict.fromkeys(("wafer", "step", "anomaly"), pa.int64())
    kinds = {"timestamp": pa.timestamp("s"), **words, **whole}
    return pa.schema([(shown[name], kinds.get(name, pa.float64())) for name in COLUMNS])


def _table(settings: FabSettings, made: LotRows, wafers: int, shown: dict[str, str]) -> Any:
    import pyarrow as pa

    this, rows = made.lot, made.lot.recipe.rows
    total = wafers * rows
    equipment, _ = place(settings, this.equipment, 0)
    chambers = [place(settings, this.equipment, int(chamber))[1] for chamber in this.chamber[:wafers]]
    columns = {
        "timestamp": pa.array(moments(settings, this)[:total]),
        "equipment": pa.repeat(equipment, total),
        "chamber": pa.array(np.repeat(chambers, rows)),
        "lot": pa.repeat(this.name, total),
        "wafer": pa.array(np.repeat(np.arange(1, wafers + 1), rows)),
        "recipe": pa.repeat(this.recipe.name, total),
        "step": pa.array(np.tile(this.recipe.step + 1, wafers)),
        **{name: pa.array(values[:wafers].ravel()) for name, values in zip(SENSORS, made.values, strict=True)},
        "thickness": pa.array(np.repeat(made.thickness[:wafers], rows)),
        "yield": pa.array(np.repeat(made.yields[:wafers], rows)),
        "anomaly": pa.array(made.anomaly[:wafers].ravel().astype(np.int64)),
    }
    return pa.table([columns[name] for name in COLUMNS], schema=_schema(shown))


def _joined(tables: list[Any]) -> Any:
    import pyarrow as pa

    return pa.concat_tables(tables)
