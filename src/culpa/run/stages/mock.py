"""The mock stage: frames in batches, then their lists, and the truth about them."""

from collections.abc import Iterator
from pathlib import Path

from ... import settings as toml
from ...acquire.mock.channels import channels
from ...acquire.mock.day import MockDay, chunk_file, chunk_starts, write_chunks
from ...acquire.mock.records import LISTS, RECORDS, write_lists, write_records
from ...acquire.mock.settings import MockSettings
from ..assignment import Assignment
from ..outcome import Action, Outcome
from ..plan import Job, Resources
from ..recording import RAW

NAME = "mock"
CODE = ("acquire", "run/stages/mock.py")
PACKAGES = ("numpy", "scipy", "gwframe", "h5py")

_BATCH = 8
"""Files that one job writes: preparing the noise of all channels costs about as much as one file."""
_SECONDS = 5.6e-8, 0.003
"""Processor seconds per sample, and per channel and job for preparing its noise: measured."""
_BYTES = {"main": 8, "other": 4}
"""Per sample: double and single precision."""
_MEMORY = 150.0, 2.5
"""MB, and MB per channel: measured."""


def jobs(of: Assignment) -> Iterator[Job]:
    """Frames, then what is written about all of them; none for data that are not simulated."""
    if not of.is_mock:
        return
    mock = MockDay(of.mock, of.day.start)
    settings = {"mock": toml.plain(of.mock)}
    starts = chunk_starts(mock)
    frames: list[str] = []
    for first in range(0, len(starts), _BATCH):
        batch = starts[first : first + _BATCH]
        names = tuple(f"{RAW}/{chunk_file(mock, start)}" for start in batch)
        frames += names
        where = {"start": mock.start, "batch": [batch[0], batch[-1] + 1, of.mock.frame]}
        yield Job(f"{NAME}/frames/{batch[0]}", "frames", settings, where, (), names, _needs(of.mock, names))
    beside = {"start": mock.start}
    lists = tuple(f"{RAW}/{name}" for name in LISTS)
    # the lists hold absolute paths: they are written anew where the folder has moved
    folder = {"folder": str(of.day.folder.resolve())}
    yield Job(f"{NAME}/lists", "lists", settings, beside | folder, tuple(frames), lists, Resources(0.1, 100, 1e5))
    records = tuple(f"{RAW}/{name}" for name in RECORDS)
    yield Job(f"{NAME}/truth", "truth", settings, beside, (), records, Resources(1, 200 + 2.5 * of.mock.auxiliary, 2e6))


def _needs(settings: MockSettings, names: tuple[str, ...]) -> Resources:
    rates = [channel.sample_rate for channel in channels(settings)]
    samples, seconds = sum(rates), len(names) * settings.frame
    written = seconds * (samples * _BYTES["other"] + rates[0] * (_BYTES["main"] - _BYTES["other"]))
    each, more = _SECONDS
    memory, per_channel = _MEMORY
    return Resources(each * samples * seconds + more * len(rates), memory + per_channel * len(rates), written)


def _day(job: Job) -> MockDay:
    return MockDay(toml.build(MockSettings, job.settings["mock"], "mock"), job.parameters["start"])


def _frames(job: Job, folder: Path) -> Outcome:
    written = write_chunks(_day(job), range(*job.parameters["batch"]), folder / RAW)
    return Outcome(tuple(f"{RAW}/{path.name}" for path in written))


def _lists(job: Job, folder: Path) -> Outcome:
    write_lists(_day(job), folder / RAW)
    return Outcome(job.outputs)


def _truth(job: Job, folder: Path) -> Outcome:
    write_records(_day(job), folder / RAW)
    return Outcome(job.outputs)


ACTIONS: dict[str, Action] = {"frames": _frames, "lists": _lists, "truth": _truth}
