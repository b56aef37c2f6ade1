import sys
from pathlib import Path

import numpy as np
import pytest

from culpa.acquire.frames import write_ffl, write_gwf, write_lcf
from culpa.errors import CulpaError, MissingExtraError
from culpa.types import Series

START = 1257811218


def two():
    rng = np.random.default_rng(0)
    return [
        Series(rng.standard_normal(16 * 256) * 1e-22, START, 256.0, "K1:STRAIN", "strain"),
        Series(rng.standard_normal(16 * 64).astype(np.float32), START, 64.0, "K1:PEM-MIC", "Pa"),
    ]


def test_a_frame_holds_all_channels_as_they_are(tmp_path):
    gwframe = pytest.importorskip("gwframe")
    path = write_gwf(tmp_path / "new" / "K-T-1257811218-16.gwf", two())
    assert [entry.name for entry in path.parent.iterdir()] == ["K-T-1257811218-16.gwf"]  # nothing temporary is left
    frame = gwframe.read(path)
    for series in two():
        found = frame[series.channel]
        assert np.array_equal(found.array, series.values)
        assert found.array.dtype == series.values.dtype
        assert (found.start, found.duration, found.unit) == (START, 16.0, series.unit)


def test_bytes_depend_on_the_data_only(tmp_path):
    pytest.importorskip("gwframe")
    first, second = (write_gwf(tmp_path / name, two()).read_bytes() for name in ("a.gwf", "b.gwf"))
    assert first == second


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path, monkeypatch):
    pytest.importorskip("gwframe")
    path = tmp_path / "K-T-1257811218-16.gwf"

    def full(self, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(CulpaError, match="No space left on device"):
        write_gwf(path, two())
    assert list(tmp_path.iterdir()) == []


def test_without_gwframe_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "gwframe", None)
    with pytest.raises(MissingExtraError, match="writing GWF files needs the package gwframe"):
        write_gwf(tmp_path / "x.gwf", two())


def test_lists_of_files_name_every_frame_in_both_dialects(tmp_path):
    frames = [tmp_path / f"K-K1_MOCK-{START + 32 * n}-{32 if n < 2 else 8}.gwf" for n in range(3)]
    ffl = write_ffl(tmp_path / "raw.ffl", frames).read_text().splitlines()
    lcf = write_lcf(tmp_path / "raw.lcf", frames).read_text().splitlines()
    assert ffl[2] == f"{frames[2].resolve()} {START + 64} 8 0 0"
    assert lcf[2] == f"K K1_MOCK {START + 64} 8 {frames[2].resolve()}"
    assert len(ffl) == len(lcf) == 3


def test_gwpy_reads_both_lists(tmp_path):
    cache = pytest.importorskip("gwpy.io.cache")
    frames = [tmp_path / f"K-K1_MOCK-{START + 32 * n}-32.gwf" for n in range(3)]
    for path in (write_ffl(tmp_path / "raw.ffl", frames), write_lcf(tmp_path / "raw.lcf", frames)):
        assert [str(entry) for entry in cache.read_cache(path)] == [str(frame.resolve()) for frame in frames]
        assert list(cache.cache_segments(cache.read_cache(path))) == [(START, START + 96)]
