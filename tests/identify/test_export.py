from types import ModuleType

import numpy as np
import pytest

from culpa.errors import CulpaError
from culpa.identify import export, modelfile, networks


@pytest.fixture(scope="module", params=["compact", "resnet18", "resnet50"])
def model(request: pytest.FixtureRequest, keras: ModuleType):  # type: ignore[no-untyped-def]
    """A network whose every number counts: normalisations as if it had been trained."""
    model = networks.build(keras, request.param, (32, 32, 2), 5, seed=3)
    random = np.random.default_rng(4)
    for variable in model.variables:
        if variable.name in ("gamma", "beta", "moving_mean", "moving_variance", "bias"):
            variable.assign(variable.numpy() + random.uniform(0, 0.3, variable.shape).astype(np.float32))
    return model


def test_onnxruntime_says_what_the_framework_says(model) -> None:  # type: ignore[no-untyped-def]
    images = np.random.default_rng(5).integers(0, 256, (40, 32, 32, 2), dtype=np.uint8)
    said = modelfile.open_graph(export.onnx_graph(model)).run(["logits", "embedding"], {"images": images})
    logits, embedding = model.predict_on_batch(images)
    assert np.ptp(logits) > 0.1
    for one, other in zip(said, (logits, embedding), strict=True):  # of ResNet-50 some are above 100 here
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-5 * max(10, np.abs(other).max()))


def test_the_same_weights_give_the_same_bytes(model) -> None:  # type: ignore[no-untyped-def]
    assert export.onnx_graph(model) == export.onnx_graph(model)


def test_any_number_of_images_is_taken(keras: ModuleType) -> None:
    session = modelfile.open_graph(export.onnx_graph(networks.build(keras, "compact", (16, 16, 2), 3)))
    for count in (1, 7):
        assert session.run(["logits"], {"images": np.zeros((count, 16, 16, 2), np.uint8)})[0].shape == (count, 3)


def test_a_layer_without_translation_is_named(keras: ModuleType) -> None:
    images = keras.Input((8, 8, 1), dtype="uint8")
    x = keras.layers.UpSampling2D(name="larger")(keras.layers.Rescaling(1.0)(images))
    with pytest.raises(CulpaError, match=r"the layer 'larger' \(UpSampling2D\) has no translation"):
        export.onnx_graph(keras.Model(images, x))
