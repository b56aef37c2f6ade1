"""Whoever waits knows what HTCondor will release by itself."""

from itertools import product
from typing import Any

import pytest

from culpa.run.condor.holds import is_for_good, release
from culpa.run.condor.settings import CondorSettings


@pytest.mark.parametrize(
    ("code", "subcode", "holds", "for_good"),
    [(6, 2, 3, False), (6, 2, 4, True), (34, 0, 1, False), (3, 34, 1, False), (3, 0, 1, True), (1, 0, 1, True)],
)
def test_what_is_held_for_good(code: int, subcode: int, holds: int, for_good: bool) -> None:
    assert is_for_good(code, subcode, holds, 3) is for_good


def test_it_is_what_the_queue_is_told() -> None:
    classad: Any = pytest.importorskip("classad2", reason="the extra is not installed: pip install 'culpa[condor]'")
    expression = release(CondorSettings(releases=3, release_after=60.0))
    for code, subcode, holds in product((0, 1, 3, 6, 13, 15, 34), (0, 34), (1, 3, 4)):
        ad = {"HoldReasonCode": code, "HoldReasonSubCode": subcode, "NumHolds": holds}
        for since, waited in ((0, True), (2**40, False)):
            job = classad.ClassAd({**ad, "EnteredCurrentStatus": since, "Release": classad.ExprTree(expression)})
            assert job.eval("Release") is (waited and not is_for_good(code, subcode, holds, 3))
