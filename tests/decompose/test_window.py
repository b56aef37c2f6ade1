import numpy as np
import pytest

from culpa.decompose import window


@pytest.mark.parametrize(("frequency", "q", "duration"), [(100.0, 10.0, 64.0), (0.7, 70.0, 64.0), (1.3, 4.0, 4.0)])
def test_energy_is_two_however_few_bins(frequency, q, duration):
    _, weights = window.bins(frequency, q, duration, 1 << 20)
    assert np.sum(weights**2) == pytest.approx(2, rel=1e-12)


def test_many_bins_give_the_published_constant():
    # sqrt(315 Q' / (128 f)) is the height for which the integral of w² is 2
    frequency, q, duration = 200.0, 20.0, 512.0
    first, weights = window.bins(frequency, q, duration, 1 << 20)
    height = np.sqrt(315 * (q / np.sqrt(11)) / (128 * frequency) / duration)
    assert weights.max() == pytest.approx(height, rel=1e-4)
    assert first + np.argmax(weights) == round(frequency * duration)


def test_window_is_cut_to_the_spectrum():
    first, weights = window.bins(100.0, 4.0, 8.0, 900)
    assert first + len(weights) == 900


def test_autocorrelation_is_that_of_the_window():
    x = np.linspace(-1, 1, 200001)
    density = (1 - x**2) ** 4
    for lag in (0.0, 0.5, 1.7, 6.0):
        assert window.autocorrelation(np.float64(lag)) == pytest.approx(
            np.sum(np.cos(lag * x) * density) / np.sum(density), abs=1e-9
        )
