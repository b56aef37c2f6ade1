"""`culpa trend`: channels of a detector as a table of sensors, for control charts, anomalies and blame."""

from collections.abc import Iterator, Sequence
from math import ceil, floor
from pathlib import Path
from typing import Any

import numpy as np

from ..acquire.sources import Source, open_source, resolve_channels
from ..acquire.tables import writing
from ..acquire.tables.times import iso
from ..decompose.trends import STATISTICS, trends
from ..errors import NoDataError, UsageError
from ..report.numbers import plural

_BLOCK = 512
"""Stretches that are read at once."""


def make(sources: Sequence[str], channels: Sequence[str], stride: float, path: Path) -> dict[str, Any]:
    """Write the trends of channels (names or patterns, all for none) as a table, a row for each stretch of `stride` s.

    Stretches begin at multiples of the stride in GPS s. Raises NoDataError without data, UsageError for a stride that
    has less than two samples of a channel.
    """
    if not 0 < stride <= 86400:
        raise UsageError(f"--stride: expected more than 0 and at most 86400 s, got {stride:g}")
    source = open_source(sources)
    names = resolve_channels(source, channels or ["*"])
    for name in names:
        if round(stride * source.sample_rate(name)) < 2:
            rate = source.sample_rate(name)
            raise UsageError(
                f"--stride {stride:g} has less than two samples of {name} ({rate:g} Hz)", "give a longer one"
            )
    rows = writing.write(path, _blocks(source, names, stride))
    if not rows:
        raise NoDataError(f"the data have no stretch of {stride:g} s", "give a shorter --stride")
    return {
        "rows": rows,
        "channels": names,
        "stride": stride,
        "columns": [f"{n}.{s}" for n in names for s in STATISTICS],
    }


def _blocks(source: Source, names: Sequence[str], stride: float) -> Iterator[dict[str, Any]]:
    bounds = source.segments().bounds
    for start, end in bounds:
        first, last = ceil(start / stride), floor(end / stride)
        for begin in range(first, last, _BLOCK):
            count = min(_BLOCK, last - begin)
            times = np.arange(begin, begin + count, dtype=np.float64) * stride
            block: dict[str, Any] = {"time": np.array(iso(times), dtype=object)}
            for name in names:
                found = trends(source.read(name, begin * stride, (begin + count) * stride), stride)
                for i, statistic in enumerate(STATISTICS):
                    block[f"{name}.{statistic}"] = found[:, i]
            yield block


def tell(summary: dict[str, Any]) -> str:
    """What was written."""
    channels = plural(len(summary["channels"]), "channel")
    return f"{summary['rows']:,} rows of {summary['stride']:g} s: {', '.join(STATISTICS)} of {channels}"
