"""Whether what is classified is like what the model learned from: the report beside the predictions."""

from pathlib import Path

import numpy as np

from .. import settings as toml
from ..identify.description import Description
from ..identify.drift import Drift, Reference, drift, write_drift
from ..identify.features import image_features
from ..identify.images import Pixels
from ..identify.inference import Predictions

TABLE = "drift.csv"


def report(description: Description, pixels: Pixels, said: Predictions, folder: Path) -> tuple[Drift, Path] | None:
    """Write the table of drift of some images; None without images, or for a model that does not say what it saw.

    `pixels` (n, height, width, views). The reference is what the model's training had held out.
    """
    known = description.training.get("drift")
    if known is None or not len(pixels):
        (folder / TABLE).unlink(missing_ok=True)  # it would be of another model
        return None
    features = image_features(pixels, description.form) | {"probability": said.probabilities.max(axis=1)}
    found = drift(toml.build(Reference, known, "drift"), features, np.asarray(said.best))
    write_drift(folder / TABLE, found)
    return found, folder / TABLE


def changed(found: Drift) -> list[str]:
    """The features that differ from the training data more than chance has it, the most different first."""
    some = [change for change in found.features if change.verdict != "stable"]
    return [change.name for change in sorted(some, key=lambda change: -change.psi)]
