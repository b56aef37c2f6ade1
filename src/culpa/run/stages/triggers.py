"""The trigger stage: each chunk of each channel searched, then each channel's chunks stitched and written."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from ... import names
from ... import settings as toml
from ...acquire import triggerfiles
from ...acquire.atomic import atomic
from ...acquire.datafiles import at
from ...acquire.sources import Source
from ...detect.cluster import Part
from ...detect.layout import Group, chunks, groups
from ...detect.search import Searched
from ...detect.settings import SearchSettings
from ...errors import CulpaError
from ...types import TRIGGER_COLUMNS, Events, Segments
from ..assignment import Assignment
from ..outcome import Action, Outcome
from ..plan import HIDDEN, Job, Resources
from ..recording import Recording
from ..triggers import ChannelResult, ChunkJob, limited_span, remove_replaced, search_chunk, tell_apart, write_stretch
from . import LISTS

log = logging.getLogger(__name__)

NAME = "triggers"
CODE = ("acquire", "condition", "decompose", "detect", "run/stages/triggers.py", "run/triggers.py")
PACKAGES = ("numpy", "scipy", "pyfftw", "gwframe", *LISTS)
FOLDER = "omicron"

_SECONDS = 7.2e-8, 0.12
"""Processor seconds per sample of a channel that is searched, and per job: measured."""
_WRITING = 0.006, 2.5e4
"""Processor seconds and bytes per file."""
_MEMORY = 300.0, 0.03
"""MB, and MB per Hz of the sampling rate: measured."""


def jobs(of: Assignment) -> Iterator[Job]:
    """A job for each chunk of each channel, then one for each channel; the fastest channels first.

    Channels of one rate follow each other: a process builds what a rate needs only once.
    """
    recording = of.recording
    tell_apart(list(recording.rates))
    settings = {"triggers": toml.plain(of.triggers)}
    yield Job(f"{NAME}/settings", "settings", settings, {}, (), (f"{FOLDER}/triggers.toml",), Resources(0.01, 100, 1e3))
    for channel in sorted(recording.rates, key=lambda name: (-recording.rates[name], name)):
        parts = list(_searches(channel, recording, of.triggers))
        yield from parts
        if parts:
            yield _writing(channel, parts, of)


def spans(of: Assignment, channel: str) -> list[tuple[float, float]]:
    """What the trigger files of a channel answer for, GPS s, in order."""
    recording = of.recording
    return [
        limited_span(chunk[0].start, chunk[-1].end, recording.within)
        for _, _, chunk in _chunks(channel, recording, of.triggers)
    ]


def best_format(of: Assignment) -> str:
    """The one of the formats written that later stages read: exact ones first."""
    return next(form for form in ("hdf5", "root", "xml") if form in of.data.formats)


def files(of: Assignment, channel: str, form: str) -> list[str]:
    """The trigger files of a channel in one format."""
    ending = triggerfiles.EXTENSIONS[form]
    return [f"{FOLDER}/{names.trigger_file(channel, *span, ending).as_posix()}" for span in spans(of, channel)]


def _chunks(
    channel: str, recording: Recording, settings: SearchSettings
) -> Iterator[tuple[tuple[float, float], int, list[Group]]]:
    """Each chunk that is searched, with its stretch and its number in it."""
    within = recording.within
    for stretch in recording.stretches[channel]:
        for number, chunk in enumerate(chunks(groups(stretch[0], stretch[1], settings), settings)):
            if within is None or Segments.of([(chunk[0].start, chunk[-1].end)]) & within:
                yield stretch, number, chunk


def _searches(channel: str, recording: Recording, settings: SearchSettings) -> Iterator[Job]:
    shared = {"triggers": toml.plain(settings)}
    rate, within = recording.rates[channel], recording.within
    for stretch, number, chunk in _chunks(channel, recording, settings):
        start, end = limited_span(chunk[0].start, chunk[-1].end, within)
        what = {
            "channel": channel,
            "sample_rate": rate,
            "stretch": list(stretch),
            "chunk": number,
            "within": None if within is None else [list(bounds) for bounds in within],
        }
        read = recording.paths(chunk[0].data[0], chunk[-1].data[1])
        each, more = _SECONDS
        memory, per_rate = _MEMORY
        needs = Resources(each * rate * (chunk[-1].end - chunk[0].start) + more, memory + per_rate * rate, 1e4)
        name = f"{NAME}/search/{channel}/{names.spanning('', '', start, end, '').start}"
        yield Job(name, "search", shared, what, read, (_part(channel, start, end),), needs)


def _part(channel: str, start: float, end: float) -> str:
    """Where the events of a chunk wait for those of its neighbours."""
    detector, description = names.interferometer(channel), f"{names.channel_tag(channel)}_PART"
    name = names.spanning(detector, description, start, end, "h5")
    return f"{HIDDEN}/parts/{detector}/{description}/{name}"


def _writing(channel: str, parts: list[Job], of: Assignment) -> Job:
    outputs = tuple(path for form in of.data.formats for path in files(of, channel, form))
    seconds, written = _WRITING
    return Job(
        f"{NAME}/write/{channel}",
        "write",
        {"cluster": of.triggers.cluster, "formats": list(of.data.formats)},
        {"channel": channel},
        tuple(path for part in parts for path in part.outputs),
        outputs,
        Resources(seconds * len(outputs), 300, written * len(outputs)),
    )


def _search(job: Job, folder: Path) -> Outcome:
    absent = {path for path in job.inputs if not (folder / path).exists()}
    for path in sorted(absent):
        log.warning("%s is not there; its span is treated as a gap", path)
    files = [folder / path for path in job.inputs if path not in absent]
    found, gaps = _searched(job, files)
    if gaps:  # a file that cannot be read counts as a gap: it must be one that cannot be read at another time either
        found, again = _searched(job, files)
        if gaps != again:
            raise CulpaError(f"{min(gaps ^ again)}; at another time not", "does the storage work? run again")
    gaps |= {f"{path} is not there" for path in absent}
    found = replace(found, remarks=(*found.remarks, *sorted(gaps)))
    (path,) = job.outputs
    _write_part(found, job.parameters["channel"], folder / path)
    return Outcome(job.outputs)


def _searched(job: Job, files: Iterable[Path]) -> tuple[Searched, set[str]]:
    """What is found in some files, and why some of them were treated as gaps."""
    what, settings = job.parameters, toml.build(SearchSettings, job.settings["triggers"], "triggers")
    source = Source(tuple(at(files)), {what["channel"]: what["sample_rate"]})
    start, end = what["stretch"]
    chunk = list(chunks(groups(start, end, settings), settings))[what["chunk"]]
    within = Segments.of(map(tuple, what["within"])) if what["within"] else None
    chunk = [group for group in chunk if within is None or Segments(((group.start, group.end),)) & within]
    return search_chunk(ChunkJob(source, what["channel"], 0, tuple(chunk), settings, within)), source.told


def _write_part(found: Searched, channel: str, path: Path) -> None:
    notes = {"truncated": "yes" if found.part.truncated else "", "remarks": "\n".join(found.remarks)}
    span = (found.part.start, found.part.end)
    triggerfiles.write(found.part.events, path, channel=channel, span=span, searched=found.segments, notes=notes)


def _read_part(path: Path) -> Searched:
    file = triggerfiles.load(path)
    if file.label is None:
        raise CulpaError(f"{path} is not what the search wrote", "was it changed meanwhile? run again")
    notes = file.label.notes
    events = Events({name: file.events[name] for name in TRIGGER_COLUMNS})
    part = Part(*file.label.span, events, bool(notes["truncated"]))
    return Searched(part, file.label.searched, tuple(filter(None, notes["remarks"].split("\n"))))


def _write(job: Job, folder: Path) -> Outcome:
    result = ChannelResult(job.parameters["channel"])
    found = (_read_part(folder / path) for path in job.inputs)
    write_stretch(result, found, job.settings["cluster"], folder / FOLDER, job.settings["formats"])
    remove_replaced(result)  # of a search that was made by hand
    return Outcome(tuple(path.relative_to(folder).as_posix() for path in result.files), result.entry())


def _settings(job: Job, folder: Path) -> Outcome:
    (path,) = job.outputs
    settings = toml.build(SearchSettings, job.settings["triggers"], "triggers")
    with atomic(folder / path) as temporary:
        temporary.write_text(toml.dump(settings, "triggers"), encoding="utf-8")
    return Outcome(job.outputs)


ACTIONS: dict[str, Action] = {"settings": _settings, "search": _search, "write": _write}
