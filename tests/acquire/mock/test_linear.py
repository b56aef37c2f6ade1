import tomllib

import pytest

from culpa.acquire.mock.linear import LinearCoupling
from culpa.acquire.mock.settings import MockSettings
from culpa.errors import UsageError
from culpa.settings import build, dump

TWICE = """
[[mock.linear]]
channel = "K1:A"
level = 1

[[mock.linear]]
channel = "K1:A"
frequency = [200, 300]
delay = -0.5
"""


def built(text):
    return build(MockSettings, tomllib.loads(text).get("mock", {}), "mock")


def test_nothing_is_coupled_linearly_unless_asked_for():
    assert built("").linear == ()


def test_each_table_is_a_coupling_and_a_channel_may_have_several():
    assert built(TWICE).linear == (
        LinearCoupling("K1:A", (20.0, 100.0), 1.0, 0.002),
        LinearCoupling("K1:A", (200.0, 300.0), 0.3, -0.5),
    )


@pytest.mark.parametrize("text", ["", TWICE])
def test_resolved_settings_read_back_as_they_were(text):
    settings = built(text)
    assert built(dump(settings, "mock")) == settings


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("frequency = [0, 10]", r"linear\[0\]: frequency: expected \[low, high\] with 0 < low .* got \[0.0, 10.0\]"),
        ("frequency = [30, 20]", r"linear\[0\]: frequency: expected .* got \[30.0, 20.0\]"),
        ("frequency = [30, 30.9]", "frequency: expected .* 1 Hz or more between them"),
        ("frequency = [30, inf]", "frequency: expected"),
        ("frequency = [nan, 30]", "frequency: expected"),
        ("frequency = [20]", r"linear\[0\].frequency: expected a list of 2"),
        ("level = 0", "level: expected above 0 to 100, got 0"),
        ("level = 101", "level: expected above 0 to 100, got 101"),
        ("level = nan", "level: expected above 0 to 100, got nan"),
        ("delay = 1.1", "delay: expected -1 to 1 s, got 1.1"),
        ("delay = nan", "delay: expected -1 to 1 s, got nan"),
        ("chanel = 'K1:A'", r"unknown setting mock.linear\[0\].chanel"),
    ],
)
def test_what_cannot_be_meant_is_named(text, message):
    with pytest.raises(UsageError, match=message):
        built("[[mock.linear]]\n" + text)
