"""The external program Omicron as the engine of a trigger search."""

import logging
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import ceil, floor, log2
from pathlib import Path
from tempfile import TemporaryDirectory

from .. import names
from ..acquire import triggerfiles
from ..acquire.atomic import atomic
from ..acquire.sources import Source
from ..acquire.triggerpaths import one_format
from ..detect.omicron_options import write_options
from ..detect.recluster import recluster
from ..detect.settings import SearchSettings
from ..errors import CulpaError, NoDataError, UsageError
from ..types import Events, Segments
from .triggers import ChannelResult, remove_replaced

Runner = Callable[[Sequence[str]], tuple[int, str]]
"""Runs a program with its arguments to its end; returns its exit code and what it printed."""

NOTES = {"generator": "Omicron"}

_log = logging.getLogger(__name__)


def find_program(name: str) -> str:
    """The path of a program on the PATH; raises UsageError where it is not there."""
    program = shutil.which(name)
    if program is None:
        raise UsageError(
            f"the program {name!r} is not installed: it is not on the PATH",
            "leave --engine out: the native engine needs no other program",
        )
    return program


def subprocess_runner(arguments: Sequence[str]) -> tuple[int, str]:
    """A runner for programs on the PATH; raises as `find_program`."""
    done = subprocess.run(  # noqa: S603  the program the user asked for
        [find_program(arguments[0]), *arguments[1:]],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    return done.returncode, done.stdout


def search_with_omicron(
    source: Source,
    channels: Sequence[str],
    settings: SearchSettings,
    segments: Segments,
    output: Path,
    formats: Sequence[str] = ("xml", "root", "hdf5"),
    runner: Runner = subprocess_runner,
) -> list[ChannelResult]:
    """Have Omicron search the segments (GPS s) of GWF files, and write its triggers below `output` as culpa does.

    One file for each channel, segment and format, in place of what an earlier search left there for the same times;
    list of frames and option files stay in `output/external`. Segments are cut to whole seconds; one shorter than the
    analysis window is skipped. Each channel is searched at the power of two below its rate, or at
    `settings.sample_rate`; what cannot be searched so gets empty files and a remark. Clusters are formed here, because
    Omicron leaves the tiles single in ROOT files. Raises UsageError where the program is not installed or cannot be
    told what is asked, NoDataError where no segment is long enough, CulpaError where it fails.
    """
    spans = list(_spans(segments, settings.segment))
    folder = output / "external"
    ffl = _write(folder / "frames.ffl", "".join(_frame_rows(source)))
    results = {channel: ChannelResult(channel) for channel in channels}
    for (rate, group), span in product(_by_rate(source, channels, settings).items(), spans):
        if rate:
            asked = replace(settings, sample_rate=rate)
            found = _ask(runner, asked, group, span, ffl, folder / f"options-{rate:g}Hz.txt")
        else:
            found = dict.fromkeys(group, _Found(Events.empty(), Segments(), "sampled too slowly for what is asked"))
        for channel, one in found.items():
            _keep(results[channel], one, span, output, formats)
    for result in results.values():
        remove_replaced(result)
    return list(results.values())


def _spans(segments: Segments, shortest: float) -> Iterator[tuple[int, int]]:
    whole = [(ceil(start), floor(end)) for start, end in segments]
    long_enough = [(start, end) for start, end in whole if end - start >= shortest]
    if not long_enough:
        raise NoDataError(
            f"nothing to search: Omicron needs a stretch of at least {shortest:g} s",
            "the native engine takes shorter ones",
        )
    for start, end in sorted(set(whole) - set(long_enough)):
        _log.warning("GPS %d to %d is shorter than the %g s that Omicron needs; it is left out", start, end, shortest)
    yield from long_enough


def _frame_rows(source: Source) -> Iterator[str]:
    for file in source.files:
        path = str(Path(file.path).resolve())
        if not path.endswith(".gwf") or len(path.split()) != 1:
            raise UsageError(
                f"Omicron reads GWF files with no blank in their names, not {path}", "use the native engine"
            )
        yield f"{path} {file.start:.15g} {file.end - file.start:.15g} 0 0\n"


def _write(path: Path, text: str) -> Path:
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return path.resolve()


def _by_rate(source: Source, channels: Sequence[str], settings: SearchSettings) -> dict[float, list[str]]:
    """Channels by the rate in Hz at which Omicron is to search them; 0 = cannot be searched."""
    groups = defaultdict(list)
    for channel in channels:
        native = source.sample_rate(channel)
        rate = settings.sample_rate or 2.0 ** floor(log2(native))
        groups[rate if rate <= native and settings.fmin < rate / 2 else 0.0].append(channel)
    return groups


@dataclass(frozen=True)
class _Found:
    """The events of a channel in a span, the part of it that was searched, and why that is not all."""

    events: Events
    searched: Segments
    remark: str = ""


def _ask(
    runner: Runner, settings: SearchSettings, channels: Sequence[str], span: tuple[int, int], ffl: Path, options: Path
) -> dict[str, _Found]:
    """Run Omicron on a span (GPS s) and read its files, which are removed."""
    with TemporaryDirectory(prefix=".omicron-", dir=options.parent) as raw:
        _write(options, write_options(settings, ffl, channels, Path(raw).resolve()))
        code, printed = runner(["omicron", *map(str, span), str(options.resolve())])
        if code:
            last = "\n  ".join(printed.strip().splitlines()[-10:]) or "it printed nothing"
            raise CulpaError(f"omicron ended with exit code {code} on GPS {span[0]} to {span[1]} with {options}", last)
        return {channel: _collect(Path(raw), channel, span, settings) for channel in channels}


def _collect(raw: Path, channel: str, span: tuple[int, int], settings: SearchSettings) -> _Found:
    """What is in Omicron's files of a channel, wherever they lie below a folder; their names say what was searched."""
    wanted = names.interferometer(channel), f"{names.channel_tag(channel)}_OMICRON"
    found = ((path, names.parse(path)) for path in one_format(raw.rglob("*")))
    files = [(path, name) for path, name in found if name and (name.source, name.description) == wanted]
    events = recluster(Events.concatenate(triggerfiles.read(path) for path, _ in files), settings.cluster)
    searched = Segments.of((name.start, name.end) for _, name in files)
    missing = span[1] - span[0] - settings.overlap - searched.livetime  # half an overlap is dropped at each end
    why = "Omicron left out a part: no data there, or more triggers than its limit on their rate"
    return _Found(events, searched, why if missing > 0 else "")


def _keep(result: ChannelResult, found: _Found, span: tuple[int, int], output: Path, formats: Sequence[str]) -> None:
    for form in formats:
        path = output / names.trigger_file(result.channel, *span, triggerfiles.EXTENSIONS[form])
        triggerfiles.write(found.events, path, channel=result.channel, span=span, searched=found.searched, notes=NOTES)
        result.files.append(path)
    result.count(found.events, found.searched)
    if found.remark:
        result.remarks[found.remark] += 1
