"""One job done: what is recorded of it, and what it leaves behind."""

from dataclasses import replace
from pathlib import Path

import pytest

from culpa.errors import CulpaError
from culpa.run.hashes import read_file
from culpa.run.perform import perform
from culpa.run.records import read_receipt, receipt_path

from .steps import step

pytestmark = pytest.mark.usefixtures("stage")
JOB = step("one", ("given",), ("a",), more=["b", "c"])


def test_the_receipt_says_what_was_done(tmp_path: Path) -> None:
    (tmp_path / "given").write_text("given")
    given = read_file(tmp_path / "given")
    assert given
    done = perform(JOB, tmp_path, {"given": given})
    name, record, seen = read_receipt(receipt_path(tmp_path, JOB.name))
    assert (name, record, seen) == (JOB.name, done.record, done.seen)
    assert record.inputs == {"given": given.sha256}
    assert (list(record.code), record.result) == (["culpa", "source", "numpy"], {"read": 1})
    assert set(record.outputs) == {"a", "b", "c"}
    for path, digest in record.outputs.items():
        now = read_file(tmp_path / path)
        assert now == seen[path]
        assert now
        assert now.sha256 == digest


def test_what_it_writes_no_more_is_removed_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "given").write_text("given")
    (tmp_path / "foreign").write_text("mine")
    before = perform(JOB, tmp_path, {})
    (tmp_path / "c").unlink()  # by somebody
    perform(replace(JOB, parameters={}), tmp_path, {}, before.record.outputs)
    assert {path.name for path in tmp_path.iterdir()} == {".culpa", "said", "given", "foreign", "a"}


def test_a_promised_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CulpaError, match="steps/none did not write x"):
        perform(step("none", (), ("x",), action="nothing"), tmp_path, {})
    assert not receipt_path(tmp_path, "steps/none").exists()


def test_nothing_to_write_removes_what_was_written(tmp_path: Path) -> None:
    before = perform(step("one", (), ("x",)), tmp_path, {})
    assert (tmp_path / "x").exists()
    done = perform(step("one", (), ("x",), action="nothing", **{"says so": True}), tmp_path, {}, before.record.outputs)
    assert not (tmp_path / "x").exists()
    assert (done.record.outputs, done.record.result) == ({}, {"empty": "there was nothing"})


def test_a_job_that_fails_has_no_receipt(tmp_path: Path) -> None:
    with pytest.raises(CulpaError, match="told to fail"):
        perform(step("one", fails=True), tmp_path, {})
    assert not (tmp_path / ".culpa").exists()
