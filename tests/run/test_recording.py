"""What a plan knows of the data before anything is read: as it is once they are made."""

from pathlib import Path

from culpa.acquire.sources import open_source
from culpa.run.assignment import Assignment
from culpa.run.recording import mock_recording
from culpa.types import Segments

from .days import MAIN, START, small


def test_a_mock_day_is_foreseen_as_it_comes_out(undisturbed: Assignment) -> None:
    foreseen, made = undisturbed.recording, open_source([undisturbed.day.raw])
    there = [(file.start, file.end, str(undisturbed.day.folder / file.path)) for file in foreseen.files]
    assert there == [(file.start, file.end, file.path) for file in made.files]
    assert foreseen.main == MAIN == next(iter(foreseen.rates))
    assert dict(foreseen.rates) == {channel: made.sample_rate(channel) for channel in made.channels()}
    assert dict(foreseen.stretches) == {channel: made.segments(channel) for channel in made.channels()}
    assert foreseen.within is None


def test_files_that_overlap_a_time(tmp_path: Path) -> None:
    of = small(tmp_path, mock={"duration": 40})
    recording = mock_recording(of.day, of.mock)
    names = [f"raw/K-K1_MOCK-{START}-16.gwf", f"raw/K-K1_MOCK-{START + 16}-16.gwf", f"raw/K-K1_MOCK-{START + 32}-8.gwf"]
    assert [file.path for file in recording.files] == names
    assert recording.paths(START, START + 16) == (names[0],)
    assert recording.paths(START + 15.9, START + 16.1) == tuple(names[:2])
    assert recording.paths(START + 16, START + 1000) == tuple(names[1:])
    assert recording.paths(START + 40, START + 50) == ()
    assert recording.stretches[MAIN] == Segments.of([(START, START + 40)])
    assert not of.day.folder.exists()
