"""What `culpa run` was asked for, and the doing of it: a day, or one day after the other."""

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from ..errors import NoDataError, UsageError
from . import pipeline
from .assignment import Assignment, assignment
from .estimate import add, estimate
from .stages import page

log = logging.getLogger(__name__)


def days(first: date, last: date | None) -> list[date]:
    """The days from the first to the last, both included. Raises UsageError where the last is before the first."""
    last = last or first
    if last < first:
        raise UsageError(f"the last day, {last}, is before the first, {first}")
    return [first + timedelta(days=i) for i in range((last - first).days + 1)]


def assignments(which: Sequence[date], results: Path, config_file: Path | None, **mock: Any) -> list[Assignment]:
    """One for each day, alike but for the date."""
    return [assignment(day, results, config_file, **mock) for day in which]


def make(of: Sequence[Assignment], until: str | None, workers: int, quiet: bool) -> list[dict[str, Any]]:
    """Carry the days out one after the other; a day without data is left out, with a warning, unless all are.

    Returns the summary of each. Raises the problem of a day once the others are done.
    """
    return _each(of, partial(pipeline.make, workers=workers, quiet=quiet, until=until))


def preview(of: Sequence[Assignment], until: str | None) -> list[dict[str, Any]]:
    """What `make` would do of each day."""
    return _each(of, partial(pipeline.preview, until=until))


def estimated(of: Sequence[Assignment], until: str | None) -> dict[str, Any]:
    """What all of the days need, as if nothing of it were there."""
    return add(_each(of, partial(estimate, until=until)))


def _each(of: Sequence[Assignment], function: Callable[[Assignment], dict[str, Any]]) -> list[dict[str, Any]]:
    results, empty = [], []
    for one in of:
        try:
            results.append(function(one))
        except NoDataError as problem:
            if len(of) == 1:
                raise
            log.warning("%s: %s; this day is left out", one.day.date, problem.message)
            empty.append(problem)
    if not results:
        raise empty[0]
    return results


def path(of: Sequence[Assignment]) -> Path:
    """What to look at: the page of a day, or the folder of results where there are more."""
    return of[0].day.folder / page.PAGE if len(of) == 1 else of[0].day.results


def tell(summaries: Sequence[dict[str, Any]]) -> str:
    """What was done, a few lines a day."""
    return "\n".join(line for summary in summaries for line in _lines(summary))


def _lines(summary: dict[str, Any]) -> Iterator[str]:
    new, all_of_them = summary["done now"], summary["jobs"]
    done = f"{new} of {all_of_them} jobs done now" if new else f"all {all_of_them} jobs are done: nothing to do"
    yield f"{summary['folder']}: {done}"
    stages = summary["stages"]
    if channels := [one for one in stages.get("triggers", {}).get("results", {}).values() if "triggers" in one]:
        yield f"  triggers: {sum(one['triggers'] for one in channels)} in {len(channels)} channels"
    for said in stages.get("hveto", {}).get("results", {}).values():
        winners = [f"{one['channel']} ({100 * one['efficiency']:.0f} %)" for one in said.get("rounds", [])]
        yield f"  hveto: {', '.join(winners) or said.get('empty') or 'no channel explains the glitches'}"
    for said in stages.get("score", {}).get("results", {}).values():
        yield f"  score: {said['found']} of {said['expected']} injections found"
