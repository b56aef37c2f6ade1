"""What is told of a workflow, from what DAGMan and the nodes wrote."""

from dataclasses import replace
from pathlib import Path

import pytest

from culpa.errors import CulpaError
from culpa.run.condor import queue, watch
from culpa.run.condor.mark import Submitted
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
        "gather": "under way",
    }
    assert watch.states(folder / "nowhere") == {}


def test_a_line_for_each_kind() -> None:
    states = {"a-b-0": "done", "a-b-1": "failed", "a-b-2": "running", "a-b-10": "waiting", "gather": "held"}
    assert Progress(states, ()).lines() == ["a-b: 1 of 4 done, 1 running, 1 failed", "gather: 0 of 1 done, 1 held"]


HELD = Queued("a", "held", "why", 6, holds=4)
"""For good, where three releases are set."""
DAGMAN = Queued("DAGMan", "held", "by hand", 1, holds=1)


@pytest.mark.parametrize(
    ("states", "queued", "stuck"),
    [
        ({}, (HELD,), True),
        ({}, (replace(HELD, holds=3),), False),
        ({}, (replace(HELD, code=1, holds=1),), True),
        ({}, (HELD, Queued("b", "running", holds=4)), False),
        ({}, (HELD, replace(HELD, node="b", holds=1)), False),
        ({}, (), False),
        ({"a": "held", "b": "under way", "c": "waiting"}, (HELD,), False),  # what follows b is about to be submitted
        ({"a": "held", "b": "done", "c": "waiting"}, (HELD,), True),
        ({"b": "under way"}, (DAGMAN,), True),  # nobody notices that b ended
        ({}, (replace(DAGMAN, code=6),), True),
        ({}, (DAGMAN, Queued("b", "running")), False),
        ({}, (DAGMAN, HELD), True),
    ],
)
def test_stuck_is_held_for_good_and_nothing_else(
    states: dict[str, str], queued: tuple[Queued, ...], stuck: bool
) -> None:
    assert Progress(states, queued).is_stuck(3) is stuck


def test_each_held_node_is_told_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    one, other = replace(HELD, holds=1), replace(HELD, node="b", holds=1)
    running = Queued("DAGMan", "running")
    answers = [[one, running], [one, other, running], [HELD, replace(HELD, node="b"), running]]
    monkeypatch.setattr(queue, "workflow", lambda *_: 12)
    monkeypatch.setattr(queue, "nodes", lambda *_: answers.pop(0))
    monkeypatch.setattr(watch, "_PAUSE", 0.0)
    (folder / "condor/day.status").unlink()
    with pytest.raises(CulpaError, match="a is held: why; b is held: why") as problem:
        watch.wait(folder, Submitted(12, "x@y"), 3, True)
    assert [record.getMessage() for record in caplog.records] == ["a is held: why", "b is held: why"]
    assert "condor_rm 12" in problem.value.hint


def test_many_held_nodes_are_counted(folder: Path) -> None:
    many = tuple(replace(HELD, node=f"n{i}") for i in range(5))
    said = watch._held(Submitted(12, "x@y"), Progress({}, many)).message
    assert said == "n0 is held: why; n1 is held: why; n2 is held: why; and 2 more"


def test_the_last_line_of_each_kind_is_how_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    with watch._display(quiet=False) as show:
        for counts in ("1 running", "1 running", "1 idle", "1 running"):
            show([f"a: {counts}", "b: 1 idle"])
    assert capsys.readouterr().err.splitlines() == ["a: 1 running", "b: 1 idle", "a: 1 idle", "a: 1 running"]


def test_the_last_words_of_a_node(folder: Path) -> None:
    err = folder / "condor/logs/triggers-search-1.err"
    err.write_text("WARNING: a\nculpa: triggers/search/K1:A: cannot read b\n  look at b\n")
    assert watch.last_words(folder, "triggers-search-1") == "culpa: triggers/search/K1:A: cannot read b"
    err.write_text("Traceback\nValueError: c\n")
    assert watch.last_words(folder, "triggers-search-1") == "ValueError: c"
    assert watch.last_words(folder, "page-day-0") == ""


DIARY = """11/22/26 06:19:21 Submitting HTCondor Node a-0 job(s)...
11/22/26 06:19:21 Submitting node a-0 from file a.sub using direct job submission
11/22/26 06:19:21 \tassigned HTCondor ID (10.0.0)
11/22/26 06:19:39 Submitting node a-1 from file a.sub using direct job submission
11/22/26 06:19:39 submit error: Submit:-1:of the first time
\t11/22/26 06:19:39 Job submit try 1/2 failed, will try again in >= 1 second.
11/22/26 06:19:56 Submitting node a-1 from file a.sub using direct job submission
11/22/26 06:19:56 ERROR: on Line 6 of submit file: failed to create job classad
11/22/26 06:19:56 submit error: Submit:-1:Parse error in expression:
\tRequirements = (((() && (TARGET.Arch == "X86_64")
\t11/22/26 06:19:56 Job submit failed after 2 tries.
11/22/26 06:19:56 Shortcutting node a-1 retries because of submit failure(s)
"""
"""As a DAGMan 23.9.6 wrote it."""


def test_the_last_words_of_a_node_that_could_not_be_submitted(folder: Path) -> None:
    (folder / "condor/day.dag.dagman.out").write_text(DIARY)
    refused = 'Submit:-1:Parse error in expression: Requirements = (((() && (TARGET.Arch == "X86_64")'
    assert watch.last_words(folder, "a-1") == refused
    assert watch.last_words(folder, "a-0") == ""
    assert watch.last_words(folder, "a") == ""
    with pytest.raises(CulpaError, match=r"no word") as problem:
        watch._check(folder, {"a-0": "failed"})
    assert "day.dag.dagman.out" in problem.value.hint


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
