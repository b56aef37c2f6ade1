"""Several days: one that fails ends neither the submitting of the others nor the waiting for them."""

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from culpa.errors import CulpaError
from culpa.run.assignment import Assignment
from culpa.run.condor import mark, submission, watch
from culpa.run.condor.mark import Submitted
from culpa.run.condor.settings import CondorSettings

from ..days import small

HOW = CondorSettings()


@pytest.fixture
def days(tmp_path: Path) -> list[Assignment]:
    return [small(tmp_path, date(2026, 1, day)) for day in (1, 2, 3)]


def test_a_day_that_fails_is_told_after_the_others(days: list[Assignment], capsys: pytest.CaptureFixture[str]) -> None:
    first, *others = (of.day.folder for of in days)
    first.mkdir(parents=True)
    (first / "manifest.json").write_text("{")
    with pytest.raises(CulpaError, match=re.escape(f"cannot read the manifest {first}")):
        submission.submit(days, HOW, None, only_write=True, waits=False, quiet=False)
    assert [(folder / "condor/day.dag").exists() for folder in others] == [True, True]
    told = capsys.readouterr().err.splitlines()
    assert [line.partition(":")[0] for line in told] == [str(folder) for folder in others]
    assert all("written, not submitted" in line for line in told)


def at_work(monkeypatch: pytest.MonkeyPatch, ends: Mapping[int, BaseException]) -> list[int]:
    """As if a queue had all days, by clusters with the day's number, and some came to other ends; who is waited for."""
    waited = []

    def wait(folder: Path, there: Submitted, *_: object) -> None:
        waited.append(there.cluster)
        if problem := ends.get(there.cluster):
            raise problem

    monkeypatch.setattr(mark, "in_queue", lambda folder: Submitted(int(folder.name[8:10]), "a@b"))
    monkeypatch.setattr(watch, "wait", wait)
    return waited


def test_a_workflow_that_fails_is_told_after_the_others(
    days: list[Assignment], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    waited = at_work(monkeypatch, {1: CulpaError("first"), 2: CulpaError("second")})
    with pytest.raises(CulpaError, match=r"^first$"):
        submission.submit(days, HOW, None, only_write=False, waits=True, quiet=False)
    assert waited == [1, 2, 3]
    told = capsys.readouterr().err
    assert re.findall(r"as cluster (\d)", told) == ["1", "2", "3"]
    assert re.findall(r"-(\d\d)_mock: the workflow is done", told) == ["03"]


def test_a_day_that_cannot_be_submitted_keeps_nobody_from_waiting(
    days: list[Assignment], monkeypatch: pytest.MonkeyPatch
) -> None:
    waited = at_work(monkeypatch, {3: CulpaError("later")})

    def in_queue(folder: Path) -> Submitted:
        if "-02_" in folder.name:
            raise CulpaError("earlier")
        return Submitted(int(folder.name[8:10]), "a@b")

    monkeypatch.setattr(mark, "in_queue", in_queue)
    with pytest.raises(CulpaError, match=r"^earlier$"):
        submission.submit(days, HOW, None, only_write=False, waits=True, quiet=True)
    assert waited == [1, 3]


def test_interrupted_it_says_what_goes_on(days: list[Assignment], monkeypatch: pytest.MonkeyPatch) -> None:
    waited = at_work(monkeypatch, {1: CulpaError("first"), 2: KeyboardInterrupt()})
    with pytest.raises(CulpaError) as problem:
        submission.submit(days, HOW, None, only_write=False, waits=True, quiet=True)
    assert waited == [1, 2]
    assert problem.value.exit_code == 130
    assert re.findall(r"cluster (\d) of a@b goes on with \S+", problem.value.message) == ["2", "3"]
    assert problem.value.hint.endswith("condor_rm 2 3")


def test_days_that_came_to_their_end(days: list[Assignment], monkeypatch: pytest.MonkeyPatch) -> None:
    at_work(monkeypatch, {})
    results = submission.submit(days, HOW, None, only_write=False, waits=True, quiet=True)
    assert [(result["cluster"], result["ended"]) for result in results] == [(1, True), (2, True), (3, True)]
