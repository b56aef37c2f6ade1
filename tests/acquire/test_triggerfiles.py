"""Trigger files in three formats: round trips, foreign files, gwpy, damage, equal bytes."""

import gzip
import io
import sys
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import uproot
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from culpa.acquire import triggerfiles
from culpa.acquire.triggerfiles import ligolw, root
from culpa.acquire.triggerfiles.label import Label
from culpa.errors import MissingExtraError, NoDataError, UsageError
from culpa.types import TRIGGER_COLUMNS, Events, Segments

CHANNEL = "K1:PEM-MIC_BOOTH-X_DQ"
NAME = "K1-PEM_MIC_BOOTH_X_DQ_OMICRON-1126259462-4096"
LABEL = Label(CHANNEL, (1126259462.0, 1126263558.0), Segments.of([(1126259470.5, 1126260000.0)]), {"snr": "6.0"})
ENDINGS = ("xml.gz", "xml", "root", "h5")
GWPY = {
    "xml.gz": {"format": "ligolw", "tablename": "sngl_burst"},
    "root": {"format": "root"},
    "h5": {"format": "hdf5", "path": "triggers"},
}


def triggers(count: int, seed: int = 1) -> Events:
    rng = np.random.default_rng(seed)
    time = 1126259462 + np.sort(rng.uniform(0, 4096, count))
    frequency = rng.uniform(10, 2000, count)
    return Events(
        {
            "time": time,
            "tstart": time - rng.uniform(0.001, 10, count),
            "tend": time + rng.uniform(0.001, 10, count),
            "frequency": frequency,
            "fstart": 0.9 * frequency,
            "fend": 1.2 * frequency,
            "snr": rng.uniform(6, 1e4, count),
            "q": rng.uniform(4, 100, count),
            "amplitude": 1e-23 * rng.uniform(1, 10, count),
            "phase": rng.uniform(-np.pi, np.pi, count),
        }
    )


def write(events: Events, folder: Path, ending: str) -> Path:
    path = folder / f"{NAME}.{ending}"
    triggerfiles.write(events, path, channel=CHANNEL, span=LABEL.span, searched=LABEL.searched, notes=LABEL.notes)
    return path


def agree(read: Events, written: Events, digits: float) -> None:
    for name in TRIGGER_COLUMNS:
        exact = name in ("time", "tstart", "tend")
        np.testing.assert_allclose(read[name], written[name], rtol=0 if exact else digits, atol=0, err_msg=name)


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("count", [0, 1, 300])
def test_what_is_written_is_read(tmp_path: Path, ending: str, count: int) -> None:
    written = triggers(count)
    path = write(written, tmp_path, ending)
    read = triggerfiles.read(path)
    assert len(read) == count
    agree(read, written, digits=1e-7 if "xml" in ending else 0)
    assert read["channel"].tolist() == [CHANNEL] * count
    assert triggerfiles.load(path).label == LABEL


@pytest.mark.parametrize("ending", ENDINGS)
def test_missing_values_stay_missing(tmp_path: Path, ending: str) -> None:
    time = np.array([1126259462.123456789, np.nan])
    read = triggerfiles.read(write(Events({"time": time, "snr": np.array([np.nan, 7.5])}), tmp_path, ending))
    np.testing.assert_array_equal(read["time"], time)
    np.testing.assert_array_equal(read["snr"], [np.nan, 7.5])
    for name in set(TRIGGER_COLUMNS) - {"time", "snr"}:
        assert np.isnan(read[name]).all(), name


def test_ligolw_does_not_tell_who_wrote_it(monkeypatch: pytest.MonkeyPatch) -> None:
    one = ligolw.encode(triggers(3), LABEL)
    for variable in ("LOGNAME", "USERNAME", "USER", "HOSTNAME"):
        monkeypatch.setenv(variable, "somebody")
    assert ligolw.encode(triggers(3), LABEL) == one
    for word in (b"somebody", b"username", b"node", b"unix_procid"):
        assert word not in one


@pytest.mark.parametrize("ending", ENDINGS)
def test_equal_events_give_equal_bytes(tmp_path: Path, ending: str) -> None:
    one, two = (write(triggers(50), tmp_path / folder, ending).read_bytes() for folder in ("a", "b"))
    assert one == two
    assert write(triggers(50, seed=2), tmp_path, ending).read_bytes() != one


@settings(deadline=None, max_examples=30)
@given(arrays.arrays(np.float64, st.integers(0, 5), elements=st.floats(0, 2e9)))
def test_ligolw_times_are_exact_to_a_nanosecond(times: Any) -> None:
    events, _ = ligolw.decode(ligolw.encode(Events({"time": times}), LABEL))
    assert np.abs(events["time"] - times).max(initial=0) <= 1e-9


@given(
    st.text(max_size=30),
    st.lists(st.tuples(st.floats(0, 2e9), st.floats(0, 2e9)), max_size=5),
    st.dictionaries(st.text(max_size=10), st.text(max_size=10), max_size=3),
)
def test_a_label_survives_as_text(channel: str, intervals: list[tuple[float, float]], notes: dict[str, str]) -> None:
    label = Label(channel, (0.1, 1e9), Segments.of(intervals), notes)
    assert Label.from_text(label.to_text()) == label


# gwpy.table uses a constant of astropy that astropy is about to remove.
@pytest.mark.filterwarnings("ignore:COPY_IF_NEEDED:astropy.utils.exceptions.AstropyPendingDeprecationWarning")
@pytest.mark.parametrize("ending", GWPY)
@pytest.mark.parametrize("count", [0, 40])
def test_gwpy_reads_every_format(tmp_path: Path, ending: str, count: int) -> None:
    from gwpy.table import EventTable

    written = triggers(count)
    table = EventTable.read(write(written, tmp_path, ending), **GWPY[ending])
    names = {"time": "peak", "frequency": "peak_frequency", "snr": "snr"}
    if ending == "xml.gz":
        table = EventTable.read(write(written, tmp_path, ending), columns=list(names.values()), **GWPY[ending])
    assert len(table) == count
    for name, theirs in names.items():
        column = np.array(table[theirs if ending == "xml.gz" else name], dtype=float)
        np.testing.assert_allclose(column, written[name], rtol=0 if name == "time" else 1e-6, err_msg=name)


def test_igwn_ligolw_reads_the_xml(tmp_path: Path) -> None:
    from igwn_ligolw import lsctables, utils

    written = Events({**triggers(5).columns, "snr": np.array([6.0, 6.5, 7.0, 8.0, 9.0])})
    document = utils.load_filename(str(write(written, tmp_path, "xml.gz")))
    (process,) = lsctables.ProcessTable.get_table(document)
    assert (process.program, process.ifos) == ("culpa", "K1")
    rows = list(lsctables.SnglBurstTable.get_table(document))
    assert [row.event_id for row in rows] == [0, 1, 2, 3, 4]
    for index, row in enumerate(rows):
        assert (row.ifo, row.channel, row.search, row.process_id) == ("K1", CHANNEL, "culpa", 0)
        assert (row.param_one_name, row.param_two_name) == ("q", "phase")
        assert float(row.peak) == written["time"][index]
        assert float(row.stop) == written["tend"][index]
        assert row.duration == pytest.approx(written["tend"][index] - written["tstart"][index])
        assert row.central_freq == pytest.approx((written["fstart"][index] + written["fend"][index]) / 2)
        assert row.confidence == pytest.approx((written["snr"][index] ** 2 + 2) / 2)


OLD_XML = """<?xml version='1.0' encoding='utf-8'?>
<LIGO_LW>
  <Table Name="sngl_burstgroup:sngl_burst:table">
    <Column Type="ilwd:char" Name="sngl_burst:process_id"/>
    <Column Type="lstring" Name="sngl_burst:ifo"/>
    <Column Type="lstring" Name="sngl_burst:channel"/>
    <Column Type="int_4s" Name="sngl_burst:peak_time"/>
    <Column Type="int_4s" Name="sngl_burst:peak_time_ns"/>
    <Column Type="int_4s" Name="sngl_burst:start_time"/>
    <Column Type="int_4s" Name="sngl_burst:start_time_ns"/>
    <Column Type="real_4" Name="sngl_burst:duration"/>
    <Column Type="real_4" Name="sngl_burst:central_freq"/>
    <Column Type="real_4" Name="sngl_burst:bandwidth"/>
    <Column Type="real_4" Name="sngl_burst:snr"/>
    <Column Type="real_4" Name="sngl_burst:amplitude"/>
    <Stream Delimiter="," Type="Local" Name="sngl_burst:table">
      "process:process_id:0","H1","LDAS-STRAIN",968654557,500000000,968654557,250000000,0.5,162,256,8.5,,
      "process:process_id:0","H1","LDAS-STRAIN",968654558,1,968654558,0,0.25,100,20,9.5,1e-22
    </Stream>
  </Table>
</LIGO_LW>
"""


@pytest.mark.parametrize("times_zipped", [0, 1, 2])
def test_older_ligolw_files(tmp_path: Path, times_zipped: int) -> None:
    data = OLD_XML.encode()
    for _ in range(times_zipped):
        data = gzip.compress(data)
    path = tmp_path / f"{NAME}.xml.gz"
    path.write_bytes(data)
    events = triggerfiles.read(path)
    assert events["channel"].tolist() == ["H1:LDAS-STRAIN"] * 2
    assert events["time"].tolist() == [968654557.5, 968654558 + 1e-9]
    assert events["tstart"].tolist() == [968654557.25, 968654558.0]
    assert events["tend"].tolist() == [968654557.75, 968654558.25]
    assert events["frequency"].tolist() == [162, 100]
    assert events["fstart"].tolist() == [34, 90]
    assert events["fend"].tolist() == [290, 110]
    assert events["snr"].tolist() == [8.5, 9.5]
    np.testing.assert_array_equal(events["amplitude"], [np.nan, 1e-22])
    assert np.isnan(events["q"]).all()
    assert triggerfiles.load(path).label is None


def test_root_files_of_other_programs(tmp_path: Path) -> None:
    path = tmp_path / "K1-LSC_DARM_OUT_OMICRON-1126259462-60.root"
    with uproot.recreate(path) as file:
        for name, branches in {
            "segments": {"start": np.array([1126259462.0]), "end": np.array([1126259522.0])},
            "triggers": {
                "time": np.array([1126259470.5, 1126259480.25]),
                "snr": np.array([8, 9], dtype=np.float32),
                "tstart_us": np.array([1, 2]),
            },
        }.items():
            file.mktree(name, {branch: values.dtype for branch, values in branches.items()}).extend(branches)
    events = triggerfiles.read(path)
    assert events["time"].tolist() == [1126259470.5, 1126259480.25]
    assert events["snr"].tolist() == [8, 9]
    assert events["channel"].tolist() == ["K1:LSC-DARM_OUT"] * 2
    assert np.isnan(events["frequency"]).all()
    assert triggerfiles.load(path).label is None


def test_hdf5_files_of_other_programs(tmp_path: Path) -> None:
    path = tmp_path / "K1-LSC_DARM_OUT_OMICRON-1126259462-60.hdf5"
    table = np.array([(1126259470.5, 8.0, 3)], dtype=[("time", "f8"), ("snr", "f4"), ("number", "i4")])
    with h5py.File(path, "w") as file:
        file["triggers"] = table
    assert triggerfiles.read(path)["channel"].tolist() == ["K1:LSC-DARM_OUT"]
    with h5py.File(path, "a") as file:
        file["triggers"].attrs["channel"] = np.bytes_("K1:LSC-DARM_STATED")
    events = triggerfiles.read(path)
    assert events["channel"].tolist() == ["K1:LSC-DARM_STATED"]
    assert (events["time"].tolist(), events["snr"].tolist()) == ([1126259470.5], [8.0])


@pytest.mark.parametrize("ending", ENDINGS)
def test_damage_is_a_clear_error(tmp_path: Path, ending: str) -> None:
    path = write(triggers(300), tmp_path, ending)
    whole = path.read_bytes()
    for data in (whole[:-200], whole[: len(whole) // 2], whole[:20], b"", b"no such format"):
        path.write_bytes(data)
        with pytest.raises(NoDataError, match=f"cannot read the trigger file {path}") as caught:
            triggerfiles.read(path)
        assert "the tree triggers (ROOT)" in caught.value.hint


def test_files_without_the_table(tmp_path: Path) -> None:
    xml, tree, table = (tmp_path / f"{NAME}.{ending}" for ending in ("xml", "root", "h5"))
    xml.write_text(OLD_XML.replace("sngl_burst", "sim_burst"))
    with uproot.recreate(tree) as file:
        file["events"] = {"time": np.zeros(1)}
    with h5py.File(table, "w") as file:
        file["events"] = np.zeros(1)
    for path in (xml, tree, table, tmp_path / "missing.h5"):
        with pytest.raises(NoDataError, match=f"cannot read the trigger file {path}"):
            triggerfiles.read(path)


def test_an_unknown_ending(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"x\.csv is not a trigger file") as caught:
        triggerfiles.read(tmp_path / "x.csv")
    assert caught.value.hint == "expected a name that ends in: .h5 .hdf5 .root .xml.gz .xml"
    with pytest.raises(UsageError):
        write(triggers(1), tmp_path, "csv")


@pytest.mark.parametrize(("module", "ending"), [("uproot", "root"), ("igwn_ligolw", "xml")])
def test_a_missing_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, ending: str) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=r"culpa\[gw\]"):
        write(triggers(1), tmp_path, ending)
    assert list(tmp_path.iterdir()) == []


def test_xml_is_readable_without_the_library_that_writes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(triggers(3), tmp_path, "xml.gz")
    monkeypatch.setitem(sys.modules, "igwn_ligolw", None)
    assert len(triggerfiles.read(path)) == 3


def test_the_tree_is_the_only_object_in_a_root_file() -> None:
    with uproot.open(io.BytesIO(root.encode(triggers(5), LABEL))) as file:
        assert file.keys(cycle=False) == ["triggers"]
        assert file["triggers"].keys() == list(TRIGGER_COLUMNS)


@pytest.mark.parametrize("ending", triggerfiles.EXTENSIONS.values())
def test_thousands_of_searched_segments_fit(tmp_path: Path, ending: str) -> None:
    searched = Segments.of([(10.0 * i, 10 * i + 5.3) for i in range(20_000)])
    path = tmp_path / f"K1-A_OMICRON-0-200000.{ending}"
    triggerfiles.write(Events.empty(), path, channel="K1:A", span=(0, 200_000), searched=searched)
    label = triggerfiles.load(path).label
    assert label is not None
    assert label.searched == searched
