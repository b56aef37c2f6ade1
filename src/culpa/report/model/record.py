"""What is to be told of a trained classifier."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ...evaluate.judgement import Judgement, summary
from ...settings import plain


@dataclass(frozen=True)
class Source:
    """Where images come from: `detail` in words; seed, SHA-256 of what was read and licence where there are any."""

    name: str
    images: int
    detail: str = ""
    seed: int | None = None
    sha256: str = ""
    licence: str = ""


@dataclass(frozen=True)
class ModelRecord:
    """A trained classifier, its data and how well it does.

    `counts` has the images of each split (in order) by class; `split` says in words how they were divided. `history`
    has a row for each epoch with `loss`, `accuracy`, `val_loss`, `val_accuracy`; `best` is the epoch, from 1, whose
    weights these are. `judgements` begin with that of the test split. `temperature` is what logits are divided by;
    `unknown` says in words when the flag is raised. `limits` are sentences beyond those that always hold; `command`
    makes the model again; `seconds` is what the training took, `facts` whatever else is worth a line.
    """

    title: str
    architecture: str
    framework: str
    parameters: int
    classes: tuple[str, ...]
    image: str
    sources: tuple[Source, ...]
    counts: Mapping[str, Mapping[str, int]]
    split: str
    settings: Mapping[str, Any]
    history: tuple[Mapping[str, float], ...]
    best: int
    judgements: tuple[Judgement, ...]
    temperature: float
    unknown: str
    command: str
    versions: Mapping[str, str]
    seconds: float
    fingerprint: str = ""
    limits: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)


def table(of: ModelRecord) -> dict[str, Any]:
    """The record as JSON-like data, its judgements as numbers."""
    own = {name: value for name, value in vars(of).items() if name not in ("judgements", "sources", "settings")}
    return {
        **own,
        "classes": list(of.classes),
        "history": [dict(row) for row in of.history],
        "counts": {split: dict(counts) for split, counts in of.counts.items()},
        "limits": list(of.limits),
        "settings": plain(dict(of.settings)),
        "sources": [asdict(source) for source in of.sources],
        "judgements": [summary(one) for one in of.judgements],
    }
