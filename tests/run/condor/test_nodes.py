"""Nodes hold every job once, are of the wanted size, and need each other without a circle."""

from pathlib import Path

import pytest

from culpa.run.condor.nodes import nodes
from culpa.run.plan import Job, Plan, Resources
from culpa.run.registry import plan_of

from ..days import small


def job(name: str, inputs: tuple[str, ...] = (), outputs: tuple[str, ...] = (), seconds: float = 1.0) -> Job:
    stage, action, *_ = name.split("/")
    return Job(f"{stage}/{name}", action, {}, {}, inputs, outputs, Resources(seconds, 100, 0))


def searches(count: int, seconds: float) -> list[Job]:
    """Channel by channel, each with an early and a late chunk."""
    return [
        job(f"triggers/search/{i}/{chunk}", (f"{chunk}.gwf",), (f"{i}-{chunk}",), seconds)
        for i in range(count)
        for chunk in ("early", "late")
    ]


@pytest.mark.parametrize("seconds", [0.5, 5, 900])
def test_every_job_once_after_what_it_needs(tmp_path: Path, seconds: float) -> None:
    plan = plan_of(small(tmp_path))
    done: set[str] = set()
    there: set[str] = set()
    for node in nodes(plan, seconds):
        assert there.issuperset(node.needs)
        for one in node.jobs:
            assert done.issuperset(plan.needs[one.name])
            done.add(one.name)
        there.add(node.name)
    assert done == {one.name for one in plan}
    assert sum(len(node.jobs) for node in nodes(plan, seconds)) == len(plan)


def test_needs_are_those_of_the_jobs_and_no_more(tmp_path: Path) -> None:
    plan = plan_of(small(tmp_path))
    found = nodes(plan, 900)
    home = {one.name: node.name for node in found for one in node.jobs}
    for node in found:
        assert set(node.needs) == {home[need] for one in node.jobs for need in plan.needs[one.name]} - {node.name}


@pytest.mark.parametrize(("each", "wanted"), [(10.0, 1), (100.0, 2), (900.0, 16), (2000.0, 16)])
def test_a_node_takes_about_the_wanted_time(each: float, wanted: int) -> None:
    found = nodes(Plan(tuple(searches(8, each))), 900)
    assert len(found) == wanted
    sizes = [len(node.jobs) for node in found]
    assert max(sizes) - min(sizes) <= 1


def test_jobs_that_read_the_same_files_are_together() -> None:
    first, second = nodes(Plan(tuple(searches(8, 100.0))), 900)
    assert {one.inputs for one in first.jobs} == {("early.gwf",)}
    assert {one.inputs for one in second.jobs} == {("late.gwf",)}


def test_little_jobs_share_a_node_but_not_with_a_search() -> None:
    plan = Plan((job("mock/truth"), job("triggers/settings"), *searches(1, 1.0), job("hveto/long", seconds=20.0)))
    assert [(node.name, len(node.jobs)) for node in nodes(plan, 900)] == [
        ("triggers-search-0", 2),
        ("hveto-long-0", 1),
        ("small-0", 2),
    ]


def test_what_is_little_in_the_end_is_one_node() -> None:
    chain = [job(f"score/{i}", (str(i),), (str(i + 1),), seconds) for i, seconds in enumerate((10.0, 10.0, 4.0, 5.0))]
    assert [(node.name, len(node.jobs), node.needs) for node in nodes(Plan(tuple(chain)), 900)] == [
        ("score-0-0", 1, ()),
        ("score-1-0", 1, ("score-0-0",)),
        ("score-0", 2, ("score-1-0",)),
    ]


def test_one_kind_on_two_levels_has_names_of_its_own() -> None:
    plan = Plan((job("mock/truth", (), ("a",), 20.0), job("mock/truth/again", ("a",), ("b",), 20.0)))
    first, second = nodes(plan, 900)
    assert (first.name, second.name) == ("mock-truth-0", "mock-truth-1")
    assert second.needs == ("mock-truth-0",)


def test_a_node_needs_what_its_jobs_need_one_after_the_other() -> None:
    jobs = tuple(Job(f"a/{i}", "a", {}, {}, (), (), Resources(10.0, 100.0 * i, 5.0)) for i in range(3))
    (node,) = nodes(Plan(jobs), 900)
    assert node.resources == Resources(30.0, 200.0, 15.0)


def test_nothing_due_is_no_node() -> None:
    assert nodes(Plan(()), 900) == ()
