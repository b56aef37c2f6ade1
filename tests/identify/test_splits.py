"""What belongs together stays on one side of a split, and a split that leaks is refused."""

from collections import Counter
from dataclasses import replace
from math import nan
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from culpa.errors import CulpaError
from culpa.identify.folders import ImageSet
from culpa.identify.images import ImageForm
from culpa.identify.splits import LeakError, Split, blocks, check_no_leak, divide, split

FORM = ImageForm((1.0,), 4, 4)
PARTS = {"train": 0.7, "validation": 0.15, "calibration": 0.15}


def images(gps: list[float], group: list[str] | None = None, labels: list[int] | None = None) -> ImageSet:
    """A set of different random images."""
    number = len(gps)
    return ImageSet(
        np.random.default_rng(number).integers(0, 256, (number, 4, 4, 1), dtype=np.uint8),
        np.array(labels if labels is not None else [0] * number, dtype=np.int64),
        tuple(f"class_{label}" for label in range(max(labels or [0]) + 1)),
        np.array(gps, dtype=float),
        np.array(["K1:A-B"] * number),
        np.array(group if group is not None else [""] * number, dtype=np.str_),
        tuple(Path(f"{row}.png") for row in range(number)),
        FORM,
    )


def blocks_of(of: ImageSet, length: float | None = None) -> list[int]:
    return blocks(of.gps, of.group, of.images, length).tolist()


def partition(block: list[int]) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(np.array(block) == number).tolist()) for number in block}


def test_near_times_are_one_block_whatever_the_channel_or_the_order() -> None:
    block = blocks_of(images([100.0, 5000.0, 107.9, 100.0, 116.0, 5007.0]), length=1.0)
    assert partition(block) == {frozenset({0, 2, 3}), frozenset({4}), frozenset({1, 5})}


def test_a_stretch_lasts_its_length_and_ends_at_a_gap() -> None:
    times = [0.0, 1000.0, 3599.0, 3605.0, 3612.0, 3620.0, 3700.0]
    assert partition(blocks_of(images(times), length=3600.0)) == {frozenset({0, 1, 2, 3, 4}), frozenset({5, 6})}


def test_an_hour_is_usual_and_less_where_the_whole_is_short() -> None:
    week = [float(time) for time in range(0, 7 * 86400, 600)]
    assert len(set(blocks_of(images(week)))) == 7 * 24
    hours = [float(time) for time in range(0, 4 * 3600, 60)]
    assert len(set(blocks_of(images(hours)))) == 48  # of 300 s: a fiftieth of the whole, up to the next event


def test_a_group_is_a_block_and_its_times_do_not_count() -> None:
    block = blocks_of(images([10.0, 10.0, 9000.0, nan, 10.0], ["a", "b", "a", "b", ""]))
    assert partition(block) == {frozenset({0, 2}), frozenset({1, 3}), frozenset({4})}
    assert len(set(blocks_of(images([0.0, 7.0, 14.0], ["", "a", ""]), 1.0))) == 3


def test_without_time_or_group_every_image_is_a_block() -> None:
    assert len(set(blocks_of(images([nan] * 5)))) == 5


def test_equal_pixels_join_blocks() -> None:
    of = images([0.0, 0.0, 9000.0, 9000.0, 20000.0])
    of.images[3] = of.images[1]
    assert partition(blocks_of(of, 1.0)) == {frozenset({0, 1, 2, 3}), frozenset({4})}


def test_a_split_has_the_shares_and_every_class() -> None:
    random = np.random.default_rng(3)
    labels = random.choice(4, 4000, p=[0.6, 0.3, 0.09, 0.01]).tolist()
    of = images([nan] * 4000, [f"g{row}" for row in range(4000)], labels)
    divided = split(of, PARTS, seed=1)
    assert divided.missing(of.labels, of.classes) == []
    for label in range(4):
        of_class = divided.part[of.labels == label]
        shares = [np.mean(of_class == part) for part in range(3)]
        assert shares == pytest.approx([0.7, 0.15, 0.15], abs=1.5 / len(of_class))
    assert sorted(np.concatenate([divided.rows(name) for name in PARTS]).tolist()) == list(range(4000))


def test_rare_and_common_classes_of_one_stretch_count_alike() -> None:
    """A block is not dealt out by its common class alone; the mean of many sets tells."""
    off = []
    for seed in range(12):
        random = np.random.default_rng(seed)
        numbers = random.integers(20, 120, 60), random.integers(0, 4, 60)
        block = np.concatenate([np.repeat(np.arange(60), number) for number in numbers])
        labels = np.repeat([0, 1], [number.sum() for number in numbers])
        part = divide(block, labels, [0.5, 0.5], random)
        off.append([np.mean(part[labels == label]) - 0.5 for label in (0, 1)])
    common, rare = np.abs(off).mean(axis=0)
    assert common < 0.005
    assert rare < 0.02


def test_equal_seeds_are_equal_splits() -> None:
    of = images([nan] * 300, labels=[row % 3 for row in range(300)])
    first, again, other = (split(of, PARTS, seed=seed).part for seed in (5, 5, 6))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_the_order_of_the_files_is_no_order_of_the_parts() -> None:
    """A part is not a stretch of the list: blocks are taken at random."""
    divided = split(images([nan] * 300, labels=[0] * 300), PARTS)
    assert np.count_nonzero(np.diff(divided.part)) > 80


def test_a_class_of_few_blocks_is_learned_first() -> None:
    of = images([nan] * 104, labels=[0] * 100 + [1] * 2 + [2, 2])
    of = replace(of, group=np.array([""] * 102 + ["same", "same"]))
    divided = split(of, PARTS)
    assert sorted(divided.part[100:102].tolist()) == [0, 1]
    assert divided.part[102:].tolist() == [0, 0]
    assert divided.missing(of.labels, of.classes) == [
        ("validation", "class_2"), ("calibration", "class_1"), ("calibration", "class_2"),
    ]  # fmt: skip


def test_one_stretch_cannot_be_divided() -> None:
    with pytest.raises(CulpaError, match=r"belong to 1 independent stretch\(es\) of data, too few for 3 parts"):
        split(images([100.0, 101.0, 102.0, 103.0]), PARTS)
    with pytest.raises(CulpaError, match="belong to 3 independent"):
        split(images([nan] * 3, labels=[0, 1, 2]), PARTS)  # each would be judged by what it has never seen
    with pytest.raises(ValueError, match="known classes"):
        split(images([nan] * 4, labels=[0, 0, 0, -1]), PARTS)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_nothing_leaks(data: st.DataObject) -> None:
    """Any times, groups and equal images: blocks are whole, near times together, and the check agrees."""
    number = data.draw(st.integers(1, 40))
    seconds = st.one_of(st.just(nan), st.integers(0, 600).map(float), st.floats(0, 1e5))
    gps = data.draw(st.lists(seconds, min_size=number, max_size=number))
    group = data.draw(st.lists(st.sampled_from(["", "", "a", "b", "c"]), min_size=number, max_size=number))
    labels = data.draw(st.lists(st.integers(0, 3), min_size=number, max_size=number))
    of = images(gps, group, labels)
    for first, second in data.draw(st.lists(st.tuples(*[st.integers(0, number - 1)] * 2), max_size=3)):
        of.images[first] = of.images[second]
    parts = {"train": 0.6, "test": 0.4}
    try:
        divided = split(of, parts, seed=number, length=data.draw(st.sampled_from([None, 1.0, 100.0])))
    except CulpaError as problem:
        assert "too few for 2 parts" in problem.message
        return
    assert set(divided.part.tolist()) == {0, 1}
    for one in range(number):
        for other in range(one):
            together = group[one] == group[other] != ""
            near = not group[one] and not group[other] and abs(gps[one] - gps[other]) < 8
            if together or near or np.array_equal(of.images[one], of.images[other]):
                assert divided.part[one] == divided.part[other]


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 5), st.integers(2, 4))
def test_every_class_with_enough_blocks_of_its_own_is_everywhere(seed: int, classes: int, parts: int) -> None:
    """Blocks of one class each: as many as there are parts are enough, and with fewer none is wasted."""
    random = np.random.default_rng(seed)
    per_class = random.integers(1, 8, classes)
    per_class[0] = max(per_class[0], parts)
    block = np.repeat(np.arange(per_class.sum()), random.integers(1, 5, per_class.sum()))
    labels = np.repeat(np.arange(classes), per_class)[block]
    part = divide(block, labels, [1.0] * parts, random)
    for label in range(classes):
        assert len(set(part[labels == label].tolist())) == min(parts, per_class[label])


def leaky(of: ImageSet, part: list[int], block: list[int] | None = None) -> None:
    check_no_leak(of, Split(("train", "test"), np.array(part), np.array(block or range(len(part)))))


def test_planted_leaks_are_found() -> None:
    """The same sets without the leak pass: the check is about the leak alone."""
    near = images([100.0, 5000.0, 107.5])
    leaky(near, [0, 1, 0])
    with pytest.raises(LeakError, match=r"0\.png \(train\) and 2\.png \(test\) are 7\.500 s apart"):
        leaky(near, [0, 1, 1])

    far = images([100.0, 5000.0, 108.0])
    leaky(far, [0, 1, 1])

    grouped = images([nan] * 3, ["a", "b", "a"])
    leaky(grouped, [0, 1, 0])
    with pytest.raises(LeakError, match=r"0\.png \(train\) and 2\.png \(test\) are of one group"):
        leaky(grouped, [0, 0, 1])

    equal = images([nan] * 3)
    leaky(equal, [0, 0, 1])
    equal.images[2] = equal.images[0]
    with pytest.raises(LeakError, match=r"0\.png \(train\) and 2\.png \(test\) are the same image"):
        leaky(equal, [0, 0, 1])

    with pytest.raises(LeakError, match=r"0\.png \(train\) and 1\.png \(test\) are of one block"):
        leaky(images([0.0, 100.0]), [0, 1], [7, 7])


def test_every_split_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    of = images([0.0, 1.0, 5000.0, 5001.0])
    split(of, {"train": 0.5, "test": 0.5}, length=1.0)
    monkeypatch.setattr("culpa.identify.splits.divide", lambda *_: np.array([0, 1, 0, 1]))
    with pytest.raises(LeakError):
        split(of, {"train": 0.5, "test": 0.5}, length=1.0)


def test_a_split_by_image_is_refused() -> None:
    """The split that the literature warns of: glitches in two channels, dealt out image by image."""
    times = np.repeat(np.arange(100) * 1000.0, 2).tolist()
    of = images(times)
    by_image = np.random.default_rng(0).integers(0, 2, 200)
    with pytest.raises(LeakError, match=r"are 0\.000 s apart"):
        leaky(of, by_image.tolist())
    divided = split(of, PARTS)
    assert Counter(divided.part.tolist()) == {0: 140, 1: 32, 2: 28}  # whole blocks of four
