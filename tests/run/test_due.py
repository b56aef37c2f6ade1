"""Why a job has to be done, in words."""

from dataclasses import replace
from pathlib import Path

import pytest

from culpa.run.due import due
from culpa.run.hashes import Hashes
from culpa.run.local import carry_out
from culpa.run.plan import Plan
from culpa.run.records import Records

from .steps import NAME, step

pytestmark = pytest.mark.usefixtures("stage")
PLAN = Plan(
    (
        step("first", ("given",), ("a",), number=1, nested={"x": {"y": 1}, "z": 2}),
        step("second", ("a",), ("b", "c"), number=1),
        step("third", ("c",), ("d",)),
        step("aside", (), ("e",)),
    )
)


@pytest.fixture
def records(tmp_path: Path) -> Records:
    """Everything was done."""
    (tmp_path / "given").write_text("given")
    found = Records.load(tmp_path)
    carry_out(PLAN, tmp_path, found, Hashes(tmp_path), 1, None, lambda _: None)
    return found


def reasons(records: Records, plan: Plan = PLAN, code: dict[str, str] | None = None) -> dict[str, list[str]]:
    current = dict(next(iter(records.jobs.values())).code) if records.jobs else {}
    found = due(plan, records, Hashes(records.folder, records.seen), {NAME: current if code is None else code})
    return {name.removeprefix("steps/"): why for name, why in found.items()}


def test_nothing_is_due_of_what_is_done(records: Records) -> None:
    assert reasons(records) == {}


def test_all_is_due_where_nothing_was_done(tmp_path: Path) -> None:
    found = reasons(Records.load(tmp_path))
    assert list(found) == ["first", "second", "third", "aside"]
    assert found["third"] == ["it has not been done yet", "it follows steps/second"]


def test_a_missing_and_a_changed_output(records: Records) -> None:
    (records.folder / "b").unlink()
    (records.folder / "c").write_text("else")
    assert reasons(records) == {
        "second": ["output missing: b", "output changed: c"],
        "third": ["it follows steps/second"],
    }


def test_a_changed_and_a_missing_input(records: Records) -> None:
    (records.folder / "given").write_text("else")
    (why,) = reasons(records)["first"]
    assert why.startswith("input given was ")
    (records.folder / "given").unlink()
    (why,) = reasons(records)["first"]
    assert why.endswith(", is absent")


def test_changed_parameters_new_ones_and_old_ones(records: Records) -> None:
    first = replace(PLAN["steps/first"], parameters={"number": 2, "nested": {"x": {"y": 3}}, "new": "x" * 99})
    found = reasons(records, Plan((first, *PLAN.jobs[1:])))
    assert found["first"] == [
        "parameter nested.x.y was 1, is 3",
        "parameter nested.z is gone",
        "parameter new is new",
        "and 1 more changes of this kind",
    ]
    assert list(found) == ["first", "second", "third"]


def test_changed_settings(records: Records) -> None:
    plan = Plan((*PLAN.jobs[:3], replace(PLAN["steps/aside"], settings={"a": {"b": 1}})))
    assert reasons(records, plan) == {"aside": ["setting a.b is new"]}


def test_changed_code(records: Records) -> None:
    version = dict(records.jobs["steps/aside"].code)
    found = reasons(records, code=version | {"numpy": "0.1"})
    assert set(found) == {"first", "second", "third", "aside"}
    assert found["aside"] == [f"code numpy was {version['numpy']}, is 0.1"]


def test_more_outputs_than_were_promised_then(records: Records) -> None:
    plan = Plan((*PLAN.jobs[:3], replace(PLAN["steps/aside"], outputs=("e", "f"))))
    assert reasons(records, plan) == {"aside": ["it did not write f"]}


def test_other_files_are_read(records: Records) -> None:
    (records.folder / "new").write_text("new")
    plan = Plan((*PLAN.jobs[:3], replace(PLAN["steps/aside"], inputs=("new",))))
    assert reasons(records, plan) == {"aside": ["input new is new"]}


def test_a_job_without_anything_to_write_is_done(tmp_path: Path) -> None:
    plan = Plan((step("nothing", (), ("x",), action="nothing", **{"says so": True}),))
    records = Records.load(tmp_path)
    carry_out(plan, tmp_path, records, Hashes(tmp_path), 1, None, lambda _: None)
    assert reasons(records, plan) == {}


def test_a_long_list_is_counted(records: Records) -> None:
    many = Plan((step("many", (), tuple(f"m{i}" for i in range(9))),))
    carry_out(many, records.folder, records, Hashes(records.folder), 1, None, lambda _: None)
    for path in records.folder.glob("m?"):
        path.unlink()
    assert reasons(records, many) == {"many": ["output missing: m0, m1, m2 and 6 more"]}
