"""Configuration files: what tables they have, and all settings in one text."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .. import settings as toml
from ..acquire.mock.settings import MockSettings
from ..detect.settings import SearchSettings
from ..errors import UsageError, nearest
from ..explain.hveto.settings import HvetoSettings

SECTIONS = {"mock": MockSettings, "triggers": SearchSettings, "hveto": HvetoSettings}
"""The tables of a configuration file and what is in them."""


def show(config_file: Path | None) -> str:
    """Every setting with the value it has under a configuration file (None: the defaults), as TOML.

    Raises UsageError for a table or key that is not known.
    """
    tables = {name: section(config_file, name) for name in SECTIONS}
    return "\n".join(toml.dump(toml.build(cls, tables[name], name), name) for name, cls in SECTIONS.items())


def section(config_file: Path | None, name: str) -> Mapping[str, Any]:
    """A table of a configuration file, empty where the file does not have it.

    Raises UsageError where the file has a table that no command knows, whichever is asked for.
    """
    tables = toml.load(config_file)
    for key, table in tables.items():
        if key not in SECTIONS:
            raise UsageError(f"unknown table [{key}] in {config_file}", nearest(key, SECTIONS))
        if not isinstance(table, Mapping):
            raise UsageError(f"{key} in {config_file}: expected a table [{key}], got {table!r}")
    found: Mapping[str, Any] = tables.get(name, {})
    return found
