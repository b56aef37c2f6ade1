"""Small event lists, and trigger files of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from culpa.acquire import triggerfiles
from culpa.explain.hveto.result import HvetoResult
from culpa.explain.hveto.settings import HvetoSettings
from culpa.explain.upstream.engine import run_upstream
from culpa.names import trigger_file
from culpa.types import Events, Segments

START, END = 1262304000.0, 1262307600.0
LIVE = Segments.of([(START, END)])
PRIMARY = "K1:CAL-MAIN"
SETTINGS = HvetoSettings(expectation="upstream", shifts=0)


def events(times: ArrayLike, snr: ArrayLike = 10.0, frequency: ArrayLike = 100.0) -> Events:
    """Events at seconds after the start."""
    time = START + np.sort(np.asarray(times, float))
    snr, frequency = (np.broadcast_to(np.asarray(of, float), time.shape) for of in (snr, frequency))
    return Events(
        {
            "time": time, "tstart": time - 0.01, "tend": time + 0.01, "frequency": frequency,
            "fstart": 0.9 * frequency, "fend": 1.1 * frequency, "snr": snr, "q": np.full(time.shape, 8.0),
            "amplitude": 1e-21 * snr, "phase": np.zeros(time.shape),
        }
    )  # fmt: skip


@dataclass(frozen=True)
class Lists:
    """A primary channel's events and those of auxiliary ones."""

    primary: Events
    auxiliary: Mapping[str, Events]

    def write(
        self, folder: Path, extension: str = "h5", spans: Sequence[tuple[float, float]] = ((START, END),)
    ) -> "Files":
        """Files of each channel, one for each span."""

        def files(channel: str, of: Events) -> list[Path]:
            paths = []
            for start, end in spans:
                path = folder / trigger_file(channel, start, end, extension)
                path.parent.mkdir(parents=True, exist_ok=True)
                part = of.take((of["time"] >= start) & (of["time"] < end))
                triggerfiles.write(part, path, channel=channel, span=(start, end), searched=Segments.of([(start, end)]))
                paths.append(path)
            return paths

        auxiliary = [path for channel, of in self.auxiliary.items() for path in files(channel, of)]
        return Files(files(PRIMARY, self.primary), auxiliary, list(self.auxiliary))


@dataclass(frozen=True)
class Files:
    """Trigger files on disk."""

    primary: list[Path]
    auxiliary: list[Path]
    channels: list[str]

    def run(
        self, folder: Path, settings: HvetoSettings = SETTINGS, live: Segments = LIVE, **options: Any
    ) -> HvetoResult:
        """A whole analysis by the installed hveto."""
        return run_upstream(self.primary, self.auxiliary, PRIMARY, self.channels, live, settings, folder, **options)


COUPLED = np.arange(100.0, 2000.0, 100.0)


def plain() -> Lists:
    """Nineteen glitches seen in K1:PEM-A_X, one of unknown cause, and a channel that has nothing to do with them."""
    other = np.linspace(2100, 3500, 20)
    return Lists(events([*COUPLED, 3000.5]), {"K1:PEM-A_X": events(COUPLED + 0.01, 12.0), "K1:PEM-B_X": events(other)})
