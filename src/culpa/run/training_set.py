"""What `culpa training-set` was asked for, and the doing of it: a folder of images by class, in one of four ways."""

from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from .. import settings as toml
from ..acquire.atomic import remove_leftovers
from ..errors import UsageError
from ..identify.checkpoint import fingerprint
from ..identify.gravityspy import import_plots, list_plots, plotted, read_origins
from ..identify.images import ImageForm
from ..identify.relabel import add_labels, read_list
from ..identify.rendering import RenderSettings
from .configuration import section
from .days import Day
from .hashes import read_file
from .lock import locked
from .progress import progress
from .training_day import APART, OfDay
from .training_parts import Part, check_folders, check_form, counts, put_part
from .training_rendered import Rendered


class Way(Protocol):
    """A way to make images."""

    @property
    def form(self) -> ImageForm | None:
        """What their pixels stand for; None: what those in the folder do."""

    def plan(self) -> dict[str, Any]:
        """What would be made."""

    def make(self, folder: Path, workers: int, quiet: bool) -> Part:
        """Write them into the folders of their classes."""


@dataclass(frozen=True)
class GravitySpy:
    """The plots of Gravity Spy below a folder, with the table that comes with them, if there is one."""

    plots: Path
    table: Path | None
    form: ImageForm

    def plan(self) -> dict[str, Any]:
        """What would be imported."""
        labels = [glitch.label for glitch in list_plots(self.plots)]
        return {"images": {name: labels.count(name) for name in sorted({*labels})}}

    def make(self, folder: Path, workers: int, quiet: bool) -> Part:  # noqa: ARG002  a second process gains little
        """Write them, and say what was left out."""
        glitches, origins = list_plots(self.plots), read_origins(self.table) if self.table else {}
        with progress("images", len(glitches), quiet) as tick:
            done = import_plots(glitches, folder, self.form, origins, tick)
        names = [(each.label, each.ifo, each.identity) for each in glitches]
        details = {
            "folder": str(self.plots.absolute()),
            "table": str(self.table.absolute()) if self.table else None,
            "left out": dict(done.skipped),
        }
        return Part("gravity_spy", fingerprint(toml.plain(self.form), names)[:8], details, done.written)


@dataclass(frozen=True)
class Relabelled:
    """Images that people have put labels on, in a table of `culpa classify`."""

    table: Path
    form: ImageForm | None = None

    def plan(self) -> dict[str, Any]:
        """What would be added or moved."""
        names = [label.name for label in read_list(self.table)]
        return {"images": {name: names.count(name) for name in sorted({*names})}}

    def make(self, folder: Path, workers: int, quiet: bool) -> Part:  # noqa: ARG002  a few files
        """Copy or move them."""
        labels = read_list(self.table)
        if not labels:
            raise UsageError(f"{self.table} has no label", "write classes into its column label")
        done = add_labels(labels, folder)
        seen = read_file(self.table)
        details = {"table": str(self.table.absolute()), "added": done.added, "moved": done.moved, "new": done.new}
        return Part("relabelled", seen.sha256[:8] if seen else "", details, done.classes)


@dataclass(frozen=True)
class Asked:
    """What the command line says; None or empty: nothing."""

    day: date | None = None
    results: Path | None = None
    apart: float | None = None
    per_class: int | None = None
    seed: int | None = None
    background: tuple[str, ...] = ()
    channel: str | None = None
    gravity_spy: Path | None = None
    metadata: Path | None = None
    relabelled: Path | None = None


WAYS = {
    "day": ("results", "apart", "seed"),
    "gravity_spy": ("metadata",),
    "relabelled": (),
    "": ("per_class", "seed", "background", "channel"),
}
"""What says which way is meant (nothing: glitches are rendered), and what goes with it."""


def way(asked: Asked, config_file: Path | None = None) -> Way:
    """The way that is meant, under a configuration file. Raises UsageError where it contradicts itself."""
    given = [name for name, value in vars(asked).items() if value not in (None, ())]
    chosen = [name for name in given if name in WAYS]
    if len(chosen) > 1:
        raise UsageError(
            f"{' and '.join(map(_spelled, chosen))}: one at a time", "the next call adds to the same folder"
        )
    which = chosen[0] if chosen else ""
    for name in given:
        if name != which and name not in WAYS[which]:
            homes = " or ".join(_spelled(key) or "glitches that are rendered" for key in WAYS if name in WAYS[key])
            raise UsageError(f"{_spelled(name)} does not go with {_spelled(which) or 'rendering'}", f"it is of {homes}")
    settings = toml.build(RenderSettings, section(config_file, "training_set"), "training_set")
    settings = toml.replace(settings, seed=asked.seed, per_class=asked.per_class)
    if asked.day:
        day = Day(asked.day, asked.results or Path("results"))
        return OfDay(day, settings.form, APART if asked.apart is None else asked.apart, settings.seed)
    if asked.gravity_spy:
        return GravitySpy(asked.gravity_spy, asked.metadata, plotted(settings.form))
    if asked.relabelled:
        return Relabelled(asked.relabelled)
    if bool(asked.background) != bool(asked.channel):
        raise UsageError("--background and --channel go together", "which channel's noise, from which files?")
    return Rendered(settings, asked.background, asked.channel or "")


def _spelled(name: str) -> str:
    return "a DATE" if name == "day" else f"--{name.replace('_', '-')}" if name else ""


def make(of: Way, folder: Path, workers: int, quiet: bool) -> dict[str, Any]:
    """Make the images that are not in a folder yet, and say in it what they are; tells what is there then.

    Raises CulpaError where it has images of another form, or folders of classes spelled otherwise; BusyError where
    another run is at work in it.
    """
    with locked(folder):
        remove_leftovers(folder, age=0)
        if of.form:
            check_folders(folder)
            check_form(folder, of.form)
        part = of.make(folder, workers, quiet)
        put_part(folder, part)
        there = counts(folder)
    return {"folder": str(folder), "part": asdict(part), "classes": there, "images": sum(there.values())}


def tell(summary: dict[str, Any]) -> str:
    """The number of images of each class, as a small table, and what was left out."""
    part, there = summary["part"], {**summary["classes"], "all": summary["images"]}
    width = max(map(len, there))
    rows = [f"{name:{width}} {count:9,}" for name, count in there.items()]
    left = [f"left out: {count:,} x {why}" for why, count in part["details"].get("left out", {}).items()]
    return "\n".join([*rows, *left, f"{part['kind']} {part['identity']}: {sum(part['images'].values()):,} of these"])
