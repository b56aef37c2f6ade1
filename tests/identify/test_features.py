"""Features of images that were made to have them."""

from math import isnan

import numpy as np
import pytest

from culpa.identify.features import FEATURES, image_features
from culpa.identify.images import ImageForm, decode, encode

FORM = ImageForm()


def burst(
    hertz: float, octaves: float, seconds: float, energy: float
) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """An image of a Gaussian burst of these standard deviations, on noise of 1."""
    views = []
    for view in FORM.views:
        times, frequencies = np.meshgrid(FORM.times(view), FORM.frequencies())
        shape = (np.log2(frequencies / hertz) / octaves) ** 2 + (times / seconds) ** 2
        views.append(1 + energy * np.exp(-shape / 2))
    return encode(np.stack(views, axis=-1), FORM)


def test_a_burst_is_described() -> None:
    images = np.stack([burst(100, 0.7, 0.3, 1000), burst(400, 0.7, 0.3, 3000), burst(100, 0.7, 0.6, 1000)])
    features = image_features(images, FORM)
    assert set(features) == set(FEATURES)
    assert features["frequency"] == pytest.approx([100, 400, 100], rel=0.02)
    assert features["bandwidth"] == pytest.approx([0.7, 0.7, 0.7], rel=0.05)
    assert features["duration"] == pytest.approx([0.6, 0.6, 1.2], rel=0.05)
    assert features["peak_energy"] == pytest.approx([1000, 3000, 1000], rel=0.04)
    for row in range(3):
        assert features["mean_energy"][row] == pytest.approx(decode(images[row, :, :, 3], FORM).mean())
    assert features["area"][2] == pytest.approx(2 * features["area"][0], rel=0.05)


def test_noise_has_no_frequency() -> None:
    features = image_features(encode(np.full((2, *FORM.shape), 1.0), FORM), FORM)
    assert np.isnan([features[name] for name in ("frequency", "bandwidth", "duration")]).all()
    assert features["area"].tolist() == [0, 0]
    assert features["mean_energy"] == pytest.approx([1, 1], rel=0.02)


def test_the_longest_view_counts_wherever_it_is() -> None:
    form = ImageForm((4.0, 1.0))
    images = np.zeros((1, *form.shape), np.uint8)
    images[:, 10, 32, 0] = 200
    features = image_features(images, form)
    assert features["area"].tolist() == [1 / 4096]
    assert features["frequency"] == pytest.approx([form.frequencies()[10]])
    assert features["duration"] == pytest.approx([0], abs=1e-6)
    assert isnan(image_features(images[..., ::-1], form)["frequency"][0])
    images[0, 10, 32, 1] = 220  # a short glitch is brightest in a short view
    assert image_features(images, form)["peak_energy"] == pytest.approx(decode(np.array([220], np.uint8), form))


def test_many_images_are_described_like_one_by_one() -> None:
    images = np.random.default_rng(1).integers(0, 256, (600, 4, 4, 1), dtype=np.uint8)
    form = ImageForm((1.0,), 4, 4)
    together = image_features(images, form)
    for row in (0, 255, 256, 599):
        alone = image_features(images[row : row + 1], form)
        assert {name: values[row] for name, values in together.items()} == pytest.approx(
            {name: values[0] for name, values in alone.items()}, nan_ok=True
        )
    assert image_features(images[:0], form)["area"].shape == (0,)
