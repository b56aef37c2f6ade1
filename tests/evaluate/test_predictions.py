"""Tables of predictions, as files."""

from pathlib import Path

import numpy as np
import pytest

from culpa.errors import NoDataError, UsageError
from culpa.evaluate.predictions import Predictions, read_predictions, snake_case

HEADER = "image,gps,channel,class,probability,runner_up,flag,p_koi_fish,p_blip\n"
TABLE = HEADER + (
    "a.png,100.25,K1:MAIN-X,blip,0.9,koi_fish,,0.1,0.9\n"
    "b.png,200.5,K1:MAIN-X,koi_fish,0.6,blip,unknown,0.6,0.4\n"
    "\n"
    "c.png,,,blip,,,,,\n"
)


def read(tmp_path: Path, text: str | bytes) -> Predictions:
    path = tmp_path / "predictions.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_predictions(path)


def test_a_table_is_read(tmp_path: Path) -> None:
    table = read(tmp_path, TABLE)
    assert len(table) == 3
    assert table.gps.tolist()[:2] == [100.25, 200.5]
    assert np.isnan([table.gps[2], table.probability[2]]).all()
    assert table.channel.tolist() == ["K1:MAIN-X", "K1:MAIN-X", ""]
    assert table.name.tolist() == ["blip", "koi_fish", "blip"]
    assert table.probability.tolist()[:2] == [0.9, 0.6]
    assert table.flagged.tolist() == [False, True, False]
    assert table.classes == ("koi_fish", "blip")
    assert table.take([1]).name.tolist() == ["koi_fish"]
    assert table.take([1]).classes == table.classes


def test_the_order_of_columns_and_the_writing_of_names_do_not_matter(tmp_path: Path) -> None:
    text = "\ufeff probability , Class,channel,gps,class\r\n1,x, K1:A ,3,Koi Fish\r\n0.5,x,K1:B,4,None_of_These\r\n"
    table = read(tmp_path, text)
    assert table.name.tolist() == ["koi_fish", "none_of_these"]
    assert table.channel.tolist() == ["K1:A", "K1:B"]
    assert table.classes == ("koi_fish", "none_of_these")  # those that occur: no column says more
    assert not table.flagged.any()


def test_columns_of_something_else_are_left_alone(tmp_path: Path) -> None:
    """One column that begins with `p_` is not that of a class: there is no classifier of one."""
    table = read(tmp_path, "gps,channel,class,probability,p_value\n1,K1:A,dot,0.9,0.02\n2,K1:A,blip,0.8,0.5\n")
    assert table.classes == ("blip", "dot")


def test_a_table_without_rows_knows_its_classes(tmp_path: Path) -> None:
    table = read(tmp_path, HEADER)
    assert (len(table), table.classes) == (0, ("koi_fish", "blip"))
    assert table.name.dtype.kind == "U"


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("Koi_Fish", "koi_fish"), ("KoiFish", "koi_fish"), ("koi fish", "koi_fish"), ("koi_fish", "koi_fish"),
        ("1080Lines", "1080_lines"), ("None_of_the_Above", "none_of_these"),
        ("Low-Frequency  Burst ", "low_frequency_burst"), ("잡음", "잡음"), ("", ""),
    ],
)  # fmt: skip
def test_names_are_written_as_ours(name: str, ours: str) -> None:
    assert snake_case(name) == ours


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("gps,channel,class\n", "no column 'probability'"),
        ("gps,channel,klass,probability\n", "no column 'class'\n  did you mean klass"),
        ("", "no column 'gps'"),
        (HEADER + "a,1,K1:A\n", "line 2 of .*: expected 9 values as in the header, got 3"),
        (HEADER + "a,x,K1:A,blip,1,,,0,1\n", "line 2 of .*, column 'gps': expected a number, got 'x'"),
        (HEADER + "a,inf,K1:A,blip,1,,,0,1\n", "line 2 of .*, column 'gps': expected a GPS time in s, got 'inf'"),
        (HEADER + "a,1,K1:A,blip,1.2,,,0,1\n", "column 'probability': expected 0 to 1, got '1.2'"),
        (HEADER + "a,1,K1:A,dot,1,,,0,1\n", "'dot' has no column of probabilities\n  .*koi_fish, blip"),
        (HEADER + "a,1,K1:A,blip,1,,maybe,0,1\n", "column 'flag': expected 'unknown' or nothing, got 'maybe'"),
        (b"\xff\xfe\x00", "not a table in text"),
    ],
)
def test_what_is_no_prediction_is_refused(tmp_path: Path, text: str | bytes, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read(tmp_path, text)


def test_a_probability_that_is_one_but_for_rounding_is_one(tmp_path: Path) -> None:
    assert read(tmp_path, HEADER + "a,1,K1:A,blip,1.0000001,,,0,1\n").probability.tolist() == [1.0]


def test_a_table_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NoDataError, match="cannot read the predictions"):
        read_predictions(tmp_path / "none.csv")
