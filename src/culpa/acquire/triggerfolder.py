"""The triggers in a folder: many channels, many files, one search."""

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path

from .. import names
from ..errors import NoDataError
from ..names import FileName
from ..types import Events, Segments
from . import triggerfiles

_log = logging.getLogger(__name__)

PREFERENCE = ("h5", "hdf5", "root", "xml.gz", "xml")
"""Endings of trigger files, best first: XML rounds what HDF5 and ROOT hold exactly, HDF5 reads fastest."""


def load_triggers(folder: Path) -> tuple[Mapping[str, Events], Mapping[str, Segments]]:
    """The events of each channel in a trigger folder, in order of time, and the GPS intervals searched for them.

    Files lie as `names.trigger_file` has them; of a span that is there in several formats one is read (HDF5, else ROOT,
    else XML). What a file does not say of its live time is its span in the name. Where files of different spans
    overlap, the first that searched a time counts. A file that cannot be read is named in the log and left out. Raises
    NoDataError where the folder has no trigger file, or none that can be read.
    """
    tables: dict[str, list[Events]] = {}
    searched: dict[str, Segments] = {}
    problems = []
    for path, name in trigger_files(folder):
        try:
            channel, events, live = _read(path, name)
        except NoDataError as problem:
            problems.append(problem)
            _log.warning("%s; it is left out", problem.message)
            continue
        before = searched.get(channel, Segments())
        if (twice := (before & live).livetime) > 0:
            _log.warning("%s: %g s were searched by an earlier file, whose triggers count", path, twice)
            events = events.take(~before.contains(events["time"]))
        tables.setdefault(channel, []).append(events)
        searched[channel] = before | live
    if not tables:
        raise problems[0] if problems else NoDataError(f"no trigger file below {folder}", "culpa triggers writes them")
    return {channel: Events.concatenate(parts).sorted_by_time() for channel, parts in tables.items()}, searched


def trigger_files(folder: Path) -> list[tuple[Path, FileName]]:
    """Trigger files below a folder with their names' parts, by channel and time: one format of each span."""
    return one_format(folder.glob("*/*_OMICRON/*/*"))


def one_format(paths: Iterable[Path]) -> list[tuple[Path, FileName]]:
    """The trigger files among paths, by channel and time; of those for one span the one whose format holds most."""
    best: dict[tuple[str, str, int, int], tuple[int, Path, FileName]] = {}
    for path in paths:
        name = names.parse(path)
        if name is not None and name.extension in PREFERENCE:
            key = (name.source, name.description, name.start, name.duration)
            candidate = (PREFERENCE.index(name.extension), path, name)
            best[key] = min(best.get(key, candidate), candidate, key=lambda one: one[0])
    return [best[key][1:] for key in sorted(best)]


def _read(path: Path, name: FileName) -> tuple[str, Events, Segments]:
    events, label = triggerfiles.read_labelled(path)
    if label:
        return label.channel, events, label.searched
    channel = str(events["channel"][0]) if len(events) else names.channel_of_trigger_file(path)
    return channel or "", events, Segments.of([(name.start, name.end)])
