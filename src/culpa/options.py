"""What commands share: options, and how they log and print."""

import json
import logging
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from . import gpstime
from .errors import UsageError
from .names import printable

DATE = Annotated[str | None, typer.Argument(metavar="DATE", help="UTC day, YYYY-MM-DD.", show_default=False)]
YEAR = Annotated[int | None, typer.Option("-y", "--year", help="Year of the day, with -m and -d instead of DATE.")]
MONTH = Annotated[int | None, typer.Option("-m", "--month", help="Month of the day.")]
DAY = Annotated[int | None, typer.Option("-d", "--day", help="Day of the month.")]
LAST = Annotated[str | None, typer.Option("--to", metavar="DATE", help="Every day up to this one.", show_default=False)]
UNTIL = Annotated[
    str | None,
    typer.Option(
        metavar="STAGE",
        help="mock, triggers, hveto, qscans, coherence, training_set, training, classes or score.",
        show_default="all stages",
    ),
]
TRAIN = Annotated[
    bool, typer.Option("--train", help="Train a model for the day, and classify with it; else culpa's own classifies.")
]
DURATION = Annotated[float | None, typer.Option(help="Seconds of a mock day, from midnight UTC.", show_default="14400")]
SEED = Annotated[int | None, typer.Option(help="Of a mock day; the same seed gives the same bytes.", show_default="0")]
AUXILIARY = Annotated[
    int | None, typer.Option("--auxiliary", help="Number of auxiliary channels of a mock day.", show_default="20")
]
DAYS = Annotated[Path, typer.Option("-o", "--output", help="Folder of results; a mock day lies in it as DATE_mock.")]
RESULTS = Annotated[Path, typer.Option("-o", "--output", help="Folder of results; days lie in it as DATE_mock.")]
CONFIG = Annotated[Path | None, typer.Option("-f", "--config-file", help="Settings (TOML).", show_default=False)]
JOBS = Annotated[
    int, typer.Option("-j", "--jobs", min=1, max=1024, help="Processes; the result does not depend on it.")
]
VERBOSE = Annotated[int, typer.Option("-v", "--verbose", count=True, help="Say more on stderr.")]
QUIET = Annotated[bool, typer.Option("-q", "--quiet", help="Only errors on stderr.")]
JSON = Annotated[bool, typer.Option("--json", help="JSON on stdout instead of the path of the result.")]
DRY_RUN = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]


class _ToStderr(logging.Handler):
    """Writes to what stderr is at the time: a progress bar puts itself in between.

    Where nobody listens any more, the work goes on.
    """

    def emit(self, record: logging.LogRecord) -> None:
        if sys.stderr is not None:
            with suppress(OSError, ValueError):  # a closed pipe, a closed file
                sys.stderr.write(f"{record.levelname}: {printable(record.getMessage())}\n")


def log_to_stderr(verbose: int, quiet: bool) -> None:
    """Send what is worth saying to stderr: errors, then warnings, then more with each -v."""
    level = logging.ERROR if quiet else (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)]
    handler = _ToStderr()
    handler.setLevel(level)
    logging.basicConfig(handlers=[handler], force=True)
    logging.getLogger("culpa").setLevel(min(level, logging.WARNING))  # results keep warnings, whoever hears them


def which_day(text: str | None, year: int | None, month: int | None, day: int | None) -> date | None:
    """The day that DATE or -y, -m and -d name; None without any. Raises UsageError for both."""
    parts = (year, month, day)
    if text is not None:
        if any(part is not None for part in parts):
            raise UsageError("give the day either as DATE or as -y, -m and -d, not both")
        return gpstime.day(text)
    if all(part is None for part in parts):
        return None
    if year is None or month is None or day is None:
        raise UsageError("-y, -m and -d go together", "for example -y 2026 -m 1 -d 31")
    return gpstime.day(f"{year:04d}-{month:02d}-{day:02d}")


def needed_day(text: str | None, year: int | None, month: int | None, day: int | None) -> date:
    """The same where there has to be one. Raises UsageError without any."""
    which = which_day(text, year, month, day)
    if which is None:
        raise UsageError("which day? none was given", "for example: culpa mock 2026-01-31")
    return which


def print_result(result: dict[str, Any], path: Path, as_json: bool, told: str = "") -> None:
    """Words for people on stderr, then the path of the result, or all of it as JSON, on stdout."""
    if told:
        typer.echo(told, err=True)
    typer.echo(json.dumps(result, indent=2, allow_nan=False) if as_json else str(path))


def say(result: dict[str, Any], words: Callable[[Any], str] | None, as_json: bool) -> None:
    """A result that is not a file, on stdout."""
    typer.echo(printable(words(result)) if words and not as_json else json.dumps(result, indent=2, allow_nan=False))
