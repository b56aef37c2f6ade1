"""What the coherence of rounds says of injections whose causes are known."""

from typing import Any

import numpy as np
import pytest

from culpa.evaluate.coherent import RoundCoherence, coherence_totals, with_coherence
from culpa.evaluate.score import Score, score
from culpa.evaluate.truth import Truth
from culpa.evaluate.veto import VetoRound, veto_totals, with_veto
from culpa.types import Events, Segments

MAIN, A, B, C = "K1:MAIN-X", "K1:A-X", "K1:B-X", "K1:C-X"
# event, gps, family, channel, frequency
ROWS = [
    ("0", 10.0, "blip", MAIN, 100.0), ("0", 10.0, "blip", A, 100.0),
    ("1", 20.0, "blip", MAIN, 49.0), ("1", 20.0, "blip", A, 49.0),
    ("2", 30.0, "blip", MAIN, 50.0), ("2", 30.0, "blip", A, 50.0),
    ("3", 40.0, "dot", MAIN, 30.0), ("3", 40.0, "dot", B, 30.0),
    ("4", 50.0, "koi", MAIN, 120.0), ("4", 50.0, "koi", C, 120.0),
    ("5", 60.0, "tomte", MAIN, 400.0),
    ("6", 70.0, "blip", MAIN, np.nan), ("6", 70.0, "blip", A, np.nan),
]  # fmt: skip
ROUNDS = [
    VetoRound(1, A, np.array([10.0, 20.0, 30.0, 60.0, 70.0])),
    VetoRound(2, B, np.array([40.0])),
]
FOUND = [RoundCoherence(1, 0.002, ((100.0, 110.0), (300.0, 300.0))), RoundCoherence(2, 0.4, ())]


@pytest.fixture
def vetoed() -> Score:
    event, gps, family, channel, frequency = (np.array(column) for column in zip(*ROWS, strict=True))
    nothing, snr = np.full(len(ROWS), np.nan), np.full(len(ROWS), 10.0)
    coupled = np.array([list(event).count(one) > 1 for one in event])
    truth = Truth(gps.astype(float), family, channel, frequency.astype(float), nothing, snr, coupled, event)
    times = np.unique(gps.astype(float))
    triggers = {MAIN: Events({"time": times, "snr": np.full(len(times), 10.0)})}
    return with_veto(score(truth, triggers, {MAIN: Segments.of([(0, 100)])}), MAIN, ROUNDS)


def of_main(scored: Score, name: str) -> dict[str, Any]:
    return {row[0]: scored.columns[name][i] for i, row in enumerate(ROWS) if row[3] == MAIN}


def test_each_row_has_the_p_of_the_round_that_vetoed_it(vetoed: Score) -> None:
    scored = with_coherence(vetoed, FOUND)
    p = of_main(scored, "coherence_p")
    assert {event: value for event, value in p.items() if event != "4"} == {
        "0": 0.002, "1": 0.002, "2": 0.002, "3": 0.4, "5": 0.002, "6": 0.002,
    }  # fmt: skip
    assert np.isnan(p["4"])  # not vetoed
    others = [scored.columns["coherence_p"][i] for i, row in enumerate(ROWS) if row[3] != MAIN]
    assert np.isnan(others).all()


def test_coherent_is_within_a_factor_of_two_of_a_range(vetoed: Score) -> None:
    scored = with_coherence(vetoed, FOUND)
    assert scored.columns["coherent"].dtype == bool
    assert of_main(scored, "coherent") == {
        "0": True,
        "1": False,  # 49 Hz: a little more than an octave below
        "2": True,  # 50 Hz: an octave
        "3": False,  # its round is coherent nowhere
        "4": False,
        "5": True,  # 400 Hz, of a range of one frequency, 300 Hz
        "6": False,  # of unknown frequency
    }
    assert not any(scored.columns["coherent"][i] for i, row in enumerate(ROWS) if row[3] != MAIN)


@pytest.mark.parametrize(
    ("ranges", "coherent"),
    [
        (((60.0, 70.0),), True),
        (((241.0, 300.0),), False),
        (((20.0, 59.0),), False),
        (((20.0, 30.0), (240.0, 250.0)), True),
    ],
)
def test_any_range_will_do(vetoed: Score, ranges: tuple[tuple[float, float], ...], coherent: bool) -> None:
    only = VetoRound(3, C, np.array([50.0]))
    scored = with_coherence(with_veto(vetoed, MAIN, [only]), [RoundCoherence(3, 0.01, ranges)])
    assert bool(of_main(scored, "coherent")["4"]) == coherent


def test_the_rest_of_the_score_stays_as_it_is(vetoed: Score) -> None:
    scored = with_coherence(vetoed, FOUND)
    assert scored.columns.keys() - vetoed.columns.keys() == {"coherence_p", "coherent"}
    for name, column in vetoed.columns.items():
        np.testing.assert_array_equal(scored.columns[name], column)
    assert (scored.truth, scored.unmatched, scored.window) == (vetoed.truth, vetoed.unmatched, vetoed.window)


@pytest.mark.parametrize("rounds", [[], [RoundCoherence(9, 0.001, ((10.0, 1000.0),))]])
def test_rounds_that_nothing_is_known_of(vetoed: Score, rounds: list[RoundCoherence]) -> None:
    scored = with_coherence(vetoed, rounds)
    assert np.isnan(scored.columns["coherence_p"]).all()
    assert not scored.columns["coherent"].any()
    assert coherence_totals(scored, veto_totals(vetoed, MAIN, ROUNDS), rounds) == {}


def test_totals_by_family(vetoed: Score) -> None:
    scored = with_coherence(vetoed, FOUND)
    assert coherence_totals(scored, veto_totals(vetoed, MAIN, ROUNDS), FOUND) == {
        "blip": {
            "round": 1, "winner": A, "right_winner": True, "p": 0.002, "ranges": [[100.0, 110.0], [300.0, 300.0]],
            "vetoed": 4, "coherent": 2,
        },
        "dot": {
            "round": 2, "winner": B, "right_winner": True, "p": 0.4, "ranges": [], "vetoed": 1, "coherent": 0,
        },
    }  # fmt: skip


def test_totals_of_a_round_whose_coherence_is_not_known(vetoed: Score) -> None:
    """It has a p-value that is no number; another one is not there at all."""
    found = [RoundCoherence(1, float("nan"), ())]
    totals = coherence_totals(with_coherence(vetoed, found), veto_totals(vetoed, MAIN, ROUNDS), found)
    assert list(totals) == ["blip"]
    assert np.isnan(totals["blip"]["p"])
    assert (totals["blip"]["vetoed"], totals["blip"]["coherent"]) == (4, 0)
