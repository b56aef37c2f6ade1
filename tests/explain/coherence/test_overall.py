from dataclasses import replace
from decimal import Decimal, localcontext
from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from culpa.decompose.welch import Spectra, Sums, Windows, channel_sums, pair_sums, spectra
from culpa.explain.coherence.overall import Overall, corrected, examined, listed, overall, ranking
from culpa.explain.coherence.settings import CoherenceSettings
from culpa.types import Floats, Segments, Series

ALL = CoherenceSettings(fmin=1e-9, bands=(0.0, 10.0, 20.0, 40.0))


def noise(rng: np.random.Generator, windows: int, bins: int) -> Spectra:
    return rng.standard_normal((windows, bins, 2)).view(complex)[..., 0]


def sums(main: Spectra, others: dict[str, Spectra], resolution: float = 1.0) -> Sums:
    known = np.ones(len(main), bool)
    pairs = {name: pair_sums(main, of, known) for name, of in others.items()}
    return Sums(channel_sums(main, known), pairs, resolution)


def within(count: int, trials: int, probability: float) -> bool:
    """No less likely than one in a thousand, on either side."""
    low, high = stats.binom.ppf([5e-4, 1 - 5e-4], trials, probability)
    return bool(low <= count <= high)


@pytest.mark.parametrize("windows", [20, 100])
def test_p_is_uniform_for_independent_noise(windows: int) -> None:
    """A bin each: no two share a window of noise."""
    rng = np.random.default_rng(windows)
    found = overall(sums(noise(rng, windows, 2000), {"Y": noise(rng, windows, 2000)}), ALL)["Y"]
    assert stats.kstest(found.p, "uniform").pvalue > 0.01
    assert np.mean(found.coherence) == pytest.approx(np.mean(found.null), rel=0.05)


def test_p_is_uniform_for_noise_in_windows_that_overlap() -> None:
    rng = np.random.default_rng(3)
    starts = Windows(1.0, 0.5).starts(Segments.of([(0.0, 60.0)]))
    p: list[float] = []
    for _ in range(100):
        x, y = (spectra(Series(rng.standard_normal(60 * 64), 0.0, 64.0), starts, 64)[0] for _ in range(2))
        p += overall(sums(x, {"Y": y}), ALL)["Y"].p[3:-3:4].tolist()  # Hann windows tell every other bin apart
    assert len(p) > 500
    assert stats.kstest(p, "uniform").pvalue > 0.01


@pytest.mark.parametrize("windows", [15, 30, 80, 300])
def test_anything_is_above_its_threshold_as_often_as_is_asked_for(windows: int) -> None:
    """Over all frequencies of three channels together; of few windows less often, as chance lowers their number."""
    rng = np.random.default_rng(windows)
    settings = replace(ALL, false_alarm=0.1)
    alarms, of = 0, 400
    for _ in range(of):
        main = noise(rng, windows, 22)
        found = overall(sums(main, {name: noise(rng, windows, 22) for name in "ABC"}), settings)
        assert {one.trials for one in found.values()} == {60}
        alarms += any(one.significant.any() for one in found.values())
    if windows >= 80:
        assert within(alarms, of, 0.1)
    else:
        assert 0.02 * of < alarms < stats.binom.ppf(1 - 1e-3, of, 0.1)


def test_what_is_above_the_threshold_is_what_is_rare_enough() -> None:
    rng = np.random.default_rng(4)
    main = noise(rng, 30, 400)
    found = overall(sums(main, {"Y": noise(rng, 30, 400) + 0.6 * main}), replace(ALL, false_alarm=0.05))["Y"]
    rare = np.array([corrected(p, found.trials) < 0.05 for p in found.p])
    assert 20 < rare.sum() < 380
    assert np.array_equal(found.significant, rare)
    assert found.smallest == corrected(found.p.min(), 398)


@pytest.mark.parametrize("a", [0.2, 0.5, 1.0, 3.0])
def test_a_linear_coupling_is_recovered(a: float) -> None:
    """X = n + a Y of equal noise: C = a²/(1 + a²), and what Y explains of X is a |Y|."""
    rng = np.random.default_rng(5)
    windows, bins = 400, 200
    y = noise(rng, windows, bins)
    found = overall(sums(noise(rng, windows, bins) + a * y, {"Y": y}), ALL)["Y"]
    exact = a**2 / (1 + a**2)
    # Carter 1987: the variance of C is about 2 C (1 - C)² / N
    error = np.sqrt(2 * exact * (1 - exact) ** 2 / windows / bins)
    unbiased = (found.coherence - found.null) / (1 - found.null)
    assert np.mean(unbiased) == pytest.approx(exact, abs=5 * error + 1 / windows**2)
    np.testing.assert_allclose(found.main**2, 2 * (1 + a**2), rtol=6 / np.sqrt(windows))
    assert np.mean(found.projected**2) == pytest.approx(2 * a**2, rel=0.02 if a > 0.3 else 0.08)
    assert not np.any(found.projected > found.main)


def test_projection_of_a_recorded_coupling() -> None:
    """Samples in, amplitude densities out: white noise of 3 units, half of which reaches the main channel."""
    rng = np.random.default_rng(6)
    y = 3 * rng.standard_normal(128 * 300)
    x = rng.standard_normal(len(y)) + 0.5 * y
    starts = Windows(1.0, 0.5).starts(Segments.of([(0.0, 300.0)]))
    of_x, of_y = (spectra(Series(values, 0.0, 128.0), starts, 128)[0] for values in (x, y))
    found = overall(sums(of_x, {"Y": of_y}), ALL)["Y"]
    middle = slice(2, -2)
    assert np.mean(found.projected[middle]) == pytest.approx(1.5 * np.sqrt(2 / 128), rel=0.02)
    assert np.mean(found.main[middle]) == pytest.approx(np.sqrt(3.25 * 2 / 128), rel=0.02)
    assert np.mean(found.coherence[middle]) == pytest.approx(2.25 / 3.25, abs=0.01)


@pytest.mark.parametrize("windows", [10, 30, 100])
def test_projection_of_nothing_is_what_chance_leaves_of_the_mean(windows: int) -> None:
    """Without coupling: 0 wherever the coherence is below its mean by chance; by P(C > c) on average 1/e of it."""
    rng = np.random.default_rng([12, windows])
    main, other = noise(rng, windows, 5000), noise(rng, windows, 5000)
    found = overall(sums(main, {"Y": other}), ALL)["Y"]
    null = 1 / windows
    share = found.projected**2 / found.main**2
    assert np.mean(share == 0) == pytest.approx(1 - (1 - null) ** (windows - 1), abs=0.05)
    assert np.mean(share) == pytest.approx(null * (1 - null) ** (windows - 1), rel=0.15)
    np.testing.assert_allclose(share, np.maximum((found.coherence - found.null) / (1 - found.null), 0), atol=1e-12)


@pytest.mark.parametrize("windows", [1, 2])
def test_too_few_windows_say_nothing(windows: int) -> None:
    """One window is always coherent; of two, each of its own, the number is known but hardly anything is rare."""
    rng = np.random.default_rng(7)
    x = noise(rng, windows, 10)
    found = overall(sums(x, {"Y": 2 * x, "Z": noise(rng, windows, 10)}), ALL)
    if windows == 1:
        for one in found.values():
            assert np.isnan(one.p).all()
            assert np.isnan(one.coherence).all()
            assert np.isnan(one.projected).all()
            assert one.smallest == 1.0
            assert not one.is_known
        assert ranking(found, ALL.bands) == []
    assert not found["Z"].significant.any()
    assert listed({"Z": found["Z"]}, 5) == []


def test_full_coherence_is_as_rare_as_doubles_can_tell() -> None:
    rng = np.random.default_rng(8)
    x = noise(rng, 100, 10)
    found = overall(sums(x, {"Y": 2j * x}), ALL)["Y"]
    assert found.significant.all()
    np.testing.assert_allclose(found.coherence, 1.0, rtol=1e-12)
    np.testing.assert_allclose(found.projected, found.main, rtol=1e-6)
    assert 0 <= found.smallest < 1e-100


@pytest.mark.parametrize("p", [1.0, 0.3, 1e-3, 1e-9, 1e-15, 1e-17, 1e-30, 1e-300, 0.0])
@pytest.mark.parametrize("trials", [1, 2, 1000, 10**7])
def test_corrected_is_the_exact_formula(p: float, trials: int) -> None:
    with localcontext(prec=400):
        exact = float(1 - (1 - Decimal(p)) ** trials)
    assert corrected(p, trials) == pytest.approx(exact, rel=1e-12, abs=0)


@given(st.floats(0, 1), st.integers(1, 10**6))
def test_correction_makes_nothing_rarer_and_ends_at_one(p: float, trials: int) -> None:
    assert p * (1 - 1e-12) <= corrected(p, trials) <= 1
    assert corrected(p, trials) <= p * trials * (1 + 1e-12)


@pytest.mark.parametrize(
    ("fmin", "fmax", "expected"),
    [
        (1e-9, inf, [1, 2, 3, 4, 5, 6, 7, 8]),  # neither 0 Hz nor the last one
        (2.0, 5.0, [2, 3, 4, 5]),
        (2.1, 5.9, [3, 4, 5]),
        (2.0, 9.0, [2, 3, 4, 5, 6, 7, 8]),
        (8.0, 100.0, [8]),
        (8.5, 100.0, []),
        (50.0, 100.0, []),
        (4.2, 4.8, []),
    ],
)
def test_frequencies_that_are_looked_at(fmin: float, fmax: float, expected: list[int]) -> None:
    frequencies = np.arange(10.0)
    assert frequencies[examined(frequencies, CoherenceSettings(fmin=fmin, fmax=fmax))].tolist() == expected


@pytest.mark.parametrize("bins", [0, 1, 2, 5, 10])
@pytest.mark.parametrize("fmax", [12.0, inf])
def test_fewer_frequencies_than_the_lowest_asked_for_are_none(bins: int, fmax: float) -> None:
    frequencies = np.arange(float(bins))
    where = examined(frequencies, CoherenceSettings(fmin=10.0, fmax=fmax))
    assert where.stop <= where.start
    assert not len(frequencies[where])


def test_trials_are_the_frequencies_of_all_channels_asked_for() -> None:
    rng = np.random.default_rng(9)
    of = sums(noise(rng, 20, 30), {"A": noise(rng, 20, 30), "B": noise(rng, 20, 12), "C": noise(rng, 20, 30)})
    assert {one.trials for one in overall(of, ALL).values()} == {28 + 10 + 28}
    chosen = overall(of, ALL, ["B", "A"])
    assert list(chosen) == ["B", "A"]
    assert {one.trials for one in chosen.values()} == {28 + 10}
    with pytest.raises(KeyError, match="D"):
        overall(of, ALL, ["D"])
    assert overall(of, ALL, []) == {}


def test_no_frequency_in_range() -> None:
    rng = np.random.default_rng(10)
    found = overall(sums(noise(rng, 20, 10), {"Y": noise(rng, 20, 10)}), CoherenceSettings(fmin=100.0))
    assert len(found["Y"].frequencies) == found["Y"].trials == 0
    assert found["Y"].smallest == 1.0
    assert not found["Y"].is_known
    assert ranking(found, ALL.bands) == []
    assert listed(found, 5) == []


def test_a_silent_channel_is_nan_and_has_no_place() -> None:
    rng = np.random.default_rng(11)
    main = noise(rng, 20, 30)
    found = overall(sums(main, {"dead": np.zeros_like(main), "Y": main + noise(rng, 20, 30)}), ALL)
    dead = found["dead"]
    for values in (dead.coherence, dead.null, dead.threshold, dead.p, dead.projected):
        assert np.isnan(values).all()
    assert np.isfinite(dead.main).all()
    assert not dead.significant.any()
    assert dead.smallest == 1.0
    assert not dead.is_known
    assert found["Y"].is_known
    assert {row.channel for row in ranking(found, ALL.bands)} == {"Y"}
    assert {name for _, rows in listed(found, 5) for name, _, _ in rows} == {"Y"}


def test_a_channel_without_a_window_says_nothing_of_the_main_one() -> None:
    """A constant is not known: no window is shared, and neither density is 0."""
    rng = np.random.default_rng(13)
    starts = Windows(1.0, 0.5).starts(Segments.of([(0.0, 20.0)]))
    given = rng.standard_normal(20 * 64), np.full(20 * 64, 3.3), rng.standard_normal(20 * 64)
    (x, of_x), (dead, of_dead), (y, of_y) = (spectra(Series(one, 0.0, 64.0), starts, 64) for one in given)
    pairs = {"dead": pair_sums(x, dead, of_x & of_dead), "Y": pair_sums(x, y, of_x & of_y)}
    found = overall(Sums(channel_sums(x, of_x), pairs, 1.0), ALL)
    assert found["dead"].windows == 0
    for values in (found["dead"].main, found["dead"].projected, found["dead"].coherence, found["dead"].p):
        assert len(values) == 31
        assert np.isnan(values).all()
    assert not found["dead"].is_known
    assert np.isfinite([found["Y"].main, found["Y"].projected]).all()
    assert {row.channel for row in ranking(found, ALL.bands)} == {"Y"}


def test_one_known_frequency_is_enough_to_be_known() -> None:
    for p, known in [([np.nan, 0.9], True), ([np.nan, np.nan], False), ([], False)]:
        assert one("A", np.array(p), np.array(p)).is_known == known


def one(channel: str, coherence: Floats, p: Floats, threshold: float = 0.5, **more: object) -> Overall:
    values = np.asarray(coherence, float)
    flat = np.ones(len(values))
    given = {
        "frequencies": np.arange(len(values)) * 4.0 + 4, "null": 0.1 * flat, "threshold": threshold * flat,
        "main": 2 * flat, "projected": np.sqrt(values) * 2, "windows": 20, "trials": 100, "false_alarm": 0.01,
    }  # fmt: skip
    return Overall(channel, coherence=values, p=np.asarray(p, float), **{**given, **more})  # type: ignore[arg-type]


def test_ranking_is_by_band_then_by_rarity_then_by_size_then_by_name() -> None:
    found = {
        "B": one("B", [0.3, 0.6, 0.2, 0.8], [0.1, 0.01, 0.5, 0.001]),
        "C": one("C", [0.2, 0.9, 0.7, np.nan], [0.2, 0.01, 1e-8, np.nan]),
        "A": one("A", [0.7, 0.6, np.nan, np.nan], [0.1, 0.01, np.nan, np.nan]),  # of lines more is less rare
        "D": one("D", [np.nan] * 4, [np.nan] * 4),
    }
    rows = ranking(found, (0.0, 10.0, 20.0, 40.0))
    assert [(row.band, row.channel) for row in rows] == [
        ((0.0, 10.0), "C"),
        ((0.0, 10.0), "A"),
        ((0.0, 10.0), "B"),
        ((10.0, 20.0), "C"),
        ((10.0, 20.0), "B"),
    ]
    first, second, _, fourth, fifth = rows
    assert (first.coherence, first.frequency, first.threshold, first.bins, first.of) == (0.9, 8.0, 0.5, 1, 2)
    assert first.p == pytest.approx(1 - 0.99**6)
    assert second.p == first.p
    assert (second.coherence, second.frequency, second.bins) == (0.6, 8.0, 2)
    # C explains 0.9 of the power at one of two frequencies that are alike
    assert first.share == pytest.approx(0.45)
    assert fourth.share == pytest.approx(0.35)
    assert fourth.p == pytest.approx(4e-8)  # two frequencies of two channels each
    assert (fifth.frequency, fifth.coherence, fifth.share) == (16.0, 0.8, pytest.approx(0.4))
    assert fifth.p == pytest.approx(1 - 0.999**4)


def test_a_band_without_frequencies_or_without_knowledge_has_no_rows() -> None:
    found = {"A": one("A", [0.9, np.nan, np.nan, np.nan], [1e-9, np.nan, np.nan, np.nan])}
    assert [row.band for row in ranking(found, (0.0, 2.0, 6.0, 7.0, 50.0))] == [(2.0, 6.0)]
    assert ranking({}, (0.0, 10.0)) == []


def test_listed_are_the_rarest_of_each_frequency() -> None:
    found = {
        "E": one("E", [0.4, 0.4, 0.4, 0.6], [0.9, 0.9, 0.9, 1e-3]),
        "B": one("B", [0.9, 0.9, 0.4, 0.6], [1e-4, 1e-4, 0.9, 1e-4]),
        "C": one("C", [0.8, 0.9, 0.4, 0.6], [1e-6, 1e-4, 0.9, 1e-4]),
        "A": one("A", [0.4, 0.7, 0.4, 0.6], [1e-9, 1e-4, 0.9, 1e-4]),
        "D": one("D", [np.nan] * 4, [np.nan] * 4),
    }
    assert listed(found, 2) == [
        (4.0, [("C", 0.8, 1e-6), ("B", 0.9, 1e-4)]),
        (8.0, [("B", 0.9, 1e-4), ("C", 0.9, 1e-4)]),
        (16.0, [("A", 0.6, 1e-4), ("B", 0.6, 1e-4)]),
    ]
    assert [len(rows) for _, rows in listed(found, 5)] == [2, 3, 4]
    assert listed({}, 5) == []


@pytest.mark.parametrize(("windows", "alternative"), [(30, "greater"), (150, "two-sided")])
def test_p_of_a_band_is_as_often_small_as_it_says(windows: int, alternative: str) -> None:
    """The rarest of the channels in a band, corrected for all of them; of few windows it is no more often small."""
    rng = np.random.default_rng(windows)
    smallest = []
    for _ in range(400):
        found = overall(sums(noise(rng, windows, 22), {name: noise(rng, windows, 22) for name in "ABC"}), ALL)
        smallest.append(next(row.p for row in ranking(found, (0.0, 10.0, 30.0)) if row.band == (10.0, 30.0)))
    assert stats.kstest(smallest, "uniform", alternative=alternative).pvalue > 0.01
