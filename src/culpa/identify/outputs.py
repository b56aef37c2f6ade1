"""What a network says of images, whatever runs it."""

from dataclasses import dataclass
from typing import Self

from ..types import Mask, Singles


@dataclass(frozen=True)
class Outputs:
    """Of n images: logits (n, classes), and embedding (n, features), what the last layer sees."""

    logits: Singles
    embedding: Singles

    def take(self, rows: Mask) -> Self:
        """What is said of the images that a mask chooses."""
        return type(self)(self.logits[rows], self.embedding[rows])
