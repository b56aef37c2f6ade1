"""What hveto found, in our words."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ...types import Events, Segments
from ..hveto.coincidence import has_neighbour, within
from ..hveto.result import Cell, Round

Significance = Callable[[int, float], float]


@dataclass
class Report:
    """What hveto hands to its own pages: its rounds; none of a null result."""

    rounds: list[Any] = field(default_factory=list)


def read_primary(folder: Path, channel: str) -> Events:
    """The primary events at the start, as hveto wrote them: time (GPS s), frequency (Hz), SNR; none without a file."""
    files = sorted((folder / "triggers").glob("*-HVETO_RAW_TRIGS_ROUND_0-*.txt"))
    if not files:
        return Events.empty()
    rows = [line.split()[:3] for line in files[0].read_text().splitlines()[1:]]
    return _events(np.array(rows, float).reshape(-1, 3), channel)


def make_rounds(given: Sequence[Any], primary: Events, significance: Significance) -> tuple[list[Round], Events]:
    """Our rounds from hveto's, and the primary events that remain after them.

    `primary` are those at the start; `significance` is hveto's formula. Grids stay unknown: hveto keeps none.
    """
    rounds: list[Round] = []
    for one in given:
        winner, live, vetoes = one.winner, Segments.of(one.segments), Segments.of(one.vetoes)
        table = np.array([np.asarray(winner.events[name], float) for name in winner.events.colnames[:3]]).T
        witness = _events(table, winner.name)
        cell = Cell(
            winner.name,
            float(winner.snr),
            float(winner.window),
            float(winner.significance),
            _coincidences(winner, len(primary), significance),
            float(winner.mu),
            len(witness),
            (live & vetoes).livetime,
        )
        vetoed = within(primary["time"], vetoes)
        used = has_neighbour(witness["time"], primary["time"], cell.window)
        rounds.append(Round(one.n, cell, live, vetoes, primary, vetoed, witness, used))
        primary = primary.take(~vetoed)
    return rounds, primary


def _coincidences(winner: Any, primaries: int, significance: Significance) -> int:
    """The count that hveto had: it keeps the significance only, which grows with the count."""
    return min(range(1, primaries + 1), key=lambda n: abs(significance(n, winner.mu) - winner.significance))


def _events(rows: Any, channel: str) -> Events:
    time, frequency, snr = rows.T
    names = np.full(len(rows), channel)
    return Events({"time": time, "frequency": frequency, "snr": snr, "channel": names})


def why_ended(log: str, minimum: float) -> str:
    """The reason why there were no more rounds, from what hveto logged."""
    if "No events found for " in log and " of livetime" in log:
        return "there is no primary event"
    best = re.findall(r"Round \d+ winner: (\S+)", log)
    reached = re.findall(r"\((-?[\d.]+) < [\d.]+\)", log)
    if not best or not reached or best[-1] == "unknown":
        return "no auxiliary event coincides with a primary one"
    return f"the best of what is left, {best[-1]}, has a significance of {reached[-1]}, below {minimum:g}"


def remarks(log: str) -> list[str]:
    """What hveto left out, from what it logged."""
    words = {"No events found": "has no event that counts", "Failed to read events": "could not be read by hveto"}
    found = re.findall(rf"\] ({'|'.join(words)}) for (\S+)", log)
    return [f"{channel} {words[what]}: left out" for what, channel in sorted(set(found), key=lambda pair: pair[1])]
