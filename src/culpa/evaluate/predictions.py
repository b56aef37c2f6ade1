"""What a classifier said: the classes of images, as a table."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import NoDataError, UsageError, nearest
from ..types import NONE_OF_THESE, UNKNOWN, Floats, Mask

NEEDED = ("gps", "channel", "class", "probability")
"""Columns that must be there."""
_OTHER_NAMES = {"none_of_the_above": NONE_OF_THESE}
"""Names of other people for classes of ours."""
ROUNDING = 1e-6
"""A probability may be so far outside 0 to 1."""


@dataclass(frozen=True)
class Predictions:
    """Predictions in the order of their file; every array has shape (predictions,).

    `gps` s, NaN = the image is of no known time; `channel` "" = of no known channel; `name` the class, in snake_case;
    `probability` of that class, NaN = not given; `flagged`: it should not be believed. `classes` are all that the
    classifier knows: those with a column of probabilities or, where the file has none, those that occur.
    """

    gps: Floats
    channel: NDArray[np.str_]
    name: NDArray[np.str_]
    probability: Floats
    flagged: Mask
    classes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.gps)

    def take(self, rows: Any) -> "Predictions":
        """Those chosen by a mask or an index array; the classifier knows what it knew."""
        return Predictions(
            self.gps[rows],
            self.channel[rows],
            self.name[rows],
            self.probability[rows],
            self.flagged[rows],
            self.classes,
        )


def snake_case(name: str) -> str:
    """A name of a class or family as ours are written: `Koi_Fish`, `KoiFish` and `koi fish` are `koi_fish`.

    `None_of_the_Above`, as Gravity Spy has it, is `none_of_these`.
    """
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    ours = re.sub(r"[\W_]+", "_", parted).strip("_").lower()
    return _OTHER_NAMES.get(ours, ours)


def read_predictions(path: Path) -> Predictions:
    """The predictions in a CSV file: columns `gps,channel,class,probability` and, if there, `flag` and `p_{class}`.

    Columns may be in any order, further ones are left alone; an empty number is NaN. Raises NoDataError where the file
    cannot be read, UsageError for a missing column or a value that is none (with its line).
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return _table(csv.reader(file), path)
    except OSError as problem:
        raise NoDataError(f"cannot read the predictions {path}: {problem.strerror or problem}") from problem
    except (UnicodeDecodeError, csv.Error) as problem:
        raise UsageError(f"{path} is not a table in text: {problem}", "predictions are CSV in UTF-8") from problem


def _table(rows: Any, path: Path) -> Predictions:
    header = [name.strip() for name in next(rows, [])]
    for name in NEEDED:
        if name not in header:
            raise UsageError(f"{path} has no column {name!r}", nearest(name, set(header).difference(NEEDED) or header))
    known = tuple(snake_case(name.removeprefix("p_")) for name in header if name.startswith("p_"))
    if len(known) == 1:  # nothing is classified into one class: p_value, for example
        known = ()
    lines = [_line(row, header, known, f"line {rows.line_num} of {path}") for row in rows if row]
    return Predictions(
        np.array([line[0] for line in lines], float),
        np.array([line[1] for line in lines], np.str_),
        np.array([line[2] for line in lines], np.str_),
        np.array([line[3] for line in lines], float),
        np.array([line[4] for line in lines], bool),
        known or tuple(sorted({line[2] for line in lines})),
    )


def _line(row: list[str], header: list[str], known: Sequence[str], where: str) -> tuple[float, str, str, float, bool]:
    if len(row) != len(header):
        raise UsageError(f"{where}: expected {len(header)} values as in the header, got {len(row)}")
    values = {name: text.strip() for name, text in zip(header, row, strict=True)}
    gps, probability = (_number(values[name], name, where) for name in ("gps", "probability"))
    if np.isinf(gps):
        raise UsageError(f"{where}, column 'gps': expected a GPS time in s, got {values['gps']!r}")
    if not (np.isnan(probability) or -ROUNDING <= probability <= 1 + ROUNDING):
        raise UsageError(f"{where}, column 'probability': expected 0 to 1, got {values['probability']!r}")
    name, flag = snake_case(values["class"]), values.get("flag", "")
    if not name or (known and name not in known):
        raise UsageError(f"{where}, column 'class': {values['class']!r} has no column of probabilities", _hint(known))
    if flag not in ("", UNKNOWN):
        raise UsageError(f"{where}, column 'flag': expected {UNKNOWN!r} or nothing, got {flag!r}")
    return gps, values["channel"], name, float(np.clip(probability, 0, 1)), flag == UNKNOWN


def _number(text: str, name: str, where: str) -> float:
    try:
        return float(text or "nan")
    except ValueError:
        raise UsageError(f"{where}, column {name!r}: expected a number, got {text!r}") from None


def _hint(known: Sequence[str]) -> str:
    return f"the classes of this file are {', '.join(known)}" if known else "every prediction names a class"
