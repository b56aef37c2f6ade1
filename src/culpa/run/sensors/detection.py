"""`culpa detect`: scores of all rows of a table, events with the sensors they are made of, and scores of units."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ... import __version__
from ...acquire.tables import writing
from ...condition.rows import Rows, Words
from ...decompose.traces import Traces
from ...detect.rows.following import Follower
from ...detect.rows.registry import Detector, find
from ...detect.rows.scorer import Scorer, readings
from ...detect.rows.settings import AUTO, DetectSettings
from ...detect.rows.threshold import Threshold
from ...evaluate.quantiles import Quantiles
from ...explain.contributions import MOST
from ...explain.groups import Group, Tally
from ...report.figures import drawing
from ...report.sensors import files, plots
from ...report.sensors.drawn import Overview, Window
from ...types import Floats, Table
from . import learning, looking, units
from .event import Teller
from .opened import Asked, Opened, opened
from .spool import Spool

FILES = frozenset({
    files.SUMMARY, files.EVENTS, files.GROUPS, files.UNITS, units.TRACES, "scores.csv", "scores.parquet", "scores.png",
})  # fmt: skip
"""What a search leaves in a folder, beside its page."""


@dataclass(frozen=True)
class Found:
    """What a search has found: `events` and `units` as they are written, and what is drawn of them."""

    table: Opened
    detector: Detector
    scorer: Scorer
    threshold: Threshold
    events: list[dict[str, Any]]
    groups: list[Group]
    units: units.Judged | None
    traces: Traces | None
    overview: Overview
    starts: Words | None
    windows: list[Window]
    rows: int
    reference_rows: int
    known: int
    above: int


@dataclass(frozen=True)
class Scored:
    """A block of a table with its deviations, shape (rows, sensors), and scores, shape (rows,)."""

    table: Table
    rows: Rows
    z: Floats
    scores: Floats


Write = Callable[[Iterator[writing.Columns]], object]
"""Takes the columns of the table of scores, block by block, all of them."""


def detect(asked: Asked, settings: DetectSettings, write: Write) -> Found:
    """Search a table: rows are scored, and `write` gets their scores, as the table is read.

    The table is read three times: to learn from it, to score it, and to see the rows around what was found; once more
    where the limit is taken from the scores. Scores lie on disk meanwhile, so memory does not grow with the rows.
    """
    table, detector = opened(asked), find(settings.detector)
    reference = learning.gather(table, settings.settle)
    wanted = learning.per_row(settings.false_alarms, table)
    fitted = learning.learn(reference, detector)
    with Spool() as spool:
        spread = partial(_distribution, table, fitted, spool)
        threshold = learning.limit(reference.good, reference.known_good, detector, settings, wanted, spread, "row")
        parts = again(table, fitted, spool) if len(spool) else kept(scored(table, fitted), spool)
        search = Search(table, fitted, threshold, Overview(reference.rows, len(table.profile.sensors)))
        write(search.columns(parts))
        judged = None
        if reference.traces is not None:
            judged = units.judge(reference.traces, table, reference.known_good, detector, settings)
        peaks, spans = [event["peak_row"] for event in search.events], looking.spans(search.events, _units(judged))
        groups, windows = looking.look(table, fitted, spool, peaks, spans)
    tables = search.tally.groups(groups, table.profile.sensors)
    starts = looking.moments(search.starts, table)
    return Found(
        table, detector, fitted, threshold, search.events, tables, judged, reference.traces, search.overview, starts,
        windows, reference.rows, reference.seen, search.known, search.above,
    )  # fmt: skip


def _distribution(table: Opened, fitted: Scorer, spool: Spool) -> Quantiles:
    """How the scores of all rows are distributed; they are spooled."""
    spread = Quantiles()
    for part in kept(scored(table, fitted), spool):
        spread.add(part.scores)
    return spread


def scored(table: Opened, fitted: Scorer) -> Iterator[Scored]:
    """All blocks of a table, scored in order."""
    counter, state = table.counter(), fitted.start()
    for block in table.blocks():
        rows = counter.rows(block)
        z, scores, state = fitted.examine(rows, state)
        yield Scored(block, rows, z, scores)


def kept(parts: Iterator[Scored], spool: Spool) -> Iterator[Scored]:
    """The same blocks, their scores spooled."""
    for part in parts:
        spool.append(part.scores)
        yield part


def again(table: Opened, fitted: Scorer, spool: Spool) -> Iterator[Scored]:
    """All blocks of a table whose scores are spooled."""
    counter = table.counter()
    for block in table.blocks():
        rows = counter.rows(block)
        z, _ = readings(fitted.baseline, rows)
        yield Scored(block, rows, z, spool.read(block.first, len(block)))


@dataclass
class Search:
    """What is seen of scored rows, in order: `events`, groups, all rows in few places, how many are `above` the limit.

    `known` counts the rows that have a score; `starts`, shape (places,), are the times of the first row of each place.
    """

    table: Opened
    fitted: Scorer
    threshold: Threshold
    overview: Overview
    events: list[dict[str, Any]] = field(default_factory=list)
    known: int = 0
    above: int = 0
    tally: Tally = field(init=False)
    starts: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.tally = Tally(self.table.grouping)
        self.starts = np.full(self.overview.places, np.nan)

    def columns(self, parts: Iterable[Scored]) -> Iterator[dict[str, Any]]:
        """The columns of the table of scores, block by block; what is seen grows meanwhile, and is whole at the end."""
        follower, teller = Follower(self.fitted.model, self.threshold.value, MOST), Teller(self.table, self.fitted)
        for part in parts:
            self.tally.add(part.table.words, part.rows.number, part.scores, part.z)
            self.overview.add(part.table.first, part.rows.values, part.scores)
            begun = self.overview.edges[:-1] - part.table.first
            here = (begun >= 0) & (begun < len(part.table))
            self.starts[here] = part.table.times[begun[here]]
            self.events += map(teller.event, follower.push(part.rows, part.z, part.scores))
            above = part.scores > self.threshold.value
            self.above += int(above.sum())
            self.known += int(np.isfinite(part.scores).sum())
            yield {**_context(part.table, self.table), "score": part.scores, "above": above}
        self.events += map(teller.event, follower.finish())


def _units(judged: units.Judged | None) -> list[dict[str, Any]]:
    return judged.units if judged else []


def _context(block: Table, table: Opened) -> dict[str, Any]:
    """The columns of a block but for its sensors."""
    words = {name: block.words[name] for name in (*table.groups, *table.unit, table.step) if name}
    return writing.columns_of(Table(np.empty((len(block), 0)), (), block.times, block.clock, words, block.first))


def make(asked: Asked, settings: DetectSettings, output: Path) -> dict[str, Any]:
    """Search a table and write the results into a folder: `index.html`, `detect.json`, tables, scores, a picture."""
    from ...report.sensors import page

    def write(parts: Iterator[writing.Columns]) -> None:
        for name in (page.PAGE, files.SUMMARY):  # what is read first comes last: no mixture of two searches
            (output / name).unlink(missing_ok=True)
        writing.write(output / f"scores.{settings.scores}", parts)

    found = detect(asked, settings, write)
    summary = summarised(found, settings)
    with drawing() as save:
        title = f"{summary['file']}: score of {found.detector.name}"
        plots.scores(found.overview, found.threshold.value, found.events, title, save, output / "scores.png")
    files.write(output, summary)
    units.write(output / units.TRACES, found.traces)
    names = sorted(path.name for path in output.iterdir() if path.name in FILES)
    about = {"culpa": __version__, "table": summary["file"]}
    seen = page.detect_page(summary, found.overview, found.windows, names, found.starts, about)
    page.write_page(seen, output)
    return summary


def summarised(found: Found, settings: DetectSettings) -> dict[str, Any]:
    """What was found, as `detect.json` has it."""
    limit = found.threshold
    judged = found.units
    return {
        "file": found.table.source.path.name,
        "rows": found.rows,
        "reference_rows": found.reference_rows,
        "detector": found.detector.name,
        "explanation": explained(found),
        "columns": found.table.described(),
        "sensors": list(found.table.profile.sensors),
        "threshold": told_threshold(limit),
        "contamination": settings.contamination if settings.contamination != AUTO else None,
        "known": found.known,
        "above": found.above,
        "events": found.events,
        "groups": [files.plain(vars(group)) for group in found.groups],
        "units_threshold": told_threshold(judged.threshold) if judged else None,
        "units": _units(judged),
    }


def told_threshold(limit: Threshold) -> dict[str, Any]:
    """A limit as JSON has it; None where a rate was not calibrated."""
    rates = {name: getattr(limit, name) for name in ("rate", "low", "high")}
    plain = {name: None if np.isnan(value) else value for name, value in rates.items()}
    return {"value": limit.value, "origin": limit.origin, **plain, "rows": limit.rows}


def explained(found: Found) -> list[str]:
    """What the detector did with these data, and why, in sentences."""
    from .words import sentences

    return sentences(found.table, found.detector, found.scorer)
