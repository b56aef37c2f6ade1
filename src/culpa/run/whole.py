"""What `culpa run` was asked for, and the doing of it: a day, or one day after the other."""

import logging
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from ..errors import CulpaError, NoDataError, UsageError, refused
from . import pipeline
from .assignment import Assignment, assignment
from .estimate import add, estimate
from .stages import page

log = logging.getLogger(__name__)


def one_of(**asked: object) -> None:
    """Options of which one at most may be given, by name; None and False stand for not given. Raises UsageError."""
    given = [f"--{name.replace('_', '-')}" for name, value in asked.items() if value is not None and value is not False]
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} do not go together", "give one of them")


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
    return each(of, partial(pipeline.make, workers=workers, quiet=quiet, until=until))


def preview(of: Sequence[Assignment], until: str | None) -> list[dict[str, Any]]:
    """What `make` would do of each day."""
    return each(of, partial(pipeline.preview, until=until))


def estimated(of: Sequence[Assignment], until: str | None) -> dict[str, Any]:
    """What all of the days need, as if nothing of it were there."""
    return add(each(of, partial(estimate, until=until)))


def each(of: Sequence[Assignment], function: Callable[[Assignment], dict[str, Any]]) -> list[dict[str, Any]]:
    """A day's problem waits until the other days are done."""
    results, empty, failed = [], [], []
    for one in of:
        try:
            results.append(function(one))
        except NoDataError as problem:
            empty.append(problem)
            if len(of) > 1:
                log.warning("%s: %s; this day is left out", one.day.date, problem.message)
        except (CulpaError, OSError) as problem:
            failed.append(refused(problem) if isinstance(problem, OSError) else problem)
            if len(of) > 1:
                log.error("%s: %s", one.day.date, failed[-1].message)
    if failed or not results:
        raise (*failed, *empty)[0]
    return results


def why(of: Sequence[Assignment], name: str, until: str | None) -> dict[str, Any]:
    """The reasons for jobs of each day, by name: a job's, or those of all that fit a pattern with * and ?.

    No reason means that the job is done; a day whose plan has no such job is left out.
    Raises UsageError where none has it.
    """
    unknown: list[UsageError] = []

    def ask(one: Assignment) -> dict[str, Any]:
        try:
            return {"folder": str(one.day.folder), "jobs": pipeline.why(one, name, until)}
        except UsageError as problem:  # times are in names: what one day has, others may not have
            unknown.append(problem)
            return {}

    found = [day for day in each(of, ask) if day]
    if not found:
        raise unknown[0]
    return {"days": found}


def path(of: Sequence[Assignment]) -> Path:
    """What to look at: the page of a day, or the folder of results where there are more."""
    return of[0].day.folder / page.PAGE if len(of) == 1 else of[0].day.results
