"""What `culpa coherence` says: what was found of what was asked for."""

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from ...report.coherence.files import FINDINGS
from ...report.numbers import plural


def path(folder: Path) -> Path:
    """Where the findings in a folder of results lie."""
    return folder / FINDINGS


def read(folder: Path, labels: Collection[str] | None = None, ranked: bool = True) -> dict[str, Any]:
    """The findings in a folder of results: of some labels (None: all), with or without the ranking of all channels."""
    found: dict[str, Any] = json.loads(path(folder).read_text(encoding="utf-8"))
    kept = [one for one in found["findings"] if labels is None or one["label"] in labels]
    return {"overall": found["overall"] if ranked else None, "findings": kept}


def tell(found: Mapping[str, Any]) -> str:
    """What was found, a line for each channel, and what to do where nothing was."""
    lines = [_ranked(found["overall"])] if found["overall"] else []
    lines += [_line(one) for one in found["findings"]]
    folders = found.get("qscans", {})
    lines += [f"Q-scans: {plural(files, 'file')} in {folder}" for folder, files in folders.items()]
    if any(one["advice"] for one in found["findings"]) and not folders:
        lines.append(
            "where it is not coherent, Q-scans of both channels may tell more: culpa coherence glitch ... --qscan"
        )
    return "\n".join(lines)


def _ranked(ranked: Mapping[str, Any]) -> str:
    names, all_of_them = ranked["significant"], plural(ranked["channels"], "channel")
    if not ranked["channels"]:
        unknown = plural(len(ranked["unknown"]), "channel")
        return (
            f"overall: nothing is known of {unknown}: they or {ranked['main']} are silent, or there are too few windows"
        )
    those = f": {', '.join(names[:5])}{', ...' if len(names) > 5 else ''}" if names else ""
    silent = f" ({len(ranked['unknown']):,} more not known)" if ranked["unknown"] else ""
    return f"overall: {len(names) or 'none'} of {all_of_them} coherent with {ranked['main']}{silent}{those}"


def _line(one: Mapping[str, Any]) -> str:
    return f"round-{one['round']}: {one['sentence']}" if one["round"] else str(one["sentence"])
