"""Which sensors an event is made of."""

import numpy as np
import pytest

from culpa.decompose.covariance import Covariance, fit
from culpa.explain.contributions import by_owner, contributions, rows_before, shares
from culpa.types import Floats

SENSORS = 5


def normal(rows: int, seed: int) -> Floats:
    return np.random.default_rng(seed).standard_normal((rows, SENSORS))


@pytest.fixture(scope="module")
def relation() -> Covariance:
    """The first two sensors follow each other."""
    reference = normal(4000, 0)
    reference[:, 1] = reference[:, 0] + 0.3 * reference[:, 1]
    return fit(reference, 0.03, 50.0)


def quiet(rows: int, seed: int) -> Floats:
    z = normal(rows, seed)
    z[:, 1] = z[:, 0] + 0.3 * z[:, 1]
    return z


def test_parts_add_up_to_the_difference_of_distances(relation: Covariance) -> None:
    during, before = quiet(10, 1) + 2, quiet(80, 2)
    parts = contributions(relation, during, before)
    assert parts.shape == (SENSORS,)
    expected = relation.distances(during).mean() - relation.distances(before).mean()
    assert parts.sum() == pytest.approx(expected)
    assert contributions(relation, during, before[:0]).sum() == pytest.approx(relation.distances(during).mean())


def test_parts_are_those_of_single_rows_in_loops(relation: Covariance) -> None:
    during, before = quiet(6, 3) + 1, quiet(30, 4)
    inverse = relation.weighed(np.eye(SENSORS))

    def part(rows: Floats, sensor: int) -> float:
        centred = [row - relation.mean for row in rows]
        return float(np.mean([row[sensor] * (inverse[sensor] @ row) for row in centred]))

    expected = [part(during, sensor) - part(before, sensor) for sensor in range(SENSORS)]
    np.testing.assert_allclose(contributions(relation, during, before), expected, rtol=1e-9)


def test_the_sensor_that_moved_has_the_largest_part(relation: Covariance) -> None:
    during = quiet(20, 5)
    during[:, 3] -= 4
    found = shares(contributions(relation, during, quiet(160, 6)))
    assert found.argmax() == 3
    assert found[3] > 0.9


def test_sensors_that_part_share_the_blame(relation: Covariance) -> None:
    during = quiet(20, 7)
    during[:, 1] = -during[:, 0]
    found = shares(contributions(relation, during, quiet(160, 8)))
    assert found[:2].sum() > 0.9
    assert found[:2].min() > 0.2


def test_what_was_odd_before_is_not_what_the_event_is_made_of(relation: Covariance) -> None:
    during, before = quiet(20, 9), quiet(160, 10)
    during[:, 2] += 5
    before[:, 2] += 5
    during[:, 4] += 2
    assert contributions(relation, during, before).argmax() == 4
    assert contributions(relation, during, before[:0]).argmax() == 2


def test_parts_may_be_negative(relation: Covariance) -> None:
    during = np.zeros((1, SENSORS))
    during[0, :2] = [4.0, 0.5]  # the second has moved with the first, though not as far
    assert contributions(relation, during, during[:0])[1] < 0


def test_fractions_of_positive_parts() -> None:
    assert shares(np.array([3.0, -5.0, 1.0])).tolist() == [0.75, 0, 0.25]
    for parts in ([-1.0, 0.0], [0.0], []):
        assert shares(np.array(parts)).tolist() == [0.0] * len(parts)


@pytest.mark.parametrize(("rows", "wanted"), [(1, 64), (8, 64), (9, 72), (63, 504), (64, 512), (65, 512), (10**6, 512)])
def test_how_many_rows_an_event_is_compared_with(rows: int, wanted: int) -> None:
    assert rows_before(rows) == wanted


def test_parts_are_added_up_by_whom_they_belong_to() -> None:
    found = by_owner(np.array([1.0, 2.0, -4.0, 0.5]), ["a", "b", "a", "c"])
    assert found == {"a": -3.0, "b": 2.0, "c": 0.5}
    assert list(found) == ["a", "b", "c"]
    assert by_owner(np.empty(0), []) == {}
    with pytest.raises(ValueError, match="zip"):
        by_owner(np.zeros(2), ["a"])
