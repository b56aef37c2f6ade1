"""What each detector is for, and how it is found by its name."""

import numpy as np
import pytest

from culpa.condition.rows import Rows
from culpa.detect.rows.registry import DETECTORS, find
from culpa.detect.rows.scorer import fit
from culpa.errors import UsageError
from culpa.types import Floats


def normal(rows: int, sensors: int, seed: int) -> Floats:
    return np.random.default_rng(seed).standard_normal((rows, sensors))


def scored(name: str, reference: Floats, values: Floats) -> Floats:
    detector = find(name)
    return fit(Rows.plain(reference), detector.fit, True, detector.seasonal).whole(Rows.plain(values))


def beyond(scores: Floats, where: slice, quiet: slice = slice(64, 400)) -> float:
    """How many times the highest score of quiet rows the highest of some others is."""
    return float(scores[where].max() / np.nanmax(scores[quiet]))


def test_the_default_finds_what_is_brief_what_lasts_and_what_scatters() -> None:
    reference, quiet = normal(4000, 4, 26), normal(600, 4, 27)
    spike, shift, scatter = quiet.copy(), quiet.copy(), quiet.copy()
    spike[500, 1] += 9
    shift[450:514] += 0.9
    scatter[450:514] *= 1.6
    assert beyond(scored("auto", reference, spike), slice(500, 501)) > 3
    assert beyond(scored("auto", reference, shift), slice(450, 520)) > 3

    def share(name: str, rows: Floats) -> float:
        """Of the later rows of the event, how many are beyond one of a hundred others."""
        scores = scored(name, reference, rows)
        return float(np.mean(scores[470:514] > np.quantile(scores[:400], 0.99)))

    for rows in (shift, scatter):
        assert share("auto", rows) > 0.9
        assert share("mean-square", rows) < 0.5


def test_components_and_the_default_find_sensors_that_no_longer_follow_each_other() -> None:
    def pair(rows: int, seed: int) -> Floats:
        common = normal(rows, 1, seed)
        return np.hstack([common, common, -common]) + 0.1 * normal(rows, 3, seed + 1)

    reference, rows = pair(2000, 28), pair(600, 30)
    rows[500] = [1.5, -1.5, -1.5]  # each of them a usual reading
    for name in ("pca", "auto"):
        assert beyond(scored(name, reference, rows), slice(500, 501)) > 4
    for name in ("robust-z", "mean-square", "forest"):
        assert beyond(scored(name, reference, rows), slice(500, 501)) < 1


def test_odd_shapes_are_found_where_single_rows_are_usual() -> None:
    """A wave that stands still for a while, at a reading that it has often."""
    wave = np.sin(np.arange(2600) / 4)[:, None] * 3
    values = wave + 0.1 * normal(2600, 1, 36)
    values[2500:2520] = 0.5
    reference, rows = values[:2000], values[2000:]
    assert beyond(scored("subsequence-pca", reference, rows), slice(500, 552)) > 5
    assert beyond(scored("mean-square", reference, rows), slice(500, 552)) < 1.05


@pytest.mark.parametrize("name", [one.name for one in DETECTORS if one.control and one.name != "rolling-variance"])
def test_controls_miss_small_shifts(name: str) -> None:
    rows = normal(600, 4, 38)
    rows[450:514] += 0.5
    assert beyond(scored(name, normal(1000, 4, 39), rows), slice(450, 514)) < 1.5


def test_names_are_found_alone_and_together() -> None:
    assert [find(one.name) for one in DETECTORS] == list(DETECTORS)
    both = find("pca+forest")
    assert both.name == "pca+forest"
    assert not both.seasonal
    assert find("pca+auto").seasonal
    assert sorted(one.name for one in DETECTORS if one.control) == ["mean-square", "random", "rolling-variance"]
    assert len({one.name for one in DETECTORS}) == len(DETECTORS)


@pytest.mark.parametrize(
    ("name", "what", "hint"),
    [("forst", "'forst'", "forest"), ("pca+ewna", "'ewna'", "ewma"), ("pca+", "''", ""), ("Auto", "'Auto'", "auto")],
)
def test_unknown_names_are_refused_with_the_nearest_known(name: str, what: str, hint: str) -> None:
    with pytest.raises(UsageError, match=f"unknown detector {what}") as problem:
        find(name)
    assert hint in problem.value.hint
    assert problem.value.exit_code == 2
