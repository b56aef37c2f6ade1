"""Coherence on the page of a day: what is said of it, and a row for each channel that was looked at."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from ..coherence.words import chance, where
from ..numbers import MISSING, percent, plural
from .words import series

NAMED = 3
"""So many channels a sentence names."""
FOLDER = "coherence"


def sentences(found: Mapping[str, Any]) -> Iterator[str]:
    """What coherence says in all: at glitches, and overall."""
    looked = [one for one in found["findings"] if one["coherent_at_glitches"] is not None]
    coherent = sum(one["coherent_at_glitches"] for one in looked)
    if len(looked) == 1:
        who, verdict = "The one channel", f"is {'' if coherent else 'not '}coherent with it there"
        yield f"{who} compared with {looked[0]['main']} at the glitches that the veto explains by it {verdict}."
    elif looked:
        who, verdict = (
            f"Of {len(looked):,} channels",
            f"{coherent or 'none'} {'is' if coherent < 2 else 'are'} coherent",
        )
        at = "at the glitches that the veto explains by them"
        yield f"{who} compared with {looked[0]['main']} {at}, {verdict} with it there."
    if ranked := found["overall"]:
        yield _overall(ranked)


def _overall(ranked: Mapping[str, Any]) -> str:
    names, of = ranked["significant"], plural(ranked["channels"], "channel")
    odds = f"false-alarm probability {percent(ranked['false_alarm'])} over all {ranked['trials']:,} frequencies"
    if not ranked["channels"]:
        return f"Over the whole time nothing is known of channels beside {ranked['main']}."
    if not names:
        return f"Over the whole time none of {of} is coherent with {ranked['main']} ({odds})."
    more = len(names) - NAMED
    named = series(names) if more <= 0 else f"{', '.join(names[:NAMED])} and {more:,} more"
    verdict = f"{len(names)} of {of} {'is' if len(names) == 1 else 'are'} coherent with {ranked['main']}"
    return f"Over the whole time {verdict} ({odds}): {named}."


def rows(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The cells of each channel, as text, and its figure; None where no window of it is known."""
    return [_row(one) for one in found["findings"]]


def _row(one: Mapping[str, Any]) -> dict[str, Any]:
    drawn = {"glitch": bool(one["windows_at_glitches"]), "overall": one["ranges_overall"] is not None}
    kind = "both" if all(drawn.values()) else next((kind for kind, is_there in drawn.items() if is_there), None)
    return {
        "round": one["round"],
        "channel": one["channel"],
        "windows": one["windows_at_glitches"],
        "at_glitches": _ranges(one["ranges_at_glitches"]),
        "p_at_glitches": _p(one["p_at_glitches"]),
        "p_at_quiet_times": _p(one["p_at_quiet_times"]),
        "overall": _ranges(one["ranges_overall"]),
        "p_overall": _p(one["p_overall"]),
        "sentence": one["sentence"],
        "advice": one["advice"],
        "figure": f"{FOLDER}/{quote(kind + '_' + one['label'])}.png" if kind else None,
    }


def _ranges(ranges: Sequence[Mapping[str, Any]] | None) -> str:
    if ranges is None:
        return MISSING
    return where(ranges) if ranges else "nowhere"


def _p(value: float | None) -> str:
    return MISSING if value is None else chance(value)
