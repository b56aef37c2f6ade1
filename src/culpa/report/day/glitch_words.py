"""The classes of a day's triggers, and their pictures, in sentences."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ...types import UNKNOWN, Indices
from ..classes import NOT_CLASSIFIED, ClassTable
from ..numbers import number, percent, plural, probability, share
from .classes import Classes
from .scans import Scans
from .words import known, series

NAMED = 4
"""So many classes, or rounds, a sentence names."""


def classified(classes: Classes) -> str:
    """How many triggers were classified, as what, and how many of that should not be believed."""
    said = classes.predictions.take(classes.of[classes.of >= 0])
    if not len(said):
        return "No trigger was classified."
    most = Counter(said.name[~said.flagged].tolist()).most_common()
    flagged = int(said.flagged.sum())
    given = said.probability[~said.flagged & ~np.isnan(said.probability)]
    all_of_them = f"{_of_all(len(said), len(classes.of))} classified"
    if flagged:
        part = percent(flagged / len(said))
        unlike = f"{flagged:,} ({part}) flagged {UNKNOWN}: not like what the network has learned from"
        parts = [f"{all_of_them}, {unlike}", *_named(most, "the others are", "most of the others are")]
    else:
        parts = [all_of_them + "".join(_named(most, " as", ", most of them as")), f"none is flagged {UNKNOWN}"]
    if len(given):
        parts.append(f"their mean probability is {probability(float(given.mean()))}")
    return "; ".join(parts) + "."


def _named(most: Sequence[tuple[str, int]], every: str, some: str) -> list[str]:
    """The most frequent classes with words before them, `every` where these are all; nothing without any."""
    if not most:
        return []
    named = series([f"{name} ({n:,})" for name, n in most[:NAMED]])
    return [f"{some if len(most) > NAMED else every} {named}"]


def _of_all(some: int, total: int) -> str:
    return f"All {total:,} triggers were" if some == total > 1 else f"{share(some, total)} of the triggers were"


def removed(table: ClassTable) -> Iterator[str]:
    """For each of the first rounds which class is half of what it removes, or more."""
    for place, (which, witness) in enumerate(zip(table.rounds[:NAMED], table.witnesses, strict=False)):
        counts = {name: n for name, n in zip(table.rows, table.counts[:, place].tolist(), strict=True) if n}
        total = sum(counts.values())
        counts.pop(NOT_CLASSIFIED, None)
        name, n = max(counts.items(), key=lambda item: item[1], default=("", 0))
        if 2 * n >= total > 0:
            of = share(n, int(table.totals[table.rows.index(name)]))
            what, whole = (f"glitches flagged {UNKNOWN}", "all flagged") if name == UNKNOWN else (name, "that class")
            removes = f"Round {which} ({witness}) removes mostly {what}"
            yield f"{removes}: {share(n, total)} of what it removes, {of} of {whole}."


def scored(score: Mapping[str, Any]) -> str:
    """How well the classes are known on simulated data (`classes` of score.json)."""
    every, flags = score["all"], score["flags"]
    if not every["known"]:
        return "No classified trigger is of a family that the network knows: nothing can be said of its classes."
    low, high = every["macro_f1_interval"]
    said = [
        f"Against the truth table: macro-F1 {known(every['macro_f1']):.3f} ({low:.3f}–{high:.3f}), "
        f"{share(every['right'], every['known'])} right, calibration error {number(known(every['calibration_error']))}"
    ]
    if flags["known"]["of"]:
        said.append(f"{share(flags['known']['flagged'], flags['known']['of'])} flagged that should not be")
    if flags["outside"]["of"]:
        said.append(
            f"of families that it does not know {share(flags['outside']['flagged'], flags['outside']['of'])} flagged"
        )
    return "; ".join(said) + "."


def shown(scans: Scans, rounds: Indices) -> str:
    """Of which triggers there are pictures; `rounds` vetoed each trigger of the main channel, 0: none did."""
    vetoed, n = int((rounds > 0).sum()), len(scans.rows)
    if not n:
        return "No trigger is vetoed: there are no pictures." if not vetoed else "No vetoed trigger has a picture."
    of = "Each vetoed trigger" if n == vetoed else f"{n:,} of {plural(vetoed, 'vetoed trigger')}"
    has = "is" if n == vetoed or n == 1 else "are"
    return f"{of} {has} shown beside the winner of its round, whitened, in views of {series(scans.views)} s."
