"""Slow twins of control charts: the rules as the handbooks word them, and recursions row by row."""

from itertools import pairwise

import numpy as np


def met(rule, values):
    """Whether the last of one sensor's values meets a rule (0 or 1), or how far it is beyond it."""
    v = list(values)
    if rule == "1 beyond 3σ":
        return abs(v[-1]) / 3
    if rule == "2 of 3 beyond 2σ":
        return most(v[-3:], 2) / 2
    if rule == "4 of 5 beyond 1σ":
        return most(v[-5:], 4)
    if rule in ("8 on one side", "9 on one side"):
        last = v[-int(rule[0]) :]
        return float(len(last) == int(rule[0]) and (min(last) > 0 or max(last) < 0))
    if rule == "6 rising or falling":
        steps = np.diff(v[-6:])
        return float(len(steps) == 5 and ((steps > 0).all() or (steps < 0).all()))
    if rule == "14 alternating":
        steps = np.diff(v[-14:])
        return float(len(steps) == 13 and all(a * b < 0 for a, b in pairwise(steps)))
    if rule == "15 within 1σ":
        return float(len(v) >= 15 and max(abs(x) for x in v[-15:]) < 1)
    return float(len(v) >= 8 and min(abs(x) for x in v[-8:]) > 1)


def most(last, wanted):
    """The level beyond which `wanted` of the values are, on the side where it is higher; at least 0."""
    if len(last) < wanted:
        return 0.0
    above, below = sorted(last, reverse=True), sorted((-x for x in last), reverse=True)
    return max(0.0, above[wanted - 1], below[wanted - 1])


def ewma(values, weight=0.2, limit=3.0):
    """|mean| in limits, of one sensor."""
    mean, out = 0.0, []
    for i, value in enumerate(values, start=1):
        mean = weight * value + (1 - weight) * mean
        out.append(abs(mean) / (limit * np.sqrt(weight / (2 - weight) * (1 - (1 - weight) ** (2 * i)))))
    return np.array(out)


def cusum(values, slack=0.5, limit=5.0):
    """The larger sum in limits, of one sensor, at most 4."""
    up = down = 0.0
    out = []
    for value in values:
        up, down = min(max(0.0, up + value - slack), 4 * limit), min(max(0.0, down - value - slack), 4 * limit)
        out.append(max(up, down) / limit)
    return np.array(out)
