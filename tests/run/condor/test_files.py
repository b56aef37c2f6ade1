"""The files of a workflow: plain text that HTCondor's own tools take, the same for the same plan."""

import os
import shlex
import sys
from pathlib import Path

import pytest

from culpa.errors import CulpaError
from culpa.run.assignment import Assignment
from culpa.run.condor import files, nodefile, submission
from culpa.run.condor.nodes import Node
from culpa.run.condor.settings import CondorSettings
from culpa.run.plan import Job, Plan
from culpa.run.records import Record, Records
from culpa.run.registry import codes, plan_of

from ..days import contents, small


def written(of: Assignment, **how: object) -> dict[str, str]:
    """The text of each file of a workflow that has never been submitted."""
    submission.make(of, CondorSettings(**how), only_write=True)  # type: ignore[arg-type]
    there = of.day.folder / "condor"
    return {path.relative_to(there).as_posix(): path.read_text() for path in there.rglob("*") if path.is_file()}


def lines(text: str) -> dict[str, str]:
    """Commands of a submit file."""
    pairs = (line.partition(" = ") for line in text.splitlines() if " = " in line)
    return {name: value for name, _, value in pairs}


def test_nodes_and_what_they_need(tmp_path: Path) -> None:
    dag = written(small(tmp_path))["day.dag"].splitlines()
    assert [line.split()[1:] for line in dag if line.startswith("JOB")] == [
        ["mock-frames-0", "mock-frames.sub"],
        ["small-0", "small.sub"],
        ["mock-lists-0", "mock-lists.sub"],
        ["triggers-search-0", "triggers-search.sub"],
        ["coherence-sums-0", "coherence-sums.sub"],
        ["triggers-write-0", "triggers-write.sub"],
        ["hveto-rounds-0", "hveto-rounds.sub"],
        ["classes-images-0", "classes-images.sub"],
        ["small-1", "small.sub"],
        ["coherence-classes-score-page-0", "coherence-classes-score-page.sub"],
    ]
    assert "FINAL gather gather.sub" in dag
    assert "PARENT mock-frames-0 CHILD triggers-search-0" in dag
    assert "PARENT triggers-search-0 CHILD triggers-write-0" in dag
    assert "PARENT mock-frames-0 CHILD coherence-sums-0" in dag
    before = "hveto-rounds-0 triggers-write-0 mock-frames-0 coherence-sums-0 classes-images-0"
    assert f"PARENT {before} CHILD small-1" in dag
    before = "small-1 hveto-rounds-0 triggers-write-0 small-0"
    assert f"PARENT {before} CHILD coherence-classes-score-page-0" in dag


def test_same_plan_same_text_and_nothing_of_an_earlier_one(tmp_path: Path) -> None:
    of = small(tmp_path)
    first = written(of, batch=1.0)
    (of.day.folder / "condor/day.dag.rescue001").write_text("DONE mock-frames-0\n")
    (of.day.folder / "condor/logs/triggers-search-0.err").write_text("culpa: of the last time\n")
    assert written(of, batch=1.0) == first
    assert set(written(of)) < set(first)


def test_only_what_is_due_is_in_it(day: Assignment) -> None:
    (day.day.folder / "score.json").unlink()
    submission.make(day, CondorSettings(), only_write=True)
    dag = (day.day.folder / "condor/day.dag").read_text()
    assert [line.split()[1] for line in dag.splitlines() if line.startswith("JOB")] == ["score-page-0"]


def test_nothing_is_written_where_nothing_is_due(day: Assignment) -> None:
    result = submission.make(day, CondorSettings(), only_write=True)
    assert result["due"] == 0
    assert not (day.day.folder / "condor").exists()
    assert "nothing to submit" in submission.tell(result)


def test_up_to_a_stage_the_page_still_tells_of_later_ones(day: Assignment) -> None:
    assert submission.make(day, CondorSettings(), "mock", only_write=True)["due"] == 0
    (day.day.folder / "raw/truth.csv").unlink()
    made = submission.make(day, CondorSettings(), "mock", only_write=True)
    assert made["due"] == 2  # score follows: the page is about the stages before
    page = nodefile.read(day.day.folder / "condor/nodes/gather.json").plan["page/day"]
    assert page == plan_of(day, "classes")["page/day"]


@pytest.fixture
def changed(day: Assignment) -> Assignment:
    """A day that was made with other settings: files of it are no part of the plan any more."""
    return small(day.day.results, triggers={"chunk": 128})


def test_writing_only_removes_nothing(changed: Assignment) -> None:
    before = contents(changed.day.folder)
    parts = set((changed.day.folder / ".culpa/parts").rglob("*.h5"))
    submission.make(changed, CondorSettings(), only_write=True)
    now = contents(changed.day.folder)
    assert {name: data for name, data in now.items() if not name.startswith("condor/")} == before
    assert set((changed.day.folder / ".culpa/parts").rglob("*.h5")) == parts


def test_without_a_queue_nothing_changes(changed: Assignment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONDOR_CONFIG", os.devnull)
    monkeypatch.setenv("_CONDOR_COLLECTOR_HOST", "127.0.0.1:1")
    before = contents(changed.day.folder)
    with pytest.raises(CulpaError):
        submission.make(changed, CondorSettings())
    assert contents(changed.day.folder) == before


def test_the_line_to_submit_by_hand_is_for_a_shell(tmp_path: Path) -> None:
    of = small(tmp_path / "Bob's data")
    said = submission.tell(submission.make(of, CondorSettings(), only_write=True))
    _, _, line = said.partition("not submitted: ")
    assert shlex.split(line) == ["cd", str(of.day.folder / "condor"), "&&", "condor_submit_dag", "day.dag"]


def test_what_a_machine_is_told(tmp_path: Path) -> None:
    of = small(tmp_path)
    said = lines(written(of)["triggers-search.sub"])
    assert said["executable"] == sys.executable
    assert said["arguments"] == '"-m culpa job . condor/nodes/$(JOB).json"'
    assert said["initialdir"] == str(of.day.folder.resolve())
    assert said["should_transfer_files"] == "NO"
    assert said["max_retries"] == "3"
    assert "pow(2, " in said["request_memory"]
    assert "NumHolds <= 3" in said["periodic_release"]
    assert "accounting_group" not in said


def test_settings_are_in_it(tmp_path: Path) -> None:
    settings = {
        "accounting_group": "a.b",
        "accounting_group_user": "someone",
        "retries": 7,
        "releases": 2,
        "release_after": 5.0,
        "memory_growth": 1.5,
        "python": "/cvmfs/python",
        "lines": {"+Project": '"x"', "request_disk": "1GB"},
    }
    text = written(small(tmp_path), **settings)["small.sub"]
    said = lines(text)
    assert (said["accounting_group"], said["accounting_group_user"]) == ("a.b", "someone")
    assert said["max_retries"] == "7"
    assert "NumHolds <= 2 && time() - EnteredCurrentStatus >= 5" in said["periodic_release"]
    assert "pow(1.5, " in said["request_memory"]
    assert said["executable"] == "/cvmfs/python"
    assert said["request_disk"] == "1GB"  # the last word counts
    assert text.endswith('+Project = "x"\nrequest_disk = 1GB\nqueue\n')


def test_margins_are_in_what_is_asked_for(tmp_path: Path) -> None:
    def asked(margin: float) -> list[int]:
        dag = written(small(tmp_path), memory_margin=margin)["day.dag"]
        words = [line.split() for line in dag.splitlines() if line.startswith("VARS")]
        return [int(word[2].split('"')[1]) for word in words]

    assert [round(of / 2) for of in asked(2.0)] == asked(1.0)


def test_files_that_travel(tmp_path: Path) -> None:
    found = written(small(tmp_path), transfer="files")
    search, page = lines(found["triggers-search.sub"]), lines(found["coherence-classes-score-page.sub"])
    assert search["universe"] == "vanilla"
    assert search["should_transfer_files"] == "YES"
    assert search["arguments"].endswith('--travels"')
    assert page["universe"] == "local"
    assert "--travels" not in page["arguments"]
    assert lines(found["gather.sub"])["universe"] == "local"
    (what,) = [line for line in found["day.dag"].splitlines() if line.startswith("VARS triggers-search-0")]
    inputs, outputs = (what.partition(f'{name}="')[2].partition('"')[0].split(", ") for name in ("inputs", "outputs"))
    assert inputs[0] == "raw/K-K1_MOCK-1451260818-16.gwf"
    assert len(inputs) == 9
    assert outputs == [".culpa"]
    (lists,) = [line for line in found["day.dag"].splitlines() if line.startswith("VARS mock-lists-0")]
    assert "inputs=" not in lists


def test_a_path_that_is_absolute_stays_where_it_is(tmp_path: Path) -> None:
    job = Job("triggers/a", "search", {}, {}, ("/cvmfs/a.gwf", "raw/b.gwf"), ("x/c",))
    how = CondorSettings(transfer="files")
    files.write(tmp_path, Plan((job,)), submission.nodes(Plan((job,)), 1.0), Records(tmp_path, {}, {}), how)
    assert 'inputs="raw/b.gwf" outputs=".culpa, x"' in (tmp_path / "condor/day.dag").read_text()


def test_a_path_to_culpa_travels_to_the_jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", f"/some where{os.pathsep}src{os.pathsep}Bob's")
    monkeypatch.chdir(tmp_path)  # jobs start elsewhere
    paths = f"/some where{os.pathsep}{tmp_path}/src{os.pathsep}{tmp_path}/Bob''s"
    assert f"PYTHONPATH='{paths}'" in written(small(tmp_path))["small.sub"]
    monkeypatch.delenv("PYTHONPATH")
    assert "PYTHONPATH" not in written(small(tmp_path))["small.sub"]


def test_the_kernels_of_linear_algebra_travel_to_the_jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Zen")
    assert "OPENBLAS_CORETYPE='Zen'" in written(small(tmp_path))["small.sub"]
    monkeypatch.delenv("OPENBLAS_CORETYPE")
    assert "OPENBLAS_CORETYPE" not in written(small(tmp_path))["small.sub"]


def test_paths_mean_what_they_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/$(A)")  # HTCondor puts something else in place of $(A)
    said = lines(written(small(tmp_path), python="/$(B)/python")["small.sub"])
    assert said["executable"] == "/$(DOLLAR)(B)/python"
    assert "PYTHONPATH='/$(DOLLAR)(A)'" in said["environment"]


@pytest.mark.parametrize("name", ["a$(B)", "$ENV(HOME)"])
def test_a_day_where_htcondor_would_look_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    of = small(tmp_path / name)
    with pytest.raises(CulpaError, match=r"in place of \$\(\.\.\.\) in paths"):
        written(of)
    assert not of.day.folder.exists()
    assert written(small(tmp_path / "a$b (c)"))


def test_node_files_have_all_that_the_plan_has(day: Assignment) -> None:
    (day.day.folder / "score.json").unlink()
    submission.make(day, CondorSettings(), only_write=True)
    plan = plan_of(day)
    read = nodefile.read(day.day.folder / "condor/nodes/score-page-0.json")
    job, _ = read.plan
    assert job == plan["score/table"]
    assert job.resources == plan["score/table"].resources
    assert set(read.before) == {"score/table", "page/day"}
    assert set(job.inputs) <= set(read.seen)
    assert read.needs == ()  # what it needs is done
    assert read.code == codes(["score", "page"])
    everything = nodefile.read(day.day.folder / "condor/nodes/gather.json")
    assert [one.name for one in everything.plan] == ["score/table", "page/day"]


def test_a_node_file_that_is_none(tmp_path: Path) -> None:
    for text in ("", "[]", '{"jobs": [1]}'):
        (tmp_path / "a.json").write_text(text)
        with pytest.raises(CulpaError, match=r"cannot read the node .*a\.json"):
            nodefile.read(tmp_path / "a.json")


def test_a_file_that_has_another_maker_now_is_not_for_the_old_one_to_remove(tmp_path: Path) -> None:
    one, other = Job("hveto/1", "a", {}, {}, (), ("new",)), Job("hveto/2", "a", {}, {}, (), ("old",))
    record = Record({}, {}, {}, {}, {"old": "00", "older": "11"})
    plan = Plan((one, other))
    asked = nodefile.errand(Node("hveto-a-0", "hveto-a", (one,), ()), plan, Records(tmp_path, {"hveto/1": record}, {}))
    assert set(asked.before["hveto/1"].outputs) == {"older"}
