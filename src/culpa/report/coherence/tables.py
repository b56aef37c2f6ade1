"""The numbers of coherence as CSV and JSON, and read back from these."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from math import isfinite
from typing import Any

import numpy as np

from ...explain.coherence.chance import BandChance
from ...explain.coherence.glitch import GlitchCoherence
from ...explain.coherence.overall import BandRow, Overall
from ...explain.coherence.ranges import Range, glitch_ranges, overall_ranges
from ...types import Floats

RANKING = ("from", "to", "channel", "coherence", "frequency", "threshold", "p", "significant", "frequencies", "share")
LISTED = ("frequency", "channel", "coherence", "p")
OVERALL = ("frequency", "coherence", "null", "threshold", "p", "main_asd", "projected_asd", "significant")
GLITCH = (
    "frequency", "coherence", "null", "unbiased", "null_95", "threshold", "p", "p_corrected", "p_shifts", "low", "high",
    "significant",
)  # fmt: skip
TRIGGERS = ("gps", "snr", "share")
_OF_GLITCH = (
    "frequencies",
    "values",
    "null",
    "unbiased",
    "usual",
    "threshold",
    "p",
    "corrected",
    "by_shifts",
    "low",
    "high",
)
_OF_OVERALL = ("frequencies", "coherence", "null", "threshold", "p", "main", "projected")


def ranking_csv(rows: Iterable[BandRow]) -> str:
    """The channels of each band, as they are ranked."""
    return _csv(
        RANKING,
        (
            (*row.band, row.channel, row.coherence, row.frequency, row.threshold, row.p, row.bins, row.of, row.share)
            for row in rows
        ),
    )


def listed_csv(rows: Iterable[tuple[float, Sequence[tuple[str, float, float]]]]) -> str:
    """The significant channels of each frequency, the rarest by chance first."""
    return _csv(LISTED, ((frequency, *one) for frequency, ones in rows for one in ones))


def overall_csv(of: Overall) -> str:
    """The overall coherence of one channel."""
    return _csv(OVERALL, zip(*(getattr(of, name) for name in _OF_OVERALL), of.significant.astype(int), strict=True))


def overall_json(of: Overall) -> dict[str, Any]:
    """What is to be said of it, for JSON."""
    return {
        "channel": of.channel,
        "windows": of.windows,
        "trials": of.trials,
        "false_alarm": of.false_alarm,
        "p": of.smallest if of.is_known else None,
        "ranges": ranges_json(overall_ranges(of)),
    }


def read_overall(table: str, said: Mapping[str, Any]) -> Overall:
    """The result that these two were made from."""
    columns = _columns(table)
    arrays: dict[str, Any] = {name: columns[column] for name, column in zip(_OF_OVERALL, OVERALL, strict=False)}
    rest: dict[str, Any] = {name: said[name] for name in ("channel", "windows", "trials", "false_alarm")}
    return Overall(**arrays, **rest)


def glitch_csv(of: GlitchCoherence, quiet: GlitchCoherence | None) -> str:
    """The coherence at glitches, and beside it that at quiet times, if it is known."""
    columns = [*(getattr(of, name) for name in _OF_GLITCH), of.significant.astype(int)]
    header: tuple[str, ...] = GLITCH
    if quiet is not None:
        header = (*GLITCH, *(f"quiet_{name}" for name in GLITCH))
        columns += [*(getattr(quiet, name) for name in _OF_GLITCH), quiet.significant.astype(int)]
    return _csv(header, zip(*columns, strict=True))


def glitch_json(of: GlitchCoherence) -> dict[str, Any]:
    """What is to be said of it, for JSON."""
    bands = [
        {"from": one.band[0], "to": one.band[1], "excess": one.excess, "p": one.p, "p_corrected": one.corrected}
        for one in of.bands
    ]
    return {
        "windows": of.windows,
        "false_alarm": of.false_alarm,
        # one window alone is always coherent
        "p": of.probability if of.windows > 1 and np.isfinite(of.p).any() else None,
        "p_frequencies": of.smallest,
        "p_shifts": _known(of.smallest_by_shifts),
        "ranges": ranges_json(glitch_ranges(of)),
        "bands": bands,
    }


def read_glitch(table: str, said: Mapping[str, Any], prefix: str = "") -> GlitchCoherence:
    """The result that these were made from; `prefix` is that of its columns."""
    columns = _columns(table)
    bands = (BandChance((one["from"], one["to"]), one["excess"], one["p"], one["p_corrected"]) for one in said["bands"])
    shifts = said["p_shifts"]
    arrays: dict[str, Any] = {name: columns[prefix + column] for name, column in zip(_OF_GLITCH, GLITCH, strict=False)}
    rest: dict[str, Any] = {
        "bands": tuple(bands),
        "smallest": said["p_frequencies"],
        "smallest_by_shifts": np.nan if shifts is None else shifts,
        "windows": said["windows"],
        "false_alarm": said["false_alarm"],
    }
    return GlitchCoherence(**arrays, **rest)


def triggers_csv(gps: Floats, snr: Floats, share: Floats) -> str:
    """What part of the coherence each glitch carries, the largest first."""
    order = np.lexsort((gps, -share))
    rows = ((repr(time), *rest) for time, *rest in zip(*(of[order].tolist() for of in (gps, snr, share)), strict=True))
    return _csv(TRIGGERS, rows)


def ranges_json(ranges: Iterable[Range]) -> list[dict[str, Any]]:
    """Ranges of frequencies for JSON."""
    names = {"low": "from", "high": "to"}
    return [{names.get(name, name): _known(value) for name, value in asdict(one).items()} for one in ranges]


def as_json(what: Any) -> str:
    """JSON as files have it. Raises ValueError for a number that JSON does not have."""
    return json.dumps(what, indent=2, allow_nan=False, ensure_ascii=False) + "\n"


def _known(value: float) -> float | None:
    return value if isfinite(value) else None


def _csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([f"{value:.9g}" if isinstance(value, float) else value for value in row] for row in rows)
    return text.getvalue()


def _columns(table: str) -> dict[str, Floats]:
    """The columns of numbers of a CSV table by name."""
    header, *rows = csv.reader(io.StringIO(table))
    values = np.array(rows, float).reshape(-1, len(header))
    return {name: np.ascontiguousarray(values[:, place]) for place, name in enumerate(header)}
