"""What is kept of a trained classifier: figures that can be read, a card that tells what is so, a comparison."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from culpa.evaluate.judgement import Judgement, judge
from culpa.report.figures import drawing
from culpa.report.model import comparison, drawings
from culpa.report.model.card import card
from culpa.report.model.comparison import Contender, comparison_csv, comparison_markdown, write_comparison
from culpa.report.model.files import FIGURES, write_model_report
from culpa.report.model.markdown import table
from culpa.report.model.record import ModelRecord, Source

CLASSES = (
    "blip", "helix", "scratchy", "scattered_light", "dot", "line", "whistle", "tomte", "low_frequency_burst",
    "koi_fish", "no_glitch", "none_of_these",
)  # fmt: skip


def spoken(classes: tuple[str, ...], images: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Labels and probabilities; the second class is taken for the third in a fifth of the cases."""
    rng = np.random.default_rng(seed)
    labels = np.arange(images) % len(classes)
    logits = rng.normal(size=(images, len(classes)))
    logits[np.arange(images), labels] += 8
    logits[(labels == 1) & (np.arange(images) % 5 == 0), 2 % len(classes)] += 16
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    return labels, shares / shares.sum(axis=1, keepdims=True)


def judged(classes: tuple[str, ...] = CLASSES, images: int = 1200, name: str = "test split") -> Judgement:
    labels, probabilities = spoken(classes, images)
    flagged = np.arange(images) % 50 == 0
    return judge(name, classes, labels, probabilities, flagged, np.random.default_rng(1))


def history(epochs: int) -> tuple[dict[str, float], ...]:
    falling = np.exp(-np.arange(epochs) / 5)
    return tuple(
        {"loss": 2 * f + 0.01, "val_loss": 2 * f + 0.1, "accuracy": 1 - 0.7 * f, "val_accuracy": 0.97 - 0.7 * f}
        for f in falling.tolist()
    )


def record(**changed: Any) -> ModelRecord:
    of = ModelRecord(
        title="a model",
        architecture="compact",
        framework="pytorch",
        parameters=123456,
        classes=CLASSES,
        image="64 by 64 pixels of four views.",
        sources=(Source("mock", 1200, "simulated | drawn", 7, "ab" * 32, "MIT"), Source("noise", 10)),
        counts={"training": dict.fromkeys(CLASSES, 80), "test": {name: 20 for name in CLASSES if name != "dot"}},
        split="By glitch and by time.",
        settings={"epochs": 40, "learning_rate": 0.002},
        history=history(20),
        best=18,
        judgements=(judged(),),
        temperature=1.375,
        unknown="Flagged where it lies far from all it knows.",
        command="culpa train --images x --seed 1",
        versions={"culpa": "0.1", "keras": "3.15"},
        seconds=100.0,
        fingerprint="c0ffee",
        limits=("Trained on simulated glitches only.",),
    )
    return replace(of, **changed)


def texts_of(ax: Any) -> list[Any]:
    """Every text of a figure that shows something."""
    figure = ax.figure
    found = [*figure.texts]
    for one in figure.axes:
        labels = [*one.get_xticklabels(), *one.get_yticklabels()]
        found += [*one.texts, one.xaxis.label, one.yaxis.label, *labels]
    return [text for text in found if text.get_text().strip() and text.get_visible()]


@pytest.mark.parametrize("classes", [CLASSES, tuple(f"a_class_with_long_name_{i}" for i in range(24)), ("bad", "good")])
def test_all_that_a_confusion_matrix_says_is_inside_it(classes: tuple[str, ...]) -> None:
    with drawing():
        ax = drawings.confusion(judged(classes, 9 * len(classes) + 40_000))
        ax.figure.canvas.draw()
        page = ax.figure.bbox
        for text in texts_of(ax):
            box = text.get_window_extent()
            assert page.x0 <= box.x0 <= box.x1 <= page.x1, text.get_text()
            assert page.y0 <= box.y0 <= box.y1 <= page.y1, text.get_text()
        cell = ax.get_window_extent().width / len(classes)
        assert max(text.get_window_extent().width for text in ax.texts) <= cell
        assert ax.get_window_extent().y0 - max(label.get_window_extent().y0 for label in ax.get_xticklabels()) > 0


def test_a_confusion_matrix_has_its_counts_and_shares() -> None:
    of = judged()
    with drawing():
        ax = drawings.confusion(of)
    cells = {text.get_position(): text.get_text().split("\n") for text in ax.texts}
    assert cells[2, 1] == ["20", "20 %"]
    assert cells[1, 1] == ["80", "80 %"]
    assert {place: int(cell[0]) for place, cell in cells.items()} == {
        (column, row): of.matrix[row, column] for row, column in np.argwhere(of.matrix > 0).tolist()
    }
    assert [label.get_text() for label in ax.get_yticklabels()][:2] == ["blip  (100)", "helix  (100)"]
    assert [label.get_text() for label in ax.get_xticklabels()] == list(CLASSES)


def test_a_title_says_which_images_and_how_well() -> None:
    day = "mock day 2026-01-02, SNR 8 and more, all channels and families of it"
    with drawing():
        titles = [drawings.confusion(judged(images=n, name=day)).figure.texts[0].get_text() for n in (1200, 0)]
    assert titles == [
        "mock day 2026-0… families of it: 98.3 % of 1,200 right, macro-F1 0.983 (0.976–0.990)",
        "mock day 2026-01-02, SNR 8 a… channels and families of it: no image of a known class",
    ]


def test_what_is_not_quite_all_or_nothing_is_not_rounded_to_it() -> None:
    matrix = np.array([[999, 1], [0, 10]])
    with drawing():
        ax = drawings.confusion(replace(judged(("a", "b")), matrix=matrix))
    assert [text.get_text() for text in ax.texts] == ["999\n>99 %", "1\n<1 %", "10\n100 %"]


def test_a_reliability_diagram_has_its_bins() -> None:
    of = judged()
    with drawing():
        upper = drawings.reliability(of)
    lower = upper.figure.axes[1]
    assert [bar.get_height() for bar in lower.patches] == of.reliability.count.tolist()
    (points,) = (line for line in upper.lines if line.get_label() == "bin")
    some = of.reliability.count > 0
    np.testing.assert_array_equal(points.get_xdata(), of.reliability.confidence[some])
    np.testing.assert_array_equal(points.get_ydata(), of.reliability.accuracy[some])
    assert f"{of.reliability.error:.3f}" in upper.figure.texts[0].get_text()


def test_curves_mark_the_best_epoch() -> None:
    with drawing():
        left = drawings.history(history(20), 18)
    for ax, name in zip(left.figure.axes, ("loss", "accuracy"), strict=True):
        training, validation, best, star = ax.lines
        assert training.get_ydata().tolist() == [row[name] for row in history(20)]
        assert validation.get_ydata().tolist() == [row[f"val_{name}"] for row in history(20)]
        assert best.get_xdata()[0] == star.get_xdata()[0] == 18
        assert star.get_ydata()[0] == history(20)[17][f"val_{name}"]
    assert "that of epoch 18 kept" in left.figure.texts[0].get_text()


def test_the_folder_of_a_model(tmp_path: Path) -> None:
    written = write_model_report(record(), tmp_path / "machine_learning")
    assert [path.name for path in written] == ["model_card.md", "metrics.json", *FIGURES]
    for path in written[2:]:
        with Image.open(path) as picture:
            assert picture.width == 900
            assert picture.convert("L").getextrema() != (255, 255)
    told = json.loads(written[1].read_text(encoding="utf-8"))
    assert told["judgements"][0]["macro_f1"] == judged().macro_f1
    assert (told["settings"]["epochs"], told["sources"][0]["sha256"], told["best"]) == (40, "ab" * 32, 18)
    again = write_model_report(record(), tmp_path / "again")
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in written]


def test_pictures_of_little_or_nothing(tmp_path: Path) -> None:
    nothing = judged(("a", "b"), 0)
    losses = ({"loss": np.nan, "val_loss": np.nan, "accuracy": 0.5, "val_accuracy": 0.5},)
    write_model_report(record(classes=("a", "b"), judgements=(nothing,), history=losses, best=1), tmp_path)
    told = (tmp_path / "model_card.md").read_text(encoding="utf-8")
    assert "nan" not in told
    assert "On no images that it has not seen" in told


def test_a_card_says_what_is_so() -> None:
    told = card(record())
    of = judged()
    assert told.startswith("# a model\n")
    assert f"| test split | 1,200 | {100 * of.accuracy.fraction:.1f} % | {of.macro_f1:.3f} (" in told
    assert "| helix | 100 | 80.0 % (71–87) | 100.0 % (95–100) | 0.889 |" in told
    assert "Most often confused: helix called scratchy (20 of 100)." in told
    assert (
        "Logits are divided by 1.375 (temperature scaling, fitted on images that were held out of training). " in told
    )
    assert "| test split | 2.2 % (24/1,100) | – |" in told
    assert "| mock | simulated \\| drawn | MIT | `abababababababab` | 1,200 | 7 |" in told
    assert "| dot | 80 | 0 |" in told
    assert "| all | 960 | 220 |" in told
    assert "```\nculpa train --images x --seed 1\n```" in told
    assert "- Training: 20 epochs, that of epoch 18 kept; 100 s" in told
    assert "- Versions: culpa 0.1, keras 3.15" in told
    assert "| learning_rate | 0.002 |" in told
    assert "- Trained on simulated glitches only.\n" in told
    assert "How often something that it has never seen is flagged as unknown was not measured." in told
    assert "Fewer than 30 test images" not in told
    assert "Found in fewer than" not in told


def test_a_card_names_what_is_weak_and_what_is_hardly_known() -> None:
    labels, probabilities = spoken(CLASSES, 240)
    probabilities[labels == 4] = np.eye(len(CLASSES))[5]
    labels = np.where(np.arange(240) % 24 == 0, -1, labels)  # half of the blips are something else
    weak = judge("test", CLASSES, labels, probabilities, labels < 0, np.random.default_rng(0))
    told = card(record(judgements=(weak,)))
    assert "Fewer than 30 test images, so that their numbers mean little: blip (10 of 10), helix (16 of 20)" in told
    assert "Found in fewer than 80.0 % of their test images: dot (0 of 20)." in told
    assert "| test | 0 % (0/210) | 100.0 % (10/10) |" in told
    assert "was not measured" not in told
    assert "Most often confused: dot called line (20 of 20); helix called scratchy (4 of 20)." in told


def test_names_cannot_break_a_card() -> None:
    names = ("a|b\n# c", "d")
    of = record(classes=names, judgements=(judged(names),), title="x\n## y", counts={"s|t": {"a|b\n# c": 1}})
    told = card(of)
    assert "\n# c" not in told
    assert "\n## y" not in told
    assert "| a\\|b # c |" in told
    assert table(("x", "y"), [("1|2", 3)], words=2) == "| x | y |\n| --- | --- |\n| 1\\|2 | 3 |"


def contenders() -> tuple[list[Contender], np.ndarray]:
    labels, probabilities = spoken(CLASSES, 240)
    other = probabilities.copy()
    other[[7, 30]] = np.eye(len(CLASSES))[[11, 11]]
    other[9] = 0.999 * other[9] + 0.001 / len(CLASSES)
    flagged = np.zeros(240, bool)
    both = (judge("test", CLASSES, labels, p, flagged, np.random.default_rng(0)) for p in (probabilities, other))
    first, second = both
    return [
        Contender("pytorch", first, probabilities, 30, 120.0, 900.0),
        Contender("tensorflow", second, other),
    ], labels


def test_a_comparison_has_scores_times_and_disagreements(tmp_path: Path) -> None:
    both, labels = contenders()
    apart = comparison.difference(*both)
    assert apart.images.tolist() == [7, 30]
    assert apart.largest == np.abs(both[0].probabilities - both[1].probabilities).max() > 0.9
    first, second = csv.DictReader(io.StringIO(comparison_csv(both)))
    assert (first["macro_f1"], first["training_seconds"], first["images_per_second"]) == (
        repr(both[0].judgement.macro_f1), "120.0", "900.0",
    )  # fmt: skip
    assert (first["disagreements"], second["disagreements"]) == ("0", "2")
    assert (second["epochs"], second["training_seconds"]) == ("", "")
    assert float(second["accuracy"]) == both[1].judgement.accuracy.fraction
    told = comparison_markdown(both)
    assert "# Comparison on test, 240 images" in told
    assert "| training (s) | 120.0 | – |" in told
    assert "| class differs from pytorch |  | 0.83 % (2/240) |" in told

    written = write_comparison(both, [f"{i}.png" for i in range(240)], np.where(labels == 6, -1, labels), tmp_path)
    assert [path.name for path in written] == ["comparison.csv", "comparison.md", "disagreements.csv"]
    rows = list(csv.DictReader(io.StringIO(written[2].read_text())))
    assert [(row["image"], row["class"], row["pytorch"], row["tensorflow"]) for row in rows] == [
        ("7.png", CLASSES[7], CLASSES[7], "none_of_these"),
        ("30.png", "", CLASSES[6], "none_of_these"),
    ]
    assert float(rows[0]["probability_tensorflow"]) == 1.0
