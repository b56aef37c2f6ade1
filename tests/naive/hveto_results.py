"""Results of hierarchical vetoes for the tests of reports: a simple veto of random events, every number consistent."""

from collections.abc import Sequence

import numpy as np
from scipy.special import gammaincc, gammaln

from culpa.explain.hveto.result import FalseAlarm, Grid, HvetoResult, Round
from culpa.explain.hveto.settings import HvetoSettings
from culpa.types import Events, Segments

SYSTEMS = ("PEM-ACC_BENCH", "PEM-MIC_BOOTH", "VIS-ITMX_OPLEV", "IMC-TRANS_QPD", "LSC-POP_PDA", "AOS-TMSX_IR", "PSL-ISS")


def channel_names(count: int) -> list[str]:
    return [f"K1:{SYSTEMS[i % len(SYSTEMS)]}_{i:03d}_OUT_DQ" for i in range(count)]


def make_result(
    channels: int | Sequence[str] = 12,
    rounds: int = 3,
    primaries: int = 300,
    seed: int = 0,
    primary: str = "K1:CAL-CS_PROC_DARM_DISPLACEMENT_DQ",
    size: str = "snr",
    shifts: int = 200,
    grid: bool = True,
    live: Segments | None = None,
    settings: HvetoSettings | None = None,
) -> HvetoResult:
    """The first `rounds` channels are coupled: each explains about a tenth of the primary events."""
    rng = np.random.default_rng(seed)
    names = channel_names(channels) if isinstance(channels, int) else list(channels)
    live = live or Segments.of([(1_400_000_018, 1_400_009_018), (1_400_010_018, 1_400_014_418)])
    settings = settings or HvetoSettings(shifts=shifts)
    events = _events(rng, live, primaries, size, primary)
    auxiliary = [_auxiliary(rng, live, events, i < rounds, size, name) for i, name in enumerate(names)]
    done: list[Round] = []
    now = live
    while True:
        table = _grid(events, auxiliary, names, now, settings, size)
        alarm = _alarm(rng, table, shifts)
        winner = table.winner
        if winner is None or winner.significance < settings.minimum_significance or len(done) == rounds:
            break
        witness = auxiliary[names.index(winner.channel)]
        witness = witness.take(witness[size] >= winner.snr)
        half = winner.window / 2
        vetoes = Segments.of((t - half, t + half) for t in witness["time"])
        vetoed = vetoes.contains(events["time"])
        used = _near(witness["time"], events["time"], half)
        done.append(
            Round(
                len(done) + 1, winner, now, vetoes, events, vetoed, witness, used,
                table if grid else None, alarm if shifts else None,
            )
        )  # fmt: skip
        events, now = events.take(~vetoed), now - vetoes
        auxiliary = [a.take(~vetoes.contains(a["time"])) for a in auxiliary]
    reason = "the best significance is below the minimum" if names else "there is no auxiliary channel"
    final = table if grid else None
    return HvetoResult(primary, settings, live, tuple(done), events, final, alarm if shifts else None, reason)


def _events(rng: np.random.Generator, live: Segments, count: int, size: str, channel: str) -> Events:
    bounds = np.array(live.bounds).reshape(-1, 2)
    share = np.diff(bounds, axis=1).ravel() / live.livetime if len(bounds) else np.empty(0)
    which = rng.choice(len(bounds), count, p=share) if count else np.empty(0, int)
    times = np.sort(bounds[which, 0] + rng.uniform(0, 1, count) * np.diff(bounds, axis=1).ravel()[which])
    columns = {"time": times, size: 6 + 4 * rng.pareto(2.0, count), "channel": np.full(count, channel)}
    if size == "snr":
        columns["frequency"] = np.exp(rng.uniform(np.log(20), np.log(1500), count))
    return Events(columns)


def _auxiliary(
    rng: np.random.Generator, live: Segments, primary: Events, coupled: bool, size: str, name: str
) -> Events:
    own = _events(rng, live, int(rng.integers(20, 200)), size, name)
    if not coupled:
        return own
    which = rng.random(len(primary)) < 0.12
    echo = {"time": primary["time"][which] + rng.normal(0, 0.02, which.sum()), "channel": np.full(which.sum(), name)}
    echo |= {column: 2 * primary[column][which] for column in (size, "frequency") if column in own.columns}
    return Events.concatenate([own, Events(echo)]).sorted_by_time()


def _near(times: np.ndarray, others: np.ndarray, half: float) -> np.ndarray:
    return np.searchsorted(others, times + half, "right") > np.searchsorted(others, times - half, "left")


def _grid(
    events: Events, auxiliary: list[Events], names: list[str], live: Segments, settings: HvetoSettings, size: str
) -> Grid:
    thresholds, windows = np.array(settings.snr_thresholds), np.array(settings.time_windows)
    shape = len(names), len(thresholds), len(windows)
    count, covered, number = np.zeros(shape, int), np.zeros(shape), np.zeros(shape[:2], int)
    for c, table in enumerate(auxiliary):
        for k, threshold in enumerate(thresholds):
            times = table["time"][table[size] >= threshold]
            number[c, k] = len(times)
            for w, window in enumerate(windows):
                count[c, k, w] = _near(events["time"], times, window / 2).sum()
                if len(times):  # windows joined; what reaches out of the live time is not cut off here
                    covered[c, k, w] = np.minimum(np.diff(times), window).sum() + window
    expected = len(events) * covered / max(live.livetime, 1e-9)
    with np.errstate(divide="ignore"):
        significance = -np.log10(np.clip(1 - gammaincc(np.maximum(count, 1), expected), 1e-300, 1))
        far = (significance > 12) & (expected > 0)
        tail = -count * np.log10(np.where(far, expected, 1)) + expected / np.log(10) + gammaln(count + 1) / np.log(10)
    significance = np.where(count == 0, 0.0, np.where(far, tail, significance)) + 0.0
    grid = Grid(
        tuple(names), thresholds, windows, number, count, covered, expected, significance, np.zeros(len(names), int)
    )
    used = [
        _near(table["time"][table[size] >= best.snr], events["time"], best.window / 2).sum()
        for table, best in zip(auxiliary, grid.best, strict=True)
    ]
    return Grid(**{**{k: v for k, v in vars(grid).items() if k != "best"}, "used": np.array(used, int)})


def _alarm(rng: np.random.Generator, grid: Grid, shifts: int) -> FalseAlarm:
    maxima = rng.gumbel(2.5, 0.5, shifts)
    observed = grid.winner.significance if grid.winner else 0.0
    louder = int((maxima >= observed).sum())
    bound = min(1.0, grid.significance.size * 10.0**-observed)
    return FalseAlarm((1 + louder) / (1 + shifts), louder, maxima, bound)
