"""What a detector is taught and told, and scores of rows that were not learnt from."""

from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from culpa.condition.rows import Rows
from culpa.detect.rows import pca, scorer
from culpa.detect.rows.contract import Windowed
from culpa.detect.rows.registry import find
from culpa.types import Floats, Indices


@dataclass
class Spy:
    """A detector that notes what it is taught, and what it is asked; its scores are how many rows it knows."""

    taught: list[tuple[Floats, Indices, float]] = field(default_factory=list)
    asked: list[tuple[Floats, Indices]] = field(default_factory=list)

    def fit(self, z: Floats, age: Indices, clip: float) -> Windowed:
        self.taught.append((z, age, clip))
        return Counting(len(z), self)


@dataclass(frozen=True)
class Counting(Windowed):
    rows: int
    spy: Spy

    def of(self, z: Floats, age: Indices) -> Floats:
        self.spy.asked.append((z, age))
        return np.full(len(z), float(self.rows))


def plain(rows: int, sensors: int = 2, seed: int = 0) -> Rows:
    return Rows.plain(np.random.default_rng(seed).standard_normal((rows, sensors)))


def test_rows_without_readings_teach_nothing_and_a_missing_reading_is_as_expected() -> None:
    rows, spy = plain(200), Spy()
    rows.values[50] = np.nan
    rows.values[60, 1] = np.nan
    fitted = scorer.fit(rows, spy.fit, True)
    ((z, _, _),) = spy.taught
    assert z.shape == (199, 2)
    assert z[59, 1] == 0
    assert np.isfinite(z).all()
    seen, scores, _ = fitted.examine(rows, fitted.start())
    assert np.flatnonzero(np.isnan(scores)).tolist() == [50]
    assert (seen[50] == 0).all()
    assert (scores[np.arange(200) != 50] == 199).all()


@pytest.mark.parametrize(("known_good", "rows", "clip"), [(True, 100, 50.0), (False, 100, 5.0), (True, 99, 5.0)])
def test_deviations_of_doubtful_or_few_rows_count_less(known_good: bool, rows: int, clip: float) -> None:
    spy = Spy()
    scorer.fit(plain(rows), spy.fit, known_good)
    assert spy.taught[0][2] == clip


def test_windows_reach_over_no_row_that_was_not_taught() -> None:
    """Rows without readings are left out: what is left of a unit must not reach into the unit before, or before all."""
    rows = plain(200)
    rows = replace(rows, age=rows.number % 50)
    rows.values[:20] = rows.values[50:55] = rows.values[110:112] = np.nan
    unit = (rows.number // 50)[~np.isnan(rows.values).all(axis=1)]
    spy = Spy()
    scorer.fit(rows, spy.fit, True)
    age = spy.taught[0][1]
    for row in range(len(age)):
        assert age[row] <= row
        assert unit[row - age[row]] == unit[row]
    starts = np.flatnonzero(np.diff(unit, prepend=-1))
    np.testing.assert_array_equal(age, np.arange(len(unit)) - np.repeat(starts, np.diff(starts, append=len(unit))))


def test_held_out_scores_are_by_detectors_that_have_not_seen_the_rows() -> None:
    rows, spy = plain(101), Spy()
    scores = scorer.held_out(rows, spy.fit, True, folds=4)
    assert [len(z) for z, _, _ in spy.taught] == [75, 76, 76, 76]
    assert scores.tolist() == [75.0] * 26 + [76.0] * 75
    whole, _ = scorer.readings(scorer.fit(rows, Spy().fit, True).baseline, rows)
    places = np.concatenate([z for z, _ in spy.asked])
    assert np.corrcoef(places[:, 0], whole[:, 0])[0, 1] > 0.99  # in order
    for (taught, since, _), (asked, age) in zip(spy.taught, spy.asked, strict=True):
        assert not np.isin(asked[:, 0], taught[:, 0]).any()
        assert age[0] == 0
        assert since[0] == 0
    assert [int(np.count_nonzero(since == 0)) for _, since, _ in spy.taught] == [1, 2, 2, 1]  # none over the gap


def test_what_memorises_has_no_score_of_its_own_rows_but_of_those_held_out() -> None:
    """With more sensors than rows the plane of 39 components holds all that was learnt from."""
    rows = plain(40, 60)
    own = scorer.fit(rows, pca.fit, True).whole(rows)
    unseen = scorer.held_out(rows, pca.fit, True)
    assert unseen.shape == own.shape
    assert unseen.min() > own.max()


def test_few_rows_are_held_out_one_by_one_and_one_alone_cannot_be() -> None:
    auto = find("auto").fit
    assert scorer.held_out(plain(2), auto, True).shape == (2,)
    assert scorer.held_out(plain(1), auto, True).shape == (0,)
    assert scorer.held_out(plain(0), auto, True).shape == (0,)


def test_a_group_that_a_part_lacks_takes_its_level_from_the_part_itself() -> None:
    rows = plain(400)
    group = np.array(["A"] * 300 + ["B"] * 100, dtype=object)
    rows = replace(rows, group=group, values=rows.values + 100 * (group == "B")[:, None])
    unseen = scorer.held_out(rows, find("robust-z").fit, True)
    assert np.isfinite(unseen).all()
    assert unseen.max() < 6


def test_rows_are_contiguous_up_to_where_some_are_missing() -> None:
    rows = plain(30)
    rows = replace(rows, age=rows.number % 10)
    chosen = rows.take(np.r_[2:8, 9:15, 17:18, 18:30])
    expected = [*range(6), 0, *range(5), 0, 1, 2, *range(10)]
    assert scorer.contiguous(chosen).age.tolist() == expected
    assert scorer.contiguous(rows).age.tolist() == rows.age.tolist()
    assert scorer.contiguous(rows.take(slice(0, 0))).age.tolist() == []
    assert chosen.age.tolist() != expected  # what is given stays as it is


def test_scores_begin_where_the_data_begin() -> None:
    fitted = scorer.fit(plain(400), find("auto").fit, True)
    rows = plain(50, seed=1)
    np.testing.assert_array_equal(fitted.whole(rows), fitted.score(rows, fitted.start())[0])


def test_contributions_are_those_of_deviations_that_count_as_far_as_when_learning() -> None:
    rows = plain(400)
    rows.values[10] = 1e6
    relation = scorer.fit(rows, find("robust-z").fit, False).relation
    assert np.abs(relation.mean).max() < 0.2
    assert relation.distances(np.full((1, 2), 3.0))[0] == pytest.approx(18, rel=0.2)


def test_a_reference_without_readings_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a reference with at least one reading, got none"):
        scorer.fit(Rows.plain(np.full((5, 2), np.nan)), find("auto").fit, True)
    with pytest.raises(ValueError, match="expected a reference of at least one row"):
        scorer.fit(plain(0), find("auto").fit, True)
