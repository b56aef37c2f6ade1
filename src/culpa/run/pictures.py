"""Pictures of Q-scans of many moments: a channel, or several beside each other, each stretch of data read once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import nan
from pathlib import Path

from ..acquire.atomic import atomic
from ..acquire.sources import Source
from ..decompose.qscan_plane import Scan
from ..errors import NoDataError
from ..identify.imagefiles import write_image
from ..identify.images import GlitchImage, ImageForm, file_name
from ..identify.scanned import plain
from ..report.qscan.plot import Panel, Plotter
from ..report.qscan.settings import QscanSettings
from .scans import frequencies, scan_moments


@dataclass(frozen=True)
class Moment:
    """What is looked at: a GPS time (s) and the channels shown beside each other, the first naming the file.

    `snr`, `frequency` (Hz) and `q` are those of the trigger in the first channel, NaN where there is none.
    """

    gps: float
    channels: tuple[str, ...]
    snr: float = nan
    frequency: float = nan
    q: float = nan


@dataclass(frozen=True)
class Drawn:
    """The pictures of a moment, one for each view, and what could not be shown of its channels.

    `plain` are images for a network, one for each channel, where they were asked for.
    """

    moment: Moment
    files: tuple[Path, ...]
    problems: tuple[NoDataError, ...]
    plain: tuple[Path, ...] = ()


def draw(source: Source, moments: Iterable[Moment], settings: QscanSettings, folder: Path) -> Iterator[Drawn]:
    """Write the pictures of each moment into a folder, in order of time; of moments with one name those of the last.

    A channel without data is left out; a moment without any has no pictures. Raises ChannelNotFoundError for a channel
    that the source does not have, CulpaError where a file cannot be written.
    """
    plotter, scan = Plotter(settings.colour), settings.scan()
    ordered = sorted({_name(moment, ""): moment for moment in moments}.values(), key=lambda moment: moment.gps)
    scans = {
        name: scan_moments(source, name, [moment.gps for moment in ordered if name in moment.channels], scan)
        for name in dict.fromkeys(name for moment in ordered for name in moment.channels)
    }
    for moment in ordered:
        results = {name: next(scans[name])[1] for name in moment.channels}
        shown = {name: one for name, one in results.items() if isinstance(one, Scan)}
        panels = [_panel(moment, name, one, frequencies(source, name, scan)) for name, one in shown.items()]
        files = tuple(_written(plotter, panels, moment, view, folder) for view in settings.views if panels)
        images = tuple(_plain(name, one, moment.gps, folder) for name, one in shown.items() if settings.plain)
        yield Drawn(moment, files, tuple(one for one in results.values() if isinstance(one, NoDataError)), images)


def _name(moment: Moment, view: str) -> str:
    return file_name(moment.channels[0], moment.gps, view)


def _panel(moment: Moment, channel: str, scan: Scan, band: tuple[float, float]) -> Panel:
    if channel != moment.channels[0]:
        return Panel(channel, scan, band)
    return Panel(channel, scan, band, moment.snr, moment.frequency, moment.q)


def _plain(channel: str, scan: Scan, gps: float, folder: Path) -> Path:
    """What a network sees of a scan."""
    path, form = folder / file_name(channel, gps), ImageForm()
    write_image(path, GlitchImage(plain(scan, form), form, channel, gps))
    return path


def _written(plotter: Plotter, panels: Sequence[Panel], moment: Moment, view: float, folder: Path) -> Path:
    path = folder / _name(moment, f"{view:g}")
    about = {"gps": repr(moment.gps), "channels": "\n".join(panel.channel for panel in panels), "view": f"{view:g}"}
    with atomic(path) as temporary:
        temporary.write_bytes(plotter.png(panels, view, about))
    return path
