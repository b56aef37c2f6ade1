"""The folder of a report: every file in full or not at all, and none of an earlier analysis left behind."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from ...acquire.atomic import atomic
from ...explain.hveto.result import HvetoResult, Round
from ..figures import Save, drawing
from . import drawings, tables
from .history import History, history
from .page import hveto_page, write_page
from .payload import remaining_time
from .summary import summary_text
from .vocabulary import DETECTOR, Vocabulary

TEXTS = ("winner.txt", "vetoed.txt", "segments.txt", "channels.csv", "grid.csv")
FIGURES = ("significance_drop.png", "snr_time.png", "histogram.png", "efficiency_deadtime.png")
OVERALL = ("efficiency_deadtime.png", "snr_time.png")


def write_report(
    result: HvetoResult, folder: Path, *, about: Mapping[str, str], words: Vocabulary = DETECTOR
) -> list[Path]:
    """Write everything about a result below a folder; returns the files, the first of which is the page, `index.html`.

    `summary.json`, `efficiency_deadtime.png`, `snr_time.png`; for each round n in `round-{n}/` the texts and figures
    named above (no grid and no significance drop where the engine does not tell); in `remaining/` `channels.csv` and
    `grid.csv` of what the last round left. `about` is shown in the page and kept in the summary (version, command,
    seed, ...); `words` is what things are called. The same input gives the same bytes. Files of ours from an earlier
    analysis that this one does not have are removed, other files stay. Raises CulpaError where the system refuses.
    """
    for name in (
        "index.html",
        "summary.json",
        "safety.csv",
    ):  # what is read first comes last: no mixture of two analyses
        with suppress(OSError):
            (folder / name).unlink()
    seen = history(result, words)
    with drawing() as save:
        written = [*_round_files(result, folder, seen, save), *_overall_files(result, folder, seen, save)]
    written += _remaining_files(result, folder)
    if result.safety:
        written.append(_write(folder / "safety.csv", tables.safety_csv(result.safety)))
    _remove_stale(folder, written)
    _write(folder / "summary.json", summary_text(result, about))
    beside: dict[str, list[str]] = {}
    for path in [*written, folder / "summary.json"]:
        beside.setdefault(path.parent.relative_to(folder).as_posix(), []).append(path.name)
    return [write_page(hveto_page(result, seen, about, beside), folder), folder / "summary.json", *written]


def _round_files(result: HvetoResult, folder: Path, seen: History, save: Save) -> Iterator[Path]:
    for of, after in zip(result.rounds, tables.grids_after(result), strict=True):
        there = folder / f"round-{of.number}"
        for name, text in _round_texts(of, result.primary, seen).items():
            yield _write(there / name, text)
        rows = tables.rows_of_round(of)
        drop, time, histogram, efficiency = (there / name for name in FIGURES)
        if of.grid is not None:
            save(
                drawings.significance_drop(of, rows, after, result.settings.minimum_significance, seen.words.thing),
                drop,
            )
            yield drop
        save(drawings.size_time(of, seen, result.live), time)
        save(drawings.histogram(of, seen.measure), histogram)
        save(drawings.efficiency_deadtime(of, rows, seen.words.thing), efficiency)
        yield from (time, histogram, efficiency)


def _round_texts(of: Round, primary: str, seen: History) -> dict[str, str]:
    texts = {
        "winner.txt": tables.events_text(of.witness, seen.witness, of.winner.channel),
        "vetoed.txt": tables.events_text(of.primary.take(of.vetoed), seen.measure, primary),
        "segments.txt": tables.segments_text(of.vetoes),
        "channels.csv": tables.channels_csv(tables.rows_of_round(of)),
    }
    return texts | ({"grid.csv": tables.grid_csv(of.grid)} if of.grid else {})


def _remaining_files(result: HvetoResult, folder: Path) -> Iterator[Path]:
    if result.final is not None:
        rows = tables.rows_of(result.final, len(result.remaining), remaining_time(result))
        yield _write(folder / "remaining" / "channels.csv", tables.channels_csv(rows))
        yield _write(folder / "remaining" / "grid.csv", tables.grid_csv(result.final))


def _overall_files(result: HvetoResult, folder: Path, seen: History, save: Save) -> Iterator[Path]:
    efficiency, time = (folder / name for name in OVERALL)
    save(drawings.efficiency_deadtime_of_all(result, seen), efficiency)
    save(drawings.size_time_of_all(result, seen), time)
    yield from (efficiency, time)


def _write(path: Path, text: str) -> Path:
    with atomic(path) as temporary:
        temporary.write_bytes(text.encode("utf-8", "replace"))
    return path


def _remove_stale(folder: Path, written: list[Path]) -> None:
    """Remove what an earlier report left in folders of rounds and of what remained; a folder that is empty then too."""
    for there in folder.iterdir():
        if re.fullmatch(r"round-[1-9]\d*|remaining", there.name) and there.is_dir():
            for name in {*TEXTS, *FIGURES} - {path.name for path in written if path.parent == there}:
                (there / name).unlink(missing_ok=True)
            with suppress(OSError):  # something of others is in it
                there.rmdir()
