"""The doing of `culpa coherence overall`."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from ...acquire.sources import open_source
from ...decompose.welch import Sums, Windows
from ...errors import NoDataError, UsageError
from ...explain.coherence.settings import CoherenceSettings
from ...report.coherence.files import Basis, labels_in
from ...settings import plain
from ..at_work import at_work
from ..pool import ordered
from ..progress import progress
from .analysis import overall_files, winners_files
from .chunks import by_cell
from .planned import made_by_plan
from .request import Request, analysed, others, rounds_of, tell_together, vetoed, winners
from .spectra import SpectraWork, added, fitting, summed
from .told import read


def plan(asked: Request, chosen: CoherenceSettings) -> dict[str, Any]:
    """What `make` would do: channels, time, windows and the output folder."""
    wanted = _wanted(asked, chosen)
    windows = sum(len(part.starts) for part in wanted.parts)
    return {"output": str(asked.output), "main": asked.main, "channels": list(wanted.channels), "windows": windows}


def make(asked: Request, chosen: CoherenceSettings, workers: int, quiet: bool) -> dict[str, Any]:
    """Compare, write the results, and return what was found of what was asked for.

    Raises NoDataError where there is no window, or no channel to compare with.
    """
    everything = asked.rank is None
    if made_by_plan(asked, chosen, workers, quiet):
        return read(asked.output, None if everything else winners(rounds_of(asked)), ranked=everything)
    with at_work(asked.day.folder) if asked.day else nullcontext():
        wanted = _wanted(asked, chosen)
        sums, basis = _summed(wanted.parts, workers, quiet), wanted.basis
        if everything:
            written = overall_files(sums, basis, wanted.winners, chosen, asked.output, every=bool(asked.channels))
        else:  # those of all channels stay
            written = winners_files(sums, basis, wanted.winners, chosen, asked.output)
        tell_together(asked, basis)
    return read(asked.output, labels_in(written, "overall"), ranked=everything)


@dataclass(frozen=True)
class _Wanted:
    """The channels, the winners of rounds by label, and the work in parts."""

    basis: Basis
    channels: tuple[str, ...]
    winners: Mapping[str, str]
    parts: list[SpectraWork]


def _wanted(asked: Request, chosen: CoherenceSettings) -> _Wanted:
    source, windows = open_source(asked.sources), Windows(chosen.fft, chosen.stride)
    if asked.rank is not None and asked.channels:
        raise UsageError("a rank and channels exclude each other", "a rank stands for the winner of that round")
    of_rounds = {} if asked.channels else winners(rounds_of(asked))
    channels = list(dict.fromkeys(of_rounds.values())) if asked.rank is not None else others(asked, source)
    channels = fitting({name: source.sample_rate(name) for name in (asked.main, *channels)}, asked.main, chosen)
    segments = analysed(asked, source)
    starts = windows.starts(segments - vetoed(asked) if chosen.leave_out_vetoed else segments)
    if not (len(starts) and channels):
        raise NoDataError(
            f"no window of {chosen.fft:g} s in the analysed time" if channels else "no channel is left to compare with",
            "a shorter one: --fft" if channels else "another length or range: --fft, --fmin, --fmax",
        )
    parts = [
        SpectraWork(source.between(some[0] - 1, some[-1] + chosen.fft + 1), asked.main, tuple(channels), some, windows)
        for _, some in by_cell(starts)
    ]
    of_rounds = {label: name for label, name in of_rounds.items() if name in channels}
    return _Wanted(Basis(asked.main, segments, plain(chosen)), tuple(channels), of_rounds, parts)


def _summed(parts: Sequence[SpectraWork], workers: int, quiet: bool) -> Sums:
    done: list[Sums] = []
    with progress("coherence", len(parts), quiet) as tick:
        for one in ordered(summed, parts, workers):
            done = [added([*done, one])]  # one by one: memory does not grow with the time
            tick()
    return done[0]
