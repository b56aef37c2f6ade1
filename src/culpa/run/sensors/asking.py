"""What a command line asks of a table."""

from collections.abc import Sequence
from pathlib import Path

from ... import settings as toml
from ...detect.rows.settings import AUTO, DetectSettings
from ...errors import UsageError
from ..configuration import section
from .opened import Asked


def asked(
    file: Path,
    *,
    features: Sequence[str] | None,
    groups: Sequence[str] | None,
    unit: Sequence[str] | None,
    time: str | None = None,
    step: str | None = None,
    running: str | None = None,
    label: str | None = None,
    reference: str | None = None,
    **reading: str | None,
) -> Asked:
    """A table and what its columns are; an empty name stands for none."""
    given = tuple((name, value) for name, value in reading.items() if value is not None)
    return Asked(file, time, features or None, _names(groups), _names(unit), step, label, reference, running, given)


def settings(config_file: Path | None, **changes: str | float | None) -> DetectSettings:
    """The `[detect]` table of a configuration file, with what the command line changes. Raises UsageError."""
    return toml.replace(toml.build(DetectSettings, section(config_file, "detect"), "detect"), **changes)


def contamination(text: str | None) -> str | float | None:
    """`auto`, or a share. Raises UsageError for anything else."""
    if text is None or text == AUTO:
        return text
    try:
        return float(text)
    except ValueError:
        raise UsageError(f"--contamination: expected auto or a share such as 0.01, got {text!r}") from None


def _names(given: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if not given else tuple(name for name in given if name)
