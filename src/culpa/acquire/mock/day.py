"""A mock day as a plan: cheap to hold, to copy and to send to a worker; everything else follows from it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import UsageError, nearest
from ...names import FileName, interferometer
from ...spectra import Asd
from ...types import Floats, Series
from ..frames import write_gwf
from .arrivals import arrivals
from .channels import Channel, channels
from .designs import design_asd, unit
from .events import HOUR, Injection, events, injections
from .inject import rendered
from .noise import Noise, Precision, noise_like
from .settings import MockSettings
from .total import TotalNoise


@dataclass(frozen=True)
class MockDay:
    """A simulated stretch of data that begins at the whole GPS second `start`."""

    settings: MockSettings
    start: int

    @property
    def span(self) -> tuple[int, int]:
        """First and last (exclusive) GPS second."""
        return self.start, self.start + int(self.settings.duration)


@dataclass(frozen=True)
class Instrument:
    """The noise of every channel of a day, prepared once for any number of its files."""

    day: MockDay

    @cached_property
    def noises(self) -> dict[Channel, TotalNoise]:
        """The noise of each channel, the main one first; double precision there, single elsewhere.

        Raises UsageError where linear couplings cannot be meant: see `arrivals`.
        """
        settings = self.day.settings
        main, *rest = channels(settings)
        others = {channel: _own(settings, channel, np.float32) for channel in rest}
        arriving = {main: arrivals(settings, main, others)}
        return {
            channel: TotalNoise(own, arriving.get(channel, ()), settings.nonstationarity, settings.period)
            for channel, own in {main: _own(settings, main, np.float64), **others}.items()
        }


def chunk_starts(day: MockDay) -> range:
    """GPS seconds at which the files of a day begin."""
    return range(*day.span, day.settings.frame)


def chunk_file(day: MockDay, start: int) -> FileName:
    """The name of the file that begins at a GPS second, as in `K-K1_MOCK-1257811218-32.gwf`."""
    prefix = interferometer(day.settings.main)
    return FileName(prefix[0], f"{prefix}_MOCK", start, min(day.settings.frame, day.span[1] - start), "gwf")


def ledger(day: MockDay) -> Iterator[Injection]:
    """Every injection of a day in order of events; memory does not grow with the day."""
    first, last = day.span
    for event in events(day.settings, day.span, range(first // HOUR - 1, last // HOUR + 1)):
        yield from event


def coherence(instrument: Instrument, channel: str) -> Callable[[Floats], Floats]:
    """The coherence of the noise of an auxiliary channel and of the main one, 0 to 1, as a function of frequencies.

    In Hz, up to the main channel's Nyquist frequency (ValueError above it); 0 where nothing is coupled, and at mean
    levels where they swing. Raises UsageError for a name that is no auxiliary channel.
    """
    main, *rest = instrument.noises
    if channel not in (names := [each.name for each in rest]):
        raise UsageError(f"no auxiliary channel {channel!r}", nearest(channel, names))
    total = instrument.noises[main]
    arriving: Asd = next((arrival.asd for arrival in total.arrivals if arrival.channel == channel), np.zeros_like)
    return lambda frequencies: (arriving(frequencies) / total.asd(frequencies)) ** 2


def chunk_series(instrument: Instrument, start: int) -> dict[str, Series]:
    """All channels of the file that begins at a GPS second, the main one first."""
    day = instrument.day
    seconds = chunk_file(day, start).duration
    parts = [part for part in injections(day.settings, day.span, start, start + seconds) if not isnan(part.snr)]
    series = {}
    for channel, noise in instrument.noises.items():
        values = _samples(noise, [part for part in parts if part.channel == channel.name], start)
        kept = values[: seconds * channel.sample_rate]
        series[channel.name] = Series(kept, float(start), float(channel.sample_rate), channel.name, unit(channel))
    return series


def write_chunks(day: MockDay, starts: Iterable[int], folder: Path) -> Iterator[Path]:
    """Writes the files that begin at some GPS seconds, each one as it is asked for; same bytes in any order.

    The work of preparing the noise is shared by all of them: give a worker process many at a time. Raises CulpaError
    where a file cannot be written.
    """
    instrument = Instrument(day)
    for start in starts:
        yield write_gwf(folder / str(chunk_file(day, start)), list(chunk_series(instrument, start).values()))


def _own(settings: MockSettings, channel: Channel, dtype: Precision) -> Noise:
    design = design_asd(channel, settings.lines)
    return noise_like(design, settings.seed, channel.name, channel.sample_rate, dtype, settings.frame)


def _samples(noise: TotalNoise, parts: list[Injection], start: int) -> NDArray[Any]:
    values = noise.piece(start)
    for part in parts:
        first, wave = rendered(part, noise.sample_rate, noise.asd_at(part.gps))
        _add(values, wave * noise.level(part.gps), (first - start) * noise.sample_rate)
    return values


def _add(values: NDArray[Any], wave: NDArray[Any], offset: int) -> None:
    """Adds what falls inside; `offset` is the sample at which the wave begins, negative where it began before."""
    first, last = max(offset, 0), min(offset + len(wave), len(values))
    values[first:last] += wave[first - offset : last - offset]
