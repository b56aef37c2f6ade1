"""Sums over the windows of a recording: read block by block, the main channel's spectra once for all others.

Memory is that of one block of two channels, and of the sums, whatever the length of the recording.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

import numpy as np

from ...acquire.atomic import atomic
from ...acquire.sources import Source
from ...decompose.welch import ChannelSums, PairSums, Spectra, Sums, Windows, channel_sums, pair_sums, spectra
from ...errors import NoDataError
from ...explain.coherence.overall import examined
from ...explain.coherence.settings import CoherenceSettings
from ...types import Floats, Mask

log = logging.getLogger(__name__)

_ROOM = 40e6
"""Bytes of the spectra of the fastest channel that are held at once, unless a few windows need more."""
_FEWEST = 16
"""Windows that are read at once, or more."""


@dataclass(frozen=True)
class SpectraWork:
    """The windows (`starts` in GPS s) of a main channel and others that one job sums up."""

    source: Source
    main: str
    channels: tuple[str, ...]
    starts: Floats
    windows: Windows


def fitting(rates: Mapping[str, float], main: str, settings: CoherenceSettings) -> list[str]:
    """The channels beside the main one whose rates (Hz) allow the windows and frequencies; the log names others.

    Raises NoDataError where the main channel's does not.
    """
    found = []
    for name, rate in rates.items():
        size = Windows(settings.fft, settings.stride).size(rate)
        if size is None:
            why = f"windows of {settings.fft:g} s are no whole number of samples at {rate:g} Hz, or too few"
        elif _is_empty(examined(np.arange(size // 2 + 1) / settings.fft, settings)):
            upper = f"to {settings.fmax:g} Hz" if isfinite(settings.fmax) else "Hz on"
            why = f"there is no frequency from {settings.fmin:g} {upper} at a rate of {rate:g} Hz"
        else:
            found.append(name)
            continue
        if name == main:
            raise NoDataError(f"{main}: {why}", "choose another length or range: --fft, --fmin, --fmax")
        log.warning("%s: %s; left out", name, why)
    return [name for name in found if name != main]


def _is_empty(some: slice) -> bool:
    return bool(some.stop <= some.start)


def summed(work: SpectraWork) -> Sums:
    """The sums over some windows. Raises NoDataError without any."""
    parts = (_block(work, starts) for starts in _blocks(work))
    total = next(parts, None)
    if total is None:
        raise NoDataError("there is no window to average")
    for part in parts:
        total += part
    return total


def _blocks(work: SpectraWork) -> Iterator[Floats]:
    """The windows that are summed together: by the main channel's rate, so that no channel's sums depend on others."""
    for starts in _held(work, work.main, work.starts):
        far = np.flatnonzero(np.diff(starts) > 2 * work.windows.duration) + 1  # what lies between is not read
        yield from np.split(starts, far)


def _held(work: SpectraWork, channel: str, starts: Floats) -> Iterator[Floats]:
    """As many of the windows at a time as there is room for."""
    count = max(_FEWEST, int(_ROOM / (8 * work.source.sample_rate(channel) * work.windows.duration)))
    for first in range(0, len(starts), count):
        yield starts[first : first + count]


def _block(work: SpectraWork, starts: Floats) -> Sums:
    x, known = _spectra(work, work.main, starts)
    runs = np.concatenate([[0], np.cumsum(np.diff(starts) > work.windows.stride * (1 + 1e-6))])
    pairs = {}
    for name in work.channels:
        y, usable = _lowest(work, name, starts, x.shape[1])
        pairs[name] = pair_sums(x, y, known & usable, runs)
    return Sums(channel_sums(x, known, runs), pairs, 1 / work.windows.duration)


def _lowest(work: SpectraWork, channel: str, starts: Floats, bins: int) -> tuple[Spectra, Mask]:
    """The spectra of a channel; of one that is much faster than the main one only so many bins, part by part."""
    parts = [*_held(work, channel, starts)]
    if len(parts) == 1:
        return _spectra(work, channel, starts)
    done = []
    for some in parts:
        of, known = _spectra(work, channel, some)
        done.append((of.T[:bins].copy(), known))
    return np.concatenate([of for of, _ in done], axis=1).T, np.concatenate([known for _, known in done])


def _spectra(work: SpectraWork, channel: str, starts: Floats) -> tuple[Spectra, Mask]:
    rate = work.source.sample_rate(channel)
    size = work.windows.size(rate)
    if size is None:
        raise NoDataError(f"{channel}: no windows of {work.windows.duration:g} s at {rate:g} Hz")
    end = float(starts[-1]) + work.windows.duration + 2 / rate  # rounding must not cost the last window
    return spectra(work.source.read(channel, float(starts[0]), end), starts, size)


def write_sums(sums: Sums, path: Path) -> None:
    """Write sums as a file that `read_sums` reads. Raises CulpaError where the disk refuses."""
    arrays = {f"main/{name}": value for name, value in vars(sums.main).items()}
    for number, pair in enumerate(sums.pairs.values()):
        arrays |= {f"{number}/{name}": value for name, value in vars(pair).items() if name != "other"}
        arrays |= {f"{number}/other/{name}": value for name, value in vars(pair.other).items()}
    with atomic(path) as temporary, temporary.open("wb") as file:
        np.savez(file, resolution=sums.resolution, channels=np.array([*sums.pairs], np.str_), **arrays)


def read_sums(path: Path) -> Sums:
    """What `write_sums` wrote."""
    with np.load(path) as file:
        main = ChannelSums(int(file["main/count"]), *(file[f"main/{name}"] for name in ("power", "lagged", "pairs")))
        pairs = {}
        for number, name in enumerate(file["channels"].tolist()):
            other = (file[f"{number}/other/{each}"] for each in ("power", "lagged", "pairs"))
            x, cross, joint = (file[f"{number}/{each}"] for each in ("main", "cross", "joint"))
            pairs[name] = PairSums(x, cross, joint, ChannelSums(int(file[f"{number}/other/count"]), *other))
        return Sums(main, pairs, float(file["resolution"]))


def added(parts: Iterable[Sums]) -> Sums:
    """The sum of one part or more, in their order."""
    one_by_one = iter(parts)
    total = next(one_by_one)
    for part in one_by_one:
        total += part
    return total
