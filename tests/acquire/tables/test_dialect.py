"""How text files are written: delimiters, decimal marks, names of columns and what stands above them."""

import pytest

from culpa.acquire.tables.dialect import find_dialect
from culpa.acquire.tables.headers import find_header
from culpa.errors import CulpaError

DECIMALS = "time{d}a{d}b\n1{d}1,5{d}2,75\n2{d}1,25{d}-3,0\n"


@pytest.mark.parametrize(
    ("text", "delimiter", "decimal", "names"),
    [
        ("a,b\n1,2\n", ",", ".", ("a", "b")),
        ("a;b\n1.5;2\n", ";", ".", ("a", "b")),
        ("a\tb c\n1\t2\n", "\t", ".", ("a", "b c")),
        ("a|b\n1|2\n", "|", ".", ("a", "b")),
        (DECIMALS.format(d=";"), ";", ",", ("time", "a", "b")),
        (DECIMALS.format(d="\t"), "\t", ",", ("time", "a", "b")),
        ("1,5;2,7\n3,1;4,4\n", ";", ",", ("column_1", "column_2")),
        ('x,y\n"1,5","2,7"\n', ",", ",", ("x", "y")),
        ('x,y\n"1,234.5",2\n', ",", ".", ("x", "y")),
        ('x,y\n"1,234",2\n', ",", ".", ("x", "y")),
        ("x;y\n1.234,5;2\n", ";", ",", ("x", "y")),
        ("x;y\n1,234;0,125\n", ";", ",", ("x", "y")),
        ("a\n1\n", ",", ".", ("a",)),
        ("time\n2024-01-01 00:00:00\n", ",", ".", ("time",)),
        ('name,text\n1,"a;b;c"\n2,"d;e"\n', ",", ".", ("name", "text")),
        ('"a,1","b"\n1,2\n', ",", ".", ("a,1", "b")),
        ("a b c\n1 2 3\n", " ", ".", ("a", "b", "c")),
        ("온도,압력\n1,2\n", ",", ".", ("온도", "압력")),
    ],
)
def test_a_dialect(text: str, delimiter: str, decimal: str, names: tuple[str, ...]) -> None:
    found = find_dialect(text)
    assert found is not None
    assert (found.delimiter, found.decimal, found.names) == (delimiter, decimal, names)


@pytest.mark.parametrize(
    ("text", "delimiter", "width"),
    [
        ("time,a,b\n" + "=cmd|x0,1,2\n" * 3, ",", 3),
        ("time,a,b\n" + "=cmd|0,1,2\n" * 90, ",", 3),
        ("tags,value\n" + "x|y|z|w,1\n" * 5, ",", 2),
        ("a,b\n" + "x|y,z|w\n" * 5, ",", 2),
        ("t,name\n" + "1,a;b\n" * 5, ",", 2),
        ("unit|x,y\nA|B,1\nA|C,2\n", ",", 2),
        ("a|0,1.5,2.5\nb|1,3.5,4.5\n", ",", 3),
        ("a;b\n1,5;2,7\n3,1;4,4\n", ";", 2),
        ("1,5;2,7;3,1\n", ";", 3),
        ("time;T (°C, inlet);note\n1;2,5;hello, world\n2;2,6;well, well\n", ";", 3),
        ("t;x\n12:00:00,123;1.5\n12:00:01,123;2.5\n", ";", 2),
        ("1,5\t2,7\n3,1\t4,4\n", "\t", 2),
        ('a;"b;c";d\n1;"x, y, z";2\n', ";", 3),
        ('x,y\n1,"a;b"\n2,"c;d"\n', ",", 2),
        ('"a;b","c;d"\n"e;f","g;h"\n', ",", 2),
        ('x,y\n1,"5"" pipe; long"\n2,"6"" pipe; short"\n', ",", 2),
        ("Export; tool 7 | line 3\na,b,c,d\n1,2,3,4\n", ",", 4),
        ("Export, tool 7\nx;y\n" + "1,5;2,5\n" * 2, ";", 2),
        ("Export, tool 7\nx;y\n" + "1,5;2,5\n" * 90, ";", 2),
        ("a,b\nr1,2,3\nr2,4,5\n", ",", 3),
        ("a;b\n1;2;\n3;4;\n", ";", 3),
    ],
)
def test_what_stands_in_cells_does_not_split_them(text: str, delimiter: str, width: int) -> None:
    found = find_dialect(text)
    assert found is not None
    assert (found.delimiter, len(found.names)) == (delimiter, width)


def test_what_is_given_is_taken() -> None:
    found = find_dialect("a,b;c\n1,5;2\n", ";", ".")
    assert found is not None
    assert (found.delimiter, found.decimal, found.names) == (";", ".", ("a,b", "c"))


@pytest.mark.parametrize(
    ("before", "line", "notes"),
    [
        ("", 2, ()),
        ("\n  \n", 4, ()),
        ("# tool 7\n#\n", 4, ()),
        ("Export\n\nof tool 7\n", 5, ("2 lines above the names of the columns skipped",)),
        ("# x\nExport\n", 4, ("1 line above the names of the columns skipped",)),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_what_stands_above(before: str, line: int, notes: tuple[str, ...], end: str) -> None:
    text = f"{before}온도,b\n".replace("\n", end)
    found = find_dialect(f"{text}1,2{end}3,4{end}")
    assert found is not None
    assert (found.names, found.line, found.notes) == (("온도", "b"), line, notes)
    assert found.skipped == len(text.encode())


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("# a b\n1 2\n3 4\n", ("a", "b")),
        ("#a,b\n1,2\n", ("a", "b")),
        ("# made by a tool\n1,2\n", ("column_1", "column_2")),
        ("a,b\n1,2,\n3,4,\n", ("a", "b", "column_3")),
        ("a,b\nr1,2,3\nr2,4,5\n", ("column_1", "a", "b")),
        ("a,,a,b,a\n1,2,3,4,5\n", ("a", "column_2", "a (2)", "b", "a (3)")),
        (" a ,b\tc\n1,2\n", ("a", "b c")),
        ('"two\nlines",b\n1,2\n', ("two lines", "b")),
    ],
)
def test_names(text: str, names: tuple[str, ...]) -> None:
    found = find_dialect(text)
    assert found is not None
    assert found.names == names


@pytest.mark.parametrize(
    ("rows", "cells", "titles"),
    [
        (["a,b", "1,2"], "a,b", 0),
        (["a,b", "x,y"], "a,b", 0),
        (["1,2", "3,4"], None, 0),
        (["2024-01-31 12:00,EQ-A,1.5", "2024-01-31 12:01,EQ-B,2.5"], None, 0),
        (["time,2023,2024", "a,1,2"], None, 0),
        (["time,2023,2024", "5,1,2"], "time,2023,2024", 0),
        ([",0,1,2", "0,5,6,7"], ",0,1,2", 0),
        (["0,1,2", "5,6,7"], "0,1,2", 0),
        (["0,1,2", "1,1,2"], None, 0),
        (["nan,1", "2,3"], None, 0),
        (["x", "y", "a,b", "1,2"], "a,b", 2),
        (["x", "y"], "x", 0),
        (["a,b"], "a,b", 0),
        (["1"], None, 0),
    ],
)
def test_a_header(rows: list[str], cells: str | None, titles: int) -> None:
    found = find_header([row.split(",") for row in rows])
    assert (found.cells, found.titles) == (tuple(cells.split(",")) if cells is not None else None, titles)


@pytest.mark.parametrize("text", ["", "\n \n", "# only a comment\n"])
def test_no_row(text: str) -> None:
    assert find_dialect(text) is None


def test_a_cell_beyond_all_measure() -> None:
    with pytest.raises(CulpaError, match="line 4 cannot be split into cells: field larger") as caught:
        find_dialect("# a\n\na,b\n1," + "x" * 200_000)
    assert "a quotation mark may be missing" in caught.value.hint
