"""Coherence in sentences: each says the numbers it is about."""

from collections.abc import Mapping, Sequence
from typing import Any

NAMED = 3
"""So many ranges of frequencies a sentence names."""
_SMALLEST = 1e-300


def finding(glitch: Mapping[str, Any] | None, overall: Mapping[str, Any] | None) -> str:
    """What is known of a channel at glitches and overall (contents of their JSON files; None: not looked at)."""
    of: Mapping[str, Any] = glitch or overall or {"channel": "", "main": ""}
    looked = [(one, when) for one, when in ((glitch, "at glitch times"), (overall, "overall")) if one is not None]
    there = [f"at {where(one['ranges'], ' Hz')} {when} ({_p(one)})" for one, when in looked if one["ranges"]]
    absent = [f"{when} ({_p(one)})" for one, when in looked if one["p"] is not None and not one["ranges"]]
    unknown = [when for one, when in looked if one["p"] is None]
    both = f"coherent with {of['main']}"
    if there:
        text = f"{of['channel']} is {both} {' and '.join(there)}"
        text += f", not {absent[0]}" if absent else ""
    elif len(absent) == 2:
        text = f"{of['channel']} is {both} neither {absent[0]} nor {absent[1]}"
    elif absent:
        text = f"{of['channel']} is not {both} {absent[0]}"
    else:
        return f"It is not known whether {of['channel']} is {both} {' or '.join(unknown)}{_why(glitch)}."
    return text + _quiet(glitch) + (f"; {unknown[0]} it is not known" if unknown else "") + "."


def _why(glitch: Mapping[str, Any] | None) -> str:
    """Why nothing is known, if that is for want of glitches."""
    if glitch is None:
        return ": one of them is silent, or there are too few windows"
    if glitch["windows"]:
        return ": one glitch alone is always coherent" if glitch["windows"] == 1 else ": one of them is silent there"
    return f": none of {glitch['glitches']:,} glitches has a whole window of data of both"


def _quiet(glitch: Mapping[str, Any] | None) -> str:
    """What distinguishes glitches from quiet times, where they are coherent."""
    quiet = glitch["quiet"] if glitch else None
    if not (glitch and glitch["ranges"] and quiet and quiet["p"] is not None):
        return ""
    if quiet["ranges"]:
        return f"; at quiet times, too, at {where(quiet['ranges'], ' Hz')} ({_p(quiet)})"
    return f"; at quiet times near these it is not ({_p(quiet)})"


def _p(of: Mapping[str, Any]) -> str:
    p = chance(of["p"])
    return f"p {p}" if p.startswith("<") else f"p = {p}"


def advice(glitch: Mapping[str, Any]) -> str:
    """What to do where neither is coherent."""
    return (
        f"If {glitch['channel']} still causes these glitches, it does so in a way that is not linear, with a delay "
        f"that varies, or too seldom ({glitch['windows']} glitches) to tell: Q-scans of both channels at the loudest "
        "ones would show it."
    )


def where(ranges: Sequence[Mapping[str, Any]], unit: str = "") -> str:
    """The most telling ranges, in order of frequency: `12–48, 60 and 75–80`, and their unit."""
    best = sorted(ranges, key=lambda one: (one["p"], one["from"] - one["to"]))[:NAMED]
    *first, last = [_range(one) for one in sorted(best, key=lambda one: float(one["from"]))]
    more = len(ranges) - len(best)
    if more:
        return f"{', '.join([*first, last])}{unit} and {more} more"
    return f"{', '.join(first)} and {last}{unit}" if first else f"{last}{unit}"


def _range(one: Mapping[str, Any]) -> str:
    low, high = (f"{one[name]:g}" for name in ("from", "to"))
    return low if low == high else f"{low}–{high}"


def chance(p: float) -> str:
    """A p-value as people read it: `0.31`, `0.0021`, `3e-12`; of numbers too small for a float their limit."""
    if p < _SMALLEST:
        return f"< {_SMALLEST:g}"
    return f"{p:.2g}" if p >= 1e-4 else f"{p:.0e}".replace("e-0", "e-")
