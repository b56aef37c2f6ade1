"""Training: epochs that can be interrupted anywhere and go on as if nothing had happened."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import cos, inf, isfinite, pi
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from ..errors import CulpaError, NoDataError, UsageError
from ..types import Floats, Indices
from . import checkpoint, kerasfile, networks
from .images import ImageForm, Pixels
from .moving import moved
from .settings import TrainSettings

Tick = Callable[[int, int], None]
"""Told how many steps are done, of how many at most."""


@dataclass(frozen=True)
class Examples:
    """Images uint8 (n, height, width, views) and their classes int64 (n,), indices into the class names."""

    images: Pixels
    labels: Indices

    def __post_init__(self) -> None:
        if self.images.ndim != 4 or self.images.dtype != np.uint8 or self.labels.shape != self.images.shape[:1]:
            raise ValueError(
                f"images {self.images.dtype} {self.images.shape} with labels {self.labels.shape} are not (n, height, "
                "width, views) of 8-bit with (n,)"
            )

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class Trained:
    """A Keras model (images to logits and embedding) with the weights of its best epoch.

    `history` has one row per epoch: epoch, learning_rate, loss, accuracy, val_loss, val_accuracy; `best` is the epoch
    (from 1) whose weights these are.
    """

    model: Any
    history: tuple[Mapping[str, float], ...]
    best: int


def train(
    keras: ModuleType,
    settings: TrainSettings,
    weights: Floats,
    form: ImageForm,
    training: Examples,
    validation: Examples,
    state: Path | None = None,
    start: Path | None = None,
    tick: Tick = lambda _done, _total: None,
) -> Trained:
    """A network trained on one set of images of a form and stopped by another.

    `weights` (classes,) is what an image of each class counts in the loss.

    Its first weights are random, or those of the file `start` (`model.keras`) with the same architecture and classes.
    The same settings, images, framework and versions on the same kind of processor give the same weights, bit for bit;
    between the frameworks they differ as between two seeds, although both begin alike and see the same batches.

    After each epoch everything that decides the next ones is written to the file `state`; a training that finds such a
    file of the same settings and images goes on from there, to the same weights. Raises NoDataError without images or
    with a class that has none, UsageError for a `state` or a `start` of something else, CulpaError where the loss is no
    number any more.
    """
    classes = len(weights)
    _check(training, validation, classes)
    model = networks.build(keras, settings.architecture, training.images.shape[1:], classes, settings.seed)
    if start:
        kerasfile.set_weights(model, start)
    net = keras.Model(model.input, model.outputs[0])
    optimizer = keras.optimizers.AdamW(settings.learning_rate, weight_decay=settings.weight_decay)
    optimizer.exclude_from_weight_decay(var_names=["bias", "beta", "gamma"])
    optimizer.build(net.trainable_variables)
    loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=settings.smoothing)
    net.compile(optimizer, loss, weighted_metrics=["accuracy"], jit_compile=False)
    run = _Run(settings, form, training, validation, weights, net)
    variables = [*model.variables, *optimizer.variables]
    identity = checkpoint.fingerprint(
        keras.backend.backend(),
        settings,
        form,
        weights,
        *model.get_weights(),
        *vars(training).values(),
        *vars(validation).values(),
    )
    progress = checkpoint.load(state, identity, variables) if state else checkpoint.Progress()
    while not _ended(settings, progress.history):
        row = run.epoch(len(progress.history), tick)
        if not isfinite(row["val_loss"]):
            raise CulpaError(
                f"the validation loss is {row['val_loss']} after epoch {row['epoch']}: the weights have run away",
                f"choose a lower learning_rate than {settings.learning_rate:g} in [train]",
            )
        if row["val_loss"] < min((past["val_loss"] for past in progress.history), default=inf):
            progress = checkpoint.Progress(progress.history, model.get_weights())
        progress = checkpoint.Progress((*progress.history, row), progress.best)
        if state:
            checkpoint.save(state, identity, progress, variables)
    model.set_weights(progress.best)
    return Trained(model, progress.history, _best(progress.history) + 1)


def _check(training: Examples, validation: Examples, classes: int) -> None:
    if not len(validation):
        raise NoDataError("no image to validate with", "give more images: some of each class are held out")
    counts = np.bincount(training.labels, minlength=classes)
    if len(training) < 2 or not counts.all():
        raise NoDataError(
            f"{len(training)} images to train with, none of {int((counts == 0).sum())} of {classes} classes",
            "each class needs some images that are not held out",
        )
    if training.images.shape[1:] != validation.images.shape[1:]:
        raise UsageError(
            f"images to train with are {training.images.shape[1:]}, to validate with {validation.images.shape[1:]}"
        )


def _best(history: tuple[Mapping[str, float], ...]) -> int:
    return int(np.argmin([row["val_loss"] for row in history]))


def _ended(settings: TrainSettings, history: tuple[Mapping[str, float], ...]) -> bool:
    """Whether all epochs are done or the last `patience` of them were no better than one before."""
    return len(history) >= settings.epochs or (
        len(history) > settings.patience and _best(history) < len(history) - settings.patience
    )


@dataclass(frozen=True)
class _Run:
    """What the epochs of a training have in common."""

    settings: TrainSettings
    form: ImageForm
    training: Examples
    validation: Examples
    weights: Floats
    net: Any

    def epoch(self, index: int, tick: Tick) -> dict[str, float]:
        """One pass, which depends on nothing but its index, the seed and the state of network and optimiser."""
        random = np.random.default_rng([self.settings.seed, index])
        order = random.permutation(len(self.training))
        batch = min(self.settings.batch, len(order))
        steps = len(order) // batch  # what is left over (others in each epoch) would be a batch of another size
        targets = np.eye(len(self.weights), dtype=np.float32)
        seen: list[tuple[float, float, float]] = []  # Keras says of each batch how it did, and forgets it
        for step in range(steps):
            self.net.optimizer.learning_rate = learning_rate(self.settings, index + step / steps)
            chosen = np.sort(order[step * batch : (step + 1) * batch])
            drawn = (random.uniform(-most, most, batch) for most in (self.settings.shift, self.settings.pitch))
            images = moved(self.training.images[chosen], self.form, *drawn)
            labels = self.training.labels[chosen]
            counts = self.weights[labels]
            shown = self.net.train_on_batch(images, targets[labels], counts, return_dict=True)
            seen.append((shown["loss"], shown["accuracy"], float(counts.sum())))
            tick(index * steps + step + 1, self.settings.epochs * steps)
        loss, accuracy, weight = np.array(seen, np.float64).T
        val_loss, val_accuracy = self._validate()
        return {
            "epoch": index + 1,
            "learning_rate": learning_rate(self.settings, index),
            "loss": float(loss.mean()),
            "accuracy": float(np.average(accuracy, weights=weight)),
            "val_loss": val_loss,
            "val_accuracy": val_accuracy,
        }

    def _validate(self) -> tuple[float, float]:
        logits = self.net.predict(self.validation.images, batch_size=256, verbose=0).astype(np.float64)
        likely = logits[np.arange(len(logits)), self.validation.labels]
        loss = np.log(np.exp(logits - logits.max(1, keepdims=True)).sum(1)) + logits.max(1) - likely
        return float(loss.mean()), float((logits.argmax(1) == self.validation.labels).mean())


def class_weights(labels: Indices, classes: int, stranger: int | None = None) -> Floats:
    """What an image of each class counts in the loss (classes,) so that all classes weigh the same.

    1 on average over images, and 1 for those of the class `stranger`, which weighs what its number makes of it: there
    is more of it to learn. 1 for a class without images.
    """
    counts = np.bincount(labels, minlength=classes)
    balanced = np.flatnonzero((counts > 0) & (np.arange(classes) != stranger))
    weights = np.ones(classes)
    weights[balanced] = counts[balanced].sum() / (len(balanced) * counts[balanced])
    return weights


def learning_rate(settings: TrainSettings, epoch: float) -> float:
    """The rate after so many epochs, a fraction included."""
    return settings.learning_rate * min(1.0, 0.1 + 0.9 * epoch) * (1 + cos(pi * epoch / settings.epochs)) / 2
