"""Whether a veto explained what it should: each injection's round and witness, against its true cause."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..types import Floats, Indices, Mask
from .intervals import wilson
from .score import Score
from .truth import Truth

ROUNDING = 1e-6
"""Seconds by which the time of one trigger may differ from one file format to another."""


@dataclass(frozen=True)
class VetoRound:
    """One round of a veto: the winner, and the times (GPS s) of the primary channel's triggers that it vetoed."""

    number: int
    winner: str
    vetoed: Floats


def with_veto(score: Score, primary: str, rounds: Sequence[VetoRound]) -> Score:
    """The score with columns for what a veto made of each row.

    `vetoed`: the row's trigger was vetoed; `round` the round that did it and `witness` its winner (0 and "" where
    none); `right_witness`: the truth table has the event in that channel too. Only rows of the primary channel that
    were found can be vetoed.
    """
    truth, times = score.truth, score.columns["trigger_time"]
    numbers, witnesses = np.zeros(len(truth), np.int64), np.full(len(truth), "", dtype=object)
    for one in rounds:
        hit = (truth.channel == primary) & _among(times, one.vetoed)
        numbers[hit], witnesses[hit] = one.number, one.winner
    causes = causes_of(truth, primary)
    right = [
        witness in causes.get(event, ()) for event, witness in zip(truth.event_id.tolist(), witnesses, strict=True)
    ]
    columns: dict[str, NDArray[Any]] = {
        "vetoed": numbers > 0,
        "round": numbers,
        "witness": witnesses.astype(np.str_),
        "right_witness": np.array(right, bool),
    }
    return Score(truth, {**score.columns, **columns}, score.unmatched, score.window)


def causes_of(truth: Truth, primary: str) -> dict[str, dict[str, float]]:
    """The channels, besides the primary one, that contain each event, and its SNR there, more than 0."""
    causes: dict[str, dict[str, float]] = {}
    for event, channel, snr in zip(truth.event_id.tolist(), truth.channel.tolist(), truth.snr.tolist(), strict=True):
        if channel != primary and snr > 0:
            causes.setdefault(event, {})[channel] = snr
    return causes


def veto_totals(score: Score, primary: str, rounds: Sequence[VetoRound]) -> dict[str, Any]:
    """What a veto explained, JSON-like, of a score `with_veto`; NaN where there is nothing to say.

    `coupled`: by family, the found glitches that another channel knows, with those `vetoed`, their `fraction` and its
    Wilson 95 % `interval`, those vetoed by a `right` witness; the true witnesses, that with the highest median SNR
    first; the `round` that vetoed most of them (the earliest of equal ones), its `winner`, and whether this is one of
    the witnesses (`right_winner`). `alone`: the found glitches that no other channel knows, and those vetoed.
    `rounds`: of what each round vetoed, the glitches it was `right` about, the others, and triggers that belong to no
    row.
    """
    truth, columns = score.truth, score.columns
    causes = causes_of(truth, primary)
    known = np.array([event in causes for event in truth.event_id.tolist()], bool)
    found = (truth.channel == primary) & columns["found"]
    families = [str(name) for name in np.unique(truth.family[found & known])]
    alone = found & ~known
    return {
        "primary": primary,
        "coupled": {name: _family(score, found & known & (truth.family == name), causes, rounds) for name in families},
        "alone": _share(columns["vetoed"], alone),
        "rounds": [_round(score, found, one) for one in rounds],
    }


def _share(vetoed: Mask, rows: Mask) -> dict[str, Any]:
    number, hit = int(rows.sum()), int((rows & vetoed).sum())
    return {
        "found": number,
        "vetoed": hit,
        "fraction": hit / number if number else nan,
        "interval": list(wilson(hit, number)),
    }


def _family(
    score: Score, rows: Mask, causes: Mapping[str, Mapping[str, float]], rounds: Sequence[VetoRound]
) -> dict[str, Any]:
    columns = score.columns
    witnesses = _witnesses([causes[event] for event in score.truth.event_id[rows].tolist()])
    numbers: Indices = columns["round"][rows]
    most = np.bincount(numbers, minlength=len(rounds) + 1)[1:]
    place = int(most.argmax()) if most.any() else None
    winner = None if place is None else rounds[place].winner
    return _share(columns["vetoed"], rows) | {
        "right": int((rows & columns["right_witness"]).sum()),
        "witnesses": witnesses,
        "round": None if place is None else rounds[place].number,
        "winner": winner,
        "right_winner": winner in witnesses,
    }


def _witnesses(causes: Sequence[Mapping[str, float]]) -> list[str]:
    snrs: dict[str, list[float]] = {}
    for cause in causes:
        for channel, snr in cause.items():
            snrs.setdefault(channel, []).append(snr)
    return sorted(snrs, key=lambda channel: (-float(np.median(snrs[channel])), channel))


def _round(score: Score, found: Mask, one: VetoRound) -> dict[str, Any]:
    rows = found & (score.columns["round"] == one.number)
    right = rows & score.columns["right_witness"]
    matched = _among(one.vetoed, score.columns["trigger_time"][rows])
    return {
        "round": one.number,
        "winner": one.winner,
        "vetoed": len(one.vetoed),
        "right": int(right.sum()),
        "wrong": int((rows & ~right).sum()),
        "unknown": int((~matched).sum()),
    }


def _among(times: Floats, others: Floats) -> Mask:
    """Which times (NaN: none) are one of the others but for the rounding of trigger files."""
    ordered = np.concatenate([[-np.inf], np.sort(others), [np.inf]])
    place = np.searchsorted(ordered[1:-1], times)  # NaN comes last
    return np.asarray(np.minimum(times - ordered[place], ordered[place + 1] - times) < ROUNDING)
