"""Settings from TOML: typed, an unknown key being an error."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from culpa.detect.settings import SearchSettings
from culpa.errors import UsageError
from culpa.settings import build, dump, load, overlay, replace


@dataclass(frozen=True)
class Inner:
    gain: float = 1.0
    name: str = "inner"

    def __post_init__(self) -> None:
        if self.gain < 0:
            raise ValueError(f"gain: expected at least 0, got {self.gain}")


@dataclass(frozen=True)
class Outer:
    count: int = 3
    on: bool = False
    rate: float | None = None
    folder: Path = Path("results")
    span: tuple[float, float] = (0.0, 1.0)
    names: tuple[str, ...] = ()
    rates: Mapping[str, float] = field(default_factory=dict)
    inner: Inner = Inner(gain=5.0)
    other: Inner = field(default_factory=lambda: Inner(name="other"))
    several: tuple[Inner, ...] = ()
    by_name: Mapping[str, Inner] = field(default_factory=dict)
    kind: Literal["mean", "median"] = "mean"
    kinds: tuple[Literal["fast", "slow"], ...] = ()


TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
INNERS = st.builds(Inner, NUMBERS.map(abs), TEXT)
OUTERS = st.builds(
    Outer,
    count=st.integers(-(2**63), 2**63 - 1),
    on=st.booleans(),
    rate=st.none() | NUMBERS,
    folder=st.from_regex(r"[a-z]{1,5}(/[a-z]{1,5})?", fullmatch=True).map(Path),
    span=st.tuples(NUMBERS, NUMBERS),
    names=st.lists(TEXT, max_size=3).map(tuple),
    rates=st.dictionaries(TEXT, NUMBERS, max_size=3),
    inner=INNERS,
    other=INNERS,
    several=st.lists(INNERS, max_size=2).map(tuple),
    by_name=st.dictionaries(TEXT, INNERS, max_size=2),
    kind=st.sampled_from(["mean", "median"]),
    kinds=st.lists(st.sampled_from(["fast", "slow"]), max_size=3).map(tuple),
)


@given(OUTERS)
def test_what_is_dumped_is_what_is_read(settings: Outer) -> None:
    assert build(Outer, tomllib.loads(dump(settings, "triggers"))["triggers"]) == settings


def test_the_search_settings_survive_too() -> None:
    settings = SearchSettings(fmax=1000.0, cluster=0.0)
    assert build(SearchSettings, tomllib.loads(dump(settings, "triggers"))["triggers"]) == settings


def test_a_nested_table_leaves_the_rest_as_the_enclosing_class_has_it() -> None:
    table = {"inner": {"name": "x"}, "other": {"gain": 2}}
    assert build(Outer, table) == Outer(inner=Inner(5.0, "x"), other=Inner(2.0, "other"))
    current = Outer(count=7, inner=Inner(8.0, "mine"))
    assert overlay(current, {"inner": {"name": "x"}}) == Outer(count=7, inner=Inner(8.0, "x"))
    assert overlay(current, {}) == current


@pytest.mark.parametrize(
    ("table", "message", "hint"),
    [
        ({"foldre": 1}, "unknown setting top.foldre", "did you mean folder?"),
        ({"inner": {"gian": 1}}, "unknown setting top.inner.gian", "did you mean gain?"),
        ({"several": [{}, {"nmae": "x"}]}, "unknown setting top.several[1].nmae", "did you mean name?"),
        ({"by_name": {"a": {"zzz": 1}}}, "unknown setting top.by_name.a.zzz", "known: gain, name"),
        ({"count": 1.5}, "top.count: expected a value of type int, got 1.5", ""),
        ({"count": True}, "top.count: expected a value of type int, got True", ""),
        ({"on": 1}, "top.on: expected a value of type bool, got 1", ""),
        ({"rate": "fast"}, "top.rate: expected a value of type float, got 'fast'", ""),
        ({"folder": 3}, "top.folder: expected a value of type Path, got 3", ""),
        ({"span": [1.0]}, "top.span: expected a list of 2, got [1.0]", ""),
        ({"span": 1.0}, "top.span: expected a list, got 1.0", ""),
        ({"names": ["a", 1]}, "top.names[1]: expected a value of type str, got 1", ""),
        ({"rates": {"a": "b"}}, "top.rates.a: expected a value of type float, got 'b'", ""),
        ({"rates": 5}, "top.rates: expected a table, got 5", ""),
        ({"inner": 5}, "top.inner: expected a table, got 5", ""),
        ({"kind": "medain"}, "top.kind: no choice 'medain'", "did you mean median or mean?"),
        ({"kind": "xyz"}, "top.kind: no choice 'xyz'", "known: mean, median"),
        ({"kind": 1}, "top.kind: no choice 1", "known: mean, median"),
        ({"kind": ["mean"]}, "top.kind: no choice ['mean']", "did you mean mean or median?"),
        ({"kinds": ["fast", "slwo"]}, "top.kinds[1]: no choice 'slwo'", "did you mean slow?"),
        ({"kinds": "fast"}, "top.kinds: expected a list, got 'fast'", ""),
        ({"inner": {"gain": -1.0}}, "top.inner: gain: expected at least 0, got -1.0", ""),
    ],
)
def test_what_cannot_be_meant(table: dict[str, Any], message: str, hint: str) -> None:
    for make in (lambda: build(Outer, table, "top"), lambda: overlay(Outer(), table, "top")):
        with pytest.raises(UsageError) as caught:
            make()
        assert (caught.value.message, caught.value.hint) == (message, hint)


def test_whole_numbers_are_numbers() -> None:
    settings = build(Outer, {"rate": 2, "span": [1, 2]})
    assert (settings.rate, settings.span) == (2.0, (1.0, 2.0))
    assert isinstance(settings.rate, float)


def test_options_that_were_not_given_change_nothing() -> None:
    settings = SearchSettings(snr=7.0)
    assert replace(settings, snr=None, qmin=5.0, cluster=0.0) == SearchSettings(snr=7.0, qmin=5.0, cluster=0.0)
    with pytest.raises(UsageError, match="segment: expected a power of two"):
        replace(settings, segment=3.0)


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "culpa.toml"
    path.write_text("[triggers]\nsnr = 7\n")
    assert load(path) == {"triggers": {"snr": 7}}
    assert load(None) == {}
    path.write_text("[triggers\nsnr = 7\n")
    with pytest.raises(UsageError, match=r"culpa\.toml is not TOML: .*line 1"):
        load(path)
    path.write_bytes(b"\xff")
    with pytest.raises(UsageError, match="is not TOML"):
        load(path)
    with pytest.raises(UsageError, match=r"cannot read the configuration .*none"):
        load(tmp_path / "none.toml")
