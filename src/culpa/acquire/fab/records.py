"""What is told beside the data: the truth of every event, and what to expect of every chamber."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TextIO

import numpy as np

from .counts import weights
from .events import Event
from .groups import Groups
from .layout import Lot
from .process import SENSORS
from .recipes import RECIPES
from .settings import FabSettings

TRUTH_COLUMNS = (
    "event_id", "kind", "mechanism", "sensor", "size_sigma", "fault", "direction", "first_row", "last_row", "start",
    "end", "equipment", "chamber", "lot", "wafer", "recipe", "step",
)  # fmt: skip
"""The columns of the truth: rows are counted from 0, first and last included; the place is that of the first row."""


def cut(events: Iterable[Event], rows: int) -> Iterator[Event]:
    """The events that begin in the first rows of a lot; what a drift that goes on after them reached there."""
    for event in events:
        if event.first >= rows:
            return
        last = min(event.last, rows - 1)
        reached = (last - event.first + 1) / (event.last - event.first + 1)
        yield replace(event, last=last, size=event.size * reached)


def place(settings: FabSettings, equipment: int, chamber: int) -> tuple[str, str]:
    """The names of an equipment and of one of its chambers."""
    name, _, part = settings.places[equipment * settings.chambers + chamber].partition("/")
    return name, part


def moments(settings: FabSettings, lot: Lot) -> np.ndarray[tuple[int], np.dtype[np.datetime64]]:
    """The time of every row of a lot, `datetime64[s]`."""
    rows = np.arange(settings.wafers * lot.recipe.rows)
    return np.datetime64(settings.start, "s") + (lot.second + rows + settings.idle * (rows // lot.recipe.rows))


def truth_row(settings: FabSettings, lot: Lot, event: Event, names: dict[str, str]) -> list[object]:
    """What the truth says of an event, in the order of `TRUTH_COLUMNS`; sensors are named as in the data."""
    wafer, row = divmod(event.first, lot.recipe.rows)
    times = moments(settings, lot)
    direction = {1: "up", -1: "down", 0: ""}[event.sign]
    return [
        f"{lot.name}-{event.number}", event.kind, event.mechanism, names[event.sensor], f"{event.size:.4f}",
        event.fault, direction, lot.first + event.first, lot.first + event.last, times[event.first],
        times[event.last], *place(settings, lot.equipment, int(lot.chamber[wafer])), lot.name, wafer + 1,
        lot.recipe.name, lot.recipe.step[row] + 1,
    ]  # fmt: skip


def write_expected(settings: FabSettings, groups: Groups, path: Path, names: dict[str, str], encoding: str) -> None:
    """Writes what to expect of each sensor in each second of each recipe and chamber, and its residual sigma.

    `rate` is the share of anomalous rows that the chamber is meant to have.
    """
    with path.open("w", encoding=encoding, newline="") as file:
        table = table_writer(file)
        sensors = [names[name] for name in SENSORS]
        sigmas = [f"{name}_sigma" for name in sensors]
        table.writerow(["equipment", "chamber", "recipe", "step", "second", "rate", *sensors, *sigmas])
        rates = settings.fraction * weights(settings)
        for equipment, chamber in groups.places:
            for recipe in RECIPES[: settings.recipes]:
                known = groups.reference(recipe, equipment, chamber)
                where = [*place(settings, equipment, chamber), recipe.name]
                for row, numbers in enumerate(np.concatenate([known.level, known.sigma]).T):
                    when = [recipe.step[row] + 1, recipe.second[row], f"{rates[equipment, chamber]:.6g}"]
                    table.writerow([*where, *when, *(f"{number:.7g}" for number in numbers)])


def table_writer(file: TextIO) -> "csv._writer":  # type: ignore[name-defined]
    """A writer of CSV with the same ends of lines on every system."""
    return csv.writer(file, lineterminator="\n")
