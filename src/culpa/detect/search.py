"""The trigger search of one channel: whiten, tile, threshold, cluster."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..condition.whiten import Whitened, Whitener
from ..decompose.qtransform import TileSearch, tile_times
from ..decompose.tiling import Tiling, build_tiling
from ..types import TRIGGER_COLUMNS, Events, Segments, Series
from .cluster import Part, cluster, combine, stitch
from .layout import Group, groups
from .peak import Peak, measure, refine
from .settings import SearchSettings


@dataclass(frozen=True)
class Engine:
    """What is needed to search segments of one length and sample rate; costly to build, meant to be kept."""

    tiling: Tiling
    whitener: Whitener
    tiles: TileSearch


@lru_cache(maxsize=2)  # two: the full segment and a short stretch; at 16384 Hz one holds 200 MB
def engine(sample_rate: float, duration: float, overlap: float, settings: SearchSettings) -> Engine | None:
    """An engine for data at `sample_rate` Hz in segments of `duration` s; None where no tile fits the settings."""
    rate = min(sample_rate, settings.sample_rate or sample_rate)
    tiling = build_tiling(duration, rate, settings.qmin, settings.qmax, settings.mismatch, settings.fmin, settings.fmax)
    if len(tiling) == 0:
        return None
    whitener = Whitener(sample_rate, duration, tiling.band, overlap / 2, settings.psd_resolution)
    return Engine(tiling, whitener, TileSearch(tiling, whitener.bins))


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
    bad = ~np.isfinite(series.values)
    if bad.all():
        return Searched(nothing, Segments(), ("all samples are NaN",))
    parts = engine(series.sample_rate, group.duration, group.overlap, settings)
    if parts is None:
        band = f"no tile between {settings.fmin:g} Hz and what {series.sample_rate:g} Hz allows"
        return Searched(nothing, Segments(), (band,))
    whitened = parts.whitener(series, group.starts)
    if whitened is None:
        constant = np.ptp(series.values[~bad]) == 0
        return Searched(
            nothing, Segments(), ("constant" if constant else "too few samples without a gap for a spectrum",)
        )
    found = [_search_segment(parts, whitened, i, core, settings) for i, core in enumerate(group.cores)]
    part = combine(list(stitch(found, settings.cluster)))
    remarks = ["missing or NaN samples left out"] if bad.any() else []
    if part.truncated:
        remarks.append(f"more than {settings.max_rate:g} tiles per s above SNR {settings.snr:g}: the loudest were kept")
    return Searched(part, Segments.of([(group.start, group.end)]) & whitened.usable, tuple(remarks))


def _search_segment(
    parts: Engine, whitened: Whitened, index: int, core: tuple[float, float], settings: SearchSettings
) -> Part:
    origin, spectrum = whitened.starts[index], whitened.spectra[index]
    most = int(settings.max_rate * (core[1] - core[0]))
    hits, truncated = parts.tiles.search(spectrum, settings.snr, core[0] - origin, core[1] - origin, most)
    hits = hits.take(whitened.usable.contains(origin + tile_times(parts.tiling, hits)))
    clusters = cluster(parts.tiling, hits, settings.cluster)
    look = refine if settings.cluster > 0 else measure
    peaks = [look(spectrum, whitened.asd, parts.tiling, int(hits.row[i]), int(hits.tile[i])) for i in clusters.peak]
    columns = {name: np.array([getattr(peak, name) for peak in peaks]) for name in Peak.__dataclass_fields__}
    columns |= {name: getattr(clusters, name) for name in ("tstart", "tend", "fstart", "fend")}
    for name in ("time", "tstart", "tend"):
        columns[name] = columns[name] + origin
    return Part(*core, Events({name: columns[name] for name in TRIGGER_COLUMNS}), truncated)
