"""What a veto explained, against the true causes."""

import numpy as np
import pytest

from culpa.evaluate.score import score
from culpa.evaluate.truth import Truth
from culpa.evaluate.veto import VetoRound, veto_totals, with_veto
from culpa.types import Events, Segments

MAIN, A, B, C = "K1:MAIN-X", "K1:A-X", "K1:B-X", "K1:C-X"
# event, gps, family, channel, snr
ROWS = [
    ("0", 10.0, "blip", MAIN, 10.0), ("0", 10.0, "blip", A, 20.0), ("0", 10.0, "blip", B, 5.0),
    ("1", 20.0, "blip", MAIN, 10.0), ("1", 20.0, "blip", A, 20.0), ("1", 20.0, "blip", B, 5.0),
    ("2", 30.0, "blip", MAIN, 10.0), ("2", 30.0, "blip", A, np.nan), ("2", 30.0, "blip", B, 5.0),
    ("3", 40.0, "dot", MAIN, 10.0), ("3", 40.0, "dot", C, 20.0),
    ("4", 50.0, "dot", MAIN, 10.0), ("4", 50.0, "dot", C, 20.0),
    ("5", 60.0, "dot", MAIN, 10.0),
    ("6", 70.0, "dot", MAIN, 10.0),
    ("7", 80.0, "dot", A, 10.0),
    ("8", 90.0, "dot", MAIN, 3.0), ("8", 90.0, "dot", C, 3.0),
]  # fmt: skip
# 8 is not found; 45 s belongs to no row
TRIGGERS = [10.0, 20.0, 30.0, 40.0, 45.0, 50.0, 60.0, 70.0]
ROUNDS = [
    VetoRound(1, A, np.array([10.0, 20.0 + 1e-7, 30.0, 45.0, 60.0])),
    VetoRound(2, B, np.array([40.0])),
]


@pytest.fixture
def scored() -> object:
    event, gps, family, channel, snr = (np.array(column) for column in zip(*ROWS, strict=True))
    nothing = np.full(len(ROWS), np.nan)
    coupled = np.array([list(event).count(one) > 1 for one in event])
    truth = Truth(gps.astype(float), family, channel, nothing, nothing, snr.astype(float), coupled, event)
    triggers = {MAIN: Events({"time": np.array(TRIGGERS), "snr": np.full(len(TRIGGERS), 10.0)})}
    plain = score(truth, triggers, {MAIN: Segments.of([(0, 100)])})
    return with_veto(plain, MAIN, ROUNDS)


def test_each_row_says_its_round_and_whether_the_witness_is_a_true_one(scored) -> None:
    rows = {
        (event, channel): tuple(scored.columns[name][i] for name in ("vetoed", "round", "witness", "right_witness"))
        for i, (event, _, _, channel, _) in enumerate(ROWS)
    }
    assert rows["0", MAIN] == (True, 1, A, True)
    assert rows["1", MAIN] == (True, 1, A, True)  # its time has another rounding there
    assert rows["2", MAIN] == (True, 1, A, False)  # A does not contain it
    assert rows["3", MAIN] == (True, 2, B, False)
    assert rows["4", MAIN] == (False, 0, "", False)
    assert rows["5", MAIN] == (True, 1, A, False)  # by accident
    assert rows["8", MAIN] == (False, 0, "", False)
    assert rows["0", A] == (False, 0, "", False)  # not of the primary channel


def test_totals(scored) -> None:
    totals = veto_totals(scored, MAIN, ROUNDS)
    blip, dot = totals["coupled"]["blip"], totals["coupled"]["dot"]
    assert (blip["found"], blip["vetoed"], blip["right"]) == (3, 3, 2)
    assert (blip["witnesses"], blip["round"], blip["winner"], blip["right_winner"]) == ([A, B], 1, A, True)
    assert (dot["found"], dot["vetoed"], dot["right"]) == (2, 1, 0)
    assert (dot["witnesses"], dot["round"], dot["winner"], dot["right_winner"]) == ([C], 2, B, False)
    assert dot["fraction"] == 0.5
    assert (totals["alone"]["found"], totals["alone"]["vetoed"]) == (2, 1)
    assert totals["rounds"] == [
        {"round": 1, "winner": A, "vetoed": 5, "right": 2, "wrong": 2, "unknown": 1},
        {"round": 2, "winner": B, "vetoed": 1, "right": 0, "wrong": 1, "unknown": 0},
    ]


def test_without_a_round_nothing_is_explained(scored) -> None:
    totals = veto_totals(with_veto(scored, MAIN, []), MAIN, [])
    assert totals["coupled"]["blip"]["vetoed"] == 0
    assert totals["coupled"]["blip"]["winner"] is None
    assert totals["coupled"]["blip"]["right_winner"] is False
    assert totals["rounds"] == []
