"""What is written beside the frames of a mock day: lists of files, ledger, spectra, settings."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from ...settings import dump
from ...spectra import AmplitudeSpectrum
from ..atomic import atomic
from ..frames import write_ffl, write_lcf
from .day import Instrument, MockDay, chunk_file, chunk_starts, ledger
from .designs import unit
from .events import Injection

LISTS = ("raw.ffl", "raw.lcf")
RECORDS = ("truth.csv", "asd.h5", "mock.toml")
LEDGER_COLUMNS = ("gps", "family", "channel", "frequency", "q", "snr", "coupled", "event_id")


def write_lists(day: MockDay, folder: Path) -> None:
    """Writes the lists of the frames, `raw.ffl` and `raw.lcf`. Raises CulpaError where a file cannot be written."""
    frames = [folder / str(chunk_file(day, start)) for start in chunk_starts(day)]
    write_ffl(folder / "raw.ffl", frames)
    write_lcf(folder / "raw.lcf", frames)


def write_records(day: MockDay, folder: Path) -> None:
    """Writes what is known of the data: `truth.csv`, `asd.h5`, `mock.toml`.

    Raises CulpaError where a file cannot be written, UsageError where the settings name a channel that is not there.
    """
    write_ledger(folder / "truth.csv", ledger(day))
    write_spectra(folder / "asd.h5", day)
    with atomic(folder / "mock.toml") as temporary:
        temporary.write_text(dump(day.settings, "mock"), encoding="utf-8")


def write_ledger(path: Path, rows: Iterable[Injection]) -> None:
    """Writes injections as CSV, one row per event and channel; GPS s with 9 decimals, an SNR of NaN as `nan`."""
    with atomic(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(LEDGER_COLUMNS)
        for row in rows:
            values = [getattr(row, name) for name in LEDGER_COLUMNS]
            writer.writerow([f"{row.gps:.9f}", *(f"{v:.9g}" if isinstance(v, float) else v for v in values[1:])])


def write_spectra(path: Path, day: MockDay) -> None:
    """Writes the spectrum of each channel's noise as HDF5: datasets by channel, attributes `df` (Hz) and `unit`."""
    import h5py

    memory = io.BytesIO()  # HDF5 itself does not say that a disk is full
    with h5py.File(memory, "w") as file:
        for channel, noise in Instrument(day).noises.items():
            dataset = file.create_dataset(channel.name, data=noise.asd.values)
            dataset.attrs["df"] = noise.asd.resolution
            dataset.attrs["unit"] = f"{unit(channel)}/sqrt(Hz)"
    with atomic(path) as temporary:
        temporary.write_bytes(memory.getvalue())


def read_spectra(path: Path) -> dict[str, AmplitudeSpectrum]:
    """The spectra of `asd.h5` by channel."""
    import h5py

    with h5py.File(path, "r") as file:
        return {name: AmplitudeSpectrum(dataset[()], float(dataset.attrs["df"])) for name, dataset in file.items()}
