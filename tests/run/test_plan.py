"""Plans: what they refuse, in which order they are, what follows from what."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from culpa.run.plan import Job, Plan, Resources

from .days import closure


def job(name: str, inputs: tuple[str, ...] = (), outputs: tuple[str, ...] = ()) -> Job:
    return Job(name, "act", {}, {}, inputs, outputs)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Jobs that read files of earlier ones and files that nobody makes."""
    jobs: list[Job] = []
    for i in range(draw(st.integers(0, 12))):
        made = [path for one in jobs for path in one.outputs]
        inputs = draw(st.lists(st.sampled_from([*made, "given"]), unique=True, max_size=4))
        outputs = tuple(f"{i}.{k}" for k in range(draw(st.integers(0, 3))))
        jobs.append(job(f"{draw(st.sampled_from(['one', 'two', 'three']))}/{i}", tuple(inputs), outputs))
    return Plan(tuple(jobs))


def test_two_jobs_of_one_name() -> None:
    with pytest.raises(ValueError, match="two jobs are called a/x"):
        Plan((job("a/x"), job("a/x")))


def test_two_jobs_that_write_one_file() -> None:
    with pytest.raises(ValueError, match="b and a both write x"):
        Plan((job("a", outputs=("x",)), job("b", outputs=("y", "x"))))


@pytest.mark.parametrize("second", [("x",), ("given", "x")])
def test_a_job_before_what_it_needs(second: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="b needs x, which a makes after it"):
        Plan((job("b", inputs=second), job("a", outputs=("x",))))
    Plan((job("a", outputs=("x",)), job("b", inputs=second)))


def test_a_job_that_needs_what_it_makes() -> None:
    with pytest.raises(ValueError, match="a needs x, which a makes after it"):
        Plan((job("a", inputs=("x",), outputs=("x",)),))


@given(plans())
def test_needs_are_the_jobs_whose_files_are_read(plan: Plan) -> None:
    for one in plan:
        expected = [other.name for other in plan if set(other.outputs) & set(one.inputs)]
        assert sorted(plan.needs[one.name]) == sorted(expected)
        assert len(set(plan.needs[one.name])) == len(plan.needs[one.name])
        assert set(plan.needs[one.name]) <= {other.name for other in plan.jobs[: plan.jobs.index(one)]}


@given(plans(), st.data())
def test_a_part_of_a_plan_keeps_order_and_needs(plan: Plan, data: st.DataObject) -> None:
    names = data.draw(st.lists(st.sampled_from([job.name for job in plan] or ["none"]), unique=True))
    part = plan.only(names)
    assert [one.name for one in part] == [one.name for one in plan if one.name in names]
    for one in part:
        assert set(part.needs[one.name]) == set(plan.needs[one.name]) & set(names)


@given(plans())
def test_what_follows_is_what_needs_it_directly_or_not(plan: Plan) -> None:
    for one in plan:
        found = {one.name}
        for other in plan:  # in order: one pass is enough
            if found & set(plan.needs[other.name]):
                found.add(other.name)
        assert closure(plan, [one.name]) == found


def test_stages_are_the_first_words_in_order() -> None:
    plan = Plan((job("b/1"), job("a/1"), job("b/2/3")))
    assert plan.stages == ["b", "a"]
    assert [one.name for one in plan.of_stages(["b"])] == ["b/1", "b/2/3"]
    assert "b/2/3" in plan
    assert "b" not in plan
    assert (len(plan), plan["a/1"].stage) == (3, "a")


def test_resources_add_up_but_for_memory() -> None:
    assert Resources(1, 200, 3) + Resources(4, 100, 6) == Resources(5, 200, 9)
