from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from culpa import settings
from culpa.errors import CulpaError, NoDataError, UsageError
from culpa.identify import checkpoint, training
from culpa.identify.images import ImageForm
from culpa.identify.settings import TrainSettings
from culpa.identify.training import Examples, Trained

OPTIONS = TrainSettings(epochs=3, batch=16)
FORM = ImageForm(views=(0.5, 1.0), height=16, width=16)
Draw = Callable[[int, int], Examples]


class StopError(Exception):
    """The training is to end here."""


def trained(keras: ModuleType, glitches: Draw, options: TrainSettings = OPTIONS, **more) -> Trained:  # type: ignore[no-untyped-def]
    return training.train(keras, options, np.ones(3), FORM, glitches(80, 1), glitches(40, 2), **more)


def same(one: Trained, other: Trained) -> bool:
    pairs = zip(one.model.get_weights(), other.model.get_weights(), strict=True)
    return one.history == other.history and all(np.array_equal(a, b) for a, b in pairs)


def test_a_network_learns(keras: ModuleType, glitches: Draw) -> None:
    done = trained(keras, glitches, TrainSettings(epochs=8, batch=16))
    assert [row["epoch"] for row in done.history] == list(range(1, 9))
    assert done.history[-1]["loss"] < 0.1 < done.history[0]["loss"]
    test = glitches(200, 9)
    logits = done.model.predict_on_batch(test.images)[0]
    assert (np.asarray(logits).argmax(axis=1) == test.labels).mean() > 0.97


def test_weights_that_run_away_are_told(keras: ModuleType, glitches: Draw, tmp_path: Path) -> None:
    """NaN is less than nothing: no epoch would be the best, or one of NaN."""
    wild = replace(OPTIONS, learning_rate=1e30)
    with pytest.raises(CulpaError, match="after epoch 1: the weights have run away"):
        trained(keras, glitches, wild, state=tmp_path / "state.npz")
    assert not (tmp_path / "state.npz").exists()


def test_the_history_tells_what_the_best_weights_do(keras: ModuleType, glitches: Draw) -> None:
    done = trained(keras, glitches)
    row = min(done.history, key=lambda row: row["val_loss"])
    assert row["epoch"] == done.best
    validation = glitches(40, 2)
    assert row["val_loss"] == pytest.approx(validation_loss(done, validation), rel=1e-5)
    best = np.asarray(done.model.predict_on_batch(validation.images)[0]).argmax(axis=1)
    assert row["val_accuracy"] == (best == validation.labels).mean()


def test_the_history_tells_of_all_batches_of_an_epoch(
    keras: ModuleType, glitches: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown, original = list[dict[str, float]](), keras.Model.train_on_batch

    def listen(*given: Any, **named: Any) -> Any:
        shown.append(original(*given, **named))
        return shown[-1]

    monkeypatch.setattr(keras.Model, "train_on_batch", listen)
    (row,) = trained(keras, glitches, replace(OPTIONS, epochs=1, learning_rate=1e-9)).history
    assert len({float(each["loss"]) for each in shown}) == 5
    for name in ("loss", "accuracy"):
        assert row[name] == pytest.approx(np.mean([float(each[name]) for each in shown]))


def validation_loss(done: Trained, examples: Examples) -> float:
    logits = np.asarray(done.model.predict_on_batch(examples.images)[0], np.float64)
    likely = logits[np.arange(len(examples)), examples.labels] - np.log(np.exp(logits).sum(axis=1))
    return -float(likely.mean())


def test_the_same_seed_gives_the_same_weights_another_one_others(keras: ModuleType, glitches: Draw) -> None:
    first = trained(keras, glitches)
    assert same(first, trained(keras, glitches))
    assert not same(first, trained(keras, glitches, TrainSettings(epochs=3, batch=16, seed=2)))


@pytest.mark.parametrize("change", ["smoothing=0.1", "shift=0.2", "weight_decay=0.1", "learning_rate=1e-4", "pitch=2"])
def test_each_setting_counts(keras: ModuleType, glitches: Draw, change: str) -> None:
    name, _, value = change.partition("=")
    one = TrainSettings(epochs=1, batch=16)
    other = replace(one, **{name: float(value)})  # type: ignore[arg-type]
    assert not same(trained(keras, glitches, one), trained(keras, glitches, other))


def test_each_class_weighs_the_same_but_strangers_what_their_number_makes_of_them() -> None:
    labels = np.repeat([0, 1, 2], [10, 20, 70])
    np.testing.assert_allclose(np.bincount(labels) * training.class_weights(labels, 3), 100 / 3)
    np.testing.assert_allclose(np.bincount(labels) * training.class_weights(labels, 3, stranger=2), [15, 15, 70])
    np.testing.assert_allclose(training.class_weights(labels, 4)[[0, 3]], [10 / 3, 1])


@pytest.mark.parametrize(
    "stop", [1, 5, 9, 15]
)  # five steps an epoch: before a state, after one, in the last epoch, at the end
def test_a_training_goes_on_as_if_it_had_not_been_interrupted(
    keras: ModuleType, glitches: Draw, tmp_path: Path, stop: int
) -> None:
    def tick(done: int, total: int) -> None:
        assert total == 15
        if done == stop:
            raise StopError

    state = tmp_path / "state.npz"
    with pytest.raises(StopError):
        trained(keras, glitches, state=state, tick=tick)
    assert state.exists() == (stop > 5)
    steps: list[int] = []
    resumed = trained(keras, glitches, state=state, tick=lambda done, total: steps.append(done))
    assert steps == list(range((stop - 1) // 5 * 5 + 1, 16))
    assert same(resumed, trained(keras, glitches))
    again = trained(keras, glitches, state=state, tick=lambda done, total: pytest.fail("there was nothing to do"))
    assert same(again, resumed)


def test_the_state_of_another_training_is_refused(keras: ModuleType, glitches: Draw, tmp_path: Path) -> None:
    state = tmp_path / "state.npz"
    one = TrainSettings(epochs=1, batch=16)
    trained(keras, glitches, one, state=state)
    for other in (TrainSettings(epochs=1, batch=16, seed=2), TrainSettings(epochs=1, batch=16, shift=0)):
        with pytest.raises(UsageError, match="other images or settings\n  remove it"):
            trained(keras, glitches, other, state=state)
    with pytest.raises(UsageError, match="other images or settings"):
        training.train(keras, one, np.ones(3), FORM, glitches(80, 1), glitches(40, 3), state)


@pytest.mark.parametrize("damage", [lambda data: b"", lambda data: data[:-100], lambda data: b"weights"])
def test_a_damaged_state_is_refused(damage, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    state = tmp_path / "state.npz"
    checkpoint.save(state, "identity", checkpoint.Progress(({"epoch": 1},), [np.ones(3)]), [])
    assert checkpoint.load(state, "identity", []).history == ({"epoch": 1},)
    state.write_bytes(damage(state.read_bytes()))
    with pytest.raises(UsageError, match="is not the state of a training"):
        checkpoint.load(state, "identity", [])


def test_a_state_is_never_unpickled(tmp_path: Path) -> None:
    state = tmp_path / "state.npz"
    np.savez(state, head=np.array([{"identity": "identity"}], dtype=object))
    with pytest.raises(UsageError, match="allow_pickle=False"):
        checkpoint.load(state, "identity", [])


def test_training_ends_when_it_no_longer_gets_better(keras: ModuleType, glitches: Draw) -> None:
    hopeless = Examples(glitches(40, 2).images, np.random.default_rng(0).integers(0, 3, 40))
    options = TrainSettings(epochs=30, batch=16, patience=2)
    done = training.train(keras, options, np.ones(3), FORM, glitches(80, 1), hopeless)
    assert len(done.history) == done.best + 2 < 30
    assert validation_loss(done, hopeless) == pytest.approx(min(row["val_loss"] for row in done.history), rel=1e-5)


def test_a_class_without_images_is_refused(keras: ModuleType, glitches: Draw) -> None:
    with pytest.raises(NoDataError, match="80 images to train with, none of 1 of 4 classes"):
        training.train(keras, OPTIONS, np.ones(4), FORM, glitches(80, 1), glitches(40, 2))
    with pytest.raises(NoDataError, match="no image to validate with"):
        training.train(keras, OPTIONS, np.ones(3), FORM, glitches(80, 1), glitches(0, 2))


def test_one_image_of_a_class_is_enough_to_run(keras: ModuleType, glitches: Draw) -> None:
    every = glitches(80, 1)
    chosen = np.flatnonzero((every.labels > 0) | (np.arange(80) == np.flatnonzero(every.labels == 0)[0]))
    lonely = Examples(every.images[chosen], every.labels[chosen])
    done = training.train(keras, TrainSettings(epochs=1), np.ones(3), FORM, lonely, glitches(40, 2))
    assert np.isfinite(done.history[0]["val_loss"])


def test_images_and_labels_belong_together() -> None:
    with pytest.raises(ValueError, match=r"images float64 \(2, 4, 4, 1\)"):
        Examples(np.zeros((2, 4, 4, 1)), np.zeros(2, np.int64))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"with labels \(3,\)"):
        Examples(np.zeros((2, 4, 4, 1), np.uint8), np.zeros(3, np.int64))


def test_the_learning_rate_rises_in_one_epoch_and_falls_to_nothing() -> None:
    options = TrainSettings(epochs=10, learning_rate=0.01)
    rates = [training.learning_rate(options, epoch) for epoch in np.linspace(0, 10, 101)]
    assert rates[0] == pytest.approx(0.001)
    assert int(np.argmax(rates)) == 10
    assert rates[50] == pytest.approx(0.005)
    assert rates[-1] == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"epochs": 0}, "epochs: expected at least 1, got 0"),
        ({"batch": 1}, "batch: expected at least 2"),
        ({"learning_rate": 0.0}, "learning_rate: expected more than 0"),
        ({"smoothing": 1.0}, "smoothing: expected a share"),
        ({"shift": float("nan")}, "shift: expected a finite number"),
        ({"false_flags": 0.0}, "false_flags: expected a share"),
        ({"epoch": 3}, "did you mean epochs"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(table: dict[str, float], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        settings.build(TrainSettings, table, "train")
