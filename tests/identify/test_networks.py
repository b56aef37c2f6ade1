from types import ModuleType

import numpy as np
import pytest

from culpa.errors import UsageError
from culpa.identify import backend, networks

SHAPE = (64, 64, 4)


@pytest.mark.parametrize(
    ("architecture", "millions", "features"),
    [("compact", 0.744, 128), ("resnet18", 11.19, 512), ("resnet50", 23.58, 2048)],
)
def test_architectures_give_logits_and_embedding(
    keras: ModuleType, architecture: str, millions: float, features: int
) -> None:
    """ResNets of ImageNet have 11.18 and 23.51 million parameters without their last layer (He et al. 2015)."""
    model = networks.build(keras, architecture, SHAPE, 12)
    assert model.name == architecture
    assert model.count_params() == pytest.approx(millions * 1e6, rel=0.002)
    logits, embedding = model.predict_on_batch(np.zeros((3, *SHAPE), np.uint8))
    assert (logits.shape, embedding.shape) == ((3, 12), (3, features))


def test_first_weights_depend_on_the_seed_alone(keras: ModuleType) -> None:
    first, same, other = (networks.build(keras, "compact", (16, 16, 2), 3, seed).get_weights() for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(first, same, strict=True))
    assert not np.array_equal(first[0], other[0])


def test_first_weights_keep_the_size_of_a_signal(keras: ModuleType) -> None:
    kernel = networks.build(keras, "compact", SHAPE, 12).get_weights()[0]
    assert kernel.shape == (5, 5, 4, 32)
    assert kernel.std() == pytest.approx((2 / 100) ** 0.5, rel=0.05)


def test_the_network_scales_its_images_itself(keras: ModuleType) -> None:
    model = networks.build(keras, "compact", (16, 16, 2), 3)
    scaled = keras.Model(model.input, model.get_layer("scale").output)
    images = np.array([0, 51, 255], np.uint8)[:, None, None, None] * np.ones((1, 16, 16, 2), np.uint8)
    np.testing.assert_allclose(np.asarray(scaled.predict_on_batch(images))[:, 0, 0, 0], [0, 0.2, 1], rtol=1e-6)


def test_an_architecture_that_is_not_known_names_the_nearest(keras: ModuleType) -> None:
    with pytest.raises(UsageError, match=r"'resnet19'\n  did you mean resnet18"):
        networks.build(keras, "resnet19", SHAPE, 3)


def test_a_process_keeps_its_framework(keras: ModuleType, needs) -> None:  # type: ignore[no-untyped-def]
    needs("tensorflow")
    assert backend.keras("pytorch") is keras
    with pytest.raises(backend.CulpaError, match="drives torch in this process; it cannot change to tensorflow"):
        backend.keras("tensorflow")
