"""Plans of small jobs carried out by one and by two processes."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from culpa.errors import CulpaError
from culpa.run.hashes import Hashes
from culpa.run.local import Carried, carry_out
from culpa.run.plan import Plan
from culpa.run.records import Records

from .days import closure, contents
from .steps import said, step

pytestmark = pytest.mark.usefixtures("stage")


@st.composite
def plans(draw: st.DrawFn, least: int = 0, most: int = 12) -> Plan:
    """Jobs that read files of earlier ones; some of them fail."""
    jobs = []
    for i in range(draw(st.integers(least, most))):
        made = [path for one in jobs for path in one.outputs]
        inputs = draw(st.lists(st.sampled_from(made), unique=True, max_size=3)) if made else []
        fails = draw(st.integers(0, 5)) == 0
        jobs.append(step(str(i), tuple(inputs), tuple(f"{i}.{k}" for k in range(draw(st.integers(1, 2)))), fails=fails))
    return Plan(tuple(jobs))


def carry(plan: Plan, folder: Path, workers: int) -> tuple[Carried, Records, list[str]]:
    folder.mkdir(exist_ok=True)
    records, ticks = Records.load(folder), list[str]()
    return carry_out(plan, folder, records, Hashes(folder), workers, None, ticks.append), records, ticks


@pytest.fixture
def folders() -> Iterator[Path]:
    with TemporaryDirectory() as folder:
        yield Path(folder)


def expected(plan: Plan) -> tuple[set[str], set[str]]:
    """The jobs that fail, and those that are left out."""
    failing = [job.name for job in plan if job.parameters["fails"]]
    left_out = {name for one in failing for name in closure(plan, [one]) - {one}}
    return set(failing) - left_out, left_out


@given(plans())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_job_once_after_its_needs_and_none_that_needs_what_failed(folders: Path, plan: Plan) -> None:
    with TemporaryDirectory(dir=folders) as name:
        folder = Path(name)
        carried, records, ticks = carry(plan, folder, 1)
        failed, left_out = expected(plan)
        order = said(folder)
        assert order == [job.name for job in plan if job.name not in failed | left_out]
        assert (set(carried.failed), sorted(carried.left_out)) == (failed, sorted(left_out))
        assert set(carried.done) == set(records.jobs) == set(order)
        assert len(ticks) == len(plan)
        assert not any((folder / path).exists() for name in failed | left_out for path in plan[name].outputs)
        for name in order:
            inputs = {path: Hashes(folder).of(path) for path in plan[name].inputs}
            assert records.jobs[name].inputs == inputs
            assert records.jobs[name].result == {"read": len(inputs)}


@given(plans(15, 30))
@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_two_processes_give_the_same(folders: Path, plan: Plan) -> None:
    with TemporaryDirectory(dir=folders) as name:
        one, two = Path(name) / "one", Path(name) / "two"
        carried, records, ticks = carry(plan, one, 1)
        at_once, recorded, told = carry(plan, two, 2)
        order = said(two)
        assert sorted(order) == sorted(said(one))
        for name in order:
            assert set(plan.needs[name]) <= set(order[: order.index(name)])
        assert {**contents(one), "said": b""} == {**contents(two), "said": b""}
        assert (set(at_once.failed), set(at_once.left_out)) == (set(carried.failed), set(carried.left_out))
        assert recorded.jobs == records.jobs
        assert Counter(told) == Counter(ticks)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_deep_and_wide_plan_with_a_failure(tmp_path: Path, workers: int) -> None:
    """A failing job with many followers, and a job that needs two of them."""
    jobs = [step("good", (), ("good",), fails=False), step("bad", (), ("bad",), fails=True)]
    jobs += [step(f"after{i}", ("good", "bad"), (f"after{i}",), fails=False) for i in range(20)]
    jobs += [step("both", ("after1", "after2", "good"), ("both",), fails=False)]
    jobs += [step("fine", ("good",), ("fine",), fails=False)]
    carried, records, ticks = carry(Plan(tuple(jobs)), tmp_path, workers)
    assert list(carried.failed) == ["steps/bad"]
    assert str(carried.failed["steps/bad"]) == "steps/bad was told to fail"
    assert sorted(carried.left_out) == sorted(["steps/both", *(f"steps/after{i}" for i in range(20))])
    assert set(records.jobs) == {"steps/good", "steps/fine"}
    assert len(ticks) == len(jobs)


def test_what_is_done_first_is_what_comes_first_in_the_plan(tmp_path: Path) -> None:
    jobs = [step(name, outputs=(name,)) for name in "cba"] + [step("z", ("c",), ("z",)), step("d", outputs=("d",))]
    carry(Plan(tuple(jobs)), tmp_path, 1)
    assert said(tmp_path) == [f"steps/{name}" for name in "cbazd"]


def test_a_file_that_another_job_writes_now(tmp_path: Path) -> None:
    """As the last frame of a mock day does when the length of a frame changes."""
    records, hashes = Records.load(tmp_path), Hashes(tmp_path)
    before = Plan((step("first", outputs=("a", "b")),))
    after = Plan((step("second", outputs=("b",)), step("first", outputs=("a",))))
    for plan in (before, after):
        carry_out(plan, tmp_path, records, hashes, 1, None, lambda _: None)
    assert (tmp_path / "b").read_text().startswith("b ")


def test_a_worker_that_dies_is_named_and_what_was_done_is_kept(tmp_path: Path) -> None:
    jobs = [step(str(i), outputs=(str(i),)) for i in range(3)]
    jobs += [step("dies", ("0", "1", "2"), ("dies",), action="die")]
    records = Records.load(tmp_path)
    with pytest.raises(CulpaError, match="a worker process died"):
        carry_out(Plan(tuple(jobs)), tmp_path, records, Hashes(tmp_path), 2, None, lambda _: None)
    assert set(records.jobs) == {"steps/0", "steps/1", "steps/2"}
    assert set(Records.load(tmp_path).jobs) == set(records.jobs)  # from the receipts
