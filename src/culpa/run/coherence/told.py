"""What `culpa coherence` says on the screen."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...report.coherence.files import FINDINGS
from ...report.numbers import plural


def read(folder: Path) -> dict[str, Any]:
    """The findings in a folder of results."""
    found: dict[str, Any] = json.loads((folder / FINDINGS).read_text(encoding="utf-8"))
    return found


def tell(found: Mapping[str, Any]) -> str:
    """What was found, a line for each channel, and what to do where nothing was."""
    lines = []
    if ranked := found["overall"]:
        names = ranked["significant"]
        those = f": {', '.join(names[:5])}{', ...' if len(names) > 5 else ''}" if names else ""
        lines.append(
            f"overall: {plural(len(names), 'channel')} of {ranked['channels']:,} coherent with {ranked['main']}{those}"
        )
    lines += [_line(one) for one in found["findings"]]
    if any(one["advice"] for one in found["findings"]):
        lines.append("where neither is coherent, Q-scans of both channels may tell more: --qscan makes them")
    return "\n".join(lines)


def _line(one: Mapping[str, Any]) -> str:
    return f"{one['label']}: {one['sentence']}" if one["round"] else str(one["sentence"])
