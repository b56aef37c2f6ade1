"""A person corrects the network: what is shown first, what comes back, and what becomes of the training set."""

import csv
from dataclasses import replace
from math import nan
from pathlib import Path

import numpy as np
import pytest

from culpa.errors import CulpaError, NoDataError
from culpa.identify.folders import list_labelled, read_images
from culpa.identify.imagefiles import write_image
from culpa.identify.images import GlitchImage, ImageForm, file_name
from culpa.identify.predictions import Predictions
from culpa.identify.relabel import Added, Label, add_labels, read_list, write_list

FORM = ImageForm((1.0,), 8, 8)
CLASSES = ("blip", "koi_fish", "tomte")


def put(path: Path, gps: float, seed: int = 0, form: ImageForm = FORM) -> Path:
    pixels = np.random.default_rng([int(np.nan_to_num(gps)), seed]).integers(0, 256, form.shape, dtype=np.uint8)
    write_image(path, GlitchImage(pixels, form, "K1:A-B", gps))
    return path


def predictions(folder: Path) -> Predictions:
    """Five images, of which the last two are flagged."""
    times = [100.0, 200.0, 300.0, 400.0, 500.0]
    return Predictions(
        tuple(put(folder / file_name("K1:A-B", time), time) for time in times),
        np.array(times),
        np.array(["K1:A-B"] * 5),
        CLASSES,
        np.array([[0.5, 0.1, 0.4], [0.9, 0.05, 0.05], [0.3, 0.36, 0.34], [0.9, 0.1, 0.0], [0.6, 0.3, 0.1]]),
        np.array([0, 0, 1, 0, 0]),
        np.array([False, False, False, True, True]),
    )


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def fill(path: Path, labels: dict[int, str]) -> None:
    """What a person does: writes labels beside the times."""
    table = rows(path)
    for row in table:
        row["label"] = labels.get(int(float(row["gps"])), row["label"])
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, table[0].keys())
        writer.writeheader()
        writer.writerows(table)


def tree(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.png"))


def test_what_is_most_worth_a_look_is_first(tmp_path: Path) -> None:
    path = tmp_path / "day" / "relabel.csv"
    assert write_list(path, predictions(tmp_path / "images")) == 5
    assert [row["gps"] for row in rows(path)] == ["500", "400", "300", "100", "200"]
    assert rows(path)[0] == {
        "image": "../images/K1-A_B-500_000000-plain.png", "gps": "500", "channel": "K1:A-B", "class": "blip",
        "probability": "0.600000", "runner_up": "koi_fish", "flag": "unknown", "label": "",
    }  # fmt: skip
    assert write_list(path, predictions(tmp_path / "images"), most=2) == 2
    assert [row["gps"] for row in rows(path)] == ["500", "400"]


def test_labels_survive_a_new_list(tmp_path: Path) -> None:
    path = tmp_path / "relabel.csv"
    of = predictions(tmp_path / "images")
    write_list(path, of, 2)
    fill(path, {400: "tomte"})
    write_list(path, of)
    assert [row["label"] for row in rows(path)] == ["", "tomte", "", "", ""]
    before = path.read_bytes()
    with pytest.raises(CulpaError, match=r"1 label\(s\) that would be lost, such as that of .*400_000000"):
        write_list(path, replace(of, flagged=np.zeros(5, bool)), 1)
    assert path.read_bytes() == before


def test_a_label_finds_its_image_where_another_network_has_sorted_it(tmp_path: Path) -> None:
    """`classified/{class}/` is sorted anew by the next network, and the list names images by where they were."""
    path, of = tmp_path / "relabel.csv", predictions(tmp_path / "classified" / "blip")
    write_list(path, of)
    fill(path, {400: "tomte", 500: "koi_fish"})
    (tmp_path / "classified" / "dot").mkdir()
    elsewhere = [file.rename(tmp_path / "classified" / "dot" / file.name) for file in of.files]
    assert add_labels(read_list(path), tmp_path / "training").added == 2
    write_list(path, replace(of, files=tuple(elsewhere)))
    assert {row["gps"]: row["label"] for row in rows(path) if row["label"]} == {"400": "tomte", "500": "koi_fish"}
    assert all(label.image.is_file() for label in read_list(path))


def test_one_glitch_in_two_classes_becomes_one(tmp_path: Path) -> None:
    training, name = tmp_path / "t", file_name("K1:A-B", 7.0)
    twice = [
        Label(put(training / where / name, 7.0), "tomte", f"row {row}") for row, where in enumerate(("blip", "dot"))
    ]
    with pytest.raises(CulpaError, match=r"row 1: .* is dot, and .* is tomte in row 0"):
        add_labels([twice[0], replace(twice[1], name="dot")], training)
    assert tree(training) == [f"blip/{name}", f"dot/{name}"]
    assert add_labels(twice, training) == Added(0, 1, 0, {"tomte": 1}, ("tomte",))
    assert tree(training) == [f"tomte/{name}"]


def test_the_round_trip(tmp_path: Path) -> None:
    """Written, filled in, added, trained from; a second time changes nothing."""
    path, training = tmp_path / "relabel.csv", tmp_path / "training"
    put(training / "blip" / file_name("K1:A-B", 7.0), 7.0)
    put(training / "tomte" / file_name("K1:A-B", 8.0), 8.0)
    put(training / "blip" / file_name("K1:A-B", 300.0), 300.0)
    write_list(path, predictions(tmp_path / "images"))
    fill(path, {300: "Koi Fish", 400: "tomte", 500: "ripple"})
    labels = read_list(path)
    assert [(label.image.name[:10], label.name) for label in labels] == [
        ("K1-A_B-500", "ripple"), ("K1-A_B-400", "tomte"), ("K1-A_B-300", "koi_fish"),
    ]  # fmt: skip
    numbers = {"koi_fish": 1, "ripple": 1, "tomte": 1}
    assert add_labels(labels, training) == Added(2, 1, 0, numbers, ("koi_fish", "ripple"))
    expected = {"blip": 1, "koi_fish": 1, "ripple": 1, "tomte": 2}
    images = read_images(list_labelled(training))
    assert images.counts() == expected
    assert images.gps.tolist() == [7.0, 300.0, 500.0, 400.0, 8.0]
    assert add_labels(labels, training) == Added(0, 0, 3, numbers, ())
    assert read_images(list_labelled(training)).counts() == expected
    assert len(tree(tmp_path / "images")) == 5


def test_a_mistake_in_the_training_set_itself(tmp_path: Path) -> None:
    """The images looked at may be those of the training set: they move, and an empty folder goes."""
    training = tmp_path / "training"
    image = put(training / "blip" / file_name("K1:A-B", 7.0), 7.0)
    put(training / "Tomte" / file_name("K1:A-B", 8.0), 8.0)
    labels = [Label(image, "tomte", "row 2 of x")]
    assert add_labels(labels, training) == Added(0, 1, 0, {"tomte": 1}, ())
    assert tree(training) == ["Tomte/K1-A_B-7_000000-plain.png", "Tomte/K1-A_B-8_000000-plain.png"]
    assert not (training / "blip").exists()
    assert add_labels(labels, training) == Added(0, 0, 1, {"tomte": 1}, ())


def test_a_glitch_drawn_again_replaces_the_old_image(tmp_path: Path) -> None:
    name = file_name("K1:A-B", 7.0)
    old, new = put(tmp_path / "t" / "blip" / name, 7.0, seed=1), put(tmp_path / name, 7.0, seed=2)
    assert add_labels([Label(new, "blip", "row 2")], tmp_path / "t").added == 1
    assert old.read_bytes() == new.read_bytes()


def test_other_glitches_of_one_name_are_refused(tmp_path: Path) -> None:
    """Images without a time may be called anything: none is written over."""
    old = put(tmp_path / "t" / "blip" / "1.png", nan, seed=1)
    kept = old.read_bytes()
    new, other = put(tmp_path / "a" / "1.png", nan, seed=2), put(tmp_path / "b" / "1.png", nan, seed=3)
    for labels in ([Label(new, "blip", "row 2")], [Label(new, "tomte", "row 2")]):
        with pytest.raises(CulpaError, match=r"row 2: .*1\.png and .*1\.png have one name and are not of one glitch"):
            add_labels(labels, tmp_path / "t")
    with pytest.raises(CulpaError, match=r"row 3: .*b/1\.png and .*a/1\.png have one name"):
        add_labels([Label(new, "dot", "row 2"), Label(other, "dot", "row 3")], tmp_path / "new")
    assert old.read_bytes() == kept
    assert not (tmp_path / "new").exists()


def test_a_slip_of_the_pen_is_no_class(tmp_path: Path) -> None:
    put(tmp_path / "t" / "tomte" / "1.png", 1.0)
    image = put(tmp_path / "a.png", 2.0)
    with pytest.raises(CulpaError, match="row 2: no class tomtee in") as caught:
        add_labels([Label(image, "tomtee", "row 2")], tmp_path / "t")
    assert "did you mean tomte?" in caught.value.hint
    (tmp_path / "t" / "tomtee").mkdir()
    assert add_labels([Label(image, "tomtee", "row 2")], tmp_path / "t").added == 1


def test_everything_is_checked_before_anything_is_written(tmp_path: Path) -> None:
    put(tmp_path / "t" / "blip" / "1.png", 1.0)
    good = Label(put(tmp_path / "good.png", 2.0), "blip", "row 2")
    form = Label(put(tmp_path / "form.png", 3.0, form=ImageForm((1.0,), 8, 8, fmax=100.0)), "blip", "row 3")
    (tmp_path / "bad.png").write_bytes(b"x")
    for bad, match in (
        (form, r"form\.png: expected .*2048 Hz"),
        (Label(tmp_path / "bad.png", "blip", "row 3"), "expected a PNG file"),
        (Label(tmp_path / "none.png", "blip", "row 3"), r"row 3: no image .*none\.png"),
    ):
        with pytest.raises(CulpaError, match=match):
            add_labels([good, bad], tmp_path / "t")
        assert tree(tmp_path / "t") == ["blip/1.png"]
    with pytest.raises(CulpaError, match=r"form\.png: expected"):
        add_labels([form, good], tmp_path / "t")  # the training set says what is expected, not the first label
    with pytest.raises(CulpaError, match=r"form\.png: expected"):
        add_labels([good, form], tmp_path / "new")


@pytest.mark.parametrize(
    "text",
    [
        "image,label\na.png,Blip\nb.png,\n",
        "\ufeffimage;gps;label\r\na.png;1,5E+09; blip \r\nb.png;;\r\n",
        'label\timage\nblip\t"a.png"\n\tb.png\n',
        "image, label\n a.png,blip\n",
        "image,label,notes\na.png,blip,x,y,z\nb.png\n",
    ],
)
def test_what_spreadsheets_make_of_it(tmp_path: Path, text: str) -> None:
    (tmp_path / "relabel.csv").write_bytes(text.encode())
    labels = read_list(tmp_path / "relabel.csv")
    assert [(label.image, label.name) for label in labels] == [(tmp_path / "a.png", "blip")]


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("", "has no column 'image'"),
        ("image,label\n" + 200_000 * "x" + ",blip\n", "is not a CSV table: field larger than field limit"),
        ("image,labels\n", "has no column 'label'"),
        ("image,label\na.png,../etc\n", r"row 2 of .*: '\.\./etc' cannot be the name of a class"),
        ("image,label\na.png,깨짐\n", r"row 2 of .* cannot be the name of a class"),
        ("image,label\na.png,blip\nb.png,\na.png,dot\n", r"row 4 of .* is dot here and blip in row 2"),
    ],
)
def test_other_tables_are_refused(tmp_path: Path, text: str, match: str) -> None:
    (tmp_path / "relabel.csv").write_text(text, "utf-8")
    with pytest.raises(CulpaError, match=match):
        read_list(tmp_path / "relabel.csv")


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoDataError, match="cannot read"):
        read_list(tmp_path / "relabel.csv")
    (tmp_path / "relabel.csv").write_bytes("image,label\na.png,깨짐\n".encode("cp949"))
    with pytest.raises(CulpaError, match="is not in UTF-8") as caught:
        read_list(tmp_path / "relabel.csv")
    assert "CSV UTF-8" in caught.value.hint
