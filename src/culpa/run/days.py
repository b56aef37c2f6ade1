"""Where a day lies."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from .. import gpstime
from .. import settings as toml
from ..acquire.mock.settings import MockSettings
from ..errors import NoDataError


@dataclass(frozen=True)
class Day:
    """The folder of one day: `{results}/{date}_{label}`; `mock` is the label of simulated data."""

    date: date
    results: Path
    label: str = "mock"

    @property
    def folder(self) -> Path:
        """Everything of the day."""
        return self.results / f"{self.date}_{self.label}"

    @property
    def raw(self) -> Path:
        """Frames, lists of frames, truth table."""
        return self.folder / "raw"

    @property
    def triggers(self) -> Path:
        """Trigger files."""
        return self.folder / "omicron"

    @property
    def hveto(self) -> Path:
        """What the hierarchical veto found."""
        return self.folder / "hveto"

    def main_channel(self) -> str:
        """The main channel of the mock detector. Raises NoDataError where its settings are absent."""
        settings = self.existing(self.raw / "mock.toml", "mock")
        return toml.build(MockSettings, toml.load(settings).get("mock", {}), "mock").main

    @property
    def start(self) -> int:
        """GPS second at which the day begins (UTC midnight)."""
        return gpstime.day_start(self.date)

    @property
    def end(self) -> int:
        """GPS second at which the next day begins."""
        return gpstime.day_start(self.date + timedelta(days=1))

    def neighbour(self, days: int) -> "Day":
        """The same so many days later (or, negative, earlier)."""
        return replace(self, date=self.date + timedelta(days=days))

    def existing(self, file: Path, made_by: str) -> Path:
        """A file that an earlier command wrote. Raises NoDataError naming that command where it is absent."""
        if not file.exists():
            raise NoDataError(f"{file} does not exist", f"make it first: culpa {made_by} {self.date}")
        return file
