"""The veto stage: one job, which reads the triggers of all channels."""

from collections.abc import Iterator
from pathlib import Path

from ... import settings as toml
from ...errors import NoDataError
from ...explain.hveto.settings import HvetoSettings
from ..assignment import Assignment
from ..hveto_analysis import analyse
from ..hveto_input import Request
from ..outcome import Action, Outcome
from ..plan import Job, Resources
from . import LISTS, triggers

NAME = "hveto"
CODE = (
    "acquire",
    "explain",
    "report",
    "run/stages/hveto.py",
    "run/hveto_analysis.py",
    "run/hveto_input.py",
    "run/hveto_words.py",
)
PACKAGES = ("numpy", "scipy", "matplotlib", "pillow", "plotly", "jinja2", "django-js-lib-bootstrap5", *LISTS)
FOLDER = "hveto"

_ALWAYS = ("index.html", "summary.json", "hveto.toml", "hveto.log", "efficiency_deadtime.png", "snr_time.png")
_SECONDS = 1.5, 0.02
"""Processor seconds, and per channel: measured."""


def jobs(of: Assignment) -> Iterator[Job]:
    """None where there is no channel that could explain anything."""
    form = triggers.best_format(of)
    others = {name: triggers.files(of, name, form) for name in of.recording.rates}
    main = others.pop(of.recording.main)
    if not main or not any(others.values()):
        return
    seconds, each = _SECONDS
    yield Job(
        f"{NAME}/rounds",
        "rounds",
        {"hveto": toml.plain(of.hveto)},
        {"main": of.recording.main, "main_files": len(main)},
        (*main, *(path for files in others.values() for path in files)),
        tuple(f"{FOLDER}/{name}" for name in _ALWAYS),
        Resources(seconds + each * len(others), 500 + 2 * len(others), 2e7),
    )


def _rounds(job: Job, folder: Path) -> Outcome:
    """Nothing to explain, or nothing to explain it with, is a result too."""
    split = job.parameters["main_files"]
    main, others = job.inputs[:split], job.inputs[split:]
    asked = Request(
        tuple(str(folder / path) for path in main),
        tuple(str(folder / path) for path in others),
        folder / FOLDER,
        job.parameters["main"],
    )
    settings = toml.build(HvetoSettings, job.settings["hveto"], "hveto")
    try:
        found, files = analyse(asked, settings, None, workers=1)
    except NoDataError as problem:
        return Outcome((), {"empty": problem.message})
    rounds = [{"channel": one["winner"]["channel"], "efficiency": one["efficiency"]} for one in found["rounds"]]
    return Outcome(tuple(path.relative_to(folder).as_posix() for path in files), {"rounds": rounds})


ACTIONS: dict[str, Action] = {"rounds": _rounds}
