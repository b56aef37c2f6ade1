"""A small day that is made once."""

import shutil
from pathlib import Path

import pytest

from culpa.run import registry
from culpa.run.assignment import Assignment

from . import steps
from .days import make, small


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Assignment:
    """A day that was carried out; not to be changed."""
    of = small(tmp_path_factory.mktemp("undisturbed"))
    make(of)
    return of


@pytest.fixture
def day(undisturbed: Assignment, tmp_path: Path) -> Assignment:
    """A copy of it elsewhere, brought up to date there."""
    of = small(tmp_path)
    shutil.copytree(undisturbed.day.folder, of.day.folder)
    make(of)
    return of


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the stage of `steps` one of the program's."""
    monkeypatch.setitem(registry._ALL, steps.NAME, steps)
