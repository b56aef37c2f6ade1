import subprocess
import sys
import tomllib

import pytest

from culpa.acquire.fab.settings import FabSettings
from culpa.errors import UsageError
from culpa.settings import build, dump


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"rows": 0}, "rows: expected 1 to 10000000, got 0"),
        ({"fraction": 0.2}, "fraction: expected 0 to 0.1, got 0.2"),
        ({"sizes": [4.0, 2.0]}, "sizes: expected [low, high] with 0.5 <= low <= high <= 100, got [4.0, 2.0]"),
        ({"collective_sizes": [1.0, 2.0]}, "collective_sizes: expected [low, high] with 1.5 <= low"),
        ({"shares": [0.5, 0.5, 0.5]}, "shares: expected three shares that add up to 1, got [0.5, 0.5, 0.5]"),
        ({"shares": [1.5, -0.5, 0.0]}, "shares: expected three shares"),
        ({"start": "yesterday"}, "start: expected a time such as 2026-01-01T00:00:00, got 'yesterday'"),
        ({"start": "2026-02-30T00:00:00"}, "start: expected a time"),
        ({"start": "0900-01-01T00:00:00"}, "start: expected a year from 1900 to 2100"),
        ({"culprit": "EQ-D/CH1"}, "culprit: no 'EQ-D/CH1'; expected one of EQ-A/CH1 to EQ-C/CH2, or '' for none"),
        ({"equipments": 1}, "culprit: no 'EQ-B/CH2'"),
        ({"wafers": 1}, "wafers: expected at least one for each of 2 chambers, got 1"),
        ({"drift_wafers": 6}, "drift_wafers: expected 1 to 5, got 6"),
    ],
)
def test_what_cannot_be_meant_is_refused(given, message):
    with pytest.raises(UsageError) as problem:
        build(FabSettings, given, "mock_fab")
    assert message in str(problem.value)


def test_settings_survive_their_file():
    settings = FabSettings(rows=123, sizes=(3.0, 4.0), culprit="")
    assert build(FabSettings, tomllib.loads(dump(settings, "mock_fab"))["mock_fab"]) == settings


def test_settings_need_no_numpy():
    code = "import culpa.acquire.fab.settings, sys; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
