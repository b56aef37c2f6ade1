from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from culpa.decompose.qtransform import Hits
from culpa.decompose.tiling import build_tiling
from culpa.detect.cluster import Part, cluster, combine, stitch, tile_extent
from culpa.types import TRIGGER_COLUMNS, Events
from tests.naive.clusters import clusters as slow

TILING = build_tiling(16, 1024, fmin=10)


def hits(rows, fractions, energies):
    row = np.array(rows, np.int64)
    tile = np.floor(np.array(fractions) * TILING.tiles[row]).astype(np.int64)
    return Hits(row, tile, np.array(energies, float))


def events(rows):
    """Events from (tstart, tend, time, snr)."""
    table = {name: np.zeros(len(rows)) for name in TRIGGER_COLUMNS}
    for i, name in enumerate(("tstart", "tend", "time", "snr")):
        table[name] = np.array([row[i] for row in rows], float)
    return Events(table)


some_hits = st.lists(
    st.tuples(st.integers(0, len(TILING) - 1), st.floats(0, 0.999), st.integers(38, 60)), max_size=30
).map(lambda rows: hits(*(list(column) for column in zip(*rows, strict=True))) if rows else hits([], [], []))


@given(some_hits, st.sampled_from([0.01, 0.1, 1.0]))
def test_clusters_equal_the_slow_twin(found, gap):
    start, end = tile_extent(TILING, found)
    expected = slow(start, end, gap)
    result = cluster(TILING, found, gap)
    assert len(result) == len(expected)
    for i, members in enumerate(expected):
        members = sorted(members)
        assert result.peak[i] in members
        assert found.energy[result.peak[i]] == max(found.energy[members])
        assert result.tstart[i] == min(start[members])
        assert result.tend[i] == max(end[members])
        rows = found.row[members]
        assert result.fstart[i] <= TILING.frequency[rows].min() <= TILING.frequency[rows].max() <= result.fend[i]


@given(some_hits)
def test_order_of_the_tiles_does_not_matter(found):
    order = np.random.default_rng(0).permutation(len(found))
    shuffled = Hits(found.row[order], found.tile[order], found.energy[order])
    a, b = cluster(TILING, found, 0.1), cluster(TILING, shuffled, 0.1)
    assert a.tstart.tolist() == b.tstart.tolist()
    assert found.row[a.peak].tolist() == shuffled.row[b.peak].tolist()


def test_no_gap_means_every_tile_is_an_event():
    found = hits([3, 3, 3], [0.5, 0.5, 0.5], [40, 41, 42])
    assert len(cluster(TILING, found, 0.0)) == 3
    assert len(cluster(TILING, found, 0.1)) == 1


intervals = st.lists(st.tuples(st.floats(0, 100), st.floats(0.001, 30), st.floats(6, 50)), max_size=25)


def cut(rows, gap, borders):
    """Clusters of tiles (start, end, snr) as a search of pieces gives them; a tile is of the piece it starts in."""
    parts = []
    for a, b in pairwise(borders):
        inside = sorted(row for row in rows if a <= row[0] < b)
        merged = []
        for start, end, snr in inside:
            if merged and start - merged[-1][1] < gap:
                last = merged[-1]
                peak, loudest = (start, snr) if snr > last[3] else (last[2], last[3])
                merged[-1] = (last[0], max(last[1], end), peak, loudest)
            else:
                merged.append((start, end, start, snr))
        parts.append(Part(a, b, events(merged)))
    return parts


@given(intervals, st.lists(st.floats(0, 100), max_size=6), st.sampled_from([0.1, 2.0]))
def test_stitching_gives_what_one_piece_gives(rows, inner, gap):
    rows = [(start, start + length, snr) for start, length, snr in rows]
    borders = sorted({0.0, 101.0, *inner})
    whole = cut(rows, gap, [0.0, 101.0])[0].events
    pieces = list(stitch(cut(rows, gap, borders), gap))
    assert [(part.start, part.end) for part in pieces] == list(pairwise(borders))
    joined = combine(pieces).events
    for name in ("tstart", "tend", "time", "snr"):
        assert joined[name].tolist() == whole[name].tolist()
    for part in pieces:
        assert all(part.start <= time < part.end for time in part.events["time"])


def test_pieces_apart_or_without_gap_are_left_alone():
    one, two = Part(0, 10, events([(9, 9.99, 9.5, 7)])), Part(10, 20, events([(10.0, 10.5, 10.1, 8)]))
    later = Part(11, 20, two.events)
    assert [len(part.events) for part in stitch([one, later], 0.1)] == [1, 1]
    assert [len(part.events) for part in stitch([one, two], 0.0)] == [1, 1]
    assert [len(part.events) for part in stitch([one, two], 0.1)] == [0, 1]


def test_parts_are_passed_on_as_soon_as_they_are_final():
    read = []

    def parts():
        for i in range(4):
            read.append(i)
            yield Part(10 * i, 10 * i + 10, events([(10 * i + 5, 10 * i + 6, 10 * i + 5.5, 7)]))

    out = stitch(parts(), 0.1)
    assert next(out).start == 0
    assert read == [0, 1]


def test_joined_events_keep_the_loudest_peak_and_the_whole_extent():
    before = Part(0, 10, events([(8, 9.98, 9, 7)]), truncated=True)
    after = Part(10, 20, events([(10.01, 12, 11, 9), (15, 16, 15.5, 6)]))
    first, second = stitch([before, after], 0.1)
    assert len(first.events) == 0
    assert first.truncated
    assert second.events["tstart"].tolist() == [8, 15]
    assert second.events["snr"].tolist() == pytest.approx([9, 6])
