"""What is said of coherence, in every combination of what is known."""

from itertools import product
from typing import Any

import pytest

from culpa.report.coherence.words import advice, chance, finding, where

A, M = "K1:PEM-MIC", "K1:MAIN"


def range_of(low: float, high: float, p: float = 1e-4) -> dict[str, Any]:
    return {"from": low, "to": high, "peak": low, "coherence": 0.5, "p": p}


THERE = [range_of(56, 98.5)]


def said(p: float | None, ranges: list[dict[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
    return {"channel": A, "main": M, "p": p, "ranges": ranges or [], **more}


def at_glitches(p: float | None, ranges: list[dict[str, Any]] | None = None, quiet: Any = None) -> dict[str, Any]:
    return said(p, ranges, quiet=quiet, windows=0 if p is None else 20, glitches=23)


NO_WINDOW = ": none of 23 glitches has a whole window of data of both"


@pytest.mark.parametrize(
    ("glitch", "overall", "expected"),
    [
        (at_glitches(2e-4, THERE), None, f"{A} is coherent with {M} at 56–98.5 Hz at glitch times (p = 0.0002)."),
        (
            at_glitches(2e-4, THERE), said(3e-12, [range_of(60, 60)]),
            f"{A} is coherent with {M} at 56–98.5 Hz at glitch times (p = 0.0002) and at 60 Hz overall (p = 3e-12).",
        ),
        (
            at_glitches(2e-4, THERE), said(0.31),
            f"{A} is coherent with {M} at 56–98.5 Hz at glitch times (p = 0.0002), not overall (p = 0.31).",
        ),
        (
            at_glitches(1.0), said(0.004, THERE),
            f"{A} is coherent with {M} at 56–98.5 Hz overall (p = 0.004), not at glitch times (p = 1).",
        ),
        (
            at_glitches(0.5), said(0.75),
            f"{A} is coherent with {M} neither at glitch times (p = 0.5) nor overall (p = 0.75).",
        ),
        (at_glitches(0.5), None, f"{A} is not coherent with {M} at glitch times (p = 0.5)."),
        (None, said(0.75), f"{A} is not coherent with {M} overall (p = 0.75)."),
        (None, said(0.004, THERE), f"{A} is coherent with {M} at 56–98.5 Hz overall (p = 0.004)."),
        (at_glitches(None), None, f"It is not known whether {A} is coherent with {M} at glitch times{NO_WINDOW}."),
        (
            at_glitches(None) | {"windows": 1}, None,
            f"It is not known whether {A} is coherent with {M} at glitch times: one glitch alone is always coherent.",
        ),
        (
            at_glitches(None) | {"windows": 7}, None,
            f"It is not known whether {A} is coherent with {M} at glitch times: one of them is silent there.",
        ),
        (
            None, said(None),
            f"It is not known whether {A} is coherent with {M} overall: one of them is silent, or there are too few "
            "windows.",
        ),
        (
            at_glitches(None), said(None),
            f"It is not known whether {A} is coherent with {M} at glitch times or overall{NO_WINDOW}.",
        ),
        (
            at_glitches(None), said(0.75),
            f"{A} is not coherent with {M} overall (p = 0.75); at glitch times it is not known.",
        ),
        (
            at_glitches(2e-4, THERE), said(None),
            f"{A} is coherent with {M} at 56–98.5 Hz at glitch times (p = 0.0002); overall it is not known.",
        ),
        (
            at_glitches(2e-4, THERE, said(0.3)), None,
            f"{A} is coherent with {M} at 56–98.5 Hz at glitch times (p = 0.0002); at quiet times near these it is not "
            "(p = 0.3).",
        ),
        (
            at_glitches(2e-4, THERE, said(1e-3, [range_of(10, 20), range_of(60, 62)])), said(0.31),
            f"{A} is coherent with {M} at 56–98.5 Hz at glitch times (p = 0.0002), not overall (p = 0.31); at quiet "
            "times, too, at 10–20 and 60–62 Hz (p = 0.001).",
        ),
        (
            at_glitches(2e-4, THERE, said(None)), None,  # one quiet time
            f"{A} is coherent with {M} at 56–98.5 Hz at glitch times (p = 0.0002).",
        ),
        (
            at_glitches(0.5, None, said(1e-3, THERE)), None,  # nothing at glitches that quiet times could explain
            f"{A} is not coherent with {M} at glitch times (p = 0.5).",
        ),
    ],
)  # fmt: skip
def test_a_finding(glitch: dict[str, Any] | None, overall: dict[str, Any] | None, expected: str) -> None:
    assert finding(glitch, overall) == expected


def test_every_combination_is_a_sentence_that_contradicts_nothing() -> None:
    kinds: list[dict[str, Any] | None] = [None, said(None), said(0.5), said(1e-3, THERE)]
    for one, overall, quiet in product(kinds, kinds, kinds):
        glitch = None if one is None else at_glitches(one["p"], one["ranges"], quiet)
        if glitch is None and overall is None:
            continue
        text = finding(glitch, overall)
        looked = [of for of in (glitch, overall) if of is not None]
        assert text.count(A) == text.count(M) == 1
        assert text[-1] == "."
        assert text.count(".") - sum(text.count(number) for number in ("0.5", "0.001", "98.5")) == 1
        assert ("is coherent" in text and "neither" not in text and "whether" not in text) == any(
            of["ranges"] for of in looked
        )
        assert ("not known" in text) == any(of["p"] is None for of in looked)
        assert ("overall" in text) == (overall is not None)
        assert ("glitch times" in text) == (glitch is not None)


@pytest.mark.parametrize(
    ("p", "expected"),
    [
        (1.0, "1"), (0.999, "1"), (0.31234, "0.31"), (0.0021, "0.0021"), (1e-4, "0.0001"), (9.9e-5, "1e-4"),
        (3e-5, "3e-5"), (3.2e-12, "3e-12"), (1e-100, "1e-100"), (2e-300, "2e-300"), (1e-310, "< 1e-300"),
        (0.0, "< 1e-300"),
    ],
)  # fmt: skip
def test_probabilities(p: float, expected: str) -> None:
    assert chance(p) == expected


def test_what_is_too_small_for_a_number_is_no_zero() -> None:
    """p underflows for any sizeable coherence of many windows."""
    text = finding(None, said(0.0, THERE))
    assert text == f"{A} is coherent with {M} at 56–98.5 Hz overall (p < 1e-300)."


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        ([(60, 60)], "60"),
        ([(12, 48)], "12–48"),
        ([(12.5, 48), (60, 60)], "12.5–48 and 60"),
        ([(12, 48), (60, 60), (75, 80.25)], "12–48, 60 and 75–80.25"),
        ([(1000, 1024), (2000, 2000)], "1000–1024 and 2000"),
    ],
)
def test_ranges(ranges: list[tuple[float, float]], expected: str) -> None:
    assert where([range_of(*one) for one in ranges]) == expected
    assert where([range_of(*one) for one in reversed(ranges)]) == expected


def test_of_many_ranges_the_most_telling_are_named() -> None:
    """The rarest by chance, of equal ones the widest, in order of frequency."""
    many = [range_of(10, 20, 1e-3), range_of(30, 31, 1e-9), range_of(50, 58), range_of(70, 71), range_of(90, 97)]
    assert where(many) == "30–31, 50–58, 90–97 and 2 more"
    assert where(many, " Hz") == "30–31, 50–58, 90–97 Hz and 2 more"


def test_advice_names_the_channel_and_the_way_on() -> None:
    assert advice(at_glitches(0.5)).startswith(f"If {A} still causes these glitches, ")
    assert "too seldom (20 glitches) to tell: Q-scans of both channels" in advice(at_glitches(0.5))
