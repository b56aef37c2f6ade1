"""Scores on disk: what was written is read from anywhere, and nothing else."""

import os

import numpy as np
import pytest

from culpa.run.sensors.spool import Spool


def test_rows_are_read_from_anywhere_while_more_are_written() -> None:
    values = np.random.default_rng(0).normal(size=1000)
    values[10] = np.nan
    with Spool() as spool:
        spool.append(values[:300])
        np.testing.assert_array_equal(spool.read(100, 50), values[100:150])
        spool.append(values[300:])
        np.testing.assert_array_equal(spool.read(0, 1000), values)
        assert len(spool) == 1000
        assert len(spool.read(1000, 0)) == 0


@pytest.mark.parametrize(("first", "count"), [(-1, 2), (5, 6), (11, 0)])
def test_rows_that_are_not_there(first: int, count: int) -> None:
    with Spool() as spool:
        spool.append(np.zeros(10))
        with pytest.raises(IndexError, match="within 10"):
            spool.read(first, count)


@pytest.mark.skipif(os.name != "posix", reason="elsewhere the file has a name until it is closed")
def test_nothing_is_left_of_it(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with Spool() as spool:
        spool.append(np.zeros(10))
        assert list(tmp_path.iterdir()) == []
    assert list(tmp_path.iterdir()) == []
