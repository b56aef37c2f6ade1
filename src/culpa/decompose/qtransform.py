"""Energies of Q-transform tiles: all of them, or only those above a threshold, found fast.

The fast way transforms every second tile of a row, which is enough to see every peak: a tile between two transformed
ones has a correlation of at least 0.87 with both. Where a transformed tile comes near the threshold, the tiles beside
it follow by band-limited interpolation. `docs/adr/0003-every-second-tile.md` has the reasons and the error.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..condition.fourier import RowTransform
from ..types import Complexes, Floats, Indices, Mask, Singles
from . import window
from .tiling import Tiling

TAPS = 16
"""Transformed tiles that an interpolated one is made from."""
_FOLDING = 1.1
"""Rows with a band wider than this many times half the tile rate are transformed in full: too much would fold."""
_DEVIATIONS = 3.5
"""How unlikely a miss is, in standard deviations of the mean of a tile's two neighbours given the tile."""
_BLOCK = 1 << 15
"""Points per batch of rows: source and target together stay in a 1 MB second-level cache."""


def energies(spectrum: Complexes, tiling: Tiling) -> Iterator[Singles]:
    """|X|² of every tile, one array of shape (tiles,) per row of the tiling; null mean 2, SNR² = |X|² - 2.

    `spectrum` has shape (bins,), bin k at k/duration Hz, whitened so that noise has E|bin|² = 1. Tile n of a row with
    N tiles is centred on n·duration/N s.
    """
    transforms: dict[int, RowTransform] = {}
    for frequency, q, count in zip(tiling.frequency, tiling.q, tiling.tiles.tolist(), strict=True):
        transform = transforms.get(count) or transforms.setdefault(count, RowTransform(1, count))
        first, weights = window.bins(frequency, q, tiling.duration, len(spectrum))
        transform.source[0, : len(weights)] = spectrum[first : first + len(weights)] * weights
        transform.source[0, len(weights) :] = 0
        transform()
        values = transform.target[0][transform.stored(np.arange(count))]
        yield (values.real**2 + values.imag**2).astype(np.float32)


@dataclass(frozen=True)
class Hits:
    """Tiles above a threshold; all arrays have shape (hits,).

    `row` indexes the tiling, `tile` counts within the row (tile n at n·duration/N s), `energy` is |X|².
    """

    row: Indices
    tile: Indices
    energy: Floats

    def __len__(self) -> int:
        return len(self.row)

    @classmethod
    def concatenate(cls, parts: "list[Hits]") -> "Hits":
        """All hits of all parts, in that order."""
        if not parts:
            return cls(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("row", "tile", "energy")))

    def take(self, chosen: Mask) -> "Hits":
        """The hits that a mask of shape (hits,) chooses."""
        return Hits(self.row[chosen], self.tile[chosen], self.energy[chosen])


class _Loudest:
    """Collects hits and keeps the `most` loudest of each second, so that memory is bounded by that."""

    def __init__(self, tiling: Tiling, most: int) -> None:
        self._tiling, self._most, self.dropped = tiling, most, False
        self._parts: list[Hits] = []
        self._floor = np.zeros(int(np.ceil(tiling.duration)) + 1)
        self._held = 0

    def add(self, hits: Hits) -> None:
        """Take some more, less those that are quieter than what their second is full of."""
        if len(hits) == 0:
            return
        if self.dropped:
            hits = hits.take(hits.energy > self._floor[self._second(hits)])
        self._parts.append(hits)
        self._held += len(hits)
        if self._held > 2 * self._most * len(self._floor):
            self._compact()

    def result(self) -> Hits:
        """What was kept; equals at the edge are dropped together."""
        self._compact()
        return self._parts[0]

    def _second(self, hits: Hits) -> Indices:
        return np.asarray(tile_times(self._tiling, hits), dtype=np.int64)

    def _compact(self) -> None:
        hits = Hits.concatenate(self._parts)
        second = self._second(hits)
        keep = np.ones(len(hits), bool)
        for full in np.flatnonzero(np.bincount(second) > self._most):
            energies_there = hits.energy[second == full]
            place = len(energies_there) - self._most - 1
            self._floor[full] = np.partition(energies_there, place)[place]
            keep &= (second != full) | (hits.energy > self._floor[full])
            self.dropped = True
        self._parts = [hits.take(keep)]
        self._held = len(self._parts[0])


@dataclass(frozen=True)
class _Batch:
    """Rows that are transformed together: same number of transformed tiles."""

    rows: Indices
    stride: int
    first: list[int]
    weights: list[Singles]
    taps: Complexes
    transform: RowTransform


class TileSearch:
    """Finds the tiles of a tiling that exceed a threshold.

    Building one costs about as much as ten searches and holds the windows (8 bytes per bin of every row: 120 MB at
    16384 Hz and 64 s). `bins` is the length of the spectra to be searched.
    """

    def __init__(self, tiling: Tiling, bins: int) -> None:
        self.tiling = tiling
        self._correlation, self._margin = _neighbours(tiling)
        self._batches = list(_batches(tiling, bins))
        longest = max((batch.transform.target.size for batch in self._batches), default=0)
        self._sizes, self._large = np.empty(2 * longest, np.float32), np.empty(2 * longest, bool)

    def search(self, spectrum: Complexes, snr: float, start: float, end: float, most: int) -> tuple[Hits, bool]:
        """Tiles with SNR >= `snr` and time in `[start, end)` s after the spectrum's start; and were any left out?

        `spectrum` as in `energies`. At most `most` hits are kept in each second, the loudest.
        """
        return self.search_all([spectrum], snr, [(start, end)], most)[0]

    def search_all(
        self, spectra: Sequence[Complexes], snr: float, cores: Sequence[tuple[float, float]], most: int
    ) -> list[tuple[Hits, bool]]:
        """As `search`, of several spectra: each window is fetched from memory once for all of them."""
        least = snr * snr + window.ENERGY
        kept = [_Loudest(self.tiling, most) for _ in spectra]
        for batch in self._batches:
            for one, spectrum, core in zip(kept, spectra, cores, strict=True):
                one.add(self._search_batch(batch, spectrum, least, *core))
        return [(one.result(), one.dropped) for one in kept]

    def _search_batch(self, batch: _Batch, spectrum: Complexes, least: float, start: float, end: float) -> Hits:
        _fill(batch, spectrum)
        batch.transform()
        values = batch.transform.target[: len(batch.rows)]
        expected = np.sqrt(least)
        if batch.stride == 2:
            expected = max(self._correlation * expected - self._margin, 0.0)
        row, place = self._candidates(values, expected)
        if len(row) == 0:
            return Hits.concatenate([])
        index = batch.transform.natural(place)
        energy, tile = _energy(values[row, place]), batch.stride * index
        if batch.stride == 2:
            odd_row, odd = _between(row, index, values.shape[1])
            odd_energy = _energy(_interpolate(batch, odd_row, odd))
            row, tile = np.concatenate([row, odd_row]), np.concatenate([tile, 2 * odd + 1])
            energy = np.concatenate([energy, odd_energy])
        time = tile * (self.tiling.duration / (batch.stride * values.shape[1]))
        keep = (energy >= least) & (time >= start) & (time < end)
        return Hits(batch.rows[row[keep]], tile[keep], energy[keep])

    def _candidates(self, target: Complexes, floor: float) -> tuple[Indices, Indices]:
        """Row and place of the values with |X| >= floor; a quick look at real and imaginary parts comes first."""
        flat = target.reshape(-1)
        sizes, large = self._sizes[: 2 * len(flat)], self._large[: 2 * len(flat)]
        np.abs(flat.view(np.float32), out=sizes)
        np.greater_equal(sizes, np.float32(floor / np.sqrt(2)), out=large)
        some = np.flatnonzero(large.view(np.uint64) != 0) * 4  # eight flags, four values, looked at together
        near = (some[:, None] + np.arange(4)).reshape(-1)
        near = near[_energy(flat[near]) >= floor * floor]
        row, place = np.divmod(near, target.shape[1])
        return row, place


def tile_times(tiling: Tiling, hits: Hits) -> Floats:
    """Centres of tiles in s after the start of the data, shape (hits,)."""
    return np.asarray(hits.tile * (tiling.duration / tiling.tiles[hits.row]))


def _phase_step(tiling: Tiling) -> Floats:
    """Lag between consecutive tiles of each row in units of `window.autocorrelation`, shape (rows,)."""
    return np.asarray(2 * np.pi * tiling.half_width * tiling.duration / tiling.tiles)


def _neighbours(tiling: Tiling) -> tuple[float, float]:
    """Least correlation of a tile with the two beside it, and how far below expectation their |X| may fall by noise."""
    steps = _phase_step(tiling)
    steps = steps[2 * steps / np.pi <= _FOLDING]
    if len(steps) == 0:
        return 1.0, 0.0
    one, two = window.autocorrelation(np.array([1.0, 2.0]) * steps.max())
    return float(one), float(_DEVIATIONS * np.sqrt(max((1 + two) / 2 - one * one, 0.0)))


def _batches(tiling: Tiling, bins: int) -> Iterator[_Batch]:
    strides = np.where(2 * _phase_step(tiling) / np.pi <= _FOLDING, 2, 1)
    for count, stride in np.unique(np.stack([tiling.tiles, strides]), axis=1).T.tolist():
        size = count // stride
        per_batch = max(1, _BLOCK // size)
        transform = RowTransform(per_batch, size)
        rows = np.flatnonzero((tiling.tiles == count) & (strides == stride))
        for i in range(0, len(rows), per_batch):
            some = rows[i : i + per_batch].astype(np.int64)
            windows = [window.bins(tiling.frequency[r], tiling.q[r], tiling.duration, bins) for r in some]
            # weights twice each: a product of two float32 arrays is several times faster than complex times float
            doubled = [np.repeat(weights.astype(np.float32), 2) for _, weights in windows]
            first = [first for first, _ in windows]
            taps = _taps(tiling, some, np.array(first), size) if stride == 2 else np.empty((0, TAPS), np.complex64)
            yield _Batch(some, stride, first, doubled, taps, transform)


def _fill(batch: _Batch, spectrum: Complexes) -> None:
    """Windowed bins of each row, from index 0 on; bins beyond the row's length are folded back, as sampling does."""
    numbers = spectrum.view(np.float32)
    source = batch.transform.source.view(np.float32)
    source[len(batch.rows) :] = 0
    length = source.shape[1]
    for i, (first, weights) in enumerate(zip(batch.first, batch.weights, strict=True)):
        line, direct = source[i], min(len(weights), length)
        np.multiply(numbers[2 * first : 2 * first + direct], weights[:direct], out=line[:direct])
        line[direct:] = 0
        if len(weights) > direct:
            line[: len(weights) - direct] += numbers[2 * first + direct : 2 * first + len(weights)] * weights[direct:]


def _between(row: Indices, even: Indices, size: int) -> tuple[Indices, Indices]:
    """The places half a step after and before each transformed tile, each once: (row, index of the tile before it)."""
    flat = np.unique(np.concatenate([row * size + even, row * size + (even - 1) % size]))
    return flat // size, flat % size


def _interpolate(batch: _Batch, row: Indices, index: Indices) -> NDArray[np.complex128]:
    """Values half a step after the transformed tiles `index` of rows of the batch, shape as theirs."""
    target = batch.transform.target
    offsets = np.arange(TAPS) - (TAPS // 2 - 1)
    places = batch.transform.stored((index[:, None] + offsets) % target.shape[1])
    return np.asarray(np.einsum("ij,ij->i", target[row[:, None], places], batch.taps[row], dtype=np.complex128))


def _energy(values: NDArray[np.complexfloating]) -> Floats:
    return np.asarray(values.real.astype(float) ** 2 + values.imag.astype(float) ** 2)


def _taps(tiling: Tiling, rows: Indices, first: Indices, size: int) -> Complexes:
    """Weights that give the value half-way between transformed tiles; shape (rows, TAPS).

    Least squares for noise with the window's spectrum (so that what folding adds counts as it is), then turned to the
    band's place, since a row's bins start at index 0.
    """
    step = 2 * np.pi * tiling.half_width[rows] * tiling.duration / size
    places = np.arange(TAPS) - (TAPS // 2 - 1)
    among = window.autocorrelation(step[:, None, None] * (places[:, None] - places[None, :]))
    towards = window.autocorrelation(step[:, None] * (places - 0.5))
    weights = np.linalg.solve(among + 1e-9 * np.eye(TAPS), towards[..., None])[..., 0]
    centre = tiling.frequency[rows] * tiling.duration - first
    turn = np.exp(-2j * np.pi * centre[:, None] * (places - 0.5) / size)
    return np.asarray(weights * turn, dtype=np.complex64)
