"""Which trigger files a user means."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from culpa.acquire.triggerpaths import distinct, one_format, trigger_paths
from culpa.errors import NoDataError, UsageError

ONE, TWO = "K1-PEM_A_OMICRON-1000000000-64", "K1-PEM_A_OMICRON-1000000064-64"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files in a tree, some of which are no trigger files; the working folder."""
    for name in (
        f"a/{ONE}.h5", f"a/{ONE}.xml.gz", f"a/b/c/{TWO}.root", "a/notes.txt", "a/x.gwf", "z.xml",
        f"a/.{ONE}.h5.12-ab.tmp", "a/.hidden.h5",
    ):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


ALL_BELOW = [f"a/{ONE}.h5", f"a/{ONE}.xml.gz", f"a/b/c/{TWO}.root"]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("z.xml", ["z.xml"]),
        ("a", ALL_BELOW),
        ("a/", ALL_BELOW),
        ("a/*.h5", ALL_BELOW[:1]),
        ("a/*", ALL_BELOW),
        ("a/**", ALL_BELOW),
        ("**/*.root", ALL_BELOW[2:]),
        ("**", [*ALL_BELOW, "z.xml"]),
    ],
)
def test_files_patterns_and_folders(folder: Path, value: str, found: list[str]) -> None:
    assert sorted(map(str, trigger_paths([value]))) == sorted(found)
    assert sorted(trigger_paths([folder / value])) == sorted(folder / name for name in found)


def test_values_are_followed_in_order(folder: Path) -> None:
    assert trigger_paths(["z.xml", f"a/{ONE}.h5", "z.xml"]) == [Path("z.xml"), Path(f"a/{ONE}.h5"), Path("z.xml")]


@pytest.mark.parametrize(
    "text",
    [
        f"a/{ONE}.h5 1000000000 64 0 0\nz.xml 1000000064 64 0 0\n",
        f"K1 PEM_A 1000000000 64 a/{ONE}.h5\n- - - - z.xml\n",
        f"# files\na/{ONE}.h5\n\nz.xml\n",
        f"file://localhost{{folder}}/a/{ONE}.h5\nfile://{{folder}}/z.xml\n",
    ],
)
@pytest.mark.parametrize("name", ["x.lcf", "x.cache", "list.txt", "list"])
def test_lists(folder: Path, text: str, name: str) -> None:
    (folder / name).write_text(text.format(folder=folder))
    assert [path.absolute() for path in trigger_paths([name])] == [folder / f"a/{ONE}.h5", folder / "z.xml"]


def test_a_list_found_by_a_pattern(folder: Path) -> None:
    (folder / "a/x.lcf").write_text(f"../a/{ONE}.h5\n")
    assert [path.resolve() for path in trigger_paths(["a/*.lcf"])] == [folder / f"a/{ONE}.h5"]


def test_a_list_written_by_gwpy(folder: Path) -> None:
    from gwpy.io.cache import write_cache

    paths = [str(folder / name) for name in ALL_BELOW]
    for form in (None, "lal", "ffl"):
        write_cache(paths, str(folder / "theirs"), format=form)
        assert [str(path) for path in trigger_paths(["theirs"])] == paths, form


@pytest.mark.parametrize("value", ["", "nothing*", "none.h5", "empty", "empty.lcf", "none/**/*.h5", "x" * 5000])
def test_what_matches_nothing_is_named(folder: Path, value: str) -> None:
    (folder / "empty").mkdir()
    (folder / "empty.lcf").write_text("# nothing\n")
    with pytest.raises(NoDataError) as caught:
        trigger_paths(["z.xml", value])
    assert (value or "an empty name") in caught.value.message


def test_a_file_that_is_neither_triggers_nor_a_list(folder: Path) -> None:
    (folder / "x.csv").write_text("time, snr\n1, 2\n")
    with pytest.raises(UsageError, match=r"line 1 of x\.csv is not a row of a list of files"):
        trigger_paths(["x.csv"])
    (folder / "x.gwf").write_bytes(b"\xff\xfe")
    with pytest.raises(NoDataError, match=r"cannot read the list of files x\.gwf"):
        trigger_paths(["x.gwf"])


@pytest.mark.parametrize("name", ["K1[1] *?.h5", "ö ü.h5", "-rf.h5", "a\nb.h5", "'\"$(x).h5"])
def test_hostile_names(folder: Path, name: str) -> None:
    (folder / name).touch()
    assert trigger_paths([name]) == [Path(name)]
    assert folder / name in trigger_paths([folder])


def test_folders_that_are_links_are_searched_once(folder: Path) -> None:
    (folder / "elsewhere").mkdir()
    (folder / "elsewhere/linked").symlink_to(folder / "a")
    (folder / "a/b/up").symlink_to(folder / "a")
    assert [path.name for path in trigger_paths(["elsewhere"])] == [f"{ONE}.h5", f"{ONE}.xml.gz", f"{TWO}.root"]


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are others there")
def test_a_folder_that_must_not_be_read_is_named(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    def refuse(path: object) -> object:
        if str(path).endswith("b"):
            raise PermissionError(13, "Permission denied", str(path))
        return listing(path)

    listing = os.scandir
    with pytest.MonkeyPatch.context() as patch:  # the tests may run as root, to whom nothing is forbidden
        patch.setattr(os, "scandir", refuse)
        assert len(trigger_paths(["a"])) == 2
    assert "cannot look into the folder a/b: Permission denied; it is left out" in caplog.text


def test_a_file_given_twice_counts_once(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    one, two = folder / f"a/{ONE}.h5", folder / f"a/b/c/{TWO}.root"
    (folder / "link.h5").symlink_to(one)
    spellings = [folder / "link.h5", one, Path(f"a/{ONE}.h5"), folder / "a/b/../" / f"{ONE}.h5", two]
    assert distinct(spellings) == [one, two]
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.message == f"a/{ONE}.h5 and 2 further files: given more than once, read once"
    caplog.clear()
    assert distinct([two, two]) == [two]
    assert caplog.messages == [f"{two}: given more than once, read once"]


def test_equal_contents_under_the_names_of_two_channels_are_two_files(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    paths = [folder / f"K1-PEM_{name}_OMICRON-1000000000-64.h5" for name in "BC"]
    paths[0].touch()
    os.link(paths[0], paths[1])
    assert distinct(paths) == paths
    assert not caplog.records


def test_missing_files_are_told_by_their_names(folder: Path) -> None:
    assert distinct([Path("none.h5"), Path("nil.h5"), folder / "none.h5"]) == [Path("none.h5"), Path("nil.h5")]


def test_one_format_of_each_file(folder: Path) -> None:
    paths = [Path(f"a/{ONE}.{form}") for form in ("xml", "root", "hdf5", "xml.gz")]
    assert one_format(paths) == [Path(f"a/{ONE}.hdf5")]
    assert one_format([paths[0], paths[3]]) == [paths[3]]
    assert one_format([*paths, Path(f"b/{ONE}.root")]) == [Path(f"a/{ONE}.hdf5"), Path(f"b/{ONE}.root")]
    assert one_format([Path("x.h5"), Path(f"{TWO}.h5"), Path(f"{ONE}.root"), Path("x.txt")]) == [
        Path(f"{ONE}.root"), Path(f"{TWO}.h5"), Path("x.h5"),
    ]  # fmt: skip


def test_importing_it_is_cheap() -> None:
    code = "import sys, culpa.acquire.triggerlists as _; print(*{'h5py', 'uproot', 'gwpy', 'scipy'} & set(sys.modules))"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == ""
