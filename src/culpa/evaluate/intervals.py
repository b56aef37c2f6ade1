"""How sure a counted fraction is."""

from math import nan, sqrt

NORMAL_95 = 1.959963984540054
"""The 97.5 % point of the standard normal distribution: 95 % lie within this on both sides."""


def wilson(found: int, expected: int, z: float = NORMAL_95) -> tuple[float, float]:
    """Lower and upper end of the interval for a fraction `found / expected`, at the confidence that `z` stands for.

    Both ends lie in [0, 1] and enclose the fraction; NaN where nothing was expected. Expects 0 <= found <= expected.
    Source: E. B. Wilson 1927, J. Am. Stat. Assoc. 22, 209.
    """
    if expected == 0:
        return nan, nan
    fraction, share = found / expected, z * z / expected
    centre = (fraction + share / 2) / (1 + share)
    half = sqrt(share * (fraction * (1 - fraction) + share / 4)) / (1 + share)
    return min(max(0.0, centre - half), fraction), max(min(1.0, centre + half), fraction)
