"""What a network says of images, whatever runs it."""

from dataclasses import dataclass

from ..types import Singles


@dataclass(frozen=True)
class Outputs:
    """Of n images: logits (n, classes), and embedding (n, features), what the last layer sees."""

    logits: Singles
    embedding: Singles
