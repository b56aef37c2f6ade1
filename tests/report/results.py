"""Analyses to report: seeded events of channels of which the first few are coupled, through the native engine."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from culpa.explain.hveto.result import HvetoResult
from culpa.explain.hveto.rounds import hveto
from culpa.explain.hveto.settings import HvetoSettings
from culpa.types import Events, Segments

SYSTEMS = ("PEM-ACC_BENCH", "PEM-MIC_BOOTH", "VIS-ITMX_OPLEV", "IMC-TRANS_QPD", "LSC-POP_PDA", "AOS-TMSX_IR", "PSL-ISS")
LIVE = Segments.of([(1_400_000_018, 1_400_009_018), (1_400_010_018, 1_400_014_418)])
PRIMARY = "K1:CAL-CS_PROC_DARM_DISPLACEMENT_DQ"


def make_result(
    channels: int | Sequence[str] = 12,
    coupled: int = 3,
    primaries: int = 300,
    primary: str = PRIMARY,
    size: str = "snr",
    shifts: int = 50,
) -> HvetoResult:
    """Each of the first `coupled` channels has events with about an eighth of the primary ones."""
    rng = np.random.default_rng(20)
    names = channel_names(channels) if isinstance(channels, int) else channels
    events = _events(rng, primaries, size, primary)
    auxiliary = {name: _auxiliary(rng, events, i < coupled, size, name) for i, name in enumerate(names)}
    return replace(hveto(events, auxiliary, LIVE, HvetoSettings(shifts=shifts)), primary=primary)


def without_grids(result: HvetoResult) -> HvetoResult:
    """The same from an engine that tells neither grids nor probabilities."""
    rounds = tuple(replace(of, grid=None, false_alarm=None) for of in result.rounds)
    return replace(result, rounds=rounds, final=None, final_false_alarm=None, engine="upstream")


def channel_names(count: int) -> list[str]:
    return [f"K1:{SYSTEMS[i % len(SYSTEMS)]}_{i:03d}_OUT_DQ" for i in range(count)]


def _events(rng: np.random.Generator, count: int, size: str, channel: str) -> Events:
    bounds = np.array(LIVE.bounds)
    lengths = np.diff(bounds, axis=1).ravel()
    which = rng.choice(len(bounds), count, p=lengths / lengths.sum())
    times = np.sort(bounds[which, 0] + rng.uniform(0, 1, count) * lengths[which])
    columns = {"time": times, size: 6 + 4 * rng.pareto(2.0, count), "channel": np.full(count, channel)}
    if size == "snr":
        columns["frequency"] = np.exp(rng.uniform(np.log(20), np.log(1500), count))
    return Events(columns)


def _auxiliary(rng: np.random.Generator, primary: Events, coupled: bool, size: str, name: str) -> Events:
    own = _events(rng, int(rng.integers(20, 200)), size, name)
    if not coupled:
        return own
    which = rng.random(len(primary)) < 0.12
    echo = {"time": primary["time"][which] + rng.normal(0, 0.02, which.sum()), "channel": np.full(which.sum(), name)}
    echo |= {column: 2 * primary[column][which] for column in (size, "frequency") if column in own.columns}
    return Events.concatenate([own, Events(echo)]).sorted_by_time()
