"""Quantiles of numbers in blocks: those of all at once, in any cut, exact for few and close for many."""

from collections.abc import Sequence

import numpy as np
import pytest

from culpa.evaluate.quantiles import Quantiles
from culpa.types import Floats

SHARES = (0.0, 0.001, 0.25, 0.5, 0.75, 0.99, 0.9999, 1.0)


def of(values: Floats, sizes: Sequence[int], exact: int = 500_000) -> Quantiles:
    found, first = Quantiles(exact), 0
    for size in (*sizes, len(values)):
        found.add(values[first : first + size])
        first += size
    return found


def test_few_numbers_have_numpys_quantiles() -> None:
    values = np.random.default_rng(0).normal(size=1234)
    values[::7] = values[0]  # equal ones
    found = of(values, [1, 0, 10, 500])
    assert len(found) == 1234
    for share in SHARES:
        assert found.quantile(share) == pytest.approx(np.quantile(values, share), abs=1e-12)


def test_what_is_no_number_is_left_out() -> None:
    assert Quantiles.of(np.array([np.nan, 3.0, np.inf, 1.0, -np.inf])).quantile(0.5) == 2.0
    with pytest.raises(ValueError, match="got none"):
        Quantiles.of(np.array([np.nan])).quantile(0.5)
    assert not len(Quantiles())


def test_many_numbers_are_rounded_and_so_are_few_kept() -> None:
    values = np.exp(np.random.default_rng(1).normal(size=50_000) * 3) * np.where(np.arange(50_000) % 3, 1, -1)
    found = of(values, [700] * 60, exact=1000)
    for share in SHARES:
        assert found.quantile(share) == pytest.approx(np.quantile(values, share), rel=1 / 4000)
    assert len(found) == 50_000
    assert len(of(np.random.default_rng(1).uniform(1, 2, 50_000), [], exact=1000)._values) <= 2**12 + 1


@pytest.mark.parametrize("sizes", [[1] * 500, [999, 1, 1, 3000], [4000]])
def test_the_cut_does_not_matter(sizes: list[int]) -> None:
    values = np.random.default_rng(2).exponential(size=5000)
    whole = of(values, [], exact=1000)
    other = of(values, sizes, exact=1000)
    assert [whole.quantile(share) for share in SHARES] == [other.quantile(share) for share in SHARES]
