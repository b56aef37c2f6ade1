"""Several classifiers on the same images: scores, times, disagreements."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import nan
from pathlib import Path
from typing import Any

import numpy as np

from ...acquire.atomic import atomic
from ...evaluate.judgement import Judgement
from ...types import Floats, Indices
from ..hveto.tables import csv_text
from ..numbers import count, number, percent, share
from .markdown import one_line, table

COLUMNS = (
    "name", "images", "macro_f1", "macro_f1_low", "macro_f1_high", "accuracy", "calibration_error", "log_loss",
    "false_flags", "epochs", "training_seconds", "images_per_second", "disagreements", "largest_difference",
)  # fmt: skip


@dataclass(frozen=True)
class Contender:
    """A classifier, how well it does, and what it said: `probabilities`, shape (images, classes), of the same images.

    `seconds` is what its training took, `speed` how many images a second onnxruntime classifies; NaN: not measured.
    """

    name: str
    judgement: Judgement
    probabilities: Floats
    epochs: int = 0
    seconds: float = nan
    speed: float = nan


@dataclass(frozen=True)
class Difference:
    """How far two classifiers are from each other: images with different classes, and the largest |Δ probability|."""

    images: Indices
    largest: float


def difference(one: Contender, other: Contender) -> Difference:
    """Where two classifiers disagree; `images` are the numbers of the images, in order."""
    said = (of.probabilities.argmax(axis=1) for of in (one, other))
    apart = np.abs(one.probabilities - other.probabilities)
    return Difference(np.flatnonzero(np.not_equal(*said)), float(apart.max(initial=0.0)))


def comparison_csv(contenders: Sequence[Contender]) -> str:
    """One line per classifier, with its disagreements with the first; empty is what was not measured."""
    return csv_text(COLUMNS, (_numbers(one, contenders[0]) for one in contenders))


def _numbers(one: Contender, first: Contender) -> list[Any]:
    of, apart = one.judgement, difference(first, one)
    return [
        one.name,
        len(one.probabilities),
        of.macro_f1,
        *of.interval,
        of.accuracy.fraction,
        of.reliability.error,
        of.log_loss,
        of.flags.known.fraction,
        one.epochs or None,
        one.seconds,
        one.speed,
        len(apart.images),
        apart.largest,
    ]


def comparison_markdown(contenders: Sequence[Contender]) -> str:
    """The same as a table for people."""
    first, images = contenders[0], len(contenders[0].probabilities)
    header = ("", *(one.name for one in contenders))
    rows = {
        "macro-F1 (95 %)": [_macro(one.judgement) for one in contenders],
        "right": [share(one.judgement.accuracy.part, one.judgement.accuracy.whole) for one in contenders],
        "calibration error": [f"{one.judgement.reliability.error:.3f}" for one in contenders],
        "log loss": [f"{one.judgement.log_loss:.4f}" for one in contenders],
        "known classes flagged unknown": [percent(one.judgement.flags.known.fraction) for one in contenders],
        "epochs": [count(one.epochs) if one.epochs else "–" for one in contenders],
        "training (s)": [number(one.seconds) for one in contenders],
        "images per second, onnxruntime": [number(one.speed) for one in contenders],
        f"class differs from {first.name}": _apart(contenders, lambda apart: share(len(apart.images), images)),
        f"largest difference of a probability from {first.name}": _apart(
            contenders, lambda apart: f"{apart.largest:.2g}"
        ),
    }
    title = f"# Comparison on {one_line(first.judgement.name)}, {images:,} images"
    return f"{title}\n\n{table(header, ([name, *cells] for name, cells in rows.items()))}\n"


def _apart(contenders: Sequence[Contender], show: Any) -> list[str]:
    return ["", *(show(difference(contenders[0], one)) for one in contenders[1:])]


def _macro(of: Judgement) -> str:
    return f"{of.macro_f1:.4f} ({of.interval[0]:.3f}–{of.interval[1]:.3f})"


def disagreements_csv(contenders: Sequence[Contender], images: Sequence[str], labels: Indices) -> str:
    """Each image that not all call the same: `image`, its true `class`, and what each says, how surely.

    `images` names them and `labels`, shape (images,), are their class numbers, -1 for one that is of no class.
    """
    names = [column for one in contenders for column in (one.name, f"probability_{one.name}")]
    return csv_text(("image", "class", *names), _disagreements(contenders, images, labels))


def _disagreements(contenders: Sequence[Contender], images: Sequence[str], labels: Indices) -> Iterator[list[Any]]:
    classes = contenders[0].judgement.classes
    called = np.array([one.probabilities.argmax(axis=1) for one in contenders])
    for i in np.flatnonzero((called != called[0]).any(axis=0)).tolist():
        cells = (
            (classes[row[i]], float(one.probabilities[i, row[i]])) for one, row in zip(contenders, called, strict=True)
        )
        yield [images[i], classes[labels[i]] if labels[i] >= 0 else "", *(value for cell in cells for value in cell)]


def write_comparison(
    contenders: Sequence[Contender], images: Sequence[str], labels: Indices, folder: Path
) -> list[Path]:
    """Write `comparison.csv`, `comparison.md` and `disagreements.csv` into a folder, made if needed; returns the paths.

    The first contender is the one that others are compared with. Raises CulpaError where the system refuses.
    """
    texts = {
        "comparison.csv": comparison_csv(contenders),
        "comparison.md": comparison_markdown(contenders),
        "disagreements.csv": disagreements_csv(contenders, images, labels),
    }
    for name, text in texts.items():
        with atomic(folder / name) as temporary:
            temporary.write_text(text, encoding="utf-8")
    return [folder / name for name in texts]
