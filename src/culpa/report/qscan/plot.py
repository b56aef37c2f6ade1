"""Pictures of Q-scans, many per second: what changes from one to the next is drawn, the rest is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from math import isfinite, nan

import numpy as np

from ...decompose.qscan_plane import Scan, picture
from ...gpstime import to_utc
from ...types import Mask
from ..numbers import number
from .colours import Bytes, of_energy, palette
from .frame import BOTTOM, ROOM, TOP, WIDTH, Frame, Lettering

_HIGH, _WIDE = 24, 110
"""Pixels that a note in a picture needs in height, and one about missing data in width."""


@dataclass(frozen=True)
class Panel:
    """A channel in a picture.

    `band` Hz is its frequency axis; `snr`, `frequency` (Hz) and `q` are those of its trigger, NaN where not known.
    """

    channel: str
    scan: Scan
    band: tuple[float, float]
    snr: float = nan
    frequency: float = nan
    q: float = nan


class Plotter:
    """Draws Q-scans as PNG; `top` is the normalised energy at the end of the colour scale.

    It keeps the frame of every layout it has drawn (0.5 MB each, or 1 MB for two panels): hold on to it. Not for
    several threads at once.
    """

    def __init__(self, top: float = 25.5) -> None:
        self.top = top
        self._frames: dict[tuple[float, tuple[tuple[float, float], ...]], Frame] = {}
        self._letters = Lettering()
        self._palette = palette()

    def png(self, panels: Sequence[Panel], view: float, about: Mapping[str, str] | None = None) -> bytes:
        """One panel (800 x 600 pixels) or more beside each other (648 wider each) as a PNG with a palette.

        `view` s around the moment of each panel's scan; all share the length of the time axis and the colours. Where a
        channel has no tiles or no usable data it is grey. `about` becomes text chunks of the file. The same scans give
        the same bytes.
        """
        key = (view, tuple(panel.band for panel in panels))
        frame = self._frames.get(key) or self._frames.setdefault(key, Frame(*key, self.top))
        image = frame.image.copy()
        for column, panel in zip(frame.columns, panels, strict=True):
            self._draw(image[:, column : column + ROOM], panel, view)
        return self._encoded(image, about or {})

    def _draw(self, image: Bytes, panel: Panel, view: float) -> None:
        """Draw a panel into the columns that are its own."""
        channel, moment, found = _head(panel)
        self._letters.write(image, channel, 0, 19, 11, bold=True)
        self._letters.write(image, moment, 0, 38)
        self._letters.write(image, found, 0, 54)
        energies = picture(panel.scan, view, panel.band, (BOTTOM - TOP, WIDTH))
        empty, inside = np.isnan(energies), image[TOP:BOTTOM, :WIDTH]
        np.copyto(inside, of_energy(energies, self.top), where=~empty)
        for text, x, y in _notes(panel.scan, empty):
            self._letters.write(inside, text, x - self._letters.width(text) / 2, y)

    def _encoded(self, image: Bytes, about: Mapping[str, str]) -> bytes:
        from PIL import Image
        from PIL.PngImagePlugin import PngInfo

        chunks, file = PngInfo(), BytesIO()
        for name, text in about.items():
            chunks.add_itxt(name, text)
        picture = Image.fromarray(image)
        picture.putpalette(self._palette)
        picture.save(file, format="png", compress_level=1, pnginfo=chunks)
        return file.getvalue()


def _head(panel: Panel) -> tuple[str, str, str]:
    """Channel, moment, and what was found: by the trigger search, and by the scan."""
    scan = panel.scan
    moment = f"GPS {scan.gps:.6f}   {to_utc(scan.gps):%Y-%m-%d %H:%M:%S.%f} UTC"
    found = [("SNR {}", panel.snr), ("{} Hz", panel.frequency), ("Q {}", panel.q)]
    trigger = ", ".join(words.format(number(value)) for words, value in found if isfinite(value))
    after = f"{scan.time - scan.gps:+.3f}".replace("-", "−")
    tiles = f"Tiles of Q {number(scan.q)}, loudest {number(scan.energy)} at {number(scan.frequency)} Hz, {after} s"
    return panel.channel, moment, f"Trigger {trigger}.   {tiles}" if trigger else tiles


def _notes(scan: Scan, empty: Mask) -> list[tuple[str, float, float]]:
    """Why large parts of a picture are empty, each with the middle (column, row) of its place."""
    height, width = empty.shape
    rows, columns = np.flatnonzero(~empty.all(axis=1)), np.flatnonzero(empty.all(axis=0))
    above, below = (int(rows[0]), int(rows[-1]) + 1) if len(rows) else (0, height)
    notes = []
    if above >= _HIGH:
        words = f"no tiles of Q {number(scan.q)} above {number(scan.band[1])} Hz at this sampling rate"
        notes.append((words, width / 2, above / 2))
    if height - below >= _HIGH:
        words = f"no tiles of Q {number(scan.q)} below {number(scan.band[0])} Hz"
        notes.append((words, width / 2, (below + height) / 2))
    gaps = np.split(columns, np.flatnonzero(np.diff(columns) > 1) + 1)
    notes += [("no usable data", float(gap.mean()), (above + below) / 2) for gap in gaps if len(gap) >= _WIDE]
    return notes
