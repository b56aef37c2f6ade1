"""Images of glitches for a network, from data, and what the network says of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .. import settings as toml
from ..acquire.sources import Source
from ..decompose.qscan import ScanSettings
from ..decompose.qscan_plane import Scan
from ..identify.imagefiles import write_image
from ..identify.images import GlitchImage, ImageForm, Pixels, file_name
from ..identify.inference import Judge
from ..identify.predictions import Predictions, check_sortable, remove_others, write_predictions
from ..identify.scanned import plain
from ..types import Floats
from .drifting import changed, report
from .scans import scan_moments

TABLE, SORTED = "predictions.csv", "classified"
"""The table of predictions, and the folder of the images by class, in a folder of results."""


@dataclass(frozen=True)
class Seen:
    """Images of moments in one channel: pixels (n, height, width, views), GPS s (n,) in order of time.

    `problems` says why other moments have no image.
    """

    pixels: Pixels
    gps: Floats
    problems: tuple[str, ...] = ()


def look(source: Source, channel: str, moments: Sequence[float], form: ImageForm) -> Seen:
    """The images of some moments (GPS s); of two whose files would have one name, that of the first.

    Raises ChannelNotFoundError for a channel that the source does not have, UsageError for views longer than Q-scans.
    """
    settings = toml.build(ScanSettings, {"view": max(form.views)}, "views")
    different = {file_name(channel, gps): gps for gps in reversed(moments)}.values()
    pixels, times, problems = [], [], []
    for gps, scan in scan_moments(source, channel, list(different), settings):
        if isinstance(scan, Scan):
            pixels.append(plain(scan, form))
            times.append(gps)
        else:
            problems.append(scan.message)
    images = np.stack(pixels) if pixels else np.zeros((0, *form.shape), np.uint8)
    return Seen(images, np.array(times), tuple(problems))


@dataclass(frozen=True)
class Classified:
    """What was written of classified images: the table, all files, and the features that drifted."""

    table: Predictions
    files: tuple[Path, ...]
    drifted: tuple[str, ...] = ()


def write_classified(
    classifier: Judge, pixels: Pixels, gps: Floats, channel: NDArray[np.str_], folder: Path
) -> Classified:
    """Classify images; write the table, each image into the folder of its class, and the report of drift.

    `pixels` (n, height, width, views), `gps` GPS s (n,), `channel` (n,), each pair of these once. Images of earlier
    calls are removed. Raises UsageError for images of a form that the model does not know, CulpaError for names of
    classes that no folder should have.
    """
    said = classifier(pixels)
    check_sortable(folder / SORTED, said.classes)
    best, form = said.best, classifier.description.form
    files: list[Path] = []
    for row, label in enumerate(best.tolist()):
        place = folder / SORTED / said.classes[label]
        files.append(place / file_name(str(channel[row]), float(gps[row])))
        write_image(files[-1], GlitchImage(pixels[row], form, str(channel[row]), float(gps[row])))
    table = Predictions(tuple(files), gps, channel, said.classes, said.probabilities, best, said.unknown)
    write_predictions(folder / TABLE, table)
    remove_others(folder / SORTED, {*files})
    files.append(folder / TABLE)
    if (found := report(classifier.description, pixels, said, folder)) is None:
        return Classified(table, tuple(files))
    return Classified(table, (*files, found[1]), tuple(changed(found[0])))
