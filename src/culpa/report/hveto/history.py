"""The primary events of a whole analysis, and what their size is called."""

from dataclasses import dataclass

import numpy as np

from ...explain.hveto.result import HvetoResult
from ...types import Events, Indices
from .vocabulary import DETECTOR, SCORE, SNR, Measure, Vocabulary


def measure(events: Events) -> Measure:
    """What a table of events is ranked by: its scores where it has these and no SNR, else its SNR."""
    snr, score = np.isfinite(events["snr"]), np.isfinite(events["score"])
    return SCORE if score.any() and not snr.any() else SNR


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
    words: Vocabulary = DETECTOR


def history(result: HvetoResult, words: Vocabulary = DETECTOR) -> History:
    """What happened to each primary event of an analysis."""
    parts = [(r.primary.take(r.vetoed), r.number) for r in result.rounds] + [(result.remaining, 0)]
    events = Events.concatenate(part for part, _ in parts)
    vetoed_in = np.concatenate([np.full(len(part), number) for part, number in parts])
    order = np.argsort(events["time"], kind="stable")
    events, vetoed_in = events.take(order), vetoed_in[order]
    edges = [*(edge for bounds in result.live for edge in bounds), *events["time"][[0, -1] if len(events) else []]]
    primary = words.primary or measure(events)
    witness = words.witness or (measure(result.rounds[0].witness) if result.rounds else primary)
    start, end = float(min(edges, default=0)), float(max(edges, default=0))
    return History(events, vetoed_in, primary, witness, start, end, words)
