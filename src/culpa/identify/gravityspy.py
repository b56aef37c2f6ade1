"""Images of the Gravity Spy project: plots of energies, one file for each view, read back into images of ours.

The public training set (Zenodo 1476551: trainingsetv1d1.tar.gz, trainingset_v1d1_metadata.csv) and its copies lie as
`.../{Class}/{IFO}_{ID}_spectrogram_{0.5|1.0|2.0|4.0}.png`: figures of 800 x 600 pixels with axes, normalised energies
0-25.5 in the colours of viridis, 10-2048 Hz on a log scale, views of 0.5 to 4 s centred on the glitch. Source of these
numbers: Gravity-Spy/gravityspy-ligo-pipeline, `plot/plot.py` and `ml/read_image.py`.
"""

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from math import isfinite, nan
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import CulpaError, NoDataError, UsageError
from ..types import Floats
from .folders import class_name
from .imagefiles import write_image
from .images import GlitchImage, ImageForm, encode
from .png import read_png

SIZE = (800, 600)
BRIGHTEST = 25.5
"""Normalised energy of the last colour: what is louder looks the same."""
BAND = (10.0, 2048.0)
VIEWS = (0.5, 1.0, 2.0, 4.0)
"""The lengths (s) of the plotted views."""
_FRAME = (60.0, 540.0, 100.0, 100 + 775 * 0.8 / 1.08)
"""Rows and columns between which the axes lie: 0.1 to 0.9 and 0.125 to 0.9 of the figure, less the colour bar, which
takes 8 in 108 parts."""
_INSIDE = (66, 532, 105, 671)
"""Rows and columns that no frame or tick reaches: the crop that the project itself uses."""
_NAME = re.compile(r"(?P<ifo>[A-Z][0-9])_(?P<id>[A-Za-z0-9]+)_spectrogram_(?P<view>[0-9]+(\.[0-9]+)?)\.png")


@dataclass(frozen=True)
class Plots:
    """The plotted views of one glitch: view (s) to file."""

    label: str
    ifo: str
    identity: str
    views: Mapping[float, Path]


@dataclass(frozen=True)
class Origin:
    """When and where a glitch was: GPS s, channel."""

    gps: float
    channel: str


class UnusableError(Exception):
    """A glitch that cannot be imported; `reason` is in equal words for all that fail alike."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path, self.reason = path, reason


@dataclass(frozen=True)
class Imported:
    """What came of an import: images written of each class, and how many glitches were left out for each reason."""

    written: Mapping[str, int]
    skipped: Mapping[str, int]
    examples: Mapping[str, str]
    """The first file that each reason was met with."""


def plotted(form: ImageForm) -> ImageForm:
    """The form itself where each of its views is plotted, else the same with the four views that are."""
    return form if {*form.views} <= {*VIEWS} else replace(form, views=VIEWS)


def list_plots(folder: Path) -> list[Plots]:
    """The glitches plotted below a folder, at any depth, by class and identity; the class is the folder of the file.

    Raises NoDataError where there is none, CulpaError for a folder name that is no class name.
    """
    found: dict[tuple[str, str, str], dict[float, Path]] = {}
    labels: dict[str, str] = {}
    for path in sorted(folder.rglob("*_spectrogram_*.png")):
        if match := _NAME.fullmatch(path.name):
            above = path.parent.name
            label = labels.setdefault(above, class_name(above))
            views = found.setdefault((label, match["ifo"], match["id"]), {})
            views.setdefault(float(match["view"]), path)  # the same glitch may lie in the folders of two splits
    if not found:
        raise NoDataError(
            f"no image of Gravity Spy below {folder}",
            "expected files such as Blip/H1_0a1B2c3D4e_spectrogram_0.5.png, and the other three views beside it",
        )
    return [Plots(*key, views) for key, views in sorted(found.items())]


def read_origins(path: Path) -> dict[str, Origin]:
    """When each glitch was, by identity, from the table that comes with the set (CSV; `gravityspy_id`, `event_time`).

    Raises CulpaError for a table that cannot be read, has no such columns, or a time that is none.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            if missing := {"gravityspy_id", "event_time"} - set(rows.fieldnames or ()):
                raise UsageError(
                    f"{path} has no column {' and no column '.join(sorted(missing))}",
                    "give the table of the training set, trainingset_v1d1_metadata.csv",
                )
            return {row["gravityspy_id"]: _origin(row, path, rows.line_num) for row in rows}
    except OSError as problem:
        raise NoDataError(f"cannot read {path}: {problem.strerror or problem}") from problem
    except (UnicodeDecodeError, csv.Error) as problem:
        raise CulpaError(f"{path} is not a CSV table: {problem}", "tables in HDF5 are not read") from problem


def _origin(row: Mapping[str, Any], path: Path, line: int) -> Origin:
    try:
        gps = float(row["event_time"])
        if not isfinite(gps):
            raise ValueError
    except (TypeError, ValueError):
        raise CulpaError(
            f"line {line} of {path}: event_time {row['event_time']!r} is not a GPS time",
            "correct it, or remove the row",
        ) from None
    ifo, channel = row.get("ifo") or "", row.get("channel") or ""
    return Origin(gps, f"{ifo}:{channel}" if ifo and channel and ":" not in channel else channel)


def import_plots(
    glitches: Iterable[Plots],
    folder: Path,
    form: ImageForm,
    origins: Mapping[str, Origin] | None = None,
    progress: Callable[[], None] = lambda: None,
) -> Imported:
    """Write each glitch as an image of ours, `{folder}/{class}/{IFO}_{ID}.png`; `progress` is called after each.

    A glitch with a view missing, or whose files are damaged or no such plots, is left out, counted, and told; so is one
    whose image lies in the folder of another class, where people have moved it. Of one
    that is not in `origins` nobody knows when it was: it counts as independent of all others. Raises CulpaError where
    nothing at all could be imported.
    """
    written: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    examples: dict[str, str] = {}
    there = {path.name: path.parent.name for path in folder.glob("[!.]*/[!.]*.png")}
    for glitch in glitches:
        name = f"{glitch.ifo}_{glitch.identity}.png"
        if there.get(name, glitch.label) != glitch.label:
            skipped[f"is {there[name]} here"] += 1
            progress()
            continue
        try:
            image = convert(glitch, form, (origins or {}).get(glitch.identity))
        except UnusableError as problem:
            skipped[problem.reason] += 1
            examples.setdefault(problem.reason, str(problem.path))
        else:
            write_image(folder / glitch.label / name, image)
            written[glitch.label] += 1
        progress()
    if not written:
        reasons = "; ".join(f"{count} x {reason} ({examples[reason]})" for reason, count in skipped.items())
        raise CulpaError(
            f"none of the glitches could be imported: {reasons}", "docs/training-sets.md says what is read"
        )
    return Imported(dict(sorted(written.items())), dict(skipped), examples)


def convert(glitch: Plots, form: ImageForm, origin: Origin | None = None) -> GlitchImage:
    """The image of a glitch from its plots. Raises UnusableError where a view is missing or not such a plot."""
    for view in form.views:
        if view not in glitch.views:
            raise UnusableError(next(iter(glitch.views.values())), f"the view of {view:g} s is missing")
    energies = np.stack([_resampled(energies_of(glitch.views[view]), form) for view in form.views], axis=-1)
    where = origin or Origin(nan, "")
    group = f"gravityspy {glitch.identity}" if origin is None else ""
    return GlitchImage(encode(energies, form), form, where.channel, where.gps, group)


def energies_of(path: Path) -> Floats:
    """Normalised energies in the inner part of a plot, row 0 at the top. Raises UnusableError."""
    try:
        picture = read_png(path)
        if (picture.width, picture.height) != SIZE:
            raise UnusableError(path, f"expected {SIZE[0]} x {SIZE[1]} pixels, got {picture.width} x {picture.height}")
        top, bottom, left, right = _INSIDE
        return _from_colours(picture.pixels("RGB")[top:bottom, left:right], path)
    except CulpaError as problem:
        raise UnusableError(path, "the file is damaged or no PNG") from problem


def _from_colours(colours: NDArray[np.uint8], path: Path) -> Floats:
    """Energies from colours of viridis, which is told by its green, rising all the way; red and blue are the check."""
    from matplotlib import colormaps

    table = np.rint(colormaps["viridis"](np.arange(256))[:, :3] * 255)
    levels = np.interp(np.arange(256), table[:, 1], np.arange(256))[colours[:, :, 1]]
    # every third pixel each way is enough to know the colours
    some, meant = colours[::3, ::3].astype(float), table[np.rint(levels[::3, ::3]).astype(int)]
    if np.mean(np.abs(some - meant).max(axis=2) <= 12) < 0.9:
        raise UnusableError(path, "the colours are not those of viridis")
    energies: Floats = levels * (BRIGHTEST / 255)
    return energies


def _resampled(energies: Floats, form: ImageForm) -> Floats:
    """Mean energies in the cells of a form, 0 outside the band of the plots; shape (height, width)."""
    top, bottom, left, right = _FRAME
    first_row, last_row, first_column, last_column = _INSIDE
    rows = np.linspace(np.log(form.fmax), np.log(form.fmin), form.height + 1)
    rows = top + (bottom - top) * (np.log(BAND[1]) - rows) / np.log(BAND[1] / BAND[0])
    columns = np.linspace(left, right, form.width + 1)
    across = _means(energies, np.r_[left, np.arange(first_column + 1, last_column), right], columns)
    return _means(across.T, np.r_[top, np.arange(first_row + 1, last_row), bottom], rows).T


def _means(values: Floats, edges: Floats, wanted: Floats) -> Floats:
    """Means along the last axis over cells between `wanted` edges, of values constant between `edges`, 0 outside."""
    total = np.zeros((len(values), len(edges)))
    np.cumsum(values * np.diff(edges), axis=1, out=total[:, 1:])
    at = np.clip(np.searchsorted(edges, wanted, side="right") - 1, 0, len(edges) - 2)
    inside = np.clip((wanted - edges[at]) / (edges[at + 1] - edges[at]), 0, 1)
    sums = total[:, at] + inside * (total[:, at + 1] - total[:, at])
    means: Floats = np.diff(sums, axis=1) / np.diff(wanted)
    return means
