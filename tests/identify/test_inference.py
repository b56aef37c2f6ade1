from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from culpa.errors import UsageError
from culpa.identify import calibration, export, inference, modelfile, networks, novelty
from culpa.identify.description import Description
from culpa.identify.images import ImageForm
from culpa.identify.inference import BATCH, Classifier, interpreted
from culpa.identify.moving import glances
from culpa.identify.outputs import Outputs
from culpa.identify.training import Examples

FORM = ImageForm(views=(0.5, 1.0), height=16, width=16)


@pytest.fixture(scope="module")
def path(keras: ModuleType, glitches: Callable[[int, int], Examples], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A compact network with the weights it began with, which says something of its own to every image."""
    graph = export.onnx_graph(networks.build(keras, "compact", FORM.shape, 3, seed=1))
    examples = glitches(90, 1)
    said = inference.outputs(modelfile.open_graph(graph), examples.images)
    found = novelty.fit(novelty.statistics(said, examples.labels, 3), said, 0.1)
    place: Path = tmp_path_factory.mktemp("model") / "model.onnx"
    modelfile.write(place, graph, Description(("dot", "line", "whistle"), "compact", FORM, 0.5, found))
    return place


def test_predictions_are_what_the_outputs_mean(path: Path, glitches: Callable[[int, int], Examples]) -> None:
    classifier = Classifier(path)
    said = classifier(glitches(90, 1).images, FORM)
    np.testing.assert_array_equal(said.probabilities, calibration.softmax(said.outputs.logits, 0.5))
    rows = np.arange(90)
    np.testing.assert_array_equal(said.probabilities[rows, said.best], said.probabilities.max(axis=1))
    np.testing.assert_array_equal(said.unknown, said.surprise > classifier.description.novelty.threshold)
    assert said.unknown.sum() == 9  # a tenth of what the threshold was made from


def test_outputs_are_means_over_three_glances(path: Path, glitches: Callable[[int, int], Examples]) -> None:
    images = glitches(5, 4).images
    session, _ = modelfile.read(path)
    alone = [session.run(["logits", "embedding"], {"images": glance}) for glance in glances(images)]
    for part, means in zip(zip(*alone, strict=True), vars(Classifier(path)(images).outputs).values(), strict=True):
        np.testing.assert_allclose(np.mean(part, axis=0), means, atol=1e-5)
        assert np.abs(part[0] - means).max() > 1e-3


def test_no_digit_depends_on_what_else_is_classified(path: Path, glitches: Callable[[int, int], Examples]) -> None:
    images = glitches(2 * BATCH + 5, 4).images
    everything = Classifier(path)(images)
    order = np.random.default_rng(0).permutation(len(images))
    for threads in (1, 2):
        classifier = Classifier(path, threads)
        mixed, alone = classifier(images[order]), classifier(images[7:8])
        for name in ("logits", "embedding"):
            whole = getattr(everything.outputs, name)
            np.testing.assert_array_equal(getattr(mixed.outputs, name), whole[order])
            np.testing.assert_array_equal(getattr(alone.outputs, name), whole[7:8])
        np.testing.assert_array_equal(mixed.unknown, everything.unknown[order])


@pytest.mark.parametrize("count", [0, 1, BATCH - 1, BATCH, BATCH + 1])
def test_batches_are_all_of_one_size(count: int) -> None:
    images = np.arange(1, count + 1, dtype=np.uint8)[:, None, None, None] * np.ones((1, 2, 2, 1), np.uint8)
    made = list(inference.batches(images))
    assert all(batch.shape == (BATCH, 2, 2, 1) for batch in made)
    assert len(made) == -(-count // BATCH)
    together = np.concatenate([images[:0], *made])
    np.testing.assert_array_equal(together[:count], images)
    assert not together[count:].any()


def test_no_image_gives_no_prediction(path: Path) -> None:
    nothing = Classifier(path)(np.zeros((0, *FORM.shape), np.uint8))
    assert nothing.probabilities.shape == (0, 3)
    assert nothing.outputs.embedding.shape == (0, networks.FEATURES)
    assert nothing.unknown.shape == nothing.best.shape == (0,)


def test_what_is_called_none_of_these_is_flagged_whatever_the_threshold(path: Path) -> None:
    known = Classifier(path).description
    known = replace(known, novelty=replace(known.novelty, stranger=2, rarity=0.5, threshold=99.0))
    shares = np.array([[0.1, 0.2, 0.7], [0.3, 0.3, 0.4], [0.2, 0.7, 0.1]])
    said = Outputs(np.log(shares).astype(np.float32), np.zeros((3, networks.FEATURES), np.float32))
    found = interpreted(replace(known, temperature=1.0), said)
    assert found.best.tolist()[::2] == [2, 1]
    assert found.unknown.tolist() == [True, False, False]  # the second is one of these, as strangers are rare


def test_images_of_another_form_are_refused(path: Path) -> None:
    classifier = Classifier(path)
    other = ImageForm(views=(0.5, 2.0), height=16, width=16)
    with pytest.raises(UsageError, match=r"knows images of views of 0.5, 1 s.*these are of views of 0.5, 2 s"):
        classifier(np.zeros((1, *FORM.shape), np.uint8), other)
    with pytest.raises(UsageError, match=r"takes 8-bit images .* \(16, 16, 2\); got uint8 \(16, 16, 3\)"):
        classifier(np.zeros((1, 16, 16, 3), np.uint8))
    with pytest.raises(UsageError, match="got float64"):
        classifier(np.zeros((1, *FORM.shape)))  # type: ignore[arg-type]
