"""Energies as pixels, the form of an image, and the names of files."""

import json
from dataclasses import replace
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from culpa import settings
from culpa.errors import UsageError
from culpa.identify.images import GlitchImage, ImageForm, ImageName, decode, encode, file_name, parse_name

FORM = ImageForm()


def test_pixels_follow_the_formula() -> None:
    energies = np.array([0, 1, 25.5, 100, 4095, 4096, 1e9, np.inf])
    expected = [0, *(round(255 * log(1 + e) / log(4096)) for e in (1, 25.5, 100)), 255, 255, 255, 255]
    assert encode(energies, FORM).tolist() == expected
    assert encode(energies, FORM).dtype == np.uint8


def test_what_is_not_there_is_black() -> None:
    assert encode(np.array([np.nan, -1.0, 0.0]), FORM).tolist() == [0, 0, 0]


def test_every_pixel_comes_back_and_energies_within_half_a_step() -> None:
    pixels = np.arange(256, dtype=np.uint8)
    assert np.array_equal(encode(decode(pixels, FORM), FORM), pixels)
    energies = np.geomspace(0.01, 4095, 5000)
    ratio = (1 + decode(encode(energies, FORM), FORM)) / (1 + energies)
    assert np.abs(np.log(ratio)).max() == pytest.approx(log(4096) / 510, rel=0.01)


def test_single_precision_gives_the_same_pixels() -> None:
    energies = np.random.default_rng(1).exponential(30, (64, 64, 4))
    difference = encode(energies, FORM).astype(int) - encode(energies.astype(np.float32), FORM)
    assert np.count_nonzero(difference) <= 2  # at the very middle between two steps


def test_the_top_row_is_the_highest_frequency_and_the_middle_column_the_glitch() -> None:
    frequencies, times = FORM.frequencies(), FORM.times(0.5)
    assert frequencies.shape == (64,)
    assert np.allclose(np.diff(np.log(frequencies)), -log(204.8) / 64)
    assert frequencies[0] * 204.8 ** (0.5 / 64) == pytest.approx(2048)
    assert frequencies[-1] / 204.8 ** (0.5 / 64) == pytest.approx(10)
    assert np.allclose(times, -times[::-1])
    assert np.allclose(np.diff(times), 0.5 / 64)
    assert times[0] == pytest.approx(-0.25 + 0.25 / 64)


def test_a_form_survives_json() -> None:
    form = ImageForm((1, 2), 32, 48, 20, 1000, 512)
    assert settings.build(ImageForm, json.loads(json.dumps(settings.plain(form)))) == form != FORM
    assert str(form) == "views of 1, 2 s, 32 x 48 pixels each, 20-1000 Hz, energies to 512"


@pytest.mark.parametrize(
    "change",
    [
        {"views": ()}, {"views": (1.0, 1.0)}, {"views": (0.0,)}, {"views": (float("nan"),)}, {"height": 0},
        {"width": 5000}, {"fmin": 0}, {"fmax": 5}, {"fmax": float("inf")}, {"ceiling": 1},
        {"views": tuple(range(1, 18))},
    ],
)  # fmt: skip
def test_a_form_that_cannot_be_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"views|frequencies|ceiling"):
        replace(FORM, **change)  # type: ignore[arg-type]


def test_pixels_of_another_shape_or_kind_are_refused() -> None:
    with pytest.raises(ValueError, match=r"uint8 \(64, 64, 3\)"):
        GlitchImage(np.zeros((64, 64, 3), np.uint8))
    with pytest.raises(ValueError, match="float64"):
        GlitchImage(np.zeros((64, 64, 4)))  # type: ignore[arg-type]


def test_names_of_files() -> None:
    name = file_name("K1:CAL-CS_PROC_DARM_STRAIN_DBL_DQ", 1451606418.123456)
    assert name == "K1-CAL_CS_PROC_DARM_STRAIN_DBL_DQ-1451606418_123456-plain.png"
    assert parse_name(name) == ImageName("K1:CAL-CS_PROC_DARM_STRAIN_DBL_DQ", 1451606418.123456, "plain")
    assert file_name("K1:A-B", 5, "0.5") == "K1-A_B-5_000000-0.5.png"
    assert file_name("K1:A-B", 5.9999999) == "K1-A_B-6_000000-plain.png"
    assert file_name("wafer 7/../ü", 5) == "X1-wafer_7_____-5_000000-plain.png"


@given(st.integers(0, 10**10 - 1), st.integers(0, 999_999))
def test_microseconds_come_back(seconds: int, micro: int) -> None:
    parsed = parse_name(file_name("H1:X-Y", seconds + micro / 1e6))
    assert parsed is not None
    assert parsed.gps == pytest.approx(seconds + micro / 1e6, abs=1e-6)
    assert file_name(parsed.channel, parsed.gps) == file_name("H1:X-Y", seconds + micro / 1e6)


@pytest.mark.parametrize("gps", [-1.0, float("nan"), float("inf"), 1e10])
def test_times_that_no_name_holds_are_refused(gps: float) -> None:
    with pytest.raises(UsageError, match="no GPS time"):
        file_name("K1:A-B", gps)


@pytest.mark.parametrize(
    "name",
    [
        "", "plain.png", "K1-A-1-plain.png", "K1-A-1_000000-plain.jpg", "K1-A-1_00000-plain.png", "k1-A-1_000000-1.png",
        "K1-A-1_000000-plain.png.png", "K1-A B-1_000000-plain.png", "K1-A-1_000000-1..5.png", "K1--1_000000-plain.png",
        "K1-A-99999999999_000000-plain.png", "K1-A-1_000000-plain.png\n", "K1-A-١_000000-plain.png",
    ],
)  # fmt: skip
def test_other_names_are_none_of_ours(name: str) -> None:
    assert parse_name(name) is None
