"""Rates in words, and settings that cannot be meant."""

import subprocess
import sys
from math import nan
from typing import Any

import pytest

from culpa.detect.rows.settings import SECONDS, DetectSettings, Rate, rate


@pytest.mark.parametrize(
    ("text", "number", "many", "what", "shown"),
    [
        ("1/day", 1, 1, "day", "1 per day"),
        ("2/1000 rows", 2, 1000, "row", "2 per 1000 rows"),
        ("5/1000 units", 5, 1000, "unit", "5 per 1000 units"),
        (" 0.5 / 2weeks ", 0.5, 2, "week", "0.5 per 2 weeks"),
        (".25/hour", 0.25, 1, "hour", "0.25 per hour"),
        ("3./1 row", 3, 1, "row", "3 per row"),
        ("1/minutes", 1, 1, "minute", "1 per minute"),
        ("10/10 second", 10, 10, "second", "10 per 10 seconds"),
    ],
)
def test_rates_are_read_and_shown(text: str, number: float, many: int, what: str, shown: str) -> None:
    assert rate(text) == Rate(number, many, what)
    assert str(rate(text)) == shown
    assert rate(str(rate(text)).replace(" per ", "/")) == rate(text)


@pytest.mark.parametrize("what", SECONDS)
def test_every_unit_of_time_is_read(what: str) -> None:
    assert rate(f"1/{what}") == rate(f"1/1 {what}s") == Rate(1, 1, what)


@pytest.mark.parametrize(
    "text",
    ["", "1", "day", "/day", "0/day", "0.0/row", "-1/day", "1/0 rows", "1/00 rows", "1/1.5 rows", "1/month", "1/day x",
     "1e3/day", "nan/day", "1/ROW", "1 per day", "./day", "1/ss"],
)  # fmt: skip
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected a rate such as 1/day, 1/10000 rows or 5/1000 units, got") as problem:
        rate(text)
    assert repr(text) in str(problem.value)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("contamination", 0.0, "contamination: expected auto, or a share between 0 and 0.5, got 0.0"),
        ("contamination", 0.5, "contamination: expected auto, or a share between 0 and 0.5, got 0.5"),
        ("contamination", nan, "got nan"),
        ("contamination", "0.1", "got '0.1'"),
        ("false_alarms", "1/100 units", "false_alarms: expected a rate per rows or time, got '1/100 units'"),
        ("false_alarms", "often", "expected a rate such as .* got 'often'"),
        ("unit_false_alarms", "1/day", "unit_false_alarms: expected a rate per units, got '1/day'"),
        ("settle", -1, "settle: expected 0 to 10000 rows, got -1"),
        ("settle", 10_001, "settle: expected 0 to 10000 rows, got 10001"),
        ("scores", "excel", "scores: expected csv or parquet, got 'excel'"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(name: str, value: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        DetectSettings(**{name: value})


def test_settings_that_can_be_meant() -> None:
    usual = DetectSettings()
    assert (usual.detector, usual.contamination) == ("auto", "auto")
    assert rate(usual.false_alarms) == Rate(1, 10_000, "row")
    assert rate(usual.unit_false_alarms) == Rate(10, 1000, "unit")
    DetectSettings("pca+forest", 0.49, "1/week", "1/unit", 0, "parquet")
    DetectSettings(settle=10_000)


def test_settings_are_read_without_anything_heavy() -> None:
    code = "import sys; import culpa.detect.rows.settings; print(*sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(answer.stdout.split())
    assert "culpa.detect.rows.settings" in loaded
    assert loaded & {"numpy", "scipy", "pandas", "sklearn", "stumpy", "matplotlib"} == set()
