import json

import pytest

from culpa.acquire.fab.settings import FabSettings
from culpa.run.mock_fab import DEFAULT, make, tell


def test_the_summary_says_what_is_there(tmp_path):
    summary = make(FabSettings(rows=4000), tmp_path / "new" / "fab.csv")
    json.dumps(summary)
    for key, name in (
        ("data", "fab.csv"), ("truth", "fab_truth.csv"), ("expected", "fab_expected.csv"), ("settings", "fab.toml"),
    ):  # fmt: skip
        assert summary[key] == str(tmp_path / "new" / name)
        assert (tmp_path / "new" / name).stat().st_size > 100
    assert (summary["rows"], summary["seed"], summary["locale"]) == (4000, 0, "en")
    assert summary["wafers"] == 50
    told = tell(summary)
    assert told.startswith("4000 rows: 50 wafers in 2 lots\nanomalous: ")
    assert f"{summary['events']['point']} point" in told
    assert "more of them than elsewhere in EQ-B/CH2" in told
    assert summary["truth"] in told


def test_a_file_without_anomalies_names_no_culprit(tmp_path):
    told = tell(make(FabSettings(rows=100, fraction=0.0), tmp_path / "fab.csv"))
    assert "anomalous: 0 rows (0.00 %)\nevents: none\ntruth" in told


def test_the_default_file_is_the_one_of_the_demonstration():
    assert DEFAULT.as_posix() == "data/semiconductor_process_data.csv"


@pytest.mark.parametrize("locale", ["en", "ko"])
def test_both_languages_are_written(tmp_path, locale):
    assert make(FabSettings(rows=100), tmp_path / "fab.csv", locale)["locale"] == locale
