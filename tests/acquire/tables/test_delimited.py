"""Text files as blocks: rows as written, rows of the wrong width, lines as editors count them, what is no table."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from culpa.acquire.tables import delimited
from culpa.acquire.tables.problems import Problems, WrongRows
from culpa.acquire.tables.source import open_table
from culpa.errors import CulpaError, NoDataError, UsageError

Written = Callable[..., Path]


def cells(path: Path, rows: int = 100, **options: str) -> list[list[str]]:
    source = open_table(path, **options)  # type: ignore[arg-type]
    return [list(row) for block in source.blocks(rows=rows) for row in zip(*map(list, _lists(block)), strict=True)]


def _lists(block: object) -> list[list[str]]:
    return [column.to_pylist() for column in block.columns.values()]  # type: ignore[attr-defined]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp949"])
def test_cells_are_as_written(written: Written, end: str, last: bool, encoding: str) -> None:
    text = 'time,온도,x\n1, 2.5 ,"a ""b"", c"\n\n2,,NA\n3,-,"two\nlines"'.replace("\n", end) + end * last
    for content in (text.encode(encoding), gzip.compress(text.encode(encoding))):
        expected = [["1", " 2.5 ", 'a "b", c'], ["2", "", "NA"], ["3", "-", f"two{end}lines"]]
        assert cells(written(content)) == expected
        assert open_table(written(content)).names == ("time", "온도", "x")


def test_spaces(written: Written) -> None:
    path = written("  time   temp\n\n1  2.5\n  2\t3.5  \n")
    assert cells(path) == [["1", "2.5"], ["2", "3.5"]]
    assert open_table(path).details == "text in UTF-8, split at spaces"


@pytest.mark.parametrize("rows", [1, 2, 3, 7, 10, 100])
def test_blocks_have_the_rows_asked_for(written: Written, rows: int) -> None:
    source = open_table(written("a,b\n" + "".join(f"{row},x\n" for row in range(10))))
    for _ in range(2):  # it can be read again
        blocks = list(source.blocks(["a"], rows))
        assert [block.first for block in blocks] == list(range(0, 10, rows))
        assert all(len(block) == rows for block in blocks[:-1])
        assert [cell for block in blocks for cell in block.columns["a"].to_pylist()] == list(map(str, range(10)))
        assert list(blocks[0].columns) == ["a"]


def test_long_files_are_read_in_pieces(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "LINE", 1000)
    source = open_table(written("a,b\n" + "".join(f'{row},"x\ny"\n' for row in range(2000))))
    read = [cell for block in source.blocks(["a"], 300) for cell in block.columns["a"].to_pylist()]
    assert read == list(map(str, range(2000)))


def test_rows_of_the_wrong_width_are_left_out_and_told(written: Written) -> None:
    source = open_table(written('a,b\n1,"x\ny"\n\n3\n4,5\n6,7,8\n9,0\n'))
    problems = Problems()
    blocks = list(source.blocks(problems=problems))
    assert blocks[0].columns["a"].to_pylist() == ["1", "4", "9"]
    assert problems.rows == WrongRows(2, "line 5", 2, 1)
    assert source.places([0, 1, 2]) == ["line 3", "line 6", "line 8"]


def test_mostly_wrong_rows_are_an_error(written: Written) -> None:
    with pytest.raises(CulpaError, match=r"2 of the first 3 rows of .* have the wrong number of columns") as caught:
        cells(written("a,b\n1,2\n3\n3\n"))
    assert caught.value.message.endswith("the first is line 3: expected 2, got 1")
    assert "split at commas; name another delimiter" in caught.value.hint


def test_lines_are_given_up_far_into_a_file(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    source = open_table(written("# x\na,b\n" + "1,2\n" * 20))
    monkeypatch.setattr(delimited, "_LOOKED_FOR", 10)
    assert source.places([9, 10]) == ["line 12", "data row 11"]


def test_a_quotation_mark_without_partner(written: Written) -> None:
    with pytest.raises(CulpaError, match="a quotation mark in line 3 that is never closed") as caught:
        cells(written('a,b\n1,2\n3,"4\n5,6\n7,8\n'))
    assert "add the mark that is missing" in caught.value.hint
    assert cells(written('a,b\n1,5" disc\n2,6\n')) == [["1", '5" disc'], ["2", "6"]]


def test_a_very_long_line(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "LINE", 2000)
    with pytest.raises(CulpaError, match="has a line of more than 0 MiB") as caught:
        cells(written("a,b\n1," + "x" * 9000 + "\n2,3\n"))
    assert "quotation mark" in caught.value.hint


def test_other_bytes_further_on(written: Written) -> None:
    path = written(b"a,b\n" + b"1,2\n" * 400_000 + "3,온도\n".encode("cp949"))
    with pytest.raises(CulpaError, match="is not UTF-8 throughout"):
        list(open_table(path).blocks())
    assert list(open_table(path, encoding="cp949").blocks(["b"]))[-1].columns["b"][-1].as_py() == "온도"


def test_the_mark_of_utf_8_is_no_part_of_a_name(written: Written) -> None:
    path = written("\ufefftime,a\n1,2\n")
    assert open_table(path, encoding="utf-8").names == open_table(path).names == ("time", "a")


@pytest.mark.parametrize(
    ("content", "kind", "message"),
    [
        ("", NoDataError, "is empty"),
        ("\n\n", NoDataError, "has no row"),
        ("a,b\n1,\x00\n", CulpaError, "is not a table: byte 7 is NUL"),
        (bytes(range(1, 32)) * 9, CulpaError, "is not a table: many of its bytes are control characters"),
        ("a,b\n1," + "x" * 200_000, CulpaError, "line 2 cannot be split into cells"),
    ],
)
def test_what_is_no_table(written: Written, content: str | bytes, kind: type[CulpaError], message: str) -> None:
    path = written(content)
    with pytest.raises(CulpaError, match=message) as caught:
        open_table(path)
    assert type(caught.value) is kind
    assert str(path) in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"delimiter": ";;"}, "';;' cannot separate cells"),
        ({"delimiter": ""}, "'' cannot separate cells"),
        ({"decimal": "x"}, "'x' is not a decimal mark"),
        ({"encoding": "klingon"}, "no encoding is called 'klingon'"),
    ],
)
def test_options_that_cannot_be_meant(written: Written, options: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        open_table(written("a,b\n1,2\n"), **options)  # type: ignore[arg-type]


def test_notes_are_logged(written: Written, caplog: pytest.LogCaptureFixture) -> None:
    open_table(written("Tool 7\na,b,a\n1,2,3\n4,5,6\n"))
    assert caplog.messages == [
        "table.csv: 1 line above the names of the columns skipped",
        "table.csv: several columns are called 'a': the second is read as 'a (2)'",
    ]
