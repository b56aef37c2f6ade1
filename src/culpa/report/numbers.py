"""Numbers as people read them: percentages beside what they are of, probabilities, spans of time."""

from math import floor, isfinite, isnan, log10

import numpy as np

from ..types import Floats

MISSING = "–"


def number(value: float) -> str:
    """About four digits, thousands separated: `2,568`, `153.2`, `0.0312`; `–` for NaN, `∞` for infinity."""
    if not isfinite(value):
        return MISSING if isnan(value) else "∞" if value > 0 else "-∞"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"


def percent(fraction: float) -> str:
    """A fraction (0 to 1) in percent: `83.3 %`, `0.4 %`; `–` for NaN."""
    value = 100 * fraction
    if not isfinite(value) or value == 0:
        return f"{number(value)} %" if not isnan(value) else MISSING
    return f"{value:.1f} %" if value >= 10 else f"{value:.2g} %"


def probability(value: float) -> str:
    """A probability that somebody claims: `0.87`; never quite 0 or 1, as nobody knows that: `>0.99`, `<0.01`."""
    if isnan(value):
        return MISSING
    return ">0.99" if value > 0.994 else "<0.01" if value < 0.006 else f"{value:.2f}"


def share(part: float, whole: float, unit: str = "") -> str:
    """A percentage and what it is of: `83.3 % (5/6)`, `0.4 % (57.6/14,400 s)`; `–` of nothing.

    Things without a unit are counted in full; what has one is given to about four digits.
    """
    shown = percent(part / whole) if whole else MISSING
    return f"{shown} ({number(part)}/{number(whole)} {unit})" if unit else f"{shown} ({count(part)}/{count(whole)})"


def count(value: float) -> str:
    """A number of things in full (`14,400`); of something divisible, such as s, three decimals at most."""
    return f"{value:,.3f}".rstrip("0").rstrip(".")


def plural(n: int, thing: str) -> str:
    """`1 round`, `5 rounds`, `no rounds`."""
    return f"{n:,} {thing}" if n == 1 else f"{n:,} {thing}s" if n else f"no {thing}s"


def power_of_ten(exponent: float) -> str:
    """10 to an exponent that a float may not hold: `3.2e-154`."""
    whole = floor(exponent)
    digits = f"{10 ** (exponent - whole):.1f}"
    return f"{digits}e{whole:d}" if digits != "10.0" else f"1.0e{whole + 1:d}"


def span(seconds: float) -> str:
    """A length of time: `14,400 s (4 h)`, `32 s`."""
    for unit, size in (("d", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * size:
            return f"{count(seconds)} s ({seconds / size:.3g} {unit})"
    return f"{count(seconds)} s"


def significant(values: Floats, digits: int) -> Floats:
    """The values rounded to so many significant digits, shape as given; what is not finite stays."""
    with np.errstate(divide="ignore", invalid="ignore"):
        places = digits - 1 - np.floor(np.log10(np.abs(values)))
    places = np.where(np.isfinite(places), np.clip(places, -300, 300), 0)
    up, down = 10.0 ** np.maximum(places, 0), 10.0 ** np.maximum(-places, 0)
    with np.errstate(invalid="ignore", over="ignore"):
        rounded: Floats = np.rint(values * up / down) / up * down
    return np.where(np.isfinite(rounded), rounded, values)


def log_ticks(low: float, high: float) -> list[float]:
    """Round numbers of a logarithmic axis from low to high (both positive): three to about eight of them."""
    for steps in ((1,), (1, 3), (1, 2, 5), (1, 1.5, 2, 3, 4, 5, 6, 8)):
        decades = range(floor(log10(low)), floor(log10(high)) + 1)
        ticks = [float(f"{step}e{decade}") for decade in decades for step in steps]
        inside = [tick for tick in ticks if low <= tick <= high]
        if len(inside) >= 3:
            return inside[:: max(1, len(inside) // 8)]
    return [float(f"{low:.3g}"), float(f"{(low * high) ** 0.5:.3g}"), float(f"{high:.3g}")]
