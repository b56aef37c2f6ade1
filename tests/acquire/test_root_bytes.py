"""ROOT files whatever they hold: all of it comes back, and the bytes do not tell when they were written."""

import io
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import uproot
from hypothesis import given, settings
from hypothesis import strategies as st

from culpa.acquire.triggerfiles import root
from culpa.acquire.triggerfiles.label import Label
from culpa.types import TRIGGER_COLUMNS, Events, Segments

# uproot leaves bytes here that neither a record nor the list of free segments accounts for.
WITH_GAPS = (95, 109, 129, 541, 644, 807, 1058, 1182, 1350, 1840, 2013)


def content(seed: int) -> tuple[Events, Label]:
    """Up to 5000 rows, more or less compressible; label of a few bytes to some 50 kB."""
    rng = np.random.default_rng(seed)
    count = int(rng.integers(0, 10 ** rng.choice([2, 2, 2, 3, 3.7])))
    columns = {}
    for name in TRIGGER_COLUMNS:
        values = rng.uniform(0, 10.0 ** rng.integers(1, 10), count)
        kind = rng.integers(4)
        if kind == 1:
            values = np.round(values, rng.integers(0, 4))
        if kind == 2:
            values = np.repeat(values, 8)[:count]
        if kind == 3:
            values = np.full(count, np.nan if rng.integers(2) else 7.0)
        columns[name] = values
    edges = np.cumsum(rng.uniform(0.1, 100, 2 * int(rng.integers(0, 10 ** rng.choice([1, 2, 3])))))
    notes = {"note": "xé" * int(rng.integers(0, 10 ** rng.choice([1, 3, 4])))}
    channel = "K1:" + "A" * int(rng.integers(1, 300))
    return Events(columns), Label(channel, (0.0, 1e9), Segments.of(map(tuple, edges.reshape(-1, 2))), notes)


def clock(year: int) -> SimpleNamespace:
    return SimpleNamespace(datetime=SimpleNamespace(now=lambda: datetime(year, 2, 3, 4, 5, 6)))


def written_in(year: int, events: Events, label: Label) -> bytes:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("uproot.writing._cascade.datetime", clock(year))
        patch.setattr("uproot.writing._cascadetree.datetime", clock(year))
        return root.encode(events, label)


def whole_and_undated(events: Events, label: Label) -> None:
    data = written_in(2001, events, label)
    read, words = root.decode(data)
    for name in TRIGGER_COLUMNS:
        np.testing.assert_array_equal(read[name], events[name], err_msg=name)
    assert Label.from_text(words) == label
    assert written_in(2033, events, label) == data


@pytest.mark.parametrize("first", range(0, 190, 10))
def test_files_are_whole_and_undated(first: int) -> None:
    for seed in range(first, first + 10):
        whole_and_undated(*content(seed))


@pytest.mark.parametrize("seed", WITH_GAPS)
def test_files_with_gaps_are_whole_and_undated(seed: int) -> None:
    whole_and_undated(*content(seed))


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32))
def test_any_file_is_whole_and_undated(seed: int) -> None:
    whole_and_undated(*content(seed))


def test_uproot_would_tell_the_date(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(root, "undated", bytes)
    events, label = content(0)
    assert written_in(2001, events, label) != written_in(2033, events, label)


# gwpy.table uses a constant of astropy that astropy is about to remove.
@pytest.mark.filterwarnings("ignore:COPY_IF_NEEDED:astropy.utils.exceptions.AstropyPendingDeprecationWarning")
@pytest.mark.parametrize("seed", [0, *WITH_GAPS])
def test_gwpy_reads_them(tmp_path: Path, seed: int) -> None:
    from gwpy.table import EventTable

    events, label = content(seed)
    path = tmp_path / "K1-MIC_OMICRON-0-1000000000.root"
    path.write_bytes(root.encode(events, label))
    table = EventTable.read(path, format="root", treename="triggers")
    for name in TRIGGER_COLUMNS:
        np.testing.assert_array_equal(table[name], events[name], err_msg=name)
    omicron = EventTable.read(path, format="root.omicron")
    np.testing.assert_array_equal(omicron["snr"], events["snr"])


@pytest.mark.parametrize(("letters", "objects"), [(31_000, ["triggers"]), (33_000, ["triggers", "label"])])
def test_a_long_label_lies_beside_the_tree(letters: int, objects: list[str]) -> None:
    label = Label("K1:MIC", (0.0, 1.0), Segments(), {"note": "x" * letters})
    data = root.encode(content(0)[0], label)
    with uproot.open(io.BytesIO(data)) as file:
        assert file.keys(cycle=False) == objects
    assert Label.from_text(root.decode(data)[1]) == label


@pytest.mark.parametrize("label", ["no JSON", np.histogram([1.0, 2.0])])
def test_an_object_named_label_of_another_program(tmp_path: Path, label: object) -> None:
    path = tmp_path / "other.root"
    columns = {"time": np.array([1.5]), "snr": np.array([8.0])}
    with uproot.recreate(path) as file:
        file.mktree("triggers", dict.fromkeys(columns, np.float64)).extend(columns)
        file["label"] = label
    events, words = root.decode(path.read_bytes())
    assert (events["time"].tolist(), words) == ([1.5], {})
