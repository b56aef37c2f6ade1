"""Workbooks that would not fit into memory are refused before anything unpacks them."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from culpa.acquire.tables import archives
from culpa.acquire.tables.archives import check_workbook
from culpa.errors import CulpaError


@pytest.fixture
def zipped(tmp_path: Path) -> Callable[[bytes], Path]:
    """Writes a sheet into an archive."""

    def write(sheet: bytes, name: str = "xl/worksheets/sheet1.xml") -> Path:
        with zipfile.ZipFile(tmp_path / "book.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, sheet)
        return tmp_path / "book.xlsx"

    return write


def test_a_bomb(zipped: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    path = zipped(b" " * 3_000_000, "xl/other.bin")
    check_workbook(path)  # small enough for any ratio
    monkeypatch.setattr(archives, "_FREE", 1 << 20)
    with pytest.raises(CulpaError, match="unpacks to more than 1 MiB") as caught:
        check_workbook(path)
    assert "save the sheet as CSV" in caught.value.hint


def test_the_stated_size_is_not_believed(zipped: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    path = zipped(b" " * 3_000_000)
    data = path.read_bytes().replace((3_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    path.write_bytes(data)
    with pytest.raises(CulpaError, match=r"damaged Excel file|unpacks to more"):
        check_workbook(path)


Cell = tuple[int, bytes]
CELL = b'<row r="%d"><c r="%s%d"><v>1</v></c></row>'


@pytest.mark.parametrize(
    ("cells", "fits"),
    [
        (((1, b"A"), (1048576, b"Z")), True),
        (((1, b"XFD"), (2, b"A")), True),
        (((1, b"A"), (1048576, b"XFD")), False),
        (((1, b"XFD"), (1048576, b"A")), False),
        (((1048576, b"ZZ"),), False),
    ],
)
@pytest.mark.parametrize("padding", [0, 200, 1 << 20, (1 << 20) - 28])
def test_cells_far_away(zipped: Callable[..., Path], cells: tuple[Cell, ...], fits: bool, padding: int) -> None:
    path = zipped(b"<sheetData>" + b" ".join(b" " * padding + CELL % (row, column, row) for row, column in cells))
    if fits:
        check_workbook(path)
        return
    with pytest.raises(CulpaError, match="which is too large") as caught:
        check_workbook(path)
    assert "delete stray cells" in caught.value.hint
