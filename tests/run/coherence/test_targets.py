"""Which glitches a channel is compared at."""

from pathlib import Path

import numpy as np
import pytest

from culpa.acquire.segmentfiles import write_segments
from culpa.errors import NoDataError
from culpa.evaluate.veto import ROUNDING, VetoRound
from culpa.explain.coherence.settings import CoherenceSettings
from culpa.run.coherence.targets import chosen_rounds, labels_of, of_rounds, target, vetoed_time
from culpa.types import Events, Floats, Segments

MAIN, A, B = "K1:MAIN-X", "K1:A-X", "K1:B-X"
SETTINGS = CoherenceSettings()
TIMES = 1_000_000_000 + np.array([10.0, 20.1234567, 30.7654321, 40.5, 50.25])


def events(times: Floats = TIMES, snr: Floats | None = None) -> Events:
    return Events({"time": times, "snr": np.full(len(times), 8.0) if snr is None else snr})


def vetoed(number: int, *times: float, winner: str = A) -> VetoRound:
    return VetoRound(number, winner, np.array(times))


def test_the_winner_of_each_round_at_what_the_round_vetoes() -> None:
    rounds = [vetoed(1, TIMES[0], TIMES[3]), vetoed(2, TIMES[4], winner=B), vetoed(3, winner=A)]
    found = of_rounds(MAIN, rounds, {MAIN: events(), A: events(TIMES + 1)}, SETTINGS)
    assert [(one.label, one.channel, one.gps.tolist()) for one in found] == [
        ("round-1", A, TIMES[[0, 3]].tolist()), ("round-2", B, TIMES[[4]].tolist()), ("round-3", A, []),
    ]  # fmt: skip
    assert [len(one.channel_events) for one in found] == [5, 0, 5]


@pytest.mark.parametrize("off", [-0.9, 0.0, 0.9])
def test_times_that_were_written_are_those_of_triggers_but_for_rounding(off: float) -> None:
    (one,) = of_rounds(MAIN, [vetoed(1, *(TIMES + off * ROUNDING))], {MAIN: events()}, SETTINGS)
    assert one.gps.tolist() == TIMES.tolist()


def test_times_that_no_trigger_has_count_for_nothing() -> None:
    rounds = [vetoed(1, TIMES[0] + 0.01, TIMES[1], TIMES[-1] + 5, TIMES[0] - 5)]
    (one,) = of_rounds(MAIN, rounds, {MAIN: events()}, SETTINGS)
    assert one.gps.tolist() == [TIMES[1]]
    (one,) = of_rounds(MAIN, rounds, {}, SETTINGS)
    assert one.gps.tolist() == []


def test_other_channels_at_the_glitches_of_every_round() -> None:
    rounds = [vetoed(1, TIMES[0]), vetoed(2, TIMES[1])]
    found = of_rounds(MAIN, rounds, {MAIN: events()}, SETTINGS, [B, "K1:C-X"])
    assert [(one.label, one.channel) for one in found] == [
        (f"round-{number}_{tag}", channel) for number in (1, 2) for tag, channel in (("B_X", B), ("C_X", "K1:C-X"))
    ]


def test_triggers_without_a_time_or_an_snr_do_not_count() -> None:
    times, snr = TIMES.copy(), np.array([8.0, np.nan, 7.0, np.inf, -1.0])
    times[2] = np.nan
    assert target("x", A, events(times, snr), {}, SETTINGS).gps.tolist() == [TIMES[0]]


def test_a_rank_is_a_number_of_a_round_and_not_its_place() -> None:
    rounds = [vetoed(2), vetoed(5)]
    assert chosen_rounds(rounds, None) == rounds
    assert chosen_rounds(rounds, 5) == rounds[1:]
    with pytest.raises(NoDataError, match="the veto has no round 1"):
        chosen_rounds(rounds, 1)
    with pytest.raises(NoDataError, match="no channel explains the glitches"):
        chosen_rounds([], 1)


def test_what_all_rounds_veto(tmp_path: Path) -> None:
    spans = {1: [(10.0, 11.0), (20.0, 21.0)], 2: [(10.5, 12.0)]}
    for number, bounds in spans.items():
        (tmp_path / f"round-{number}").mkdir()
        write_segments(Segments.of(bounds), tmp_path / f"round-{number}" / "segments.txt")
    assert vetoed_time(tmp_path, [vetoed(1), vetoed(2)]).bounds == ((10, 12), (20, 21))
    assert vetoed_time(tmp_path, []).bounds == ()
    with pytest.raises(NoDataError, match="cannot read the segment file"):
        vetoed_time(tmp_path, [vetoed(3)])


def test_names_of_files() -> None:
    assert labels_of([A, "L1:B-X", A]) == {"A_X": A, "B_X": "L1:B-X"}
    same = ("K1:A_X", "K1:a-X", "L1:A-X", "K1:" + 99 * "LONG")
    labels = labels_of([A, *same])
    assert [*labels.values()] == [A, *same]
    assert len({label.lower() for label in labels}) == 5
    assert max(map(len, labels)) < 120
    assert labels_of([A]) == {"A_X": A}
