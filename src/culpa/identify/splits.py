"""Which images a network learns from, and which it is judged by: nothing that belongs together on both sides.

Images of one glitch, in several channels or found twice, are nearly the same image, and glitches of one hour are alike;
a split by image puts some of them on either side, and the score then says how well the network remembers. Here what
belongs together makes a block, and blocks are divided, not images.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from ..errors import CulpaError
from ..types import Floats, Indices
from .folders import ImageSet
from .images import Pixels

APART = 8.0
"""Seconds: images of glitches nearer than this may show the same thing (the widest usual view is 4 s)."""
HOUR = 3600.0


class LeakError(CulpaError):
    """Two images that belong together are in different parts."""


@dataclass(frozen=True)
class Split:
    """The part and the block of each image, shape (n,): numbers of `names`, and of blocks from 0."""

    names: tuple[str, ...]
    part: Indices
    block: Indices

    def rows(self, name: str) -> Indices:
        """The images of a part, in their order."""
        return np.flatnonzero(self.part == self.names.index(name))

    def missing(self, labels: Indices, classes: tuple[str, ...]) -> list[tuple[str, str]]:
        """Parts and the classes that they have no image of: such a class had less blocks than there are parts."""
        there = {(int(part), int(label)) for part, label in zip(self.part, labels, strict=True)}
        return [
            (name, which)
            for part, name in enumerate(self.names)
            for label, which in enumerate(classes)
            if (part, label) not in there
        ]


def split(images: ImageSet, parts: Mapping[str, float], seed: int = 0, length: float | None = None) -> Split:
    """Divide a set of images into parts, given with their shares, without a leak; the same for the same seed.

    `length` as in `blocks`. Raises CulpaError where there are too few blocks for the parts.
    """
    block = blocks(images.gps, images.group, images.images, length)
    part = divide(block, images.labels, list(parts.values()), np.random.default_rng(seed))
    divided = Split(tuple(parts), part, block)
    check_no_leak(images, divided)
    return divided


def blocks(gps: Floats, group: NDArray[np.str_], images: Pixels, length: float | None = None) -> Indices:
    """Numbers of the blocks that images belong to, shape (n,).

    Images of one `group` are a block, whatever their times. Those without a group are cut by `gps` (GPS s): a stretch
    ends at the first gap of at least 8 s after it has lasted `length` s (None: an hour, less where the whole is short).
    Without either, an image is a block of its own. Blocks that have an image in common, pixel by pixel, are one.
    """
    stretch = _stretches(np.where(group == "", gps, np.nan), length)
    own = [
        f"group {g}" if g else f"time {s}" if s >= 0 else f"row {row}"
        for row, (g, s) in enumerate(zip(group, stretch, strict=True))
    ]
    return _joined(np.array(own), _digests(images))


def _stretches(times: Floats, length: float | None) -> Indices:
    """The stretch of time of each event, -1 where it has no time."""
    stretch = np.full(len(times), -1, dtype=np.int64)
    order = np.argsort(times, kind="stable")[: np.count_nonzero(np.isfinite(times))]
    if not len(order):
        return stretch
    inside = times[order]
    if length is None:
        length = min(HOUR, (inside[-1] - inside[0]) / 50)
    number, begun, last = 0, inside[0], inside[0]
    for row, time in zip(order, inside, strict=True):
        if time - begun >= length and time - last >= APART:
            number, begun = number + 1, time
        stretch[row], last = number, time
    return stretch


def _digests(images: Pixels) -> NDArray[np.bytes_]:
    return np.array([blake2b(np.ascontiguousarray(image).data, digest_size=16).hexdigest() for image in images], "S32")


def _joined(*keys: NDArray[np.generic]) -> Indices:
    """Numbers of the classes of rows that are connected by equal keys, in order of first appearance."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    rows = len(keys[0])
    nodes, total = [], rows
    for key in keys:
        names, which = np.unique(key, return_inverse=True)
        nodes.append(total + which)
        total += len(names)
    links = np.tile(np.arange(rows), len(keys)), np.concatenate(nodes)
    graph = coo_array((np.ones(len(links[0])), links), shape=(total, total))
    joined: Indices = connected_components(graph, directed=False)[1][:rows].astype(np.int64)
    return joined


def divide(block: Indices, labels: Indices, shares: list[float], random: np.random.Generator) -> Indices:
    """The part of each image, shape (n,): whole blocks, every class in every part as far as its blocks allow.

    First each part gets a block with each class, rare classes before common ones, earlier parts before later ones;
    then every other block goes where its classes are most wanted. Raises CulpaError where a part gets nothing.
    """
    if labels.min(initial=0) < 0:
        raise ValueError("only images of known classes can be divided")
    names, block = np.unique(block, return_inverse=True)
    counts = np.zeros((len(names), labels.max(initial=0) + 1))
    np.add.at(counts, (block, labels), 1)
    wanted = np.outer(np.array(shares) / np.sum(shares), counts.sum(axis=0))
    order = random.permutation(len(names))
    part_of = np.full(len(names), -1, dtype=np.int64)
    _cover(counts[order], wanted, part_of)
    _fill(counts[order], wanted, part_of)
    if len(np.unique(part_of)) < len(shares):
        raise CulpaError(
            f"the images belong to {len(names)} independent stretch(es) of data, too few for {len(shares)} parts: "
            "one of them would be empty",
            "add images of other times: those of one stretch cannot judge a network that has learned from it",
        )
    part: Indices = part_of[np.argsort(order)][block]
    return part


def _cover(counts: Floats, wanted: Floats, part_of: Indices) -> None:
    """Give each part a block with each class: the one whose number of images fits its share best."""
    for label in np.argsort(np.count_nonzero(counts, axis=0), kind="stable"):
        for part in range(len(wanted)):
            free = np.flatnonzero((part_of < 0) & (counts[:, label] > 0))
            if len(free) and not np.any(counts[part_of == part, label]):
                part_of[free[np.argmin(np.abs(counts[free, label] - wanted[part, label]))]] = part


def _fill(counts: Floats, wanted: Floats, part_of: Indices) -> None:
    """Give every free block, large ones first, to the part that lacks most of what is in it."""
    lacking = wanted - np.stack([counts[part_of == part].sum(axis=0) for part in range(len(wanted))])
    weight = 1 / np.maximum(counts.sum(axis=0), 1)
    for number in np.argsort(-counts.sum(axis=1), kind="stable"):
        if part_of[number] < 0:
            part_of[number] = np.argmax(lacking @ (weight * counts[number]))
            lacking[part_of[number]] -= counts[number]


def check_no_leak(images: ImageSet, divided: Split) -> None:
    """Raise LeakError where two parts have images of one block or group, of one time (within 8 s), or equal images.

    Looks at the images themselves, not at how they were divided.
    """
    for rows, why in _leaks(images, divided):
        first, second = (f"{images.files[row]} ({divided.names[divided.part[row]]})" for row in rows)
        raise LeakError(f"the split leaks: {first} and {second} {why}", "divide the images with culpa's own split")


def _leaks(images: ImageSet, divided: Split) -> Iterator[tuple[tuple[int, int], str]]:
    """Pairs of images that should be in one part and are not, and why: the first of each kind."""
    grouped = images.group != ""
    for keys, which, why in (
        (images.group, grouped, "are of one group"),
        (_digests(images.images), np.full(len(images), True), "are the same image"),
        (divided.block, np.full(len(images), True), "are of one block"),
    ):
        first: dict[object, int] = {}
        for row in np.flatnonzero(which):
            other = first.setdefault(keys[row], int(row))
            if divided.part[other] != divided.part[row]:
                yield (other, int(row)), why
                break
    timed = np.flatnonzero(np.isfinite(images.gps) & ~grouped)
    timed = timed[np.argsort(images.gps[timed], kind="stable")]
    near = np.diff(images.gps[timed]) < APART
    for at in np.flatnonzero(near & (np.diff(divided.part[timed]) != 0)):
        yield (int(timed[at]), int(timed[at + 1])), f"are {np.diff(images.gps[timed])[at]:.3f} s apart"
