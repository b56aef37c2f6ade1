"""Where a mock day lies."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from .. import gpstime
from .. import settings as toml
from ..acquire.mock.settings import MockSettings
from ..errors import NoDataError


@dataclass(frozen=True)
class Day:
    """The folder of one day of mock data: `{results}/{date}_mock`."""

    date: date
    results: Path

    @property
    def folder(self) -> Path:
        """Everything of the day."""
        return self.results / f"{self.date}_mock"

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

    def existing(self, file: Path, made_by: str) -> Path:
        """A file that an earlier command wrote. Raises NoDataError naming that command where it is absent."""
        if not file.exists():
            raise NoDataError(f"{file} does not exist", f"make it first: culpa {made_by} {self.date}")
        return file
