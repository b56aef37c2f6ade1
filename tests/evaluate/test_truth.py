"""Reading truth tables."""

from pathlib import Path

import numpy as np
import pytest

from culpa.acquire.mock.day import MockDay, ledger
from culpa.acquire.mock.records import write_ledger
from culpa.acquire.mock.settings import MockSettings
from culpa.errors import NoDataError, UsageError
from culpa.evaluate.truth import read_truth

HEADER = "gps,family,channel,frequency,q,snr,coupled,event_id"


def table(tmp_path: Path, *lines: str, header: str = HEADER) -> Path:
    path = tmp_path / "truth.csv"
    path.write_text("\n".join([header, *lines, ""]), encoding="utf-8")
    return path


def test_values_and_types(tmp_path: Path) -> None:
    truth = read_truth(
        table(tmp_path, "1126259462.421500000,blip,K1:A-B,150,8.5,12.25,True,7", "2,dot,K1:C-D,,nan,nan,False,8")
    )
    assert len(truth) == 2
    assert truth.gps.tolist() == [1126259462.4215, 2.0]
    assert truth.channel.tolist() == ["K1:A-B", "K1:C-D"]
    assert truth.family.tolist() == ["blip", "dot"]
    assert truth.coupled.tolist() == [True, False]
    assert truth.event_id.tolist() == ["7", "8"]
    assert np.isnan([truth.frequency[1], truth.q[1], truth.snr[1]]).all()
    assert (truth.frequency[0], truth.q[0], truth.snr[0]) == (150, 8.5, 12.25)


def test_the_ledger_of_a_mock_day_is_a_truth_table(tmp_path: Path) -> None:
    day = MockDay(MockSettings(duration=600, seed=3, auxiliary=4), 1_000_000_000)
    rows = list(ledger(day))
    write_ledger(tmp_path / "truth.csv", rows)
    truth = read_truth(tmp_path / "truth.csv")
    assert truth.gps == pytest.approx([row.gps for row in rows], abs=1e-6)
    assert truth.channel.tolist() == [row.channel for row in rows]
    assert truth.event_id.tolist() == [str(row.event_id) for row in rows]
    assert truth.coupled.tolist() == [row.coupled for row in rows]
    np.testing.assert_allclose(truth.snr, [row.snr for row in rows], rtol=1e-8)


def test_order_of_columns_further_columns_blank_lines_and_a_byte_order_mark_do_not_matter(tmp_path: Path) -> None:
    header = "snr, note,coupled,event_id,gps,family,channel,frequency,q"
    truth = read_truth(table(tmp_path, '5,"a, b",0,e1,3,blip,K1:A,60,4', "", header="\ufeff" + header))
    assert (truth.gps[0], truth.snr[0], truth.q[0], bool(truth.coupled[0])) == (3, 5, 4, False)


def test_no_rows_is_an_empty_table(tmp_path: Path) -> None:
    truth = read_truth(table(tmp_path))
    assert len(truth) == 0
    assert truth.gps.dtype == np.float64
    assert truth.coupled.dtype == np.bool_


def test_a_missing_column_names_the_nearest(tmp_path: Path) -> None:
    path = table(tmp_path, header=HEADER.replace("frequency", "frequenzy"))
    with pytest.raises(UsageError, match=r"truth\.csv has no column 'frequency'") as caught:
        read_truth(path)
    assert caught.value.hint == "did you mean frequenzy?"


def test_a_missing_column_with_no_near_name_lists_those_that_mean_nothing_here(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has no column 'gps'") as caught:
        read_truth(table(tmp_path, header=HEADER.replace("gps", "GPS")))
    assert caught.value.hint == "known: GPS"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("x,blip,K1:A,1,1,1,True,1", "line 3 of .*, column 'gps': expected a GPS time in s, got 'x'"),
        ("nan,blip,K1:A,1,1,1,True,1", "column 'gps': expected a GPS time in s, got 'nan'"),
        ("1,blip,,1,1,1,True,1", "column 'channel': expected a channel name, got ''"),
        ("1,blip,K1:A,1 Hz,1,1,True,1", "column 'frequency': expected a number of Hz, or nan, got '1 Hz'"),
        ("1,blip,K1:A,1,?,1,True,1", "column 'q': expected a number, or nan, got '?'"),
        ("1,blip,K1:A,1,1,-1,True,1", "column 'snr': expected an SNR of at least 0, or nan, got '-1'"),
        ("1,blip,K1:A,1,1,1,maybe,1", "column 'coupled': expected True or False, got 'maybe'"),
        ("1,blip,K1:A,1,1,1,True", "line 3 of .*: expected 8 values as in the header, got 7"),
    ],
)
def test_a_bad_value_is_named_with_its_line(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_truth(table(tmp_path, "1,blip,K1:A,1,1,1,True,1", line))


def test_a_file_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(NoDataError, match=r"cannot read the truth table .*none\.csv: No such file"):
        read_truth(tmp_path / "none.csv")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(UsageError, match="is not a table in text"):
        read_truth(tmp_path / "binary.csv")


def test_an_empty_file_lacks_its_first_column(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()
    with pytest.raises(UsageError, match="has no column 'gps'"):
        read_truth(tmp_path / "empty.csv")
