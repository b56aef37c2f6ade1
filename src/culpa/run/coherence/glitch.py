"""The doing of `culpa coherence glitch`."""

import logging
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np

from ...acquire.sources import Source, open_source
from ...acquire.triggerfolder import load_triggers
from ...acquire.triggerlists import load_lists
from ...acquire.triggerpaths import trigger_paths
from ...errors import ChannelNotFoundError, NoDataError, NoTriggersError
from ...explain.coherence.settings import CoherenceSettings
from ...report.coherence.files import Basis
from ...report.qscan.settings import QscanSettings
from ...settings import plain
from ...types import Events
from ..at_work import at_work
from ..pictures import Moment, draw
from .analysis import glitch_files
from .chunks import by_cell
from .planned import made_by_plan
from .request import Request, analysed, others, rounds_of, tell_together, winners
from .sharing import GlitchWork, gathered, work_of
from .targets import labels_of, of_rounds, target
from .told import read
from .windows import Target

log = logging.getLogger(__name__)

_TOGETHER = 16
"""Channels whose windows are held at once: some hundred MB."""


def plan(asked: Request, chosen: CoherenceSettings) -> dict[str, Any]:
    """What `make` would do: channels, glitches and the output folder."""
    _, _, targets = _wanted(asked, chosen)
    glitches = {one.label: {"channel": one.channel, "glitches": len(one.gps)} for one in targets}
    return {"output": str(asked.output), "main": asked.main, "targets": glitches}


def make(asked: Request, chosen: CoherenceSettings, workers: int, quiet: bool) -> dict[str, Any]:
    """Compare, write the results, and return what was found of what was asked for.

    Raises NoTriggersError where there is no glitch, NoDataError as `windows_of`.
    """
    if made_by_plan(asked, chosen, workers, quiet):
        if not (labels := winners(rounds_of(asked))):
            raise _nothing(asked)
        return read(asked.output, labels, ranked=False)
    with at_work(asked.day.folder) if asked.day else nullcontext():
        source, main_events, targets = _wanted(asked, chosen)
        basis = Basis(asked.main, analysed(asked, source), plain(chosen))
        for first in range(0, len(targets), _TOGETHER):
            some = targets[first : first + _TOGETHER]
            found = gathered(_parts(source, basis, main_events, some, chosen), some, workers, quiet)
            glitch_files(some, found, basis, chosen, asked.output)
        tell_together(asked, basis)
    return read(asked.output, [one.label for one in targets], ranked=False)


def scans(
    asked: Request, findings: Sequence[Mapping[str, Any]], chosen: QscanSettings, most: int = 5
) -> dict[Path, int]:
    """Draw Q-scans of main channel and other at the loudest glitches of each finding, at most so many.

    Returns how many files each folder got. The log names channels without data.
    """
    source, written = open_source(asked.sources), {}
    for one in findings:
        times = (one["loudest"] or [])[:most]
        moments = [Moment(time, (one["main"], one["channel"])) for time in times]
        folder = asked.output / f"qscans_{one['label']}"
        drawn = [*draw(source, moments, chosen, folder)]
        for problem in [problem for moment in drawn for problem in moment.problems]:
            log.warning("%s", problem)
        written[folder] = sum(len(moment.files) for moment in drawn)
    return written


def _parts(
    source: Source, basis: Basis, main_events: Events, targets: Sequence[Target], chosen: CoherenceSettings
) -> list[GlitchWork]:
    """The work of each cell of the grid, with the files and triggers near it."""
    times = np.concatenate([one.gps for one in targets])
    grid = [cell for cell, _ in by_cell(times)]
    return [work_of(source, basis.main, main_events, targets, cell, chosen, basis.analysed) for cell in grid]


def _nothing(asked: Request) -> NoTriggersError:
    why = "no trigger was vetoed, or none" if asked.day else "none of the triggers"
    return NoTriggersError(f"no glitch of {asked.main} to look at", f"{why} is in the analysed time")


def _wanted(asked: Request, chosen: CoherenceSettings) -> tuple[Source, Events, list[Target]]:
    """The data, the main channel's triggers, and what is compared at which of them."""
    source = open_source(asked.sources)
    targets: list[Target]
    if asked.day is not None:
        events = dict(load_triggers(asked.day.triggers)[0])
        rounds = rounds_of(asked)
        if not (asked.day.hveto / "summary.json").exists():
            raise NoDataError("there is no veto whose triggers could be looked at", f"culpa hveto {asked.day.date}")
        channels = others(asked, source) if asked.channels else []
        looked_at = events | {asked.main: _live(asked, source, events.get(asked.main, Events.empty()))}
        targets = of_rounds(asked.main, rounds, looked_at, chosen, channels)
    else:
        events = load_lists(trigger_paths(asked.triggers))[0]
        if asked.main not in events:
            raise ChannelNotFoundError(asked.main, "the trigger files", events)
        triggers = _live(asked, source, events[asked.main])
        channels = others(asked, source)
        targets = [target(label, name, triggers, events, chosen) for label, name in labels_of(channels).items()]
    if not any(len(one.gps) for one in targets):
        raise _nothing(asked)
    return source, events.get(asked.main, Events.empty()), targets


def _live(asked: Request, source: Source, triggers: Events) -> Events:
    """Those of the triggers that are in the analysed time."""
    return triggers.take(analysed(asked, source).contains(triggers["time"]))
