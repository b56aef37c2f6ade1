"""What `culpa hveto` was asked for, and the doing of it."""

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from .. import __version__
from .. import settings as toml
from ..acquire.atomic import atomic, remove_leftovers
from ..acquire.segmentfiles import read_segments
from ..acquire.timelists import read_times
from ..acquire.triggerfiles import channel_in_name, load
from ..acquire.triggerlists import load_lists
from ..acquire.triggerpaths import distinct, one_format, trigger_paths
from ..errors import ChannelNotFoundError, CulpaError, NoDataError, NoTriggersError, UsageError, nearest
from ..explain.hveto.ini import HvetoIni, read_ini
from ..explain.hveto.result import HvetoResult, Safety
from ..explain.hveto.rounds import hveto, prepare, select
from ..explain.hveto.safety import safety
from ..explain.hveto.settings import HvetoSettings
from ..report.hveto.files import write_report
from ..report.hveto.summary import summary_text
from ..types import Events, Floats, Segments
from .configuration import section
from .days import Day
from .pool import ordered

log = logging.getLogger(__name__)

_LEGEND = (
    "SNR: of the channel's events, from here on; window: full width in s; sig.: −log10 of the Poisson probability; "
    "vetoed: primary triggers, of those at the start of the round; p: how often chance does as well in any channel"
)
_NAMED = 10
"""Channels that a warning names before it counts the rest."""


@dataclass(frozen=True)
class Request:
    """Whose triggers explain whose, when, and where the result goes.

    `primary` and `auxiliary` are files, patterns, folders and lists of trigger files; `channel` is the primary channel
    (None: the only one in its files), `segments` the analysed times (None: what the primary's files say was searched),
    `injections` a list of times for the test of channel safety, `ini` a configuration of the hveto package.
    """

    primary: tuple[str, ...]
    auxiliary: tuple[str, ...]
    output: Path
    channel: str | None = None
    segments: Path | None = None
    engine: str = "native"
    ini: Path | None = None
    injections: Path | None = None


@dataclass(frozen=True)
class Input:
    """What is analysed: the primary channel's events, those of the others, the files of both, the analysed time."""

    channel: str
    primary: Events
    auxiliary: Mapping[str, Events]
    live: Segments
    primary_files: Sequence[Path]
    auxiliary_files: Sequence[Path]
    injections: Floats | None = None


def request(
    which: date | None,
    output: Path,
    primary: Sequence[str],
    auxiliary: Sequence[str],
    channel: str | None = None,
    segments: Path | None = None,
    engine: str = "native",
    ini: Path | None = None,
    injections: Path | None = None,
) -> Request:
    """The request that the command line means. Raises UsageError where it contradicts itself or says too little."""
    if engine not in ENGINES:
        raise UsageError(f"engine {engine!r} is not known", nearest(engine, ENGINES))
    further = channel, segments, engine, ini, injections
    if which is None:
        if not primary or not auxiliary:
            raise UsageError(
                "nothing to analyse", "give a DATE for which there are triggers, or both --primary and --auxiliary"
            )
        return Request(tuple(primary), tuple(auxiliary), output, *further)
    if primary or auxiliary:
        raise UsageError("a day and --primary or --auxiliary exclude each other", "leave one of them out")
    day = Day(which, output)
    folder = str(day.existing(day.triggers, "triggers"))
    if channel is None and ini is None:
        further = day.main_channel(), segments, engine, ini, injections
    return Request((folder,), (folder,), day.hveto, *further)


def settings(config_file: Path | None, asked: Request, **changes: Any) -> tuple[HvetoSettings, HvetoIni | None]:
    """The analysis's settings: the `[hveto]` table of a file, an INI of the hveto package over it, options over both.

    The engine `upstream` has its own expectation, whatever the others say.
    """
    chosen = toml.build(HvetoSettings, section(config_file, "hveto"), "hveto")
    ini = read_ini(asked.ini, asked.channel.partition(":")[0] if asked.channel else None) if asked.ini else None
    if ini:
        chosen = toml.replace(chosen, **ini.settings)
    chosen = toml.replace(chosen, **changes)
    return (replace(chosen, expectation="upstream") if asked.engine == "upstream" else chosen), ini


def plan(asked: Request, chosen: HvetoSettings, ini: HvetoIni | None) -> dict[str, Any]:
    """What `make` would do: channels, triggers, live time and the output folder."""
    given = read_input(asked, chosen, ini)
    return {
        "output": str(asked.output),
        "engine": asked.engine,
        "primary": given.channel,
        "primary_triggers": len(given.primary),
        "auxiliary": {name: len(of) for name, of in given.auxiliary.items()},
        "livetime": given.live.livetime,
    }


def make(asked: Request, chosen: HvetoSettings, ini: HvetoIni | None, workers: int) -> tuple[dict[str, Any], Path]:
    """Analyse, and write everything below the output folder; returns the summary and the path of the page.

    Raises NoDataError without files or live time, and NoTriggersError, once the page is written, without a primary
    event.
    """
    with _kept_warnings() as warnings:
        given = read_input(asked, chosen, ini)
        tested = _tested(given, chosen, workers)
        chosen = replace(chosen, unsafe=(*chosen.unsafe, *(one.best.channel for one in tested if one.unsafe)))
        _warn(given, chosen)
        result = ENGINES[asked.engine](asked, given, chosen, workers)
    remarks = (*warnings, *result.remarks)
    result = replace(result, primary=given.channel, safety=tested, remarks=remarks)
    about = {"culpa": __version__, "engine": asked.engine}
    page = write_report(result, asked.output, about=about)
    found: dict[str, Any] = json.loads(summary_text(result, about))  # infinite numbers are none in JSON
    with atomic(asked.output / "hveto.toml") as path:
        path.write_text(toml.dump(chosen, "hveto"), encoding="utf-8")
    with atomic(asked.output / "hveto.log") as path:
        path.write_text(_protocol(given, chosen, found), encoding="utf-8")
    remove_leftovers(asked.output)
    if not result.primaries:
        raise NoTriggersError(
            f"no trigger of {given.channel} in {given.live.livetime:.10g} s of analysed time: nothing to explain",
            f"what was looked at: {page}",
        )
    return found, page


def read_input(asked: Request, chosen: HvetoSettings, ini: HvetoIni | None) -> Input:
    """Read the events, and settle what is analysed.

    Raises NoDataError where a file, a channel or live time is missing, UsageError where the primary channel or its live
    time must be named.
    """
    ours, others = trigger_paths(asked.primary), trigger_paths(asked.auxiliary)
    primary, searched = load_lists(ours)
    tables = primary if ours == others else load_lists(others)[0]
    channel = _primary_channel(asked.channel or (ini.primary if ini else None), primary)
    live = _live(asked, channel, searched, ini, chosen.segment_padding)
    auxiliary = {name: of for name, of in tables.items() if name != channel}
    if ini and ini.auxiliary is not None:
        for name in sorted(set(ini.auxiliary) - set(auxiliary) - {channel}):
            log.warning("%s of %s has no trigger file", name, asked.ini)
        auxiliary = {name: of for name, of in auxiliary.items() if name in ini.auxiliary}
    injections = read_times(asked.injections) if asked.injections else None
    return Input(channel, primary[channel], auxiliary, live, ours, others, injections)


def show(summary: Mapping[str, Any]) -> None:
    """The rounds as a table on stderr, and why there are no more."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console(stderr=True, markup=False, emoji=False)  # names of channels may hold anything
    if summary["rounds"]:
        title = f"what explains {summary['primary']['channel']}"
        table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
        table.add_column("", justify="right")
        table.add_column("channel", overflow="fold")
        for name in ("SNR", "window", "sig.", "vetoed", "p"):
            table.add_column(name, justify="right", no_wrap=True)
        for one in summary["rounds"]:
            table.add_row(*_cells(one))
        console.print(table)
        console.print(_LEGEND, style="dim")
    console.print(_end(summary))


def _cells(one: Mapping[str, Any]) -> Iterator[str]:
    winner = one["winner"]
    chance = winner["false_alarm_probability"]
    yield str(one["round"])
    yield winner["channel"]
    yield f"{winner['snr']:g}"
    yield f"{winner['window']:g}"
    yield f"{winner['significance']:.1f}"
    yield f"{one['vetoed']}/{one['primaries']}"
    yield "" if chance is None else f"{chance:.2g}"


def tell(summary: Mapping[str, Any]) -> str:
    """What was found, in plain lines."""
    lines = []
    for one in summary["rounds"]:
        winner, chance = one["winner"], one["winner"]["false_alarm_probability"]
        lines.append(
            f"round {one['round']}: {winner['channel']}, SNR {winner['snr']:g} or more, window {winner['window']:g} s: "
            f"significance {winner['significance']:.2f}, {one['vetoed']} of {one['primaries']} triggers vetoed"
            + ("" if chance is None else f", false-alarm probability {chance:.2g}")
        )
    return "\n".join([*lines, _end(summary)])


def _end(summary: Mapping[str, Any]) -> str:
    rounds, total = summary["rounds"], summary["primary"]["events"]
    vetoed = sum(one["vetoed"] for one in rounds)
    share = f" ({100 * vetoed / total:.0f} %)" if vetoed else ""
    return f"explained: {vetoed} of {total} primary triggers{share}; {summary['reason']}"


def _native(_: Request, given: Input, chosen: HvetoSettings, workers: int) -> HvetoResult:
    return hveto(given.primary, given.auxiliary, given.live, chosen, over=partial(ordered, workers=workers))


def _upstream(asked: Request, given: Input, chosen: HvetoSettings, workers: int) -> HvetoResult:
    from ..explain.upstream.engine import run_upstream

    primary = [path for path in given.primary_files if channel_in_name(path) == given.channel]
    return run_upstream(
        _readable(primary or given.primary_files),
        _readable(given.auxiliary_files),
        given.channel,
        list(given.auxiliary),
        given.live,
        chosen,
        asked.output / "upstream",
        ini=asked.ini,
        nproc=workers,
    )


def _readable(paths: Sequence[Path]) -> list[Path]:
    """One format of each file that can be read: hveto ends where one cannot, and reads twice what is there twice."""
    return [path for path in one_format(distinct(paths)) if _is_readable(path)]


def _is_readable(path: Path) -> bool:
    try:
        load(path)
    except CulpaError:
        return False
    return True


ENGINES: Mapping[str, Callable[[Request, Input, HvetoSettings, int], HvetoResult]] = {
    "native": _native,
    "upstream": _upstream,
}
"""Who does the analysis."""


def _primary_channel(wanted: str | None, found: Mapping[str, Events]) -> str:
    if wanted is None:
        if len(found) == 1:
            return next(iter(found))
        names = ", ".join(sorted(found)[:_NAMED])
        raise UsageError(
            f"which is the primary channel? its files hold {len(found)}: {names}", "--primary-channel names it"
        )
    if wanted not in found:
        raise ChannelNotFoundError(wanted, "the primary trigger files", found)
    return wanted


def _live(
    asked: Request,
    channel: str,
    searched: Mapping[str, Segments],
    ini: HvetoIni | None,
    padding: tuple[float, float],
) -> Segments:
    if asked.segments is not None:
        live = read_segments(asked.segments, ini.analysis_flag if ini else None)
    elif channel in searched:
        live = searched[channel]
    else:
        raise UsageError(
            f"the analysed time is not known: neither the files of {channel} nor their names say what was searched",
            "--segments takes a file of GPS intervals",
        )
    live = Segments.of((start + padding[0], end + padding[1]) for start, end in live)
    if not live:
        raise NoDataError(f"no live time: {asked.segments or channel} has no segment to analyse")
    return live


def _tested(given: Input, chosen: HvetoSettings, workers: int) -> tuple[Safety, ...]:
    if given.injections is None:
        return ()
    tested = safety(given.injections, given.auxiliary, given.live, chosen, over=partial(ordered, workers=workers))
    for one in tested:
        if one.unsafe:
            log.warning(
                "%s follows the injections (%d of %d, false-alarm probability %.2g): unsafe, left out",
                one.best.channel, one.best.coincidences, len(given.injections), one.probability,
            )  # fmt: skip
    return tested


def _warn(given: Input, chosen: HvetoSettings) -> None:
    """Tell what does not count, by name and number."""
    primary, lowest = given.primary, chosen.snr_thresholds[0]
    outside = int((~given.live.contains(primary["time"])).sum())
    counted = len(select(primary, given.live, chosen.primary_snr, chosen.primary_frequency))
    if outside:
        log.warning("%d of %d primary triggers lie outside the analysed time: left out", outside, len(primary))
    if dropped := len(primary) - outside - counted:
        log.warning("%d primary triggers are below the SNR or outside the frequencies asked for: left out", dropped)
    witnesses = prepare(given.auxiliary, given.live, chosen)
    quiet = sorted(set(witnesses.names) - {witnesses.names[channel] for channel in set(witnesses.channels.tolist())})
    if quiet:
        further = f" and {len(quiet) - _NAMED} more" if len(quiet) > _NAMED else ""
        names = ", ".join(quiet[:_NAMED]) + further
        log.warning("channels without a trigger of SNR %g or more in the analysed time: %s", lowest, names)


def _protocol(given: Input, chosen: HvetoSettings, found: Mapping[str, Any]) -> str:
    """The text of `hveto.log`: what was analysed and how, what was left out, what was found."""
    start, end = given.live.bounds[0][0], given.live.bounds[-1][1]
    lines = [
        f"culpa {__version__}, engine {found['engine']}",
        f"primary channel {given.channel}: {found['primary']['events']} triggers",
        f"auxiliary channels: {len(given.auxiliary)}",
        f"analysed: {given.live.livetime:.10g} s in {len(given.live)} segments, GPS {start:.10g} to {end:.10g}",
        *(f"warning: {remark}" for remark in found["remarks"]),
        tell(found),
        "settings:",
        toml.dump(chosen, "hveto"),
    ]
    return "\n".join(lines)


class _Kept(logging.Handler):
    """Keeps what is said."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())


@contextmanager
def _kept_warnings() -> Iterator[list[str]]:
    """What the program warns of inside the block, each text once."""
    keep, ours = _Kept(), logging.getLogger("culpa")
    ours.addHandler(keep)
    try:
        yield keep.texts
    finally:
        ours.removeHandler(keep)
