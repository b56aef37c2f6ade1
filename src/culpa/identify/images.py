"""What a network sees of a glitch: energies in several windows of time as 8-bit numbers, and how files are named."""

import re
from dataclasses import dataclass
from math import log, nan
from pathlib import PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import names
from ..errors import UsageError
from ..types import Floats

Pixels = NDArray[np.uint8]

PLAIN = "plain"
"""What a file name has in the place of the view if the file holds all views of a glitch for a network."""
_NAME = re.compile(
    r"(?P<ifo>[A-Z][0-9])-(?P<tag>[A-Za-z0-9_+#]+)-(?P<seconds>[0-9]{1,10})_(?P<micro>[0-9]{6})"
    r"-(?P<view>plain|[0-9]+(\.[0-9]+)?)\.png"
)


@dataclass(frozen=True)
class ImageForm:
    """What the pixels of an image stand for; the table `[training_set.form]` of a configuration file.

    A pixel is `round(255 ln(1 + E) / ln(ceiling))` of the normalised energy E, whose mean in noise is 1. Images of
    equal forms can be mixed. Raises ValueError for values that cannot be meant.
    """

    views: tuple[float, ...] = (0.0625, 0.25, 1.0, 4.0)
    """Lengths of the windows (s), each centred on the glitch; at most 16, of images that are rendered at most 4 s."""
    height: int = 64
    """Rows: equal steps of log frequency from `fmax` (row 0) down to `fmin`; at most 1024."""
    width: int = 64
    """Columns: equal steps of time; at most 1024."""
    fmin: float = 10.0
    fmax: float = 2048.0
    """Hz."""
    ceiling: float = 4096.0
    """1 + the energy of the brightest pixel."""

    def __post_init__(self) -> None:
        if (
            not self.views
            or not all(0 < view < np.inf for view in self.views)
            or len(set(self.views)) < len(self.views)
        ):
            raise ValueError(f"views must be different lengths of time above 0 s, got {list(self.views)}")
        if not (1 <= self.height <= 1024 and 1 <= self.width <= 1024 and len(self.views) <= 16):
            raise ValueError("an image has at most 16 views of 1024 by 1024 pixels")
        if not 0 < self.fmin < self.fmax < np.inf:
            raise ValueError(f"frequencies must rise from above 0 Hz, got {self.fmin:g} to {self.fmax:g}")
        if not 1 < self.ceiling < np.inf:
            raise ValueError(f"the ceiling must be an energy above 1, got {self.ceiling:g}")

    def __str__(self) -> str:
        views = ", ".join(f"{view:g}" for view in self.views)
        return (
            f"views of {views} s, {self.height} x {self.width} pixels each, "
            f"{self.fmin:g}-{self.fmax:g} Hz, energies to {self.ceiling:g}"
        )

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width, views: the shape of one image."""
        return self.height, self.width, len(self.views)

    def frequencies(self) -> Floats:
        """Hz at the middle of each row (in log frequency), shape (height,), falling."""
        return _frequencies(self.fmin, self.fmax, self.height)

    def times(self, view: float) -> Floats:
        """Seconds from the glitch at the middle of each column of a view, shape (width,)."""
        return ((np.arange(self.width) + 0.5) / self.width - 0.5) * view


def _frequencies(fmin: float, fmax: float, rows: int) -> Floats:
    return fmin * (fmax / fmin) ** (1 - (np.arange(rows) + 0.5) / rows)


@dataclass(frozen=True)
class GlitchImage:
    """One glitch in one channel: pixels of shape (height, width, views), and whose they are.

    `gps` is the middle of the views (GPS s), NaN where nobody knows it; `group` is what glitches share that are not
    independent of each other, such as the stretch of noise behind them, "" for none known.
    """

    pixels: Pixels
    form: ImageForm = ImageForm()
    channel: str = ""
    gps: float = nan
    group: str = ""

    def __post_init__(self) -> None:
        if self.pixels.shape != self.form.shape or self.pixels.dtype != np.uint8:
            raise ValueError(f"pixels {self.pixels.dtype} {self.pixels.shape} are not 8-bit of shape {self.form.shape}")


def encode(energies: NDArray[Any], form: ImageForm) -> Pixels:
    """Normalised energies, any shape, as pixels: 0 for what is not there (NaN), 255 from `form.ceiling - 1` on."""
    levels = np.log1p(np.maximum(energies, 0)) * (255 / log(form.ceiling))
    pixels: Pixels = np.rint(np.minimum(np.nan_to_num(levels, nan=0.0), 255)).astype(np.uint8)
    return pixels


def decode(pixels: Pixels, form: ImageForm) -> Floats:
    """The normalised energies that pixels stand for, shape as given; true to half a step, 1.6 % of 1 + E."""
    table = form.ceiling ** (np.arange(256) / 255) - 1
    energies: Floats = table[pixels]
    return energies


@dataclass(frozen=True)
class ImageName:
    """The parts of an image's file name; `gps` to the microsecond, `view` its length in s or `plain`."""

    channel: str
    gps: float
    view: str


def file_name(channel: str, gps: float, view: str = PLAIN) -> str:
    """What the image of a channel at a GPS time (s) is called: `K1-PEM_MIC_1-1451606418_123456-plain.png`.

    Raises UsageError for a channel without a letter or digit, or a time that no file name can hold.
    """
    if not 0 <= gps < 1e10:
        raise UsageError(f"{gps} is no GPS time for the name of an image", "expected seconds since 1980-01-06")
    seconds, micro = divmod(round(gps * 1e6), 1_000_000)
    return f"{names.interferometer(channel)}-{names.channel_tag(channel)}-{seconds}_{micro:06d}-{view}.png"


def parse_name(path: str | PurePath) -> ImageName | None:
    """The parts of an image's name, or None for one of another kind; the channel is known as far as a tag tells it."""
    match = _NAME.fullmatch(PurePath(path).name)
    if match is None:
        return None
    channel = f"{match['ifo']}:{match['tag'].replace('_', '-', 1)}"
    return ImageName(channel, int(match["seconds"]) + int(match["micro"]) / 1e6, match["view"])
