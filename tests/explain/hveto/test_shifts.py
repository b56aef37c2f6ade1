from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from culpa.explain.hveto.cover import Clock
from culpa.explain.hveto.grid import make_grid
from culpa.explain.hveto.rounds import hveto
from culpa.explain.hveto.settings import HvetoSettings
from culpa.explain.hveto.shifts import Stage, null_maxima
from culpa.explain.hveto.witnesses import Witnesses
from culpa.types import Events, Floats, Segments

QUICK = HvetoSettings(snr_thresholds=(8.0, 12.0, 30.0), time_windows=(0.1, 0.5, 2.0), shifts=100)


def lists(
    rng: np.random.Generator, live: Segments, primaries: int, others: int, channels: int
) -> tuple[Floats, Witnesses]:
    """Independent events, uniform in the live time."""
    clock = Clock.of(live)

    def times(number: int) -> Floats:
        return np.sort(np.interp(rng.uniform(0, clock.total, number), clock.elapsed, clock.edges))

    tables = {f"C{i}": (times(others), 6 + 10 * rng.pareto(3, others)) for i in range(channels)}
    return times(primaries), Witnesses.of(tables, QUICK.snr_thresholds)


def stage(live: Segments, primary: Floats, witnesses: Witnesses, settings: HvetoSettings = QUICK) -> Stage:
    return Stage(live, primary, make_grid(primary, witnesses, live, settings).expected)


@pytest.mark.parametrize("expectation", ["union", "upstream"])
@pytest.mark.parametrize("density", [(40, 30), (300, 900), (500, 5)])
def test_each_shift_is_the_grid_of_the_shifted_events(density: tuple[int, int], expectation: str) -> None:
    """On one segment a shift is easily done by hand: move the primary events round, and count as ever."""
    live = Segments.of([(0, 1000)])
    settings = replace(QUICK, expectation=expectation, shifts=40)
    primary, witnesses = lists(np.random.default_rng(1), live, *density, channels=3)
    found = null_maxima((witnesses, [stage(live, primary, witnesses, settings)], settings, range(40)))[0]
    shifts = np.random.default_rng([settings.seed, 0, 0]).random(settings.shifts) * 1000
    expected = [
        make_grid(np.sort((primary + shift) % 1000), witnesses, live, settings).significance.max() for shift in shifts
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_segments_are_laid_end_to_end() -> None:
    """Live time in pieces is the same as in one, where no window reaches over a border."""
    pieces, whole = Segments.of([(0, 100), (500, 650), (900, 1000)]), Segments.of([(0, 350)])
    rng = np.random.default_rng(2)
    clock = Clock.of(pieces)
    inner = np.concatenate([rng.uniform(a + 3, b - 3, 40) for a, b in pieces])
    loud = np.full(len(inner), 20.0)
    witness = Witnesses.of({"A": (np.sort(inner), loud)}, QUICK.snr_thresholds)
    primary = np.sort(np.concatenate([rng.uniform(a, b, 30) for a, b in pieces]))
    joined = Witnesses.of({"A": (clock.at(np.sort(inner)), loud)}, QUICK.snr_thresholds)
    one = null_maxima((witness, [stage(pieces, primary, witness)], QUICK, range(100)))
    other = null_maxima((joined, [stage(whole, clock.at(primary), joined)], QUICK, range(100)))
    np.testing.assert_allclose(one, other, rtol=1e-9)


def test_the_expectation_is_the_mean_over_shifts() -> None:
    """μ = Np |W| / T exactly, for clustered and dense events, near the borders too."""
    live = Segments.of([(0, 100)])
    rng = np.random.default_rng(3)
    clustered = np.sort(np.concatenate([20 + rng.normal(0, 0.2, 30), rng.uniform(0, 100, 10), [0.01, 99.99]]))
    witness = Witnesses.of({"A": (clustered, np.full(len(clustered), 9.0))}, (8.0,))
    settings = replace(QUICK, snr_thresholds=(8.0,))
    primary = np.sort(rng.uniform(0, 100, 25))
    shifts = np.linspace(0, 100, 20000, endpoint=False)
    counts = [make_grid(np.sort((primary + s) % 100), witness, live, settings).coincidences[0, 0] for s in shifts]
    np.testing.assert_allclose(
        np.mean(counts, axis=0), make_grid(primary, witness, live, settings).expected[0, 0], rtol=2e-3
    )


def test_what_the_round_before_vetoed_is_gone() -> None:
    live = Segments.of([(0, 1000)])
    primary, witnesses = lists(np.random.default_rng(4), live, 50, 60, channels=2)
    gone = Segments.of([(100, 400)])
    rest = witnesses.without(gone)
    stages = [stage(live, primary, witnesses), replace(stage(live, primary, rest), removed=gone)]
    both = null_maxima((witnesses, stages, QUICK, range(100)))
    # the second stage has shifts of its own
    alone = null_maxima((rest, [stages[0], stage(live, primary, rest)], QUICK, range(100)))
    np.testing.assert_array_equal(both[1], alone[1])
    assert (both[0] != both[1]).any()


def _events(times: Floats, snr: float = 20.0) -> Events:
    return Events({"time": times, "snr": np.full(len(times), snr)})


def test_a_real_coupling_is_above_every_shift_and_chance_is_not() -> None:
    rng = np.random.default_rng(5)
    live = Segments.of([(0, 2000)])
    causes = rng.uniform(1, 1999, 30)
    auxiliary = {f"N{i}": _events(rng.uniform(0, 2000, 80)) for i in range(10)} | {"A": _events(causes)}
    primary = _events(np.concatenate([causes + 0.01, rng.uniform(0, 2000, 60)]))
    result = hveto(primary, auxiliary, live, replace(QUICK, shifts=200))
    (one,) = result.rounds
    assert one.winner.channel == "A"
    assert one.false_alarm.at_least == 0
    assert one.false_alarm.probability == 1 / 201
    assert one.false_alarm.log10_bound == pytest.approx(np.log10(11 * 9) - one.winner.significance)
    assert one.false_alarm.maxima.shape == (200,)
    assert result.final_false_alarm.probability > 0.05


def test_the_probability_is_uniform_where_nothing_is_coupled() -> None:
    """The largest of a whole grid, 300 times; clustered primary events, dense and sparse channels, two segments."""
    live = Segments.of([(0, 300), (400, 700)])
    settings = replace(QUICK, shifts=50, minimum_significance=1e6)
    probabilities = []
    for seed in range(300):
        rng = np.random.default_rng([6, seed])
        clock = Clock.of(live)
        bursts = rng.uniform(0, 600, 20)
        primary = (bursts[:, np.newaxis] + rng.exponential(0.3, (20, 3))).reshape(-1) % 600
        times = [primary, *(rng.uniform(0, 600, n) for n in (5, 50, 400))]
        primary, *others = (np.interp(np.sort(one), clock.elapsed, clock.edges) for one in times)
        auxiliary = {
            f"C{i}": Events({"time": one, "snr": 6 + 10 * rng.pareto(3, len(one))}) for i, one in enumerate(others)
        }
        result = hveto(_events(primary), auxiliary, live, replace(settings, seed=seed))
        probabilities.append(result.final_false_alarm.probability)
    assert stats.kstest(probabilities, "uniform").pvalue > 0.01


def test_ties_are_split_at_random() -> None:
    """One channel with one event: the maxima are 0 or one value, and p must be uniform all the same."""
    live, settings = Segments.of([(0, 100)]), replace(QUICK, shifts=19, time_windows=(2.0,), snr_thresholds=(8.0,))
    probabilities = [
        hveto(
            _events(np.random.default_rng([7, seed]).uniform(0, 100, 10)), {"A": _events(np.array([50.0]))}, live,
            replace(settings, seed=seed),
        ).final_false_alarm.probability
        for seed in range(400)
    ]  # fmt: skip
    counts = np.bincount(np.rint(np.array(probabilities) * 20).astype(int), minlength=21)[1:]
    assert stats.chisquare(counts).pvalue > 0.01


def test_the_result_does_not_depend_on_how_jobs_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    live = Segments.of([(0, 1000)])
    rng = np.random.default_rng(8)
    auxiliary = {f"C{i:02d}": _events(rng.uniform(0, 1000, 50)) for i in range(40)}
    primary = _events(np.concatenate([auxiliary["C07"]["time"][:20], rng.uniform(0, 1000, 50)]))
    one = hveto(primary, auxiliary, live, QUICK)
    monkeypatch.setattr("culpa.explain.hveto.shifts._BLOCK", 3000)
    monkeypatch.setattr("culpa.explain.hveto.shifts._HELD", 1000)
    monkeypatch.setattr("culpa.explain.hveto.marks._SEEN", 11)
    other = hveto(primary, auxiliary, live, QUICK, jobs=7)
    assert len(one.rounds) == 1
    np.testing.assert_array_equal(one.rounds[0].false_alarm.maxima, other.rounds[0].false_alarm.maxima)
    assert one.rounds[0].false_alarm.probability == other.rounds[0].false_alarm.probability


def test_another_seed_gives_other_shifts() -> None:
    live = Segments.of([(0, 1000)])
    primary, witnesses = lists(np.random.default_rng(9), live, 50, 60, channels=2)
    job = witnesses, [stage(live, primary, witnesses)]
    assert (null_maxima((*job, QUICK, range(9))) != null_maxima((*job, replace(QUICK, seed=1), range(9)))).any()


def test_without_shifts_there_is_a_bound_alone() -> None:
    live = Segments.of([(0, 100)])
    result = hveto(_events(np.array([5.0])), {"A": _events(np.array([5.0]))}, live, replace(QUICK, shifts=0))
    alarm = result.final_false_alarm
    assert np.isnan(alarm.probability)
    assert alarm.log10_bound == min(0.0, np.log10(9) - result.final.winner.significance)


def test_rounds_that_chance_does_as_well_are_doubtful() -> None:
    """Bursts: nothing is coupled, and a Poisson law knows nothing of it."""
    rng = np.random.default_rng(3)
    live = Segments.of([(0, 2000)])
    bursts = (rng.uniform(0, 2000, 30)[:, np.newaxis] + rng.uniform(0, 0.1, (30, 12))).reshape(-1)
    auxiliary = {f"C{i:02d}": _events(rng.uniform(0, 2000, 300)) for i in range(20)}
    result = hveto(_events(bursts), auxiliary, live, QUICK)
    assert result.rounds
    assert result.doubtful
    assert all(result.rounds[n - 1].false_alarm.probability > 0.01 for n in result.doubtful)
