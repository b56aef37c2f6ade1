"""With all patches the installed hveto and ours find the same on any lists: winners, numbers, what is vetoed."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.random import Generator

from culpa.explain.hveto.result import HvetoResult
from culpa.explain.hveto.rounds import hveto
from culpa.explain.upstream.patches import ALL
from culpa.types import Segments
from tests.explain.upstream.lists import END, LIVE, SETTINGS, START, Lists, events

GAP = Segments.of([(START, START + 1000.25), (START + 1300.5, END)])


def coupled(rng: Generator, *, dense: bool, clustered: bool, gridded: bool) -> Lists:
    """Five auxiliary channels that are seen in the primary one, and two that are not.

    Dense: hundreds of other auxiliary events. Clustered: every event comes three times within 0.6 s. Gridded: times are
    multiples of 0.1 s, so that many are equal and many lie at the very end of a window.
    """
    primary, auxiliary = [rng.uniform(0, 3600, 60)], {}
    for number in range(7):
        sources = rng.uniform(1, 3599, rng.integers(10, 60))
        if clustered:
            sources = np.concatenate([sources + delay for delay in rng.uniform(0, 0.6, 3)])
        if number < 5:
            primary.append(sources[rng.random(len(sources)) < 0.8] + rng.normal(0, 0.03))
        times = np.concatenate([sources, rng.uniform(0, 3600, rng.integers(200, 1500) if dense else 40)])
        auxiliary[f"K1:PEM-CH_{number}"] = _on(times, gridded)
    return Lists(
        events(_on(np.concatenate(primary), gridded)),
        {name: events(times, 7 + 5 * rng.pareto(1.5, len(times))) for name, times in auxiliary.items()},
    )


def _on(times: np.ndarray, gridded: bool) -> np.ndarray:
    times = np.round(times, 1) if gridded else times
    return times[(times >= 0) & (times < 3600)]


def same(upstream: HvetoResult, ours: HvetoResult) -> bool:
    if len(upstream.rounds) != len(ours.rounds):
        return False
    for theirs, own in zip(upstream.rounds, ours.rounds, strict=True):
        a, b = theirs.winner, own.winner
        cells = [(c.channel, c.snr, c.window, c.coincidences, c.auxiliary) for c in (a, b)]
        if cells[0] != cells[1] or abs(a.significance - b.significance) > 1e-6:
            return False
        if theirs.vetoed.tolist() != own.vetoed.tolist() or theirs.used.tolist() != own.used.tolist():
            return False
        if abs(a.expected - b.expected) > 1e-9 * b.expected or abs(theirs.dead - own.dead) > 1e-3:
            return False
    return upstream.remaining["time"].tolist() == ours.remaining["time"].tolist()


CASES = [
    (dense, clustered, gridded) for dense in (False, True) for clustered in (False, True) for gridded in (False, True)
]


@pytest.mark.parametrize(("dense", "clustered", "gridded"), CASES)
def test_the_same_rounds(tmp_path: Path, undrawn: None, dense: bool, clustered: bool, gridded: bool) -> None:
    number = CASES.index((dense, clustered, gridded))
    lists = coupled(np.random.default_rng(number), dense=dense, clustered=clustered, gridded=gridded)
    live = GAP if number in (1, 2, 4, 7) else LIVE
    upstream = lists.write(tmp_path).run(tmp_path / "out", live=live, nproc=1 + number % 2)
    assert same(upstream, hveto(lists.primary, lists.auxiliary, live, SETTINGS))
    assert len(upstream.rounds) >= 4


@pytest.mark.parametrize("seed", range(6))
def test_the_same_on_few_events_with_many_ties(tmp_path: Path, undrawn: None, seed: int) -> None:
    rng = np.random.default_rng(seed)

    def times(most: int) -> np.ndarray:
        return np.round(rng.uniform(0, 60, rng.integers(1, most)), seed % 2)

    names = [f"K1:PEM-{letter}" for letter in "ABCDE"]
    lists = Lists(
        events(times(15)),
        {name: events(of, rng.choice([8.0, 9.0, 20.0], len(of))) for name in names for of in [times(8)]},
    )
    settings, live = replace(SETTINGS, minimum_significance=0.05), Segments.of([(START, START + 60)])
    upstream = lists.write(tmp_path).run(tmp_path / "out", settings, live, nproc=1 + seed % 2)
    assert same(upstream, hveto(lists.primary, lists.auxiliary, live, settings))


@pytest.mark.parametrize("name", ["counting", "livetime"])
def test_without_a_patch_they_differ(tmp_path: Path, undrawn: None, name: str) -> None:
    lists = coupled(np.random.default_rng(3), dense=True, clustered=True, gridded=False)
    upstream = lists.write(tmp_path).run(tmp_path / "out", nproc=2, patches=ALL - {name})
    ours = hveto(lists.primary, lists.auxiliary, LIVE, SETTINGS)
    assert not same(upstream, ours)
    if name == "counting":
        assert upstream.rounds[0].winner.significance < ours.rounds[0].winner.significance


def test_the_lists_are_what_they_are_called() -> None:
    lists = coupled(np.random.default_rng(0), dense=True, clustered=True, gridded=True)
    gaps = [b - a for a, b in pairwise(lists.primary["time"].tolist())]
    assert gaps.count(0.0) > 5
    assert sum(len(of) for of in lists.auxiliary.values()) > 3000
