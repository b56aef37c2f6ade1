"""What holds for every detector, beyond what `test_detectors.py` asks: wide tables, words, units, poor references."""

import pickle
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest

from culpa.condition.rows import Rows
from culpa.detect.rows.registry import DETECTORS, Detector, find
from culpa.detect.rows.scorer import Scorer, fit, held_out
from culpa.types import Floats

ELSEWHERE = ("matrix-profile", "forest")  # slow: test_subsequences.py, test_detectors.py
NAMES = [one.name for one in DETECTORS if one.name not in ELSEWHERE]
TOGETHER = "auto+subsequence-pca+ewma+random"
ALL = [find(name) for name in [*NAMES, TOGETHER]]

every = pytest.mark.parametrize("detector", ALL, ids=lambda one: one.name)


def drawn(rows: int, sensors: int, seed: int, unit: int | None = None, missing: float = 0.0) -> Rows:
    """Sensors that have something in common; rows in units of so many; a part of the readings, and whole rows, lost."""
    rng = np.random.default_rng(seed)
    values = rng.standard_normal((rows, sensors)) + rng.standard_normal((rows, 1)) + 5
    if missing:
        values[rng.random(values.shape) < missing] = np.nan
        values[[0, 3, rows // 2, rows // 2 + 1, rows - 1]] = np.nan
    number = np.arange(rows)
    return Rows(values, number, number % unit if unit else number)


def cut(rows: Rows, sizes: Sequence[int]) -> Iterator[Rows]:
    first = i = 0
    while first < len(rows):
        size = sizes[i % len(sizes)]
        yield rows.take(slice(first, first + size))
        first, i = first + size, i + 1


def in_blocks(scorer: Scorer, rows: Rows, sizes: Sequence[int]) -> Floats:
    """Scores of blocks, each from a state that was written and read again."""
    parts, state = [], scorer.start()
    for block in cut(rows, sizes):
        scores, state = scorer.score(block, pickle.loads(pickle.dumps(state)))
        assert scores.shape == (len(block),)
        parts.append(scores)
    return np.concatenate(parts)


def learnt(detector: Detector, reference: Rows) -> Scorer:
    return fit(reference, detector.fit, True, detector.seasonal)


@pytest.mark.parametrize("sensors", [1, 2, 5, 8, 17, 410])
def test_the_same_with_any_number_of_sensors(sensors: int) -> None:
    """Sums over sensors are made in another order by some libraries, where there are more rows."""
    reference, rows = drawn(330, sensors, 3), drawn(70, sensors, 4)
    for name in ("auto", "pca", "subsequence-pca", "seasonal", "rolling-variance"):
        if sensors > 100 and name in ("pca", "subsequence-pca"):  # slow
            continue
        scorer = learnt(find(name), reference)
        whole = scorer.whole(rows)
        for sizes in ((1,), (7,)):
            np.testing.assert_array_equal(in_blocks(scorer, rows, sizes), whole, f"{name} {sizes}")


@every
def test_the_same_with_groups_steps_and_a_season_in_units_with_lost_readings(detector: Detector) -> None:
    def worded(rows: Rows) -> Rows:
        number = rows.number
        group = np.array([f"G{i}" for i in number // 50 % 2], dtype=object)
        step = np.array([f"S{i}" for i in number // 25 % 3], dtype=object)
        return replace(rows, group=group, step=step, place=number % 25)

    def seasoned(rows: Rows) -> Rows:
        return rows.with_values(rows.values + 8 * np.sin(rows.number / 5)[:, None])

    for context in (worded, seasoned):
        scorer = learnt(detector, context(drawn(600, 2, 5, 150, 0.1)))
        rows = context(drawn(170, 2, 6, 90, 0.1))
        np.testing.assert_array_equal(in_blocks(scorer, rows, (31, 0, 2)), scorer.whole(rows))


@every
def test_what_is_remembered_does_not_grow(detector: Detector) -> None:
    scorer = learnt(detector, drawn(300, 2, 9))
    rows, state, sizes = drawn(400, 2, 10), scorer.start(), []
    for block in cut(rows, (100,)):
        _, state = scorer.score(block, state)
        sizes.append(len(pickle.dumps(state)))
    assert sizes[3] <= sizes[0] + 64


@every
def test_a_detector_that_was_written_and_read_again_gives_the_same_scores(detector: Detector) -> None:
    scorer = learnt(detector, drawn(200, 2, 11))
    rows = drawn(60, 2, 12)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(scorer)).whole(rows), scorer.whole(rows))


@every
def test_scores_do_not_depend_on_later_rows_or_on_the_unit_before(detector: Detector) -> None:
    scorer = learnt(detector, drawn(400, 2, 13))
    rows = drawn(100, 2, 14)
    known = scorer.whole(rows)
    later = rows.with_values(np.where(rows.number[:, None] >= 60, 100.0, rows.values))
    np.testing.assert_array_equal(scorer.whole(later)[:60], known[:60])
    if "random" in detector.name:
        return
    second = replace(rows, age=np.where(rows.number >= 60, rows.number - 60, rows.number))
    other = second.with_values(np.where(rows.number[:, None] < 60, 100.0, rows.values))
    np.testing.assert_array_equal(scorer.whole(other)[60:], scorer.whole(second)[60:])


def normal(rows: int, sensors: int, seed: int) -> Floats:
    return np.random.default_rng(seed).standard_normal((rows, sensors))


ODD = {
    "constant sensors": np.full((100, 3), 3.0),
    "sensors at zero": np.zeros((100, 3)),
    "two rows": normal(2, 3, 20),
    "two equal rows": np.ones((2, 3)),
    "one row": normal(1, 3, 21),
    "more sensors than rows": normal(20, 60, 22),
    "short units": normal(100, 3, 23),
    "units of one row": normal(100, 3, 24),
}


@every
@pytest.mark.parametrize("case", ODD)
def test_poor_references_give_finite_scores(detector: Detector, case: str) -> None:
    """Warnings, of a division by nothing for one, would be errors."""
    unit = {"short units": 10, "units of one row": 1}.get(case)

    def rows(values: Floats) -> Rows:
        plain = Rows.plain(values)
        return plain if unit is None else replace(plain, age=plain.number % unit)

    reference = rows(ODD[case])
    scorer = learnt(detector, reference)
    values = normal(50, ODD[case].shape[1], 25)
    scores = scorer.whole(rows(values))
    some = scores[~np.isnan(scores)]
    assert np.isfinite(some).all()
    assert (some >= 0).all()
    if detector.name != "subsequence-pca":  # which needs whole shapes
        assert len(some) == 50
    else:
        assert len(some) >= (50 - 31 if unit is None else 45)
    assert len(held_out(reference, detector.fit, True, detector.seasonal)) in (0, len(reference))
    assert scorer.whole(rows(values[:0])).shape == (0,)
