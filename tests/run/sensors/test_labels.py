"""Labels as people write them."""

import numpy as np
import pytest

from culpa.run.sensors.labels import anomalous, told


def words(*of: str) -> np.ndarray:
    return np.array(of, dtype=object)


def test_labels_are_understood() -> None:
    labels = words("", "0", "False", " normal", "OK", "정상", "1", "true", "TCP +50", "scratch")
    assert anomalous(labels).tolist() == [False] * 6 + [True] * 4
    assert told(labels) == ""


@pytest.mark.parametrize(("normal", "odd"), [("-1", "1"), ("1", "-1"), ("p", "f"), ("P ", "F")])
def test_of_two_that_say_nothing_the_rarer_is_anomalous(normal: str, odd: str) -> None:
    labels = words(*[normal] * 5, odd, normal)
    assert np.flatnonzero(anomalous(labels)).tolist() == [5]
    assert f"the rarer, {odd.strip().lower()}, is anomalous" in told(labels)


def test_where_it_cannot_be_told_everything_or_nothing_is() -> None:
    assert anomalous(words("a", "b", "c")).all()
    assert anomalous(words("fail", "fail")).all()
    assert not anomalous(words("x", "y", "x", "y")).any()
    assert told(words("x", "y", "x", "y")) == ""
    assert len(anomalous(words())) == 0


def test_a_word_that_means_normal_decides() -> None:
    assert np.flatnonzero(anomalous(words("pass", "fail", "fail"))).tolist() == [1, 2]
    assert told(words("pass", "fail", "fail")) == ""
