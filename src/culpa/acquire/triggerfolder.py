"""The triggers in a folder: many channels, many files, one search."""

from collections.abc import Mapping
from pathlib import Path

from .. import names
from ..errors import NoDataError
from ..types import Events, Segments
from .triggerlists import load_lists
from .triggerpaths import one_format, trigger_paths


def load_triggers(folder: Path) -> tuple[Mapping[str, Events], Mapping[str, Segments]]:
    """The events of each channel in a trigger folder, in order of time, and the GPS intervals searched for them.

    Everything below the folder is read as in `triggerlists.load_lists`. Raises NoDataError where it has no trigger
    file, or none that can be read.
    """
    try:
        paths = trigger_paths([folder])
    except NoDataError:
        raise NoDataError(f"no trigger file below {folder}", "culpa triggers writes them") from None
    return load_lists(paths)


def trigger_files(folder: Path) -> list[Path]:
    """Trigger files that lie below a folder as `names.trigger_file` has them, by channel and time: one of each span."""
    return one_format(path for path in folder.glob("*/*_OMICRON/*/*") if names.parse(path))
