"""The trigger search of one channel: whiten, tile, threshold, cluster."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from threading import Lock

import numpy as np

from ..condition.gaps import flat, missing
from ..condition.whiten import WINDOWS, Whitened, Whitener
from ..decompose.qtransform import Hits, TileSearch, tile_times
from ..decompose.tiling import Tiling, build_tiling
from ..types import TRIGGER_COLUMNS, Events, Segments, Series
from .cluster import Part, cluster, combine, stitch
from .layout import Group, groups
from .peak import Peak, measure, refine
from .settings import SearchSettings

_TOGETHER = 3
"""Segments searched at a time: so many spectra fit into a third-level cache beside the windows."""
SMALLEST, LARGEST = 1e-100, 1e100
"""Magnitudes of samples whose powers are numbers."""


@dataclass(frozen=True)
class Engine:
    """What is needed to search segments of one length and sample rate; costly to build, meant to be kept.

    Its parts own arrays that they work in: `lock` is held while it is used.
    """

    tiling: Tiling
    whitener: Whitener
    tiles: TileSearch
    lock: Lock = field(default_factory=Lock, compare=False)


@lru_cache(maxsize=2)  # two: the full segment and a short stretch; at 16384 Hz one holds 200 MB
def engine(
    sample_rate: float, duration: float, overlap: float, resolution: float, settings: SearchSettings
) -> Engine | None:
    """An engine for data at `sample_rate` Hz in segments of `duration` s; None where no tile fits the settings.

    `resolution` Hz is that of the noise spectra.
    """
    rate = min(sample_rate, settings.sample_rate or sample_rate)
    tiling = build_tiling(duration, rate, settings.qmin, settings.qmax, settings.mismatch, settings.fmin, settings.fmax)
    if len(tiling) == 0:
        return None
    whitener = Whitener(sample_rate, duration, tiling.band, overlap / 2, resolution)
    return Engine(tiling, whitener, TileSearch(tiling, whitener.bins))


def spectrum_resolution(group: Group, settings: SearchSettings) -> float:
    """Resolution (Hz) of a group's noise spectrum: as asked, or coarser in steps of two where data are short."""
    resolution, usable = settings.psd_resolution, group.duration - group.overlap
    while len(group.starts) * (2 * usable * resolution - 1) < WINDOWS:
        resolution *= 2
    return resolution


@dataclass(frozen=True)
class Searched:
    """What a group of segments gave: events of `part`, the GPS intervals searched, and remarks for the log."""

    part: Part
    segments: Segments
    remarks: tuple[str, ...] = ()


def search(series: Series, settings: SearchSettings | None = None) -> Searched:
    """Events in one stretch of data without gaps between files, however long; NaN samples are left out.

    The same triggers as `culpa triggers` writes. A stretch shorter than 4 s gives nothing, with a remark.
    """
    settings = settings or SearchSettings()
    found = [
        search_group(series.crop(*group.data), group, settings) for group in groups(series.t0, series.end, settings)
    ]
    if not found:
        nothing = Part(series.t0, series.end, Events.empty())
        return Searched(nothing, Segments(), (f"{series.duration:g} s of data: at least 4 s are needed",))
    remarks = dict.fromkeys(remark for one in found for remark in one.remarks)
    part = combine(list(stitch((one.part for one in found), settings.cluster)))
    return Searched(part, Segments.of(bounds for one in found for bounds in one.segments), tuple(remarks))


def search_group(series: Series, group: Group, settings: SearchSettings) -> Searched:
    """Events of one group of segments; `series` covers `group.data`, NaN where there is nothing.

    The columns are those of a trigger file. Where nothing can be searched (constant channel, no valid data, no tile in
    the band) the part is empty and a remark says why.
    """
    nothing = Part(group.start, group.end, Events.empty())
    absent, still = missing(series), flat(series, 1 / settings.psd_resolution)
    if problem := _unusable(series, absent, still):
        return Searched(nothing, Segments(), (problem,))
    resolution = spectrum_resolution(group, settings)
    parts = engine(series.sample_rate, group.duration, group.overlap, resolution, settings)
    if parts is None:
        remark = f"sampled at {series.sample_rate:g} Hz: no tile fits above {settings.fmin:g} Hz"
        return Searched(nothing, Segments(), (remark,))
    with parts.lock:
        whitened = parts.whitener(series, group.starts, absent | still)
        if whitened is None:
            return Searched(nothing, Segments(), ("too few samples without a gap for a spectrum",))
        found = list(_search_segments(parts, whitened, group.cores, settings))
    part = combine(list(stitch(found, settings.cluster)))
    remarks = ["missing or NaN samples left out"] if absent else []
    if still:
        remarks.append("samples that do not change left out")
    if part.truncated:
        remarks.append(f"more than {settings.max_rate:g} tiles per s above SNR {settings.snr:g}: the loudest were kept")
    return Searched(part, Segments.of([(group.start, group.end)]) & whitened.usable, tuple(remarks))


def _unusable(series: Series, absent: Segments, still: Segments) -> str:
    """Why nothing can be searched, empty where something can; `absent` and `still` are the gaps in GPS s."""
    everything = Segments.of([(series.t0, series.end)])
    if not everything - absent:
        return "no valid samples: all are missing or NaN"
    if not everything - (absent | still):
        return "constant"
    present = series.values[np.isfinite(series.values)] if absent else series.values
    largest = max(float(present.max()), -float(present.min()))
    if not SMALLEST < largest < LARGEST:
        return f"values are not between {SMALLEST:g} and {LARGEST:g}"
    return ""


def _search_segments(
    parts: Engine, whitened: Whitened, cores: tuple[tuple[float, float], ...], settings: SearchSettings
) -> Iterator[Part]:
    for few in (range(i, min(i + _TOGETHER, len(cores))) for i in range(0, len(cores), _TOGETHER)):
        spectra = [whitened.spectra[i] for i in few]
        inside = [(cores[i][0] - whitened.starts[i], cores[i][1] - whitened.starts[i]) for i in few]
        found = parts.tiles.search_all(spectra, settings.snr, inside, int(settings.max_rate))
        for i, (hits, truncated) in zip(few, found, strict=True):
            yield _segment_part(parts, whitened, i, cores[i], hits, truncated, settings)


def _segment_part(
    parts: Engine,
    whitened: Whitened,
    index: int,
    core: tuple[float, float],
    hits: Hits,
    truncated: bool,
    settings: SearchSettings,
) -> Part:
    origin, spectrum = whitened.starts[index], whitened.spectra[index]
    hits = hits.take(whitened.usable.contains(origin + tile_times(parts.tiling, hits)))
    clusters = cluster(parts.tiling, hits, settings.cluster)
    look = refine if settings.cluster > 0 else measure
    peaks = [look(spectrum, whitened.asd, parts.tiling, int(hits.row[i]), int(hits.tile[i])) for i in clusters.peak]
    columns = {name: np.array([getattr(peak, name) for peak in peaks]) for name in Peak.__dataclass_fields__}
    columns |= {name: getattr(clusters, name) for name in ("tstart", "tend", "fstart", "fend")}
    for name in ("time", "tstart", "tend"):
        columns[name] = columns[name] + origin
    # a peak between the last tile of this core and the first of the next belongs to the core of its tile
    columns["time"] = np.clip(columns["time"], core[0], np.nextafter(core[1], core[0]))
    events = Events({name: columns[name] for name in TRIGGER_COLUMNS})
    return Part(*core, events.sorted_by_time(), truncated)
