"""The jobs of each stage as data: what JSON can hold, named by their stage, alike wherever the day lies."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from culpa.identify.rendering import RenderSettings
from culpa.run.assignment import Assignment
from culpa.run.registry import _ALL, STAGES, action_of, plan_of
from culpa.run.stages import classes, hveto, mock, qscans, score, triggers

from .days import MAIN, START, small


@pytest.fixture(scope="module")
def of(tmp_path_factory: pytest.TempPathFactory) -> Assignment:
    return small(tmp_path_factory.mktemp("planned"))


@pytest.fixture(scope="module")
def trained(of: Assignment) -> Assignment:
    """The same day with a model of its own."""
    return replace(of, classes=replace(of.classes, train=True), training_set=RenderSettings(per_class=12))


def test_a_plan_is_data_and_every_job_has_an_action(trained: Assignment) -> None:
    for job in plan_of(trained):
        assert job.name.startswith(f"{job.stage}/")
        assert job.stage in _ALL
        assert callable(action_of(job))
        assert json.loads(json.dumps([job.settings, job.parameters])) == [job.settings, job.parameters]
        assert job.resources.seconds > 0
        assert job.outputs


def test_what_each_stage_reads_the_ones_before_it_write(trained: Assignment) -> None:
    made: set[str] = set()
    for job in plan_of(trained):
        assert set(job.inputs) <= made, job.name
        made |= set(job.outputs)


def test_the_plan_does_not_depend_on_where_the_day_lies(of: Assignment, tmp_path: Path) -> None:
    here, there = plan_of(of), plan_of(small(tmp_path))
    moved = [job.name for job, other in zip(here, there, strict=True) if job != other]
    assert moved == ["mock/lists"]  # they hold absolute paths


def test_frames_in_batches(of: Assignment) -> None:
    frames = [job for job in mock.jobs(of) if job.action == "frames"]
    assert [len(job.outputs) for job in frames] == [8, 1]
    assert frames[1].name == f"mock/frames/{START + 128}"


def test_a_chunk_reads_the_frames_it_needs(of: Assignment) -> None:
    searches = [job for job in triggers.jobs(of) if job.action == "search" and job.parameters["channel"] == MAIN]
    assert len(searches) == 2
    frames = [file.path for file in of.recording.files]
    assert {path for job in searches for path in job.inputs} == set(frames)
    assert all(list(job.inputs) == [path for path in frames if path in job.inputs] for job in searches)


def test_the_fastest_channels_come_first_and_one_rate_at_a_time(of: Assignment) -> None:
    channels = list(dict.fromkeys(job.parameters["channel"] for job in triggers.jobs(of) if job.action == "search"))
    rates = [of.recording.rates[channel] for channel in channels]
    assert rates == sorted(rates, reverse=True)


@pytest.mark.parametrize(
    ("formats", "best"),
    [(("xml", "root", "hdf5"), "hdf5"), (("root", "xml"), "root"), (("xml",), "xml"), (("root",), "root")],
)
def test_later_stages_read_one_format(of: Assignment, formats: tuple[str, ...], best: str) -> None:
    asked = replace(of, data=replace(of.data, formats=formats))
    ending = {"hdf5": ".h5", "root": ".root", "xml": ".xml.gz"}[best]
    (job,) = hveto.jobs(asked)
    assert all(path.endswith(ending) for path in job.inputs)
    (table,) = score.jobs(asked)
    assert {path for path in table.inputs if "omicron" in path} == set(job.inputs)


def test_stages_without_anything_to_do_have_no_jobs(tmp_path: Path) -> None:
    alone = small(tmp_path, mock={"auxiliary": 0})
    assert list(hveto.jobs(alone)) == []
    (table,) = score.jobs(alone)
    assert not [path for path in table.inputs if "hveto" in path]
    assert list(qscans.jobs(alone)) == []
    assert [job.name for job in classes.jobs(alone)][-1] == "classes/table"
    moment = small(tmp_path, mock={"duration": 2})
    assert [job.name for job in triggers.jobs(moment)] == ["triggers/settings"]
    assert list(score.jobs(moment)) == list(classes.jobs(moment)) == []


def test_up_to_a_stage_is_the_beginning_and_a_page(trained: Assignment) -> None:
    whole = [job.name for job in plan_of(trained)]
    for stage in STAGES:
        part = [job.name for job in plan_of(trained, stage) if job.stage != "page"]
        assert part == whole[: len(part)]
        assert part[-1].startswith(f"{stage}/")
