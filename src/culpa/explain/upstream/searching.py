"""Cures of how hveto counts and compares."""

from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from importlib import import_module
from itertools import product
from typing import Any

import numpy as np

from ...types import Floats

Counts = dict[tuple[float, float], dict[str, int]]
"""Coincidences of each channel by window and threshold; what has none is absent."""


def count_all(original: Callable[..., Counts]) -> Callable[..., Counts]:
    """Every primary event with an auxiliary one in the window, both ends included, whatever lies between them."""

    @wraps(original)
    def find_all_coincidences(triggers: Any, channel: str, snrs: Sequence[float], windows: Sequence[float]) -> Counts:
        times, loudness = np.asarray(triggers["time"], float), np.asarray(triggers["snr"], float)
        names, numbers = np.unique(np.asarray(triggers["channel"], str), return_inverse=True)
        primary = times[names[numbers] == channel]
        counts: Counts = {cell: {} for cell in product(sorted(windows, reverse=True), sorted(snrs))}
        for number, name in enumerate(names.tolist()):
            if name == channel:
                continue
            own = numbers == number
            for (window, snr), of_cell in counts.items():
                if n := neighbours(primary, np.sort(times[own & (loudness >= snr)]), window):
                    of_cell[name] = n
        return counts

    return find_all_coincidences


def neighbours(times: Floats, others: Floats, window: float) -> int:
    """How many of the times have one of the others, which are in order, within ±half a window."""
    first = np.searchsorted(others, times - window / 2, side="left")
    last = np.searchsorted(others, times + window / 2, side="right")
    return int((last > first).sum())


def use_round_s_livetime(original: Callable[..., Any]) -> Callable[..., Any]:
    """A process of a pool searches with the live time of the round, not with the whole seconds of the start."""
    main = import_module("hveto.__main__")

    @wraps(original)  # a pool finds the function by the name that this copies
    def find_max_significance(channels: Sequence[str]) -> Any:
        auxiliary = {channel: main.auxiliary[channel] for channel in channels}
        search = main.core.find_max_significance
        return search(main.primary, auxiliary, main.pchannel, main.snrs, main.windows, main.rnd.livetime)

    return find_max_significance


def first_of_equals(original: Callable[..., Any]) -> Callable[..., Any]:
    """Of equally significant channels the first of the given ones; upstream's depends on the order of a set."""

    @wraps(original)
    def find_max_significance(primary: Any, auxiliary: dict[str, Any], *others: Any) -> Any:
        searches = [original(primary, {name: auxiliary[name]}, *others) for name in auxiliary]
        significances: dict[str, float] = {}
        for _, of_channel in searches:
            significances.update(of_channel)
        return max((winner for winner, _ in searches), key=lambda winner: winner.significance), significances

    return find_max_significance


def last_group_first(original: Callable[..., Any]) -> Callable[..., Any]:
    """Groups of channels in order of names, from the last to the first: upstream takes the last of equal winners."""

    @wraps(original)
    def channel_groups(channels: Sequence[str], groups: int) -> Iterator[Any]:
        yield from reversed(list(original(sorted(channels), groups)))

    return channel_groups


def veto_nothing(original: Callable[..., Any]) -> Callable[..., Any]:
    """No veto segment removes nothing."""

    @wraps(original)
    def veto(table: Any, segments: Any) -> Any:
        if len(segments):
            return original(table, segments)
        table.sort("time")
        return table[:], table[:0]

    return veto


def fork(original: Any) -> Any:
    """Pools whose processes know the variables of `main`, as upstream takes for granted: only forked ones do."""
    return original.get_context("fork")
