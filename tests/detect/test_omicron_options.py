"""Omicron option files: what they say, and what culpa says in them."""

import dataclasses
import logging
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from culpa.detect.omicron_options import UNUSED, USED, OmicronOptions, read_options, write_options
from culpa.detect.settings import SearchSettings
from culpa.errors import NoDataError, UsageError

FULL = """\
// everything, in the order of nothing
PARAMETER\tTIMING\t\t32\t2      // window, overlap
PARAMETER  FREQUENCYRANGE 12 900
parameter  qrange 3.5 64
PARAMETER  MISMATCHMAX 0.3
PARAMETER  SNRTHRESHOLD 6.5 9
PARAMETER  PSDLENGTH 128
PARAMETER  CLUSTERING TIME
PARAMETER  CLUSTERDT 0.2
PARAMETER  TRIGGERRATEMAX 10000

# data
DATA FFL /frames/raw.ffl 3 10
DATA CHANNELS K1:PEM-* K1:CAL-X
DATA CHANNELS V1:LSC_DARM
DATA BLACKLISTEDCHANNELS K1:PEM-MIC*
DATA SAMPLEFREQUENCY 2048
OUTPUT DIRECTORY /results//here
OUTPUT PRODUCTS triggers html
OUTPUT FORMAT xml hdf5 png
"""


def read(tmp_path: Path, text: str) -> OmicronOptions:
    path = tmp_path / "options.txt"
    path.write_text(text, encoding="utf-8")
    return read_options(path)


def test_every_keyword_is_followed(tmp_path: Path) -> None:
    options = read(tmp_path, FULL)
    assert options.settings == SearchSettings(
        segment=32, overlap=2, qmin=3.5, qmax=64, mismatch=0.3, snr=6.5, fmin=12, fmax=900, sample_rate=2048,
        psd_length=128, cluster=0.2, max_rate=10000,
    )  # fmt: skip
    assert options.source == Path("/frames/raw.ffl")
    assert options.channels == ("K1:PEM-*", "K1:CAL-X", "V1:LSC_DARM")
    assert options.blacklisted == ("K1:PEM-MIC*",)
    assert options.output == Path("/results/here")
    assert options.formats == ("xml", "hdf5")
    assert options.unused == ((19, "OUTPUT PRODUCTS"),)
    assert options.unknown == ()


def test_what_is_left_out_is_as_omicron_has_it(tmp_path: Path) -> None:
    options = read(tmp_path, "")
    assert options.settings == SearchSettings(
        segment=64, overlap=4, qmin=4, qmax=100, mismatch=0.25, snr=7, fmin=2, fmax=None, sample_rate=None,
        psd_length=60, cluster=0, max_rate=5000,
    )  # fmt: skip
    assert (options.source, options.output, options.channels, options.formats) == (None, None, (), ("root",))


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("PARAMETER CHUNKDURATION 124", "psd_length", 124),
        ("PARAMETER SEGMENTDURATION 32", "segment", 32),
        ("PARAMETER OVERLAPDURATION 8", "overlap", 8),
        ("PARAMETER SEGMENTDURATION 32\nPARAMETER TIMING 16 2", "segment", 16),
        ("PARAMETER TIMING 16 2\nPARAMETER TIMING 32 2", "segment", 32),
        ("PARAMETER TIMING 128 4", "psd_length", 124),
        ("PARAMETER TIMING 4 2", "psd_length", 16),  # 2 s are no spectrum
        ("PARAMETER FREQUENCYRANGE 1 100", "psd_resolution", 0.5),
        ("PARAMETER FREQUENCYRANGE 0.3 100", "psd_resolution", 0.125),  # the power of two above 1/0.3 is 4
        ("PARAMETER CLUSTERING time", "cluster", 0.1),
        ("PARAMETER CLUSTERING none\nPARAMETER CLUSTERDT 0.5", "cluster", 0),
        ("PARAMETER CLUSTERDT 0.5", "cluster", 0),
        ("DATA SAMPLEFREQUENCY 1024\nPARAMETER FREQUENCYRANGE 10 512", "fmax", None),
        ("PARAMETER SNRTHRESHOLD 5", "snr", 5),
    ],
)
def test_older_names_and_dependent_defaults(tmp_path: Path, text: str, field: str, value: float | None) -> None:
    assert getattr(read(tmp_path, text).settings, field) == value


def test_a_lal_cache_is_a_source_too(tmp_path: Path) -> None:
    assert read(tmp_path, "DATA LCF raw.lcf").source == Path("raw.lcf")


def test_blacklisted_channels_are_left_out_by_pattern(tmp_path: Path) -> None:
    options = read(tmp_path, FULL)
    assert options.wanted(["K1:PEM-MIC_A", "K1:PEM-ACC_A", "K1:CAL-X"]) == ["K1:PEM-ACC_A", "K1:CAL-X"]


def test_only_graphics_means_the_default_format_for_triggers(tmp_path: Path) -> None:
    assert read(tmp_path, "OUTPUT FORMAT png svg").formats == ("root",)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("PARAMETER QRANGE abc", "PARAMETER QRANGE: expected lowest and highest Q, got abc"),
        ("PARAMETER QRANGE 4", "expected lowest and highest Q, got 4"),
        ("PARAMETER QRANGE 4 100 200", "expected lowest and highest Q, got 4 100 200"),
        ("PARAMETER QRANGE 4 nan", "expected lowest and highest Q, got 4 nan"),
        ("PARAMETER TIMING", "PARAMETER TIMING: expected window and overlap in s, got nothing"),
        ("PARAMETER SNRTHRESHOLD 5 6 7", "expected an SNR, or two, got 5 6 7"),
        ("PARAMETER CLUSTERING SPACE", "expected none or TIME, got SPACE"),
        ("PARAMETER CHUNKDURATION long", "PARAMETER CHUNKDURATION: expected a length in s, got long"),
        ("DATA SAMPLEFREQUENCY 2 kHz", "expected a rate in Hz, got 2 kHz"),
        ("DATA FFL", "DATA FFL: expected the path of a list of files, got nothing"),
        ("OUTPUT DIRECTORY // none", "OUTPUT DIRECTORY: expected the path of a folder, got nothing"),
        ("OUTPUT FORMAT rot", r"expected one or more of root, hdf5, xml \(or of graphics\), got rot"),
        ("PARAMETER", "expected TAG KEYWORD PARAMETERS, got 'PARAMETER'"),
    ],
)
def test_a_malformed_value_is_named_with_its_line(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(UsageError, match=rf"line 3 of .*options\.txt: .*{message}$"):
        read(tmp_path, f"// a comment\n\n{line}\n")


def test_values_that_contradict_each_other_name_the_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"options\.txt: segment: expected a power of two"):
        read(tmp_path, "PARAMETER TIMING 60 4")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NoDataError, match=r"cannot read the option file .*none\.txt"):
        read_options(tmp_path / "none.txt")


def test_unknown_keywords_are_named_with_the_nearest_known_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    options = read(tmp_path, "PARAMETER TIMING 64 4\nPARAMETER QRANG 4 100\nPARAMTER QRANGE 4 8\n")
    assert options.unknown == ((2, "PARAMETER QRANG"), (3, "PARAMTER QRANGE"))
    assert options.settings.qmax == 100
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == 2
    assert "line 2 of" in warnings[0]
    assert "unknown keyword PARAMETER QRANG is left out; did you mean QRANGE" in warnings[0]
    assert "unknown keyword PARAMTER QRANGE is left out; did you mean PARAMETER?" in warnings[1]


def test_keywords_without_use_are_listed_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    text = "OUTPUT STYLE FIRE\nOUTPUT NOLOGO 1\nPARAMETER FFTPLAN FFTW_PATIENT\nOUTPUT STYLE PINK\nINJECTION SG 1\n"
    options = read(tmp_path, text)
    assert len(options.unused) == 5
    (record,) = caplog.records
    assert record.levelno == logging.INFO
    assert record.getMessage().endswith(
        "without effect here: OUTPUT STYLE, OUTPUT NOLOGO, PARAMETER FFTPLAN, INJECTION SG"
    )


def test_no_keyword_is_both_used_and_not() -> None:
    assert not {*USED} & {*UNUSED}


def test_each_keyword_stands_in_the_docs() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "omicron.md").read_text(encoding="utf-8")
    assert [name for name in (*USED, *UNUSED) if f"`{name}`" not in page] == []


@st.composite
def searches(draw: st.DrawFn) -> SearchSettings:
    segment = 2 ** draw(st.integers(2, 8))
    rate = 2 ** draw(st.integers(6, 15))
    fmin = draw(st.floats(1.0, rate / 4))
    qmin = draw(st.floats(3.32, 50))
    return SearchSettings(
        segment=segment,
        overlap=draw(st.integers(1, segment // 2)),
        qmin=qmin,
        qmax=draw(st.floats(qmin, 200)),
        mismatch=draw(st.floats(0.01, 0.9)),
        snr=draw(st.floats(1, 50)),
        fmin=fmin,
        fmax=draw(st.none() | st.floats(fmin, rate / 2, exclude_min=True, exclude_max=True)),
        sample_rate=rate,
        psd_length=draw(st.integers(16, 4096)),
        cluster=draw(st.just(0.0) | st.floats(0.001, 2)),
        max_rate=draw(st.floats(1, 1e6)),
    )


@settings(max_examples=100, deadline=None)
@given(searches())
def test_what_is_written_is_read_back(tmp_path_factory: pytest.TempPathFactory, search: SearchSettings) -> None:
    path = tmp_path_factory.getbasetemp() / "round-trip.txt"
    path.write_text(write_options(search, Path("/a/raw.ffl"), ["K1:A-B", "K1:C"], Path("/out")), encoding="utf-8")
    options = read_options(path)
    assert options.settings == search
    assert (options.source, options.output) == (Path("/a/raw.ffl"), Path("/out"))
    assert (options.channels, options.formats) == (("K1:A-B", "K1:C"), ("root",))
    assert (options.unused, options.unknown) == ((), ())


def test_the_text_is_what_omicron_expects() -> None:
    search = SearchSettings(sample_rate=4096, psd_length=128)
    assert write_options(search, Path("/d/raw.ffl"), ["K1:A-B", "K1:C-D"], Path("/o")).splitlines() == [
        "DATA FFL /d/raw.ffl",
        "DATA SAMPLEFREQUENCY 4096",
        "DATA CHANNELS K1:A-B K1:C-D",
        "PARAMETER TIMING 64 4",
        "PARAMETER FREQUENCYRANGE 10 2048",
        "PARAMETER QRANGE 4 100",
        "PARAMETER MISMATCHMAX 0.2",
        "PARAMETER SNRTHRESHOLD 6",
        "PARAMETER PSDLENGTH 128",
        "PARAMETER CLUSTERING TIME",
        "PARAMETER CLUSTERDT 0.1",
        "PARAMETER TRIGGERRATEMAX 20000",
        "OUTPUT DIRECTORY /o",
        "OUTPUT PRODUCTS triggers",
        "OUTPUT FORMAT root",
    ]


@pytest.mark.parametrize(
    ("changes", "folder", "message"),
    [
        ({"sample_rate": None}, "/o", "a sampling rate that is a power of two, got 0 Hz"),
        ({"sample_rate": 1000.0}, "/o", "a sampling rate that is a power of two, got 1000 Hz"),
        ({"overlap": 2.5}, "/o", "whole seconds, got overlap = 2.5"),
        ({"psd_length": 100.5}, "/o", "whole seconds, got psd_length = 100.5"),
        ({}, "/my results", "cannot name '/my results'"),
    ],
)
def test_what_omicron_cannot_be_told_is_an_error(changes: dict[str, float | None], folder: str, message: str) -> None:
    search = dataclasses.replace(SearchSettings(sample_rate=4096), **changes)
    with pytest.raises(UsageError, match=message):
        write_options(search, Path("/d/raw.ffl"), ["K1:A-B"], Path(folder))
