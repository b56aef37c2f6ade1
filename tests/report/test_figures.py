"""What all figures share: how names and axes are shown."""

import numpy as np
import pytest

from culpa.report import figures


def test_a_name_is_no_formula_and_no_box_full_of_control_characters() -> None:
    assert figures.shown("K1:$x$", 30) == r"K1:\$x\$"
    assert figures.shown("a\nb\x1b", 30) == "a b "
    assert figures.shown("\U00012000 ≥ 3", 30) == "□ ≥ 3"  # cuneiform: our fonts have none


def test_a_long_name_is_shortened_in_the_middle() -> None:
    assert figures.shorten("abcdefghij", 10) == "abcdefghij"
    assert figures.shorten("abcdefghijk", 10) == "abcd…ghijk"
    assert len(figures.shorten("K1:" + "LONG_" * 40, 34)) == 34


@pytest.mark.parametrize("sizes", [[5.0], [-3.0, 0.0, 4.0], [6.0, 300.0], [6.0, 6.0], [0.0]])
def test_every_size_is_in_a_bin(sizes: list[float]) -> None:
    edges = figures.size_bins(np.array(sizes))
    assert np.all(np.diff(edges) > 0)
    assert np.histogram(sizes, edges)[0].sum() == len(sizes)


@pytest.mark.parametrize(
    ("values", "decades"),
    [([0.02, 0.3], (0.01, 1)), ([0.01], (0.01, 0.1)), ([0.0, np.inf], (0.001, 1)), ([1e-7, 1], (1e-7, 1))],
)
def test_axes_of_ratios_have_whole_decades(values: list[float], decades: tuple[float, float]) -> None:
    assert figures.decades(np.array(values)) == pytest.approx(decades)
