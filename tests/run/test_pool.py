import os
import time

import pytest

from culpa.errors import CulpaError, NoDataError, UsageError
from culpa.run.pool import ordered


def slow_square(job):
    time.sleep(0.2 if job == 0 else 0.0)  # the first one finishes last
    return job * job


def fails_at_two(job):
    if job == 2:
        raise NoDataError("no two", "use three")
    return job


def dies(job):
    os._exit(9)


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_the_order_of_the_jobs(workers):
    assert list(ordered(slow_square, range(12), workers)) == [i * i for i in range(12)]
    assert list(ordered(slow_square, [], workers)) == []


@pytest.mark.parametrize("workers", [1, 2])
def test_a_problem_comes_up_at_its_turn_with_its_hint(workers):
    results = ordered(fails_at_two, range(5), workers)
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(NoDataError, match="no two") as caught:
        next(results)
    assert caught.value.hint == "use three"


def test_a_process_that_dies_is_named():
    with pytest.raises(CulpaError, match="worker process died") as caught:
        list(ordered(dies, range(3), 2))
    assert "smaller -j" in caught.value.hint


def test_no_workers():
    with pytest.raises(UsageError, match="at least 1"):
        ordered(slow_square, [1], 0)


def test_jobs_are_not_all_taken_at_once():
    taken = []

    def jobs():
        for i in range(100):
            taken.append(i)
            yield i

    results = ordered(slow_square, jobs(), 2)
    next(results)
    assert len(taken) < 20
    results.close()
