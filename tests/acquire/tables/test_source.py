"""Formats are known by what files contain; what is none says so."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from culpa.acquire.tables.source import open_table
from culpa.errors import CulpaError, NoDataError, UsageError

Written = Callable[..., Path]


def test_the_ending_does_not_matter(written: Written) -> None:
    for name in ("a.csv", "a.xlsx", "a.parquet", "a", "a.dat"):
        assert open_table(written("a,b\n1,2\n", name)).kind == "csv"


@pytest.mark.parametrize("name", ["PAR1", "BZh", "SQLite", "IGWD", "ARROW1"])
def test_names_that_look_like_formats(written: Written, name: str) -> None:
    assert open_table(written(f"{name},b\n1,2\n3,4\n")).names == (name, "b")


def test_no_file(written: Written, tmp_path: Path) -> None:
    written("a\n1\n", "here.csv")
    with pytest.raises(NoDataError, match=r"there.csv does not exist") as caught:
        open_table(tmp_path / "there.csv")
    assert caught.value.hint == f"tables in {tmp_path}: here.csv"
    with pytest.raises(NoDataError) as nowhere:
        open_table(tmp_path / "no" / "there.csv")
    assert nowhere.value.hint == "give the path of a CSV, Parquet or Excel file"


def test_a_folder(written: Written, tmp_path: Path) -> None:
    written("a\n1\n", "here.csv")
    with pytest.raises(CulpaError, match="is a folder, and a table is one file") as caught:
        open_table(tmp_path)
    assert "here.csv" in caught.value.hint


def test_what_is_no_file() -> None:
    with pytest.raises(CulpaError, match="/dev/null is not a file"):
        open_table("/dev/null")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"%PDF-1.7", "is a PDF, not a table"),
        (b"\x89HDF\r\n\x1a\n", "is HDF5, not a table"),
        (b"\xfd7zXZ\x00", "is packed with xz, not a table"),
        (b"PK\x03\x04 and no more", "is a damaged Excel file or zip archive"),
    ],
)
def test_other_formats(written: Written, content: bytes, what: str) -> None:
    with pytest.raises(CulpaError, match=what):
        open_table(written(content))


def test_a_zip_archive(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("a.csv", "a,b\n1,2\n")
    with pytest.raises(CulpaError, match=r"x.zip is a zip archive, not a table") as caught:
        open_table(tmp_path / "x.zip")
    assert caught.value.hint == "unpack it, and give one of the files in it"


def test_a_sheet_of_what_has_none(written: Written) -> None:
    with pytest.raises(UsageError, match="has no sheets, as it is not an Excel file"):
        open_table(written("a,b\n1,2\n"), sheet="s")
