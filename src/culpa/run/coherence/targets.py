"""Which glitches a channel is compared at: those that a round of the veto explains by it, or all there are."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from zlib import crc32

import numpy as np

from ... import names
from ...acquire.segmentfiles import read_segments
from ...errors import NoDataError, UsageError
from ...evaluate.veto import ROUNDING, VetoRound
from ...explain.coherence.settings import CoherenceSettings
from ...types import Events, Segments
from .windows import Target, spaced

_LONGEST = 100
"""Letters of a channel's name that files are called after."""


def round_label(number: int) -> str:
    """What the files of a round are called after."""
    return f"round-{number}"


def chosen_rounds(rounds: Sequence[VetoRound], rank: int | None) -> list[VetoRound]:
    """The round of a rank (None: every round). Raises NoDataError where the veto does not have it."""
    if rank is None:
        return list(rounds)
    found = [one for one in rounds if one.number == rank]
    if not found:
        there = f"it has rounds 1 to {len(rounds)}" if rounds else "no channel explains the glitches"
        raise NoDataError(f"the veto has no round {rank}", there)
    return found


def of_rounds(
    main: str,
    rounds: Sequence[VetoRound],
    events: Mapping[str, Events],
    settings: CoherenceSettings,
    channels: Sequence[str] = (),
) -> list[Target]:
    """The winner of each round at the triggers that it vetoes; or other channels at these."""
    of = events.get(main, Events.empty())
    targets = []
    for one in rounds:
        triggers, label = of.take(_rows(of, one)), round_label(one.number)
        compared = {f"{label}_{tag}": name for tag, name in labels_of(channels).items()} or {label: one.winner}
        targets += [target(whole, channel, triggers, events, settings) for whole, channel in compared.items()]
    return targets


def target(
    label: str, channel: str, triggers: Events, events: Mapping[str, Events], settings: CoherenceSettings
) -> Target:
    """A channel at some triggers of the main one, those that count."""
    gps, snr = triggers["time"], triggers["snr"]
    kept = np.isfinite(gps) & np.isfinite(snr) & (snr > 0)
    gps, snr = gps[kept], snr[kept]
    rows = spaced(gps, snr, settings.window, settings.most)
    return Target(label, channel, gps[rows], snr[rows], events.get(channel, Events.empty()))


def _rows(of: Events, one: VetoRound) -> list[int]:
    """Where the vetoed triggers of a round stand among the events, in order of time."""
    times = of["time"]
    after = np.searchsorted(times, one.vetoed - ROUNDING)
    inside = after < len(times)
    found = after[inside][np.abs(times[after[inside]] - one.vetoed[inside]) <= ROUNDING]
    return np.unique(found).tolist()  # type: ignore[no-any-return]


def vetoed_time(hveto: Path, rounds: Sequence[VetoRound]) -> Segments:
    """What all rounds veto (GPS s). Raises NoDataError where a file of a round is not there."""
    total = Segments()
    for one in rounds:
        total |= read_segments(hveto / f"round-{one.number}" / "segments.txt")
    return total


def labels_of(channels: Sequence[str]) -> dict[str, str]:
    """The channels by what their files are called after: another name for each, and none too long for a file."""
    found: dict[str, str] = {}
    taken = set()
    for channel in dict.fromkeys(channels):
        try:
            tag = names.channel_tag(channel)
        except UsageError:  # nothing of its name can be written
            tag = f"channel_{crc32(channel.encode()):08x}"
        if len(tag) > _LONGEST or tag.lower() in taken:  # there are file systems without capitals
            tag = f"{tag[:_LONGEST]}_{crc32(channel.encode()):08x}"
        taken.add(tag.lower())
        found[tag] = channel
    return found
