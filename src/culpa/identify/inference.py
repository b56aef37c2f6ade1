"""Images to classes, with onnxruntime alone."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from ..errors import CulpaError, UsageError
from ..types import Floats, Indices, Mask, Singles
from . import modelfile, novelty
from .calibration import softmax
from .description import Description
from .images import ImageForm, Pixels
from .moving import glances
from .outputs import Outputs

BATCH = 32
"""Images that the network sees at once, always: the last batch is filled up, so that no digit depends on what else is
classified."""


@dataclass(frozen=True)
class Predictions:
    """Calibrated probabilities (n, classes), what they were made of, and which images are `unknown` (n,).

    `surprise` (n,) is what was compared with the threshold of novelty.
    """

    classes: tuple[str, ...]
    probabilities: Floats
    unknown: Mask
    surprise: Floats
    outputs: Outputs

    @property
    def best(self) -> Indices:
        """The most probable class of each image (n,)."""
        best: Indices = self.probabilities.argmax(axis=1)
        return best


class Judge(Protocol):
    """Whatever classifies images, and says what it is."""

    @property
    def description(self) -> Description:
        """What is known of the network."""

    def __call__(self, images: Pixels, form: ImageForm | None = None) -> Predictions:
        """Predictions for images (n, height, width, views)."""


class Classifier:
    """A trained network in a model file. Raises UsageError for a file that is not one (see `modelfile.read`)."""

    def __init__(self, path: Path, threads: int = 1) -> None:
        self._session, self.description = modelfile.read(path, threads)

    def __call__(self, images: Pixels, form: ImageForm | None = None) -> Predictions:
        """Predictions for images (n, height, width, views).

        `form` says what the images are, where that is known. Raises UsageError if it is not what the network knows.
        """
        require_form(self.description, images, form)
        return interpreted(self.description, outputs(self._session, images))


def require_form(description: Description, images: Pixels, form: ImageForm | None) -> None:
    """Raises UsageError where images are not of the form that the network was trained with."""
    expected, got = description.form, form or description.form
    if expected != got:
        raise UsageError(f"the network knows images of {expected}; these are of {got}", "render the images again")
    if images.shape[1:] != expected.shape or images.dtype != np.uint8:
        raise UsageError(
            f"the network takes 8-bit images of height, width, views {expected.shape}; got {images.dtype} "
            f"{images.shape[1:]}"
        )


def outputs(session: Any, images: Pixels) -> Outputs:
    """What an onnxruntime session says of images, whose memory does not grow with their number. Raises CulpaError."""
    try:
        results = list(answers(lambda glance: session.run(["logits", "embedding"], {"images": glance}), images))
    except modelfile.failures() as problem:
        raise CulpaError(f"the network cannot be run: {str(problem).splitlines()[0]}", "train it again") from problem
    return joined(results, len(images), [output.shape[-1] for output in session.get_outputs()])


def answers(ask: Callable[[Pixels], Sequence[Singles]], images: Pixels) -> Iterator[list[Singles]]:
    """Logits and embeddings of batch after batch: means of what a network that is asked says of three glances at it."""
    for batch in batches(images):
        said = zip(*map(ask, glances(batch)), strict=True)
        yield [np.mean(parts, axis=0) for parts in said]


def batches(images: Pixels) -> Iterator[Pixels]:
    """Images in batches of exactly `BATCH`, the last filled up with black ones."""
    for start in range(0, len(images), BATCH):
        batch = np.ascontiguousarray(images[start : start + BATCH])
        missing = BATCH - len(batch)
        yield np.concatenate([batch, np.zeros((missing, *batch.shape[1:]), np.uint8)]) if missing else batch


def joined(results: list[Any], count: int, widths: list[int]) -> Outputs:
    """The outputs of batches as one, without what filled up the last."""
    if not results:
        return Outputs(*(np.zeros((0, width), np.float32) for width in widths))
    return Outputs(*(np.concatenate(parts)[:count] for parts in zip(*results, strict=True)))


def interpreted(description: Description, said: Outputs) -> Predictions:
    """What logits and embeddings mean: calibrated probabilities and flags.

    Raises CulpaError for some that are not finite: nothing can be said then, not even that it is unknown.
    """
    if not (np.isfinite(said.logits).all() and np.isfinite(said.embedding).all()):
        raise CulpaError("the network answers with numbers that are not finite", "its weights are bad: train it again")
    probabilities = novelty.expected(description.novelty, softmax(said.logits, description.temperature))
    flagged, surprise = novelty.unknown(description.novelty, said), novelty.surprise(description.novelty, said)
    if (stranger := description.novelty.stranger) is not None:  # whatever the threshold, it says so itself
        flagged |= probabilities.argmax(axis=1) == stranger
    return Predictions(description.classes, probabilities, flagged, surprise, said)
