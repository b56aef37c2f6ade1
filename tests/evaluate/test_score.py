"""Joining truth and triggers."""

import csv
import json
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from culpa.evaluate.intervals import wilson
from culpa.evaluate.score import Score, score, totals
from culpa.evaluate.scorefile import write_score
from culpa.evaluate.truth import Truth
from culpa.types import TRIGGER_COLUMNS, Events, Segments
from tests.naive import matching

MAIN, AUX = "K1:MAIN-A_B", "K1:AUX-C_D"
DAY = Segments.of([(0.0, 3600.0)])


def truth_of(*rows: tuple[float, str, str, float, float]) -> Truth:
    """Rows of gps, family, channel, frequency, snr."""
    gps, family, channel, frequency, snr = zip(*rows, strict=True)
    numbers = (np.array(column, float) for column in (gps, frequency, snr))
    gps, frequency, snr = numbers
    many = len(rows)
    names = np.array(family, np.str_), np.array(channel, np.str_)
    return Truth(gps, *names, frequency, np.full(many, 10.0), snr, np.ones(many, bool), np.arange(many).astype(np.str_))


def triggers_of(*rows: tuple[float, float, float]) -> Events:
    """Rows of time, frequency, snr; 0.2 s long."""
    time, frequency, snr = np.array(rows, float).reshape(-1, 3).T
    given = {
        "time": time,
        "tstart": time - 0.1,
        "tend": time + 0.1,
        "frequency": frequency,
        "snr": snr,
        "q": snr * 0 + 8,
    }
    return Events({name: given.get(name, np.full(len(time), np.nan)) for name in TRIGGER_COLUMNS})


TRUTH = truth_of(
    (100.0, "blip", MAIN, 200.0, 10.0),  # found
    (100.0, "blip", AUX, 200.0, 20.0),  # missed
    (200.0, "blip", MAIN, 50.0, 7.0),  # found, late and low
    (300.0, "dot", MAIN, 900.0, 30.0),  # missed
    (300.0, "dot", AUX, 900.0, np.nan),  # above Nyquist, though a trigger is there
    (4000.0, "dot", MAIN, 900.0, 60.0),  # outside the data, though a trigger is there
)
FOUND = {
    MAIN: triggers_of((100.01, 210.0, 9.5), (200.05, 40.0, 7.7), (500.0, 60.0, 6.0), (4000.0, 900.0, 60.0)),
    AUX: triggers_of((300.0, 400.0, 6.5)),
}


@pytest.fixture
def example() -> Score:
    return score(TRUTH, FOUND, {MAIN: DAY, AUX: DAY})


def test_each_row_says_what_became_of_it(example: Score) -> None:
    columns = example.columns
    assert columns["searched"].tolist() == [True, True, True, True, True, False]
    assert columns["found"].tolist() == [True, False, True, False, False, False]
    rows = columns["found"]
    assert columns["trigger_time"][rows].tolist() == [100.01, 200.05]
    assert columns["time_error"][rows] == pytest.approx([0.01, 0.05])
    assert columns["trigger_snr"][rows].tolist() == [9.5, 7.7]
    assert columns["snr_ratio"][rows] == pytest.approx([0.95, 1.1])
    assert columns["trigger_frequency"][rows].tolist() == [210, 40]
    assert columns["frequency_error"][rows] == pytest.approx([0.05, -0.2])
    assert columns["trigger_q"][rows].tolist() == [8, 8]
    numbers = [column for column in columns.values() if column.dtype == np.float64]
    assert all(np.isnan(column[~rows]).all() for column in numbers)


def test_totals(example: Score) -> None:
    result = totals(example)
    every = result["all"]
    assert (every["expected"], every["found"], every["fraction"]) == (4, 2, 0.5)
    assert every["interval"] == list(wilson(2, 4))
    assert every["snr_ratio"]["p50"] == pytest.approx(1.025)
    assert every["snr_ratio"]["p5"] == pytest.approx(0.9575)
    assert every["snr_ratio"]["p95"] == pytest.approx(1.0925)
    assert every["time_error"] == pytest.approx(0.03)
    assert every["frequency_error"] == pytest.approx(0.125)
    assert {name: (one["found"], one["expected"]) for name, one in result["family"].items()} == {
        "blip": (2, 3),
        "dot": (0, 1),
    }
    assert {name: (one["found"], one["expected"]) for name, one in result["snr"].items()} == {
        "0-6": (0, 0),
        "6-8": (1, 1),
        "8-12": (1, 1),
        "12-20": (0, 0),
        "20-50": (0, 2),
        "50+": (0, 0),
    }
    assert {name: (one["found"], one["expected"]) for name, one in result["channel"].items()} == {
        MAIN: (2, 3),
        AUX: (0, 1),
    }
    assert np.isnan(result["snr"]["50+"]["fraction"])


def test_triggers_that_nothing_explains_are_counted_where_data_were_searched(example: Score) -> None:
    channels = totals(example)["channel"]
    assert (channels[MAIN]["triggers"], channels[MAIN]["unmatched"], channels[MAIN]["unmatched_per_hour"]) == (3, 1, 1)
    assert (channels[AUX]["triggers"], channels[AUX]["unmatched"]) == (1, 1)  # the event above Nyquist explains nothing


def test_channels_that_were_not_searched_or_are_not_in_the_table() -> None:
    result = score(TRUTH, {"K1:OTHER-X": triggers_of((5.0, 10.0, 8.0))}, {"K1:OTHER-X": DAY})
    assert not result.columns["searched"].any()
    channels = totals(result)["channel"]
    assert list(channels) == sorted([AUX, MAIN, "K1:OTHER-X"])
    assert (channels["K1:OTHER-X"]["unmatched"], channels[MAIN]["expected"]) == (1, 0)
    assert np.isnan(channels[MAIN]["unmatched_per_hour"])


def test_an_injection_of_no_strength_has_no_ratio() -> None:
    result = score(truth_of((1.0, "blip", MAIN, 50.0, 0.0)), {MAIN: triggers_of((1.0, 50.0, 6.0))}, {MAIN: DAY})
    assert result.columns["found"].all()
    assert np.isnan(result.columns["snr_ratio"]).all()


def random_case(rng: np.random.Generator, rows: int, triggers: int, length: float) -> tuple[Truth, Events]:
    names = np.array(["a", "b", "c"])[rng.integers(0, 3, rows)]
    snr = np.where(rng.random(rows) < 0.1, np.nan, rng.uniform(4, 80, rows))
    gps, frequency = rng.uniform(-0.1, 1.1, rows) * length, rng.uniform(20, 900, rows)
    truth = Truth(
        gps, names, np.full(rows, MAIN), frequency, snr, snr, np.ones(rows, bool), np.arange(rows).astype(np.str_)
    )
    time = rng.uniform(0, length, triggers)
    events = Events(
        {
            "time": time,
            "tstart": time - rng.exponential(0.2, triggers),
            "tend": time + rng.exponential(0.2, triggers),
            "frequency": rng.uniform(20, 900, triggers),
            "snr": rng.uniform(6, 90, triggers),
        }
    )
    return truth, events


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 40), st.integers(0, 40), st.sampled_from([0.0, 0.1, 2.0]))
def test_the_join_is_that_of_brute_force(seed: int, rows: int, triggers: int, window: float) -> None:
    truth, events = random_case(np.random.default_rng(seed), rows, triggers, 20.0)
    live = Segments.of([(0.0, 8.0), (9.0, 20.0)])
    result = score(truth, {MAIN: events}, {MAIN: live}, window)
    for row in range(rows):
        searched = any(start <= truth.gps[row] < end for start, end in live)
        best = matching.nearest(truth.gps[row], events, window) if searched and truth.snr[row] >= 0 else None
        assert result.columns["found"][row] == (best is not None)
        if best is not None:
            assert result.columns["trigger_time"][row] == best[2]
            assert result.columns["trigger_snr"][row] == -best[1]
    inside = events.take(live.contains(events["time"]))
    assert result.unmatched[MAIN].unmatched == matching.unmatched(truth.gps[truth.snr >= 0], inside, window)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_neither_the_order_of_rows_nor_of_triggers_matters(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth, events = random_case(rng, 30, 30, 20.0)
    other = rng.permutation(30)
    turned = Truth(*(getattr(truth, name)[other] for name in Truth.__dataclass_fields__))
    first = score(truth, {MAIN: events}, {MAIN: DAY})
    second = score(turned, {MAIN: events.take(rng.permutation(30))}, {MAIN: DAY})
    for name, column in first.columns.items():
        np.testing.assert_array_equal(column[other], second.columns[name])


def test_a_hundred_thousand_rows_and_triggers_take_seconds() -> None:
    truth, events = random_case(np.random.default_rng(1), 100_000, 100_000, 86400.0)
    begin = time.perf_counter()
    result = score(truth, {MAIN: events}, {MAIN: Segments.of([(0.0, 86400.0)])})
    assert time.perf_counter() - begin < 5  # 0.3 s on a quiet machine; brute force takes minutes
    covered = 1 - np.exp(-100_000 / 86400 * (0.2 + 0.2 + 2 * 0.1))  # how much of the time random extents hold
    inside = (truth.gps > 5) & (truth.gps < 86395) & ~np.isnan(truth.snr)
    assert result.columns["found"][inside].mean() == pytest.approx(covered, abs=0.01)


def test_files_hold_the_score(example: Score, tmp_path: Path) -> None:
    table, summary = write_score(example, totals(example), tmp_path / "new" / "folder")
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [*Truth.__dataclass_fields__, *example.columns]
    assert [row["found"] for row in rows] == ["True", "False", "True", "False", "False", "False"]
    assert float(rows[2]["time_error"]) == example.columns["time_error"][2]
    assert (rows[1]["trigger_snr"], rows[4]["snr"]) == ("nan", "nan")

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is not JSON")

    loaded = json.loads(summary.read_text(encoding="utf-8"), parse_constant=refuse)
    assert loaded["all"]["found"] == 2
    assert loaded["snr"]["50+"]["fraction"] is None
    assert loaded["snr"]["50+"]["interval"] == [None, None]


def test_each_column_stands_in_the_docs(example: Score) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "score.md").read_text(encoding="utf-8")
    assert [name for name in (*Truth.__dataclass_fields__, *example.columns) if f"`{name}`" not in page] == []
    entries = {*totals(example), *totals(example)["channel"][MAIN]} - {"window"}
    assert [name for name in entries if f"`{name}`" not in page] == []


def test_equal_scores_give_equal_bytes(example: Score, tmp_path: Path) -> None:
    again = score(TRUTH, dict(reversed(FOUND.items())), {AUX: DAY, MAIN: DAY})
    for one, two in zip(
        *(write_score(one, totals(one), tmp_path / name) for one, name in ((example, "a"), (again, "b"))), strict=True
    ):
        assert one.read_bytes() == two.read_bytes()


def test_a_later_stage_adds_a_column(example: Score, tmp_path: Path) -> None:
    more = Score(example.truth, {**example.columns, "vetoed": np.zeros(6, bool)}, example.unmatched, example.window)
    table, _ = write_score(more, totals(more), tmp_path)
    assert table.read_text().splitlines()[0].endswith(",frequency_error,vetoed")
