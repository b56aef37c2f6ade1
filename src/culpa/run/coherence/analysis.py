"""From sums and windows to the files of results."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ...decompose.welch import Sums
from ...explain.coherence.glitch import GlitchCoherence, glitch_coherence, shares
from ...explain.coherence.overall import Overall, listed, overall, ranking
from ...explain.coherence.ranges import glitch_ranges
from ...explain.coherence.settings import CoherenceSettings
from ...report.coherence.files import AtGlitches, Basis, write_glitch, write_overall, write_ranking
from ...types import Mask
from .targets import labels_of
from .windows import Found, Target


def overall_files(
    sums: Sums,
    basis: Basis,
    winners: Mapping[str, str],
    settings: CoherenceSettings,
    folder: Path,
    every: bool = False,
) -> list[Path]:
    """Write the overall coherence of all channels of the sums, and of the `winners` of rounds by their labels.

    Of the channels those have files of their own, too, that stand out, or `every` one.
    """
    found, labels = overall(sums, settings), labels_of([*sums.pairs])
    rows = ranking(found, settings.bands)
    written = write_ranking(folder, found, basis, rows, listed(found, settings.listed))
    written += winners_files(sums, basis, winners, settings, folder)
    drawn = [*found] if every else _drawn(found, settings.drawn)
    for label, name in labels.items():
        if name in drawn:
            written += write_overall(folder, label, found[name], basis)
    return written


def winners_files(
    sums: Sums, basis: Basis, winners: Mapping[str, str], settings: CoherenceSettings, folder: Path
) -> list[Path]:
    """Write the overall coherence of the winners of rounds by their labels.

    Each is judged as if it were the only channel that is looked at: the veto has named it.
    """
    written = []
    for label, channel in winners.items():
        (one,) = overall(sums, settings, [channel]).values()
        written += write_overall(folder, label, one, basis)
    return written


def _drawn(found: Mapping[str, Overall], most: int) -> list[str]:
    """The channels that stand out, the rarest by chance first."""
    standing_out = [one for one in found.values() if one.significant.any()]
    rarest = sorted(standing_out, key=lambda one: (one.smallest, -np.nanmax(one.coherence), one.channel))
    return [one.channel for one in rarest[:most]]


def glitch_files(
    targets: Sequence[Target], found: Mapping[str, Found], basis: Basis, settings: CoherenceSettings, folder: Path
) -> list[Path]:
    """Write the coherence of each target at its glitches, from its windows (by label)."""
    written = []
    for target in targets:
        written += write_glitch(folder, target.label, at_glitches(target, found[target.label], settings), basis)
    return written


def at_glitches(target: Target, found: Found, settings: CoherenceSettings) -> AtGlitches:
    """The coherence of a target; the shares of its glitches are of the frequencies that stand out, if any do."""
    here, quiet = found.at_glitches, found.at_quiet_times
    result, beside = (
        glitch_coherence(of.x, of.y, of.snr, of.frequencies, settings) if len(of.gps) else None for of in (here, quiet)
    )
    part = np.full(len(here.gps), np.nan)
    if result is not None:
        where = _standing_out(result)
        part = shares(here.x[:, where], here.y[:, where], here.snr, settings)
    return AtGlitches(target.channel, result, beside, here.gps, here.snr, part, len(target.gps), here.lost)


def _standing_out(of: GlitchCoherence) -> Mask:
    """The frequencies that are found to be coherent; all, where none is."""
    where = of.significant
    for one in glitch_ranges(of):
        if np.isnan(one.peak):  # a band
            where |= (of.frequencies >= one.low) & (of.frequencies < one.high)
    return where if where.any() else np.ones_like(where)
