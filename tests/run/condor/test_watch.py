"""What is told of a workflow, from what DAGMan and the nodes wrote."""

from pathlib import Path

import pytest

from culpa.errors import CulpaError
from culpa.run.condor import watch
from culpa.run.condor.queue import Queued
from culpa.run.condor.watch import Progress

STATUS = """[
  Type = "DagStatus";
  DagStatus = 3; /* "STATUS_SUBMITTED ()" */
  NodesTotal = 4;
]
""" + "".join(
    f"""[
  Type = "NodeStatus";
  Node = "{name}";
  NodeStatus = {status}; /* "in words" */
  StatusDetails = "";
  RetryCount = 0;
]
"""
    for name, status in [("triggers-search-0", 5), ("triggers-search-1", 6), ("page-day-0", 0), ("gather", 3)]
)
"""As a DAGMan 23.9.6 wrote it."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "condor/logs").mkdir(parents=True)
    (tmp_path / "condor/day.status").write_text(STATUS)
    return tmp_path


def test_states_of_nodes(folder: Path) -> None:
    assert watch.states(folder) == {
        "triggers-search-0": "done",
        "triggers-search-1": "failed",
        "page-day-0": "waiting",
        "gather": "waiting",
    }
    assert watch.states(folder / "nowhere") == {}


def test_a_line_for_each_kind() -> None:
    states = {"a-b-0": "done", "a-b-1": "failed", "a-b-2": "running", "a-b-10": "waiting", "gather": "held"}
    assert Progress(states, ()).lines() == ["a-b: 1 of 4 done, 1 running, 1 failed", "gather: 0 of 1 done, 1 held"]


def test_stuck_is_held_and_nothing_else() -> None:
    held, running = Queued("a", "held", "why", 1), Queued("b", "running")
    assert Progress({}, (held,)).is_stuck
    assert not Progress({}, (held, running)).is_stuck
    assert not Progress({}, ()).is_stuck


def test_the_last_words_of_a_node(folder: Path) -> None:
    err = folder / "condor/logs/triggers-search-1.err"
    err.write_text("WARNING: a\nculpa: triggers/search/K1:A: cannot read b\n  look at b\n")
    assert watch.last_words(folder, "triggers-search-1") == "culpa: triggers/search/K1:A: cannot read b"
    err.write_text("Traceback\nValueError: c\n")
    assert watch.last_words(folder, "triggers-search-1") == "ValueError: c"
    assert watch.last_words(folder, "page-day-0") == ""


def test_a_workflow_that_failed_names_the_nodes(folder: Path) -> None:
    (folder / "condor/logs/triggers-search-1.err").write_text("culpa: no\n")
    with pytest.raises(CulpaError, match="triggers-search-1: culpa: no"):
        watch._check(folder, watch.states(folder))


def test_a_workflow_that_was_removed_has_no_word(folder: Path) -> None:
    (folder / "condor/day.status").unlink()
    with pytest.raises(CulpaError, match="gather: no word"):
        watch._check(folder, watch.states(folder))


def test_a_workflow_whose_last_node_is_done_is_done(folder: Path) -> None:
    (folder / "condor/day.status").write_text(STATUS.replace("NodeStatus = 3", "NodeStatus = 5"))
    watch._check(folder, watch.states(folder))
