"""What the machines of a pool do gives what a run on one machine gives, whatever happens in between."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from culpa.errors import CulpaError
from culpa.run import pipeline
from culpa.run.assignment import Assignment
from culpa.run.condor import mark, nodefile, submission
from culpa.run.condor import work as module
from culpa.run.condor.nodes import Node, nodes, written_folders
from culpa.run.condor.settings import CondorSettings
from culpa.run.condor.work import gather, work
from culpa.run.plan import Plan
from culpa.run.records import receipt_path
from culpa.run.registry import codes, plan_of

from ..days import small

HOW = CondorSettings(batch=1.0)


def results(folder: Path) -> dict[str, bytes]:
    """What is in the folder of a day, but for what tells of the way it was made; lists of frames hold their folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
    return {name: data for name, data in found.items() if not name.startswith(("condor/", ".culpa/"))}


def workflow(of: Assignment, how: CondorSettings = HOW) -> list[tuple[Node, Path]]:
    """The nodes of what is due, with their files, in an order in which DAGMan could start them."""
    todo = pipeline.look(of.day.folder, plan_of(of)).due_plan
    submission.make(of, how, only_write=True)
    return [(node, of.day.folder / f"condor/nodes/{node.name}.json") for node in nodes(todo, how.batch)]


def finish(of: Assignment) -> list[str]:
    """The last node."""
    return gather(of.day.folder, of.day.folder / "condor/nodes/gather.json")


@pytest.fixture
def alike(undisturbed: Assignment, tmp_path: Path) -> Callable[[Assignment], None]:
    """Asks that a day has the bytes that a run on one machine gives there."""

    def check(of: Assignment) -> None:
        there = results(of.day.folder)
        away = of.day.folder.rename(tmp_path / "away")
        pipeline.make(of, 1, True)
        here = results(of.day.folder)
        assert sorted(there) == sorted(here)
        assert [name for name in here if here[name] != there[name]] == []
        shutil.rmtree(away)

    return check


def test_nodes_one_after_the_other_give_the_bytes_of_a_run(tmp_path: Path, alike: Callable[[Assignment], None]) -> None:
    of = small(tmp_path)
    done = [name for _, file in workflow(of) for name in work(of.day.folder, file)]
    assert sorted(done) == sorted(job.name for job in plan_of(of))
    assert sorted(finish(of)) == sorted(done)
    assert not list((of.day.folder / ".culpa/receipts").iterdir())
    assert pipeline.make(of, 1, True)["done now"] == 0
    alike(of)


def test_a_node_that_is_started_again_does_what_is_left(tmp_path: Path) -> None:
    of = small(tmp_path)
    folder = of.day.folder
    steps = [(node, file) for node, file in workflow(of, CondorSettings()) if node.kind != "small"]
    (frames, file), *_ = steps
    work(folder, file)
    assert work(folder, file) == []
    receipt_path(folder, frames.jobs[1].name).unlink()  # as if it had been killed
    (folder / frames.jobs[0].outputs[0]).write_bytes(b"half")
    assert work(folder, file) == [job.name for job in frames.jobs]
    receipt_path(folder, frames.jobs[1].name).write_text('{"job": ')
    assert work(folder, file) == [frames.jobs[1].name]


def test_what_has_changed_is_done_and_what_it_replaces_removed(day: Assignment) -> None:
    settings = {"triggers": {"chunk": 128}}  # other spans: other names of files
    of = small(day.day.results, **settings)
    before = set(results(of.day.folder))
    for _, file in workflow(of):
        work(of.day.folder, file)
    finish(of)
    shutil.rmtree(of.day.folder / "condor")
    assert pipeline.make(of, 1, True)["done now"] == 0
    made = results(of.day.folder)
    assert before - set(made)
    shutil.rmtree(of.day.folder)
    pipeline.make(of, 1, True)
    assert results(of.day.folder) == made


def test_a_node_that_fails_says_which_job_and_the_rest_goes_on(tmp_path: Path) -> None:
    of = small(tmp_path)
    steps = {node.name: file for node, file in workflow(of, CondorSettings())}
    work(of.day.folder, steps["mock-frames-0"])
    in_the_way = of.day.folder / ".culpa/parts"
    in_the_way.write_text("not a folder")
    with pytest.raises(CulpaError, match=r"^triggers/search/K1:"):
        work(of.day.folder, steps["triggers-search-0"])
    with pytest.raises(CulpaError, match=r"of 29 jobs are not done; the first is mock/lists"):
        finish(of)
    manifest = json.loads((of.day.folder / "manifest.json").read_text())
    assert "mock/frames/1451260818" in manifest["jobs"]  # what was done is not forgotten
    assert " is not done" in (of.day.folder / "index.html").read_text()
    in_the_way.unlink()
    pipeline.make(of, 1, True)


def test_another_culpa_does_nothing_and_says_what_differs(tmp_path: Path) -> None:
    of = small(tmp_path)
    (_, frames), *_ = workflow(of)
    everything = of.day.folder / "condor/nodes/gather.json"
    for file, task in ((frames, work), (everything, gather)):
        asked = nodefile.read(file)
        assert asked.code == codes(asked.plan.stages)
        code = {**asked.code, "mock": {**asked.code["mock"], "numpy": "0.1"}, "later": {"source": "ab"}}
        nodefile.write(replace(asked, code=code), file)
        with pytest.raises(CulpaError, match=r"; mock: numpy was 0\.1, is [\d.]+; later: source was ab, is absent\n"):
            task(of.day.folder, file)
    assert not list(of.day.folder.rglob("*.gwf"))
    assert not (of.day.folder / "manifest.json").exists()


def test_a_day_that_came_to_its_end_is_in_no_queue(tmp_path: Path) -> None:
    of = small(tmp_path)
    steps = workflow(of)
    mark.write(of.day.folder, mark.Submitted(1, "nowhere"))
    with pytest.raises(CulpaError, match="not done"):
        finish(of)
    assert mark.read(of.day.folder) == mark.Submitted(1, "nowhere")
    for _, file in steps:
        work(of.day.folder, file)
    finish(of)
    assert mark.read(of.day.folder) is None


def test_the_receipt_of_a_node_that_is_still_ending_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A workflow that was removed: `gather` runs while the system ends the others."""
    of = small(tmp_path)
    steps = {node.name: (node, file) for node, file in workflow(of, CondorSettings())}
    frames, file = steps["mock-frames-0"]
    work(of.day.folder, steps["small-0"][1])

    def look(folder: Path, plan: Plan) -> pipeline.State:
        state = pipeline.look(folder, plan)
        work(folder, file)
        return state

    monkeypatch.setattr(module, "look", look)
    with pytest.raises(CulpaError, match=" of 29 jobs are not done"):
        finish(of)
    assert all(receipt_path(of.day.folder, job.name).exists() for job in frames.jobs)
    assert not {job.name for job in frames.jobs} & set(pipeline.preview(of)["due"])


def test_without_the_folder_a_machine_makes_the_same(tmp_path: Path, alike: Callable[[Assignment], None]) -> None:
    of = small(tmp_path)
    folder = of.day.folder
    for number, (node, file) in enumerate(workflow(of, CondorSettings(batch=1.0, transfer="files"))):
        if not node.can_travel:
            work(folder, file)
            continue
        scratch = tmp_path / f"scratch{number}"
        brought = {path for job in node.jobs for path in job.inputs}
        for path in (*brought, f"condor/nodes/{node.name}.json"):
            (scratch / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(folder / path, scratch / path)
        work(scratch, scratch / f"condor/nodes/{node.name}.json", travels=True)
        for top in written_folders(node.jobs):  # what the submit file names
            assert not brought.intersection(path.relative_to(scratch).as_posix() for path in (scratch / top).rglob("*"))
            shutil.copytree(scratch / top, folder / top, dirs_exist_ok=True)
    finish(of)
    alike(of)


def test_links_to_the_neighbours_are_made(tmp_path: Path) -> None:
    from datetime import date

    first, second = small(tmp_path, date(2026, 1, 1)), small(tmp_path, date(2026, 1, 2))
    for of in (first, second):  # both planned before either has a page
        for _, file in workflow(of):
            work(of.day.folder, file)
    for of in (first, second):
        finish(of)
    for of in (first, second):
        assert pipeline.look(of.day.folder, plan_of(of)).due == {}
    assert "2026-01-02_mock" in (first.day.folder / "index.html").read_text()
    assert "2026-01-01_mock" in (second.day.folder / "index.html").read_text()
