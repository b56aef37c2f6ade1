"""A recording with a coupling, made once."""

from pathlib import Path

import pytest

from . import recordings


@pytest.fixture(scope="session")
def values() -> recordings.Values:
    return recordings.channels()


@pytest.fixture(scope="session")
def recording(values: recordings.Values, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One file with all channels."""
    return recordings.write_h5(tmp_path_factory.mktemp("recording") / "one.hdf5", values)


@pytest.fixture(scope="session")
def triggers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the main channel's triggers: the bursts."""
    folder = tmp_path_factory.mktemp("triggers")
    recordings.write_triggers(folder, recordings.MAIN, recordings.burst_times(), recordings.burst_snr())
    return folder
