"""The windows at glitches, shared among jobs by the time grid."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ...acquire.sources import Source
from ...explain.coherence.settings import CoherenceSettings
from ...types import Events, Segments
from ..blocks import REACH
from ..pool import ordered
from ..progress import progress
from .chunks import inside
from .windows import Found, Target, extents, together, windows_of


@dataclass(frozen=True)
class GlitchWork:
    """The glitches of some targets that one job takes the windows of; quiet times are `within` what is analysed."""

    source: Source
    main: str
    main_events: Events
    targets: tuple[Target, ...]
    settings: CoherenceSettings
    within: Segments


def windowed(work: GlitchWork) -> dict[str, Found]:
    """The windows of one job, by label."""
    return windows_of(work.source, work.main, work.main_events, work.targets, work.settings, work.within)


def work_of(
    source: Source,
    main: str,
    main_events: Events,
    targets: Sequence[Target],
    cell: tuple[float, float],
    chosen: CoherenceSettings,
    within: Segments,
) -> GlitchWork:
    """The glitches in a cell (GPS s), with the files and triggers near it."""
    start, end = cell[0] - REACH, cell[1] + REACH
    here = tuple(_within(one, cell, (start, end)) for one in targets)
    return GlitchWork(source.between(start, end), main, _near(main_events, start, end), here, chosen, within)


def _within(one: Target, cell: tuple[float, float], near: tuple[float, float]) -> Target:
    snr = one.snr[(one.gps >= cell[0]) & (one.gps < cell[1])]
    return replace(one, gps=inside(one.gps, cell), snr=snr, channel_events=_near(one.channel_events, *near))


def _near(events: Events, start: float, end: float) -> Events:
    first, last = extents(events)
    return events.take((last >= start) & (first < end))


def gathered(parts: Sequence[GlitchWork], targets: Sequence[Target], workers: int, quiet: bool) -> dict[str, Found]:
    """The windows of all parts, by label."""
    done = []
    with progress("coherence", len(parts), quiet) as tick:
        for one in ordered(windowed, parts, workers):
            done.append(one)
            tick()
    return {one.label: together([part[one.label] for part in done]) for one in targets}
