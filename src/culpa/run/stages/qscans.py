"""The Q-scan stage: pictures of the triggers that the veto explains, beside the channel that explains them."""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ... import settings as toml
from ...acquire.atomic import atomic
from ...acquire.datafiles import at
from ...acquire.sources import Source
from ...acquire.triggerlists import load_lists
from ...report.qscan.settings import QscanSettings
from ...types import Events
from ..assignment import Assignment
from ..blocks import REACH
from ..outcome import Action, Outcome
from ..pictures import Drawn, Moment, draw
from ..plan import HIDDEN, Job, Resources
from ..scoring import read_veto
from . import LISTS, hveto, triggers

NAME = "qscans"
CODE = (
    "acquire",
    "condition",
    "decompose",
    "identify/imagefiles.py",
    "identify/images.py",
    "identify/png.py",
    "identify/scanned.py",
    "report",
    "run/stages/qscans.py",
    "run/pictures.py",
    "run/blocks.py",
    "run/scans.py",
    "run/scoring.py",
)
PACKAGES = ("numpy", "scipy", "pyfftw", "gwframe", "matplotlib", "pillow", *LISTS)
FOLDER = "qscans"
MAIN = f"{FOLDER}/main"
INDEX = f"{HIDDEN}/{FOLDER}"
"""Where each job says which pictures there are."""

_SECONDS = 1.0, 0.25
"""Processor seconds per job, and per moment with four pictures of two channels: measured."""
_PER_HOUR = 150
"""Vetoed triggers per hour that are reckoned with."""
_MEMORY = 600.0
_BYTES = 4 * 6e4


def jobs(of: Assignment) -> Iterator[Job]:
    """A job for each chunk of the main channel; none where there can be no veto."""
    veto = [job for job in hveto.jobs(of) if job.stage == hveto.NAME]
    if not veto:
        return
    recording, form = of.recording, triggers.best_format(of)
    lists = triggers.files(of, recording.main, form)
    summary = f"{hveto.FOLDER}/summary.json"
    for start, end in triggers.spans(of, recording.main):
        expected = _PER_HOUR * (end - start) / 3600
        yield Job(
            f"{NAME}/main/{int(start)}",
            "main",
            {"qscan": toml.plain(of.qscan)},
            {"main": recording.main, "rates": dict(recording.rates), "span": [start, end], "lists": len(lists)},
            (summary, *lists, *recording.paths(start - REACH, end + REACH)),
            (f"{INDEX}/{int(start)}.json",),
            Resources(_SECONDS[0] + _SECONDS[1] * expected, _MEMORY, _BYTES * expected),
        )


def _main(job: Job, folder: Path) -> Outcome:
    what, settings = job.parameters, toml.build(QscanSettings, job.settings["qscan"], "qscan")
    if not (folder / hveto.FOLDER / "summary.json").exists():
        return Outcome((), {"empty": "there was nothing to veto"})
    lists = job.inputs[1 : 1 + what["lists"]]
    moments = vetoed(folder / hveto.FOLDER, load_lists(folder / path for path in lists)[0], settings.most)
    start, end = what["span"]
    wanted = [moment for moment in moments if start <= moment.gps < end]
    files = [folder / path for path in job.inputs[1 + what["lists"] :] if (folder / path).exists()]
    source = Source(tuple(at(files)), dict(what["rates"]))
    done = list(draw(source, wanted, settings, folder / MAIN))
    problems = sorted({problem.message for one in done for problem in one.problems})
    written = tuple(path.relative_to(folder).as_posix() for one in done for path in (*one.files, *one.plain))
    result: dict[str, Any] = {"moments": len(done)} | ({"remarks": problems} if problems else {})
    (index,) = job.outputs
    _write_index(folder, index, done)
    return Outcome((index, *written), result)


def _write_index(folder: Path, index: str, done: Sequence[Drawn]) -> None:
    """Which pictures there are: the files of each moment that has any, in the order of the views."""
    said = [[one.moment.gps, [path.relative_to(folder).as_posix() for path in one.files]] for one in done if one.files]
    with atomic(folder / index) as path:
        path.write_text(json.dumps(said), encoding="utf-8")


def pictures(folder: Path, paths: Iterable[str]) -> dict[float, list[str]] | None:
    """The pictures of each trigger by its time (GPS s), as the indices among some paths tell; None where none is."""
    there = [folder / path for path in paths if path.startswith(f"{INDEX}/") and (folder / path).exists()]
    if not there:
        return None
    return {gps: files for path in there for gps, files in json.loads(path.read_text(encoding="utf-8"))}


def vetoed(folder: Path, events: dict[str, Events], most: int) -> list[Moment]:
    """The vetoed triggers in the folder of a veto, beside the channels of their rounds; the `most` loudest (0: all)."""
    main, rounds = read_veto(folder)
    of = events.get(main, Events.empty())
    known = {round(float(time), 6): row for row, time in enumerate(of["time"])}
    moments = []
    for one in rounds:
        for time in one.vetoed.tolist():
            if (row := known.get(round(time, 6))) is not None:
                numbers = (float(of[name][row]) for name in ("snr", "frequency", "q"))
                moments.append(Moment(float(of["time"][row]), (main, one.winner), *numbers))
    if most and len(moments) > most:
        moments = sorted(moments, key=lambda moment: -moment.snr)[:most]
    return sorted(moments, key=lambda moment: moment.gps)


ACTIONS: dict[str, Action] = {"main": _main}
