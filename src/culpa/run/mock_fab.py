"""What `culpa mock-fab` was asked for, and the doing of it."""

from pathlib import Path
from typing import Any

from .. import settings as toml
from ..acquire.fab.settings import FabSettings
from ..acquire.fab.writing import beside, write
from .configuration import section

DEFAULT = Path("data/semiconductor_process_data.csv")
"""Where the data are written if not told otherwise."""


def settings(config_file: Path | None, **changes: float | None) -> FabSettings:
    """The `[mock_fab]` table of a configuration file, with what the command line changes. Raises UsageError."""
    return toml.replace(toml.build(FabSettings, section(config_file, "mock_fab"), "mock_fab"), **changes)


def make(settings: FabSettings, path: Path = DEFAULT, locale: str = "en") -> dict[str, Any]:
    """Write the data and what is known of them; tells what is there then: files, counts, events of each kind.

    Raises UsageError for a language or kind of file that is not known, CulpaError where a file cannot be written.
    """
    found = write(settings, path, locale)
    files = {key: str(file) for key, file in beside(path).items()}
    return {"data": str(path), **files, "locale": locale, "seed": settings.seed, "culprit": settings.culprit, **found}


def tell(summary: dict[str, Any]) -> str:
    """What was made, in a few lines."""
    rows, share = summary["rows"], 100 * summary["anomalous"] / summary["rows"]
    kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(summary["events"].items())) or "none"
    lines = [
        f"{rows} rows: {summary['wafers']} wafers in {summary['lots']} lots",
        f"anomalous: {summary['anomalous']} rows ({share:.2f} %)",
        f"events: {kinds}",
    ]
    if summary["culprit"] and summary["events"]:
        lines.append(f"more of them than elsewhere in {summary['culprit']}")
    return "\n".join([*lines, f"truth: {summary['truth']}", f"what to expect: {summary['expected']}"])
