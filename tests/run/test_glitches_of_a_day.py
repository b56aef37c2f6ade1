"""Q-scans and classes of a day: what the stages leave, what the page is made from, and what it says of them."""

import csv
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from culpa.acquire.triggerlists import load_lists
from culpa.identify.predictions import read_predictions
from culpa.report.day.page import write_day_page
from culpa.report.day.view import DayView
from culpa.run import pipeline, whole_words
from culpa.run.assignment import Assignment
from culpa.run.perform import perform
from culpa.run.registry import plan_of
from culpa.run.scoring import read_veto
from culpa.run.stages import classes, page, qscans
from culpa.run.verify import verify

from .days import DATE, MAIN, contents, different, due, followers, make, small
from .models import write_model

Culpa = Callable[..., Any]
VIEWS = 4


def of_model(results: Path, model: Path) -> Assignment:
    return small(results, classes={"model": str(model)})


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("model") / "model.onnx")


@pytest.fixture(scope="module")
def made(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Assignment:
    """A day that was carried out with a model of its own; not to be changed."""
    of = of_model(tmp_path_factory.mktemp("made"), model)
    make(of)
    return of


@pytest.fixture
def copied(made: Assignment, model: Path, tmp_path: Path) -> Assignment:
    of = of_model(tmp_path, model)
    shutil.copytree(made.day.folder, of.day.folder)
    make(of)
    return of


def view_of(of: Assignment, failed: Sequence[str] = (), left_out: Sequence[str] = ()) -> DayView:
    return page.view(plan_of(of)[page.JOB], of.day.folder, dict.fromkeys(failed, "no reason"), left_out)


def stages(view: DayView) -> dict[str, tuple[str, str]]:
    return {one.name: (one.state, one.text) for one in view.stages}


def test_the_page_knows_every_picture_and_every_class(made: Assignment) -> None:
    view = view_of(made)
    vetoed = np.concatenate([one.vetoed for one in read_veto(made.day.hveto)[1]])
    assert view.pictures is not None
    assert view.classes is not None
    assert sorted(view.pictures) == pytest.approx(sorted(vetoed), abs=1e-6)
    paths = {path for files in view.pictures.values() for path in files}
    assert paths == {path.relative_to(made.day.folder).as_posix() for path in made.day.folder.glob("qscans/main/*")}
    assert len(paths) == VIEWS * len(vetoed) > 0
    assert view.classes.gps.tolist() == view.triggers["time"].tolist()
    states = stages(view)
    assert states["qscans"] == ("done", f"{len(paths)} pictures of {len(vetoed)} triggers")
    kinds, flagged = len({*view.classes.name}), view.classes.flagged.sum()
    assert 0 < flagged < len(view.classes)
    text = f"{len(view.classes)} triggers of {kinds} class{'es' * (kinds > 1)}; {flagged} flagged unknown"
    assert states["classes"] == ("done", f"{text}; by model.onnx")


def test_classes_by_witness_count_every_trigger_once(made: Assignment) -> None:
    with (made.day.folder / classes.WITNESSES).open(newline="") as file:
        header, *rows = list(csv.reader(file))
    rounds = read_veto(made.day.hveto)[1]
    assert header == ["class", *(f"{one.number} {one.winner}" for one in rounds), "not vetoed", "total"]
    said = read_predictions(made.day.folder / "machine_learning/predictions.csv")
    called = np.where(said.flagged, "unknown", said.names).tolist()
    assert {name: int(total) for name, *_, total in rows[:-1]} == {name: called.count(name) for name in called}
    vetoed = [len(one.vetoed) for one in rounds]
    assert [int(n) for n in rows[-1][1:]] == [*vetoed, len(said) - sum(vetoed), len(said)]


@pytest.mark.parametrize("pattern", ["qscans/main/*-1.png", ".culpa/qscans/*.json"])
def test_the_page_follows_the_pictures(copied: Assignment, pattern: str) -> None:
    before, path = contents(copied.day.folder), min(copied.day.folder.glob(pattern))
    path.unlink()
    (job,) = set(due(copied)) - {page.JOB}
    assert job.startswith("qscans/main/")
    assert make(copied) == 2
    assert different(contents(copied.day.folder), before) == []
    assert path.exists()
    assert verify(copied.day.folder)[1] == []


def test_what_the_veto_decides_is_made_with_it(made: Assignment) -> None:
    of = replace(made, hveto=replace(made.hveto, minimum_significance=6.0))
    jobs = set(due(of))
    assert jobs == followers(of, "hveto/", "page/settings")
    assert {"classes/witnesses", page.JOB} < jobs
    assert not {"classes/table"} & jobs


def test_no_round_means_no_pictures_and_one_column(copied: Assignment) -> None:
    of = replace(copied, hveto=replace(copied.hveto, minimum_significance=1e6))
    make(of)
    assert list(of.day.folder.glob("qscans/main/*")) == []
    assert (of.day.folder / classes.WITNESSES).read_text().startswith("class,not vetoed,total\n")
    view = view_of(of)
    assert view.pictures == {}
    assert stages(view)["qscans"] == ("empty", "nothing to do")
    assert stages(view)["classes"][0] == "done"
    assert "No trigger is vetoed: there are no pictures." in (of.day.folder / page.PAGE).read_text()


def test_no_trigger_is_no_problem(copied: Assignment) -> None:
    of = replace(copied, triggers=replace(copied.triggers, snr=1e5))
    summary = pipeline.make(of, 1, True)
    assert (of.day.folder / classes.WITNESSES).read_text() == "class,not vetoed,total\nall,0,0\n"
    view = view_of(of)
    assert view.pictures == {}
    assert view.classes is not None
    assert len(view.classes) == 0
    assert stages(view)["classes"] == stages(view)["qscans"] == ("empty", "nothing to do")
    assert "classes: no trigger; 0 flagged unknown" in whole_words.done([summary])
    assert due(of) == {}


def test_without_anything_to_veto_there_is_no_table_of_it(copied: Assignment) -> None:
    """The veto says so by leaving nothing."""
    shutil.rmtree(copied.day.hveto)
    plan, folder = plan_of(copied), copied.day.folder
    for name in ("classes/witnesses", next(job.name for job in plan if job.stage == qscans.NAME)):
        assert "nothing to veto" in perform(plan[name], folder, {}).record.result["empty"]
    shutil.rmtree(folder / qscans.INDEX)
    view = view_of(copied)
    assert view.pictures is None
    assert view.classes is not None
    assert stages(view)["qscans"] == ("empty", "nothing to do")
    write_day_page(view, folder)
    text = (folder / page.PAGE).read_text()
    assert 'href="machine_learning/predictions.csv"' in text
    assert f'href="{classes.WITNESSES}"' not in text


def test_of_stages_that_failed_nothing_older_is_shown(made: Assignment) -> None:
    view = view_of(made, failed=["qscans"], left_out=["classes"])
    assert (view.pictures, view.classes) == (None, None)
    assert stages(view)["qscans"] == ("failed", "no reason")
    assert stages(view)["classes"] == ("not run", "it needs what failed")
    assert view.hveto is not None


def test_a_page_of_fewer_stages_shows_nothing_of_the_others(made: Assignment) -> None:
    view = page.view(plan_of(made, "hveto")[page.JOB], made.day.folder)
    assert (view.pictures, view.classes, view.score) == (None, None, None)
    assert stages(view)["classes"] == stages(view)["qscans"] == ("not run", "")


def test_the_index_is_of_the_moments_of_its_chunk(made: Assignment) -> None:
    jobs = [job for job in plan_of(made) if job.stage == qscans.NAME]
    assert len(jobs) == 2
    every = []
    for job in jobs:
        (index,) = job.outputs
        start, end = job.parameters["span"]
        times = [gps for gps, _ in json.loads((made.day.folder / index).read_text())]
        assert all(start <= gps < end for gps in times)
        every += times
    lists = [made.day.folder / path for path in jobs[0].inputs[1:3]]
    assert {*every} < {*load_lists(lists)[0][MAIN]["time"].tolist()}


def test_what_was_done_is_told(made: Assignment) -> None:
    told = whole_words.done([pipeline.make(made, 1, True)]).splitlines()
    view = view_of(made)
    assert view.pictures is not None
    assert view.classes is not None
    assert f"  Q-scans: {len(view.pictures)} vetoed triggers" in told
    (line,) = (line for line in told if line.startswith("  classes: "))
    names = view.classes.name.tolist()
    counts = sorted(((names.count(name), name) for name in {*names}), key=lambda pair: (-pair[0], pair[1]))
    said = ", ".join(f"{n} {name}" for n, name in counts)
    assert line == f"  classes: {said}; {view.classes.flagged.sum()} flagged unknown"


def test_a_model_that_is_gone_keeps_only_classes_from_being_made(culpa: Culpa, copied: Assignment, model: Path) -> None:
    away = model.rename(model.with_suffix(".away"))
    try:
        veto = culpa("hveto", DATE, "-o", copied.day.results)
        again = culpa("classify", DATE, "-o", copied.day.results, "--model", model)
    finally:
        away.rename(model)
    assert (veto.code, again.code) == (0, 3), veto.err
    assert f"no model {model}" in again.err
