"""What decides results: every file that takes part in a job counts, and a change in it is a change."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from culpa.run import code as module
from culpa.run.code import ROOT, code_version, source_files
from culpa.run.registry import _ALL, code_of

from .days import DATE, TRAINED, framework, small

MACHINERY = {
    "run/code.py": "says which versions count",
    "run/hashes.py": "says what is in files",
    "run/local.py": "says when a job is done, not what it does",
    "run/perform.py": "calls the action, and records what came of it",
    "run/plan.py": "what a job is",
    "run/pool.py": "where a job is done",
    "run/progress.py": "shows how far it is",
    "run/records.py": "what is recorded of it",
    "run/registry.py": "finds the action",
    "run/days.py": "names the folders of the days before and after, which are no results of this one",
}
"""Files that take part in every job, and why they decide no result."""
HARMLESS = {
    "PIL": "writes the pixels that matplotlib gives it",
    "_distutils_hack": "of setuptools: looks on when others are imported",
    "awkward_cpp": "part of awkward",
    "cloudpickle": "of joblib",
    "cycler": "of matplotlib",
    "dateutil": "of matplotlib",
    "fontTools": "of matplotlib",
    "fsspec": "opens files for uproot",
    "igwn_segments": "of igwn-ligolw",
    "importlib_metadata": "looks for plug-ins of awkward",
    "kiwisolver": "of matplotlib",
    "lal": "times in igwn-ligolw",
    "lazy_importer": "imports",
    "lazy_loader": "imports",
    "markupsafe": "of jinja2",
    "mpl_toolkits": "of matplotlib",
    "packaging": "compares versions",
    "pyarrow": "columns of text in pandas",
    "pyparsing": "of matplotlib",
    "regex": "of uproot",
    "tomli_w": "writes settings, which are compared as such",
    "uproot": "looks on when others are imported",
    "xxhash": "of uproot",
    "cramjam": "of uproot: compresses what is read only by content",
    "yaml": "of igwn-ligolw",
    "zipp": "of importlib_metadata",
}
"""Packages that take part besides those that a stage names, and what for."""


@pytest.fixture(scope="module")
def took_part(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Files and packages by stage, from a day that was carried out in a fresh process: nothing is there already.

    Without a framework nothing is trained.
    """
    results = tmp_path_factory.mktemp("traced")
    small(results, DATE, **(TRAINED if framework() else {}))
    command = [sys.executable, str(Path(__file__).with_name("traced.py")), str(results), str(results / "settings.toml")]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return json.loads(subprocess.run(command, capture_output=True, check=True, env=environment).stdout)


def check_is_traced(took_part: Any, stage: str) -> None:
    if stage in ("training_set", "training") and not framework():
        absent = pytest.fail if os.environ.get("CULPA_NEEDS_ML") == "1" else pytest.skip
        absent("needs torch or tensorflow: pip install 'culpa[torch]'")
    assert stage in took_part


@pytest.mark.parametrize("stage", _ALL)
def test_every_file_that_takes_part_is_declared(took_part: Any, stage: str) -> None:
    check_is_traced(took_part, stage)
    declared = {path.relative_to(ROOT).as_posix() for path in source_files(_ALL[stage].CODE)}
    assert f"run/stages/{stage}.py" in took_part[stage]["ours"]
    assert set(took_part[stage]["ours"]) - declared - set(MACHINERY) == set()


@pytest.mark.parametrize("stage", _ALL)
def test_every_package_that_takes_part_is_declared(took_part: Any, stage: str) -> None:
    check_is_traced(took_part, stage)
    declared = {name.replace("-", "_") for name in _ALL[stage].PACKAGES}
    assert "numpy" in took_part[stage]["others"]
    assert set(took_part[stage]["others"]) - declared - set(HARMLESS) == set()


@pytest.mark.parametrize("stage", _ALL)
def test_every_place_that_is_declared_is_there(stage: str) -> None:
    for place in _ALL[stage].CODE:
        assert (ROOT / place).exists(), place
    assert "absent" not in code_of(stage).values()


def test_no_job_on_a_recording_depends_on_how_tables_are_searched() -> None:
    for place in module.OF_TABLES:
        assert (ROOT / place).exists(), place
    for stage in _ALL:
        names = {path.relative_to(ROOT).as_posix() for path in source_files(_ALL[stage].CODE)}
        assert not {name for name in names if name.startswith(("acquire/tables/", "detect/rows/", "report/sensors/"))}
        assert not {"condition/rows.py", "decompose/covariance.py"} & names


def test_the_vocabulary_always_counts_and_the_command_line_never() -> None:
    names = {path.relative_to(ROOT).as_posix() for path in source_files(("detect", "run/pool.py"))}
    assert {"types.py", "errors.py", "spectra.py", "detect/search.py", "run/pool.py"} <= names
    assert not {"cli.py", "__main__.py", "__init__.py", "run/plan.py"} & names
    assert not any("__pycache__" in name for name in names)
    assert {"report/templates/page.js", "report/templates/base.html"} <= {
        path.relative_to(ROOT).as_posix() for path in source_files(("report",))
    }


def test_a_change_of_source_is_another_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROOT", tmp_path)
    for name in ("types.py", "cli.py", "room/a.py", "room/b.html", "other/c.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    found = [version(("room",))]
    for name in ("types.py", "room/a.py", "room/b.html"):
        (tmp_path / name).write_text("else")
        found.append(version(("room",)))
    (tmp_path / "room/a.py").rename(tmp_path / "room/z.py")
    found.append(version(("room",)))
    assert len(set(found)) == 5
    for name in ("cli.py", "other/c.py", "room/notes.txt"):
        (tmp_path / name).write_text("else")
    assert version(("room",)) == found[-1]


def version(places: tuple[str, ...]) -> str:
    code_version.cache_clear()
    found = code_version(places, ())["source"]
    code_version.cache_clear()
    return found


def test_versions_of_packages() -> None:
    found = code_version((), ("numpy", "no-such-package"))
    assert list(found) == ["culpa", "source", "numpy", "no-such-package"]
    assert found["no-such-package"] == "absent"
