"""Quantiles of numbers that come block by block, with bounded memory."""

from dataclasses import dataclass, field

import numpy as np

from ..types import Floats, Indices

EXACT = 500_000
"""Different numbers that are kept as they are; of more, each is rounded."""
_BITS = 12
"""Bits of the mantissa that rounding leaves: numbers stay what they are to 1 in 8192."""


@dataclass
class Quantiles:
    """How numbers are distributed, whatever blocks they come in; NaN and ±∞ are left out."""

    exact: int = EXACT
    _values: Floats = field(default_factory=lambda: np.empty(0), repr=False)
    _counts: Indices = field(default_factory=lambda: np.empty(0, dtype=np.int64), repr=False)
    _new: list[Floats] = field(default_factory=list, repr=False)
    _rounded: bool = field(default=False, repr=False)

    @classmethod
    def of(cls, values: Floats) -> "Quantiles":
        """The distribution of an array."""
        whole = cls()
        whole.add(values)
        return whole

    def add(self, values: Floats) -> None:
        """Take in some more."""
        self._new.append(values[np.isfinite(values)])
        if sum(map(len, self._new)) > self.exact:
            self._take_in()

    def __len__(self) -> int:
        """How many numbers there were."""
        self._take_in()
        return int(self._counts.sum())

    def quantile(self, share: float) -> float:
        """The number that `share` (0 to 1) of all are below, between two numbers as `numpy.quantile` has it.

        Raises ValueError without numbers.
        """
        count = len(self)
        if not count:
            raise ValueError("expected numbers to take a quantile of, got none")
        place = share * (count - 1)
        ends, low = np.cumsum(self._counts), int(place)
        below, above = self._values[np.searchsorted(ends, [low, min(low + 1, count - 1)], side="right")]
        return float(below + (above - below) * (place - low))

    def _take_in(self) -> None:
        if not self._new:
            return
        self._merge(np.concatenate(self._new))
        self._new = []
        if not self._rounded and len(self._values) > self.exact:
            self._rounded = True
            self._merge(np.empty(0))

    def _merge(self, values: Floats) -> None:
        """All values so far, and these, sorted, each once with its count."""
        both = np.concatenate([self._values, values])
        counts = np.concatenate([self._counts, np.ones(len(values), dtype=np.int64)])
        self._values, place = np.unique(_shortened(both) if self._rounded else both, return_inverse=True)
        self._counts = np.bincount(place, counts, len(self._values)).astype(np.int64)


def _shortened(values: Floats) -> Floats:
    mantissa, exponent = np.frexp(values)
    return np.asarray(np.ldexp(np.round(mantissa * 2.0 ** (_BITS + 1)) / 2.0 ** (_BITS + 1), exponent))
