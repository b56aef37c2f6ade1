"""What a hierarchical veto is asked to look at: read, settled, and what does not count named."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from .. import gpstime
from ..acquire.segmentfiles import read_segments
from ..acquire.timelists import read_times
from ..acquire.triggerlists import load_lists
from ..acquire.triggerpaths import trigger_paths
from ..errors import ChannelNotFoundError, NoDataError, UsageError, nearest
from ..explain.hveto.ini import HvetoIni
from ..explain.hveto.rounds import is_unsafe, matches, prepare, select
from ..explain.hveto.settings import HvetoSettings
from ..types import Events, Floats, Segments
from .days import Day

log = logging.getLogger(__name__)

_NAMED = 10
"""Channels that a message names before it counts the rest."""


@dataclass(frozen=True)
class Request:
    """Whose triggers explain whose, when, and where the result goes.

    `primary` and `auxiliary` are files, patterns, folders and lists of trigger files; `channel` is the primary channel
    (None: that of the INI, else `main`, else the only one in its files), `segments` the analysed times (None: what the
    primary's files say was searched), `injections` a list of times for the test of channel safety, `ini` a
    configuration of the hveto package, `day` that whose triggers these are, if it is one.
    """

    primary: tuple[str, ...]
    auxiliary: tuple[str, ...]
    output: Path
    channel: str | None = None
    segments: Path | None = None
    engine: str = "native"
    ini: Path | None = None
    injections: Path | None = None
    main: str | None = None
    day: Day | None = None

    @classmethod
    def of_day(cls, day: Day, main: str | None) -> Self:
        """All of a day, nothing else said."""
        return cls((str(day.triggers),), (str(day.triggers),), day.hveto, main=main, day=day)


@dataclass(frozen=True)
class Input:
    """What is analysed: the primary channel's events, those of the others, the analysed time, the files of both.

    `injections` are those in the analysed time, GPS s; None where there is no list of them.
    """

    channel: str
    primary: Events
    auxiliary: Mapping[str, Events]
    live: Segments
    primary_files: Sequence[Path]
    auxiliary_files: Sequence[Path]
    injections: Floats | None = None


def read_input(asked: Request, chosen: HvetoSettings, ini: HvetoIni | None) -> Input:
    """Read the events, and settle what is analysed.

    Raises NoDataError where a file, a channel or live time is missing, UsageError where the primary channel or its live
    time must be named.
    """
    ours, others = trigger_paths(asked.primary), trigger_paths(asked.auxiliary)
    primary, searched = load_lists(ours)
    tables, covered = (primary, searched) if ours == others else load_lists(others)
    channel = _primary_channel(asked.channel or (ini.primary if ini else None) or asked.main, primary)
    live = _live(asked, channel, searched, ini, chosen.segment_padding)
    auxiliary = _wanted(asked, {name: of for name, of in tables.items() if name != channel}, ini)
    usual = ini.settings.get("unsafe", ()) if ini else ()  # a list for all detectors: most of it is not here
    _check_names([name for name in chosen.unsafe if name not in usual], auxiliary)
    if not any(not is_unsafe(name, chosen) for name in auxiliary):
        raise NoDataError(
            f"no auxiliary channel is left beside {channel}: there is nothing to explain it with",
            "give trigger files of other channels, or fewer --unsafe",
        )
    _warn_of_gaps({name: covered[name] for name in auxiliary if name in covered}, live)
    return Input(channel, primary[channel], auxiliary, live, ours, others, _injections(asked, live))


def warn(given: Input, chosen: HvetoSettings) -> None:
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
        log.warning("channels without a trigger of SNR %g or more in the analysed time: %s", lowest, _list(quiet))


def _list(names: Iterable[str]) -> str:
    names = sorted(names)
    return ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")


def _primary_channel(wanted: str | None, found: Mapping[str, Events]) -> str:
    if wanted is None:
        if len(found) == 1:
            return next(iter(found))
        raise UsageError(
            f"which is the primary channel? its files hold {len(found)}: {_list(found)}", "--primary-channel names it"
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
        if ini and ini.analysis_flag:
            log.warning("no --segments: all that was searched is analysed, not %s of %s", ini.analysis_flag, asked.ini)
    else:
        raise UsageError(
            f"the analysed time is not known: neither the files of {channel} nor their names say what was searched",
            "--segments takes a file of GPS intervals",
        )
    live = Segments.of((start + padding[0], end + padding[1]) for start, end in live)
    if not live:
        raise NoDataError(f"no live time: {asked.segments or channel} has no segment to analyse")
    for edge in (live.bounds[0][0], live.bounds[-1][1]):
        if not gpstime.has_date(edge):
            where = asked.segments or "the names of the trigger files"
            raise UsageError(f"{where}: expected GPS times in s, got {edge:g}", "are these ms or ns?")
    return live


def _wanted(asked: Request, auxiliary: Mapping[str, Events], ini: HvetoIni | None) -> Mapping[str, Events]:
    """The channels that an INI names, if it names any."""
    if ini is None or ini.auxiliary is None:
        return auxiliary
    if missing := set(ini.auxiliary) - set(auxiliary) - {ini.primary}:
        log.warning("channels of %s without a trigger file: %s", asked.ini, _list(missing))
    return {name: of for name, of in auxiliary.items() if name in ini.auxiliary}


def _check_names(unsafe: Sequence[str], auxiliary: Mapping[str, Events]) -> None:
    for pattern in dict.fromkeys(unsafe):
        if not any(matches(name, pattern) for name in auxiliary):
            log.warning("unsafe %s: there is no such channel; %s", pattern, nearest(pattern, auxiliary))


def _warn_of_gaps(searched: Mapping[str, Segments], live: Segments) -> None:
    """An auxiliary channel that was not searched for a while cannot coincide then, and looks the worse for it."""
    partly = [name for name, of in searched.items() if (of & live).livetime < 0.99 * live.livetime]
    if partly:
        log.warning("channels that were searched for less than 99 %% of the analysed time: %s", _list(partly))


def _injections(asked: Request, live: Segments) -> Floats | None:
    if asked.injections is None:
        return None
    times = read_times(asked.injections)
    inside = times[live.contains(times)]
    if not len(inside):
        raise NoDataError(f"none of the {len(times)} injections of {asked.injections} is in the analysed time")
    if len(inside) < len(times):
        log.warning("%d of %d injections lie outside the analysed time", len(times) - len(inside), len(times))
    return inside
