"""From a Q-scan to the image that a network sees."""

from math import log

import numpy as np

from ..decompose.qscan_plane import Scan, picture
from .images import ImageForm, Pixels, encode

_STEP = 0.002
"""Seconds, at most, between the samples of which a pixel is the loudest."""


def plain(scan: Scan, form: ImageForm) -> Pixels:
    """The views of a scan as pixels, shape (height, width, views): loudest sample of each, 0 where nothing is known."""
    rows = log(scan.rows[-1] / scan.rows[0]) / max(1, len(scan.rows) - 1) or 1.0
    views = [
        picture(scan, view, (form.fmin, form.fmax), (form.height, form.width), (_STEP, rows)) for view in form.views
    ]
    return encode(np.stack(views, axis=-1), form)
