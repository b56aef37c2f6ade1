"""The images of a mock day for a training folder: triggers of the main channel, classes by the truth table."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .. import __version__
from .. import settings as toml
from ..acquire.sources import Source, open_source
from ..acquire.triggerfolder import load_triggers
from ..errors import NoTriggersError
from ..evaluate.match import extents, nearest_trigger
from ..evaluate.truth import Truth, read_truth
from ..identify.checkpoint import fingerprint
from ..identify.imagefiles import write_image
from ..identify.images import GlitchImage, ImageForm, file_name
from ..identify.rendering import CLASSES, NO_GLITCH
from ..types import Events, Floats, Mask, Segments
from .blocks import REACH
from .days import Day
from .glitches import look
from .hashes import read_file
from .pool import ordered
from .progress import progress
from .training_parts import Part, images_in, named, put_part, read_parts, remove_part

WINDOW = 0.1
"""Seconds by which a trigger may miss a glitch that it belongs to, as in `culpa score`."""
APART = 0.25
"""Seconds within which a second glitch, of another family, makes a trigger ambiguous."""
AWAY = 2.0
"""Seconds from any glitch and trigger at which there is none: half of the longest view."""
_AT_ONCE = 32
"""Images of a job."""


@dataclass(frozen=True)
class Labelled:
    """GPS times with the class of what is there, in order of time, and how many triggers were left out, and why."""

    classes: Mapping[float, str]
    left_out: Mapping[str, int]

    def counts(self) -> dict[str, int]:
        """How many there are of each class."""
        return dict(sorted(Counter(self.classes.values()).items()))


@dataclass(frozen=True)
class OfDay:
    """Triggers of a mock day's main channel that are one glitch for sure, and as much noise as there is of a class.

    A trigger is left out if a glitch of another family is within `apart` s of it.
    """

    day: Day
    form: ImageForm
    apart: float = APART
    seed: int = 0

    def plan(self) -> dict[str, Any]:
        """What would be made."""
        found = self.labelled()
        return {"day": str(self.day.folder), "images": found.counts(), "left out": dict(found.left_out)}

    def labelled(self) -> Labelled:
        """The times of the images. Raises NoDataError without truth table or triggers, NoTriggersError without any."""
        truth = read_truth(self.day.existing(self.day.raw / "truth.csv", "mock"))
        channel = self.day.main_channel()
        events, searched = load_triggers(self.day.existing(self.day.triggers, "triggers"))
        if not len(events.get(channel, Events.empty())):
            raise NoTriggersError(f"no trigger of {channel} in {self.day.triggers}", "simulate a longer day")
        here = (truth.channel == channel) & ~np.isnan(truth.snr)
        random = np.random.default_rng(self.seed)
        return label(events[channel], searched[channel], truth, here, self.apart, random)

    def make(self, folder: Path, workers: int, quiet: bool) -> Part:
        """Write the images that are not there yet; those of the same day as it was before are removed."""
        found, channel = self.labelled(), self.day.main_channel()
        files = {gps: folder / name / file_name(channel, gps) for gps, name in found.classes.items()}
        part = self._begun(folder, channel, found, list(files.values()))
        there = {path.name for path in images_in(folder)}  # in another class where people have moved them
        missing = {gps: file for gps, file in files.items() if file.name not in there}
        source = open_source([self.day.existing(self.day.raw / "raw.ffl", "mock")])
        jobs = list(_jobs(source, channel, self.form, missing))
        with progress("images", len(missing), quiet) as tick:
            for job, _ in zip(jobs, ordered(_write, jobs, workers), strict=True):
                for _ in job.files:
                    tick()
        return named(part, [file for file in files.values() if file.exists()])

    def _begun(self, folder: Path, channel: str, found: Labelled, files: list[Path]) -> Part:
        """What is to be made, as it stands in the folder before the first image does."""
        day, ours = str(self.day.folder.absolute()), [file.relative_to(folder).as_posix() for file in files]
        details = {
            "day": day,
            "channel": channel,
            "apart": self.apart,
            "seed": self.seed,
            "left out": dict(found.left_out),
            "files": ours,
        }
        part = Part("day", self._identity(), details)
        for old in read_parts(folder):
            if (old.kind, old.details.get("day")) == ("day", day) and old.identity != part.identity:
                remove_part(folder, old)
        put_part(folder, part)
        return part

    def _identity(self) -> str:
        """Equal for the same triggers and truth only."""
        paths = [self.day.raw / "truth.csv", *sorted(path for path in self.day.triggers.rglob("*") if path.is_file())]
        hashes = [seen.sha256 for path in paths if (seen := read_file(path))]
        return fingerprint(__version__, toml.plain(self.form), self.apart, self.seed, hashes)[:8]


def label(
    events: Events, searched: Segments, truth: Truth, here: Mask, apart: float, random: np.random.Generator
) -> Labelled:
    """The classes of triggers, and of times at which there is nothing, by a truth table.

    `here`, shape (rows of the truth table,): which rows are in the channel of the events. A glitch belongs to a trigger
    as in `evaluate.match`. Triggers far from all glitches are `no_glitch`, as are times drawn from what was searched
    far from glitches and triggers, until there are as many as of a family on average.
    """
    times, family = truth.gps[here], truth.family[here]
    owner = nearest_trigger(times, extents(events, WINDOW), events["snr"])
    classes: dict[float, str] = {}
    left_out: Counter[str] = Counter()
    for row, peak in enumerate(events["time"].tolist()):
        far = np.abs(times - peak)
        names = {*family[(owner == row) | (far <= apart)].tolist()}
        if len(names) == 1 and (owner == row).any():
            (name,) = names
        elif names or (far < AWAY).any():
            name = "near several families" if len(names) > 1 else "near a glitch, and not its trigger"
        else:
            name = NO_GLITCH
        if name in CLASSES:
            classes[peak] = name
        else:
            left_out[name if " " in name else f"{name}, which is no class"] += 1
    families = Counter(name for name in classes.values() if name != NO_GLITCH)
    wanted = round(families.total() / max(1, len(families))) - (len(classes) - families.total())
    quiet = searched - Segments.of(_around(times, times)) - Segments.of(_around(events["tstart"], events["tend"]))
    classes |= dict.fromkeys(_drawn(quiet, max(0, wanted), random), NO_GLITCH)
    return Labelled(dict(sorted(classes.items())), dict(sorted(left_out.items())))


def _around(starts: Floats, ends: Floats) -> Iterator[tuple[float, float]]:
    return zip((starts - AWAY).tolist(), (ends + AWAY).tolist(), strict=True)


def _drawn(where: Segments, count: int, random: np.random.Generator) -> list[float]:
    """So many times inside, to the microsecond, none where there is no room."""
    bounds = np.array(where.bounds, float).reshape(-1, 2)
    if not len(bounds):
        return []
    ends = np.cumsum(bounds[:, 1] - bounds[:, 0])
    at = random.uniform(0, ends[-1], count)
    number = np.searchsorted(ends, at)
    times: list[float] = np.round(bounds[number, 1] - (ends[number] - at), 6).tolist()
    return times


@dataclass(frozen=True)
class _Job:
    source: Source
    channel: str
    form: ImageForm
    files: Mapping[float, Path]


def _jobs(source: Source, channel: str, form: ImageForm, files: Mapping[float, Path]) -> Iterator[_Job]:
    times = list(files)
    for some in (times[at : at + _AT_ONCE] for at in range(0, len(times), _AT_ONCE)):
        near = source.between(some[0] - REACH, some[-1] + REACH)
        yield _Job(near, channel, form, {gps: files[gps] for gps in some})


def _write(job: _Job) -> None:
    """Write the images of a job; of a time without data there is none."""
    seen = look(job.source, job.channel, list(job.files), job.form)
    for pixels, gps in zip(seen.pixels, seen.gps.tolist(), strict=True):
        write_image(job.files[gps], GlitchImage(pixels, job.form, job.channel, gps))
