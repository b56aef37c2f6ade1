"""From sums and windows to the files of results."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ... import names
from ...decompose.welch import Sums
from ...explain.coherence.glitch import glitch_coherence, shares
from ...explain.coherence.overall import Overall, listed, overall, ranking
from ...explain.coherence.settings import CoherenceSettings
from ...report.coherence.files import AtGlitches, write_glitch, write_overall, write_ranking
from .windows import Found, Target


def overall_files(
    sums: Sums,
    main: str,
    labels: Mapping[str, str],
    settings: CoherenceSettings,
    folder: Path,
    every: bool = False,
) -> list[Path]:
    """Write the overall coherence of all channels of the sums, and of some by their `labels` ({label: channel}).

    Of channels without a label those have files of their own that stand out, or `every` one.
    """
    found = overall(sums, settings)
    rows = ranking(found, settings.bands)
    written = write_ranking(folder, found, main, rows, listed(found, settings.listed))
    written += labelled_files(sums, main, labels, settings, folder)
    for one in found.values() if every else _drawn(found, settings.drawn):
        written += write_overall(folder, names.channel_tag(one.channel), one, main)
    return written


def labelled_files(
    sums: Sums, main: str, labels: Mapping[str, str], settings: CoherenceSettings, folder: Path
) -> list[Path]:
    """Write the overall coherence of channels by their labels.

    Each is judged as if it were the only channel that is looked at: something else has named it.
    """
    written = []
    for label, channel in labels.items():
        (one,) = overall(sums, settings, [channel]).values()
        written += write_overall(folder, label, one, main)
    return written


def _drawn(found: Mapping[str, Overall], most: int) -> list[Overall]:
    """The channels that stand out, the rarest by chance first."""
    standing_out = [one for one in found.values() if one.significant.any()]
    return sorted(standing_out, key=lambda one: (one.smallest, -np.nanmax(one.coherence), one.channel))[:most]


def glitch_files(
    targets: Sequence[Target], found: Mapping[str, Found], main: str, settings: CoherenceSettings, folder: Path
) -> list[Path]:
    """Write the coherence of each target at its glitches, from its windows (by label)."""
    written = []
    for target in targets:
        written += write_glitch(folder, target.label, at_glitches(target, found[target.label], main, settings))
    return written


def at_glitches(target: Target, found: Found, main: str, settings: CoherenceSettings) -> AtGlitches:
    """The coherence of a target; the shares of its glitches are of the frequencies that stand out, if any do."""
    here, quiet = found.at_glitches, found.at_quiet_times
    result, beside = (
        glitch_coherence(of.x, of.y, of.snr, of.frequencies, settings) if len(of.gps) else None for of in (here, quiet)
    )
    part = np.full(len(here.gps), np.nan)
    if result is not None:
        marked = result.significant
        where = marked if marked.any() else np.ones_like(marked)
        part = shares(here.x[:, where], here.y[:, where], here.snr, settings)
    return AtGlitches(target.channel, main, result, beside, here.gps, here.snr, part, len(target.gps), here.lost)
