"""Configuration files: what tables they have, and all settings in one text."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import settings as toml
from ..acquire.fab.settings import FabSettings
from ..acquire.mock.settings import MockSettings
from ..acquire.triggerfiles import EXTENSIONS
from ..detect.rows.settings import DetectSettings
from ..detect.settings import SearchSettings
from ..errors import UsageError, nearest
from ..explain.coherence.settings import CoherenceSettings
from ..explain.hveto.settings import HvetoSettings
from ..identify.rendering import RenderSettings
from ..identify.settings import TrainSettings
from ..identify.shipped import ClassesSettings
from ..identify.tracking import TrackingSettings
from ..report.qscan.settings import QscanSettings
from .condor.settings import CondorSettings


@dataclass(frozen=True)
class DataSettings:
    """What a day is made of; the `[data]` table of a configuration file. Without a `source` it is a mock day.

    Relative paths count from the working folder. Raises ValueError for values that cannot be meant.
    """

    source: tuple[str, ...] = ()
    """Own data: frame or HDF5 files, patterns, folders, FFL or LAL caches."""
    main: str = ""
    """The main channel of own data: the one whose glitches are explained."""
    channels: tuple[str, ...] = ()
    """Channels of own data, or patterns with * and ?; none here and in `channel_list` means all."""
    channel_list: Path | None = None
    """File with a channel or pattern at the start of each line."""
    segments: Path | None = None
    """Analysed times of own data (text, XML, HDF5, JSON); what is outside them is not looked at."""
    label: str = ""
    """Days of own data lie in DATE_LABEL; if empty, the main channel's detector (K1)."""
    formats: tuple[str, ...] = tuple(EXTENSIONS)
    """Formats of trigger files: any of xml, root, hdf5."""

    def __post_init__(self) -> None:
        for form in self.formats:
            if form not in EXTENSIONS:
                raise ValueError(f"formats: {form!r} is not known; {nearest(form, EXTENSIONS)}")
        if len({*self.formats}) < len(self.formats):
            raise ValueError(f"formats: each once, got {', '.join(self.formats)}")
        if {*self.main} & {*"*?["}:
            raise ValueError(f"main: expected the name of one channel, got the pattern {self.main!r}")
        if not self.formats:
            raise ValueError("formats: expected any of " + ", ".join(EXTENSIONS))
        if not re.fullmatch(r"[\w+-]*", self.label):
            raise ValueError(f"label: expected letters, digits, _, + and -, got {self.label!r}")
        if self.label == "mock":
            raise ValueError("label: mock is that of simulated days; expected another word")
        if not self.source and (self.main or self.channels or self.channel_list or self.segments or self.label):
            raise ValueError(
                "main, channels, channel_list, segments and label go with a source; a mock day has its own"
            )


OF_A_DAY = {
    "data": DataSettings,
    "mock": MockSettings,
    "triggers": SearchSettings,
    "hveto": HvetoSettings,
    "qscan": QscanSettings,
    "training_set": RenderSettings,
    "train": TrainSettings,
    "classes": ClassesSettings,
    "coherence": CoherenceSettings,
}
"""The tables of a configuration file that decide results."""
SECTIONS = OF_A_DAY | {
    "detect": DetectSettings,
    "mock_fab": FabSettings,
    "tracking": TrackingSettings,
    "condor": CondorSettings,
}
"""The tables of a configuration file and what is in them."""


COMMANDS = {
    "qscans": "qscan",
    "coherence": "coherence overall",
    "training_set": "run --train --until training_set",
    "training": "run --train --until training",
    "classes": "classify",
}
"""The commands of stages that are called otherwise."""


def mock_data(config_file: Path | None, stage: str) -> DataSettings:
    """What a file says of the data of a mock day. Raises UsageError where it names data of your own."""
    data = toml.build(DataSettings, section(config_file, "data"), "data")
    if data.source:
        command = COMMANDS.get(stage, stage)
        raise UsageError(
            f"culpa {command} DATE is for mock days, and [data] source of {config_file} names data of your own",
            f"culpa run DATE -f {config_file} --until {stage}",
        )
    return data


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
