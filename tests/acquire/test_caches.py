"""Lists of files: FFL and LAL cache."""

from pathlib import Path

import pytest

from culpa.acquire.caches import Row, read
from culpa.errors import NoDataError, UsageError


def listed(tmp_path: Path, name: str, text: str) -> list[Row]:
    path = tmp_path / name
    path.write_text(text)
    return read(path)


def test_ffl_rows(tmp_path: Path) -> None:
    rows = listed(tmp_path, "raw.ffl", "# frames\n/data/a.gwf 1000000000 32 0 0\n\nraw/b.gwf 1000000032.5 31.5 0 0\n")
    assert rows == [
        Row(Path("/data/a.gwf"), 1000000000.0, 1000000032.0),
        Row(tmp_path / "raw" / "b.gwf", 1000000032.5, 1000000064.0),
    ]


@pytest.mark.parametrize("name", ["raw.lcf", "raw.cache", "raw.lal"])
def test_lal_cache_rows_with_paths_and_urls(tmp_path: Path, name: str) -> None:
    text = (
        "K K1_MOCK 1000000000 32 file://localhost/data/a%20b.gwf\n"
        "K K1_MOCK 1000000032 32 file:///data/c.gwf\n"
        "K K1_MOCK 1000000064 32 d.gwf\n"
        "- - - - e.gwf\n"
    )
    assert listed(tmp_path, name, text) == [
        Row(Path("/data/a b.gwf"), 1000000000.0, 1000000032.0),
        Row(Path("/data/c.gwf"), 1000000032.0, 1000000064.0),
        Row(tmp_path / "d.gwf", 1000000064.0, 1000000096.0),
        Row(tmp_path / "e.gwf"),
    ]


def test_blanks_in_paths(tmp_path: Path) -> None:
    text = "/my data/a b.gwf 1000000000 32 0 0\nK K1_MOCK 1000000032 32 /my data/c d.gwf\n- - - - my data/e.gwf\n"
    assert listed(tmp_path, "raw.ffl", text) == [
        Row(Path("/my data/a b.gwf"), 1000000000.0, 1000000032.0),
        Row(Path("/my data/c d.gwf"), 1000000032.0, 1000000064.0),
        Row(tmp_path / "my data/e.gwf"),
    ]


def test_a_path_alone_states_no_span(tmp_path: Path) -> None:
    assert listed(tmp_path, "x.ffl", "/data/a.gwf\n") == [Row(Path("/data/a.gwf"))]


@pytest.mark.parametrize(
    "line",
    [
        "/data/a.gwf now 32 0 0",
        "/data/a.gwf 1000000000",
        "/data/a.gwf 1000000000 long 0 0",
        "/data/a.gwf 1000000000 -32 0 0",
        "/data/a.gwf 1000000000 nan 0 0",
        "/data/a.gwf inf 32 0 0",
        "/data/a.gwf 1e300 32 0 0",
        "K K1_MOCK 1000000000 /data/a.gwf",
        "K K1_MOCK soon 32 /data/a.gwf",
    ],
)
def test_a_line_of_another_form_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(UsageError) as caught:
        listed(tmp_path, "x.ffl", f"# comment\n{line}\n")
    assert caught.value.message == f"line 2 of {tmp_path / 'x.ffl'} is not a row of a list of files: {line}"
    assert "<path> <GPS start> <duration> 0 0" in caught.value.hint


def test_a_list_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(NoDataError, match=r"cannot read the list of files .*none\.ffl"):
        read(tmp_path / "none.ffl")
    (tmp_path / "binary.ffl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(NoDataError, match=r"cannot read the list of files .*binary\.ffl"):
        read(tmp_path / "binary.ffl")


def test_relative_paths_count_from_the_list_else_from_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lists, frames = tmp_path / "lists", tmp_path / "frames"
    for path in (frames / "a.gwf", frames / "b.gwf", lists / "frames" / "b.gwf"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    rows = listed(lists, "x.lcf", "frames/a.gwf\nframes/b.gwf\nframes/none.gwf\n")
    assert rows == [Row(Path("frames/a.gwf")), Row(lists / "frames/b.gwf"), Row(lists / "frames/none.gwf")]


def test_a_path_alone_may_have_blanks_if_there_is_such_a_file(tmp_path: Path) -> None:
    path = tmp_path / "my data" / "a b c d.h5"
    path.parent.mkdir()
    path.touch()
    assert listed(tmp_path, "x.txt", f"{path}\nmy data/a b c d.h5\n") == [Row(path), Row(path)]
    with pytest.raises(UsageError, match="line 1 of"):
        listed(tmp_path, "x.txt", "a" * 5000 + " b\n")
