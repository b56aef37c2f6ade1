"""One GWF file: damage of any kind is an error, never a crash, never wrong samples."""

import sys
from pathlib import Path

import gwframe
import numpy as np
import pytest

from culpa.acquire import gwf
from culpa.errors import ChannelNotFoundError, CulpaError, MissingExtraError, NoDataError
from culpa.types import Floats

T0 = 1_000_000_000
CHANNEL = "K1:PEM-MIC_A"


@pytest.fixture(scope="module")
def frame(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("gwf") / "frame.gwf"
    rng = np.random.default_rng(1)
    channels = {name: rng.standard_normal(4 * 64) for name in ("K1:A", CHANNEL, "K1:Z")}
    gwframe.write(path, channels, float(T0), 64.0, name="K1", unit="V")
    return path


def samples(path: Path) -> Floats:
    return np.concatenate([piece.values for piece in gwf.pieces(str(path), CHANNEL, T0, T0 + 4)])


def test_a_sound_file(frame: Path) -> None:
    assert gwf.channels(str(frame)) == ["K1:A", CHANNEL, "K1:Z"]
    assert gwf.span(str(frame)) == (T0, T0 + 4)
    assert gwf.sample_rate(str(frame), CHANNEL) == 64
    (piece,) = gwf.pieces(str(frame), CHANNEL, T0 + 1.5, T0 + 2)
    assert (piece.t0, piece.sample_rate, piece.channel, piece.unit) == (T0 + 1.5, 64, CHANNEL, "V")
    np.testing.assert_array_equal(piece.values, gwframe.read(frame, CHANNEL).array[96:128])
    assert list(gwf.pieces(str(frame), CHANNEL, T0 + 4, T0 + 5)) == []
    with pytest.raises(ChannelNotFoundError, match="no channel 'K1:B'"):
        list(gwf.pieces(str(frame), "K1:B", T0, T0 + 4))


def test_a_file_cut_short_anywhere(frame: Path, tmp_path: Path) -> None:
    data = frame.read_bytes()
    cut = tmp_path / "cut.gwf"
    for length in [0, 1, 39, 40, 41, *np.linspace(50, len(data) - 1, 60).astype(int)]:
        cut.write_bytes(data[:length])
        with pytest.raises(NoDataError, match=f"cannot read {cut}") as caught:
            samples(cut)
        assert "\n" not in caught.value.message


def test_changed_bytes_never_give_wrong_samples(frame: Path, tmp_path: Path) -> None:
    data, expected, rng = frame.read_bytes(), samples(frame), np.random.default_rng(2)
    changed = tmp_path / "changed.gwf"
    refused = 0
    for position in rng.integers(0, len(data), 400):
        damaged = bytearray(data)
        damaged[position] ^= 1 << int(rng.integers(8))
        changed.write_bytes(damaged)
        try:
            np.testing.assert_array_equal(samples(changed), expected)
        except CulpaError as error:
            assert "\n" not in error.message
            refused += 1
    assert 50 < refused < 350  # what is stored for other channels does not matter


def test_things_that_are_no_frame_file(tmp_path: Path) -> None:
    (tmp_path / "text.gwf").write_text("not a frame")
    (tmp_path / "folder.gwf").mkdir()
    for name in ("text.gwf", "folder.gwf", "missing.gwf"):
        for ask in (gwf.channels, gwf.span):
            with pytest.raises(NoDataError, match=f"cannot read {tmp_path / name}"):
                ask(str(tmp_path / name))


def test_complex_samples_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "complex.gwf"
    gwframe.write(path, {CHANNEL: np.ones(64, dtype=np.complex64)}, float(T0), 64.0, name="K1")
    with pytest.raises(NoDataError, match="is not a series of real samples"):
        gwf.sample_rate(str(path), CHANNEL)


def test_without_gwframe_the_extra_is_named(frame: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gwframe", None)
    with pytest.raises(MissingExtraError, match=r"reading GWF frames needs the package gwframe"):
        gwf.channels(str(frame))
