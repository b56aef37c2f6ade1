import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from culpa.decompose import qtransform, window
from culpa.decompose.qtransform import TileSearch, energies, tile_times
from culpa.decompose.tiling import Tiling, build_tiling
from tests.naive.qtransform import tile_energy


def noise(rng, bins):
    return ((rng.standard_normal(bins) + 1j * rng.standard_normal(bins)) / np.sqrt(2)).astype(np.complex64)


def dictionary(hits):
    return {(int(r), int(t)): float(e) for r, t, e in zip(hits.row, hits.tile, hits.energy, strict=True)}


@pytest.fixture(scope="module")
def tiling():
    return build_tiling(16, 1024, fmin=10)


@pytest.fixture(scope="module")
def tiles(tiling):
    return TileSearch(tiling, 16 * 512 + 1)


def test_energies_equal_the_slow_twin(tiling):
    rng = np.random.default_rng(1)
    spectrum = noise(rng, 16 * 512 + 1)
    for row, energy in enumerate(energies(spectrum, tiling)):
        if row % 40 == 0:
            tile = int(rng.integers(len(energy)))
            time = tile * 16 / len(energy)
            slow = tile_energy(spectrum, 16, time, tiling.frequency[row], tiling.q[row])
            assert energy[tile] == pytest.approx(slow, rel=1e-4, abs=1e-5)


def test_null_distribution_is_the_exact_one():
    """P(SNR >= rho) = exp(-(rho² + 2)/2), counted in independent tiles of white noise."""
    rng = np.random.default_rng(2)
    tiling = build_tiling(64, 4096, fmin=10)
    counts, total = np.zeros(3), 0
    for _ in range(24):
        for energy in energies(noise(rng, 64 * 2048 + 1), tiling):
            counts += [np.count_nonzero(energy >= rho**2 + 2) for rho in (2, 3, 4)]
            total += len(energy)
    expected = total * np.exp(-(np.array([2, 3, 4]) ** 2 + 2) / 2)
    assert counts[:2] == pytest.approx(expected[:2], rel=0.02)
    assert counts[2] == pytest.approx(expected[2], rel=0.05)


@pytest.mark.parametrize("seed", range(3))
def test_search_finds_the_tiles_that_the_full_transform_has(tiling, tiles, seed):
    spectrum = noise(np.random.default_rng(seed), 16 * 512 + 1)
    found, cut = tiles.search(spectrum, 3.0, 0, 16, 10**6)
    assert not cut
    found = dictionary(found)
    full = {
        (row, int(t)): float(e[t]) for row, e in enumerate(energies(spectrum, tiling)) for t in np.flatnonzero(e > 10)
    }
    sure = {key for key, energy in full.items() if energy >= 11.2}
    assert sure <= set(found)
    assert all(full[key] >= 10.8 for key in found)
    errors = [np.sqrt(found[key]) - np.sqrt(full[key]) for key in found]
    assert np.std(errors) < 0.01
    assert len(found) > 200


def test_interpolated_tiles_are_needed_and_right(tiling, tiles):
    """Half of the tiles above threshold are odd ones, which no transform gives."""
    found, _ = tiles.search(noise(np.random.default_rng(9), 16 * 512 + 1), 3.0, 0, 16, 10**6)
    assert 0.4 < np.mean(found.tile % 2) < 0.6


def test_rows_too_wide_for_half_the_rate_are_transformed_in_full():
    tiling = build_tiling(16, 1024, mismatch=0.3, fmin=10)
    assert np.any(4 * tiling.half_width * 16 / tiling.tiles > qtransform._FOLDING)
    spectrum = noise(np.random.default_rng(3), 16 * 512 + 1)
    found = dictionary(TileSearch(tiling, len(spectrum)).search(spectrum, 3.0, 0, 16, 10**6)[0])
    full = {(row, int(t)) for row, e in enumerate(energies(spectrum, tiling)) for t in np.flatnonzero(e > 11.2)}
    assert full <= set(found)


def test_only_the_asked_interval(tiling, tiles):
    spectrum = noise(np.random.default_rng(4), 16 * 512 + 1)
    everything, _ = tiles.search(spectrum, 3.0, 0, 16, 10**6)
    part, _ = tiles.search(spectrum, 3.0, 2, 5, 10**6)
    times = tile_times(tiling, everything)
    assert dictionary(part) == dictionary(everything.take((times >= 2) & (times < 5)))


def test_ceiling_keeps_the_loudest_of_each_second_and_says_so(tiling, tiles):
    spectrum = noise(np.random.default_rng(5), 16 * 512 + 1)
    everything, cut = tiles.search(spectrum, 3.0, 0, 16, 10**6)
    assert not cut
    some, cut = tiles.search(spectrum, 3.0, 0, 16, 7)
    assert cut
    for second in range(16):
        there, kept = (
            np.sort(hits.energy[tile_times(tiling, hits).astype(int) == second])[::-1] for hits in (everything, some)
        )
        assert kept.tolist() == there[:7].tolist()


@settings(max_examples=20, deadline=None)
@given(st.floats(12, 400), st.floats(4.5, 40), st.floats(3, 13), st.floats(0, 6.28))
def test_a_matched_signal_has_its_own_energy(frequency, q, time, phase):
    """A signal shaped like a tile, Σ|bin|² = ρ²/2, has |X|² = ρ² at the tile: SNR is optimal SNR."""
    first, weights = window.bins(frequency, q, 16, 16 * 512 + 1)
    rho, time = 20.0, round(time * 1024) / 1024
    spectrum = np.zeros(16 * 512 + 1, np.complex64)
    turn = np.exp(-2j * np.pi * np.arange(first, first + len(weights)) * time / 16 + 1j * phase)
    spectrum[first : first + len(weights)] = rho / 2 * weights * turn
    tiling = Tiling(
        16,
        *(np.array([v]) for v in (q, frequency, frequency * np.sqrt(11) / q)),
        np.array([1 << 14]),
        np.array([0.1]),
        0.5,
    )
    energy = next(iter(energies(spectrum, tiling)))
    assert energy.max() == pytest.approx(rho**2, rel=1e-4)
    assert np.argmax(energy) * 16 / (1 << 14) == pytest.approx(time, abs=1e-3)


def test_energies_agree_with_gwpy_on_its_tiling():
    gwpy_q = pytest.importorskip("gwpy.signal.qtransform")
    from gwpy.frequencyseries import FrequencySeries

    rng = np.random.default_rng(6)
    duration, rate = 16, 1024
    spectrum = noise(rng, duration * rate // 2 + 1)
    series = FrequencySeries(spectrum.astype(complex), df=1 / duration)
    for plane in gwpy_q.QTiling(duration, rate, qrange=(4, 64), frange=(20, 300), mismatch=0.2):
        for tile in plane:
            # gwpy's window is one bin above the row's frequency
            frequency = np.array([tile.frequency + 1 / duration])
            half = tile.frequency * np.sqrt(11) / tile.q
            ours = Tiling(
                duration,
                frequency * np.sqrt(11) / half,
                frequency,
                np.array([half]),
                np.array([tile.ntiles]),
                np.array([0.1]),
                0.5,
            )
            energy = next(iter(energies(spectrum, ours)))
            theirs = tile.transform(series, norm="mean", epoch=0.0).value
            assert energy / energy.mean() == pytest.approx(theirs, rel=1e-3, abs=1e-5)
