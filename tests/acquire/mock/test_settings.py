import re
import tomllib
from pathlib import Path

import pytest

from culpa.acquire.mock.settings import KNOWN, MockSettings
from culpa.acquire.mock.waveforms import SHAPES
from culpa.errors import UsageError
from culpa.settings import build, dump

PAGE = (Path(__file__).parents[3] / "docs" / "mock.md").read_text(encoding="utf-8")
CALIBRATION = """
[mock]
glitches = ["sine_gaussian"]
minimum_separation = 8
unwitnessed = 0
uncoupled = 0
families.sine_gaussian.rate = 720
"""


def built(text):
    return build(MockSettings, tomllib.loads(text)["mock"], "mock")


def test_a_family_table_changes_only_what_it_names():
    changed = built("[mock.families.helix]\nrate = 5")
    default = MockSettings()
    assert changed.families.helix.rate == 5.0
    assert changed.families.helix.frequency == default.families.helix.frequency
    assert changed.families.helix.second_share == default.families.helix.second_share
    assert changed.families.blip == default.families.blip


def test_what_is_no_family_happens_where_it_is_asked_for():
    assert "none_of_these" not in MockSettings().occurring
    asked = built("[mock]\nglitches = ['dot']\nnone_of_these.rate = 30")
    assert asked.occurring == ("dot", "none_of_these")
    assert asked.family("none_of_these").q == (2.5, 90.0)


def test_a_calibration_day_needs_few_words():
    settings = built(CALIBRATION)
    assert settings.glitches == ("sine_gaussian",)
    assert settings.families.sine_gaussian.rate == 720.0
    assert settings.families.sine_gaussian.snr == (8.0, 100.0)


@pytest.mark.parametrize(
    "text", ["[mock]", CALIBRATION, "[mock.families.dot]\nsecond_share = [0.1, 0.2]\nhome = 'K1:X'"]
)
def test_resolved_settings_read_back_as_they_were(text):
    settings = built(text)
    assert built(dump(settings, "mock")) == settings


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("duration = 0", "mock: duration: expected 1 to"),
        ("main = ''", "mock: main: expected a channel name such as K1:CAL-STRAIN, got ''"),
        ("main = 'K1:A B'", "mock: main: expected a channel name"),
        ("duration = 10.5", "mock: duration: expected whole seconds, got 10.5"),
        ("rates = []", "mock: rates: expected a list of 16 to 65536 Hz"),
        ("rates = [1024, 8]", "mock: rates: expected a list of 16 to 65536 Hz"),
        ("frame = 1000", "mock: frame: expected 1 to 256, got 1000"),
        ("seed = -1", "mock: seed"),
        ("nonstationarity = 1.0", "mock: nonstationarity: expected 0 to 0.9"),
        ("glitches = ['blib']", "mock: glitches: no family 'blib'; did you mean blip?"),
        ("families.blib.rate = 1", "unknown setting mock.families.blib"),
        ("families.blip.rte = 1", "unknown setting mock.families.blip.rte"),
        ("families.blip.snr = [9, 3]", r"mock.families.blip: snr: expected \[low, high\]"),
        ("families.blip.snr = 9", "mock.families.blip.snr: expected a list, got 9"),
        ("families.blip.q = [0.5, 3]", "mock.families.blip: q: expected at least 1"),
        ("families.blip.delay = [0.1, 60]", "mock.families.blip: delay"),
        ("families.blip.rate = -1", "mock.families.blip: rate"),
    ],
)
def test_what_cannot_be_meant_is_named(text, message):
    with pytest.raises(UsageError, match=message):
        built("[mock]\n" + text)


def test_each_family_has_a_shape():
    assert tuple(SHAPES) == KNOWN  # homes are counted in this order


def test_the_examples_of_the_page_are_settings():
    examples = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)
    linear, first, calibration = map(built, examples)
    assert [coupling.level for coupling in linear.linear] == [0.5]
    assert first.families.scattered_light.rate == 60.0
    assert calibration.glitches == ("sine_gaussian",)


@pytest.mark.parametrize("name", KNOWN)
def test_the_page_tells_the_ranges_of_each_family(name):
    family = MockSettings().family(name)
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{name}`"))
    cells = [f"{low:g}–{high:g}" for low, high in (family.frequency, family.q)]
    assert [cell.strip() for cell in row.split("|")[-3:-1]] == cells
