"""Configuration files of the package hveto: what they say and what is wrong in them."""

import contextlib
import dataclasses
import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from culpa.errors import NoDataError, UsageError
from culpa.explain.hveto.ini import UNSAFE, HvetoIni, read_ini
from culpa.explain.hveto.settings import HvetoSettings

# As KAGRA ran it in O3GK, with fewer channels.
KAGRA = """\
# 19 thresholds, 9 windows
[hveto]
snr-thresholds = 6, 6.5, 7, 7.5, 8, 8.5, 9, 9.5, 10, 11, 12, 15, 20, 30, 40, 50, 100, 200, 300
time-windows = .01, .02, .05, .1, .2, .4, .6, .8, 1.
minimum-significance = 5

[primary]
channel = %(IFO)s:DAC-STRAIN_C20
trigger-generator = omicron
snr-threshold = 8
frequency-range = 10., 1000.
read-format = ligolw
read-tablename = sngl_burst
read-columns = peak, peak_frequency, snr

[auxiliary]
trigger-generator = omicron
; the whole band
frequency-range = 4, 8192
read-format = ligolw
channels =
\t%(IFO)s:PEM-MIC_BOOTH_OUT_DQ
\t; a comment in the list
\t%(IFO)s:VIS-ETMX_TM_OPLEV_PIT_DQ

\t%(IFO)s:PEM-MIC_BOOTH_OUT_DQ
\tV1:ENV_MIC

[segments]
url = https://segments.example.org
analysis-flag = %(IFO)s:GRD-LSC_LOCK_OK:1
padding = 2, -32

[safety]
unsafe-channels =
\t%(IFO)s:CAL-CS_PROC_DARM_STRAIN
\t%(IFO)s:LSC-DARM_OUT
"""

# As upstream's documentation has it, with a veto definer.
DOCUMENTED = """\
[hveto]
snr-thresholds = 7.75, 8, 8.5, 9, 10, 11, 12, 15, 20, 40, 100, 300
time-windows = .1, .2, .4, .8, 1
minimum-significance = 5
[primary]
channel = %(IFO)s:GDS-CALIB_STRAIN
trigger-generator = omicron
trigfind-run = 1
snr-threshold = 6
frequency-range = 0, 2048.
[auxiliary]
frequency-range = 0, 2048
[segments]
padding = 0, 0
veto-definer-file = /vetoes/H1.xml
veto-definer-categories = 1, 2
"""


def read(tmp_path: Path, text: str, ifo: str | None = None) -> HvetoIni:
    path = tmp_path / "hveto.ini"
    path.write_text(text, encoding="utf-8")
    return read_ini(path, ifo)


def test_the_configuration_of_kagra(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        ini = read(tmp_path, KAGRA, "K1")
    assert ini.primary == "K1:DAC-STRAIN_C20"
    assert ini.auxiliary == ("K1:PEM-MIC_BOOTH_OUT_DQ", "K1:VIS-ETMX_TM_OPLEV_PIT_DQ", "V1:ENV_MIC")
    assert ini.analysis_flag == "K1:GRD-LSC_LOCK_OK:1"
    assert dataclasses.replace(HvetoSettings(seed=3), **ini.settings) == HvetoSettings(
        snr_thresholds=(6, 6.5, 7, 7.5, 8, 8.5, 9, 9.5, 10, 11, 12, 15, 20, 30, 40, 50, 100, 200, 300),
        time_windows=(0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1),
        minimum_significance=5,
        primary_snr=8,
        primary_frequency=(10, 1000),
        auxiliary_frequency=(4, 8192),
        segment_padding=(2, -32),
        unsafe=("K1:CAL-CS_PROC_DARM_STRAIN", "K1:LSC-DARM_OUT"),
        seed=3,
    )
    assert ini.unknown == ()
    assert ini.unused == (
        "[primary] trigger-generator", "[primary] read-format", "[primary] read-tablename", "[primary] read-columns",
        "[auxiliary] trigger-generator", "[auxiliary] read-format", "[segments] url",
    )  # fmt: skip
    (record,) = caplog.records
    assert record.levelno == logging.INFO
    assert "without effect here: [primary] trigger-generator, [primary] read-format" in record.message


def test_the_example_of_the_documentation(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    ini = read(tmp_path, DOCUMENTED, "H1")
    assert (ini.primary, ini.auxiliary, ini.analysis_flag) == ("H1:GDS-CALIB_STRAIN", None, None)
    assert ini.settings["snr_thresholds"] == (7.75, 8, 8.5, 9, 10, 11, 12, 15, 20, 40, 100, 300)
    assert ini.settings["time_windows"] == (0.1, 0.2, 0.4, 0.8, 1)
    assert (ini.settings["primary_snr"], ini.settings["primary_frequency"]) == (6, (0, 2048))
    assert ini.settings["unsafe"] == tuple(f"H1:{name}" for name in UNSAFE)
    assert ini.unused[-2:] == ("[segments] veto-definer-file", "[segments] veto-definer-categories")
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 2
    assert caplog.messages[0].endswith("[segments] veto-definer-file is left out: what it selects is not selected here")


def test_what_is_left_out_is_as_hveto_has_it(tmp_path: Path) -> None:
    ini = read(tmp_path, "")
    assert (ini.primary, ini.auxiliary, ini.analysis_flag, ini.unused, ini.unknown) == (None, None, None, (), ())
    assert ini.settings == {
        "snr_thresholds": (8, 10, 12, 15, 20, 50, 100, 300),
        "time_windows": (0.1, 0.2, 0.5, 1, 2, 5),
        "minimum_significance": 5,
        "primary_snr": 8,
        "primary_frequency": (30, 2048),
        "auxiliary_frequency": (30, 2048),
        "segment_padding": (0, 0),
        "unsafe": (
            "*:GDS-CALIB_STRAIN", "*:LDAS-STRAIN", "*:CAL-DELTAL_EXTERNAL_DQ", "*:DER_DATA_H", "*:h_4096Hz",
            "*:h_16384Hz",
        ),
    }  # fmt: skip
    HvetoSettings(**ini.settings)


ASK = """
from hveto.config import HvetoConfigParser
import json
ini = HvetoConfigParser(ifo="K1")
pairs = [(section, key) for section in ini.sections() for key in ini.options(section)]
print(json.dumps({f"{section} {key}": ini.get(section, key) for section, key in pairs}))
"""


def test_hveto_itself_has_these_defaults(tmp_path: Path) -> None:
    """Where hveto is installed; in a process of its own, as importing it changes matplotlib's scales."""
    asked = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=False)
    if "No module named 'hveto'" in asked.stderr:
        pytest.skip("hveto is not installed")
    theirs = json.loads(asked.stdout)
    ours = read(tmp_path, "", "K1").settings

    def numbers(name: str) -> tuple[float, ...]:
        return tuple(map(float, theirs[name].split(",")))

    assert numbers("hveto snr-thresholds") == ours["snr_thresholds"]
    assert numbers("hveto time-windows") == ours["time_windows"]
    assert numbers("hveto minimum-significance") == (ours["minimum_significance"],)
    assert numbers("primary snr-threshold") == (ours["primary_snr"],)
    assert numbers("primary frequency-range") == ours["primary_frequency"]
    assert numbers("auxiliary frequency-range") == ours["auxiliary_frequency"]
    assert numbers("segments padding") == ours["segment_padding"]
    assert tuple(theirs["safety unsafe-channels"].split("\n")) == ours["unsafe"]


@pytest.mark.parametrize(
    ("text", "ifo", "flag"),
    [
        ("[primary]\nchannel = K1:A-B\n", None, "K1:X:1"),
        ("[primary]\nchannel = K1:A-B\n", "H1", "H1:X:1"),
        ("[DEFAULT]\nIFO = L1\n[primary]\nchannel = %(IFO)s:A-B\n", None, "L1:X:1"),
        ("[DEFAULT]\nIFO = L1\n[primary]\nchannel = %(IFO)s:A-B\n", "H1", "H1:X:1"),
        ("[DEFAULT]\nsite = K1\n[primary]\nchannel = %(site)s:A-B\n", "K1", "K1:X:1"),
    ],
)
def test_the_detector(tmp_path: Path, text: str, ifo: str | None, flag: str) -> None:
    ini = read(tmp_path, f"{text}[segments]\nanalysis-flag = %(IFO)s:X:1\n", ifo)
    assert ini.analysis_flag == flag
    assert str(ini.settings["unsafe"][0]) == f"{flag[:2]}:GDS-CALIB_STRAIN"
    assert ini.unknown == ()


def test_a_detector_that_nobody_names(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path, "[primary]\nchannel = %(IFO)s:A-B\n")
    assert caught.value.message == f"{tmp_path / 'hveto.ini'}: [primary] channel: nothing is known of %(ifo)s"
    assert caught.value.hint == "name the detector, such as K1"


def test_names_without_a_prefix_are_no_detector(tmp_path: Path) -> None:
    assert read(tmp_path, "[primary]\nchannel = chamber:pressure\n").settings["unsafe"][0] == "*:GDS-CALIB_STRAIN"


@pytest.mark.parametrize(
    ("text", "unsafe"),
    [
        ("K1:A-B", ("K1:A-B",)),
        ("%(IFO)s:A-*, K1:C", ("K1:A-*", "K1:C")),
        ("\n  K1:A\n\n  K1:B\n  K1:A", ("K1:A", "K1:B")),
        ("", ()),
        ("\n\n", ()),
        ("A-B", ("A-B",)),
    ],
)
def test_unsafe_channels(tmp_path: Path, text: str, unsafe: tuple[str, ...]) -> None:
    assert read(tmp_path, f"[safety]\nunsafe-channels = {text}\n", "K1").settings["unsafe"] == unsafe


def test_a_file_of_unsafe_channels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "lists"
    folder.mkdir()
    (folder / "unsafe.txt").write_text("# from injections\n%(IFO)s:A-B\nC-D\n\nH1:E-F\nK1:G_100%\n")
    (folder / "unsafe").write_text("K1:X\n")
    expected = ("K1:A-B", "K1:C-D", "H1:E-F", "K1:G_100%")
    for name in ("lists/unsafe.txt", str(folder / "unsafe.txt")):
        assert read(tmp_path, f"[safety]\nunsafe-channels = {name}\n", "K1").settings["unsafe"] == expected
    monkeypatch.chdir(folder)
    assert read(tmp_path, "[safety]\nunsafe-channels = unsafe.txt\n", "K1").settings["unsafe"] == expected
    assert read(tmp_path, "[safety]\nunsafe-channels = unsafe\n", "K1").settings["unsafe"] == ("K1:X",)
    assert read(tmp_path, "[safety]\nunsafe-channels = unsafe.txt\n").settings["unsafe"][:2] == ("*:A-B", "*:C-D")


@pytest.mark.parametrize("name", ["unsafe.txt", "lists/unsafe", "/none/unsafe"])
def test_a_missing_file_of_unsafe_channels_is_not_a_channel(tmp_path: Path, name: str) -> None:
    with pytest.raises(NoDataError, match=f"there is no file {name}"):
        read(tmp_path, f"[safety]\nunsafe-channels = {name}\n", "K1")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[hveto]\nsnr-thresholds = 8, x",
            "[hveto] snr-thresholds: expected numbers, with commas between them, got 8, x",
        ),
        (
            "[hveto]\nsnr-thresholds =",
            "[hveto] snr-thresholds: expected numbers, with commas between them, got nothing",
        ),
        ("[hveto]\nsnr-thresholds = 8 10", "[hveto] snr-thresholds: expected numbers, with commas"),
        ("[hveto]\ntime-windows = 0.1, -1", "[hveto] time-windows: time_windows: expected "),
        ("[hveto]\ntime-windows = nan", "[hveto] time-windows: time_windows: expected "),
        ("[hveto]\nminimum-significance = 5, 6", "[hveto] minimum-significance: expected a number, got 5, 6"),
        ("[hveto]\nminimum-significance = -5", "[hveto] minimum-significance: minimum_significance: expected "),
        ("[primary]\nsnr-threshold = loud", "[primary] snr-threshold: expected a number, got loud"),
        ("[primary]\nfrequency-range = 10", "[primary] frequency-range: expected two numbers, with a comma"),
        ("[primary]\nfrequency-range = 100, 10", "[primary] frequency-range: primary_frequency: expected "),
        ("[auxiliary]\nfrequency-range = 0, 1, 2", "[auxiliary] frequency-range: expected two numbers, with a comma"),
        (
            "[segments]\npadding = 2 -32",
            "[segments] padding: expected two numbers, with a comma between them, got 2 -32",
        ),
        ("[segments]\npadding = 2, inf", "[segments] padding: segment_padding: expected "),
        ("[segments]\nanalysis-flag = 100%", "[segments] analysis-flag: '%' must be followed by"),
        ("[primary]\nchannel = %(site)s:A", "[primary] channel: nothing is known of %(site)s"),
    ],
)
def test_what_is_malformed_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path, f"{text}\n")
    assert caught.value.message.startswith(f"{tmp_path / 'hveto.ini'}: {message}")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("snr-thresholds = 8\n", "no section headers"),
        ("[hveto\n", "no section headers"),
        ("[hveto]\nwords\n", "contains parsing errors"),
        ("[hveto]\n[hveto]\n", "already exists"),
        ("[hveto]\ntime-windows = 1\ntime-windows = 2\n", "already exists"),
        ("[auxiliary]\nchannels =\nK1:A\nK1:B\n", "already exists"),  # hveto's lists must be indented
    ],
)
def test_what_is_no_ini_file(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(UsageError, match=f"is not an INI file: .*{reason}") as caught:
        read(tmp_path, text)
    assert "\n" not in caught.value.message


def test_unknown_keys_are_named_and_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    ini = read(tmp_path, "[hveto]\nsnr-threshold = 9\n[Primary]\nchannel = K1:A\n[lock]\nx = 1\n")
    assert ini.unknown == ("[hveto] snr-threshold", "[Primary] channel", "[lock] x")
    assert ini.primary is None
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 3
    assert "unknown key [hveto] snr-threshold is left out; did you mean [hveto] snr-thresholds" in caplog.messages[0]


def test_clustering_of_primaries_is_said_to_be_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    ini = read(tmp_path, "[primary]\ncluster-window = 0.1\n")
    assert ini.unused == ("[primary] cluster-window",)
    assert "[primary] cluster-window is left out" in caplog.text


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    binary = tmp_path / "binary.ini"
    binary.write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "none.ini", tmp_path, binary):
        with pytest.raises(NoDataError, match=f"cannot read the configuration {path}"):
            read_ini(path)


def test_empty_values_are_not_given(tmp_path: Path) -> None:
    ini = read(tmp_path, "[primary]\nchannel =\n[auxiliary]\nchannels =\n[segments]\nanalysis-flag =\n")
    assert (ini.primary, ini.auxiliary, ini.analysis_flag) == (None, None, None)


@given(st.text(max_size=200))
@settings(max_examples=100, deadline=None)
def test_any_text_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    with contextlib.suppress(UsageError, NoDataError):
        read(tmp_path_factory.getbasetemp(), f"[hveto]\n{text}\n[safety]\nunsafe-channels = {text}\n", "K1")
