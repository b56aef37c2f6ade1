"""What the training of a network can be told."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite

from ..errors import nearest
from .networks import ARCHITECTURES


@dataclass(frozen=True)
class TrainSettings:
    """How a network is trained; the `[train]` table of a configuration file.

    Raises ValueError for values that cannot be meant.
    """

    architecture: str = "compact"
    """The network: compact, resnet18 or resnet50."""
    epochs: int = 24
    """At most so many passes over the training images."""
    patience: int = 10
    """Training ends when the validation loss has not fallen for so many epochs; the best epoch's weights are kept."""
    batch: int = 64
    """Images that one step of the optimiser sees."""
    learning_rate: float = 2e-3
    """Its highest value: it rises over the first epoch and falls to zero along half a cosine until the last."""
    weight_decay: float = 1e-3
    """Decoupled decay of the kernels (AdamW)."""
    smoothing: float = 0.0
    """Share of each label that is spread over all classes."""
    shift: float = 0.004
    """Training images are moved by a time drawn from -shift to shift (s), every epoch anew."""
    pitch: float = 0.25
    """They are moved up or down by as much, in octaves."""
    balance: bool = True
    """Each class weighs the same in the loss, however many images it has; `none_of_these` weighs by its number."""
    false_flags: float = 0.05
    """Share of the held-out images of known classes that are flagged as unknown."""
    rarity: float = 0.1
    """How many glitches that belong to no class are expected for each one of an average class. It sets the
    probabilities, however many of them there are to learn from."""
    seed: int = 1
    """Decides first weights, order of the images, their shifts and what is dropped."""
    threads: int = 2
    """Threads of the framework; not as many as the machine has, because the last digits of the weights depend on it."""

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if isinstance(value, float) and not isfinite(value):
                raise ValueError(f"{name}: expected a finite number, got {value}")
        if self.architecture not in ARCHITECTURES:
            raise ValueError(
                f"architecture: no network {self.architecture!r}; {nearest(self.architecture, ARCHITECTURES)}"
            )
        for right, expectation in self._expectations():
            if not right:
                raise ValueError(expectation)

    def _expectations(self) -> Iterator[tuple[bool, str]]:
        for name, least in (("epochs", 1), ("patience", 1), ("batch", 2), ("seed", 0), ("threads", 1)):
            yield getattr(self, name) >= least, f"{name}: expected at least {least}, got {getattr(self, name)}"
        yield self.learning_rate > 0, f"learning_rate: expected more than 0, got {self.learning_rate}"
        yield self.weight_decay >= 0, f"weight_decay: expected 0 or more, got {self.weight_decay}"
        yield 0 <= self.smoothing < 1, f"smoothing: expected a share from 0 to below 1, got {self.smoothing}"
        yield self.shift >= 0, f"shift: expected 0 s or more, got {self.shift}"
        yield self.pitch >= 0, f"pitch: expected 0 octaves or more, got {self.pitch}"
        yield 0 < self.rarity <= 1, f"rarity: expected more than 0 and at most 1, got {self.rarity}"
        yield 0 < self.false_flags < 1, f"false_flags: expected a share between 0 and 1, got {self.false_flags}"
