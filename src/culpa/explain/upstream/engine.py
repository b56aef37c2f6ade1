"""A whole analysis by the installed hveto."""

import logging
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import wraps
from math import ceil, floor
from pathlib import Path
from tempfile import TemporaryDirectory
from traceback import clear_frames, extract_tb
from typing import Any

from ...errors import CulpaError
from ...names import interferometer
from ...types import Segments
from ..hveto.result import HvetoResult
from ..hveto.rounds import is_unsafe
from ..hveto.settings import HvetoSettings
from .configuration import flag, make_ini, write_inputs
from .outcome import Report, make_rounds, read_primary, remarks, why_ended
from .package import Package, load
from .patches import ALL, patched
from .process import unchanged

IGNORED = (
    "the 'nproc' keyword to EventTable.read was renamed",
    "Attempting to set identical low and high [xy]lims",
    "Attempt to set non-positive [xy]lim",
    "Data has no positive values",
    "Failed to recover tooltip",
    "COPY_IF_NEEDED is no longer needed",
    "This process .* is multi-threaded",
    "Cannot merge meta key",
    "unclosed running multiprocessing pool",
    "ValueError: ",  # a channel that it cannot read, which becomes a remark
)
"""Beginnings of warnings that hveto, or what it calls, gives in an analysis that is in order."""
STALE = ("hveto.log", "index.html", "summary-stats.json", "summary-stats.txt")
"""What an earlier analysis in the same folder may have left, and this one may not replace."""
STEPS = {
    "triggers": "reading trigger files",
    "core": "searching",
    "plot": "drawing",
    "html": "writing its pages",
    "config": "reading its configuration",
    "segments": "reading segments",
}
"""What the modules of hveto are for."""


def run_upstream(
    primary_files: Sequence[Path],
    auxiliary_files: Sequence[Path],
    primary_channel: str,
    auxiliary_channels: Sequence[str],
    live: Segments,
    settings: HvetoSettings,
    folder: Path,
    *,
    ini: Path | None = None,
    nproc: int = 1,
    patches: Collection[str] = ALL,
) -> HvetoResult:
    """What the installed hveto finds in trigger files, which must have T050017 names; its own output is in `folder`.

    `live` are the analysed segments (GPS s), padded already. `ini` is a configuration file of hveto: what the settings
    do not say is taken from it. `patches` are the names of those that are applied. Expectations are upstream's whatever
    the settings say, grids and false-alarm probabilities unknown, events have time, frequency and SNR only. Neither
    output nor settings of this process are touched; not for threads. Raises MissingExtraError without hveto, UsageError
    for what hveto cannot do, CulpaError where it fails.
    """
    package = load()
    safe = [name for name in auxiliary_channels if not is_unsafe(name, settings)]
    configuration = make_ini(primary_channel, safe, settings, ini)
    folder.mkdir(parents=True, exist_ok=True)
    for name in STALE:
        (folder / name).unlink(missing_ok=True)
    with TemporaryDirectory(prefix="culpa-hveto-") as inputs, patched(patches), unchanged(IGNORED):
        written = write_inputs(Path(inputs), primary_files, auxiliary_files, live, flag(primary_channel))
        file = Path(inputs) / "hveto.ini"
        with file.open("w") as stream:
            configuration.write(stream)
        span = [str(floor(live.bounds[0][0])), str(ceil(live.bounds[-1][1]))]
        detector = ["-i", interferometer(primary_channel)]
        report = _run(package, [*span, *detector, "-f", str(file), *written, "-o", str(folder), "-j", str(nproc)])
    log = (folder / "hveto.log").read_text()
    start = read_primary(folder, primary_channel)
    rounds, remaining = make_rounds(report.rounds, start, package.main.core.significance)
    return HvetoResult(
        primary=primary_channel,
        settings=replace(settings, expectation="upstream"),
        live=live,
        rounds=tuple(rounds),
        remaining=remaining,
        final=None,
        final_false_alarm=None,
        reason=why_ended(log, settings.minimum_significance),
        remarks=(
            *(f"{name} is unsafe: left out" for name in sorted(set(auxiliary_channels) - set(safe))),
            *remarks(log),
        ),
        engine="upstream",
    )


def _run(package: Package, arguments: list[str]) -> Report:
    logger = logging.getLogger("hveto")
    logger.addHandler(logging.NullHandler())
    logger.setLevel(logging.DEBUG)
    logger.propagate = False  # what it says is in its log file
    sys.argv = ["hveto", *arguments]  # which it prints on a page
    package.style.apply()
    with _heard() as report:
        try:
            package.main.main(arguments)
        except SystemExit as end:  # its way to say that it found nothing
            if end.code:
                raise CulpaError(f"hveto ended with {end.code}", "use --engine native") from end
        except Exception as problem:
            clear_frames(problem.__traceback__)  # they hold its pools, whose processes end with them
            raise _failure(problem) from problem
    return report


@contextmanager
def _heard() -> Iterator[Report]:
    """A block in which the rounds that hveto writes a page about are kept."""
    from hveto import html

    report, original = Report(), html.write_hveto_page

    @wraps(original)
    def write_hveto_page(ifo: str, start: int, end: int, rounds: list[Any], *others: Any, **options: Any) -> Any:
        report.rounds[:] = rounds
        return original(ifo, start, end, rounds, *others, **options)

    html.write_hveto_page = write_hveto_page
    try:
        yield report
    finally:
        html.write_hveto_page = original


def _failure(problem: Exception) -> CulpaError:
    inside = [
        Path(of.filename).stem for of in extract_tb(problem.__traceback__) if Path(of.filename).parent.name == "hveto"
    ]
    step = next((STEPS[module] for module in reversed(inside) if module in STEPS), "at work")
    hint = "its hveto.log says how far it came; use --engine native, or all patches where some were left out"
    return CulpaError(f"hveto failed while {step}: {type(problem).__name__}: {problem}", hint)
