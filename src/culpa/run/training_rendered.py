"""The images of simulated glitches of a training folder, on simulated noise or on that of recordings."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from .. import __version__
from .. import settings as toml
from ..acquire.sources import Source, open_source
from ..errors import NoDataError, UsageError
from ..identify.backgrounds import SimulatedBackgrounds
from ..identify.checkpoint import fingerprint
from ..identify.imagefiles import write_image
from ..identify.images import GlitchImage, ImageForm
from ..identify.recorded import REACH, RecordedBackground, recorded_background, stretches
from ..identify.rendering import RenderSettings, render
from ..types import Segments
from .hashes import read_file
from .pool import ordered
from .progress import progress
from .training_parts import Part, find_part, images_in, named, put_part, read_parts

_AT_ONCE = 32
"""Images of a job."""
Item = tuple[str, int]
"""A class, and the number of an image in it."""
Stretch = tuple[float, float]
"""Start (GPS s) and length (s)."""


@dataclass(frozen=True)
class Rendered:
    """Simulated glitches, so many of each class; on noise of a channel of `backgrounds` (files), if there are any."""

    settings: RenderSettings
    backgrounds: tuple[str, ...] = ()
    channel: str = ""

    @property
    def form(self) -> ImageForm:
        """What the pixels stand for."""
        return self.settings.form

    def plan(self) -> dict[str, Any]:
        """What would be made."""
        images = {name: self.settings.count(name) for name in self.settings.classes}
        return {"seed": self.settings.seed, "images": images}

    def make(self, folder: Path, workers: int, quiet: bool) -> Part:
        """Render the images that are not there yet; the same for every number of processes.

        An image that people have moved to another class is there. Raises UsageError where the folder has images that
        would be near twins of these.
        """
        source, part = self._begun(folder, workers, quiet)
        counts = {name: self.settings.count(name) for name in self.settings.classes}
        items = [(name, index) for index in range(max(counts.values())) for name in counts if index < counts[name]]
        files = [image_file(folder, part.identity, item) for item in items]
        there = {path.name for path in images_in(folder)}
        missing = [item for item, file in zip(items, files, strict=True) if file.name not in there]
        jobs = list(self._jobs(folder, part, source, missing))
        with progress("images", len(items), quiet) as tick:
            for _ in range(len(items) - len(missing)):
                tick()
            for job in ordered(_render, jobs, workers):
                for _ in range(job):
                    tick()
        made = [path for path in images_in(folder) if path.name.startswith(f"{path.parent.name}-{part.identity}-")]
        most = max(self.settings.per_class, part.details["settings"]["per_class"])
        settings = toml.plain(replace(self.settings, per_class=most))
        return named(replace(part, details={**part.details, "settings": settings}), made)

    def _begun(self, folder: Path, workers: int, quiet: bool) -> tuple[Source | None, Part]:
        """The recording, and what is to be made, as it stands in the folder before the first image does."""
        source = open_source(self.backgrounds) if self.backgrounds else None
        files = _hashed(source, self.channel) if source else []
        identity = identity_of(self.settings, self.channel, [file["sha256"] for file in files])
        if part := find_part(folder, "rendered", identity):
            return source, part
        details: dict[str, Any] = {"settings": toml.plain(self.settings)}
        if source:
            usable = _usable(source, self.channel, workers, quiet)
            details |= {"channel": self.channel, "files": files, "stretches": usable}
        part = Part("rendered", identity, details)
        self._check_twins(folder, details)
        put_part(folder, part)
        return source, part

    def _check_twins(self, folder: Path, details: Mapping[str, Any]) -> None:
        """No part of a split may know the glitches or the noise of another, which parts of a folder could share."""
        ours = Segments.of((start, start + length) for start, length in details.get("stretches", ()))
        for other in (part for part in read_parts(folder) if part.kind == "rendered"):
            if other.details["settings"]["seed"] == self.settings.seed:
                raise UsageError(
                    f"{folder} has glitches of seed {self.settings.seed} already (part {other.identity}), drawn under "
                    "other settings: these would be their twins",
                    "give another --seed, or another folder",
                )
            theirs = Segments.of((start, start + length) for start, length in other.details.get("stretches", ()))
            if other.details.get("channel") == self.channel and ours & theirs:
                raise UsageError(
                    f"{folder} has images on some of this noise already (part {other.identity})",
                    "give all recordings in one call, or another folder",
                )

    def _jobs(self, folder: Path, part: Part, source: Source | None, items: list[Item]) -> Iterator["_Job"]:
        """Images of one stretch together; which one an image has depends on its number only."""
        if source is None:
            for some in _batches(items):
                yield _Job(folder, part.identity, self.settings, some)
            return
        usable = part.details["stretches"]
        order = np.random.default_rng(self.settings.seed).permutation(len(usable)).tolist()
        for number, (start, duration) in enumerate(usable):
            near = _near(source, (start, duration))
            ours = [item for item in items if order[item[1] % len(order)] == number]
            for some in _batches(ours, 4 * _AT_ONCE):  # the noise is whitened for each
                yield _Job(folder, part.identity, self.settings, some, near, self.channel, (start, duration))


def same_images(settings: RenderSettings) -> RenderSettings:
    """The settings without what says how many images there are: an image depends on the others only."""
    return replace(settings, per_class=1, strangers=1, classes=())


def identity_of(settings: RenderSettings, channel: str = "", hashes: Sequence[str] = ()) -> str:
    """What the names of images have in common: equal for equal images of each class and number."""
    return fingerprint(__version__, same_images(settings), channel, list(hashes))[:8]


def simulated(settings: RenderSettings) -> Part:
    """What `Rendered.make` says in the end of images on simulated noise."""
    counts = {name: settings.count(name) for name in sorted(settings.classes)}
    return Part("rendered", identity_of(settings), {"settings": toml.plain(settings)}, counts)


def render_some(settings: RenderSettings, items: Sequence[Item], folder: Path) -> list[Path]:
    """Render and write some images on simulated noise, whether or not they are there; returns their paths."""
    identity = identity_of(settings)
    _render(_Job(folder, identity, settings, tuple(items)))
    return [image_file(folder, identity, item) for item in items]


def image_file(folder: Path, identity: str, item: Item) -> Path:
    """Where an image lies in a training folder."""
    name, index = item
    return folder / name / f"{name}-{identity}-{index:06d}.png"


def _batches(items: list[Item], size: int = _AT_ONCE) -> Iterator[tuple[Item, ...]]:
    return (tuple(items[at : at + size]) for at in range(0, len(items), size))


def _near(source: Source, where: Stretch) -> Source:
    """The files that the noise of a stretch is made from."""
    return source.between(where[0] - REACH, where[0] + where[1] + REACH)


@dataclass(frozen=True)
class _Job:
    folder: Path
    identity: str
    settings: RenderSettings
    items: tuple[Item, ...]
    source: Source | None = None
    channel: str = ""
    stretch: Stretch = (0.0, 0.0)


def _render(job: _Job) -> int:
    """Render and write the images of a job; returns how many."""
    backgrounds: Any = SimulatedBackgrounds()
    if job.source:
        backgrounds = _background(job.source, job.channel, job.stretch)
    for name, index in job.items:
        image = render(name, index, job.settings, backgrounds)
        # the glitch was not there at the time of the noise: the image has none
        path = image_file(job.folder, job.identity, (name, index))
        write_image(path, GlitchImage(image.pixels, job.settings.form, job.channel, group=image.group))
    return len(job.items)


def _hashed(source: Source, channel: str) -> list[dict[str, str]]:
    """The files and their SHA-256, by which they are known again when they are classified."""
    source.sample_rate(channel)
    found = [(file.path, read_file(file.path)) for file in source.files]
    return [{"path": str(Path(path).absolute()), "sha256": seen.sha256} for path, seen in found if seen]


def _usable(source: Source, channel: str, workers: int, quiet: bool) -> list[Stretch]:
    """The stretches that have room for a background. Raises NoDataError where there is none."""
    every = stretches(source, channel)
    jobs = [(_near(source, where), channel, where) for where in every]
    with progress("stretches of noise", len(jobs), quiet) as tick:
        usable = []
        for where, good in zip(every, ordered(_is_usable, jobs, workers), strict=True):
            usable += [where] if good else []
            tick()
    if not usable:
        raise NoDataError(
            f"no 8 s without a gap or a loud transient in {channel} of {source}",
            "stretches of 16 s or more are needed, better many minutes",
        )
    return usable


def _is_usable(job: tuple[Source, str, Stretch]) -> bool:
    source, channel, where = job
    return recorded_background(source, channel, *where) is not None


@lru_cache(maxsize=1)
def _background(source: Source, channel: str, where: Stretch) -> RecordedBackground:
    found = recorded_background(source, channel, *where)
    if found is None:
        raise NoDataError(f"the noise of {channel} from GPS {where[0]:.15g} on is not there any more", "begin anew")
    return found
