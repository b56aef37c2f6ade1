"""The coherence stage: which channels are coherent with the main one, always and at the glitches they explain."""

import json
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from ... import settings as toml
from ...acquire.atomic import atomic
from ...acquire.datafiles import at
from ...acquire.sources import Source
from ...acquire.triggerlists import load_lists
from ...decompose.welch import Windows
from ...evaluate.veto import VetoRound
from ...explain.coherence.settings import CoherenceSettings
from ...report.coherence.files import FINDINGS, write_findings
from ...report.coherence.files import RANKED as RANKING
from ...types import Events, Segments
from ..assignment import Assignment
from ..blocks import REACH
from ..coherence.analysis import glitch_files, overall_files
from ..coherence.chunks import cells, inside
from ..coherence.request import FOLDER as FOLDER
from ..coherence.request import labelled
from ..coherence.sharing import windowed, work_of
from ..coherence.spectra import SpectraWork, added, fitting, read_sums, summed, write_sums
from ..coherence.targets import of_rounds, vetoed_time
from ..coherence.told import read
from ..coherence.windows import Target, as_arrays, from_arrays, together
from ..outcome import Action, Outcome
from ..plan import HIDDEN, Job, Resources
from ..scoring import read_veto
from . import LISTS, hveto, triggers

NAME = "coherence"
CODE = (
    "acquire",
    "condition",
    "decompose",
    "evaluate/veto.py",
    "explain/coherence",
    "report",
    "run/stages/coherence.py",
    "run/coherence",
    "run/blocks.py",
    "run/scoring.py",
)
PACKAGES = ("numpy", "scipy", "pyfftw", "gwframe", "matplotlib", "pillow", *LISTS)
SAID = f"{FOLDER}/{FINDINGS}"
RANKED = f"{FOLDER}/{RANKING}"

_PARTS = f"{HIDDEN}/{FOLDER}"
_INDICES = {kind: f"{_PARTS}/{kind}.json" for kind in ("overall", "glitch")}
"""The labels of what there is of each kind."""
_SECONDS = 4.5e-8, 1.0
"""Processor seconds per sample of a channel, and per job: measured."""
_MEMORY = 400.0, 1e-4
"""MB, and MB per channel and Hz of its sampling rate and second of a window: measured."""
_PER_HOUR = 150
"""Vetoed triggers per hour that are reckoned with, and processor seconds and bytes of each."""
_OF_GLITCHES = 0.1, 1.3e5
_OF_RESULTS = 1.5
"""Processor seconds per hour of data, up to 24 h, as there are more rounds: measured."""


def jobs(of: Assignment) -> Iterator[Job]:
    """Sums and windows of each cell of the time grid, then the results of both, then what they say together.

    None where there is nothing to compare with; no glitches where there can be no veto.
    """
    recording, main = of.recording, of.recording.main
    spans = _analysed(of).bounds
    if not (spans and len(recording.rates) > 1):
        return
    settings = {"coherence": toml.plain(of.coherence)}
    live = {cell: (Segments((cell,)) & Segments(spans)).livetime for cell in cells(spans[0][0], spans[-1][1])}
    grid = [cell for cell, seconds in live.items() if seconds]
    veto = (f"{hveto.FOLDER}/summary.json",) if any(hveto.jobs(of)) else ()
    form = triggers.best_format(of)
    lists = [path for name in recording.rates for path in triggers.files(of, name, form)] if veto else []
    shared = {
        "main": main,
        "rates": dict(recording.rates),
        "spans": [list(span) for span in spans],
        "lists": len(lists),
    }
    total, hours = sum(recording.rates.values()), min(24.0, Segments(spans).livetime / 3600)
    sums, windows = [], []
    for start, end in grid:
        sums.append(f"{_PARTS}/sums-{int(start)}.npz")
        reach = of.coherence.fft + 1
        yield Job(
            f"{NAME}/sums/{int(start)}",
            "live_sums" if of.coherence.leave_out_vetoed else "sums",
            settings,
            {**shared, "cell": [start, end]},
            (*(veto if of.coherence.leave_out_vetoed else ()), *recording.paths(start - reach, end + reach)),
            (sums[-1],),
            Resources(
                _SECONDS[0] * total * live[start, end] + _SECONDS[1],
                round(_MEMORY[0] + _MEMORY[1] * total * of.coherence.fft),
                60 * total * of.coherence.fft,
            ),
        )
    for start, end in grid if veto else ():
        windows.append(f"{_PARTS}/windows-{int(start)}.npz")
        expected = _PER_HOUR * live[start, end] / 3600
        yield Job(
            f"{NAME}/windows/{int(start)}",
            "windows",
            settings,
            {**shared, "cell": [start, end]},
            (*veto, *lists, *recording.paths(start - REACH, end + REACH)),
            (windows[-1],),
            Resources(1 + _OF_GLITCHES[0] * expected, 600, _OF_GLITCHES[1] * expected),
        )
    yield Job(
        f"{NAME}/overall",
        "overall",
        settings,
        {"main": main, "sums": len(sums)},
        (*sums, *veto),
        (_INDICES["overall"], RANKED),
        Resources(2 + 0.05 * len(recording.rates) + _OF_RESULTS * hours, 500, 5e6),
    )
    if windows:
        yield Job(
            f"{NAME}/glitch",
            "glitch",
            settings,
            {"main": main, "windows": len(windows), "lists": len(lists)},
            (*windows, *veto, *lists),
            (_INDICES["glitch"],),
            Resources(2 + 2 * _OF_RESULTS * hours, 600, 5e6),
        )
    indices = tuple(_INDICES.values()) if windows else (_INDICES["overall"],)
    yield Job(
        f"{NAME}/findings",
        "findings",
        {},
        {},
        (*indices, RANKED),
        (SAID,),
        Resources(1 + _OF_RESULTS * hours, 400, 1e6),
    )


def _analysed(of: Assignment) -> Segments:
    """The times of the main channel that are the day's."""
    stretches = of.recording.stretches[of.recording.main]
    return stretches if of.recording.within is None else stretches & of.recording.within


def _settings(job: Job) -> CoherenceSettings:
    return toml.build(CoherenceSettings, job.settings["coherence"], "coherence")


def _source(job: Job, folder: Path, files: tuple[str, ...]) -> Source:
    return Source(tuple(at(folder / path for path in files if (folder / path).exists())), dict(job.parameters["rates"]))


def _rounds(folder: Path) -> list[VetoRound]:
    """The rounds of the veto; none where there was nothing to veto."""
    there = folder / hveto.FOLDER
    return read_veto(there)[1] if (there / "summary.json").exists() else []


def _sums(job: Job, folder: Path) -> Outcome:
    what, chosen = job.parameters, _settings(job)
    main, windows, files = what["main"], Windows(chosen.fft, chosen.stride), job.inputs
    segments = Segments.of(map(tuple, what["spans"]))
    if chosen.leave_out_vetoed and what["lists"]:
        files = job.inputs[1:]
        segments -= vetoed_time(folder / hveto.FOLDER, _rounds(folder))
    starts = inside(windows.starts(segments), tuple(what["cell"]))
    channels = fitting(what["rates"], main, windows)
    if not (len(starts) and channels):
        return Outcome((), {"empty": "no window" if channels else "no channel to compare with"})
    source, (path,) = _source(job, folder, files), job.outputs
    write_sums(summed(SpectraWork(source, main, tuple(channels), starts, windows)), folder / path)
    return Outcome(job.outputs)


def _targets(job: Job, folder: Path, lists: tuple[str, ...]) -> tuple[list[Target], Events]:
    """The winner of each round at the triggers it vetoes, and all triggers of the main channel."""
    events, main = load_lists(folder / path for path in lists)[0], job.parameters["main"]
    return of_rounds(main, _rounds(folder), events, _settings(job)), events.get(main, Events.empty())


def _windows(job: Job, folder: Path) -> Outcome:
    what = job.parameters
    lists, files = job.inputs[1 : 1 + what["lists"]], job.inputs[1 + what["lists"] :]
    targets, main_events = _targets(job, folder, lists)
    (path,), source = job.outputs, _source(job, folder, files)
    spans = Segments.of(map(tuple, what["spans"]))
    work = work_of(source, what["main"], main_events, targets, tuple(what["cell"]), _settings(job), spans)
    if not targets:
        return Outcome((), {"empty": "there was nothing to veto"})
    with atomic(folder / path) as temporary, temporary.open("wb") as file:
        np.savez(file, **as_arrays(windowed(work)))  # type: ignore[arg-type]
    return Outcome(job.outputs)


def _overall(job: Job, folder: Path) -> Outcome:
    what = job.parameters
    sums = [folder / path for path in job.inputs[: what["sums"]] if (folder / path).exists()]
    if not sums:
        return Outcome((), {"empty": "no window, or no channel to compare with"})
    total = added(read_sums(path) for path in sums)
    labels = {label: name for label, name in labelled(_rounds(folder)).items() if name in total.pairs}
    files = overall_files(total, what["main"], labels, _settings(job), folder / FOLDER)
    return _indexed(job, folder, "overall", files)


def _glitch(job: Job, folder: Path) -> Outcome:
    what = job.parameters
    targets, _ = _targets(job, folder, job.inputs[len(job.inputs) - what["lists"] :])
    parts = [folder / path for path in job.inputs[: what["windows"]] if (folder / path).exists()]
    if not (targets and parts):
        return Outcome((), {"empty": "there was nothing to veto"})
    found = [from_arrays(np.load(path)) for path in parts]
    joined = {one.label: together([part[one.label] for part in found]) for one in targets}
    files = glitch_files(targets, joined, what["main"], _settings(job), folder / FOLDER)
    return _indexed(job, folder, "glitch", files)


def _indexed(job: Job, folder: Path, kind: str, files: list[Path]) -> Outcome:
    """What was written, and a file that says which labels there are, with what changes when their results do."""
    labels: dict[str, str] = {}
    for path in sorted(files):
        if path.suffix in (".csv", ".json") and (found := re.fullmatch(rf"{kind}_(.*?)(_triggers)?", path.stem)):
            labels[found[1]] = sha256(labels.get(found[1], "").encode() + path.read_bytes()).hexdigest()
    index, *_ = job.outputs
    with atomic(folder / index) as path:
        path.write_text(json.dumps(labels), encoding="utf-8")
    return Outcome((index, *(path.relative_to(folder).as_posix() for path in files)), {"labels": len(labels)})


def _findings(job: Job, folder: Path) -> Outcome:
    indices = [folder / path for path in _INDICES.values() if path in job.inputs and (folder / path).exists()]
    if not indices:
        return Outcome((), {"empty": "nothing was compared"})
    labels = {Path(path).stem: json.loads(path.read_text(encoding="utf-8")) for path in indices}
    files = write_findings(folder / FOLDER, labels)
    found = read(folder / FOLDER)
    looked = [one["coherent_at_glitches"] for one in found["findings"] if one["coherent_at_glitches"] is not None]
    said: dict[str, Any] = {"at_glitches": [sum(looked), len(looked)]} if looked else {}
    if ranked := found["overall"]:
        said["overall"] = [len(ranked["significant"]), ranked["channels"]]
    return Outcome(tuple(path.relative_to(folder).as_posix() for path in files), said)


ACTIONS: dict[str, Action] = {
    "sums": _sums,
    "live_sums": _sums,  # reads files of the veto that are not its inputs: a kind of its own, which does not travel
    "windows": _windows,
    "overall": _overall,
    "glitch": _glitch,
    "findings": _findings,
}
