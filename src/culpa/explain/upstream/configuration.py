"""What hveto is told: its INI file, its caches, the analysed segments."""

from collections.abc import Sequence
from configparser import ConfigParser, Error
from pathlib import Path

from ...errors import NoDataError, UsageError
from ...names import interferometer, parse
from ...types import Segments
from ..hveto.settings import HvetoSettings

OURS = ("read-", "trigfind-", "veto-definer-")
"""Beginnings of options of a user's file that say where triggers and segments come from: here they are given."""


def flag(primary: str) -> str:
    """The name of the analysed segments."""
    return f"{interferometer(primary)}:CULPA-LIVE:1"


def make_ini(primary: str, auxiliary: Sequence[str], settings: HvetoSettings, ini: Path | None) -> ConfigParser:
    """The configuration for hveto; what `ini` says beyond the settings is kept.

    Raises UsageError for settings that hveto has not, for channels whose names it cannot take, and for a damaged file.
    """
    _check(primary, auxiliary, settings)
    ours = {
        "hveto": {
            "snr-thresholds": _list(settings.snr_thresholds),
            "time-windows": _list(settings.time_windows),
            "minimum-significance": repr(settings.minimum_significance),
        },
        "primary": {
            "channel": primary,
            "trigger-generator": "omicron",
            "snr-threshold": repr(settings.primary_snr),
            "frequency-range": _list(settings.primary_frequency),
        },
        "auxiliary": {
            "trigger-generator": "omicron",
            "frequency-range": _list(settings.auxiliary_frequency),
            "channels": "\n" + "\n".join(auxiliary),
        },
        "segments": {"analysis-flag": flag(primary), "padding": "0, 0"},
    }
    result = _read(ini)
    for section in result.sections():
        for option in result.options(section):
            if option.startswith(OURS):
                result.remove_option(section, option)
    result.read_dict(ours)
    return result


def write_inputs(
    folder: Path, primary_files: Sequence[Path], auxiliary_files: Sequence[Path], live: Segments, name: str
) -> list[str]:
    """Caches of the files and the segments, in a folder; the arguments that name them.

    The caches list links, as hveto cannot read a path with a blank in it. Raises UsageError for a file whose name has
    no span, NoDataError where there is no live time.
    """
    if not live:
        raise NoDataError("there is no live time to analyse")
    primary = _write_cache(folder / "primary", primary_files)
    auxiliary = _write_cache(folder / "auxiliary", auxiliary_files)
    segments = folder / "segments.h5"
    _write_segments(segments, live, name)
    return ["-p", str(primary), "-a", str(auxiliary), "-S", str(segments)]


def _check(primary: str, auxiliary: Sequence[str], settings: HvetoSettings) -> None:
    if any(settings.padding):
        raise UsageError("--engine upstream cannot pad veto segments", "leave padding out, or use --engine native")
    if not auxiliary:
        raise NoDataError("there is no auxiliary channel to analyse")
    for channel in (primary, *auxiliary):
        if not channel.startswith(f"{interferometer(channel)}:"):
            hint = "use --engine native, or a name such as K1:PEM-MIC_1"
            raise UsageError(f"--engine upstream needs channels with a detector, got {channel!r}", hint)


def _read(ini: Path | None) -> ConfigParser:
    result = ConfigParser(interpolation=None)  # %(IFO)s stays for hveto
    if ini is not None:
        try:
            result.read_string(ini.read_text(), str(ini))
        except (OSError, Error, UnicodeDecodeError) as problem:
            raise UsageError(f"cannot read {ini}: {problem}", "expected a configuration file of hveto") from problem
    return result


def _list(values: Sequence[float]) -> str:
    return ", ".join(repr(value) for value in values)


def _write_cache(folder: Path, files: Sequence[Path]) -> Path:
    links = []
    for number, file in enumerate(dict.fromkeys(path.resolve() for path in files)):
        if parse(file) is None:
            hint = "name it like K1-PEM_MIC_1_OMICRON-1262304000-3600.h5, or use --engine native"
            raise UsageError(f"--engine upstream finds the span of a file in its name, which {file} has not", hint)
        link = folder / str(number) / file.name
        link.parent.mkdir(parents=True)
        link.symlink_to(file)
        links.append(link)
    cache = folder.with_suffix(".lcf")
    cache.write_text("".join(f"{link}\n" for link in links))
    return cache


def _write_segments(path: Path, live: Segments, name: str) -> None:
    from gwpy.segments import DataQualityDict, DataQualityFlag

    known = [(live.bounds[0][0], live.bounds[-1][1])]
    DataQualityDict({name: DataQualityFlag(name, active=list(live), known=known)}).write(str(path))
