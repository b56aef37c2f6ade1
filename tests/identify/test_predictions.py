"""The table of predictions and the folders made of it."""

import os
from dataclasses import replace
from math import nan
from pathlib import Path

import numpy as np
import pytest

from culpa.errors import CulpaError, NoDataError
from culpa.identify.predictions import Predictions, read_predictions, sort_into_folders, write_predictions

CLASSES = ("blip", "no_glitch", "tomte")


def predictions(folder: Path) -> Predictions:
    """Three images, which are there."""
    files = tuple(folder / "images" / f"K1-A_B-{second}_000000-plain.png" for second in (1, 2, 3))
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(file.name.encode())
    return Predictions(
        files,
        np.array([1451606418.123456, nan, 3.0]),
        np.array(["K1:A-B", "", 'L1:"Ä",\n;']),
        CLASSES,
        np.array([[0.9, 0.06, 0.04], [0.2, 0.35, 0.45], [0.5, 0.5, 0.0]]),
        np.array([0, 2, 1]),
        np.array([False, True, False]),
    )


def lines(path: Path) -> list[str]:
    return path.read_text("utf-8").split("\n", 3)


def test_the_table_as_people_see_it(tmp_path: Path) -> None:
    write_predictions(tmp_path / "out" / "predictions.csv", predictions(tmp_path))
    assert lines(tmp_path / "out" / "predictions.csv") == [
        "image,gps,channel,class,probability,runner_up,flag,p_blip,p_no_glitch,p_tomte",
        "../images/K1-A_B-1_000000-plain.png,1451606418.123456,K1:A-B,blip,0.900000,no_glitch,,"
        "0.900000,0.060000,0.040000",
        "../images/K1-A_B-2_000000-plain.png,,,tomte,0.450000,no_glitch,unknown,0.200000,0.350000,0.450000",
        '../images/K1-A_B-3_000000-plain.png,3,"L1:""Ä"",\n;",no_glitch,0.500000,blip,,0.500000,0.500000,0.000000\n',
    ]


def test_a_table_comes_back(tmp_path: Path) -> None:
    written = predictions(tmp_path)
    path = tmp_path / "out" / "predictions.csv"
    write_predictions(path, written)
    back = read_predictions(path)
    assert [file.resolve() for file in back.files] == list(written.files)
    assert np.array_equal(back.gps, written.gps, equal_nan=True)
    assert np.array_equal(back.probabilities, written.probabilities)
    assert back.channel.tolist() == written.channel.tolist()
    assert back.label.tolist() == written.label.tolist()
    assert back.flagged.tolist() == written.flagged.tolist()
    first = path.read_bytes()
    write_predictions(path, back)
    assert path.read_bytes() == first


def test_both_can_be_moved(tmp_path: Path) -> None:
    (tmp_path / "day").mkdir()
    write_predictions(tmp_path / "day" / "ml" / "predictions.csv", predictions(tmp_path / "day"))
    (tmp_path / "day").rename(tmp_path / "other")
    assert all(file.is_file() for file in read_predictions(tmp_path / "other" / "ml" / "predictions.csv").files)


def test_a_folder_that_is_a_link_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / "disk" / "far" / "ml").mkdir(parents=True)
    (tmp_path / "ml").symlink_to(tmp_path / "disk" / "far" / "ml")
    write_predictions(tmp_path / "ml" / "predictions.csv", predictions(tmp_path))
    assert all(file.is_file() for file in read_predictions(tmp_path / "ml" / "predictions.csv").files)


def test_paths_from_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    of = predictions(tmp_path)
    monkeypatch.chdir(tmp_path)
    write_predictions(Path("predictions.csv"), replace(of, files=tuple(f.relative_to(tmp_path) for f in of.files)))
    assert [row.split(",")[0] for row in lines(tmp_path / "predictions.csv")[1:3]] == [
        f"images/K1-A_B-{second}_000000-plain.png" for second in (1, 2)
    ]
    assert all(file.is_file() for file in read_predictions(Path("predictions.csv")).files)


def test_none_and_one_class(tmp_path: Path) -> None:
    of = predictions(tmp_path)
    none = Predictions((), of.gps[:0], of.channel[:0], CLASSES, of.probabilities[:0], of.label[:0], of.flagged[:0])
    write_predictions(tmp_path / "none.csv", none)
    back = read_predictions(tmp_path / "none.csv")
    assert len(back) == 0
    assert back.probabilities.shape == (0, 3)
    one = replace(of, classes=("blip",), probabilities=np.ones((3, 1)), label=np.zeros(3, np.int64))
    write_predictions(tmp_path / "one.csv", one)
    assert read_predictions(tmp_path / "one.csv").runner_up(2) == ""
    assert one.margin.tolist() == [1, 1, 1]


def test_margin_and_runner_up(tmp_path: Path) -> None:
    of = predictions(tmp_path)
    assert of.names == ["blip", "tomte", "no_glitch"]
    assert [of.runner_up(row) for row in range(3)] == ["no_glitch", "no_glitch", "blip"]
    assert of.margin == pytest.approx([0.84, 0.1, 0.0])


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ("image,", "picture,", "is not a table of predictions: expected the columns image,gps"),
        ("p_tomte", "q_tomte", "is not a table of predictions"),
        ("p_tomte", "p_blip", "is not a table of predictions"),
        ("p_tomte", "p_../x", "cannot be the name of a class"),
        ("p_tomte", "p_Tomte", "'Tomte' is not the name of a class, but 'tomte' is"),
        (",0.040000\n", ",0.040000,1\n", r"row 2 of .*: expected 10 values, got 11"),
        ("0.060000", "6%", r"row 2 of .*: a time or probability"),
        ("0.060000", "1.06", r"row 2 of .*: a time or probability"),
        ("0.060000", "nan", r"row 2 of .*: a time or probability"),
        (",1451606418.123456,", ",inf,", r"row 2 of .*: a time or probability"),
        ("K1:A-B,blip", "K1:A-B,chirp", r"row 2 of .*got class 'chirp'"),
        (",unknown,", ",maybe,", r"row 3 of .*flag 'maybe'"),
    ],
)
def test_other_tables_are_refused(tmp_path: Path, old: str, new: str, match: str) -> None:
    path = tmp_path / "predictions.csv"
    write_predictions(path, predictions(tmp_path))
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(CulpaError, match=match):
        read_predictions(path)


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "predictions.csv"
    with pytest.raises(NoDataError, match="cannot read"):
        read_predictions(path)
    path.write_bytes(b"")
    with pytest.raises(CulpaError, match="got nothing"):
        read_predictions(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CulpaError, match="is not a CSV table"):
        read_predictions(path)


@pytest.mark.parametrize("name", ["../blip", "/etc", "Blip", "", "a/b", ".."])
def test_hostile_names_of_classes_are_refused(tmp_path: Path, name: str) -> None:
    of = replace(predictions(tmp_path), classes=("blip", name, "tomte"))
    for act in (write_predictions, sort_into_folders):
        with pytest.raises(CulpaError, match="name of a class"):
            act(tmp_path / "out", of)  # type: ignore[operator]
    assert not (tmp_path / "out").exists()


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_folders_of_the_classes(tmp_path: Path) -> None:
    of = predictions(tmp_path)
    out = tmp_path / "classified"
    first, second, third = (file.name for file in of.files)
    expected = {f"blip/{first}": 1, f"tomte/{second}": 2, f"no_glitch/{third}": 3}
    for _ in range(2):
        sort_into_folders(out, of)
        assert tree(out) == {name: f"K1-A_B-{n}_000000-plain.png".encode() for name, n in expected.items()}
        assert (out / "blip" / first).samefile(of.files[0])
    assert all(file.is_file() for file in of.files)


def test_what_is_stale_goes_and_nothing_else(tmp_path: Path) -> None:
    of = predictions(tmp_path)
    out = tmp_path / "classified"
    sort_into_folders(out, of)
    (out / "blip" / "old.PNG").write_bytes(b"old")
    (out / "dot").mkdir()
    (out / "dot" / "old.png").write_bytes(b"old")
    (out / "tomte" / "notes.txt").write_bytes(b"mine")
    (out / "index.html").write_bytes(b"page")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "kept.png").write_bytes(b"kept")
    (out / "link").symlink_to(tmp_path / "elsewhere")
    of.files[0].unlink()
    of.files[0].write_bytes(b"new")  # as if rendered again
    sort_into_folders(out, replace(of, label=np.array([0, 0, 0])))
    blips = {f"blip/{file.name}": file.read_bytes() for file in of.files}
    assert {k: v for k, v in tree(out).items() if not k.startswith("link")} == {
        **blips, "tomte/notes.txt": b"mine", "index.html": b"page"
    }  # fmt: skip
    assert sorted(path.name for path in out.iterdir()) == ["blip", "index.html", "link", "tomte"]
    assert (tmp_path / "elsewhere" / "kept.png").exists()


def test_two_images_of_one_name_are_both_there(tmp_path: Path) -> None:
    of = predictions(tmp_path)
    other = tmp_path / "more" / of.files[0].name
    other.parent.mkdir()
    other.write_bytes(b"other")
    of = replace(of, files=(of.files[0], other, of.files[2]), label=np.array([0, 0, 0]))
    sort_into_folders(tmp_path / "classified", of)
    assert tree(tmp_path / "classified")["blip/K1-A_B-1_000000-plain-2.png"] == b"other"
    assert len(tree(tmp_path / "classified")) == 3


def test_copies_where_there_are_no_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError("not here")

    monkeypatch.setattr(os, "link", refuse)
    of = predictions(tmp_path)
    sort_into_folders(tmp_path / "classified", of)
    copy = tmp_path / "classified" / "blip" / of.files[0].name
    assert copy.read_bytes() == of.files[0].read_bytes()
    assert not copy.samefile(of.files[0])


def test_links_and_the_folder_itself_are_refused(tmp_path: Path) -> None:
    of = predictions(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "classified").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CulpaError, match="classified is a link"):
        sort_into_folders(tmp_path / "classified", of)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "tomte").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CulpaError, match="tomte is a link"):
        sort_into_folders(tmp_path / "out", of)
    with pytest.raises(CulpaError, match=r"cannot be sorted into .*, where it lies"):
        sort_into_folders(tmp_path, of)
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert all(file.is_file() for file in of.files)
