"""The doing of `culpa coherence glitch`."""

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
from ...report.coherence.files import write_findings
from ...report.qscan.settings import QscanSettings
from ...types import Events
from ..at_work import at_work
from ..pictures import Moment, draw
from .analysis import glitch_files
from .chunks import by_cell
from .planned import made_by_plan
from .request import Request, analysed, labelled, others, rounds_of
from .sharing import GlitchWork, gathered, work_of
from .targets import labels_of, of_rounds, target
from .told import read
from .windows import Target


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
        if not (labels := labelled(rounds_of(asked))):
            raise _nothing(asked)
        return read(asked.output, labels, ranked=False)
    with at_work(asked.day.folder) if asked.day else nullcontext():
        source, main_events, targets = _wanted(asked, chosen)
        found = gathered(_parts(asked, source, main_events, targets, chosen), targets, workers, quiet)
        glitch_files(targets, found, asked.main, chosen, asked.output)
        write_findings(asked.output)
    return read(asked.output, [one.label for one in targets], ranked=False)


def scans(asked: Request, findings: Sequence[Mapping[str, Any]], most: int = 5) -> list[Path]:
    """Draw Q-scans of main channel and other at the loudest glitches of each finding, at most so many; the paths."""
    source, written = open_source(asked.sources), []
    for one in findings:
        times = (one["loudest"] or [])[:most]
        moments = [Moment(time, (one["main"], one["channel"])) for time in times]
        folder = asked.output / f"qscans_{one['label']}"
        written += [path for drawn in draw(source, moments, QscanSettings(), folder) for path in drawn.files]
    return written


def _parts(
    asked: Request, source: Source, main_events: Events, targets: Sequence[Target], chosen: CoherenceSettings
) -> list[GlitchWork]:
    """The work of each cell of the grid, with the files and triggers near it."""
    grid, live = [cell for cell, _ in by_cell(np.concatenate([one.gps for one in targets]))], analysed(asked, source)
    return [work_of(source, asked.main, main_events, targets, cell, chosen, live) for cell in grid]


def _nothing(asked: Request) -> NoTriggersError:
    return NoTriggersError(f"no glitch of {asked.main} to look at", "no trigger was vetoed, or none is in the data")


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
        labels_of(channels)
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
