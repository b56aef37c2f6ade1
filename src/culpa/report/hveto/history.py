"""The primary events of a whole analysis, and what their size is called."""

from dataclasses import dataclass

import numpy as np

from ...explain.hveto.result import HvetoResult
from ...explain.hveto.rounds import loudness
from ...types import Events, Floats, Indices


@dataclass(frozen=True)
class Measure:
    """What the loudness of events is: its column, its name for people, and what such events are called (singular)."""

    column: str
    name: str
    noun: str

    def of(self, events: Events) -> Floats:
        """The loudness of events as the engine ranks them, (their number,); NaN = missing."""
        return loudness(events)


SNR = Measure("snr", "SNR", "glitch")
SCORE = Measure("score", "score", "anomaly")


def measure(events: Events) -> Measure:
    """What a table of events is ranked by: its scores where it has these and no SNR, else its SNR."""
    snr, score = np.isfinite(events["snr"]), np.isfinite(events["score"])
    return SCORE if score.any() and not snr.any() else SNR


def nouns(of: Measure) -> str:
    """The plural: glitches, anomalies."""
    return "glitches" if of is SNR else "anomalies"


@dataclass(frozen=True)
class History:
    """Every primary event at the start, in order of time, and the number of the round that vetoed it (0 = none did).

    `measure` is how primary events are ranked, `witness` how auxiliary ones are. `start` and `end` (GPS s) hold the
    analysed time and all events; both are 0 where there is neither.
    """

    events: Events
    vetoed_in: Indices
    measure: Measure
    witness: Measure
    start: float
    end: float


def history(result: HvetoResult) -> History:
    """What happened to each primary event of an analysis."""
    parts = [(r.primary.take(r.vetoed), r.number) for r in result.rounds] + [(result.remaining, 0)]
    events = Events.concatenate(part for part, _ in parts)
    vetoed_in = np.concatenate([np.full(len(part), number) for part, number in parts])
    order = np.argsort(events["time"], kind="stable")
    events, vetoed_in = events.take(order), vetoed_in[order]
    edges = [*(edge for bounds in result.live for edge in bounds), *events["time"][[0, -1] if len(events) else []]]
    primary = measure(events)
    witness = measure(result.rounds[0].witness) if result.rounds else primary
    return History(events, vetoed_in, primary, witness, float(min(edges, default=0)), float(max(edges, default=0)))
