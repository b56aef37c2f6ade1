"""The commands about coherence."""

from pathlib import Path
from typing import Annotated

import typer

from .options import (
    CONFIG,
    DATE,
    DAY,
    DRY_RUN,
    JOBS,
    JSON,
    MONTH,
    QUIET,
    VERBOSE,
    YEAR,
    log_to_stderr,
    print_result,
    which_day,
)

commands = typer.Typer(
    help="Coherence of channels with the main one: overall, and at the times of glitches.", no_args_is_help=True
)

RANK = Annotated[
    int | None,
    typer.Option("-r", "--rank", min=1, help="The winner of this round of the day's veto.", show_default="every round"),
]
SOURCE = Annotated[
    list[str] | None,
    typer.Option(
        help="Own data instead of a mock day: a file, quoted glob, FFL or cache. Repeat it.", show_default=False
    ),
]
MAIN = Annotated[str | None, typer.Option(help="The main channel of own data.", show_default=False)]
SEGMENTS = Annotated[
    Path | None, typer.Option(help="Analysed times (text, XML, HDF5, JSON), such as locked ones.", show_default="all")
]
LEAVE_OUT = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Times that are not looked at.", show_default=False)
]
FALSE_ALARM = Annotated[
    float | None,
    typer.Option(help="Probability that chance makes anything significant.", show_default="0.01"),
]
OUTPUT = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--output",
        help="Folder of results; days lie in it as DATE_mock. Of own data: folder of the result itself.",
        show_default="results; results/coherence",
    ),
]


@commands.command()
def overall(
    day: DATE = None,
    year: YEAR = None,
    month: MONTH = None,
    day_of_month: DAY = None,
    rank: RANK = None,
    source: SOURCE = None,
    main: MAIN = None,
    channel: Annotated[
        list[str] | None, typer.Option(help="Channel, or pattern with * and ?. Repeat it.", show_default="all")
    ] = None,
    segments: SEGMENTS = None,
    leave_out: LEAVE_OUT = None,
    leave_out_vetoed: Annotated[
        bool, typer.Option("--leave-out-vetoed", help="Leave out what the day's veto removes.")
    ] = False,
    fft: Annotated[float | None, typer.Option(help="Length of a window, s.", show_default="2")] = None,
    overlap: Annotated[float | None, typer.Option(help="Share that windows overlap.", show_default="0.5")] = None,
    fmin: Annotated[float | None, typer.Option(help="Hz.", show_default="10")] = None,
    fmax: Annotated[float | None, typer.Option(help="Hz.", show_default="as the rates allow")] = None,
    false_alarm: FALSE_ALARM = None,
    output: OUTPUT = None,
    config_file: CONFIG = None,
    jobs: JOBS = 1,
    verbose: VERBOSE = 0,
    quiet: QUIET = False,
    as_json: JSON = False,
    dry_run: DRY_RUN = False,
) -> None:
    """Say which channels are coherent with the main one all the time, where, and what they contribute to it."""
    from .run.coherence import overall as stage
    from .run.coherence import request, told

    log_to_stderr(verbose, quiet)
    which = which_day(day, year, month, day_of_month)
    asked = request.request(
        which, output, source or [], main, channel or [], rank, config_file, segments=segments, leave_out=leave_out
    )
    chosen = request.settings(
        config_file, fft=fft, overlap=overlap, fmin=fmin, fmax=fmax, false_alarm=false_alarm,
        leave_out_vetoed=leave_out_vetoed or None,
    )  # fmt: skip
    if dry_run:
        print_result(stage.plan(asked, chosen), asked.output, as_json=True)
        return
    found = stage.make(asked, chosen, jobs, quiet)
    print_result(found, told.path(asked.output), as_json, "" if quiet else told.tell(found))


@commands.command()
def glitch(
    day: DATE = None,
    year: YEAR = None,
    month: MONTH = None,
    day_of_month: DAY = None,
    rank: RANK = None,
    source: SOURCE = None,
    main: MAIN = None,
    channel: Annotated[
        list[str] | None,
        typer.Option(help="Channel, or pattern with * and ?. Repeat it.", show_default="the winner of each round"),
    ] = None,
    triggers: Annotated[
        list[str] | None,
        typer.Option(
            help="Trigger files of own data's main channel: a file, quoted glob, folder or cache. Repeat it.",
            show_default=False,
        ),
    ] = None,
    segments: SEGMENTS = None,
    leave_out: LEAVE_OUT = None,
    window: Annotated[
        float | None, typer.Option(help="Length of the window at a glitch, s.", show_default="0.5")
    ] = None,
    weights: Annotated[
        str | None, typer.Option(help="What a glitch counts: snr, equal or phase.", show_default="snr")
    ] = None,
    fmin: Annotated[float | None, typer.Option(help="Hz.", show_default="10")] = None,
    fmax: Annotated[float | None, typer.Option(help="Hz.", show_default="as the rates allow")] = None,
    false_alarm: FALSE_ALARM = None,
    rotations: Annotated[
        int | None, typer.Option(help="Random phase rotations for p-values.", show_default="9999")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the rotations.", show_default="0")] = None,
    qscan: Annotated[
        bool, typer.Option("--qscan", help="Draw both channels at the loudest glitches where neither is coherent.")
    ] = False,
    output: OUTPUT = None,
    config_file: CONFIG = None,
    jobs: JOBS = 1,
    verbose: VERBOSE = 0,
    quiet: QUIET = False,
    as_json: JSON = False,
    dry_run: DRY_RUN = False,
) -> None:
    """Say whether a channel is coherent with the main one at glitches: those that the veto explains by it, or all."""
    from .run import qscan as qscans
    from .run.coherence import glitch as stage
    from .run.coherence import request, told

    log_to_stderr(verbose, quiet)
    which = which_day(day, year, month, day_of_month)
    asked = request.request(
        which, output, source or [], main, channel or [], rank, config_file, triggers or [], segments, leave_out
    )
    chosen = request.settings(
        config_file, window=window, weights=weights, fmin=fmin, fmax=fmax, false_alarm=false_alarm,
        rotations=rotations, seed=seed,
    )  # fmt: skip
    if dry_run:
        print_result(stage.plan(asked, chosen), asked.output, as_json=True)
        return
    found = stage.make(asked, chosen, jobs, quiet)
    if qscan:
        drawn = stage.scans(asked, [one for one in found["findings"] if one["advice"]], qscans.settings(config_file))
        found["qscans"] = {str(folder): files for folder, files in drawn.items()}
    print_result(found, told.path(asked.output), as_json, "" if quiet else told.tell(found))
