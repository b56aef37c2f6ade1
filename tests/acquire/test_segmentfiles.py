"""Files of segments: every format, as written by gwpy where it can, and what is wrong in them."""

import gzip
import json
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from culpa.acquire.segmentfiles import read_segments, write_segments
from culpa.errors import NoDataError, UsageError
from culpa.types import Segments

TWO = Segments.of([(1e9 + 10.5, 1e9 + 20), (1e9 + 30, 1e9 + 40.25)])
ROWS = "1000000010.5 1000000020\n1000000030 1000000040.25\n"
NUMBERED = "0\t1000000010.5\t1000000020\t9.5\n1\t1000000030\t1000000040.25\t10.25\n"


def written(tmp_path: Path, text: str, name: str = "segments.txt") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "text",
    [
        ROWS,
        NUMBERED,
        f"# seg\tstart\tstop\tduration\n{NUMBERED}",
        ROWS.replace(" ", ",\t"),
        ROWS.replace("\n", "\r\n"),
        f"\ufeff\n  {ROWS}",
        ROWS.replace("\n", "   # locked\n"),
        "1000000030 1000000040.25 10.25\n1000000010.5 1000000020 9.5",
        f"start,stop\n{ROWS}",
        "seg,GPS_end,GPS_start,comment\n0,1000000020,1000000010.5,x\n1,1000000040.25,1000000030,y\n",
        "start,end,duration\n1000000010.5,1000000020,9\n1000000030,1000000040.25,3\n",
        "0 1000000010.500000 1000000020.000000 10\n1 1000000030 1000000040.25 10\n",
        f"{ROWS}1000000050 1000000050\n",
        json.dumps(TWO.bounds),
        json.dumps({"name": "LOCK", "active": TWO.bounds, "known": [[0, 2e9]]}, indent=2),
    ],
)
@pytest.mark.parametrize("zipped", [False, True])
def test_text(tmp_path: Path, text: str, zipped: bool, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "segments"
    path.write_bytes(gzip.compress(text.encode()) if zipped else text.encode())
    assert read_segments(path) == TWO
    assert read_segments(path, "K1:LOCK:1") == TWO
    assert not caplog.records


@pytest.mark.parametrize("text", ["", "\n \n", "# seg\tstart\tstop\tduration\n", "start,end\n", "[]", '{"active": []}'])
def test_no_segment_is_valid(tmp_path: Path, text: str) -> None:
    assert read_segments(written(tmp_path, text)) == Segments()


@pytest.mark.parametrize("text", ["3 6\n0 2\n1 4\n2 3\n", "[[3, 6], [0, 2], [1, 4], [2, 3]]"])
def test_overlapping_segments_are_joined_and_told(tmp_path: Path, text: str, caplog: pytest.LogCaptureFixture) -> None:
    path = written(tmp_path, text)
    assert read_segments(path) == Segments.of([(0, 6)])
    assert caplog.messages == [f"{path}: 3 of 4 segments overlap earlier ones; they are joined"]


def test_segments_that_touch_do_not_overlap(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert read_segments(written(tmp_path, "2 3\n0 2\n5 6")) == Segments.of([(0, 3), (5, 6)])
    assert not caplog.records


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 2\n\n5 3\n", "line 3 of {}: the segment ends before it starts: 5 3"),
        ("# x\n1 two\n", "line 2 of {}: expected start and end in GPS s, got 1 two"),
        ("hello\n", "line 1 of {}: expected start and end in GPS s, got hello"),
        ("1 2\nstart end\n", "line 2 of {}: expected start and end in GPS s, got start end"),
        ("1\n", "line 1 of {}: expected start and end in GPS s, got 1"),
        ("1 nan\n", "line 1 of {}: expected start and end in GPS s, got 1 nan"),
        ("-inf 5\n", "line 1 of {}: expected start and end in GPS s, got -inf 5"),
        ("1 2 3 4 5\n", "line 1 of {}: expected start and end in GPS s, got 1 2 3 4 5"),
        (
            "0 10 20 x\n",
            "line 1 of {}: expected [number] start end duration, with end - start = duration, got 0 10 20 x",
        ),
        ("0 10 20\n", "line 1 of {}: expected [number] start end duration, with end - start = duration, got 0 10 20"),
        ("0 1 2\n", "line 1 of {}: expected [number] start end duration, with end - start = duration, got 0 1 2"),
        ("start,end\n1\n", "line 2 of {}: expected start and end in GPS s, got 1"),
        ("[[1, 2], [5, 3]]", "segment 2 of {}: the segment ends before it starts: 5 3"),
        ("[[1, null]]", "segment 1 of {}: expected start and end in GPS s, got 1 None"),
        ("[[1, NaN]]", "segment 1 of {}: expected start and end in GPS s, got 1 nan"),
        ("[1, 2]", "segment 1 of {}: expected start and end in GPS s, got 1"),
        ('{"K1:LOCK:1": []}', "{}: expected a list of pairs [start, end], or an object with one as `active`"),
        ("[[1, 2]", "{} is not JSON: Expecting ',' delimiter: line 1 column 8 (char 7)"),
    ],
)
def test_what_is_malformed_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(UsageError) as caught:
        read_segments(path)
    assert caught.value.message == message.format(path)


@given(st.lists(st.tuples(st.floats(0, 2e9), st.floats(0, 2e9)), max_size=8))
@settings(max_examples=50, deadline=None)
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[float, float]]) -> None:
    segments = Segments.of(pairs)
    path = tmp_path_factory.mktemp("segments") / "deep" / "segments.txt"
    write_segments(segments, path)
    assert read_segments(path) == segments
    assert path.read_text(encoding="utf-8").startswith("# seg\tstart\tstop\tduration\n")


def test_gwpy_reads_what_is_written(tmp_path: Path) -> None:
    from gwpy.segments import SegmentList

    write_segments(TWO, tmp_path / "segments.txt")
    theirs = SegmentList.read(tmp_path / "segments.txt", format="segwizard", gpstype=float)
    assert tuple((float(start), float(end)) for start, end in theirs) == TWO.bounds


FLAGS = {"K1:LOCK:1": TWO, "K1:OBS:2": Segments.of([(1e9 + 12, 1e9 + 18.25)]), "K1:OBS:3": Segments()}


@pytest.fixture(params=["flags.h5", "flags.xml", "flags.xml.gz"])
def flags(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """Three flags in a file of gwpy."""
    from gwpy.segments import DataQualityDict, DataQualityFlag

    known = [(1e9, 1e9 + 100)]
    table = DataQualityDict(
        {name: DataQualityFlag(name, active=list(segments), known=known) for name, segments in FLAGS.items()}
    )
    path = tmp_path / str(request.param)
    table.write(path, format="hdf5" if path.suffix == ".h5" else "ligolw")
    return path


@pytest.mark.parametrize("flag", FLAGS)
def test_a_flag_of_a_file_of_gwpy(flags: Path, flag: str) -> None:
    assert read_segments(flags, flag) == FLAGS[flag]


def test_a_flag_without_its_version(flags: Path) -> None:
    assert read_segments(flags, "K1:LOCK") == TWO
    with pytest.raises(UsageError, match="several flags") as caught:
        read_segments(flags, "K1:OBS")
    assert caught.value.hint == "there are: K1:OBS:2, K1:OBS:3"


def test_a_flag_must_be_chosen_and_exist(flags: Path) -> None:
    with pytest.raises(UsageError, match="has several flags, of which one must be chosen") as caught:
        read_segments(flags)
    assert caught.value.hint == "there are: K1:LOCK:1, K1:OBS:2, K1:OBS:3"
    with pytest.raises(UsageError, match="has no flag K1:LOCKED:1") as caught:
        read_segments(flags, "K1:LOCKED:1")
    assert "did you mean K1:LOCK:1" in caught.value.hint


@pytest.mark.parametrize(("form", "name"), [("hdf5", "x.h5"), ("ligolw", "x.xml"), ("json", "x.json")])
def test_the_only_flag_of_a_file_of_gwpy(tmp_path: Path, form: str, name: str) -> None:
    from gwpy.segments import DataQualityFlag

    DataQualityFlag("K1:LOCK:1", active=list(TWO), known=[(1e9, 1e9 + 100)]).write(tmp_path / name, format=form)
    assert read_segments(tmp_path / name) == TWO


@pytest.mark.parametrize("zipped", [False, True])
def test_damage_is_a_clear_error(flags: Path, zipped: bool) -> None:
    whole = flags.read_bytes()
    for data in (whole[: len(whole) // 2], whole[:20]):
        flags.write_bytes(gzip.compress(data) if zipped else data)
        with pytest.raises(NoDataError, match=f"cannot read the segment file {flags}"):
            read_segments(flags, "K1:LOCK:1")
    for data in (b"\xff\xfe\x00", gzip.compress(whole)[:-20], b"<x", b"\x89HDF\r\n\x1a\n"):
        flags.write_bytes(data)
        with pytest.raises(NoDataError, match=f"cannot read the segment file {flags}"):
            read_segments(flags)


def test_files_that_are_not_there_or_are_folders(tmp_path: Path) -> None:
    for path in (tmp_path / "none.txt", tmp_path):
        with pytest.raises(NoDataError, match=f"cannot read the segment file {path}"):
            read_segments(path)


def test_tables_of_hdf5_in_no_group(tmp_path: Path) -> None:
    from gwpy.segments import SegmentList

    path = tmp_path / "x.h5"
    SegmentList([tuple(pair) for pair in TWO]).write(path, path="segs")
    assert read_segments(path) == read_segments(path, "K1:LOCK:1") == TWO
    with h5py.File(path, "w") as file:
        file["one"], file["two"] = np.array(TWO.bounds), np.zeros((0, 2))
        file["notes"], file["names"] = "x", np.array([[b"a", b"b"]])
    assert read_segments(path, "one") == TWO
    assert read_segments(path, "two") == Segments()
    with h5py.File(path, "w") as file:
        file["notes"] = np.zeros(3)
    with pytest.raises(NoDataError, match="has no table of segments"):
        read_segments(path)


XML = """<?xml version='1.0'?><LIGO_LW><Table Name="segment:table">
<Column Name="segment:start_time" Type="int_4s"/><Column Name="segment:end_time" Type="int_4s"/>
<Stream Name="segment:table" Delimiter="," Type="Local">10,20,30,25</Stream></Table></LIGO_LW>"""


def test_ligolw_without_names_of_flags(tmp_path: Path) -> None:
    assert read_segments(written(tmp_path, XML.replace("25", "35")), "K1:LOCK:1") == Segments.of([(10, 20), (30, 35)])
    with pytest.raises(UsageError, match=r"segment 2 of .* ends before it starts: 30\.0 25\.0"):
        read_segments(written(tmp_path, XML))
    with pytest.raises(NoDataError, match="has no table of segments"):
        read_segments(written(tmp_path, "<LIGO_LW></LIGO_LW>"))
