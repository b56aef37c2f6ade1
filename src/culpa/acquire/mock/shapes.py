"""The shape of whatever happens in a mock day, by its name in the ledger: the families, and what belongs to none."""

from ...types import NONE_OF_THESE, Floats
from .strangers import REACH, STRANGERS
from .waveforms import SHAPES, Shape, Tone


def stranger(t: Floats, tone: Tone) -> Floats:
    """A transient of one of the kinds that are no family; which one, the tone's `variant` says."""
    kinds = list(STRANGERS.values())
    return kinds[tone.variant % len(kinds)].wave(t, tone)


ALL = {**SHAPES, NONE_OF_THESE: Shape(stranger, lambda _: REACH)}
