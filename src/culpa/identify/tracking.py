"""Finished trainings in MLflow: parameters, curves, files, and the model in its registry, all in one SQLite file.

MLflow speaks to its makers, logs, warns, and changes its process. It is therefore given one of its own, which ends when
the training is recorded.
"""

import importlib.util
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import CulpaError, MissingExtraError

EXPERIMENT = "culpa"
ALIAS = "newest"
"""In the registry this names the version that was recorded last; `latest` is MLflow's own word."""
FINGERPRINT = "culpa.fingerprint"
"""The tag by which a training is known again."""
_PACKAGES = ("mlflow", "sqlalchemy", "alembic")
_PARAMETERS, _METRICS = 100, 1000
"""MLflow takes so many at once."""


@dataclass(frozen=True)
class TrackingSettings:
    """Whether trainings are recorded; the `[tracking]` table of a configuration file."""

    on: bool = False
    """Record every training of `culpa train` with MLflow, as `--track` does."""
    store: Path | None = None
    """SQLite file to record in; without one, tracking/mlflow.db in the folder of results, or of the model (-o)."""


@dataclass(frozen=True)
class Tracked:
    """Where a training is: its run, the version of its model, and whether it was recorded now (or earlier)."""

    run: str
    version: int
    new: bool


@dataclass(frozen=True)
class Training:
    """What is recorded of a finished training.

    `fingerprint` says what was trained from what: equal trainings have equal ones. `history` has a row for each epoch,
    names to numbers, in order; `metrics` are numbers of the result; `artifacts` are files to be copied, among them the
    model.
    """

    fingerprint: str
    model: str
    parameters: Mapping[str, str | float | int | bool]
    history: Sequence[Mapping[str, float]]
    metrics: Mapping[str, float]
    artifacts: Sequence[Path]


def track(training: Training, store: Path, *, experiment: str = EXPERIMENT, alias: str = ALIAS) -> Tracked:
    """Record a training in the SQLite file `store`, its files beside it in `artifacts/`, and register its model.

    File and folders are made if needed. The model's name in the registry is `training.model`, and `alias` then names
    its version. A training of the same fingerprint is not recorded again; one that was left unfinished is replaced.
    Nothing is printed, sent anywhere, or left in this process. Raises MissingExtraError without MLflow, CulpaError
    where MLflow refuses.
    """
    require()
    told = {
        **vars(training),
        "history": [dict(row) for row in training.history],
        "artifacts": [str(path.absolute()) for path in training.artifacts],
        "store": str(store.absolute()),
        "experiment": experiment,
        "alias": alias,
    }
    done = subprocess.run(  # noqa: S603  ours
        [sys.executable, "-P", "-m", __name__],
        input=json.dumps(told),
        env=_environment(),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        said = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise CulpaError(f"MLflow could not record the training in {store}: {said}", "or train without tracking")
    return Tracked(**json.loads(done.stdout))


def require() -> None:
    """Raises MissingExtraError where MLflow, or what it needs, is not installed; imports nothing."""
    for package in _PACKAGES:
        if importlib.util.find_spec(package) is None:
            raise MissingExtraError(package, "tracking", "recording a training")


def _environment() -> dict[str, str]:
    """Ours without what tells MLflow to use another place, and with its reports to its makers turned off."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
    quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "GIT_PYTHON_REFRESH": "quiet"}
    return {**ours, **quiet, "PYTHONWARNINGS": "ignore", "PYTHONIOENCODING": "utf-8"}


def record(told: Mapping[str, Any]) -> Tracked:
    """The same in this process, of what `track` wrote as JSON."""
    from mlflow import MlflowClient

    store = Path(told["store"])
    store.parent.mkdir(parents=True, exist_ok=True)
    client = MlflowClient(f"sqlite:///{store}", f"sqlite:///{store}")
    experiment = _experiment(client, told["experiment"], store.parent / "artifacts")
    run = _finished(client, experiment, told["fingerprint"])
    new = run is None
    if run is None:
        run = client.create_run(experiment, run_name=told["model"], tags={FINGERPRINT: told["fingerprint"]}).info.run_id
        _write(client, run, told)
    version = _version(client, told["model"], run)
    client.set_registered_model_alias(told["model"], told["alias"], str(version))
    client.set_terminated(run)
    return Tracked(run, version, new)


def _experiment(client: Any, name: str, artifacts: Path) -> str:
    found = client.get_experiment_by_name(name)
    return str(found.experiment_id if found else client.create_experiment(name, artifacts.as_uri()))


def _finished(client: Any, experiment: str, fingerprint: str) -> str | None:
    """The run of a fingerprint; those that came to no end are deleted."""
    runs = client.search_runs([experiment], f"tags.`{FINGERPRINT}` = '{fingerprint}'")
    for run in runs:
        if run.info.status != "FINISHED":
            client.delete_run(run.info.run_id)
    return next((str(run.info.run_id) for run in runs if run.info.status == "FINISHED"), None)


def _write(client: Any, run: str, told: Mapping[str, Any]) -> None:
    from mlflow.entities import Param

    parameters = [Param(_key(name), str(value)) for name, value in told["parameters"].items()]
    metrics = list(_metrics(told))
    for first in range(0, len(parameters), _PARAMETERS):
        client.log_batch(run, params=parameters[first : first + _PARAMETERS])
    for first in range(0, len(metrics), _METRICS):
        client.log_batch(run, metrics=metrics[first : first + _METRICS])
    for path in told["artifacts"]:
        client.log_artifact(run, path)


def _metrics(told: Mapping[str, Any]) -> Iterator[Any]:
    """The last value of a curve is at its last epoch; numbers of the result stand at step 0."""
    from mlflow.entities import Metric

    now = int(1000 * time.time())
    for step, row in enumerate(told["history"], start=1):
        yield from (Metric(_key(name), float(value), now, step) for name, value in row.items())
    yield from (Metric(_key(name), float(value), now, 0) for name, value in told["metrics"].items())


def _key(name: str) -> str:
    return re.sub(r"[^\w.\- /]", "_", name)


def _version(client: Any, model: str, run: str) -> int:
    if model not in {known.name for known in client.search_registered_models()}:
        client.create_registered_model(model)
    versions = client.search_model_versions(f"run_id = '{run}'")
    made = versions or [client.create_model_version(model, client.get_run(run).info.artifact_uri, run)]
    return int(made[0].version)


if __name__ == "__main__":
    with redirect_stdout(sys.stderr):
        result = record(json.load(sys.stdin))
    sys.stdout.write(json.dumps(vars(result)))
