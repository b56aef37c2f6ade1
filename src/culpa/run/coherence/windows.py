"""Whitened windows at glitches, and at quiet times near them: what the coherence at glitches is made from."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from math import ceil, floor
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from ...acquire.sources import Source
from ...decompose.stretches import Stretch, StretchWhitener
from ...decompose.welch import Windows, spectra
from ...errors import NoDataError
from ...explain.coherence.settings import CoherenceSettings
from ...types import Complexes, Events, Floats, Mask, Segments, Series
from ..blocks import BLOCK, Block, block_of, nearest

log = logging.getLogger(__name__)

_TOP = 0.95
"""Of the Nyquist frequency so much is looked at: above it there is what an anti-alias filter left."""


@dataclass(frozen=True)
class Target:
    """A channel and the glitches at which it is compared with the main one; `label` is what files are called after.

    `gps` s and `snr` have shape (glitches,), in order of time; `channel_events` are the channel's own triggers.
    """

    label: str
    channel: str
    gps: Floats
    snr: Floats
    channel_events: Events


@dataclass(frozen=True)
class Windowed:
    """The windows of a target: spectra `x` of the main channel and `y` of the other, shape (windows, bins).

    `frequencies` Hz (bins,), `gps` s and `snr` (windows,). `lost` windows are not there: too near to a gap, or nothing
    is known of one of the channels there.
    """

    gps: Floats
    snr: Floats
    x: Complexes
    y: Complexes
    frequencies: Floats
    lost: int = 0


@dataclass(frozen=True)
class Found:
    """The windows at the glitches of a target, and as many at quiet times near them, where there are so many."""

    at_glitches: Windowed
    at_quiet_times: Windowed


def spaced(gps: Floats, snr: Floats, apart: float, most: int) -> NDArray[np.int64]:
    """Which triggers (in order of time) count: those with no louder one so near (s), at most so many, the loudest.

    Windows that overlap share samples, and would agree with each other.
    """
    kept: list[int] = []
    taken = np.empty(0)
    for row in np.argsort(-snr, kind="stable").tolist():
        if len(kept) == most:
            break
        place = int(np.searchsorted(taken, gps[row]))
        near = taken[max(0, place - 1) : place + 1]
        if not (np.abs(near - gps[row]) < apart).any():
            kept.append(row)
            taken = np.insert(taken, place, gps[row])
    return np.array(sorted(kept), np.int64)


def windows_of(
    source: Source,
    main: str,
    main_events: Events,
    targets: Sequence[Target],
    settings: CoherenceSettings,
    within: Segments | None = None,
) -> dict[str, Found]:
    """The windows of each target, by its label. A window depends on its time and the data around it alone.

    Windows lie `within` the analysed time (None: all), those at quiet times in the same piece of the grid of `BLOCK` s
    as their glitches. Of a channel whose rate does not allow them all are lost; the log names it. Raises
    ChannelNotFoundError for a channel that the source does not have, NoDataError where the main one is too slow.
    """
    there = source.segments(main)
    analysed = there if within is None else there & within
    times = np.unique(np.concatenate([np.empty(0), *(target.gps for target in targets)])).tolist()
    frequencies = {target.label: _frequencies(source, main, target.channel, settings) for target in targets}
    parts: dict[str, list[Found]] = {target.label: [] for target in targets}
    for (piece, block), group in groupby(times, key=lambda at: (floor(at / BLOCK), block_of(at, there))):
        moments = [*group]
        here = [_only(target, moments) for target in targets]
        here = [target for target in here if len(target.gps)]
        looked_at = [target for target in here if block and len(frequencies[target.label])]
        for target in here:
            if target not in looked_at:
                parts[target.label].append(_nothing(len(target.gps), frequencies[target.label]))
        if not (block and looked_at):
            continue
        around = analysed & Segments(((max(block.start, piece * BLOCK), min(block.end, (piece + 1) * BLOCK)),))
        of_main = _stretches(source, main, block, settings)
        for target in looked_at:
            of_channel = _stretches(source, target.channel, block, settings)
            pair = (of_main, of_channel)
            quiet = _quiet(piece, around, target, main_events, settings)
            snr = target.snr[: len(quiet)]
            bins = frequencies[target.label]
            found = Found(
                _windowed(pair, target.gps, target.snr, bins, settings.window, analysed),
                _windowed(pair, quiet, snr, bins, settings.window, analysed),
            )
            parts[target.label].append(found)
    return {label: together(some) if some else _nothing(0, frequencies[label]) for label, some in parts.items()}


def together(parts: Sequence[Found]) -> Found:
    """The windows of all parts (one or more), in their order."""
    return Found(_joined([part.at_glitches for part in parts]), _joined([part.at_quiet_times for part in parts]))


def _joined(parts: Sequence[Windowed]) -> Windowed:
    gps, snr, x, y = (np.concatenate([getattr(part, name) for part in parts]) for name in ("gps", "snr", "x", "y"))
    return Windowed(gps, snr, x, y, parts[0].frequencies, sum(part.lost for part in parts))


def _only(target: Target, moments: Sequence[float]) -> Target:
    inside = np.isin(target.gps, moments)
    return Target(target.label, target.channel, target.gps[inside], target.snr[inside], target.channel_events)


def _nothing(lost: int, frequencies: Floats) -> Found:
    none = np.zeros((0, len(frequencies)), np.complex64)
    empty = np.empty(0)
    return Found(
        Windowed(empty, empty, none, none, frequencies, lost), Windowed(empty, empty, none, none, frequencies, 0)
    )


def _frequencies(source: Source, main: str, channel: str, settings: CoherenceSettings) -> Floats:
    """The frequencies that are looked at (Hz), none where the channel's rate has none. Raises as `windows_of`."""
    step = 1 / settings.window
    for name in (main, channel):
        rate = source.sample_rate(name)
        if Windows(settings.window, settings.window).size(rate) is None:
            unfit = (
                f"{name}: windows of {settings.window:g} s are no whole number of samples at {rate:g} Hz, or too few"
            )
            if name == main:
                raise NoDataError(unfit, "choose another length: [coherence] window")
            log.warning("%s; left out", unfit)
            return np.empty(0)
    tops = [_band(source.sample_rate(name), settings)[1] for name in (main, channel)]
    first, *lasts = ceil(settings.fmin / step - 1e-9), *(int(top / step + 1e-9) for top in tops)
    for name, top, last in zip((main, channel), tops, lasts, strict=True):
        if last < max(1, first):
            none = f"{name}: windows of {settings.window:g} s have no frequency from {settings.fmin:g} to {top:g} Hz"
            if name == main:
                raise NoDataError(none, "a longer window, or another range: [coherence] window, fmin, fmax")
            log.warning("%s; left out", none)
    return np.asarray(step * np.arange(max(1, first), min(lasts) + 1, dtype=float))


def _band(rate: float, settings: CoherenceSettings) -> tuple[float, float]:
    return settings.fmin, min(settings.fmax, _TOP * rate / 2)


def _stretches(source: Source, channel: str, block: Block, settings: CoherenceSettings) -> list[Stretch]:
    """The whitened stretches of a channel in a block; none where nothing can be known of it."""
    series = source.read(channel, block.start, block.end)
    try:
        starts = block.sampled(series)
        return _whitener(series.sample_rate, block.duration, _band(series.sample_rate, settings))(series, starts)
    except NoDataError as problem:
        log.warning("%s: %s", channel, problem.message)
        return []


@lru_cache(maxsize=8)
def _whitener(rate: float, duration: float, band: tuple[float, float]) -> StretchWhitener:
    return StretchWhitener(rate, duration, band)


def _windowed(
    pair: tuple[list[Stretch], list[Stretch]],
    gps: Floats,
    snr: Floats,
    frequencies: Floats,
    duration: float,
    within: Segments,
) -> Windowed:
    (x, known_x), (y, known_y) = (_spectra(of, gps, frequencies, duration, within) for of in pair)
    known = known_x & known_y
    return Windowed(gps[known], snr[known], x[known], y[known], frequencies, int((~known).sum()))


def _spectra(
    stretches: list[Stretch], gps: Floats, frequencies: Floats, duration: float, within: Segments
) -> tuple[Complexes, Mask]:
    """The spectrum of the window around each time, and which are known."""
    result, known = np.zeros((len(gps), len(frequencies)), np.complex64), np.zeros(len(gps), bool)
    if not stretches:
        return result, known
    first = round(frequencies[0] * duration)
    places = np.array([nearest(stretches, moment) for moment in gps.tolist()], np.int64)
    for place in np.unique(places).tolist():
        stretch, some = stretches[place], np.flatnonzero(places == place)
        starts = gps[some] - duration / 2
        series = Series(stretch.values, stretch.t0, stretch.sample_rate)
        of, there = spectra(series, starts, round(duration * stretch.sample_rate))
        result[some] = of[:, first : first + len(frequencies)]
        usable = stretch.usable & within
        outside = [bool(Segments(((start, start + duration),)) - usable) for start in starts.tolist()]
        known[some] = there & ~np.array(outside, bool)
    return result, known


def _quiet(piece: int, inside: Segments, target: Target, main_events: Events, settings: CoherenceSettings) -> Floats:
    """Times in a piece of the grid away from every trigger of both channels: as many as glitches, or all there are.

    They are chosen by chance among windows that do not overlap.
    """
    apart = settings.quiet
    busy = Segments.of(
        (first - apart, last + apart)
        for events in (main_events, target.channel_events)
        for first, last in np.transpose(extents(events)).tolist()
    )
    half = settings.window / 2
    free = inside - busy
    slots = np.concatenate(
        [np.empty(0), *(np.arange(start + half, end - half, settings.window) for start, end in free)]
    )
    rng = np.random.default_rng([settings.seed, 2, crc32(target.channel.encode()), piece])
    chosen = rng.choice(len(slots), min(len(slots), len(target.gps)), replace=False)
    return np.asarray(slots[np.sort(chosen)])


def extents(events: Events) -> tuple[Floats, Floats]:
    """From when to when each trigger lasts (GPS s): its time alone, where it does not say."""
    return np.fmin(events["tstart"], events["time"]), np.fmax(events["tend"], events["time"])


def as_arrays(found: Mapping[str, Found]) -> dict[str, NDArray[np.generic]]:
    """Windows as arrays for one file, which `from_arrays` makes windows of."""
    arrays: dict[str, NDArray[np.generic]] = {"labels": np.array([*found], np.str_)}
    for number, one in enumerate(found.values()):
        for what in ("at_glitches", "at_quiet_times"):
            arrays |= {f"{number}/{what}/{name}": np.asarray(each) for name, each in vars(getattr(one, what)).items()}
    return arrays


def from_arrays(arrays: Mapping[str, NDArray[np.generic]]) -> dict[str, Found]:
    """The windows in a file."""

    def windowed(prefix: str) -> Windowed:
        gps, snr, x, y, bins = (np.asarray(arrays[prefix + name]) for name in ("gps", "snr", "x", "y", "frequencies"))
        return Windowed(gps, snr, x, y, bins, int(arrays[prefix + "lost"]))

    return {
        label: Found(windowed(f"{number}/at_glitches/"), windowed(f"{number}/at_quiet_times/"))
        for number, label in enumerate(arrays["labels"].tolist())
    }
