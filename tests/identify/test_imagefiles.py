"""One PNG for a glitch: what is written comes back, and what is wrong is said."""

import json
import struct
import zlib
from dataclasses import replace
from math import isnan
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from culpa import settings
from culpa.errors import CulpaError
from culpa.identify.imagefiles import png_bytes, read_image, write_image
from culpa.identify.images import GlitchImage, ImageForm, Pixels

FORM = ImageForm()
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def pixels(seed: int = 1, form: ImageForm = FORM) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, form.shape, dtype=np.uint8)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def handmade(width: int, height: int, depth: int = 8, colour: int = 0, data: bytes | None = None) -> bytes:
    """A PNG of zeros made without the library that reads it."""
    rows = bytes((width + 1) * height) if data is None else data
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def noted(**changes: object) -> bytes:
    """A PNG of the right size with another note."""
    note = {"version": 1, "channel": "K1:A-B", "gps": 7.5, "group": "", "form": settings.plain(FORM)} | changes
    text = chunk(b"tEXt", b"culpa\0" + json.dumps(note).encode())
    return handmade(256, 64).replace(chunk(b"IEND", b""), text + chunk(b"IEND", b""))


def refused(tmp_path: Path, content: bytes, match: str, name: str = "x.png", form: ImageForm | None = None) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(CulpaError, match=match) as caught:
        read_image(path, form)
    assert str(path) in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("form", [FORM, ImageForm((1,), 5, 3, 1, 2, 10), ImageForm((4, 0.5), 32, 48)])
def test_an_image_comes_back(tmp_path: Path, form: ImageForm) -> None:
    image = GlitchImage(pixels(2, form), form, "K1:Ä-\n\0", 1451606418.1234567, "noise 7")
    write_image(tmp_path / "blip" / "a.png", image)
    back = read_image(tmp_path / "blip" / "a.png")
    assert np.array_equal(back.pixels, image.pixels)
    assert replace(back, pixels=image.pixels) == image
    assert back.pixels.flags.c_contiguous


def test_views_are_side_by_side_for_any_reader(tmp_path: Path) -> None:
    image = GlitchImage(pixels())
    write_image(tmp_path / "a.png", image)
    with Image.open(tmp_path / "a.png") as opened:
        assert (opened.mode, opened.size) == ("L", (256, 64))
        rows = np.asarray(opened)
        note = json.loads(opened.info["culpa"])
    for view in range(4):
        assert np.array_equal(rows[:, 64 * view : 64 * (view + 1)], image.pixels[:, :, view])
    assert note == {"version": 1, "channel": "", "gps": None, "group": "", "form": settings.plain(FORM)}


def test_equal_images_are_equal_bytes_and_small() -> None:
    assert png_bytes(GlitchImage(pixels(3))) == png_bytes(GlitchImage(pixels(3))) != png_bytes(GlitchImage(pixels(4)))
    assert len(png_bytes(GlitchImage(np.zeros(FORM.shape, np.uint8)))) < 1000


def test_an_image_without_a_note_is_known_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "K1-A_B-12_250000-plain.png").write_bytes(handmade(256, 64))
    (tmp_path / "other.png").write_bytes(handmade(256, 64))
    (tmp_path / "small.png").write_bytes(handmade(6, 5))
    image = read_image(tmp_path / "K1-A_B-12_250000-plain.png")
    assert (image.channel, image.gps, image.form) == ("K1:A-B", 12.25, FORM)
    other = read_image(tmp_path / "other.png")
    assert other.channel == ""
    assert isnan(other.gps)
    form = ImageForm((1, 2), 5, 3)
    assert read_image(tmp_path / "small.png", form).form == form


def test_the_note_is_believed_more_than_the_name(tmp_path: Path) -> None:
    path = tmp_path / "K1-A_B-12_250000-plain.png"
    path.write_bytes(noted(channel="L1:C-D", gps=8))
    assert (read_image(path).channel, read_image(path).gps) == ("L1:C-D", 8.0)


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    refused(tmp_path, b"", "a PNG file, got an empty file")
    refused(tmp_path, b"GIF89a" + bytes(50), "a PNG file, got a file that begins with b'GIF89a")
    refused(tmp_path, handmade(256, 64, 8, 2, bytes(64 * 769)), "greyscale, got 8-bit colour, 256 x 64")
    refused(tmp_path, handmade(256, 64, 16, 0), "greyscale, got 16-bit greyscale")
    refused(tmp_path, handmade(256, 64, 4, 3), "greyscale, got 4-bit a palette")
    refused(tmp_path, handmade(256, 64, 8, 9), "greyscale, got 8-bit of an unknown kind")


def test_a_file_of_another_size_is_refused(tmp_path: Path) -> None:
    refused(tmp_path, handmade(255, 64), r"of 256 x 64 pixels \(views of 0.0625.*\), got 255 x 64")
    refused(tmp_path, handmade(0, 0), "got 0 x 0")
    refused(tmp_path, handmade(256, 64), "of 3 x 7 pixels", form=ImageForm((1,), 7, 3))


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    refused(tmp_path, handmade(2**31 - 1, 2**31 - 1, data=b"\0"), "got 2147483647 x 2147483647")
    huge = SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", 60000, 60000, 8, 0, 0, 0, 0))
    refused(tmp_path, huge + handmade(256, 64)[8:], "two headers")
    refused(tmp_path, handmade(256, 64)[:33] + huge[8:] + handmade(256, 64)[33:], "two headers")
    (tmp_path / "long.png").write_bytes(bytes((1 << 24) + 1))
    with pytest.raises(CulpaError, match="of at most 16 MB, got 16 MB"):
        read_image(tmp_path / "long.png")


def test_damage_is_found(tmp_path: Path) -> None:
    whole = png_bytes(GlitchImage(pixels(), FORM, "K1:A-B", 5.0))
    refused(tmp_path, whole[: len(whole) // 2], "is damaged: it ends after")
    refused(tmp_path, whole[:-12], "is damaged: it ends after")
    broken = bytearray(whole)
    broken[len(whole) // 2] ^= 1
    refused(tmp_path, bytes(broken), "is damaged: a check sum")
    refused(tmp_path, handmade(256, 64, data=b"\0" * 100), "is damaged: ")
    refused(tmp_path, SIGNATURE + chunk(b"IEND", b""), "its header is missing")
    refused(tmp_path, SIGNATURE + chunk(b"IHDR", b"abc") + chunk(b"IEND", b""), "its header is missing")


def test_every_bit_counts(tmp_path: Path) -> None:
    """Whatever a byte is changed to, the file is refused or reads as it was."""
    image = GlitchImage(np.zeros(FORM.shape, np.uint8), FORM, "K1:A-B", 5.0)
    whole = png_bytes(image)
    random = np.random.default_rng(5)
    path = tmp_path / "x.png"
    refusals = 0
    for _ in range(400):
        broken = bytearray(whole)
        for at in random.integers(0, len(whole), random.integers(1, 4)):
            broken[at] = random.integers(256)
        path.write_bytes(bytes(broken))
        try:
            back = read_image(path)
        except CulpaError:
            refusals += 1
        else:
            assert np.array_equal(back.pixels, image.pixels)
            assert replace(back, pixels=image.pixels) == image
    assert refusals > 350


def test_parts_that_are_not_needed_do_no_harm(tmp_path: Path) -> None:
    """Parts with right check sums and any content, one that unpacks to 64 MB among them."""
    random = np.random.default_rng(6)
    kinds = [b"tEXt", b"zTXt", b"iTXt", b"pHYs", b"gAMA", b"tRNS", b"iCCP", b"eXIf", b"acTL", b"fcTL", b"PLTE", b"cHRM"]
    path = tmp_path / "x.png"
    whole = handmade(256, 64)
    parts = [chunk(kinds[i % len(kinds)], random.bytes(random.integers(0, 30))) for i in range(200)]
    for part in [*parts, chunk(b"zTXt", b"culpa\0\0" + zlib.compress(bytes(1 << 26)))]:
        path.write_bytes(whole[:33] + part + whole[33:])
        assert not read_image(path).pixels.any()


@pytest.mark.parametrize(
    "changes",
    [
        {"version": "1"}, {"channel": 3}, {"gps": "5"}, {"gps": float("nan")}, {"gps": float("inf")}, {"gps": 10**400},
        {"group": None}, {"form": []}, {"form": {"views": [1]}}, {"form": {"height": "64"}}, {"form": {"colour": 1}},
        {"group": "g" * 1001}, {"channel": "K1:\ud800"},
    ],
)  # fmt: skip
def test_a_note_that_cannot_be_is_damage(tmp_path: Path, changes: dict[str, object]) -> None:
    refused(tmp_path, noted(**changes), r"is damaged: what it says of itself|of 64 x 64 pixels")


def test_a_note_that_is_no_table_is_damage(tmp_path: Path) -> None:
    for text in (b"", b"[]", b"3", b"{", b"[" * 100_000):
        info = chunk(b"tEXt", b"culpa\0" + text)
        refused(tmp_path, handmade(256, 64)[:33] + info + handmade(256, 64)[33:], "is damaged: what it says of itself")


def test_a_later_layout_is_refused(tmp_path: Path) -> None:
    refused(tmp_path, noted(version=2), "has version 2 of the image layout, this culpa reads up to 1")


def test_another_form_is_refused_though_the_size_fits(tmp_path: Path) -> None:
    image = GlitchImage(pixels(), replace(FORM, fmax=1024.0))
    refused(tmp_path, png_bytes(image), r"with .*10-2048 Hz.*, got .*10-1024 Hz", form=FORM)
    assert read_image(tmp_path / "x.png").form.fmax == 1024


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.png"):
        with pytest.raises(CulpaError, match="is not a file"):
            read_image(path)
    with pytest.raises(CulpaError, match="cannot read"):
        read_image(tmp_path / ("x" * 300 + ".png"))


def test_what_other_programs_write_is_read(tmp_path: Path) -> None:
    """Saved again by an editor: other filters, other compression, the note kept or not."""
    image = GlitchImage(pixels(7), FORM, "K1:A-B", 5.0)
    write_image(tmp_path / "a.png", image)
    with Image.open(tmp_path / "a.png") as opened:
        info = PngInfo()
        info.add_itxt("Comment", "edited")
        opened.save(tmp_path / "b.png", optimize=True, pnginfo=info)
    assert np.array_equal(read_image(tmp_path / "b.png").pixels, image.pixels)
