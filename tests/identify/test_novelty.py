import json
from dataclasses import replace

import numpy as np
import pytest

from culpa.identify import novelty
from culpa.identify.outputs import Outputs
from culpa.types import Indices

SCATTER = np.array([1.0, 0.1, 3.0, 0.5, 1.0])
CENTRES = np.array([[9.0, 0, 0, 0, 0], [0, 9.0, 0, 0, 0], [0, 0, 9.0, 0, 0]])


def sample(count: int, seed: int, centres=CENTRES) -> tuple[Outputs, Indices]:  # type: ignore[no-untyped-def]
    """Three clouds in an embedding of 5 features, and logits that know them."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, len(centres), count)
    embedding = centres[labels] + SCATTER * random.normal(size=(count, 5))
    return Outputs(embedding[:, :3].astype(np.float32), embedding.astype(np.float32)), labels


@pytest.fixture(scope="module")
def fitted() -> novelty.Novelty:
    known = novelty.statistics(*sample(3000, 1), 3)
    return novelty.fit(known, sample(3000, 2)[0], 0.04)


def test_statistics_are_the_centres_and_the_scatter() -> None:
    known = novelty.statistics(*sample(20000, 1), 3)
    np.testing.assert_allclose(known.means, CENTRES, atol=0.15)
    inverse = known.whitening @ known.whitening.T
    np.testing.assert_allclose(inverse, np.diag(SCATTER**-2.0), atol=2)
    np.testing.assert_allclose(np.sqrt(1 / np.diag(inverse)), SCATTER, rtol=0.03)


def test_distance_is_that_of_mahalanobis_from_the_nearest_class() -> None:
    known = novelty.statistics(*sample(3000, 1), 3)
    said, _ = sample(50, 3)
    inverse = known.whitening.astype(float) @ known.whitening.astype(float).T
    naive = [min((e - m) @ inverse @ (e - m) for m in known.means.astype(float)) for e in said.embedding.astype(float)]
    np.testing.assert_allclose(novelty.distance(known, said), naive, rtol=1e-6)


def test_features_that_never_vary_give_finite_distances() -> None:
    said, labels = sample(500, 1)
    flat = Outputs(said.logits, np.where([True, True, True, False, True], said.embedding, 0).astype(np.float32))
    distances = novelty.distance(novelty.statistics(flat, labels, 3), flat)
    assert np.isfinite(distances).all()
    assert distances.max() < 200


def test_energy_is_high_where_the_logits_are_low_or_equal() -> None:
    known = novelty.statistics(*sample(100, 1), 3)
    said = Outputs(np.array([[9, 0, 0], [1, 1, 1], [900, 0, 0]], np.float32), np.zeros((3, 5), np.float32))
    np.testing.assert_allclose(novelty.energy(known, said)[:2], [-np.log(np.exp(9) + 2), -1 - np.log(3)])
    assert novelty.energy(known, said)[2] == -900


def test_the_share_of_false_flags_is_the_one_asked_for(fitted: novelty.Novelty) -> None:
    flagged = novelty.surprise(fitted, sample(20000, 4)[0]) > fitted.threshold
    assert flagged.mean() == pytest.approx(0.04, abs=0.012)
    held_out = novelty.surprise(fitted, sample(3000, 2)[0]) > fitted.threshold
    assert held_out.mean() == pytest.approx(0.04, abs=0.0005)


@pytest.mark.parametrize("centre", [[0, 0, 0, 9.0, 0], [0, 0, 0, 0, 0], [5.0, 5.0, 0, 0, 0]])
def test_what_lies_elsewhere_is_flagged(fitted: novelty.Novelty, centre: list[float]) -> None:
    strange, _ = sample(1000, 5, np.array([centre]))
    assert (novelty.surprise(fitted, strange) > fitted.threshold).mean() > 0.9


def test_a_network_that_knows_strangers_is_asked_itself(fitted: novelty.Novelty) -> None:
    logits = np.log(np.array([[0.2, 0.7, 0.1], [0.45, 0.1, 0.45], [0.3, 0.3, 0.4], [0.005, 0.99, 0.005]], np.float32))
    said = Outputs(logits, np.zeros((4, 5), np.float32))
    np.testing.assert_allclose(novelty.odds(said, 2), np.log([1 / 9, 9 / 11, 2 / 3, 1 / 199]), rtol=1e-5)
    asked = novelty.fit(fitted.statistics, said, 0.5, stranger=2)
    np.testing.assert_array_equal(novelty.surprise(asked, said), novelty.odds(said, 2))
    assert novelty.unknown(asked, said).tolist() == [False, True, True, False]
    assert not novelty.unknown(replace(asked, threshold=9.0), said).any()
    again = novelty.from_table(json.loads(json.dumps(novelty.to_table(asked))))
    assert again.stranger == 2


def test_strangers_are_as_rare_as_expected(fitted: novelty.Novelty) -> None:
    shares = np.array([[0.2, 0.3, 0.5], [1.0, 0.0, 0.0]])
    rare = replace(fitted, stranger=2, rarity=0.1)
    np.testing.assert_allclose(novelty.expected(rare, shares), [[0.2 / 0.55, 0.3 / 0.55, 0.05 / 0.55], [1, 0, 0]])
    np.testing.assert_array_equal(novelty.expected(fitted, shares), shares)  # without that class


def test_surprise_of_an_image_does_not_depend_on_the_others(fitted: novelty.Novelty) -> None:
    said, _ = sample(100, 6)
    alone = [novelty.surprise(fitted, Outputs(said.logits[i : i + 1], said.embedding[i : i + 1]))[0] for i in range(9)]
    np.testing.assert_allclose(novelty.surprise(fitted, said)[:9], alone, rtol=1e-12)


def test_json_gives_back_the_same_decision(fitted: novelty.Novelty) -> None:
    text = json.dumps(novelty.to_table(fitted))
    again = novelty.from_table(json.loads(text))
    said, _ = sample(500, 7)
    np.testing.assert_array_equal(novelty.surprise(again, said), novelty.surprise(fitted, said))
    assert again.threshold == fitted.threshold
    assert len(text) < 2000


@pytest.mark.parametrize(("name", "shape"), [("means", (15,)), ("whitening", (5, 4)), ("whitening", (4, 4))])
def test_statistics_of_another_shape_are_refused(fitted: novelty.Novelty, name: str, shape: tuple[int, ...]) -> None:
    table = novelty.to_table(fitted)
    other = replace(fitted.statistics, **{name: np.zeros(shape, np.float32)})
    table["statistics"] = novelty.to_table(replace(fitted, statistics=other))["statistics"]
    with pytest.raises(ValueError, match="novelty statistics of shapes"):
        novelty.from_table(table)


def test_other_scores_are_refused(fitted: novelty.Novelty) -> None:
    with pytest.raises(ValueError, match="novelty scores"):
        novelty.from_table({**novelty.to_table(fitted), "scores": ["weight"]})


@pytest.mark.parametrize("change", [{"threshold": float("nan")}, {"medians": [0.0, float("inf")]}])
def test_numbers_that_are_not_finite_are_refused(fitted: novelty.Novelty, change: dict[str, object]) -> None:
    """Nothing would be above such a threshold."""
    with pytest.raises(ValueError, match="not finite"):
        novelty.from_table(novelty.to_table(fitted) | change)


def test_damaged_numbers_are_refused(fitted: novelty.Novelty) -> None:
    table = novelty.to_table(fitted)
    table["statistics"]["means"]["float32"] = table["statistics"]["means"]["float32"][:-8]
    with pytest.raises(ValueError, match="buffer size"):
        novelty.from_table(table)
