"""The triggers in many files, of many channels, read as one search."""

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .. import names
from ..errors import CulpaError, NoDataError, UsageError
from ..types import Events, Segments
from . import triggerfiles
from .triggerpaths import and_further, by_format, distinct

_log = logging.getLogger(__name__)


def load_lists(paths: Iterable[Path]) -> tuple[dict[str, Events], dict[str, Segments]]:
    """The events of each channel in trigger files, in order of time, and the GPS intervals searched for them.

    The channel, which the tables have in a column, is that of the rows (a file may hold many), else the one that the
    file states, else the one in its name (`triggerfiles.channel_in_name`). The live time is what the file says of it,
    else the span in a name after T050017; a channel with a file that has neither is not in the second mapping. What
    the rows of one file name was also searched, in vain, where files of the same site and description do not name it.

    Of files that differ in their ending alone, one is read: HDF5, else ROOT, else XML, the next where one cannot be
    read. Where files overlap, the first that searched a time counts; of a file of unknown live time, rows of equal
    time, frequency and SNR as in an earlier file do not count. Equal rows within a file do. Files that cannot be read
    or are given twice, and rows without a time, are left out and named in the log. Raises NoDataError or UsageError
    where no file can be read.
    """
    given = distinct(paths)
    files = _read([*by_format(given), *([path] for path in given if not path.name.endswith(triggerfiles.ENDINGS))])
    families: dict[tuple[str, str], set[str]] = defaultdict(set)
    for file in files:
        families[file.family].update(file.tables)
    channels: dict[str, _Channel] = defaultdict(_Channel)
    for file in files:
        for channel in sorted(families[file.family] or {triggerfiles.channel_in_name(file.path)}):
            channels[channel].add(file, file.tables.get(channel, Events.empty()))
    _tell(channels.values())
    events = {name: channel.events(name) for name, channel in channels.items()}
    return events, {name: channel.live for name, channel in channels.items() if channel.dated}


@dataclass(frozen=True)
class _File:
    """A file that was read: its rows by channel, its live time (None: unknown), and whether it states its channel."""

    path: Path
    tables: Mapping[str, Events]
    live: Segments | None
    stated: bool

    @property
    def family(self) -> tuple[str, str]:
        name = names.parse(self.path)
        return (name.source, name.description) if name and not self.stated else ("", str(self.path))


@dataclass
class _Channel:
    """What is known of a channel while its files are read."""

    parts: list[Events] = field(default_factory=list)
    live: Segments = field(default_factory=Segments)
    dated: bool = True
    overlaps: dict[Path, float] = field(default_factory=dict)
    """Seconds that earlier files searched."""
    repeats: dict[Path, int] = field(default_factory=dict)
    """Rows that earlier files have, of files of unknown live time."""

    def add(self, file: _File, events: Events) -> None:
        """Take in what a file has of the channel."""
        if file.live is None:
            self.dated = False
            known = self.live.contains(events["time"]) | np.isin(_keys(events), _keys(*self.parts))
            if known.any():
                self.repeats[file.path] = int(known.sum())
                events = events.take(~known)
        elif (twice := (self.live & file.live).livetime) > 0:
            self.overlaps[file.path] = twice
            events = events.take(~self.live.contains(events["time"]))
        self.parts.append(events)
        self.live |= file.live or Segments()

    def events(self, name: str) -> Events:
        """All rows that count, in order of time."""
        events = Events.concatenate(self.parts).sorted_by_time()
        return Events({**events.columns, "channel": np.broadcast_to(np.str_(name), len(events))})


def _read(spans: Iterable[Sequence[Path]]) -> list[_File]:
    """One file of each span: the first that can be read."""
    files: list[_File] = []
    problems: list[CulpaError] = []
    for same in spans:
        for path in same:
            try:
                files.append(_load(path))
                break
            except (NoDataError, UsageError) as problem:
                problems.append(problem)
    if not files:
        raise _nothing(problems)
    for unreadable in problems:
        _log.warning("%s; it is left out", unreadable.message)
    return files


def _nothing(problems: Sequence[CulpaError]) -> CulpaError:
    if len(problems) < 2:
        return problems[0] if problems else NoDataError("there is no trigger file to read")
    return NoDataError(f"none of {len(problems)} trigger files can be read; {problems[0].message}", problems[0].hint)


def _load(path: Path) -> _File:
    file = triggerfiles.load(path)
    name = names.parse(path)
    span = Segments.of([(name.start, name.end)]) if name else None
    live = file.label.searched if file.label else span
    timed = np.isfinite(file.events["time"])
    events = file.events if timed.all() else file.events.take(timed)
    if len(events) < len(timed):
        _log.warning("%s: %d rows without a time are left out", path, len(timed) - len(events))
    tables = _by_channel(events, file.channel or triggerfiles.channel_in_name(path)) if len(events) else {}
    return _File(path, tables or ({file.channel: events} if file.channel else {}), live, bool(file.channel))


def _by_channel(events: Events, otherwise: str) -> dict[str, Events]:
    """The rows of each channel, without the column; rows that name none are of the one given."""
    bare = Events({name: column for name, column in events.columns.items() if name != "channel"})
    if "channel" not in events.columns:
        return {otherwise: bare}
    named = np.where(events["channel"] == "", otherwise, events["channel"])
    if (named == named[0]).all():
        return {str(named[0]): bare}
    return {str(word): bare.take(named == word) for word in np.unique(named)}


def _keys(*tables: Events) -> NDArray[np.void]:
    """What is equal for equal rows."""
    events = Events.concatenate(tables)
    rows = np.column_stack([events["time"], events["frequency"], events["snr"]])
    return rows.view(np.dtype((np.void, 24))).ravel()


def _tell(channels: Iterable[_Channel]) -> None:
    overlaps: dict[Path, float] = {}
    repeats: Counter[Path] = Counter()
    for channel in channels:
        overlaps |= channel.overlaps
        repeats.update(channel.repeats)
    if overlaps:
        earlier = "an earlier file" if len(overlaps) == 1 else "earlier files"
        which, seconds = and_further(list(overlaps)), sum(overlaps.values())
        _log.warning("%s: %g s were searched by %s, whose triggers count", which, seconds, earlier)
    for path, rows in repeats.items():
        _log.warning("%s: %d triggers are in an earlier file too, and count once", path, rows)
