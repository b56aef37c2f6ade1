"""What is usual: learnt from the reference rows of a table, with the limit that a wanted number of false alarms has."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...condition.rows import Rows
from ...condition.sample import Sample
from ...decompose.traces import Collector, Traces
from ...detect.rows import alarms, scorer
from ...detect.rows.registry import Detector
from ...detect.rows.settings import AUTO, SECONDS, DetectSettings, Rate, rate
from ...detect.rows.threshold import Threshold
from ...errors import NoDataError, UsageError
from ...evaluate.false_alarms import calibrate, middle
from ...evaluate.quantiles import Quantiles
from .opened import Opened

FOLDS = {"row": scorer.FOLDS, "unit": 10}
"""Parts of a reference for its limit: units are few, and with a quarter of them less all others look odd."""


@dataclass(frozen=True)
class Reference:
    """What a first reading of a table has given: good rows, others, and the traces of units.

    `good` are the rows to learn from (a sample of them, where there are many) of `seen`; `others` those that nobody has
    called good, None where all rows are the reference. `known_good`: somebody said so.
    """

    good: Rows
    others: Rows | None
    seen: int
    rows: int
    known_good: bool
    traces: Traces | None


def gather(table: Opened, settle: int) -> Reference:
    """Read a table once. Raises NoDataError where no row is in the reference."""
    good, others, counter = Sample(), Sample(), table.counter()
    collector = Collector(table.unit, table.step, settle) if table.unit else None
    rows = 0
    for block in table.blocks():
        chosen = np.ones(len(block), dtype=bool) if table.good is None else table.good.mask(block)
        inside = counter.rows(block)
        good.add(inside.take(chosen))
        others.add(inside.take(~chosen))
        rows += len(block)
        if collector:
            collector.add(block, chosen)
    kept = good.rows()
    if kept is None or not len(kept):
        raise NoDataError(
            f"no row of {table.source.path} is in the reference {table.good.text!r}" if table.good else "no row",
            "choose rows that are known to be good, for example --reference 'row < 400'",
        )
    known = table.good is not None
    return Reference(
        kept, others.rows() if known else None, good.seen, rows, known, collector.traces() if collector else None
    )


def learn(reference: Reference, detector: Detector) -> scorer.Scorer:
    """A detector that has learnt from the reference's rows.

    Raises NoDataError where these have no reading.
    """
    try:
        return scorer.fit(
            scorer.contiguous(reference.good), detector.fit, reference.known_good, detector.seasonal, reference.others
        )
    except ValueError as problem:
        raise NoDataError(f"the reference cannot be learnt from: {problem}", "choose other rows") from problem


def limit(
    reference: Rows,
    known_good: bool,
    detector: Detector,
    settings: DetectSettings,
    wanted: float,
    scores: Callable[[], Quantiles],
    what: str,
) -> Threshold:
    """The limit of scores: a share of them, or what gives the wanted false alarms a row.

    The latter is calibrated on good rows, by scores of what was not learnt from; where nobody knows which rows are
    good, it is taken from the middle of `scores`, those of all rows, which are asked for only where they are needed.
    `what` is what a row is called, "row" or "unit". Raises NoDataError where there is no score to take it from.
    """
    if settings.contamination != AUTO:
        return _share(_known(scores(), what), float(settings.contamination), what)
    if not known_good:
        known = _known(scores(), what)
        origin = (
            f"from the middle of the scores of all {what}s, as anomalies may be among them: "
            f"1 in {1 / wanted:,.0f} exceeds it if scores fall exponentially"
        )
        return Threshold(middle(known, wanted), origin, rows=len(known))
    unseen = scorer.held_out(reference, detector.fit, known_good, detector.seasonal, FOLDS[what])
    if not np.isfinite(unseen).any():
        raise NoDataError(f"the reference has too few {what}s to take a limit from: {len(reference)}", "choose more")
    found = calibrate(unseen, wanted, alarms.HOLD if what == "row" else 0)
    origin = f"calibrated on {found.rows:,} {what}s of the reference, {found.peaks} peaks"
    return Threshold(found.value, origin, found.rate, found.low, found.high, found.rows)


def _known(scores: Quantiles, what: str) -> Quantiles:
    if not len(scores):
        raise NoDataError(f"no {what} has a score: a limit cannot be taken", "choose another reference or other groups")
    return scores


def _share(scores: Quantiles, contamination: float, what: str) -> Threshold:
    """The limit that a share of the scores exceeds."""
    return Threshold(scores.quantile(1 - contamination), f"{contamination:.4g} of all {what}s", rows=len(scores))


def per_row(wanted: str, table: Opened) -> float:
    """A wanted rate of false alarms as a number a row.

    Raises UsageError for a rate in time where the table has no times, or for more than one a row.
    """
    asked = rate(wanted)
    each = asked.number / asked.many
    if asked.what not in ("row", "unit"):
        each *= _interval(table, asked) / SECONDS[asked.what]
    if not 0 < each < 1:
        raise UsageError(f"false alarms: {asked} is {each:.3g} a row; expected less than one", "ask for fewer")
    return each


def _interval(table: Opened, asked: Rate) -> float:
    survey = table.profile.survey
    if survey is None or not survey.median > 0:
        raise UsageError(
            f"false alarms: {asked} needs times, and {table.source.path} has none", "give a rate such as 1/10000 rows"
        )
    return survey.median
