"""The files of coherence in one folder: numbers, figures, and what they say.

`{label}` is `round-N` for the winner of a round of the veto, else what stands for a channel in file names.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Any

from ...acquire.atomic import atomic
from ...explain.coherence.glitch import GlitchCoherence
from ...explain.coherence.overall import BandRow, Overall
from ...types import Floats, Segments
from ..figures import Save, drawing
from . import plots, tables, words

ROUND = re.compile(r"round-(\d+)")
"""How the label of what is of a round begins."""
FINDINGS = "coherence.json"
RANKING, LISTED, CONTRIBUTIONS, RANKED = "overall.csv", "by_frequency.csv", "contributions.png", "overall.json"

_BOTH = ("fmin", "fmax", "bands", "false_alarm")
_OVERALL = ("fft", "overlap", *_BOTH, "leave_out_vetoed")
_GLITCH = ("window", *_BOTH, "weights", "most", "rotations", "shifts", "quiet", "seed")
"""The settings that results depend on."""
_UNKNOWN: Mapping[str, Any] = {"windows": 0, "p": None, "ranges": [], "bands": []}
"""What is said of glitches none of which has a window."""


@dataclass(frozen=True)
class AtGlitches:
    """The coherence of a channel at glitches and at quiet times (None: no window), and the glitches it is made of.

    `gps` s, `snr` and `share` have shape (windows,); `glitches` were asked for, `lost` of these have no window.
    """

    channel: str
    result: GlitchCoherence | None
    quiet: GlitchCoherence | None
    gps: Floats
    snr: Floats
    share: Floats
    glitches: int
    lost: int


@dataclass(frozen=True)
class Basis:
    """What results that are told together have in common: the main channel and the analysed time.

    `settings` are those that the results were made with.
    """

    main: str
    analysed: Segments
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def plain(self) -> dict[str, Any]:
        """What is common, for JSON: GPS s, and seconds in all."""
        start, end = self.analysed.bounds[0][0], self.analysed.bounds[-1][1]
        return {"main": self.main, "analysed": {"from": start, "to": end, "seconds": self.analysed.livetime}}

    def made_with(self, names: Sequence[str]) -> dict[str, Any]:
        """Those of the settings, for JSON, which has no infinite numbers: None."""
        return {
            name: None if self.settings[name] == inf else self.settings[name] for name in names if name in self.settings
        }


def write_overall(folder: Path, label: str, of: Overall, basis: Basis) -> list[Path]:
    """Write table, figure and what is to be said of the overall coherence of a channel; returns the paths."""
    stem = f"overall_{label}"
    with drawing() as save:
        plots.overall(of, basis.main, save, folder / f"{stem}.png")
    said = {"label": label, **basis.plain, **tables.overall_json(of), "settings": basis.made_with(_OVERALL)}
    return [
        folder / f"{stem}.png",
        _text(folder / f"{stem}.csv", tables.overall_csv(of)),
        _text(folder / f"{stem}.json", tables.as_json(said)),
    ]


def write_ranking(
    folder: Path, found: Mapping[str, Overall], basis: Basis, rows: list[BandRow], listed: list[Any]
) -> list[Path]:
    """Write which channels are coherent overall: by band, by frequency, and what they contribute; returns the paths."""
    standing_out = [one for one in found.values() if one.significant.any()]
    first = next(iter(found.values()))
    unknown = [name for name, one in found.items() if not one.is_known]
    said = {
        **basis.plain,
        "channels": len(found) - len(unknown),
        "unknown": unknown,
        "windows": max(one.windows for one in found.values()),
        "trials": first.trials,
        "false_alarm": first.false_alarm,
        "significant": [one.channel for one in sorted(standing_out, key=lambda one: (one.smallest, one.channel))],
        "settings": basis.made_with(_OVERALL),
    }
    with drawing() as save:
        plots.contributions(list(found.values()), basis.main, save, folder / CONTRIBUTIONS)
    return [
        folder / CONTRIBUTIONS,
        _text(folder / RANKING, tables.ranking_csv(rows)),
        _text(folder / LISTED, tables.listed_csv(listed)),
        _text(folder / RANKED, tables.as_json(said)),
    ]


def write_glitch(folder: Path, label: str, of: AtGlitches, basis: Basis) -> list[Path]:
    """Write tables, figure and what is to be said of the coherence of a channel at glitches; returns the paths.

    Without a window there is neither table nor figure, of earlier results neither.
    """
    stem = f"glitch_{label}"
    said = {
        "label": label,
        "channel": of.channel,
        **basis.plain,
        "glitches": of.glitches,
        "lost": of.lost,
        **(tables.glitch_json(of.result) if of.result else _UNKNOWN),
        "quiet": tables.glitch_json(of.quiet) if of.quiet else None,
        "loudest": [float(time) for _, time in sorted(zip(-of.snr, of.gps, strict=True))[:10]],
        "settings": basis.made_with(_GLITCH),
    }
    written = [_text(folder / f"{stem}.json", tables.as_json(said))]
    if of.result is None:
        for name in (f"{stem}.csv", f"{stem}_triggers.csv", f"{stem}.png"):
            (folder / name).unlink(missing_ok=True)
    else:
        written += [
            _text(folder / f"{stem}.csv", tables.glitch_csv(of.result, of.quiet)),
            _text(folder / f"{stem}_triggers.csv", tables.triggers_csv(of.gps, of.snr, of.share)),
            folder / f"{stem}.png",
        ]
        with drawing() as save:
            plots.glitch(of.channel, basis.main, of.result, of.quiet, save, written[-1])
    return written


def write_findings(folder: Path, labels: Mapping[str, Iterable[str]], ranked: bool) -> list[Path]:
    """Write what files of a folder say together: `coherence.json`, and a figure of both kinds where there are both.

    `labels` are those that count of each kind, `overall` and `glitch`, in the order in which they are told; `ranked`
    says whether the ranking of all channels counts.
    """
    written = []
    said: dict[str, dict[str, Any]] = {}
    for kind in sorted(labels):
        for label in sorted(labels[kind], key=_order):
            said.setdefault(label, {})[kind] = _json(folder / f"{kind}_{label}.json")
    with drawing() as save:
        for label, of in said.items():
            path = folder / f"both_{label}.png"
            if len(of) == 2 and of["glitch"]["windows"]:
                written.append(_both(path, of, save))
            else:
                path.unlink(missing_ok=True)
    everything = {
        "overall": _json(folder / RANKED) if ranked else None,
        "findings": [finding(label, of.get("glitch"), of.get("overall")) for label, of in said.items()],
    }
    return [_text(folder / FINDINGS, tables.as_json(everything)), *written]


def belonging(folder: Path, basis: Basis, winners: Mapping[str, str]) -> tuple[dict[str, list[str]], bool]:
    """The results in a folder that can be told together: labels of each kind, and whether there is a ranking.

    They have the same basis. `winners` are those of the rounds that there are, by label: a result of another round, or
    of another winner of it, is what an earlier veto left.
    """
    labels: dict[str, list[str]] = {"overall": [], "glitch": []}
    for path in folder.glob("*_*.json"):
        kind, _, label = path.stem.partition("_")
        if kind not in labels:
            continue
        said = _json(path)
        first, _, rest = label.partition("_")
        is_there = not ROUND.match(label) or (first in winners and (rest or winners[first] == said.get("channel")))
        if is_there and {"label": label, **basis.plain}.items() <= said.items():
            labels[kind].append(label)
    return labels, basis.plain.items() <= _json(folder / RANKED).items()


def labels_in(paths: Iterable[Path], kind: str) -> list[str]:
    """The labels of the results of a kind, `overall` or `glitch`, among some files."""
    stems = (path.stem for path in paths if path.suffix == ".json")
    return [stem.removeprefix(f"{kind}_") for stem in stems if stem.startswith(f"{kind}_")]


def finding(label: str, glitch: Mapping[str, Any] | None, overall: Mapping[str, Any] | None) -> dict[str, Any]:
    """What is known of one label, for JSON; what was not looked at is None."""
    of: Mapping[str, Any] = glitch or overall or {}
    coherent = [bool(one["ranges"]) if one and one["p"] is not None else None for one in (glitch, overall)]
    closer = coherent[0] is False and not coherent[1]
    number = ROUND.match(label)
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


def _both(path: Path, of: Mapping[str, Any], save: Save) -> Path:
    tables_of = {
        kind: (path.parent / f"{kind}_{said['label']}.csv").read_text(encoding="utf-8") for kind, said in of.items()
    }
    overall = tables.read_overall(tables_of["overall"], of["overall"])
    glitch = tables.read_glitch(tables_of["glitch"], of["glitch"])
    plots.both(overall, glitch, of["glitch"]["main"], save, path)
    return path


def _order(label: str) -> tuple[int, str]:
    """Rounds by their number."""
    number = ROUND.match(label)
    return (int(number[1]) if number else 1 << 30, label)


def _json(path: Path) -> dict[str, Any]:
    """What a file says; nothing where it is not there, or not one of ours."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def _text(path: Path, text: str) -> Path:
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return path
