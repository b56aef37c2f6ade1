"""`culpa trend`: a recording as a table that the other commands take."""

from pathlib import Path

import numpy as np
import pytest

from culpa.acquire.frames import write_gwf
from culpa.acquire.tables.profile import profile
from culpa.acquire.tables.reading import read_all
from culpa.acquire.tables.source import open_table
from culpa.errors import UsageError
from culpa.run import trend
from culpa.run.sensors import blaming
from culpa.run.sensors.opened import Asked
from culpa.types import Series

START = 1451606400


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six minutes, one of which is missing, of a main channel and a microphone that it hears twelve times."""
    folder, draws = tmp_path_factory.mktemp("frames"), np.random.default_rng(0)
    bangs = START + np.arange(12) * 25 + 7
    for i in (0, 1, 2, 4, 5):
        first = START + 60 * i
        main, mic, fan = draws.normal(size=(3, 60 * 64))
        for bang in bangs[(bangs >= first) & (bangs < first + 60)]:
            inside = slice((bang - first) * 64, (bang - first + 1) * 64)
            main[inside] *= 5
            mic[inside] *= 5
        series = [
            Series(of, float(first), 64.0, name) for name, of in (("K1:MAIN", main), ("K1:MIC", mic), ("K1:FAN", fan))
        ]
        write_gwf(folder / f"K-K1_TEST-{first}-60.gwf", series)
    return folder


def test_the_table_has_a_row_for_each_second_that_is_there(frames: Path, tmp_path: Path) -> None:
    path = tmp_path / "trend.csv"
    summary = trend.make([str(frames / "*.gwf")], [], 1.0, path)
    assert summary["rows"] == 300
    source = open_table(path)
    table = read_all(source, profile(source))
    assert table.clock == "utc"
    assert table.times[0] == START
    assert table.times[-1] == START + 359
    rms = table.values[:, table.sensors.index("K1:MAIN.rms")]
    assert rms[7] == pytest.approx(5, rel=0.3)
    assert rms[8] == pytest.approx(1, rel=0.3)
    assert "300 rows of 1 s" in trend.tell(summary)


def test_channels_can_be_chosen_and_strides_be_long(frames: Path, tmp_path: Path) -> None:
    summary = trend.make([str(frames)], ["K1:M*"], 10.0, tmp_path / "trend.parquet")
    assert summary["channels"] == ["K1:MAIN", "K1:MIC"]
    assert summary["rows"] == 30


def test_blame_finds_the_channel_and_not_another_number_of_the_target(frames: Path, tmp_path: Path) -> None:
    path = tmp_path / "trend.parquet"
    trend.make([str(frames)], [], 1.0, path)
    found = blaming.make(Asked(path), "K1:MAIN.rms", minimum=3.0, shifts=50, seed=0, output=tmp_path / "out")
    assert found["rounds"][0]["winner"].startswith("K1:MIC.")
    assert found["rounds"][0]["efficiency"] > 0.8


def test_numbers_of_the_target_itself_explain_nothing(frames: Path, tmp_path: Path) -> None:
    path = tmp_path / "trend.parquet"
    trend.make([str(frames)], ["K1:MAIN", "K1:FAN"], 1.0, path)
    found = blaming.make(Asked(path), "K1:MAIN.rms", minimum=3.0, shifts=20, seed=0, output=tmp_path / "out")
    assert found["rounds"] == []


@pytest.mark.parametrize("stride", [0, -1, 1e6])
def test_a_stride_that_cannot_be_meant(frames: Path, tmp_path: Path, stride: float) -> None:
    with pytest.raises(UsageError, match="--stride: expected more than 0"):
        trend.make([str(frames)], [], stride, tmp_path / "trend.csv")


def test_a_stride_shorter_than_two_samples_names_the_channel(frames: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"less than two samples of K1:FAN \(64 Hz\)"):
        trend.make([str(frames)], [], 0.01, tmp_path / "trend.csv")
