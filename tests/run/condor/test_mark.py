"""A day that was submitted is not worked on by others. (What a real queue answers: tests/condor.)"""

import importlib.util
import os
from pathlib import Path

import pytest

from culpa.errors import MissingExtraError
from culpa.run.condor import mark, queue
from culpa.run.lock import BusyError


def test_a_day_that_was_not_submitted_is_free(tmp_path: Path) -> None:
    mark.check_not_submitted(tmp_path)
    assert mark.in_queue(tmp_path) is None


def test_half_a_mark_is_none(tmp_path: Path) -> None:
    mark.write(tmp_path, mark.Submitted(12, "a@b"))
    mark.path(tmp_path).write_text('{"cluster": 12')
    mark.check_not_submitted(tmp_path)
    assert not mark.path(tmp_path).exists()


def test_a_queue_that_cannot_be_asked_may_be_at_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONDOR_CONFIG", os.devnull)  # a machine of no pool, with the bindings or without
    monkeypatch.setenv("_CONDOR_COLLECTOR_HOST", "127.0.0.1:1")
    folder = tmp_path / "my day"
    mark.write(folder, mark.Submitted(12, "a@b"))
    with pytest.raises(BusyError, match=r"cluster 12 of a@b.*cannot be asked") as problem:
        mark.check_not_submitted(folder)
    assert problem.value.hint.endswith(f": rm '{folder}/.culpa/condor.json'")
    assert mark.read(folder) == mark.Submitted(12, "a@b")


@pytest.mark.skipif(importlib.util.find_spec("htcondor2") is not None, reason="the extra is installed")
def test_without_the_bindings_the_extra_is_named() -> None:
    with pytest.raises(MissingExtraError, match=r"htcondor(.|\n)*culpa\[condor\]"):
        queue.nodes("a@b", 12)
