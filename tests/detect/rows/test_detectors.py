"""What every detector has in common: the same scores in any cut, no failure on odd data; and what each is for."""

import pickle
from dataclasses import replace

import numpy as np
import pytest

from culpa.condition.rows import Rows
from culpa.detect.rows import forest, scorer
from culpa.detect.rows.registry import DETECTORS, find
from culpa.errors import UsageError
from culpa.evaluate.ranking import auroc


@pytest.fixture(autouse=True)
def small_forests(monkeypatch):
    """What holds for few trees holds for many, and they are quicker."""
    monkeypatch.setattr(forest, "TREES", 20)


NAMES = [one.name for one in DETECTORS if one.name != "matrix-profile"]
TOGETHER = [*NAMES, "pca+forest+ewma"]


def rows(count=700, sensors=4, seed=0, units=False):
    draws = np.random.default_rng(seed)
    values = draws.normal(size=(count, sensors)) @ draws.normal(size=(sensors, sensors))
    number = np.arange(count)
    return Rows(values, number, number % 90 if units else number)


def learnt(name, reference, known_good=True):
    detector = find(name)
    return scorer.fit(reference, detector.fit, known_good, detector.seasonal)


def in_pieces(fitted, of, cuts):
    state, parts = fitted.start(), []
    for first, last in zip([0, *cuts], [*cuts, len(of)], strict=True):
        scores, state = fitted.score(of.take(slice(first, last)), state)
        parts.append(scores)
    return np.concatenate(parts)


@pytest.mark.parametrize("units", [False, True], ids=["no units", "units"])
@pytest.mark.parametrize("name", TOGETHER)
def test_scores_are_the_same_to_the_last_bit_in_any_cut(name, units):
    of = rows(units=units)
    of.values[33, 1] = of.values[350:360, 2] = of.values[80] = np.nan
    fitted = learnt(name, of.take(slice(0, 400)))
    whole = fitted.whole(of)
    assert np.isfinite(whole[100:]).mean() > 0.6
    draws = np.random.default_rng(1)
    one_by_one = [*range(1, 130), 500, *range(600, 640)]
    every = [one_by_one, list(range(64, 700, 64)), sorted(draws.choice(699, 9, False) + 1)]
    for cuts in every:
        np.testing.assert_array_equal(in_pieces(fitted, of, cuts), whole)


@pytest.mark.parametrize("name", TOGETHER)
def test_what_is_remembered_can_be_written_and_is_not_changed(name):
    of = rows()
    fitted = learnt(name, of.take(slice(0, 400)))
    whole = fitted.whole(of)
    _, state = fitted.score(of.take(slice(0, 500)), fitted.start())
    saved = pickle.dumps(state)
    once, _ = fitted.score(of.take(slice(500, None)), state)
    again, _ = fitted.score(of.take(slice(500, None)), state)
    later, _ = fitted.score(of.take(slice(500, None)), pickle.loads(saved))
    for scores in (once, again, later):
        np.testing.assert_array_equal(scores, whole[500:])


@pytest.mark.parametrize("known_good", [True, False], ids=["good", "not known"])
@pytest.mark.parametrize("name", NAMES)
def test_odd_tables_are_scored(name, known_good):
    draws = np.random.default_rng(0)
    flat = draws.normal(size=(60, 3))
    flat[:, 1] = 5.0
    empty = draws.normal(size=(60, 3))
    empty[:, 2] = np.nan
    tables = (
        draws.normal(size=(60, 1)),
        flat,
        empty,
        draws.normal(size=(20, 50)),
        draws.normal(size=(2, 2)),
        np.ones((9, 2)),
    )
    for values in tables:
        of = Rows.plain(values)
        scores = learnt(name, of, known_good).whole(of)
        assert scores.shape == (len(values),)
        assert not np.isinf(scores).any()
        if name != "subsequence-pca":
            assert np.isfinite(scores).all()


FAR = [1e300, -1e308, 1.7e308, -1e154, 5e-324, -1e-310]
"""Readings whose squares or differences are infinite, or nothing."""


def in_steps(of):
    group, step = (
        np.array([letter + str(i) for i in of.number // rows % 2], dtype=object)
        for letter, rows in (("G", 50), ("S", 25))
    )
    return replace(of, group=group, step=step, place=of.number % 25)


def mixed(count, seed):
    """Sensors that are odd now and then, always, and vanish."""
    draws = np.random.default_rng(seed)
    values = draws.normal(size=(count, 4))
    values[draws.integers(0, count, len(FAR)), 0] = FAR
    values[:, 1] = draws.choice(FAR, count)
    values[:, 2] *= 1e-310
    return Rows.plain(values)


@pytest.mark.parametrize("context", [lambda of: of, in_steps], ids=["plain", "steps"])
@pytest.mark.parametrize("name", TOGETHER)
def test_readings_beyond_all_measure_have_finite_scores(name, context):
    """Warnings would be errors."""
    tame, far, same = context(rows(200)), context(mixed(200, 2)), context(Rows.plain(np.full((200, 4), 1e-310)))
    for reference, of in ((tame, far), (far, tame), (far, far), (same, far)):
        for known_good in (True, False):
            fitted = learnt(name, reference, known_good)
            scores = fitted.whole(of)
            assert np.isfinite(scores[32 if "subsequence" in name else 0 :]).all()
            np.testing.assert_array_equal(in_pieces(fitted, of, [1, 50, 51, 120]), scores)


@pytest.mark.parametrize("name", NAMES)
def test_a_row_without_any_reading_has_no_score(name):
    of = rows(300)
    of.values[200] = np.nan
    scores = learnt(name, of.take(slice(0, 150))).whole(of)
    assert np.isnan(scores[200])
    assert np.isfinite(scores[[199, 201]]).all()


def test_a_reference_without_readings_is_an_error():
    with pytest.raises(ValueError, match="at least one reading"):
        learnt("pca", Rows.plain(np.full((9, 2), np.nan)))


SPIKE, SHIFT, SCATTER, BROKEN = "spike", "shift", "scatter", "broken"


def planted(what, seed=0):
    draws = np.random.default_rng(seed)
    values = draws.normal(size=(3000, 4))
    values[:, 1] = values[:, 0] + 0.2 * values[:, 1]
    truth = np.zeros(3000, dtype=bool)
    for first in range(1600, 2900, 200):
        inside = slice(first, first + (1 if what == SPIKE else 60))
        truth[inside] = True
        if what == SPIKE:
            values[inside, 2] += 7
        elif what == SHIFT:
            values[inside, 3] += 1.2
        elif what == SCATTER:
            values[inside, 3] *= 2.2
        else:
            values[inside, 1] *= -1
    return Rows.plain(values), truth


@pytest.mark.parametrize(
    ("name", "what", "least"),
    [
        ("auto", SPIKE, 0.95), ("auto", SHIFT, 0.75), ("auto", SCATTER, 0.75), ("auto", BROKEN, 0.9),
        ("pca", SPIKE, 0.9), ("pca", BROKEN, 0.8), ("forest", SPIKE, 0.9), ("robust-z", SPIKE, 0.99),
        ("shewhart", SPIKE, 0.95), ("nelson", SPIKE, 0.95), ("ewma", SHIFT, 0.75), ("cusum", SHIFT, 0.8),
        ("subsequence-pca", SCATTER, 0.75), ("rolling-variance", SCATTER, 0.65), ("mean-square", SPIKE, 0.9),
    ],
)  # fmt: skip
def test_each_detector_finds_what_it_is_for(name, what, least):
    of, truth = planted(what)
    scores = learnt(name, of.take(slice(0, 1500))).whole(of)
    assert auroc(truth[1500:], scores[1500:]) > least


def test_seasons_are_expected_where_that_is_the_detectors_business():
    draws = np.random.default_rng(0)
    number = np.arange(3000)
    values = 5 * np.sin(2 * np.pi * number / 100) + draws.normal(size=3000) * 0.3
    values[2525] -= 4  # at the top of its wave: a value like many others
    of = Rows.plain(values[:, None])
    for name, first in (("seasonal", True), ("auto", True), ("robust-z", False)):
        scores = learnt(name, of.take(slice(0, 1000))).whole(of)
        assert (abs(int(np.nanargmax(scores[1000:])) + 1000 - 2525) <= 4) == first, name


def test_scores_of_rows_learnt_from_are_lower_than_those_of_others():
    """A detector with as many numbers to learn as rows knows these by heart; limits are not taken from them."""
    of = Rows.plain(np.random.default_rng(0).normal(size=(40, 30)))
    detector = find("pca")
    own = scorer.fit(of, detector.fit, True, False).whole(of)
    unseen = scorer.held_out(of, detector.fit, True, False)
    assert len(unseen) == 40
    assert np.median(unseen) > 1.5 * np.median(own)


def test_windows_do_not_reach_over_rows_that_are_missing():
    of = rows(100).take(np.r_[0:30, 50:100])
    assert scorer.contiguous(of).age.tolist() == [*range(30), *range(50)]


def test_an_unknown_name_names_the_nearest_also_in_an_ensemble():
    for name in ("fores", "pca+fores"):
        with pytest.raises(UsageError, match="unknown detector 'fores'") as problem:
            find(name)
        assert "forest" in problem.value.hint
