"""The files of coherence in one folder: numbers, figures, and what they say.

`{label}` is `round-N` for the winner of a round of the veto, else what stands for a channel in file names.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...acquire.atomic import atomic
from ...explain.coherence.glitch import GlitchCoherence
from ...explain.coherence.overall import BandRow, Overall
from ...types import Floats
from ..figures import Save, drawing
from . import plots, tables, words

FINDINGS = "coherence.json"
RANKING, LISTED, CONTRIBUTIONS, RANKED = "overall.csv", "by_frequency.csv", "contributions.png", "overall.json"

_UNKNOWN: Mapping[str, Any] = {"windows": 0, "p": None, "ranges": [], "bands": []}
"""What is said of glitches none of which has a window."""


@dataclass(frozen=True)
class AtGlitches:
    """The coherence of a channel at glitches and at quiet times (None: no window), and the glitches it is made of.

    `gps` s, `snr` and `share` have shape (windows,); `glitches` were asked for, `lost` of these have no window.
    """

    channel: str
    main: str
    result: GlitchCoherence | None
    quiet: GlitchCoherence | None
    gps: Floats
    snr: Floats
    share: Floats
    glitches: int
    lost: int


def write_overall(folder: Path, label: str, of: Overall, main: str) -> list[Path]:
    """Write table, figure and what is to be said of the overall coherence of a channel; returns the paths."""
    stem = f"overall_{label}"
    with drawing() as save:
        plots.overall(of, main, save, folder / f"{stem}.png")
    return [
        folder / f"{stem}.png",
        _text(folder / f"{stem}.csv", tables.overall_csv(of)),
        _text(folder / f"{stem}.json", tables.as_json({"label": label, **tables.overall_json(of, main)})),
    ]


def write_ranking(
    folder: Path, found: Mapping[str, Overall], main: str, rows: list[BandRow], listed: list[Any]
) -> list[Path]:
    """Write which channels are coherent overall: by band, by frequency, and what they contribute; returns the paths."""
    standing_out = [one for one in found.values() if one.significant.any()]
    first = next(iter(found.values()))
    said = {
        "main": main,
        "channels": len(found),
        "windows": max(one.windows for one in found.values()),
        "trials": first.trials,
        "false_alarm": first.false_alarm,
        "significant": [one.channel for one in sorted(standing_out, key=lambda one: (one.smallest, one.channel))],
    }
    with drawing() as save:
        plots.contributions(list(found.values()), main, save, folder / CONTRIBUTIONS)
    return [
        folder / CONTRIBUTIONS,
        _text(folder / RANKING, tables.ranking_csv(rows)),
        _text(folder / LISTED, tables.listed_csv(listed)),
        _text(folder / RANKED, tables.as_json(said)),
    ]


def write_glitch(folder: Path, label: str, of: AtGlitches) -> list[Path]:
    """Write tables, figure and what is to be said of the coherence of a channel at glitches; returns the paths."""
    stem = f"glitch_{label}"
    said = {
        "label": label,
        "channel": of.channel,
        "main": of.main,
        "glitches": of.glitches,
        "lost": of.lost,
        **(tables.glitch_json(of.result) if of.result else _UNKNOWN),
        "quiet": tables.glitch_json(of.quiet) if of.quiet else None,
        "loudest": [float(time) for _, time in sorted(zip(-of.snr, of.gps, strict=True))[:10]],
    }
    written = [_text(folder / f"{stem}.json", tables.as_json(said))]
    if of.result is not None:
        written += [
            _text(folder / f"{stem}.csv", tables.glitch_csv(of.result, of.quiet)),
            _text(folder / f"{stem}_triggers.csv", tables.triggers_csv(of.gps, of.snr, of.share)),
            folder / f"{stem}.png",
        ]
        with drawing() as save:
            plots.glitch(of.channel, of.main, of.result, of.quiet, save, written[-1])
    return written


def write_findings(folder: Path, labels: Mapping[str, Sequence[str]] | None = None) -> list[Path]:
    """Write what the files of a folder say together: `coherence.json`, and a figure of both where there are both.

    `labels` are those that count of each kind, `overall` and `glitch`; None: all that are there.
    """
    written = []
    said: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.glob("*_*.json"), key=_order):
        kind, _, label = path.stem.partition("_")
        if kind in ("overall", "glitch") and (labels is None or label in labels.get(kind, ())):
            said.setdefault(label, {})[kind] = json.loads(path.read_text(encoding="utf-8"))
    with drawing() as save:
        for label, of in said.items():
            if len(of) == 2 and of["glitch"]["windows"]:
                written.append(_both(folder, label, of, save))
    ranked = folder / RANKED
    everything = {
        "overall": json.loads(ranked.read_text(encoding="utf-8")) if ranked.exists() else None,
        "findings": [finding(label, of.get("glitch"), of.get("overall")) for label, of in said.items()],
    }
    return [_text(folder / FINDINGS, tables.as_json(everything)), *written]


def labels_in(paths: Iterable[Path], kind: str) -> list[str]:
    """The labels of the results of a kind, `overall` or `glitch`, among some files."""
    stems = (path.stem for path in paths if path.suffix == ".json")
    return [stem.removeprefix(f"{kind}_") for stem in stems if stem.startswith(f"{kind}_")]


def finding(label: str, glitch: Mapping[str, Any] | None, overall: Mapping[str, Any] | None) -> dict[str, Any]:
    """What is known of one label, for JSON; what was not looked at is None."""
    of: Mapping[str, Any] = glitch or overall or {}
    coherent = [bool(one["ranges"]) if one and one["p"] is not None else None for one in (glitch, overall)]
    closer = coherent[0] is False and not coherent[1]
    number = re.fullmatch(r"round-(\d+)", label)
    return {
        "label": label,
        "round": int(number[1]) if number else None,
        "channel": of["channel"],
        "main": of["main"],
        "sentence": words.finding(glitch, overall),
        "advice": words.advice(of) if closer else None,
        "coherent_at_glitches": coherent[0],
        "coherent_overall": coherent[1],
        "p_at_glitches": glitch["p"] if glitch else None,
        "p_at_quiet_times": glitch["quiet"]["p"] if glitch and glitch["quiet"] else None,
        "p_overall": overall["p"] if overall else None,
        "ranges_at_glitches": glitch["ranges"] if glitch else None,
        "ranges_overall": overall["ranges"] if overall else None,
        "windows_at_glitches": glitch["windows"] if glitch else None,
        "loudest": glitch["loudest"] if glitch else None,
    }


def _both(folder: Path, label: str, of: Mapping[str, Any], save: Save) -> Path:
    tables_of = {kind: (folder / f"{kind}_{label}.csv").read_text(encoding="utf-8") for kind in of}
    overall = tables.read_overall(tables_of["overall"], of["overall"])
    glitch = tables.read_glitch(tables_of["glitch"], of["glitch"])
    path = folder / f"both_{label}.png"
    plots.both(overall, glitch, of["glitch"]["main"], save, path)
    return path


def _order(path: Path) -> tuple[str, int, str]:
    """Rounds by their number."""
    number = re.search(r"round-(\d+)", path.stem)
    return (path.stem.partition("_")[0], int(number[1]) if number else 1 << 30, path.stem)


def _text(path: Path, text: str) -> Path:
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return path
