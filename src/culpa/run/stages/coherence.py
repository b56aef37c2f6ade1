"""The coherence stage: which channels are coherent with the main one, always and at the glitches they explain."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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
from ...report.coherence.files import FINDINGS, Basis, labels_in, write_findings
from ...report.coherence.files import RANKED as RANKING
from ...types import Events, Segments
from ..assignment import Assignment
from ..blocks import REACH
from ..coherence.analysis import glitch_files, overall_files
from ..coherence.chunks import cells, inside
from ..coherence.request import FOLDER as FOLDER
from ..coherence.request import winners
from ..coherence.sharing import windowed, work_of
from ..coherence.spectra import SpectraWork, added, fitting, read_sums, summed, write_sums
from ..coherence.targets import of_rounds, vetoed_time
from ..coherence.told import read
from ..coherence.windows import Found, Target, as_arrays, from_arrays, together
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
    spans = _analysed(of)
    if not (spans and len(of.recording.rates) > 1):
        return
    live = {cell: (Segments((cell,)) & spans).livetime for cell in cells(spans.bounds[0][0], spans.bounds[-1][1])}
    veto = (f"{hveto.FOLDER}/summary.json",) if any(hveto.jobs(of)) else ()
    form = triggers.best_format(of)
    lists = tuple(path for name in of.recording.rates for path in triggers.files(of, name, form)) if veto else ()
    work = _Work(of, spans, {cell: seconds for cell, seconds in live.items() if seconds}, veto, lists)
    sums = [work.sums(*cell) for cell in work.live]
    windows = [work.windows(*cell) for cell in work.live] if veto else []
    yield from sums
    yield from windows
    yield work.overall([path for job in sums for path in job.outputs])
    if windows:
        yield work.glitch([path for job in windows for path in job.outputs])
    yield work.findings()


@dataclass(frozen=True)
class _Work:
    """What the jobs of a day have in common; `live` are the seconds of each cell of the time grid."""

    of: Assignment
    spans: Segments
    live: Mapping[tuple[float, float], float]
    veto: tuple[str, ...]
    lists: tuple[str, ...]

    @property
    def settings(self) -> dict[str, Any]:
        return {"coherence": toml.plain(self.of.coherence)}

    @property
    def shared(self) -> dict[str, Any]:
        return {
            "main": self.of.recording.main,
            "rates": dict(self.of.recording.rates),
            "spans": [list(span) for span in self.spans],
            "lists": len(self.lists),
        }

    @property
    def total(self) -> float:
        """Hz of all channels."""
        return sum(self.of.recording.rates.values())

    @property
    def results(self) -> float:
        """Processor seconds that the results of one kind take, reckoned."""
        return _OF_RESULTS * min(24.0, self.spans.livetime / 3600)

    def sums(self, start: float, end: float) -> Job:
        left_out = self.veto if self.of.coherence.leave_out_vetoed else ()
        fft, reach = self.of.coherence.fft, self.of.coherence.fft + 1
        return Job(
            f"{NAME}/sums/{int(start)}",
            "live_sums" if self.of.coherence.leave_out_vetoed else "sums",
            self.settings,
            {**self.shared, "cell": [start, end]},
            (*left_out, *self.of.recording.paths(start - reach, end + reach)),
            (f"{_PARTS}/sums-{int(start)}.npz",),
            Resources(
                _SECONDS[0] * self.total * self.live[start, end] + _SECONDS[1],
                round(_MEMORY[0] + _MEMORY[1] * self.total * fft),
                60 * self.total * fft,
            ),
        )

    def windows(self, start: float, end: float) -> Job:
        expected = _PER_HOUR * self.live[start, end] / 3600
        return Job(
            f"{NAME}/windows/{int(start)}",
            "windows",
            self.settings,
            {**self.shared, "cell": [start, end]},
            (*self.veto, *self.lists, *self.of.recording.paths(start - REACH, end + REACH)),
            (f"{_PARTS}/windows-{int(start)}.npz",),
            Resources(1 + _OF_GLITCHES[0] * expected, 600, _OF_GLITCHES[1] * expected),
        )

    def overall(self, sums: Sequence[str]) -> Job:
        return Job(
            f"{NAME}/overall",
            "overall",
            self.settings,
            {**self.shared, "sums": len(sums)},
            (*sums, *self.veto),
            (_INDICES["overall"], RANKED),
            Resources(2 + 0.05 * len(self.of.recording.rates) + self.results, 500, 5e6),
        )

    def glitch(self, windows: Sequence[str]) -> Job:
        return Job(
            f"{NAME}/glitch",
            "glitch",
            self.settings,
            {**self.shared, "windows": len(windows)},
            (*windows, *self.veto, *self.lists),
            (_INDICES["glitch"],),
            Resources(2 + 2 * self.results, 600, 5e6),
        )

    def findings(self) -> Job:
        indices = tuple(_INDICES.values()) if self.veto else (_INDICES["overall"],)
        return Job(
            f"{NAME}/findings", "findings", {}, {}, (*indices, RANKED), (SAID,), Resources(1 + self.results, 400, 1e6)
        )


def _analysed(of: Assignment) -> Segments:
    """The times of the main channel that are the day's."""
    stretches = of.recording.stretches[of.recording.main]
    return stretches if of.recording.within is None else stretches & of.recording.within


def _basis(job: Job) -> Basis:
    return Basis(job.parameters["main"], Segments.of(map(tuple, job.parameters["spans"])), job.settings["coherence"])


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
    segments = _basis(job).analysed
    if chosen.leave_out_vetoed and what["lists"]:
        files = job.inputs[1:]
        segments -= vetoed_time(folder / hveto.FOLDER, _rounds(folder))
    starts = inside(windows.starts(segments), tuple(what["cell"]))
    channels = fitting(what["rates"], main, chosen)
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
    cell, analysed = tuple(what["cell"]), _basis(job).analysed
    work = work_of(source, what["main"], main_events, targets, cell, _settings(job), analysed)
    if not targets:
        return Outcome((), {"empty": "there was nothing to veto"})
    with atomic(folder / path) as temporary, temporary.open("wb") as file:
        np.savez(file, **as_arrays(windowed(work)))  # type: ignore[arg-type]
    return Outcome(job.outputs)


def _overall(job: Job, folder: Path) -> Outcome:
    sums = [folder / path for path in job.inputs[: job.parameters["sums"]] if (folder / path).exists()]
    if not sums:
        return Outcome((), {"empty": "no window, or no channel to compare with"})
    total = added(read_sums(path) for path in sums)
    of_rounds = {label: name for label, name in winners(_rounds(folder)).items() if name in total.pairs}
    files = overall_files(total, _basis(job), of_rounds, _settings(job), folder / FOLDER)
    return _indexed(job, folder, "overall", files)


def _glitch(job: Job, folder: Path) -> Outcome:
    what = job.parameters
    targets, _ = _targets(job, folder, job.inputs[len(job.inputs) - what["lists"] :])
    parts = [folder / path for path in job.inputs[: what["windows"]] if (folder / path).exists()]
    if not (targets and parts):
        return Outcome((), {"empty": "there was nothing to veto"})
    found = [_read(path) for path in parts]
    joined = {one.label: together([part[one.label] for part in found]) for one in targets}
    files = glitch_files(targets, joined, _basis(job), _settings(job), folder / FOLDER)
    return _indexed(job, folder, "glitch", files)


def _read(path: Path) -> dict[str, Found]:
    with np.load(path) as arrays:
        return from_arrays(arrays)


def _indexed(job: Job, folder: Path, kind: str, files: list[Path]) -> Outcome:
    """What was written, and a file that says which labels there are, with what changes when their results do."""
    written = {path.name: path for path in files}
    labels = {}
    for label in labels_in(files, kind):
        parts = (written.get(f"{kind}_{label}{ending}") for ending in (".json", ".csv"))
        labels[label] = sha256(b"".join(path.read_bytes() for path in parts if path)).hexdigest()
    index, *_ = job.outputs
    with atomic(folder / index) as path:
        path.write_text(json.dumps(labels), encoding="utf-8")
    return Outcome((index, *(path.relative_to(folder).as_posix() for path in files)), {"labels": len(labels)})


def _findings(job: Job, folder: Path) -> Outcome:
    indices = [folder / path for path in _INDICES.values() if path in job.inputs and (folder / path).exists()]
    if not indices:
        return Outcome((), {"empty": "nothing was compared"})
    labels = {Path(path).stem: json.loads(path.read_text(encoding="utf-8")) for path in indices}
    files = write_findings(folder / FOLDER, labels, ranked=True)
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
