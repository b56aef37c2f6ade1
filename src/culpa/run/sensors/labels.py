"""Which rows a column of labels calls anomalous."""

import numpy as np

from ...condition.expected import members
from ...condition.rows import Words
from ...types import Mask

NORMAL = frozenset({"", "0", "false", "no", "n", "none", "nan", "normal", "ok", "pass", "good", "-", "정상", "양호"})
"""What a label says of a row that is normal, in lower case."""


def anomalous(words: Words) -> Mask:
    """Which labels of a whole table say that a row is anomalous, shape (rows,).

    Those that are not `NORMAL`; where none is, and there are two different ones, the rarer (-1 and 1 mean either).
    """
    counts = dict[str, int]()
    parts = members(words)
    for word, rows in parts:
        counts[_plain(word)] = counts.get(_plain(word), 0) + len(rows)
    odd = {name for name in counts if name not in NORMAL}
    if len(odd) == len(counts) == 2:
        odd = {name for name in odd if counts[name] < max(counts.values())}
    found = np.zeros(len(words), dtype=bool)
    for word, rows in parts:
        found[rows] = _plain(word) in odd
    return found


def _plain(word: str) -> str:
    return word.strip().lower()


def told(words: Words) -> str:
    """What deserves to be said of how labels were understood; "" where it goes without saying."""
    names = sorted({_plain(word) for word, _ in members(words)})
    if len(names) != 2 or set(names) & NORMAL:
        return ""
    rare = words[anomalous(words)]
    return f"of the labels {' and '.join(names)} the rarer, {_plain(rare[0])}, is anomalous" if len(rare) else ""
