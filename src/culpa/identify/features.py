"""What an image looks like in a few numbers that a person knows: loudness, frequency, duration."""

from collections.abc import Mapping

import numpy as np

from ..types import Floats, Mask
from .images import ImageForm, Pixels, decode

BRIGHT = 10.0
"""Normalised energy from which a pixel is hardly noise: 5 in 100 000 tiles of noise exceed it, and about 1 in 1000 of
its pixels, each the loudest of several samples."""
FEATURES: Mapping[str, str] = {
    "mean_energy": "mean normalised energy of the longest view",
    "peak_energy": "highest normalised energy of all views",
    "area": "share of bright pixels in the longest view",
    "frequency": "Hz, mean of the bright pixels on a log scale",
    "bandwidth": "octaves, standard deviation of the bright pixels",
    "duration": "s, two standard deviations of the bright pixels of the longest view",
}
_AT_ONCE = 256


def image_features(images: Pixels, form: ImageForm) -> dict[str, Floats]:
    """The features named in `FEATURES` of images (n, height, width, views), each of shape (n,).

    Means and deviations are weighted with energy; NaN where an image has no bright pixel (normalised energy 10).
    """
    longest = int(np.argmax(form.views))
    parts = [
        _features(decode(images[at : at + _AT_ONCE], form), form, longest) for at in range(0, len(images), _AT_ONCE)
    ]
    return {name: np.concatenate([part[name] for part in parts]) if parts else np.empty(0) for name in FEATURES}


def _features(energies: Floats, form: ImageForm, longest: int) -> dict[str, Floats]:
    view = energies[:, :, :, longest]
    bright = np.where(view >= BRIGHT, view, 0)
    frequency, bandwidth = _moments(bright.sum(axis=2), np.log2(form.frequencies()))
    _, spread = _moments(bright.sum(axis=1), form.times(form.views[longest]))
    return {
        "mean_energy": view.mean(axis=(1, 2)),
        "peak_energy": energies.max(axis=(1, 2, 3)),
        "area": np.mean(bright > 0, axis=(1, 2)),
        "frequency": 2**frequency,
        "bandwidth": bandwidth,
        "duration": 2 * spread,
    }


def _moments(weights: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Mean and standard deviation of values with the weights of each row, NaN for a row without any."""
    total = weights.sum(axis=1)
    there: Mask = total > 0
    share = np.divide(weights, total[:, None], out=np.full_like(weights, np.nan), where=there[:, None])
    mean = share @ values
    return mean, np.sqrt(np.maximum(share @ values**2 - mean**2, 0))
