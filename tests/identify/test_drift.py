"""Changes that are there are found, others are not; indices and distances by hand and by scipy."""

import csv
import json
from math import isnan, log, nan
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import chi2, ks_2samp, kstwo, norm

from culpa import settings
from culpa.errors import NoDataError
from culpa.identify.drift import Change, Reference, drift, make_reference, write_drift

Values = NDArray[np.float64]
CLASSES = ("blip", "dot", "tomte")


def sample(
    random: np.random.Generator, number: int, shares: list[float]
) -> tuple[dict[str, Values], NDArray[np.int64]]:
    """Features that differ from class to class; one of them is often not there, one has few values."""
    labels = random.choice(3, number, p=shares)
    frequency = np.where(random.random(number) < 0.2, nan, random.normal(3 * labels, 1))
    return {"frequency": frequency, "level": np.round(random.exponential(2, number))}, labels


def one(values: Values, day: Values) -> Change:
    """The change of one feature of one class."""
    of = make_reference({"x": values}, np.zeros(len(values), np.int64), ("blip",))
    return drift(of, {"x": day}, np.zeros(len(day), np.int64)).features[0]


def test_the_index_by_hand() -> None:
    """Ten values, each a tenth of the reference; on the day one of them takes the place of another."""
    values = np.repeat(np.arange(10.0), 1000)
    day = np.repeat([0, 1, 2, 3, 4, 5, 6, 7, 8, 8.0], 200)
    change = one(values, day)
    p, q = np.full(10, 200.0), np.full(10, 1000.0)
    p[8], p[9] = 400, 0
    p, q = (p + 0.5) / 2005, (q + 0.5) / 10005
    assert change.psi == pytest.approx(sum((p - q) * np.log(p / q)))
    assert change.psi == pytest.approx((0.2 - 0.1) * log(2) + 0.1 * log(1000.5 / 0.5 / 5), rel=0.02)  # what dominates
    assert change.ks == pytest.approx(0.1)
    assert change.verdict == "large change"
    assert change.reference == 4
    assert change.day == 4.5


def test_few_images_by_hand() -> None:
    """Four and two of them: half a count in each bin matters."""
    change = one(np.array([1.0, 1, 1, 2]), np.array([2.0, 2]))
    p, q = np.array([0.5, 2.5]) / 3, np.array([3.5, 1.5]) / 5
    assert change.psi == pytest.approx(sum((p - q) * np.log(p / q)))
    assert change.chance == pytest.approx(chi2.isf(0.01 / 2, 1) * (1 / 2 + 1 / 4))
    assert change.verdict == "stable"
    assert change.ks == 0.75
    assert change.p_value == pytest.approx(kstwo.sf(0.75, 1))


def test_the_distance_is_that_of_scipy() -> None:
    random = np.random.default_rng(2)
    values, day = random.normal(size=4000), random.normal(0.2, 1.1, size=300)
    change, outside = one(values, day), ks_2samp(values, day, method="asymp")
    assert change.ks == pytest.approx(outside.statistic, abs=0.02)
    assert change.ks <= outside.statistic + 1e-9
    assert change.p_value == pytest.approx(kstwo.sf(change.ks, round(4000 * 300 / 4300)))


def test_a_day_like_the_reference_is_stable_at_any_size() -> None:
    """Also where the bare index is far above the usual thresholds: it is chance that a small day gets there."""
    random = np.random.default_rng(3)
    features, labels = sample(random, 3000, [0.4, 0.3, 0.3])
    of = make_reference(features, labels, CLASSES)
    alarms, above, days = 0, 0, 0
    for number in (5, 30, 100, 1000):
        for _ in range(60):
            day = drift(of, *sample(random, number, [0.4, 0.3, 0.3]))
            changes = (*day.features, day.frequencies)
            alarms += any(change.verdict != "stable" for change in changes)
            above += any(change.psi > 0.25 for change in changes)
            days += 1
    assert alarms <= 0.03 * days
    assert above > 0.3 * days


def test_more_of_one_class_is_no_change_of_features() -> None:
    random = np.random.default_rng(4)
    features, labels = sample(random, 5000, [0.34, 0.33, 0.33])
    of = make_reference(features, labels, CLASSES)
    day = drift(of, *sample(random, 2000, [0.9, 0.1, 0.0]))
    assert [change.verdict for change in day.features] == ["stable", "stable"]
    assert day.frequencies.verdict == "large change"
    assert day.frequencies.p_value < 1e-10
    assert day.shares["blip"] == pytest.approx((0.34, 0.9), abs=0.03)
    assert day.shares["tomte"] == pytest.approx((0.33, 0), abs=0.03)
    assert day.images == 2000


def test_a_rare_class_of_the_reference_is_known_as_badly_as_it_is() -> None:
    """A day of that class alone beside ten images of it; that there were thousands of others does not help."""
    random = np.random.default_rng(14)
    labels = np.repeat([0, 1], [5000, 10])
    of = make_reference({"x": random.normal(3 * labels, 1)}, labels, ("blip", "dot"))
    change = drift(of, {"x": random.normal(3, 1, 400)}, np.ones(400, np.int64)).features[0]
    assert change.verdict == "stable"
    assert change.psi > 0.2
    assert change.p_value > 0.001


@pytest.mark.parametrize(
    ("shift", "verdict"), [(0.0, "stable"), (0.25, "stable"), (0.45, "some change"), (1, "large change")]
)
def test_a_shift_is_told_by_its_size(shift: float, verdict: str) -> None:
    """In standard deviations; 0.25 of them is significant and yet small: an index of 0.06."""
    random = np.random.default_rng(5)
    change = one(random.normal(size=40_000), random.normal(shift, 1, 20_000))
    assert change.verdict == verdict
    assert (change.p_value < 1e-6) == (shift > 0)
    p = np.diff(norm.cdf(norm.ppf(np.arange(11) / 10) - shift))
    assert change.psi == pytest.approx(sum((p - 0.1) * np.log(p / 0.1)), rel=0.06, abs=0.003)
    assert change.day - change.reference == pytest.approx(shift, abs=0.04)


def test_a_value_that_is_missing_more_often_is_a_change() -> None:
    random = np.random.default_rng(6)
    values = random.normal(size=3000)
    values[:300] = nan
    day = random.normal(size=1000)
    assert one(values, np.where(random.random(1000) < 0.1, nan, day)).verdict == "stable"
    assert one(values, np.where(random.random(1000) < 0.5, nan, day)).verdict == "large change"
    gone = one(values, np.full(100, nan))
    assert gone.verdict == "large change"
    assert isnan(gone.ks)
    assert isnan(gone.day)


@pytest.mark.parametrize("other", [4.0, 6.0])
def test_what_was_always_the_same_and_is_not_any_more(other: float) -> None:
    assert one(np.full(500, 5.0), np.full(100, 5.0)).verdict == "stable"
    assert one(np.full(500, 5.0), np.full(100, other)).verdict == "large change"
    assert one(np.full(500, 5.0), np.full(100, other)).ks == 1


def test_what_never_was_there() -> None:
    assert one(np.full(500, nan), np.full(100, nan)).verdict == "stable"
    assert one(np.full(500, nan), np.ones(100)).verdict == "large change"


def test_a_class_that_the_reference_lacks_changes_no_feature() -> None:
    random = np.random.default_rng(7)
    features, labels = sample(random, 2000, [0.5, 0.5, 0.0])
    of = make_reference(features, labels, CLASSES)
    day = drift(of, *sample(random, 1000, [0.4, 0.4, 0.2]))
    assert [change.verdict for change in day.features] == ["stable", "stable"]
    assert day.frequencies.verdict == "large change"
    only = drift(of, *sample(random, 50, [0.0, 0.0, 1.0]))
    assert [change.psi for change in only.features] == [0, 0]


def test_a_reference_is_small_and_survives_json() -> None:
    features, labels = sample(np.random.default_rng(8), 3000, [0.4, 0.3, 0.3])
    of = make_reference(features, labels, CLASSES)
    text = json.dumps(settings.plain(of))
    assert settings.build(Reference, json.loads(text)) == of
    assert len(text) < 3000 * len(of.edges)


def test_no_image_is_no_day() -> None:
    of = make_reference({"x": np.arange(10.0)}, np.zeros(10, np.int64), ("blip",))
    with pytest.raises(NoDataError, match="no image to compare"):
        drift(of, {"x": np.empty(0)}, np.empty(0, np.int64))


def test_the_table(tmp_path: Path) -> None:
    random = np.random.default_rng(9)
    features, labels = sample(random, 2000, [0.5, 0.3, 0.2])
    of = make_reference(features, labels, CLASSES)
    write_drift(tmp_path / "drift.csv", drift(of, *sample(random, 400, [0.5, 0.3, 0.2])))
    with (tmp_path / "drift.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["name"]: row for row in csv.DictReader(file)}
    assert list(rows) == [
        "frequency", "level", "class frequencies", "share of blip", "share of dot", "share of tomte",
    ]  # fmt: skip
    assert rows["frequency"]["verdict"] == "stable"
    assert float(rows["frequency"]["psi"]) < float(rows["frequency"]["chance"])
    assert rows["class frequencies"]["ks"] == ""
    assert float(rows["share of blip"]["day"]) == pytest.approx(0.5, abs=0.06)
