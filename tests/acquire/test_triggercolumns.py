"""Trigger tables of other programs: other names of columns, other layouts, tables that lack something."""

from pathlib import Path
from typing import Any

import awkward as ak
import h5py
import numpy as np
import pytest
import uproot
from numpy.typing import NDArray

from culpa.acquire import triggerfiles
from culpa.acquire.triggerfiles.columns import events_of, text
from culpa.errors import NoDataError

Columns = dict[str, NDArray[Any]]
TIME = np.array([1e9 + 0.5, 1e9 + 2.25])
SNR = np.array([8.0, 9.0])


def compound(path: Path, columns: Columns) -> Path:
    kinds = [
        (name, h5py.string_dtype() if values.dtype.kind == "O" else values.dtype) for name, values in columns.items()
    ]
    table = np.empty(len(next(iter(columns.values()))), kinds)
    for name, values in columns.items():
        table[name] = values
    with h5py.File(path.with_suffix(".h5"), "w") as file:
        file["triggers"] = table
    return path.with_suffix(".h5")


def group(path: Path, columns: Columns) -> Path:
    with h5py.File(path.with_suffix(".h5"), "w") as file:
        for name, values in columns.items():
            file[f"triggers/{name}"] = values
    return path.with_suffix(".h5")


def tree(path: Path, columns: Columns) -> Path:
    with uproot.recreate(path.with_suffix(".root")) as file:
        file["triggers"] = {
            name: ak.Array(values.tolist()) if values.dtype.kind == "O" else values for name, values in columns.items()
        }
    return path.with_suffix(".root")


LAYOUTS = pytest.mark.parametrize("layout", [compound, group, tree])


@LAYOUTS
@pytest.mark.parametrize(
    ("time", "frequency", "snr"),
    [
        ("time", "frequency", "snr"),
        ("peak", "peak_frequency", "snr"),
        ("peak_time", "central_freq", "rho"),
        ("gps", "central_frequency", "SNR"),
        ("GPS", "Frequency", "Rho"),
    ],
)
def test_names_that_programs_give(tmp_path: Path, layout: Any, time: str, frequency: str, snr: str) -> None:
    path = layout(tmp_path / "K1-PEM_X-1000000000-64", {time: TIME, frequency: SNR * 10, snr: SNR, "other": SNR})
    events = triggerfiles.read(path)
    assert events["time"].tolist() == TIME.tolist()
    assert events["frequency"].tolist() == [80, 90]
    assert events["snr"].tolist() == [8, 9]
    assert np.isnan(events["q"]).all()
    assert events["channel"].tolist() == ["K1:PEM-X"] * 2


@LAYOUTS
def test_seconds_and_nanoseconds(tmp_path: Path, layout: Any) -> None:
    whole, parts = np.array([10**9, 10**9 + 2], np.int32), np.array([500_000_000, 250_000_000], np.int32)
    columns = {"peak_time": whole, "peak_time_ns": parts, "start_time": whole, "start_time_ns": parts // 2, "snr": SNR}
    events = triggerfiles.read(layout(tmp_path / "x", columns))
    assert events["time"].tolist() == TIME.tolist()
    assert events["tstart"].tolist() == [1e9 + 0.25, 1e9 + 2.125]


@LAYOUTS
def test_the_name_that_counts_first(tmp_path: Path, layout: Any) -> None:
    columns = {"central_freq": SNR, "peak_frequency": SNR + 1, "time": TIME, "gps": TIME + 1, "snr": SNR}
    events = triggerfiles.read(layout(tmp_path / "x", columns))
    assert (events["time"].tolist(), events["frequency"].tolist()) == (TIME.tolist(), [9, 10])


@LAYOUTS
@pytest.mark.parametrize("kind", ["S", "O"])
def test_the_channels_of_rows(tmp_path: Path, layout: Any, kind: str) -> None:
    if layout is tree and kind == "S":
        pytest.skip("ROOT has strings of one kind")
    names = np.array([b"K1:PEM-A ", b""] if kind == "S" else ["K1:PEM-A ", ""], dtype=kind)
    events = triggerfiles.load(layout(tmp_path / "x", {"time": TIME, "snr": SNR, "channel": names})).events
    assert events["channel"].tolist() == ["K1:PEM-A", ""]
    assert events["channel"].dtype.kind == "U"


@LAYOUTS
def test_tables_without_rows(tmp_path: Path, layout: Any) -> None:
    file = triggerfiles.load(layout(tmp_path / "x", {"time": TIME[:0], "snr": SNR[:0]}))
    assert (len(file.events), file.channel, file.label) == (0, "", None)
    assert len(triggerfiles.read(layout(tmp_path / "x", {"time": TIME[:0], "snr": SNR[:0]}))) == 0


@LAYOUTS
@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"when": TIME, "snr": SNR}, "no column time or peak or peak_time or gps or gps_time; its columns: snr, when"),
        ({"time": TIME, "loud": SNR}, "no column snr or rho; its columns: loud, time"),
    ],
)
def test_a_missing_column(tmp_path: Path, layout: Any, columns: Columns, message: str) -> None:
    path = layout(tmp_path / "x", columns)
    with pytest.raises(NoDataError) as caught:
        triggerfiles.read(path)
    assert caught.value.message == f"cannot read the trigger file {path}: {message}"
    assert caught.value.hint.endswith("with times and SNRs")


def test_what_is_no_table_of_numbers(tmp_path: Path) -> None:
    path = tmp_path / "x.h5"
    for stored, message in (
        (np.zeros((3, 2)), "its columns: none"),
        (np.float64(3), "its columns: none"),
        (np.zeros(3, [("time", float), ("snr", float, (2,))]), "expected one value in each row"),
        (np.array([(1.0, b"loud")], [("time", float), ("snr", "S4")]), "could not convert string to float"),
    ):
        with h5py.File(path, "w") as file:
            file["triggers"] = stored
        with pytest.raises(NoDataError, match=message):
            triggerfiles.read(path)
    with h5py.File(path, "w") as file:
        file["triggers/time"], file["triggers/snr"] = np.zeros(3), np.zeros(2)
    with pytest.raises(NoDataError, match="lengths"):
        triggerfiles.read(path)


def test_what_there_is_instead_of_the_table_is_named(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["events"] = np.zeros(3)
    with uproot.recreate(tmp_path / "x.root") as file:
        file["events"] = {"time": np.zeros(3)}
    for name, message in (
        ("x.h5", "no dataset triggers; it has: events"),
        ("x.root", "no tree triggers; it has: events"),
    ):
        with pytest.raises(NoDataError, match=message):
            triggerfiles.read(tmp_path / name)


def test_a_histogram_of_that_name(tmp_path: Path) -> None:
    with uproot.recreate(tmp_path / "x.root") as file:
        file["triggers"] = np.histogram(np.zeros(3))
    with pytest.raises(NoDataError, match="cannot read the trigger file"):
        triggerfiles.read(tmp_path / "x.root")


def test_a_root_file_cut_after_its_tree(tmp_path: Path) -> None:
    path = tree(tmp_path / "x", {"time": TIME, "snr": SNR})
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    with pytest.raises(NoDataError, match=f"{len(whole) - 1} bytes of {len(whole)}"):
        triggerfiles.read(path)


@pytest.mark.parametrize("column", ["peak_time", "snr"])
def test_ligolw_without_a_column_that_makes_a_trigger(tmp_path: Path, column: str) -> None:
    names = [name for name in ("peak_time", "peak_time_ns", "snr") if name != column]
    columns = "".join(f'<Column Name="{name}" Type="real_8"/>' for name in names)
    stream = '<Stream Name="sngl_burst:table" Delimiter="," Type="Local">1,2</Stream>'
    path = tmp_path / "x.xml"
    path.write_text(f'<LIGO_LW><Table Name="sngl_burst:table">{columns}{stream}</Table></LIGO_LW>')
    with pytest.raises(NoDataError, match=f"no column {column}; its columns: {', '.join(sorted(names))}"):
        triggerfiles.read(path)


def test_text_of_every_kind() -> None:
    for values in (
        np.array([b"\xc3\xb6", b" a "]),
        np.array(["ö", " a "]),
        np.array([b"\xc3\xb6", " a "], dtype=object),
    ):
        assert text(values).tolist() == ["ö", "a"]
    assert text(np.array([], dtype=object)).tolist() == []


def test_events_of_any_table() -> None:
    events = events_of(["Peak", "RHO"], {"Peak": TIME, "RHO": SNR}.__getitem__)
    assert set(events.columns) == {"time", "snr"}
