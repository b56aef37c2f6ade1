"""The score stage of a mock day: what was found of what is there."""

from collections.abc import Iterator
from pathlib import Path

from ...acquire.triggerlists import load_lists
from ..assignment import Assignment
from ..outcome import Action, Outcome
from ..plan import Job, Resources
from ..recording import RAW
from ..scoring import COHERENCE, PREDICTIONS, compare
from . import LISTS, classes, coherence, hveto, triggers

NAME = "score"
CODE = ("acquire", "evaluate", "run/stages/score.py", "run/scoring.py")
PACKAGES = ("numpy", "scipy", *LISTS)


def jobs(of: Assignment) -> Iterator[Job]:
    """None where the truth is not known."""
    form = triggers.best_format(of)
    lists = [path for name in of.recording.rates for path in triggers.files(of, name, form)]
    if not of.is_mock or not lists:
        return
    veto = [path for job in hveto.jobs(of) for path in job.outputs if path.endswith("summary.json")]
    predictions = [path for job in classes.jobs(of) for path in job.outputs if path.endswith(".csv")]
    said = [path for job in coherence.jobs(of) for path in job.outputs if path == COHERENCE]
    inputs = (f"{RAW}/truth.csv", *veto, *predictions, *said, *lists)
    outputs = ("score.csv", "score.json")
    yield Job(f"{NAME}/table", "table", {}, {"lists": len(lists)}, inputs, outputs, Resources(0.5, 300, 1e6))


def _table(job: Job, folder: Path) -> Outcome:
    found = load_lists(folder / path for path in job.inputs[-job.parameters["lists"] :])
    veto, predictions, said = folder / hveto.FOLDER, folder / PREDICTIONS, folder / COHERENCE
    totals, _ = compare(
        folder / job.inputs[0],
        found,
        veto if (veto / "summary.json").exists() else None,
        folder,
        predictions if predictions.exists() else None,
        said if said.exists() else None,
    )
    return Outcome(job.outputs, {name: totals["all"][name] for name in ("found", "expected")})


ACTIONS: dict[str, Action] = {"table": _table}
