import csv
import tomllib

import numpy as np
import pandas as pd
import pytest

from culpa.acquire.fab import writing
from culpa.acquire.fab.naming import COLUMNS, names
from culpa.acquire.fab.process import SENSORS
from culpa.acquire.fab.records import TRUTH_COLUMNS
from culpa.acquire.fab.settings import FabSettings
from culpa.acquire.fab.writing import beside, write
from culpa.errors import CulpaError, UsageError
from culpa.settings import build, replace

SETTINGS = FabSettings(rows=9000, fraction=0.03)


@pytest.fixture(scope="module")
def fab(tmp_path_factory):
    """The data and the truth of one file, its path and what was counted."""
    path = tmp_path_factory.mktemp("fab") / "data.csv"
    counted = write(SETTINGS, path)
    return pd.read_csv(path), pd.read_csv(beside(path)["truth"]), path, counted


def test_the_file_has_the_columns_and_rows_asked_for(fab):
    data, _, path, counted = fab
    assert tuple(data.columns) == COLUMNS
    assert SETTINGS.rows <= len(data) == counted["rows"] < SETTINGS.rows + 80
    assert not data.isna().any().any()
    assert b'"' not in path.read_bytes()
    assert data["timestamp"][0] == "2026-01-01T00:00:00"
    per_wafer = data.groupby(["lot", "wafer"])
    assert set(per_wafer.size()) <= {80, 74}
    assert counted["wafers"] == len(per_wafer)
    assert per_wafer[["thickness", "yield", "equipment", "chamber", "recipe"]].nunique().max().max() == 1


def test_rows_are_a_second_apart_within_a_wafer(fab):
    data = fab[0]
    steps = pd.to_datetime(data["timestamp"]).diff().dt.total_seconds()[1:]
    new = (data["wafer"].diff()[1:] != 0).to_numpy()
    assert set(steps[~new]) == {1.0}
    assert set(steps[new]) == {21.0}


def test_labels_and_truth_agree(fab):
    data, truth, _, counted = fab
    assert tuple(truth.columns) == TRUTH_COLUMNS
    label = np.zeros(len(data), dtype=int)
    for event in truth.itertuples():
        assert not label[event.first_row : event.last_row + 1].any()
        label[event.first_row : event.last_row + 1] = 1
        first = data.loc[event.first_row]
        for name in ("equipment", "chamber", "lot", "wafer", "recipe", "step"):
            assert first[name] == getattr(event, name)
        assert (first["timestamp"], data["timestamp"][event.last_row]) == (event.start, event.end)
    np.testing.assert_array_equal(label, data["anomaly"])
    assert counted["anomalous"] == label.sum()
    assert counted["events"] == dict(truth["kind"].value_counts())
    assert truth["event_id"].is_unique
    assert set(truth["sensor"]) <= set(SENSORS)
    assert set(truth["fault"]) == {"sensor", "process"}


def test_what_to_expect_is_written_for_every_second_and_chamber(fab):
    data, _, path, _ = fab
    expected = pd.read_csv(beside(path)["expected"])
    assert len(expected) == 6 * (80 + 74)
    steps = data.assign(second=data.groupby(["lot", "wafer", "step"]).cumcount())
    both = steps.merge(expected, on=["equipment", "chamber", "recipe", "step", "second"], suffixes=("", "_level"))
    assert len(both) == len(data)
    for name in SENSORS:
        residual = (both[name] - both[f"{name}_level"]) / both[f"{name}_sigma"]
        assert residual.std() == pytest.approx(1, abs=0.25), name
    rates = expected.groupby(["equipment", "chamber"])["rate"].first()
    assert rates["EQ-B", "CH2"] == pytest.approx(4 * rates["EQ-A", "CH1"], rel=1e-4)


def test_the_settings_make_the_same_file_again(fab, tmp_path):
    path = fab[2]
    settings = build(FabSettings, tomllib.loads(beside(path)["settings"].read_text())["mock_fab"])
    write(settings, tmp_path / "again.csv", block=1)
    assert (tmp_path / "again.csv").read_bytes() == path.read_bytes()
    assert beside(tmp_path / "again.csv")["truth"].read_bytes() == beside(path)["truth"].read_bytes()


def test_a_longer_file_begins_like_a_shorter_one(fab, tmp_path):
    write(replace(SETTINGS, rows=2500), tmp_path / "short.csv", block=3)
    for one, other in (
        (tmp_path / "short.csv", fab[2]),
        (beside(tmp_path / "short.csv")["truth"], beside(fab[2])["truth"]),
    ):
        short = one.read_bytes()
        assert 100 < len(short) < other.stat().st_size / 2
        assert other.read_bytes().startswith(short)


def test_a_drift_that_the_end_cuts_off_has_the_size_that_it_reached(tmp_path):
    settings = FabSettings(rows=4000, fraction=0.08, shares=(0.0, 0.0, 1.0), drift_wafers=5, culprit="")
    write(settings, tmp_path / "long.csv")
    whole = pd.read_csv(tmp_path / "long_truth.csv")
    drift = next(e for e in whole.itertuples() if e.mechanism == "drift" and e.last_row - e.first_row > 100)
    write(replace(settings, rows=int(drift.first_row) + 1), tmp_path / "short.csv")
    data = pd.read_csv(tmp_path / "short.csv")
    last = pd.read_csv(tmp_path / "short_truth.csv").iloc[-1]
    assert last["event_id"] == drift.event_id
    assert last["last_row"] == len(data) - 1 < drift.last_row
    share = (last["last_row"] - drift.first_row + 1) / (drift.last_row - drift.first_row + 1)
    assert last["size_sigma"] == pytest.approx(share * drift.size_sigma, abs=1e-4)
    assert data["anomaly"][drift.first_row :].all()


def test_korean_files_have_korean_names_and_the_mark_that_excel_needs(fab, tmp_path):
    write(replace(SETTINGS, rows=1500), tmp_path / "ko.csv", "ko")
    text = (tmp_path / "ko.csv").read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    assert not fab[2].read_bytes().startswith(b"\xef\xbb\xbf")
    data = pd.read_csv(tmp_path / "ko.csv")
    assert list(data.columns) == [
        "시간", "장비ID", "챔버", "배치번호", "웨이퍼", "레시피", "공정단계", "온도", "압력", "유량", "RF전력",
        "반사전력", "전압", "전류", "위상", "밸브개도", "가스농도", "진동", "종점신호", "두께", "수율", "이상여부",
    ]  # fmt: skip
    assert text.split(b"\n", 1)[1] == b"".join(fab[2].read_bytes().splitlines(keepends=True)[1 : len(data) + 1])
    with (tmp_path / "ko_truth.csv").open(encoding="utf-8-sig") as file:
        assert {row["sensor"] for row in csv.DictReader(file)} <= set(data.columns)
    assert "온도_sigma" in (tmp_path / "ko_expected.csv").read_text(encoding="utf-8-sig").splitlines()[0]


def test_parquet_has_the_same_values(fab, tmp_path):
    write(SETTINGS, tmp_path / "data.parquet", block=2)
    data = pd.read_parquet(tmp_path / "data.parquet")
    assert data["timestamp"].dtype.kind == "M"
    data["timestamp"] = data["timestamp"].dt.strftime("%Y-%m-%dT%H:%M:%S")
    pd.testing.assert_frame_equal(data, fab[0], check_exact=True)
    assert (tmp_path / "data_truth.csv").read_bytes() == beside(fab[2])["truth"].read_bytes()


def test_other_kinds_of_files_and_languages_are_refused(tmp_path):
    with pytest.raises(UsageError, match=r"cannot write a\.xlsx\s+expected a name that ends in \.csv or \.parquet"):
        write(SETTINGS, tmp_path / "a.xlsx")
    with pytest.raises(UsageError, match="no names of columns in 'kr'"):
        write(SETTINGS, tmp_path / "a.csv", "kr")
    assert names("en")["yield"] == "yield"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_what_breaks_off_leaves_nothing_and_harms_nothing(tmp_path, monkeypatch, name):
    (tmp_path / name).write_text("old")

    def broken(settings, groups, number):
        if number == 2:
            raise OSError(28, "No space left on device")
        return make(settings, groups, number)

    make = writing.make_lot
    monkeypatch.setattr(writing, "make_lot", broken)
    with pytest.raises(CulpaError, match="No space left on device"):
        write(SETTINGS, tmp_path / name, block=1)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "old"


def test_memory_does_not_grow_with_the_file(tmp_path, monkeypatch):
    """No more lots are made before their block is written than a block has."""
    waiting, most = [], []
    make = writing.make_lot
    monkeypatch.setattr(writing, "make_lot", lambda *given: waiting.append(1) or make(*given))
    monkeypatch.setitem(writing.SINKS, ".csv", _counting(waiting, most))
    write(replace(SETTINGS, rows=12000), tmp_path / "a.csv", block=2)
    assert most == [2, 2, 2, 1]


def _counting(waiting, most):
    from contextlib import contextmanager

    @contextmanager
    def sink(path, schema, text):
        path.touch()

        def taken(table):
            most.append(len(waiting))
            waiting.clear()

        yield taken

    return sink
