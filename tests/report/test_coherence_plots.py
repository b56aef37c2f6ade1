"""Figures of coherence: what is marked, what shares a column, names, and data of which there is little to show."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from culpa.explain.coherence.chance import BandChance
from culpa.explain.coherence.glitch import GlitchCoherence
from culpa.explain.coherence.overall import Overall
from culpa.report.coherence import plots
from culpa.report.figures import drawing
from culpa.types import Floats, Mask

MAIN = "K1:CAL-CS_PROC_DARM_STRAIN_DBL_DQ"
LONG = "K1:PEM-$VOLT$_REFL_TABLE_GND_채널_OUT_DQ_AND_SOME_MORE_OF_IT"
PATH = Path("figure.png")


def frequencies(bins: int) -> Floats:
    return 10 + 0.5 * np.arange(bins)


def of_overall(bins: int = 3000, marked: tuple[int, ...] = (), channel: str = "K1:PEM-MIC") -> Overall:
    rng = np.random.default_rng(bins)
    values, flat = rng.exponential(1e-3, bins), np.ones(bins)
    values[[*marked]] = 0.3 + 0.01 * np.arange(len(marked))
    main = 1e-20 / frequencies(bins)
    return Overall(
        channel, frequencies(bins), values, 1e-3 * flat, 0.02 * flat, np.exp(-1000 * values), main,
        main * np.sqrt(values), 1000, 54_384, 0.01,
    )  # fmt: skip


def of_glitches(bins: int = 200, marked: tuple[int, ...] = (), **more: Any) -> GlitchCoherence:
    rng = np.random.default_rng(bins)
    values, flat, corrected = rng.uniform(0, 0.2, bins), np.ones(bins), np.full(bins, 0.5)
    values[[*marked]], corrected[[*marked]] = 0.8, 0.005
    given: dict[str, Any] = {"bands": (), "smallest": 0.5, "smallest_by_shifts": 0.5, "windows": 60}
    return GlitchCoherence(
        frequencies(bins), values, 0.05 * flat, values, 0.15 * flat, 0.4 * flat, corrected, corrected, corrected,
        0.5 * values, 1.1 * values, false_alarm=0.01, **{**given, **more},
    )  # fmt: skip


def unknown(of: Any) -> Any:
    nothing = {
        name: np.full(len(of.frequencies), np.nan)
        for name, value in vars(of).items()
        if isinstance(value, np.ndarray) and name != "frequencies"
    }
    return replace(of, **nothing)


def drawn(draw: Callable[..., None], *given: Any) -> list[Any]:
    """The axes of a figure, which is written too."""
    kept: list[Any] = []

    def keep(ax: Any, path: Path) -> None:
        kept.extend(ax.figure.axes)
        save(ax, path)

    with drawing() as save:
        draw(*given, keep, PATH)
    return kept


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def named(ax: Any, start: str) -> Any:
    """The part of the axes whose name in the legend begins so."""
    (found,) = [one for one in ax.get_children() if str(one.get_label()).startswith(start)]
    return found


def legend(ax: Any) -> list[str]:
    return [text.get_text() for text in ax.get_legend().get_texts()]


def is_marked(ax: Any, at: Floats, values: Floats, significant: Mask) -> bool:
    x, y = named(ax, "significant (").get_data()
    return np.array_equal(x, at[significant]) and np.array_equal(y, values[significant])


ALL: dict[str, tuple[Callable[..., None], tuple[Any, ...]]] = {
    "overall": (plots.overall, (of_overall(marked=(5, 2900)), MAIN)),
    "glitch": (plots.glitch, ("K1:PEM-MIC", MAIN, of_glitches(marked=(7,)), of_glitches())),
    "both": (plots.both, (of_overall(), of_glitches(marked=(7,)), MAIN)),
    "contributions": (plots.contributions, ([of_overall(marked=(5, 6, 9)), of_overall(100)], MAIN)),
}


@pytest.mark.parametrize("name", ALL)
def test_the_same_figure_has_the_same_bytes(name: str) -> None:
    draw, given = ALL[name]
    drawn(draw, *given)
    first = PATH.read_bytes()
    with Image.open(PATH) as image:
        assert (image.format, image.width) == ("PNG", 900)
    drawn(draw, *given)
    assert PATH.read_bytes() == first


@pytest.mark.parametrize("bins", [2, 3, 117, 16_364])
def test_columns_are_those_of_a_loop_over_frequencies(bins: int) -> None:
    f, values = frequencies(bins), np.random.default_rng(bins).random(bins)
    values[::7] = np.nan
    columns = plots.Columns.of(f)
    low, high = np.log(f[0] - 0.25), np.log(f[-1] + 0.25)
    together: dict[int, list[int]] = {}
    for i in range(bins):
        together.setdefault(int((np.log(f[i]) - low) / (high - low) * plots.COLUMNS), []).append(i)
    assert columns.edges == pytest.approx([*(f[of[0]] - 0.25 for of in together.values()), f[-1] + 0.25])
    assert columns.dense == (len(together) < bins)
    for made, loop in ((columns.mean, np.mean), (columns.least, np.min), (columns.largest, np.max)):
        kept = [[values[i] for i in of if np.isfinite(values[i])] for of in together.values()]
        assert made(values) == pytest.approx([loop(of) if of else np.nan for of in kept], nan_ok=True)


def test_one_frequency_is_a_column_around_it() -> None:
    columns = plots.Columns.of(np.array([60.0]))
    assert columns.edges[0] < 60 < columns.edges[1]
    assert columns.mean(np.array([0.5])).tolist() == [0.5]


def test_significant_frequencies_are_marked_however_dense() -> None:
    of = of_overall(16_364, marked=(0, 100, 9000, 9001, 16_363))
    (ax,) = drawn(plots.overall, of, MAIN)
    assert is_marked(ax, of.frequencies, of.coherence, of.significant)
    assert of.significant.sum() == 5


def test_the_band_of_a_dense_curve_holds_its_extremes() -> None:
    of = of_overall(16_364, marked=(16_000,))
    (ax,) = drawn(plots.overall, of, MAIN)
    largest, edges, least = named(ax, "min to max").get_data()
    where = np.searchsorted(edges, of.frequencies, side="right") - 1
    assert np.all((least[where] <= of.coherence) & (of.coherence <= largest[where]))
    assert largest.max() == of.coherence.max()
    assert least.min() == of.coherence.min()
    assert len(edges) <= plots.COLUMNS + 1


def test_what_is_not_dense_has_no_band() -> None:
    (ax,) = drawn(plots.overall, of_overall(50), MAIN)
    assert "min to max" not in legend(ax)


def test_chance_goes_from_its_mean_to_the_threshold() -> None:
    (ax,) = drawn(plots.overall, of_overall(50), MAIN)
    high, _, low = named(ax, "chance, false-alarm probability 1 % in 54,384 trials").get_data()
    assert low == pytest.approx(np.full(50, 1e-3))
    assert high == pytest.approx(np.full(50, 0.02))
    assert named(ax, "mean by chance").get_data().values == pytest.approx(low)
    assert ax.get_ylim()[0] < 5e-4
    assert ax.get_ylim()[1] > 1


@pytest.mark.parametrize(("p", "name"), [([1e-9, 1e-12, 1e-10], "50.5 Hz"), ([0.0, 1e-300, 0.0], "51 Hz")])
def test_the_rarest_frequency_is_named_and_of_equally_rare_ones_the_largest(p: list[float], name: str) -> None:
    of = of_overall(200, marked=(80, 81, 82))
    of.p[80:83] = p
    (ax,) = drawn(plots.overall, of, MAIN)
    assert [text.get_text() for text in ax.texts] == [name]


def test_nothing_significant_is_said_and_nothing_named() -> None:
    (ax,) = drawn(plots.overall, of_overall(), MAIN)
    assert "significant (0)" in legend(ax)
    assert not ax.texts


def test_a_gap_stays_a_gap_and_what_stands_alone_is_drawn() -> None:
    of = of_overall(50)
    of.coherence[[*range(10, 20), *range(21, 30)]] = np.nan
    (ax,) = drawn(plots.overall, of, MAIN)
    values = named(ax, "coherence").get_data().values
    np.testing.assert_allclose(values, of.coherence)
    assert np.isfinite(values[20])


def test_frequencies_at_glitches_are_marked_by_what_is_corrected() -> None:
    of = of_glitches(300, marked=(3, 250))
    of.corrected[250], of.corrected[9] = of.false_alarm / 2, 0.0051
    (ax,) = drawn(plots.glitch, "K1:PEM-MIC", MAIN, of, None)
    assert is_marked(ax, of.frequencies, of.values, np.isin(np.arange(300), [3, 250]))


def test_a_threshold_out_of_reach_is_not_drawn() -> None:
    of = of_glitches(60)
    of.threshold[:5] = np.inf
    (ax,) = drawn(plots.glitch, "K1:PEM-MIC", MAIN, of, None)
    values = named(ax, "threshold (1 %)").get_data().values
    assert np.isnan(values[:5]).all()
    assert values[5:] == pytest.approx(np.full(55, 0.4))


def test_chance_and_interval_at_glitches_are_bands() -> None:
    of = of_glitches(60)
    (ax,) = drawn(plots.glitch, "K1:PEM-MIC", MAIN, of, None)
    high, _, low = named(ax, "95 % interval").get_data()
    np.testing.assert_allclose([low, high], [of.null + (1 - of.null) * end for end in (of.low, of.high)])
    high, _, low = named(ax, "95 % of chance").get_data()
    np.testing.assert_allclose([low, high], [np.zeros(60), of.usual])


def test_too_few_windows_for_an_interval_have_none() -> None:
    of = of_glitches(60, windows=1)
    nothing = np.full(60, np.nan)
    (ax,) = drawn(plots.glitch, "K1:PEM-MIC", MAIN, replace(of, low=nothing, high=nothing), None)
    assert "95 % interval" not in legend(ax)
    assert ax.figure.texts[0].get_text() == "K1:PEM-MIC at 1 glitch"


def test_bands_that_stand_out_have_a_bar_with_their_probability() -> None:
    chances = [((5.0, 20.0), 0.0004), ((20.0, 40.0), 0.011), ((40.0, 80.0), 0.01), ((80.0, 160.0), 0.003)]
    bands = tuple(BandChance(band, 2.0, p / 2, p) for band, p in chances)
    (ax,) = drawn(plots.glitch, "K1:PEM-MIC", MAIN, of_glitches(150, bands=bands), None)
    bars = [path.get_extents() for one in ax.collections for path in one.get_paths()]
    left, right = ax.get_xlim()
    assert [edge for bar in bars for edge in (bar.x0, bar.x1)] == pytest.approx([left, 20, 40, 80, 80, right])
    assert min(bar.y0 for bar in bars) > 1
    assert [text.get_text() for text in ax.texts] == ["p = 0.0004", "p = 0.01"]  # the last is cut: there is no room
    assert legend(ax).count("significant band") == 1


def test_quiet_times_are_drawn_beside_where_they_are_known() -> None:
    of, quiet = of_glitches(60), of_glitches(50)
    (ax,) = drawn(plots.glitch, "K1:PEM-MIC", MAIN, of, quiet)
    assert named(ax, "at quiet times").get_data().values == pytest.approx(quiet.values)
    (ax,) = drawn(plots.glitch, "K1:PEM-MIC", MAIN, of, None)
    assert "at quiet times" not in legend(ax)


def test_both_share_an_axis_of_frequencies() -> None:
    of, glitches = of_overall(2000, marked=(50,)), of_glitches(60, marked=(4, 5))
    lower, upper = drawn(plots.both, of, glitches, MAIN)
    assert lower.get_xlim() == upper.get_xlim()
    assert upper.get_position().y0 > lower.get_position().y1
    assert is_marked(upper, of.frequencies, of.coherence, of.significant)
    assert is_marked(lower, glitches.frequencies, glitches.values, glitches.significant)


def test_contributions_are_drawn_where_they_are_significant() -> None:
    of = of_overall(500, marked=(20, 21, 400))
    of.projected[:] *= 0.01
    (ax,) = drawn(plots.contributions, [of, of_overall(900, channel="K1:QUIET")], MAIN)
    assert legend(ax) == [MAIN, "K1:PEM-MIC"]
    np.testing.assert_array_equal(named(ax, "K1:PEM-MIC").get_ydata(), np.where(of.significant, of.projected, np.nan))
    assert named(ax, MAIN).get_data().edges[-1] > 450  # the spectrum is that of the widest channel
    assert ax.get_ylim()[0] < of.projected[of.significant].min()


def test_of_many_channels_the_rarest_by_chance_contribute() -> None:
    found = [of_overall(100, marked=tuple(range(i + 1)), channel=f"K1:{i}") for i in range(8)]
    (ax,) = drawn(plots.contributions, found, MAIN)
    assert legend(ax) == [MAIN, *(f"K1:{i}" for i in (7, 6, 5, 4, 3, 2)), "and 2 channels more"]
    lines = ax.lines[:6]
    assert len({line.get_color() for line in lines}) == len({line.get_marker() for line in lines}) == 6


def test_no_contribution_is_said_beside_the_spectrum() -> None:
    (ax,) = drawn(plots.contributions, [of_overall(100), of_overall(90)], MAIN)
    assert legend(ax) == [MAIN, "no channel is coherent with it (2 looked at)"]
    assert len(ax.get_yticks())


def test_the_spectrum_is_drawn_though_the_first_channel_is_silent() -> None:
    """Nor does a channel of which nothing is known count among those looked at."""
    of = of_overall(100)
    (ax,) = drawn(plots.contributions, [unknown(of_overall(100, channel="K1:SILENT")), of], MAIN)
    assert legend(ax) == [MAIN, "no channel is coherent with it (1 looked at)"]
    assert np.isfinite(named(ax, MAIN).get_data().values).all()
    assert not ax.texts


@pytest.mark.parametrize("bins", [1, 2000])
def test_nothing_known_is_said(bins: int) -> None:
    of, glitches = unknown(of_overall(bins)), unknown(of_glitches(bins))
    every = [
        *drawn(plots.overall, of, MAIN),
        *drawn(plots.glitch, "K1:PEM-MIC", MAIN, glitches, glitches),
        *drawn(plots.both, of, glitches, MAIN),
        *drawn(plots.contributions, [of], MAIN),
    ]
    for ax in every:
        (said,) = ax.texts
        assert said.get_text().startswith("not known: ")
        assert not [text for text in legend(ax) if text.startswith("no channel")]


def test_one_frequency_is_drawn() -> None:
    of, glitches = of_overall(1, marked=(0,)), of_glitches(1, marked=(0,))
    lower, upper = drawn(plots.both, of, glitches, MAIN)
    assert named(upper, "coherence").get_data().values.tolist() == of.coherence.tolist()
    assert named(lower, "coherence").get_data().values.tolist() == glitches.values.tolist()
    (ax,) = drawn(plots.contributions, [of], MAIN)
    assert legend(ax) == [MAIN, "K1:PEM-MIC"]


def test_long_names_and_large_numbers_stay_in_the_picture() -> None:
    of = replace(of_overall(16_364, channel=LONG), trials=99_999_999, false_alarm=0.0027)
    loud = replace(of, threshold=np.zeros(16_364))
    many = of_glitches(3887, bands=(BandChance((20.0, 40.0), 2.0, 1e-4, 1e-4),), windows=1234)
    many.corrected[:] = 0.001
    every = [
        *drawn(plots.overall, loud, LONG),
        *drawn(plots.glitch, LONG, LONG, replace(many, false_alarm=0.0027), many),
        *drawn(plots.both, loud, replace(many, false_alarm=0.0027), LONG),
        *drawn(plots.contributions, [loud] * 7, LONG),
    ]
    for ax in every:
        title, axis, entries = (
            one.get_window_extent() for one in (ax.figure.texts[0], ax.yaxis.label, ax.get_legend())
        )
        assert title.x1 < 900
        assert axis.x0 > 0
        assert axis.y0 > 0
        assert entries.x1 < 900
        assert entries.y1 < title.y0
