"""Configuration files of the package hveto (INI), as settings of the hierarchical veto."""

import configparser
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from ... import names
from ...errors import NoDataError, UsageError, nearest
from .settings import HvetoSettings

_log = logging.getLogger(__name__)


class Number(NamedTuple):
    """A key whose value is numbers: `[section] key`, the field of HvetoSettings, how many (0: any), hveto's default."""

    name: str
    field: str
    size: int
    default: tuple[float, ...]


# Keys and defaults: documentation of hveto 2.1.9, page "Configuration".
NUMBERS = (
    Number("[hveto] snr-thresholds", "snr_thresholds", 0, (8, 10, 12, 15, 20, 50, 100, 300)),
    Number("[hveto] time-windows", "time_windows", 0, (0.1, 0.2, 0.5, 1, 2, 5)),
    Number("[hveto] minimum-significance", "minimum_significance", 1, (5,)),
    Number("[primary] snr-threshold", "primary_snr", 1, (8,)),
    Number("[primary] frequency-range", "primary_frequency", 2, (30, 2048)),
    Number("[auxiliary] frequency-range", "auxiliary_frequency", 2, (30, 2048)),
    Number("[segments] padding", "segment_padding", 2, (0, 0)),
)
WORDS = ("[primary] channel", "[auxiliary] channels", "[segments] analysis-flag", "[safety] unsafe-channels")
SEARCH = (
    "[primary] trigger-generator", "[primary] read-", "[primary] trigfind-", "[auxiliary] trigger-generator",
    "[auxiliary] read-", "[auxiliary] trigfind-", "[segments] url",
)  # fmt: skip
"""What says where hveto finds its input and how it is read: beginnings of keys."""
SELECTION = ("[primary] cluster-", "[segments] veto-definer-")
"""What changes hveto's result and has no counterpart here."""
UNSAFE = ("GDS-CALIB_STRAIN", "LDAS-STRAIN", "CAL-DELTAL_EXTERNAL_DQ", "DER_DATA_H", "h_4096Hz", "h_16384Hz")
"""Channels that hveto takes as unsafe where the file does not say."""


@dataclass(frozen=True)
class HvetoIni:
    """What a configuration file asks for.

    `primary` and `auxiliary` are channels, None where not given or empty; `settings` the fields of HvetoSettings that
    such a file decides, with hveto's defaults for what it leaves out; `analysis_flag` the name of the flag of analysed
    segments or None; `unused` and `unknown` are `[section] key` of what has no effect here.
    """

    primary: str | None
    auxiliary: tuple[str, ...] | None
    settings: Mapping[str, Any]
    analysis_flag: str | None
    unused: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def read_ini(path: Path, ifo: str | None = None) -> HvetoIni:
    """The configuration in a file, with `%(IFO)s` replaced by the detector `ifo`.

    Without `ifo` it is `ifo` of `[DEFAULT]`, else the prefix of the primary channel. Unsafe channels are a list, or the
    path of a file of them, relative to the configuration or to the working folder. Keys without effect are named in the
    log, unknown ones in a warning. Raises NoDataError where a file cannot be read, UsageError, which names section and
    key, for what is malformed.
    """
    file = _File(path, _parsed(path))
    file.choose(ifo)
    unused, unknown = _without_effect(file)
    return HvetoIni(
        file.text("[primary] channel") or None,
        _listed(file.text("[auxiliary] channels") or "") or None,
        {number.field: file.numbers(number) for number in NUMBERS} | {"unsafe": file.unsafe()},
        file.text("[segments] analysis-flag") or None,
        unused,
        unknown,
    )


@dataclass
class _File:
    """A configuration file, asked by `[section] key`."""

    path: Path
    parser: configparser.ConfigParser
    ifo: str | None = None

    def choose(self, ifo: str | None) -> None:
        """Settle the detector, which stands for `%(IFO)s` from here on."""
        primary = self.parser.get("primary", "channel", raw=True, fallback="")
        prefix = names.interferometer(primary)
        of_primary = prefix if primary.startswith(f"{prefix}:") else None
        self.ifo = ifo or self.parser.defaults().get("ifo") or of_primary
        if self.ifo:
            self.parser["DEFAULT"]["ifo"] = self.ifo

    @property
    def keys(self) -> list[str]:
        """Everything that the file says, as `[section] key`."""
        common = self.parser.defaults()
        return [f"[{part}] {key}" for part in self.parser.sections() for key in self.parser[part] if key not in common]

    def text(self, name: str) -> str | None:
        """The value of a key without blanks around it; None where it is not given."""
        section, key = name[1:].split("] ")
        try:
            value = self.parser.get(section, key, fallback=None)
        except configparser.InterpolationMissingOptionError as problem:
            hint = "name the detector, such as K1" if problem.reference == "ifo" else ""
            raise UsageError(f"{self.path}: {name}: nothing is known of %({problem.reference})s", hint) from problem
        except configparser.InterpolationError as problem:
            reason = " ".join(str(problem).split())
            raise UsageError(f"{self.path}: {name}: {reason}", "write %% for a %") from problem
        return None if value is None else value.strip()

    def numbers(self, number: Number) -> float | tuple[float, ...]:
        """The value of a key of numbers."""
        text = self.text(number.name)
        try:
            values = number.default if text is None else tuple(map(float, text.split(",")))
        except ValueError:
            values = ()
        if not values or number.size not in (0, len(values)):
            expected = {
                0: "numbers, with commas between them",
                1: "a number",
                2: "two numbers, with a comma between them",
            }
            raise self.malformed(number.name, expected[number.size], text)
        value = values[0] if number.size == 1 else values
        try:
            HvetoSettings(**{number.field: value})  # type: ignore[arg-type]
        except ValueError as problem:
            raise UsageError(f"{self.path}: {number.name}: {problem}") from problem
        return value

    def unsafe(self) -> tuple[str, ...]:
        """The unsafe channels; where the file does not say, those of hveto, of every detector if none is known."""
        text = self.text("[safety] unsafe-channels")
        if text is None:
            return tuple(f"{self.ifo or '*'}:{name}" for name in UNSAFE)
        listed = _listed(text)
        if len(listed) > 1 or not (file := self.beside(text)):
            return listed
        lines = _listed(_read(file).replace("%(IFO)s", self.ifo or "*"))
        return tuple(name if ":" in name else f"{self.ifo or '*'}:{name}" for name in lines)

    def beside(self, name: str) -> Path | None:
        """The file of that name, relative to this one or to the working folder; None for what is no name of a file."""
        for path in (self.path.parent / name, Path(name)):
            with suppress(OSError):  # too long for a name
                if path.is_file():
                    return path
        if "/" in name or name.endswith((".txt", ".csv", ".list", ".lst", ".dat")):
            raise NoDataError(f"{self.path}: there is no file {name}", "give the path relative to the configuration")
        return None

    def malformed(self, name: str, expected: str, got: object) -> UsageError:
        """The error that names a key, what was expected of it and what was got."""
        return UsageError(f"{self.path}: {name}: expected {expected}, got {got or 'nothing'}")


def _parsed(path: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    try:
        parser.read_string(_read(path), str(path))
    except configparser.Error as problem:
        raise UsageError(f"{path} is not an INI file: {' '.join(str(problem).split())}") from problem
    return parser


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        raise NoDataError(f"cannot read the configuration {path}: {problem}") from problem


def _listed(text: str) -> tuple[str, ...]:
    """The names in a text of one a line, each once; `#` and `;` begin a comment line."""
    words = (
        word.strip()
        for line in text.splitlines()
        if not line.strip().startswith(("#", ";"))
        for word in line.split(",")
    )
    return tuple(dict.fromkeys(filter(None, words)))


def _without_effect(file: _File) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The keys that have no counterpart here and those that hveto does not know; the log names both."""
    used = {*WORDS, *(number.name for number in NUMBERS)}
    search, selection = ([key for key in file.keys if key.startswith(known)] for known in (SEARCH, SELECTION))
    unknown = [key for key in file.keys if key not in {*used, *search, *selection}]
    if search:
        _log.info("%s: without effect here: %s", file.path, ", ".join(search))
    for key in selection:
        _log.warning("%s: %s is left out: what it selects is not selected here", file.path, key)
    for key in unknown:
        _log.warning("%s: unknown key %s is left out; %s", file.path, key, nearest(key, used))
    return (*search, *selection), tuple(unknown)
