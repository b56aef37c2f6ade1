"""The command line: parses, calls one function, prints. Everything heavy is imported where it is used."""

import gc
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from . import __version__, cli_classes, cli_coherence, cli_sensors, gpstime
from .errors import CulpaError, refused
from .names import printable
from .options import (
    AUXILIARY,
    CONFIG,
    DATE,
    DAY,
    DAYS,
    DRY_RUN,
    DURATION,
    JOBS,
    JSON,
    LAST,
    MONTH,
    QUIET,
    RESULTS,
    SEED,
    TRAIN,
    UNTIL,
    VERBOSE,
    YEAR,
    log_to_stderr,
    needed_day,
    print_result,
    say,
    which_day,
)  # fmt: skip

app = typer.Typer(
    name="culpa",
    help="Find what is abnormal in many-channel time series, and the channel to blame.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""

config = typer.Typer(help="Settings and where they come from.", no_args_is_help=True)
app.add_typer(config, name="config")
app.add_typer(cli_classes.commands)
app.add_typer(cli_coherence.commands, name="coherence")
app.add_typer(cli_sensors.commands)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("-V", "--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@app.command()
def mock(
    day: DATE = None,
    year: YEAR = None,
    month: MONTH = None,
    day_of_month: DAY = None,
    duration: DURATION = None,
    seed: SEED = None,
    channels: AUXILIARY = None,
    output: RESULTS = Path("results"),
    config_file: CONFIG = None,
    jobs: JOBS = 1,
    verbose: VERBOSE = 0,
    quiet: QUIET = False,
    as_json: JSON = False,
    dry_run: DRY_RUN = False,
) -> None:
    """Simulate a detector for a day: frames with glitches of known cause and SNR, and a truth table."""
    from .run import mock as stage
    from .run.assignment import assignment

    log_to_stderr(verbose, quiet)
    which = needed_day(day, year, month, day_of_month)
    of = assignment(which, output, config_file, duration=duration, seed=seed, auxiliary=channels)
    summary = stage.plan(of) if dry_run else stage.make(of, jobs, quiet)
    print_result(summary, of.day.raw, as_json or dry_run, "" if quiet or dry_run else stage.tell(summary))


@app.command()
def triggers(
    day: DATE = None,
    year: YEAR = None,
    month: MONTH = None,
    day_of_month: DAY = None,
    source: Annotated[
        list[str] | None,
        typer.Option(
            help="Own data instead of a mock day: a file, quoted glob, FFL or cache. Repeat it.", show_default=False
        ),
    ] = None,
    channel: Annotated[
        list[str] | None,
        typer.Option(help="Channel, or pattern with * and ?. Repeat it.", show_default="all of a mock day"),
    ] = None,
    start: Annotated[str | None, typer.Option(help="Search from this time on (GPS, ISO UTC, now-1d).")] = None,
    end: Annotated[str | None, typer.Option(help="Search up to this time.")] = None,
    snr: Annotated[float | None, typer.Option(help="Threshold.", show_default="6")] = None,
    fmin: Annotated[float | None, typer.Option(help="Hz.", show_default="10")] = None,
    fmax: Annotated[float | None, typer.Option(help="Hz.", show_default="as the rate allows")] = None,
    qmin: Annotated[float | None, typer.Option(help="Lowest Q.", show_default="4")] = None,
    qmax: Annotated[float | None, typer.Option(help="Highest Q.", show_default="100")] = None,
    mismatch: Annotated[
        float | None, typer.Option(help="Largest loss of SNR² between tiles.", show_default="0.2")
    ] = None,
    sample_rate: Annotated[
        float | None, typer.Option(help="Search as if sampled at this rate (Hz); slower channels are not searched.")
    ] = None,
    chunk: Annotated[
        float | None, typer.Option(help="Seconds that one job searches and one file holds.", show_default="4096")
    ] = None,
    formats: Annotated[
        str | None,
        typer.Option("--format", help="Any of xml, root, hdf5, with commas.", show_default="xml,root,hdf5"),
    ] = None,
    omicron_options: Annotated[
        Path | None, typer.Option(help="Read the search's parameters from an Omicron option file.", show_default=False)
    ] = None,
    engine: Annotated[
        str, typer.Option(help="native, or omicron: the external program, where it is installed.")
    ] = "native",
    output: RESULTS = Path("results"),
    config_file: CONFIG = None,
    jobs: JOBS = 1,
    verbose: VERBOSE = 0,
    quiet: QUIET = False,
    as_json: JSON = False,
    dry_run: DRY_RUN = False,
) -> None:
    """Search channels for transients with a Q-transform: SNR, time, frequency and Q of each, as trigger files.

    With --source, -o is the folder of the trigger files.
    """
    from .run import search

    log_to_stderr(verbose, quiet)
    which = which_day(day, year, month, day_of_month)
    request = search.request(
        which,
        output,
        source or [],
        channel or [],
        omicron_options,
        formats,
        engine,
        start=start,
        end=end,
        config_file=config_file,
    )
    settings = search.settings(
        config_file, request, snr=snr, fmin=fmin, fmax=fmax, qmin=qmin, qmax=qmax, mismatch=mismatch,
        sample_rate=sample_rate, chunk=chunk,
    )  # fmt: skip
    summary = search.plan(request, settings) if dry_run else search.make(request, settings, jobs, quiet)
    print_result(summary, request.output, as_json or dry_run, "" if quiet or dry_run else search.tell(summary))


@app.command()
def hveto(
    day: DATE = None,
    year: YEAR = None,
    month: MONTH = None,
    day_of_month: DAY = None,
    primary: Annotated[
        list[str] | None,
        typer.Option(
            help="Trigger files to explain: a file, quoted glob, folder or cache. Repeat it.", show_default=False
        ),
    ] = None,
    auxiliary: Annotated[
        list[str] | None,
        typer.Option(help="Trigger files that may explain them, given likewise. Repeat it.", show_default=False),
    ] = None,
    primary_channel: Annotated[
        str | None, typer.Option(help="The primary channel.", show_default="the only one in its files")
    ] = None,
    segments: Annotated[
        Path | None,
        typer.Option(help="Analysed times (text, XML, HDF5, JSON).", show_default="what the primary files span"),
    ] = None,
    engine: Annotated[str, typer.Option(help="native, or upstream: the hveto package, patched.")] = "native",
    hveto_ini: Annotated[
        Path | None, typer.Option(help="Read the parameters from a configuration of hveto.", show_default=False)
    ] = None,
    minimum_significance: Annotated[float | None, typer.Option(help="Rounds end below this.", show_default="5")] = None,
    expectation: Annotated[
        str | None, typer.Option(help="Chance coincidences: union (exact), or upstream.", show_default="union")
    ] = None,
    unsafe: Annotated[
        list[str] | None,
        typer.Option(help="Channel, or pattern with * and ?, that must veto nothing. Repeat it.", show_default=False),
    ] = None,
    injections: Annotated[
        Path | None,
        typer.Option(help="GPS times of signals injected into the primary channel: what follows them is unsafe."),
    ] = None,
    shifts: Annotated[
        int | None, typer.Option(help="Time shifts for the false-alarm probability.", show_default="200")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of these shifts.", show_default="0")] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            help="Folder of results; days lie in it as DATE_mock.",
            show_default="results; results/hveto",
        ),
    ] = None,
    config_file: CONFIG = None,
    jobs: JOBS = 1,
    verbose: VERBOSE = 0,
    quiet: QUIET = False,
    as_json: JSON = False,
    dry_run: DRY_RUN = False,
) -> None:
    """Find the auxiliary channels that explain the glitches of the main one, in rounds; a page shows which and why.

    With --primary and --auxiliary, -o is the folder of the result itself.
    """
    from .run import hveto as stage
    from .run.hveto_words import show

    log_to_stderr(verbose, quiet)
    which = which_day(day, year, month, day_of_month)
    asked = stage.request(
        which,
        output,
        primary or [],
        auxiliary or [],
        primary_channel,
        segments,
        engine,
        hveto_ini,
        injections,
        config_file,
    )
    settings, ini = stage.settings(
        config_file, asked, unsafe or (), minimum_significance=minimum_significance, expectation=expectation,
        shifts=shifts, seed=seed,
    )  # fmt: skip
    if dry_run:
        print_result(stage.plan(asked, settings, ini), asked.output, as_json=True)
        return
    summary, page = stage.make(asked, settings, ini, jobs)
    if not quiet:
        show(summary)
    print_result(summary, page, as_json)


@app.command()
def run(
    day: DATE = None,
    year: YEAR = None,
    month: MONTH = None,
    day_of_month: DAY = None,
    last: LAST = None,
    until: UNTIL = None,
    train: TRAIN = False,
    duration: DURATION = None,
    seed: SEED = None,
    channels: AUXILIARY = None,
    why: Annotated[
        str | None,
        typer.Option(metavar="JOB", help="Say why a job (or pattern) is to be done; do nothing.", show_default=False),
    ] = None,
    estimate: Annotated[
        bool, typer.Option("--estimate", help="Say what time, memory and disk all of it needs, and do nothing.")
    ] = False,
    output: DAYS = Path("results"),
    config_file: CONFIG = None,
    jobs: JOBS = 1,
    verbose: VERBOSE = 0,
    quiet: QUIET = False,
    as_json: JSON = False,
    dry_run: DRY_RUN = False,
) -> None:
    """Carry out a whole day: what is done is not done again, what has changed is, with all that follows from it.

    The data are simulated, or those that the table "data" of the configuration file names.
    """
    from .run import whole, whole_words

    log_to_stderr(verbose, quiet)
    whole.one_of(why=why, estimate=estimate, dry_run=dry_run)
    first = needed_day(day, year, month, day_of_month)
    which = whole.days(first, gpstime.day(last) if last else None)
    of = whole.assignments(which, output, config_file, train=train, duration=duration, seed=seed, auxiliary=channels)
    if why is not None:
        say(whole.why(of, why, until), whole_words.reasons, as_json)
    elif estimate:
        say(whole.estimated(of, until), whole_words.estimate, as_json)
    elif dry_run:
        say({"days": whole.preview(of, until)}, None, as_json)
    else:
        summaries = whole.make(of, until, jobs, quiet)
        print_result({"days": summaries}, whole.path(of), as_json, "" if quiet else whole_words.done(summaries))


@app.command()
def submit(
    day: DATE = None,
    year: YEAR = None,
    month: MONTH = None,
    day_of_month: DAY = None,
    last: LAST = None,
    until: UNTIL = None,
    train: TRAIN = False,
    duration: DURATION = None,
    seed: SEED = None,
    channels: AUXILIARY = None,
    no_submit: Annotated[bool, typer.Option("--no-submit", help="Write the workflow only.")] = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="Show how it gets on until its end; also of a day that is at work already.")
    ] = False,
    output: DAYS = Path("results"),
    config_file: CONFIG = None,
    verbose: VERBOSE = 0,
    quiet: QUIET = False,
    as_json: JSON = False,
) -> None:
    """Hand a day to an HTCondor pool: what `culpa run` would do of it, as a DAGMan workflow (docs/condor.md)."""
    from .run import whole
    from .run.condor import submission

    log_to_stderr(verbose, quiet)
    how = submission.settings(config_file)
    first = needed_day(day, year, month, day_of_month)
    which = whole.days(first, gpstime.day(last) if last else None)
    of = whole.assignments(which, output, config_file, train=train, duration=duration, seed=seed, auxiliary=channels)
    results = submission.submit(of, how, until, no_submit, wait, quiet)
    print_result({"days": results}, submission.path(results), as_json)


@app.command(hidden=True)
def job(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a day.", show_default=False)],
    node: Annotated[Path, typer.Argument(metavar="FILE", help="Node that `culpa submit` wrote.", show_default=False)],
    travels: Annotated[bool, typer.Option("--travels", help="The pool brings files here and back.")] = False,
) -> None:
    """Do the jobs of one node of a workflow: what the machines of a pool are told to do."""
    from .run.condor import work

    log_to_stderr(0, quiet=False)
    done = work.gather(folder, node) if node.stem == work.GATHER else work.work(folder, node, travels)
    typer.echo(f"{len(done)} jobs done")


@app.command()
def verify(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a day.", show_default=False)],
    jobs: JOBS = 2,
    verbose: VERBOSE = 0,
    quiet: QUIET = False,
    as_json: JSON = False,
) -> None:
    """Compare every file of a day with its manifest, byte by byte, and name what differs."""
    from .run import verify as stage

    log_to_stderr(verbose, quiet)
    count, differences = stage.verify(folder, jobs)
    if as_json:
        typer.echo(json.dumps({"files": count, "differences": [vars(one) for one in differences]}, indent=2))
    else:
        typer.echo(printable(stage.tell(folder, count, differences)))
    if any(not one.is_harmless for one in differences):
        raise typer.Exit(1)


@app.command()
def score(
    day: DATE = None,
    year: YEAR = None,
    month: MONTH = None,
    day_of_month: DAY = None,
    truth: Annotated[
        Path | None, typer.Option(help="Truth table.", show_default="the mock day's raw/truth.csv")
    ] = None,
    trigger_folder: Annotated[
        Path | None, typer.Option("--triggers", help="Folder of trigger files.", show_default="the day's omicron/")
    ] = None,
    veto: Annotated[
        Path | None, typer.Option("--hveto", help="Folder of a veto.", show_default="the day's hveto/, if there")
    ] = None,
    predictions: Annotated[
        Path | None,
        typer.Option(help="Table of predictions.", show_default="the day's machine_learning/predictions.csv, if there"),
    ] = None,
    coherence: Annotated[
        Path | None,
        typer.Option(help="Findings of coherence.", show_default="the day's coherence/coherence.json, if there"),
    ] = None,
    output: RESULTS = Path("results"),
    verbose: VERBOSE = 0,
    quiet: QUIET = False,
    as_json: JSON = False,
) -> None:
    """Compare what was found with a truth table: found or not, SNR ratio, right witness, right class or not.

    Without DATE, --truth and --triggers say what to compare, and -o is the folder of score.csv and score.json.
    """
    from .run import scoring

    log_to_stderr(verbose, quiet)
    which = which_day(day, year, month, day_of_month)
    result, path = scoring.make(which, output, truth, trigger_folder, veto, predictions, coherence)
    if not quiet:
        scoring.show(result)
    print_result(result, path, as_json)


@app.command()
def demo(
    output: RESULTS = Path("results"),
    jobs: JOBS = 2,
    verbose: VERBOSE = 0,
    quiet: QUIET = False,
) -> None:
    """Twenty minutes of mock data, searched, explained and scored: what the program does, in a minute."""
    from .run import demonstration

    log_to_stderr(verbose, quiet)
    typer.echo(str(demonstration.make(output, jobs, quiet)))


@app.command()
def smoke(
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Folder to keep the results in.", show_default="none kept")
    ] = None,
    jobs: JOBS = 2,
    verbose: VERBOSE = 0,
    quiet: QUIET = False,
) -> None:
    """Try the whole chain on three minutes of data, command by command: does this installation work?"""
    from .run import smoke as stage

    log_to_stderr(verbose, quiet)
    stage.show(stage.smoke(output, jobs), quiet)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 5000,
) -> None:
    """Serve the web application (not built yet: says so)."""
    raise CulpaError(
        f"the web application (http://{host}:{port}) is not part of this version yet",
        "what works today: ./uv_run.sh demo, culpa mock, triggers, hveto, score; see README.md",
    )


@config.command()
def show(config_file: CONFIG = None) -> None:
    """Print every setting with its value, as TOML that -f accepts."""
    from .run import configuration

    typer.echo(configuration.show(config_file))


def _answer(command: Callable[[], None]) -> int:
    """Run, turning what a user can cause into a message and an exit code."""
    try:
        command()
    except CulpaError as problem:
        return _complain(str(problem), problem.exit_code)
    except SystemExit as end:  # how typer ends; Ctrl-C is a wordless 130
        code = end.code if isinstance(end.code, int) else 0
    except KeyboardInterrupt:
        code = INTERRUPTED
    except OSError as problem:
        return _complain(str(refused(problem)), 1)
    else:
        code = 0
    return _complain("interrupted; what was finished is valid", code) if code == INTERRUPTED else code


def _complain(message: str, code: int) -> int:
    colour = None if os.environ.get("NO_COLOR") else typer.colors.RED
    typer.secho(f"culpa: {printable(message)}", fg=colour, err=True)
    return code


def main(*first: str) -> None:
    """Entry point: exit codes as in the documentation (0, 1, 2 usage, 3 no data, 4 no triggers).

    `first` are arguments before those of the command line: the numbered steps give the name of their command.
    """
    for name in ("OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
        # results must not depend on the number of threads, as last digits do, and processes use all cores as it is
        os.environ[name] = "1"
    gc.set_threshold(100_000, 50, 50)  # next to nothing here is cyclic garbage, and looking for it costs a tenth
    sys.exit(_answer(lambda: app([*first, *sys.argv[1:]])))
