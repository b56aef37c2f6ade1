"""Figures of merit of scores, against scikit-learn and against the definition in loops."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from culpa.evaluate.ranking import auc_pr, auroc, runs_of, vus_pr
from tests.naive import ranking as naive


def case(seed, rows=400):
    draws = np.random.default_rng(seed)
    truth = np.zeros(rows, dtype=bool)
    for _ in range(draws.integers(1, 6)):
        first = draws.integers(0, rows)
        truth[first : first + draws.integers(1, 40)] = True
    scores = np.round(draws.normal(size=rows) + truth * draws.uniform(0, 2), int(draws.integers(0, 4)))
    return truth, scores


@pytest.mark.parametrize("seed", range(8))
def test_areas_are_those_of_scikit_learn(seed):
    truth, scores = case(seed)
    assert auroc(truth, scores) == pytest.approx(roc_auc_score(truth, scores), abs=1e-12)
    assert auc_pr(truth, scores) == pytest.approx(average_precision_score(truth, scores), abs=1e-12)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("longest", [0, 1, 12])
def test_the_volume_is_that_of_the_definition(seed, longest):
    truth, scores = case(seed, 150)
    assert vus_pr(truth, scores, longest) == pytest.approx(naive.vus_pr(truth, scores, longest), abs=1e-12)


def test_runs_at_both_ends_and_next_to_each_other():
    truth = np.zeros(60, dtype=bool)
    truth[[0, 1, 20, 24, 58, 59]] = True
    scores = np.random.default_rng(1).normal(size=60)
    assert vus_pr(truth, scores, 10) == pytest.approx(naive.vus_pr(truth, scores, 10), abs=1e-12)
    assert runs_of(truth).tolist() == [[0, 1], [20, 20], [24, 24], [58, 59]]


def test_a_random_score_gets_about_the_share_and_a_perfect_one_1():
    truth, draws = np.zeros(20_000, dtype=bool), np.random.default_rng(0)
    truth[5000:7000] = True
    assert vus_pr(truth, draws.random(20_000), 20) == pytest.approx(0.1, abs=0.02)
    assert vus_pr(truth, truth + 0.5 * draws.random(20_000), 0) == pytest.approx(1, abs=0.01)


def test_scores_that_are_not_known_are_the_lowest():
    truth, scores = case(3)
    unknown, lowest = scores.copy(), scores.copy()
    unknown[::7], lowest[::7] = np.nan, -1e9
    kept = np.isfinite(unknown)
    assert auroc(truth[kept], unknown[kept]) == auroc(truth[kept], scores[kept])
    lowest[::7] = scores[kept].min()
    assert auc_pr(truth, unknown) == auc_pr(truth, lowest)


@pytest.mark.parametrize("figure", [auroc, auc_pr, lambda truth, scores: vus_pr(truth, scores, 10)])
def test_infinite_scores_are_above_or_below_all_others(figure):
    truth, scores = case(3)
    far, infinite = scores.copy(), scores.copy()
    for sign, rows in ((1, [*np.flatnonzero(truth)[:3], 2]), (-1, [5, 9])):
        far[rows], infinite[rows] = sign * 1e9, sign * np.inf
    assert figure(truth, infinite) == figure(truth, far)
    far[[7, 11]], infinite[[7, 11]] = -1e9, np.nan
    assert figure(truth, infinite) == figure(truth, far)
    for one in (np.inf, -np.inf, np.nan):
        assert figure(truth, np.full(len(truth), one)) == figure(truth, np.zeros(len(truth)))


def test_anomalies_of_infinite_score_are_all_found_first():
    truth, _ = case(3)
    scores = np.where(truth, np.inf, 0.0)
    assert auroc(truth, scores) == auc_pr(truth, scores) == 1
    assert vus_pr(truth, scores, 0) == vus_pr(truth, 1.0 * truth, 0)


def test_without_anomalies_nothing_is_known():
    truth, scores = np.zeros(9, dtype=bool), np.arange(9.0)
    assert np.isnan([auroc(truth, scores), auc_pr(truth, scores), vus_pr(truth, scores, 3)]).all()
