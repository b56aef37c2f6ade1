"""File names after LIGO-T050017 and the tags of channels in them."""

from math import ceil, floor
from pathlib import PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from culpa.errors import UsageError
from culpa.names import FileName, channel_of_trigger_file, channel_tag, interferometer, parse, spanning, trigger_file

DESCRIPTION = st.from_regex(r"[A-Za-z0-9_+#]{1,20}", fullmatch=True)
EXTENSION = st.sampled_from(["gwf", "h5", "hdf5", "xml.gz", "root"])
FILE_NAMES = st.builds(
    FileName,
    st.from_regex(r"[A-Z0-9]{1,6}", fullmatch=True),
    DESCRIPTION,
    st.integers(0, 2_000_000_000),
    st.integers(0, 100_000),
    EXTENSION,
)
DETECTORS = st.sampled_from(["K1", "H1", "L1", "V1"])


@given(FILE_NAMES)
def test_a_name_written_is_the_name_read(name: FileName) -> None:
    assert parse(str(name)) == name
    assert parse(PurePath("/some/folder-1-2") / str(name)) == name
    assert name.end == name.start + name.duration


@pytest.mark.parametrize(
    "name",
    [
        "K-K1_MOCK-1000000000.gwf",
        "K-K1-MOCK-1000000000-32.gwf",
        "K-K1_MOCK-1000000000.5-32.gwf",
        "K-K1.MOCK-1000000000-32.gwf",
        "k-K1_MOCK-1000000000-32.gwf",
        "K-K1_MOCK-1000000000-32",
        ".K-K1_MOCK-1000000000-32.gwf.123-abc.tmp",
        "K-K1_MOCK-١٢-32.gwf",
        "raw.ffl",
        "",
    ],
)
def test_other_names_are_not_read(name: str) -> None:
    assert parse(name) is None


@given(st.floats(0, 2e9), st.floats(0, 1e5))
def test_a_span_is_rounded_outward(start: float, length: float) -> None:
    name = spanning("K", "K1_TEST", start, start + length, "gwf")
    assert name.start == floor(start)
    assert name.end == max(ceil(start + length), name.start + 1)


def test_the_example_of_the_standard() -> None:
    assert str(spanning("K", "T", 700000035.42, 700000038.23, "gwf")) == "K-T-700000035-4.gwf"


@given(DETECTORS, st.from_regex(r"[A-Z0-9]{1,5}-[A-Z0-9+#_]{1,20}", fullmatch=True), st.floats(0, 2e9), EXTENSION)
def test_a_trigger_file_gives_its_channel_back(ifo: str, rest: str, start: float, extension: str) -> None:
    path = trigger_file(f"{ifo}:{rest}", start, start + 10, extension)
    assert channel_of_trigger_file(path) == f"{ifo}:{rest}"


def test_where_a_trigger_file_lies() -> None:
    path = trigger_file("K1:PEM-MIC_BOOTH-X_DQ", 1126259462.5, 1126263558, "xml.gz")
    tag = "PEM_MIC_BOOTH_X_DQ_OMICRON"
    assert path == PurePath(f"K1/{tag}/11262/K1-{tag}-1126259462-4096.xml.gz")
    assert channel_of_trigger_file(path) == "K1:PEM-MIC_BOOTH_X_DQ"
    assert channel_of_trigger_file("triggers.xml.gz") is None


@given(st.text(max_size=30))
def test_a_tag_is_always_fit_for_a_file_name(channel: str) -> None:
    try:
        tag = channel_tag(channel)
    except UsageError:
        assert not any(
            letter.isascii() and (letter.isalnum() or letter in "+#") for letter in channel.partition(":")[2]
        )
    else:
        assert parse(f"X1-{tag}-1-1.gwf") is not None


@pytest.mark.parametrize(
    ("channel", "expected"),
    [("K1:PEM-MIC", "K1"), ("H1:A", "H1"), ("temperature", "X1"), ("ETCH03:RF", "X1"), ("k1:PEM", "X1"), ("", "X1")],
)
def test_the_detector_of_a_channel(channel: str, expected: str) -> None:
    assert interferometer(channel) == expected
