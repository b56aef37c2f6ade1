"""The commands about pictures and classes of glitches."""

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
    RESULTS,
    VERBOSE,
    YEAR,
    log_to_stderr,
    print_result,
    which_day,
)  # fmt: skip

commands = typer.Typer()

SOURCE = Annotated[
    list[str] | None,
    typer.Option(
        help="Own data instead of a mock day: a file, quoted glob, FFL or cache. Repeat it.", show_default=False
    ),
]
GPS = Annotated[
    list[str] | None, typer.Option("--gps", help="Time (GPS, ISO UTC, now-1d). Repeat it.", show_default=False)
]


@commands.command()
def qscan(
    day: DATE = None,
    year: YEAR = None,
    month: MONTH = None,
    day_of_month: DAY = None,
    source: SOURCE = None,
    channel: Annotated[
        list[str] | None,
        typer.Option(
            help="Channel; several are shown beside each other. Repeat it.", show_default="main channel and witness"
        ),
    ] = None,
    gps: GPS = None,
    view: Annotated[
        list[float] | None, typer.Option(help="Length of a picture in s. Repeat it.", show_default="0.5, 1, 2 and 4")
    ] = None,
    colour: Annotated[
        float | None, typer.Option(help="Normalised energy at the end of the colour scale.", show_default="25.5")
    ] = None,
    norm: Annotated[
        str | None,
        typer.Option(help="mean of noise; median or row-mean of each row, as gwpy has them.", show_default="mean"),
    ] = None,
    most: Annotated[
        int | None, typer.Option(help="Only so many triggers of a day, the loudest.", min=0, show_default="0, for all")
    ] = None,
    plain: Annotated[
        bool, typer.Option("--plain", help="Write plain images for a network, too: no axes, 8 bit.")
    ] = False,
    fmin: Annotated[float | None, typer.Option(help="Lowest frequency, Hz.", show_default="10")] = None,
    fmax: Annotated[float | None, typer.Option(help="Highest frequency, Hz.", show_default="2048")] = None,
    qmin: Annotated[float | None, typer.Option(help="Lowest Q.", show_default="4")] = None,
    qmax: Annotated[float | None, typer.Option(help="Highest Q.", show_default="64")] = None,
    output: RESULTS = Path("results"),
    config_file: CONFIG = None,
    jobs: JOBS = 1,
    verbose: VERBOSE = 0,
    quiet: QUIET = False,
    as_json: JSON = False,
    dry_run: DRY_RUN = False,
) -> None:
    """Draw Q-spectrograms: of the triggers that the veto explains, beside their witness, or of any channel and time.

    With --source, -o is the folder of the pictures.
    """
    from .run import qscan as stage

    log_to_stderr(verbose, quiet)
    which = which_day(day, year, month, day_of_month)
    asked = stage.request(which, output, source or [], channel or [], gps or [], config_file, most)
    settings = stage.settings(
        config_file, views=tuple(view) if view else None, colour=colour, norm=norm, most=most, fmin=fmin, fmax=fmax,
        qmin=qmin, qmax=qmax, plain=plain or None,
    )  # fmt: skip
    summary = stage.plan(asked, settings) if dry_run else stage.make(asked, settings, jobs, quiet)
    print_result(summary, asked.output, as_json or dry_run, "" if quiet or dry_run else stage.tell(summary))


@commands.command()
def classify(
    day: DATE = None,
    year: YEAR = None,
    month: MONTH = None,
    day_of_month: DAY = None,
    images: Annotated[
        Path | None, typer.Option(help="Folder of images that culpa made (plain PNG).", show_default=False)
    ] = None,
    source: SOURCE = None,
    channel: Annotated[
        list[str] | None, typer.Option(help="Channel of --source. Repeat it.", show_default=False)
    ] = None,
    gps: GPS = None,
    model: Annotated[
        Path | None, typer.Option(help="Model (model.onnx).", show_default="the one that comes with culpa")
    ] = None,
    framework: Annotated[
        str | None, typer.Option(help="onnxruntime, pytorch or tensorflow runs it.", show_default="onnxruntime")
    ] = None,
    relabel: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Write relabel.csv, too: the N images most worth a look, for people to correct.",
            min=1,
            show_default="no list",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", help="Folder of results; days lie in it as DATE_mock.", show_default="results of a day"
        ),
    ] = None,
    config_file: CONFIG = None,
    jobs: JOBS = 1,
    verbose: VERBOSE = 0,
    quiet: QUIET = False,
    as_json: JSON = False,
    dry_run: DRY_RUN = False,
) -> None:
    """Say what kind of glitch each trigger is, with a calibrated probability, or that it is like none of them.

    With --images or --source, -o is the folder of predictions.csv.
    """
    from .run import classify as stage

    log_to_stderr(verbose, quiet)
    which = which_day(day, year, month, day_of_month)
    asked = stage.request(which, output, images, source or [], channel or [], gps or [], config_file)
    settings = stage.settings(config_file, model, framework)
    summary = stage.plan(asked, settings) if dry_run else stage.make(asked, settings, jobs, quiet, relabel)
    told = "" if quiet or dry_run else stage.tell(summary)
    print_result(summary, asked.output / "predictions.csv", as_json or dry_run, told)


@commands.command("training-set")
def training_set(
    output: Annotated[
        Path,
        typer.Option("-o", "--output", metavar="DIR", help="Training folder: made, or added to.", show_default=False),
    ],
    day: DATE = None,
    year: YEAR = None,
    month: MONTH = None,
    day_of_month: DAY = None,
    per_class: Annotated[
        int | None,
        typer.Option(help="Simulated images of each class; of none_of_these three times as many.", show_default="1000"),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed gives the same images.", show_default="0")] = None,
    background: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SOURCE",
            help="Simulated glitches on the noise of this recording: a file, quoted glob, FFL or cache. Repeat it.",
            show_default="simulated noise",
        ),
    ] = None,
    channel: Annotated[str | None, typer.Option(help="Channel of --background.", show_default=False)] = None,
    apart: Annotated[
        float | None,
        typer.Option(
            help="Of a DATE: leave triggers out that have a second glitch so near (s).", min=0, show_default="0.25"
        ),
    ] = None,
    results: Annotated[
        Path | None, typer.Option(help="Folder in which the day of a DATE lies.", show_default="results")
    ] = None,
    gravity_spy: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Import Gravity Spy's plots below a folder.", show_default=False),
    ] = None,
    metadata: Annotated[
        Path | None, typer.Option(metavar="CSV", help="The table that comes with them: times.", show_default=False)
    ] = None,
    relabelled: Annotated[
        Path | None,
        typer.Option(metavar="CSV", help="Add images with the classes people gave: relabel.csv.", show_default=False),
    ] = None,
    config_file: CONFIG = None,
    jobs: JOBS = 1,
    verbose: VERBOSE = 0,
    quiet: QUIET = False,
    as_json: JSON = False,
    dry_run: DRY_RUN = False,
) -> None:
    """Make a folder of labelled images, DIR/{class}/*.png: rendered, or a mock DATE's, or Gravity Spy's, or relabelled.

    A call that was interrupted goes on; images that are there already are not made again.
    """
    from .run import training_set as stage

    log_to_stderr(verbose, quiet)
    asked = stage.Asked(
        which_day(day, year, month, day_of_month), results, apart, per_class, seed, tuple(background or ()), channel,
        gravity_spy, metadata, relabelled,
    )  # fmt: skip
    way = stage.way(asked, config_file)
    summary = way.plan() if dry_run else stage.make(way, output, jobs, quiet)
    print_result(summary, output, as_json or dry_run, "" if quiet or dry_run else stage.tell(summary))


@commands.command()
def train(
    day: DATE = None,
    year: YEAR = None,
    month: MONTH = None,
    day_of_month: DAY = None,
    images: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Train with these images, DIR/{class}/*.png.", show_default="those of a DATE"),
    ] = None,
    framework: Annotated[
        str, typer.Option(help="pytorch, tensorflow, or both: trains with both and compares them.")
    ] = "pytorch",
    architecture: Annotated[
        str | None, typer.Option(help="compact, resnet18 or resnet50.", show_default="compact")
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(help="Passes over the images, at most.", show_default="as in [train]")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Of first weights, order and split.", show_default="as in [train]")
    ] = None,
    start: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Go on from the weights of a model.keras.", show_default="random weights"),
    ] = None,
    track: Annotated[bool, typer.Option("--track", help="Record the training with MLflow.")] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            help="Folder of the model; with a DATE, folder of results.",
            show_default="results, with a DATE",
        ),
    ] = None,
    config_file: CONFIG = None,
    jobs: JOBS = 1,
    verbose: VERBOSE = 0,
    quiet: QUIET = False,
    as_json: JSON = False,
    dry_run: DRY_RUN = False,
) -> None:
    """Train a network to tell classes of glitches apart: its files, curves, and a card that says how good it is.

    A training that was interrupted goes on. -j is for making the images of a day.
    """
    from .run import train as stage

    log_to_stderr(verbose, quiet)
    which = which_day(day, year, month, day_of_month)
    request = stage.request(
        which, images, output, framework, start, track, config_file,
        architecture=architecture, epochs=epochs, seed=seed,
    )  # fmt: skip
    if dry_run:
        print_result(stage.plan(request), request.output, as_json=True)
        return
    summary, model = stage.make(request, jobs, quiet)
    print_result(summary, model, as_json, "" if quiet else stage.tell(summary))
