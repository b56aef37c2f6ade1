"""What a day is to be: its folder, its data, the settings of every stage."""

import os
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from .. import names
from .. import settings as toml
from ..acquire.mock.settings import MockSettings
from ..detect.settings import SearchSettings
from ..errors import UsageError
from ..explain.coherence.settings import CoherenceSettings
from ..explain.hveto.settings import HvetoSettings
from ..identify.rendering import RenderSettings
from ..identify.settings import TrainSettings
from ..identify.shipped import ClassesSettings
from ..report.qscan.settings import QscanSettings
from .configuration import OF_A_DAY, DataSettings, section
from .days import Day
from .recording import Recording, mock_recording, own_recording
from .records import Records


@dataclass(frozen=True)
class Assignment:
    """A day and everything that was decided about it; without a `data.source` it is a mock day."""

    day: Day
    data: DataSettings
    mock: MockSettings
    triggers: SearchSettings
    hveto: HvetoSettings
    qscan: QscanSettings = field(default_factory=QscanSettings)
    training_set: RenderSettings = field(default_factory=RenderSettings)
    train: TrainSettings = field(default_factory=TrainSettings)
    classes: ClassesSettings = field(default_factory=ClassesSettings)
    coherence: CoherenceSettings = field(default_factory=CoherenceSettings)

    @property
    def is_mock(self) -> bool:
        """Whether the data are simulated."""
        return not self.data.source

    @cached_property
    def recording(self) -> Recording:
        """Its data. Raises as `own_recording`."""
        return mock_recording(self.day, self.mock) if self.is_mock else own_recording(self.day, self.data)

    def tables(self) -> dict[str, Any]:
        """Its settings as tables of what JSON can hold; those of mock detector and training only where they count."""
        counts = {"mock": self.is_mock, "training_set": self.classes.train, "train": self.classes.train}
        return {name: toml.plain(getattr(self, name)) for name in OF_A_DAY if counts.get(name, True)}


def assignment(
    which: date, results: Path, config_file: Path | None = None, train: bool = False, **mock: Any
) -> Assignment:
    """The assignment under a configuration file, with options for the mock detector (None: not given) over it.

    With `train` a model of the day's own is trained, whatever the file says.

    Raises UsageError where they contradict each other, NoDataError where there is no such model.
    """
    data = toml.build(DataSettings, section(config_file, "data"), "data")
    if data.source and (given := [name for name, value in mock.items() if value is not None]):
        raise UsageError(f"{', '.join(given)}: options of simulated data, but [data] source names data of your own")
    classes = toml.build(ClassesSettings, section(config_file, "classes"), "classes")
    classes = toml.replace(classes, train=train or None).anywhere()
    classes.require()
    day = Day(which, results)
    if data.source:
        data = _anywhere(data)
        day = replace(day, label=data.label or names.interferometer(data.main))
    return Assignment(
        day,
        data,
        toml.replace(toml.build(MockSettings, section(config_file, "mock"), "mock"), **mock),
        toml.build(SearchSettings, section(config_file, "triggers"), "triggers"),
        toml.build(HvetoSettings, section(config_file, "hveto"), "hveto"),
        toml.build(QscanSettings, section(config_file, "qscan"), "qscan"),
        toml.build(RenderSettings, section(config_file, "training_set"), "training_set"),
        toml.build(TrainSettings, section(config_file, "train"), "train"),
        classes,
        toml.build(CoherenceSettings, section(config_file, "coherence"), "coherence"),
    )


def _anywhere(data: DataSettings) -> DataSettings:
    """The same with paths and patterns that mean the same from any folder."""
    return replace(
        data,
        source=tuple(os.path.abspath(pattern) for pattern in data.source),  # noqa: PTH100  resolves no links
        channel_list=data.channel_list and data.channel_list.absolute(),
        segments=data.segments and data.segments.absolute(),
    )


def recorded(day: Day, **stages: Any) -> Assignment | None:
    """The assignment of a mock day that was made by its plan, with settings of some stages; None for any other day.

    Earlier stages have the settings that they were done with last; None, too, where one was not done.
    """
    tables: dict[str, Any] = {}
    for job, record in Records.load(day.folder).jobs.items():
        if not job.startswith("page/"):  # it repeats what `culpa run` was told, not what commands did since
            tables |= {name: table for name, table in record.settings.items() if name in OF_A_DAY}
            if "formats" in record.settings:
                tables["data"] = {"formats": record.settings["formats"]}
    if not {"mock", "triggers"} <= {*tables, *stages}:
        return None
    of = Assignment(day, **{name: toml.build(cls, tables.get(name, {}), name) for name, cls in OF_A_DAY.items()})
    return replace(of, **stages)
