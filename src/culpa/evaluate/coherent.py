"""What the coherence at glitches says of the rounds that a truth table knows the causes of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan
from typing import Any

import numpy as np

from ..types import Floats
from .score import Score


@dataclass(frozen=True)
class RoundCoherence:
    """The coherence of a round's winner with the primary channel at the glitches that it vetoes.

    `p` is how likely so much is by chance (NaN: not known), `ranges` where it stands out: from, to (Hz).
    """

    round: int
    p: float
    ranges: tuple[tuple[float, float], ...]


def with_coherence(score: Score, rounds: Sequence[RoundCoherence]) -> Score:
    """The score with columns for the round that vetoed a row's trigger; of a score `with_veto`.

    `coherence_p` (NaN where no round did, or nothing is known of it) and `coherent`: the round's coherence stands out
    at the row's frequency, or within a factor of two of it, as glitches are broad.
    """
    by_round = {one.round: one for one in rounds}
    p, coherent = np.full(len(score.truth), nan), np.zeros(len(score.truth), bool)
    for number in np.unique(score.columns["round"]).tolist():
        if (one := by_round.get(number)) is not None:
            rows = score.columns["round"] == number
            p[rows] = one.p
            coherent[rows] = _inside(score.truth.frequency[rows], one)
    return Score(score.truth, {**score.columns, "coherence_p": p, "coherent": coherent}, score.unmatched, score.window)


def _inside(frequencies: Floats, of: RoundCoherence) -> np.ndarray[Any, np.dtype[np.bool_]]:
    found = np.zeros(len(frequencies), bool)
    for low, high in of.ranges:
        found |= (frequencies >= low / 2) & (frequencies <= high * 2)
    return found


def coherence_totals(score: Score, veto: Mapping[str, Any], rounds: Sequence[RoundCoherence]) -> dict[str, Any]:
    """By coupled family, the coherence of the round that vetoed most of it, JSON-like; of a score `with_coherence`.

    `veto` are the totals of the veto. An entry has the `round`, its `winner`, whether that is a true witness, `p`, the
    `ranges` (Hz), and of the glitches of the family that this round vetoed (`vetoed`) those at whose frequency it is
    `coherent`. Families that no round vetoes are not there.
    """
    by_round = {one.round: one for one in rounds}
    truth, columns = score.truth, score.columns
    totals: dict[str, Any] = {}
    for name, entry in veto["coupled"].items():
        one = by_round.get(entry["round"])
        if one is None:
            continue
        rows = (truth.channel == veto["primary"]) & (truth.family == name) & (columns["round"] == one.round)
        totals[name] = {
            "round": one.round,
            "winner": entry["winner"],
            "right_winner": entry["right_winner"],
            "p": one.p,
            "ranges": [list(bounds) for bounds in one.ranges],
            "vetoed": int(rows.sum()),
            "coherent": int((rows & columns["coherent"]).sum()),
        }
    return totals
