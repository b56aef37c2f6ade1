"""The doing of `culpa coherence overall`."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Any

from ...acquire.sources import open_source
from ...decompose.welch import Sums, Windows
from ...errors import NoDataError, UsageError
from ...explain.coherence.settings import CoherenceSettings
from ...report.coherence.files import labels_in, write_findings
from ..at_work import at_work
from ..pool import ordered
from ..progress import progress
from .analysis import labelled_files, overall_files
from .chunks import by_cell
from .planned import made_by_plan
from .request import Request, analysed, labelled, others, rounds_of, vetoed
from .spectra import SpectraWork, added, fitting, summed
from .targets import labels_of
from .told import read


def plan(asked: Request, chosen: CoherenceSettings) -> dict[str, Any]:
    """What `make` would do: channels, time, windows and the output folder."""
    channels, _, parts = _wanted(asked, chosen)
    windows = sum(len(part.starts) for part in parts)
    return {"output": str(asked.output), "main": asked.main, "channels": list(channels), "windows": windows}


def make(asked: Request, chosen: CoherenceSettings, workers: int, quiet: bool) -> dict[str, Any]:
    """Compare, write the results, and return what was found of what was asked for.

    Raises NoDataError where there is no window, or no channel to compare with.
    """
    if made_by_plan(asked, chosen, workers, quiet):
        return read(asked.output)
    everything = asked.rank is None
    with at_work(asked.day.folder) if asked.day else nullcontext():
        _, labels, parts = _wanted(asked, chosen)
        sums = _summed(parts, workers, quiet)
        if everything:
            written = overall_files(sums, asked.main, labels, chosen, asked.output, every=bool(asked.channels))
        else:  # those of all channels stay
            written = labelled_files(sums, asked.main, labels, chosen, asked.output)
        write_findings(asked.output)
    return read(asked.output, labels_in(written, "overall"), ranked=everything)


def _wanted(asked: Request, chosen: CoherenceSettings) -> tuple[list[str], Mapping[str, str], list[SpectraWork]]:
    """The channels, those with files of their own by label, and the work in parts."""
    source, windows = open_source(asked.sources), Windows(chosen.fft, chosen.stride)
    labels = labelled(rounds_of(asked))
    if asked.rank is not None and asked.channels:
        raise UsageError("a rank and channels exclude each other", "a rank stands for the winner of that round")
    if asked.rank is not None:
        channels = list(dict.fromkeys(labels.values()))
    else:
        channels = others(asked, source)
        if asked.channels:
            labels_of(channels)  # all have files of their own
            labels = {}
    rates = {name: source.sample_rate(name) for name in (asked.main, *channels)}
    channels = fitting(rates, asked.main, windows)
    segments = analysed(asked, source)
    starts = windows.starts(segments - vetoed(asked) if chosen.leave_out_vetoed else segments)
    if not (len(starts) and channels):
        raise NoDataError(
            f"no window of {chosen.fft:g} s in the analysed time" if channels else "no channel is left to compare with",
            "a shorter one: --fft" if channels else "",
        )
    parts = [
        SpectraWork(source.between(some[0] - 1, some[-1] + chosen.fft + 1), asked.main, tuple(channels), some, windows)
        for _, some in by_cell(starts)
    ]
    return channels, {label: name for label, name in labels.items() if name in channels}, parts


def _summed(parts: Sequence[SpectraWork], workers: int, quiet: bool) -> Sums:
    done: list[Sums] = []
    with progress("coherence", len(parts), quiet) as tick:
        for one in ordered(summed, parts, workers):
            done = [added([*done, one])]  # one by one: memory does not grow with the time
            tick()
    return done[0]
