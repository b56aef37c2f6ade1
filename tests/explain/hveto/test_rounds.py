from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from culpa.explain.hveto.rounds import hveto, loudness, select, veto_segments
from culpa.explain.hveto.settings import HvetoSettings
from culpa.types import Events, Floats, Segments
from tests.naive import hveto as naive

START, LENGTH = 1e9, 1000.0
LIVE = Segments.of([(START, START + LENGTH)])
PLAIN = HvetoSettings(shifts=0)


def events(times: object, snr: object = 10.0, channel: str = "") -> Events:
    times = np.asarray(times, float)
    columns = {"time": times, "snr": np.broadcast_to(snr, times.shape).astype(float)}
    return Events(columns | ({"channel": np.full(len(times), channel)} if channel else {}))


def noise(rng: np.random.Generator, rate: float, live: Segments = LIVE) -> Floats:
    (start, end), *_ = live
    return rng.uniform(start, end, rng.poisson(rate * (end - start)))


def coupled(
    rng: np.random.Generator, fractions: dict[str, int], spread: float = 0.02
) -> tuple[Events, dict[str, Events]]:
    """Primary events of which some are seen by a channel each; the channels have events of their own too."""
    primary, auxiliary = [noise(rng, 0.05)], {}
    for channel, number in fractions.items():
        times = rng.uniform(START + 1, START + LENGTH - 1, number)
        primary.append(times + rng.uniform(-spread, spread, number))
        auxiliary[channel] = events(np.concatenate([times, noise(rng, 0.02)]), 30.0, channel)
    return events(np.concatenate(primary), channel="P"), auxiliary


DENSITIES = {"dense": (400, 400), "sparse": (60, 20), "single": (1, 1), "one-sided": (200, 1), "empty": (30, 0)}


@pytest.mark.parametrize("density", DENSITIES)
@pytest.mark.parametrize("expectation", ["union", "upstream"])
@pytest.mark.parametrize("seed", range(4))
def test_the_first_winner_is_the_largest_of_the_whole_grid(density: str, expectation: str, seed: int) -> None:
    rng = np.random.default_rng([seed, len(density)])
    primaries, others = DENSITIES[density]
    times = START + rng.integers(0, 4 * LENGTH, primaries) / 4  # many simultaneous, many on the ends of windows
    lists = {}
    for name in ("B", "A", "C"):
        ticks, snrs = rng.integers(0, 4 * LENGTH, others), 6 + 30 * rng.pareto(3, others)
        lists[name] = list(zip((START + ticks / 4).tolist(), snrs.tolist(), strict=True))
    chosen = replace(PLAIN, expectation=expectation, minimum_significance=1e-9)
    result = hveto(
        events(times),
        {n: events(*zip(*of, strict=True)) if of else events([]) for n, of in lists.items()},
        LIVE,
        chosen,
    )
    best = naive.best(times.tolist(), lists, LIVE, chosen.snr_thresholds, chosen.time_windows, expectation)
    assert best is not None
    found = result.rounds[0].winner if result.rounds else result.final.winner
    assert (found.channel, found.snr, found.window, found.coincidences) == (
        best.channel, best.snr, best.window, best.coincidences,
    )  # fmt: skip
    assert found.significance == pytest.approx(best.significance, rel=1e-9)
    assert found.expected == pytest.approx(best.expected, rel=1e-6)


def test_every_cell_of_the_grid_is_kept_and_right() -> None:
    primary, auxiliary = coupled(np.random.default_rng(1), {"A": 30, "B": 10})
    grid = hveto(primary, auxiliary, LIVE, PLAIN).rounds[0].grid
    assert grid.channels == ("A", "B")
    for c, name in enumerate(grid.channels):
        pairs = list(zip(auxiliary[name]["time"].tolist(), auxiliary[name]["snr"].tolist(), strict=True))
        for k, threshold in enumerate(PLAIN.snr_thresholds):
            assert grid.auxiliary[c, k] == sum(snr >= threshold for _, snr in pairs)
            for w, window in enumerate(PLAIN.time_windows):
                n = naive.count(primary["time"].tolist(), pairs, threshold, window)
                cover = naive.union(pairs, threshold, window, LIVE)
                assert grid.coincidences[c, k, w] == n
                assert grid.covered[c, k, w] == pytest.approx(cover, abs=1e-5)
                assert grid.expected[c, k, w] == pytest.approx(len(primary) * cover / LENGTH, abs=1e-5)
                assert grid.significance[c, k, w] == pytest.approx(naive.significance(n, grid.expected[c, k, w]))


def test_used_are_the_events_of_the_best_cell_with_a_primary_one_in_its_window() -> None:
    rng = np.random.default_rng(11)
    primary, auxiliary = coupled(rng, {"A": 30, "B": 10})
    quiet = events(np.concatenate([primary["time"][:5] + 0.03, noise(rng, 0.5)]), 8.5)
    auxiliary["A"] = Events.concatenate([auxiliary["A"], quiet])  # below the best threshold, and some coincide
    grid = hveto(primary, auxiliary, LIVE, PLAIN).rounds[0].grid
    for cell, used in zip(grid.best, grid.used, strict=True):
        table, half = auxiliary[cell.channel], cell.window / 2
        loud = table["time"][table["snr"] >= cell.snr]
        assert used == sum(bool(np.any(np.abs(primary["time"] - t) <= half)) for t in loud)
    assert grid.best[0].snr > 8.5


def test_rounds_come_in_order_and_take_away_what_they_explain() -> None:
    primary, auxiliary = coupled(np.random.default_rng(2), {"weak": 15, "strong": 60, "middle": 30, "none": 0})
    result = hveto(primary, auxiliary, LIVE, PLAIN)
    assert [one.winner.channel for one in result.rounds] == ["strong", "middle", "weak"]
    left, live = len(primary), LENGTH
    for number, one in enumerate(result.rounds, 1):
        assert one.number == number
        assert len(one.primary) == left
        assert one.live.livetime == pytest.approx(live)
        assert one.vetoed.sum() >= one.winner.coincidences
        left, live = left - one.vetoed.sum(), live - one.dead
    assert len(result.remaining) == left
    assert result.primary == "P"
    assert "below 5" in result.reason
    assert result.final.winner.significance < 5


def test_the_numbers_of_a_round() -> None:
    primary = events([10.0, 20.0, 30.0, 40.0, 50.0], channel="P")
    live = Segments.of([(0, 1000)])
    witness = events([10.02, 20.0, 30.0, 40.0, 500.0, 600.0], 20.0)
    settings_ = replace(PLAIN, time_windows=(0.1,), snr_thresholds=(8.0,))
    result = hveto(primary, {"A": witness}, live, settings_)
    (one,) = result.rounds
    assert (one.winner.coincidences, one.winner.auxiliary) == (4, 6)
    assert one.winner.expected == pytest.approx(5 * 0.6 / 1000)
    assert one.efficiency == pytest.approx(4 / 5)
    assert one.use_percentage == pytest.approx(100 * 4 / 6)
    assert one.dead == pytest.approx(0.6)
    assert one.deadtime == pytest.approx(0.6 / 1000)
    assert one.witness["time"].tolist() == witness["time"].tolist()
    assert one.used.tolist() == [True] * 4 + [False] * 2
    assert one.grid.used.tolist() == [4]
    assert result.cumulative_efficiency == pytest.approx([0.8])
    assert result.cumulative_deadtime == pytest.approx([6e-4])
    assert result.remaining["time"].tolist() == [50.0]


def test_auxiliary_events_of_every_channel_are_removed() -> None:
    """A copy of the winner has nothing left."""
    primary, auxiliary = coupled(np.random.default_rng(3), {"A": 40})
    result = hveto(primary, auxiliary | {"copy": auxiliary["A"]}, LIVE, PLAIN)
    assert [one.winner.channel for one in result.rounds] == ["A"]
    assert result.final.auxiliary.sum() == 0
    assert "no auxiliary event" in result.reason


def test_padding_lengthens_the_veto_and_not_the_coincidence() -> None:
    primary = events([10.0, 10.4, 20.0, 20.4, 30.0, 30.4])
    witness = events([10.0, 20.0, 30.0], 20.0)
    narrow = replace(PLAIN, time_windows=(0.1,))
    live = Segments.of([(0, 1000)])
    (plain,) = hveto(primary, {"A": witness}, live, narrow).rounds
    (padded,) = hveto(primary, {"A": witness}, live, replace(narrow, padding=(0.2, 0.5))).rounds
    assert plain.winner == padded.winner
    assert plain.vetoed.tolist() == [True, False] * 3
    assert padded.vetoed.all()
    assert next(iter(padded.vetoes)) == pytest.approx((9.75, 10.55))


def test_veto_segments_are_joined() -> None:
    assert veto_segments(np.array([1.0, 1.5, 9.0]), 1.0, (0.0, 0.0)).bounds == ((0.5, 2.0), (8.5, 9.5))


def test_events_outside_the_segments_do_not_count() -> None:
    live = Segments.of([(0, 100), (200, 300)])
    primary = events([50, 150, 250, 300.0])
    result = hveto(primary, {"A": events([50.0, 150.0, 250.0], 20.0)}, live, replace(PLAIN, minimum_significance=1.0))
    (one,) = result.rounds
    assert one.primary["time"].tolist() == [50, 250]
    assert one.winner.coincidences == 2


def test_the_live_time_shrinks_from_round_to_round() -> None:
    primary, auxiliary = coupled(np.random.default_rng(4), {"A": 60, "B": 30})
    first, second = hveto(primary, auxiliary, LIVE, PLAIN).rounds
    cell = second.winner
    pairs = [(t, 30.0) for t in auxiliary["B"]["time"] if not any(a <= t <= b for a, b in first.vetoes)]
    assert cell.covered == pytest.approx(naive.union(pairs, cell.snr, cell.window, LIVE - first.vetoes), abs=1e-5)
    assert cell.expected == pytest.approx(len(second.primary) * cell.covered / second.live.livetime)


def test_the_order_of_rows_and_channels_does_not_matter() -> None:
    rng = np.random.default_rng(5)
    primary, auxiliary = coupled(rng, {"A": 40, "B": 40, "C": 5})
    shuffled = {name: of.take(rng.permutation(len(of))) for name, of in reversed(auxiliary.items())}
    one, other = (
        hveto(primary, auxiliary, LIVE, PLAIN),
        hveto(primary.take(rng.permutation(len(primary))), shuffled, LIVE, PLAIN),
    )
    assert [each.winner for each in one.rounds] == [each.winner for each in other.rounds]


def test_equal_cells_go_to_the_first_channel_the_widest_window_the_lowest_threshold() -> None:
    primary, auxiliary = coupled(np.random.default_rng(6), {"B": 40})
    result = hveto(primary, {"C": auxiliary["B"], "B": auxiliary["B"], "D": auxiliary["B"]}, LIVE, PLAIN)
    assert result.rounds[0].winner.channel == "B"
    assert result.rounds[0].winner.snr == 8  # every event has SNR 30


@pytest.mark.parametrize(
    ("primary", "auxiliary", "reason"),
    [
        (events([]), {"A": events([5.0])}, "no primary event"),
        (events([5.0]), {}, "no auxiliary event"),
        (events([5.0]), {"A": events([])}, "no auxiliary event"),
        (events([5.0]), {"A": events([5.0], 3.0)}, "no auxiliary event of SNR 8"),
        (events([5.0]), {"A": events([50.0])}, "coincides"),
        (events([5.0]), {"A": events([5.0])}, "below 5"),
    ],
)
def test_finding_nothing_is_a_result_that_says_why(primary: Events, auxiliary: dict[str, Events], reason: str) -> None:
    result = hveto(primary, auxiliary, Segments.of([(0, 100)]), replace(PLAIN, shifts=20))
    assert result.rounds == ()
    assert reason in result.reason


def test_no_live_time_is_no_round() -> None:
    result = hveto(events([5.0]), {"A": events([5.0])}, Segments(), PLAIN)
    assert result.rounds == ()
    assert result.final.significance.max() == 0


def test_rounds_can_be_limited() -> None:
    primary, auxiliary = coupled(np.random.default_rng(2), {"A": 60, "B": 30})
    result = hveto(primary, auxiliary, LIVE, replace(PLAIN, max_rounds=1))
    assert len(result.rounds) == 1
    assert "max_rounds = 1" in result.reason


def test_unsafe_channels_are_left_out_by_name_or_pattern() -> None:
    primary, auxiliary = coupled(np.random.default_rng(2), {"K1:CAL-A": 60, "K1:CAL-B": 50, "K1:PEM": 30, "K1:X": 20})
    result = hveto(primary, auxiliary, LIVE, replace(PLAIN, unsafe=("K1:CAL-*", "K1:X")))
    assert [one.winner.channel for one in result.rounds] == ["K1:PEM"]
    assert result.remarks == tuple(f"K1:{name} is unsafe: left out" for name in ("CAL-A", "CAL-B", "X"))


def test_sensors_without_snr_and_frequency_are_judged_by_their_score() -> None:
    """Events of a table: score, no SNR, no frequency."""
    rng = np.random.default_rng(7)
    primary, auxiliary = coupled(rng, {"chamber_pressure": 40, "rf_power": 5})
    scored = {name: Events({"time": of["time"], "score": of["snr"]}) for name, of in auxiliary.items()}
    target = Events({"time": primary["time"], "score": primary["snr"]})
    limits = replace(PLAIN, primary_snr=5.0, primary_frequency=(10.0, 100.0))
    assert [one.winner for one in hveto(target, scored, LIVE, limits).rounds] == [
        one.winner for one in hveto(primary, auxiliary, LIVE, limits).rounds
    ]


def test_selection_by_snr_and_frequency() -> None:
    table = Events({
        "time": np.array([4.0, 3.0, 2.0, 1.0, 0.5]), "snr": np.array([8.0, 7.9, np.nan, 9.0, 9.0]),
        "frequency": np.array([30.0, 50.0, 50.0, 2048.0, np.nan]), "score": np.array([np.nan, np.nan, 8.5, 1.0, 1.0]),
    })  # fmt: skip
    assert loudness(table).tolist() == [8.0, 7.9, 8.5, 9.0, 9.0]
    assert select(table, Segments.of([(0, 10)]), 8.0, (30.0, 2048.0))["time"].tolist() == [0.5, 2.0, 4.0]
    assert len(select(table, Segments.of([(0, 10)]), 0.0, (0.0, np.inf))) == 5


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(["union", "upstream"]))
def test_a_whole_analysis_is_that_of_brute_force(seed: int, expectation: str) -> None:
    rng = np.random.default_rng(seed)
    primary, auxiliary = coupled(rng, {"A": int(rng.integers(0, 30)), "B": int(rng.integers(0, 20))})
    chosen = replace(PLAIN, expectation=expectation, snr_thresholds=(8.0, 40.0), time_windows=(0.1, 1.0))
    result = hveto(primary, auxiliary, LIVE, chosen)
    times, live = np.sort(primary["time"]).tolist(), LIVE
    pairs = {name: list(zip(of["time"].tolist(), of["snr"].tolist(), strict=True)) for name, of in auxiliary.items()}
    for one in result.rounds:
        best = naive.best(times, pairs, live, chosen.snr_thresholds, chosen.time_windows, expectation)
        assert (best.channel, best.snr, best.window, best.coincidences) == (
            one.winner.channel, one.winner.snr, one.winner.window, one.winner.coincidences,
        )  # fmt: skip
        half = best.window / 2
        vetoes = [(a - half, a + half) for a, snr in pairs[best.channel] if snr >= best.snr]
        times = [t for t in times if not any(a <= t <= b for a, b in vetoes)]
        pairs = {
            name: [(t, snr) for t, snr in of if not any(a <= t <= b for a, b in vetoes)] for name, of in pairs.items()
        }
        live = live - Segments.of(vetoes)
    assert result.remaining["time"].tolist() == times
