import numpy as np
import pytest

from culpa.decompose.tiling import allowed_band, build_tiling, half_width, q_planes


@pytest.mark.parametrize(
    ("rate", "qmin", "qmax", "fmin", "fmax", "mismatch", "planes", "rows", "tiles"),
    [
        (4096, 4, 128, 10, 1638, 0.2, 5, 867, 8.61e6),
        (16384, 4, 128, 10, 4096, 0.2, 5, 1026, 2.20e7),
        (16384, 3.3166247903554, 150, 4, 8192, 0.2, 6, 1665, 4.4e7),
    ],
)
def test_counts_of_the_published_tilings(rate, qmin, qmax, fmin, fmax, mismatch, planes, rows, tiles):
    tiling = build_tiling(64, rate, qmin, qmax, mismatch, fmin, fmax)
    assert len(np.unique(tiling.q)) == planes
    assert len(tiling) == rows
    assert tiling.total == pytest.approx(tiles, rel=0.01)


def test_planes_of_the_omicron_default():
    assert q_planes(4, 100, 0.25) == pytest.approx([5.98, 13.4, 29.9, 66.9], rel=1e-2)


def test_rows_stay_in_the_allowed_band_and_tiles_are_powers_of_two():
    tiling = build_tiling(64, 4096)
    for q in np.unique(tiling.q):
        low, high = allowed_band(q, 64, 4096)
        inside = tiling.frequency[tiling.q == q]
        assert low < inside.min()
        assert inside.max() < high
    assert np.all(tiling.frequency + tiling.half_width <= 2048)
    assert np.all(tiling.tiles & (tiling.tiles - 1) == 0)
    step = 2 * np.sqrt(0.2 / 3)
    least = 2 * np.pi * tiling.frequency * 64 / tiling.q / step
    assert np.all((tiling.tiles >= least) & (tiling.tiles < 2 * least))


def test_half_width_is_that_of_the_bisquare_window():
    assert half_width(np.array([100.0]), np.array([np.sqrt(11)])) == pytest.approx(100)


def test_a_band_that_no_plane_reaches_gives_no_rows():
    assert len(build_tiling(64, 16, fmin=100)) == 0
