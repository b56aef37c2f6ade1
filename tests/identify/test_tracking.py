"""Trainings in MLflow, with the real one."""

import importlib.util
import os
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

from culpa.errors import CulpaError, MissingExtraError
from culpa.identify import tracking
from culpa.identify.tracking import Tracked, Training, track

THERE = all(importlib.util.find_spec(name) for name in ("mlflow", "sqlalchemy", "alembic"))
needs_mlflow = pytest.mark.skipif(
    not THERE and not os.environ.get("CULPA_NEEDS_ML"), reason="MLflow is not installed: pip install 'culpa[tracking]'"
)
LOOK = """
import sys
from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts
store, run, version = sys.argv[1:]
client = MlflowClient(f"sqlite:///{store}", f"sqlite:///{store}")
of = client.get_run(run)
print(of.info.status, sorted(of.data.params.items()))
print(sorted(of.data.metrics.items()))
print([(m.step, m.value) for m in client.get_metric_history(run, "val_loss")])
print(sorted(item.path for item in client.list_artifacts(run)))
here = client.get_model_version_by_alias("glitch classes", "newest")
print(here.version, here.run_id == run, open(client.download_artifacts(run, "model.onnx")).read())
"""


def training(folder: Path, fingerprint: str = "0a1b", **changed: object) -> Training:
    files = {"model.onnx": "weights", "model_card.md": "# A model"}
    for name, text in files.items():
        (folder / name).write_text(text)
    content = {
        "parameters": {"architecture": "compact", "epochs": 3, "classes": "blip, 잡음", "a:b": True},
        "history": [{"val_loss": 1.5, "accuracy": 0.5}, {"val_loss": 0.75, "accuracy": 0.9}],
        "metrics": {"macro_f1": 0.97, "recall/koi_fish": 1.0},
        "artifacts": [folder / name for name in files],
    }
    return Training(fingerprint, "glitch classes", **{**content, **changed})  # type: ignore[arg-type]


def look(store: Path, of: Tracked) -> list[str]:
    """What another program of MLflow sees there."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LOOK, str(store), of.run, str(of.version)],
        capture_output=True, text=True, env=os.environ | {"MLFLOW_DISABLE_TELEMETRY": "true"}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@needs_mlflow
def test_a_training_is_recorded_once_and_leaves_nothing_else_behind(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")  # somebody else's
    monkeypatch.chdir(tmp_path)
    store = tmp_path / "기록 of trainings" / "mlflow.db"
    environment, modules = dict(os.environ), {name.partition(".")[0] for name in sys.modules}
    first = track(training(tmp_path), store)
    assert capfd.readouterr() == ("", "")
    assert (first.version, first.new) == (1, True)
    assert dict(os.environ) == environment
    assert "mlflow" in modules or "mlflow" not in {name.partition(".")[0] for name in sys.modules}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.onnx", "model_card.md", "기록 of trainings"]
    assert sorted(path.name for path in store.parent.iterdir()) == ["artifacts", "mlflow.db"]

    told = look(store, first)
    assert told[0] == (
        "FINISHED [('a_b', 'True'), ('architecture', 'compact'), ('classes', 'blip, 잡음'), ('epochs', '3')]"
    )
    assert told[1] == "[('accuracy', 0.9), ('macro_f1', 0.97), ('recall/koi_fish', 1.0), ('val_loss', 0.75)]"
    assert told[2] == "[(1, 1.5), (2, 0.75)]"
    assert told[3] == "['model.onnx', 'model_card.md']"
    assert told[4:] == ["1 True weights"]

    assert track(training(tmp_path), store) == Tracked(first.run, 1, False)
    with pytest.raises(CulpaError, match=r"could not record the training in .*mlflow.db: .*No such file.*none\.png"):
        track(training(tmp_path, "ffff", artifacts=[tmp_path / "none.png"]), store)  # its run has begun by then
    second = track(training(tmp_path, "ffff"), store)
    assert (second.version, second.new) == (2, True)
    with closing(sqlite3.connect(store)) as base:
        runs = base.execute("SELECT run_uuid, status FROM runs WHERE lifecycle_stage = 'active'").fetchall()
        aliases = base.execute("SELECT name, alias, version FROM registered_model_aliases").fetchall()
        versions = base.execute("SELECT count(*) FROM model_versions").fetchall()
    assert sorted(runs) == sorted([(first.run, "FINISHED"), (second.run, "FINISHED")])
    assert (aliases, versions) == ([("glitch classes", "newest", 2)], [(2,)])


@needs_mlflow
def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    store = tmp_path / "mlflow.db"
    store.write_text("this is no database, " * 100)
    with pytest.raises(CulpaError, match="could not record the training"):
        track(training(tmp_path), store)
    assert store.read_text().startswith("this is no database")


@pytest.mark.parametrize("package", ["mlflow", "sqlalchemy", "alembic"])
def test_without_its_packages_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == package else object())
    with pytest.raises(MissingExtraError, match=rf"needs the package {package}.*\n.*culpa\[tracking\]"):
        track(training(tmp_path), tmp_path / "mlflow.db")


def test_mlflow_is_told_to_be_silent_and_not_whom_to_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "secret")
    environment: Mapping[str, str] = tracking._environment()
    assert [name for name in environment if name.startswith("MLFLOW_")] == ["MLFLOW_DISABLE_TELEMETRY"]
    assert environment["DO_NOT_TRACK"] == "true"
    assert environment["PATH"] == os.environ["PATH"]
