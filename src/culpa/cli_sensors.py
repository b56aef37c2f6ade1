"""The commands about tables of process sensors."""

import inspect
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from .options import CONFIG, JSON, QUIET, VERBOSE, log_to_stderr, print_result, say

commands = typer.Typer()

LABEL = Annotated[str | None, typer.Option(help="Column that marks anomalies.", show_default="guessed")]
REFERENCE = Annotated[
    str | None,
    typer.Option(
        metavar="QUERY",
        help="Rows known to be good, such as 'row < 400' or 'fault == \"\" and time < \"2026-02-01\"'.",
        show_default="all rows, which may hold anomalies",
    ),
]
CONTAMINATION = Annotated[
    str | None,
    typer.Option(metavar="auto|F", help="Share of rows to flag; auto: as --false-alarms says.", show_default="auto"),
]
FALSE_ALARMS = Annotated[
    str | None,
    typer.Option(metavar="RATE", help="Wanted, such as 1/day or 2/1000 rows.", show_default="1/10000 rows"),
]


Table = dict[str, Any]
"""A file and what its columns are, as `about_a_table` gives it to a command."""


def _table(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Table: CSV, Parquet or Excel.", show_default=False)],
    features: Annotated[
        list[str] | None, typer.Option("--features", help="Sensor to look at. Repeat it.", show_default="all")
    ] = None,
    group: Annotated[
        list[str] | None,
        typer.Option(
            "--group",
            help="Compare rows within the groups of this column (equipment, recipe, lot). Repeat it; '' = none.",
            show_default="guessed",
        ),
    ] = None,
    step: Annotated[
        str | None, typer.Option(help="Column of the recipe's steps: their course is expected.", show_default="guessed")
    ] = None,
    unit: Annotated[
        list[str] | None,
        typer.Option(
            "--unit",
            help="Column of wafers, lots or runs: each gets a score too. Repeat it where one alone is not unique.",
        ),
    ] = None,
    time: Annotated[str | None, typer.Option(help="Column of times; '' = none.", show_default="guessed")] = None,
    running: Annotated[
        str | None,
        typer.Option(
            metavar="QUERY", help="Rows of a machine that is on, such as 'rf_power > 10'; others are not looked at."
        ),
    ] = None,
    delimiter: Annotated[
        str | None, typer.Option(help="Between the cells of a text file.", show_default="guessed")
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="Of a text file.", show_default="guessed")] = None,
    decimal: Annotated[
        str | None, typer.Option(help="Decimal mark of a text file: . or ,", show_default="guessed")
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet of an Excel file.", show_default="the first")] = None,
) -> Table:
    reading = {"delimiter": delimiter, "encoding": encoding, "decimal": decimal, "sheet": sheet}
    columns = {"time": time, "features": features, "groups": group, "unit": unit, "step": step, "running": running}
    return {"file": file, **columns, **reading}


def about_a_table(command: Callable[..., None]) -> Callable[..., None]:
    """A command of a `table` as one of the file and the options that say what a table is."""
    file, *of_table = inspect.signature(_table).parameters.values()
    own = [option for option in inspect.signature(command).parameters.values() if option.name != "table"]

    @wraps(command)
    def run(**given: Any) -> None:
        command(table=_table(**{option.name: given.pop(option.name) for option in (file, *of_table)}), **given)

    options = [option.replace(kind=option.KEYWORD_ONLY) for option in (file, *own, *of_table)]
    run.__signature__ = inspect.Signature(options)  # type: ignore[attr-defined]
    return run


@commands.command(name="mock-fab")
def mock_fab(
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE", help="Table to write: csv or parquet.")
    ] = Path("data/semiconductor_process_data.csv"),
    locale: Annotated[str, typer.Option(help="Language of the columns: en or ko.")] = "en",
    rows: Annotated[int | None, typer.Option(help="Least number of rows.", show_default="20000")] = None,
    fraction: Annotated[float | None, typer.Option(help="Share of anomalous rows.", show_default="0.01")] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed gives the same bytes.", show_default="0")] = None,
    config_file: CONFIG = None,
    verbose: VERBOSE = 0,
    quiet: QUIET = False,
    as_json: JSON = False,
) -> None:
    """Simulate an etch process: wafers through equipments, chambers and recipe steps, with known anomalies."""
    from .run import mock_fab as stage

    log_to_stderr(verbose, quiet)
    settings = stage.settings(config_file, rows=rows, fraction=fraction, seed=seed)
    found = stage.make(settings, output, locale)
    print_result(found, output, as_json, "" if quiet else stage.tell(found))


@commands.command()
@about_a_table
def detect(
    table: Table,
    detector: Annotated[
        str | None, typer.Option(help="Which: see `culpa detectors`; several with +.", show_default="auto")
    ] = None,
    label: LABEL = None,
    reference: REFERENCE = None,
    contamination: CONTAMINATION = None,
    false_alarms: FALSE_ALARMS = None,
    unit_false_alarms: Annotated[
        str | None, typer.Option(metavar="RATE", help="Wanted for units.", show_default="10/1000 units")
    ] = None,
    settle: Annotated[
        int | None, typer.Option(help="First rows of each step that statistics of units leave out.", show_default="4")
    ] = None,
    scores: Annotated[
        str | None, typer.Option(help="Format of the scores: csv or parquet.", show_default="csv")
    ] = None,
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder of the result.")] = Path("results/detect"),
    config_file: CONFIG = None,
    verbose: VERBOSE = 0,
    quiet: QUIET = False,
    as_json: JSON = False,
) -> None:
    """Find what is abnormal in a table of sensors: scores, events with the sensors they are made of, odd units."""
    from .run.sensors import asking, detection, told

    log_to_stderr(verbose, quiet)
    asked = asking.asked(**table, label=label, reference=reference)
    settings = asking.settings(
        config_file, detector=detector, contamination=asking.contamination(contamination), false_alarms=false_alarms,
        unit_false_alarms=unit_false_alarms, settle=settle, scores=scores,
    )  # fmt: skip
    found = detection.make(asked, settings, output)
    print_result(found, told.path(output), as_json, "" if quiet else told.tell(found))


@commands.command()
def detectors(as_json: JSON = False) -> None:
    """List the detectors: what each is good at."""
    from .run.sensors import told

    say(told.detectors(), told.list_detectors, as_json)


@commands.command()
@about_a_table
def compare(
    table: Table,
    label: LABEL = None,
    detector: Annotated[
        list[str] | None, typer.Option("--detector", help="Detector to compare. Repeat it.", show_default="all")
    ] = None,
    reference: REFERENCE = None,
    contamination: CONTAMINATION = None,
    false_alarms: FALSE_ALARMS = None,
    border: Annotated[
        int, typer.Option(min=0, help="Rows around an anomaly that VUS-PR forgives, at most: L of its paper.")
    ] = 100,
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder of the result.")] = Path("results/compare"),
    config_file: CONFIG = None,
    verbose: VERBOSE = 0,
    quiet: QUIET = False,
    as_json: JSON = False,
) -> None:
    """Put all detectors and the controls side by side on a table with a column that marks anomalies."""
    from .run.sensors import asking, comparison, told

    log_to_stderr(verbose, quiet)
    asked = asking.asked(**table, label=label, reference=reference)
    settings = asking.settings(
        config_file, contamination=asking.contamination(contamination), false_alarms=false_alarms
    )
    found = comparison.make(asked, settings, detector or [], output, border)
    print_result(found, told.compared_path(output), as_json, "" if quiet else told.tell_compared(found))


@commands.command()
@about_a_table
def blame(
    table: Table,
    target: Annotated[
        str,
        typer.Option(metavar="COLUMN", help="What to explain: a column of labels, or a sensor.", show_default=False),
    ],
    minimum_significance: Annotated[float, typer.Option(min=0.1, help="Rounds end below this.")] = 5.0,
    shifts: Annotated[int, typer.Option(min=0, help="Time shifts for the false-alarm probability.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="Seed of these shifts.")] = 0,
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder of the result.")] = Path("results/blame"),
    verbose: VERBOSE = 0,
    quiet: QUIET = False,
    as_json: JSON = False,
) -> None:
    """Find the sensors that explain the events of a target, in rounds: the veto of `culpa hveto` on a table."""
    from .run.sensors import asking, blaming, told

    log_to_stderr(verbose, quiet)
    asked = asking.asked(**table)
    found = blaming.make(asked, target, minimum_significance, shifts, seed, output)
    print_result(found, output / "index.html", as_json, "" if quiet else told.tell_blamed(found))


@commands.command(name="blind-spots")
@about_a_table
def blind_spots(
    table: Table,
    detector: Annotated[
        list[str] | None, typer.Option("--detector", help="Detector to try. Repeat it.", show_default="most of them")
    ] = None,
    reference: REFERENCE = None,
    false_alarms: FALSE_ALARMS = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of what is drawn.")] = 0,
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder of the result.")] = Path("results/blind_spots"),
    config_file: CONFIG = None,
    verbose: VERBOSE = 0,
    quiet: QUIET = False,
    as_json: JSON = False,
) -> None:
    """Put spikes, steps, drifts, bursts and changes of variance into a table: the smallest that each detector sees."""
    from .run.sensors import asking, blindspots, told

    log_to_stderr(verbose, quiet)
    asked = asking.asked(**table, reference=reference)
    settings = asking.settings(config_file, false_alarms=false_alarms)
    found = blindspots.make(asked, settings, detector or [], seed, output)
    print_result(found, told.blind_spots_path(output), as_json, "" if quiet else told.tell_blind_spots(found))


@commands.command()
def trend(
    source: Annotated[
        list[str], typer.Option(help="Recording: a file, quoted glob, FFL or cache. Repeat it.", show_default=False)
    ],
    channel: Annotated[
        list[str] | None, typer.Option(help="Channel, or pattern with * and ?. Repeat it.", show_default="all")
    ] = None,
    stride: Annotated[float, typer.Option(help="Seconds of a row.")] = 1.0,
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE", help="Table to write: csv or parquet.")
    ] = Path("trend.csv"),
    verbose: VERBOSE = 0,
    quiet: QUIET = False,
    as_json: JSON = False,
) -> None:
    """Turn channels of a detector into a table of their mean, rms, min and max: sensors for the other commands."""
    from .run import trend as stage

    log_to_stderr(verbose, quiet)
    found = stage.make(source, channel or [], stride, output)
    print_result(found, output, as_json, "" if quiet else stage.tell(found))
