"""The triggers in a folder: many channels, many files, one search."""

from collections.abc import Mapping
from pathlib import Path

from .. import names
from ..errors import NoDataError
from ..types import Events, Segments
from .triggerlists import load_lists
from .triggerpaths import one_format


def load_triggers(folder: Path) -> tuple[Mapping[str, Events], Mapping[str, Segments]]:
    """The events of each channel in a trigger folder, in order of time, and the GPS intervals searched for them.

    Files lie as `names.trigger_file` has them; the rest is as in `triggerlists.load_lists`. Raises NoDataError where
    the folder has no trigger file, or none that can be read.
    """
    paths = trigger_files(folder)
    if not paths:
        raise NoDataError(f"no trigger file below {folder}", "culpa triggers writes them")
    return load_lists(paths)


def trigger_files(folder: Path) -> list[Path]:
    """Trigger files below a folder, by channel and time: one format of each span."""
    return one_format(path for path in folder.glob("*/*_OMICRON/*/*") if names.parse(path))
