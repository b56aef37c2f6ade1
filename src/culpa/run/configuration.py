"""All settings in one text."""

from pathlib import Path

from .. import settings as toml
from ..acquire.mock.settings import MockSettings
from ..detect.settings import SearchSettings
from ..errors import UsageError, nearest

SECTIONS = {"mock": MockSettings, "triggers": SearchSettings}
"""The tables of a configuration file and what is in them."""


def show(config_file: Path | None) -> str:
    """Every setting with the value it has under a configuration file (None: the defaults), as TOML.

    Raises UsageError for a table or key that is not known.
    """
    tables = toml.load(config_file)
    for name in tables:
        if name not in SECTIONS:
            raise UsageError(f"unknown table [{name}] in {config_file}", nearest(name, SECTIONS))
    parts = (toml.dump(toml.build(cls, tables.get(name, {}), name), name) for name, cls in SECTIONS.items())
    return "\n".join(parts)
