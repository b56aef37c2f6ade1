"""The folder of a trained classifier."""

import json
from pathlib import Path

from ...acquire.atomic import atomic
from ...evaluate.scorefile import plain
from ..figures import drawing
from . import drawings
from .card import card
from .record import ModelRecord, table

CARD, NUMBERS = "model_card.md", "metrics.json"
FIGURES = ("history.png", "confusion.png", "reliability.png")


def write_model_report(of: ModelRecord, folder: Path) -> list[Path]:
    """Write the card, the numbers and the figures of a classifier into a folder, made if needed; returns their paths.

    `model_card.md` is for people; `metrics.json` has the whole record, its numbers that are none as null; the figures
    are of the first judgement. The same record gives the same bytes. Raises CulpaError where the system refuses.
    """
    curves, matrix, diagram = (folder / name for name in FIGURES)
    with drawing() as save:
        save(drawings.history(of.history, of.best), curves)
        save(drawings.confusion(of.judgements[0]), matrix)
        save(drawings.reliability(of.judgements[0]), diagram)
    numbers = json.dumps(plain(table(of)), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    for name, text in ((CARD, card(of)), (NUMBERS, numbers)):
        with atomic(folder / name) as temporary:
            temporary.write_text(text, encoding="utf-8")
    return [folder / name for name in (CARD, NUMBERS, *FIGURES)]
