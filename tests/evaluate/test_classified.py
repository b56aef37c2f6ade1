"""Predictions joined to injections, and what they come to."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from culpa.evaluate.class_totals import class_totals
from culpa.evaluate.classes import macro_f1, macro_f1_interval
from culpa.evaluate.classified import Join, join, with_classes
from culpa.evaluate.intervals import wilson
from culpa.evaluate.predictions import Predictions
from culpa.evaluate.score import Score, score
from culpa.evaluate.truth import Truth
from culpa.types import Events, Segments
from tests.naive import matching

MAIN, AUX = "K1:MAIN-X", "K1:AUX-X"
LIVE = {MAIN: Segments.of([(0, 1000)]), AUX: Segments.of([(0, 1000)])}
CLASSES = ("blip", "koi_fish", "tomte", "no_glitch", "none_of_these")

# gps, family, channel, snr
ROWS = [
    (10, "blip", MAIN, 7.0),  # 0 right
    (20, "blip", MAIN, 9.0),  # 1 called tomte
    (30, "Koi_Fish", MAIN, 20.0),  # 2 right, though flagged
    (40, "dot", MAIN, 9.0),  # 3 outside, flagged
    (50, "dot", MAIN, 9.0),  # 4 outside, called none_of_these
    (60, "dot", MAIN, 9.0),  # 5 outside, called blip
    (70, "none_of_these", MAIN, 9.0),  # 6 called so
    (80, "blip", MAIN, 9.0),  # 7 found, not classified
    (90, "tomte", MAIN, 9.0),  # 8 not found
    (100, "tomte", MAIN, 9.0),  # 9 right
    (100.01, "blip", MAIN, 8.0),  # 10 shares its trigger with 9
    (10, "blip", AUX, 30.0),  # 11 found, in a channel without predictions
    (110, "blip", MAIN, np.nan),  # 12 not there, though a trigger is
]
TIMES = [10.0, 20, 30, 40, 50, 60, 70, 80, 100, 110, 200, 201]
# gps, channel, class, probability, flagged
SAID = [
    (20.0, MAIN, "tomte", 0.5, False),
    (10.0 + 1e-6, MAIN, "blip", 0.9, False),
    (30, MAIN, "koi_fish", 0.8, True),
    (40, MAIN, "blip", 0.7, True),
    (50, MAIN, "none_of_these", 0.7, False),
    (60, MAIN, "blip", 0.7, False),
    (70, MAIN, "none_of_these", np.nan, False),
    (100, MAIN, "tomte", 1.0, False),
    (100.02, MAIN, "blip", 1.0, False),  # farther from the peak than the one before
    (110, MAIN, "no_glitch", 0.6, False),  # of a trigger without an injection
    (200, MAIN, "koi_fish", 0.6, True),  # of a trigger without an injection
    (300, MAIN, "blip", 0.9, False),  # of no trigger
    (np.nan, MAIN, "blip", 0.9, False),  # of no known time
]


def predictions_of(rows: list[tuple[float, str, str, float, bool]]) -> Predictions:
    gps, channel, name, probability, flagged = zip(*rows, strict=True)
    texts = np.array(channel, np.str_), np.array(name, np.str_)
    return Predictions(np.array(gps, float), *texts, np.array(probability), np.array(flagged), CLASSES)


def scored(rows: list[tuple[float, str, str, float]], triggers: dict[str, Events]) -> Score:
    gps, family, channel, snr = zip(*rows, strict=True)
    nothing, many = np.full(len(rows), np.nan), len(rows)
    names = np.array(family, np.str_), np.array(channel, np.str_)
    ids = np.arange(many).astype(np.str_)
    truth = Truth(np.array(gps, float), *names, nothing, nothing, np.array(snr), np.ones(many, bool), ids)
    return score(truth, triggers, LIVE)


def triggers_at(times: list[float]) -> Events:
    return Events({"time": np.array(times, float), "snr": np.full(len(times), 10.0)})


TRIGGERS = {MAIN: triggers_at(TIMES), AUX: triggers_at([10.0])}


@pytest.fixture
def example() -> tuple[Score, Predictions, Join]:
    before, said = scored(ROWS, TRIGGERS), predictions_of(SAID)
    joined = join(before, said, TRIGGERS)
    return with_classes(before, said, joined), said, joined


def test_each_row_has_the_prediction_of_its_trigger(example: tuple[Score, Predictions, Join]) -> None:
    columns = example[0].columns
    assert columns["class"].tolist() == [
        "blip", "tomte", "koi_fish", "blip", "none_of_these", "blip", "none_of_these", "", "", "tomte", "tomte", "", "",
    ]  # fmt: skip
    expected = [0.9, 0.5, 0.8, 0.7, 0.7, 0.7, np.nan, np.nan, np.nan, 1, 1, np.nan, np.nan]
    np.testing.assert_array_equal(columns["probability"], expected)
    assert np.flatnonzero(columns["class_flag"] == "unknown").tolist() == [2, 3]
    assert set(columns["class_flag"].tolist()) == {"", "unknown"}


def test_right_is_the_family_or_doubt_about_what_cannot_be_known(example: tuple[Score, Predictions, Join]) -> None:
    assert np.flatnonzero(example[0].columns["class_right"]).tolist() == [0, 2, 3, 4, 6, 9]


def test_nothing_is_right_about_what_was_not_classified() -> None:
    before, said = scored([(80.0, "", MAIN, 9.0)], TRIGGERS), predictions_of(SAID)
    assert not with_classes(before, said, join(before, said, TRIGGERS)).columns["class_right"].any()


def test_a_prediction_of_no_known_time_is_of_no_trigger() -> None:
    before, said = scored(ROWS, TRIGGERS), predictions_of([(np.nan, MAIN, "blip", 0.9, False)])
    joined = join(before, said, TRIGGERS)
    assert not joined.placed.any()
    assert (joined.chosen == -1).all()


def test_nothing_else_of_the_score_changes(example: tuple[Score, Predictions, Join]) -> None:
    before = scored(ROWS, TRIGGERS)
    for name, column in before.columns.items():
        np.testing.assert_array_equal(example[0].columns[name], column)
    assert list(example[0].columns)[-4:] == ["class", "probability", "class_flag", "class_right"]


def test_totals_say_what_was_classified_and_how_well(example: tuple[Score, Predictions, Join]) -> None:
    totals = class_totals(*example, np.random.default_rng(0))
    every, low, high = totals["all"], totals["snr"]["6-8"], totals["snr"]["8+"]
    # judged: rows 0 to 7 and 9; of these 7 is not classified and 3 to 5 are of no class
    assert (every["found"], every["classified"], every["known"], every["right"]) == (9, 8, 5, 4)
    assert every["accuracy"] == 0.8
    assert every["interval"] == list(wilson(4, 5))
    assert every["macro_f1"] == pytest.approx((2 / 3 + 1 + 2 / 3 + 1) / 4)  # blip, koi_fish, tomte, none_of_these
    assert every["calibration_error"] == pytest.approx((0.1 + 0.5 + 0.2 + 0) / 4)  # that without one does not count
    assert (low["found"], low["known"], low["right"], low["macro_f1"]) == (1, 1, 1, 1)
    assert (high["found"], high["known"], high["right"]) == (8, 4, 3)
    assert list(totals["snr"]) == ["0-6", "6-8", "8+"]
    assert np.isnan(totals["snr"]["0-6"]["macro_f1"])
    assert totals["shared"] == 1


def test_totals_by_the_snr_of_the_trigger() -> None:
    snr = np.where(np.isin(TIMES, (20, 100)), 7.0, 10.0)  # of rows 1 and 9
    triggers = {**TRIGGERS, MAIN: Events({"time": np.array(TIMES), "snr": snr})}
    before, said = scored(ROWS, triggers), predictions_of(SAID)
    joined = join(before, said, triggers)
    totals = class_totals(with_classes(before, said, joined), said, joined, np.random.default_rng(0))
    numbers = {name: (one["found"], one["known"], one["right"]) for name, one in totals["trigger_snr"].items()}
    assert numbers == {"0-6": (0, 0, 0), "6-8": (2, 2, 1), "8+": (7, 3, 3)}
    assert totals["snr"]["6-8"]["right"] == 1  # row 0


def test_totals_by_class(example: tuple[Score, Predictions, Join]) -> None:
    totals = class_totals(*example, np.random.default_rng(0))
    blip = totals["class"]["blip"]
    assert (blip["examples"], blip["called"], blip["right"], blip["recall"], blip["precision"]) == (2, 1, 1, 0.5, 1)
    assert (blip["recall_interval"], blip["precision_interval"]) == (list(wilson(1, 2)), list(wilson(1, 1)))
    assert np.isnan(totals["class"]["no_glitch"]["f1"])
    assert totals["classes"] == list(totals["class"]) == list(CLASSES)
    assert totals["confusion"] == {
        "blip": {"blip": 1, "tomte": 1},
        "koi_fish": {"koi_fish": 1},
        "tomte": {"tomte": 1},
        "none_of_these": {"none_of_these": 1},
    }
    matrix = np.diag([1, 1, 1, 0, 1])
    matrix[0, 2] = 1
    assert totals["all"]["macro_f1"] == macro_f1(matrix)
    assert totals["all"]["macro_f1_interval"] == list(macro_f1_interval(matrix, np.random.default_rng(0)))


def test_totals_of_doubt(example: tuple[Score, Predictions, Join]) -> None:
    totals = class_totals(*example, np.random.default_rng(0))
    known, outside = totals["flags"]["known"], totals["flags"]["outside"]
    assert (known["flagged"], known["of"], known["fraction"]) == (1, 4, 0.25)  # none_of_these is no family
    assert (outside["flagged"], outside["of"], outside["interval"]) == (1, 4, list(wilson(1, 4)))
    assert totals["outside"] == {
        "dot": {"classified": 3, "flagged": 1, "right": 2, "called": {"blip": 2, "none_of_these": 1}},
        "none_of_these": {"classified": 1, "flagged": 0, "right": 1, "called": {"none_of_these": 1}},
    }


def test_totals_of_predictions_that_are_of_no_row(example: tuple[Score, Predictions, Join]) -> None:
    totals = class_totals(*example, np.random.default_rng(0))
    noise = {"predictions": 2, "flagged": 1, "called": {"koi_fish": 1, "no_glitch": 1}}
    assert totals["without_injection"] == noise
    assert totals["beside"] == 1  # the second one of the trigger at 100 s
    assert totals["unplaced"] == 2
    assert sum(one["count"] for one in totals["reliability"]) == 4
    assert [one for one in totals["reliability"] if one["count"]][-1]["accuracy"] == 1


def test_of_glitches_that_share_a_trigger_the_loudest_is_judged() -> None:
    rows = [(10.0, "blip", MAIN, 8.0), (10.05, "tomte", MAIN, 30.0), (10.02, "tomte", MAIN, 30.0)]
    before, said = scored(rows, TRIGGERS), predictions_of([(10, MAIN, "tomte", 0.9, False)])
    joined = join(before, said, TRIGGERS)
    totals = class_totals(with_classes(before, said, joined), said, joined, np.random.default_rng(0))
    assert joined.chosen.tolist() == [0, 0, 0]
    assert (totals["all"]["known"], totals["all"]["right"], totals["shared"]) == (1, 1, 2)


def test_without_predictions_there_is_nothing_to_say() -> None:
    before, said = scored(ROWS, TRIGGERS), predictions_of(SAID).take(np.zeros(len(SAID), bool))
    joined = join(before, said, TRIGGERS)
    totals = class_totals(with_classes(before, said, joined), said, joined, np.random.default_rng(0))
    assert (totals["all"]["found"], totals["shared"], totals["unplaced"]) == (0, 0, 0)
    assert totals["confusion"] == {}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 25), st.integers(1, 25), st.integers(1, 40))
def test_the_join_is_that_of_brute_force(seed: int, rows: int, triggers: int, many: int) -> None:
    rng = np.random.default_rng(seed)
    time = rng.uniform(0, 20, triggers)
    width = rng.exponential(0.3, (2, triggers))
    events = Events(
        {"time": time, "tstart": time - width[0], "tend": time + width[1], "snr": rng.uniform(6, 9, triggers)}
    )
    truth = [(gps, "blip", MAIN, 8.0) for gps in rng.uniform(0, 20, rows).tolist()]
    gps = np.where(rng.random(many) < 0.5, rng.choice(time, many), rng.uniform(0, 20, many))
    said = predictions_of([(at, MAIN, "blip", 1.0, False) for at in gps.tolist()])
    before = scored(truth, {MAIN: events})
    joined = join(before, said, {MAIN: events})
    expected = [matching.prediction_of(row[0], gps, events, 0.1) for row in truth]
    assert joined.chosen.tolist() == [-1 if one is None else one for one in expected]
    owners = [matching.trigger_of(at, events, 0.1) for at in gps]
    assert joined.placed.tolist() == [owner is not None for owner in owners]
    lonely = [
        owner is not None
        and not any(
            matching.holds(row[0], *(events[name][owner] for name in ("tstart", "tend", "time")), 0.1) for row in truth
        )
        for owner in owners
    ]
    assert joined.without.tolist() == lonely


def test_each_column_and_entry_stands_in_the_docs(example: tuple[Score, Predictions, Join]) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "score.md").read_text(encoding="utf-8")
    totals = class_totals(*example, np.random.default_rng(0))
    words = {*example[0].columns, *totals, *totals["all"], *totals["class"]["blip"], *totals["flags"]}
    assert sorted(word for word in words if f"`{word}`" not in page) == []
