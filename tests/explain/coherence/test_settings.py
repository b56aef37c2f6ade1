import re
from typing import Any

import numpy as np
import pytest

from culpa.explain.coherence.settings import CoherenceSettings


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"fft": 0.0}, "fft: expected more than 0 to 3600 s, got 0.0"),
        ({"fft": 3601.0}, "fft: expected more than 0 to 3600 s, got 3601.0"),
        ({"fft": np.nan}, "fft: expected more than 0 to 3600 s, got nan"),
        ({"window": -1.0}, "window: expected more than 0 to 3600 s, got -1.0"),
        ({"window": np.inf}, "window: expected more than 0 to 3600 s, got inf"),
        ({"overlap": -0.1}, "overlap: expected 0 to 0.9, got -0.1"),
        ({"overlap": 0.95}, "overlap: expected 0 to 0.9, got 0.95"),
        ({"fmin": 0.0}, "fmin, fmax: expected 0 < fmin < fmax, got 0.0 and inf"),
        ({"fmin": 20.0, "fmax": 20.0}, "fmin, fmax: expected 0 < fmin < fmax, got 20.0 and 20.0"),
        ({"fmax": np.nan}, "fmin, fmax: expected 0 < fmin < fmax, got 10.0 and nan"),
        ({"bands": (10.0,)}, "bands: expected two or more rising borders, got [10.0]"),
        ({"bands": ()}, "bands: expected two or more rising borders, got []"),
        ({"bands": (10.0, 10.0)}, "bands: expected two or more rising borders, got [10.0, 10.0]"),
        ({"bands": (1.0, 3.0, 2.0)}, "bands: expected two or more rising borders, got [1.0, 3.0, 2.0]"),
        ({"bands": (-1.0, 3.0)}, "bands: expected two or more rising borders, got [-1.0, 3.0]"),
        ({"weights": "loud"}, "weights: expected one of snr, equal, phase, got loud"),
        ({"false_alarm": 0.0}, "false_alarm: expected a probability from 1e-6 on, got 0.0"),
        ({"false_alarm": 9e-7}, "false_alarm: expected a probability from 1e-6 on, got 9e-07"),
        ({"false_alarm": 1.0}, "false_alarm: expected a probability from 1e-6 on, got 1.0"),
        ({"false_alarm": np.nan}, "false_alarm: expected a probability from 1e-6 on, got nan"),
        ({"quiet": -1.0}, "quiet: expected 0 to 60 s, got -1.0"),
        ({"quiet": 61.0}, "quiet: expected 0 to 60 s, got 61.0"),
        ({"rotations": 98}, "rotations: expected 99 to 1000000, got 98"),
        ({"rotations": 1_000_001}, "rotations: expected 99 to 1000000, got 1000001"),
        ({"shifts": -1}, "shifts: expected 0 to 100000, got -1"),
        ({"shifts": 100_001}, "shifts: expected 0 to 100000, got 100001"),
        ({"seed": -1}, "seed: expected 0 to 9223372036854775807, got -1"),
        ({"seed": 2**63}, "seed: expected 0 to 9223372036854775807, got 9223372036854775808"),
        ({"most": 1}, "most: expected 2 to 100000, got 1"),
        ({"most": 100_001}, "most: expected 2 to 100000, got 100001"),
        ({"listed": -1}, "listed: expected 0 to 10000, got -1"),
        ({"listed": 10_001}, "listed: expected 0 to 10000, got 10001"),
        ({"drawn": -1}, "drawn: expected 0 to 10000, got -1"),
        ({"drawn": 10_001}, "drawn: expected 0 to 10000, got 10001"),
    ],
)
def test_what_cannot_be_meant(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        CoherenceSettings(**wrong)


@pytest.mark.parametrize(
    "allowed",
    [
        {"fft": 3600.0, "window": 1e-3, "overlap": 0.0, "bands": (0.0, 1.0), "quiet": 0.0, "listed": 0, "drawn": 0},
        {"overlap": 0.9, "quiet": 60.0, "listed": 10_000, "drawn": 10_000, "fmin": 1e-3, "fmax": 2e-3},
        {"false_alarm": 1e-6, "rotations": 99, "shifts": 0, "seed": 0, "most": 2, "weights": "equal"},
        {
            "false_alarm": 0.999,
            "rotations": 1_000_000,
            "shifts": 100_000,
            "seed": 2**63 - 1,
            "most": 100_000,
            "weights": "phase",
        },
    ],
)
def test_the_ends_of_every_range_are_allowed(allowed: dict[str, Any]) -> None:
    settings = CoherenceSettings(**allowed)
    assert {name: getattr(settings, name) for name in allowed} == allowed


@pytest.mark.parametrize(("fft", "overlap", "stride"), [(2.0, 0.5, 1.0), (4.0, 0.75, 1.0), (0.5, 0.0, 0.5)])
def test_the_stride_is_what_the_overlap_leaves(fft: float, overlap: float, stride: float) -> None:
    assert CoherenceSettings(fft=fft, overlap=overlap).stride == stride


@pytest.mark.parametrize(
    ("rotations", "false_alarm", "turns"),
    [(9999, 0.01, 9999), (99, 0.5, 99), (99, 0.01, 200), (9999, 3e-4, 9999), (9999, 1e-4, 20_000), (99, 7e-5, 28_572)],
)
def test_rotations_are_as_many_as_the_false_alarm_probability_needs(
    rotations: int, false_alarm: float, turns: int
) -> None:
    settings = CoherenceSettings(rotations=rotations, false_alarm=false_alarm)
    assert settings.turns == turns
    assert 2 / (settings.turns + 1) <= false_alarm
