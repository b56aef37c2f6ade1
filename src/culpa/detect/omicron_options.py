"""Omicron option files: one line `TAG KEYWORD PARAMETERS` for each thing that the program is told."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from math import ceil, log2
from pathlib import Path

from ..errors import NoDataError, UsageError, nearest
from .option_lines import Line, Lines, parse
from .settings import SearchSettings

# Keywords and defaults: F. Robinet, documentation of Omicron 4, page "Omicron options"; the older ones: pyomicron.
USED = (
    "OUTPUT DIRECTORY", "OUTPUT FORMAT", "DATA FFL", "DATA LCF", "DATA SAMPLEFREQUENCY", "DATA CHANNELS",
    "DATA BLACKLISTEDCHANNELS", "PARAMETER TIMING", "PARAMETER FREQUENCYRANGE", "PARAMETER QRANGE",
    "PARAMETER MISMATCHMAX", "PARAMETER SNRTHRESHOLD", "PARAMETER PSDLENGTH", "PARAMETER CLUSTERING",
    "PARAMETER CLUSTERDT", "PARAMETER TRIGGERRATEMAX", "PARAMETER CHUNKDURATION", "PARAMETER SEGMENTDURATION",
    "PARAMETER OVERLAPDURATION",
)  # fmt: skip
"""What the trigger search follows."""
UNUSED = (
    "OUTPUT PRODUCTS", "OUTPUT VERBOSITY", "OUTPUT STYLE", "OUTPUT NOLOGO", "OUTPUT PLOTDIMENSIONS",
    "DATA TRIGGERBUFFERSIZE", "PARAMETER HIGHPASS", "PARAMETER WINDOWS", "PARAMETER MAPLOGSCALE", "PARAMETER MAPVRANGE",
    "PARAMETER FFTPLAN", "PARAMETER CHIRP", "INJECTION CHANNELS", "INJECTION FACTORS", "INJECTION FFL", "INJECTION LCF",
    "INJECTION FILENAME", "INJECTION SG", "INJECTION SGTIME", "INJECTION SGFREQUENCY", "INJECTION SGQ",
    "INJECTION SGAMPLITUDE",
)  # fmt: skip
"""What Omicron knows and the search has no use for: plots, injections, how it computes."""

FORMATS = ("root", "hdf5", "xml")
"""Formats of trigger files, of Omicron and of culpa."""
GRAPHICS = ("svg", "gif", "pdf", "png", "eps", "ps", "jpg", "jpeg", "tiff", "tex", "xpm", "c")
"""Formats of Omicron's plots."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OmicronOptions:
    """What an option file asks for.

    `source` is an FFL or LAL cache, `output` a folder, both as written and None where not given; `channels` and
    `blacklisted` are names or patterns; `unused` and `unknown` are (line, `TAG KEYWORD`) of what had no effect.
    """

    settings: SearchSettings
    source: Path | None = None
    channels: tuple[str, ...] = ()
    blacklisted: tuple[str, ...] = ()
    output: Path | None = None
    formats: tuple[str, ...] = ("root",)
    unused: tuple[tuple[int, str], ...] = ()
    unknown: tuple[tuple[int, str], ...] = ()

    def wanted(self, channels: Iterable[str]) -> list[str]:
        """Those of the channels that are not blacklisted."""
        return [name for name in channels if not any(fnmatchcase(name, pattern) for pattern in self.blacklisted)]


def read_options(path: Path) -> OmicronOptions:
    """The options in a file; what it leaves out is as Omicron has it by default, not as culpa has it.

    `//` or `#` before a word begins a comment; a keyword given twice counts as given last, except lists of channels,
    which add up. Keywords without effect are named in the log, unknown ones in a warning. Raises NoDataError where the
    file cannot be read, UsageError for a malformed value (with its line) and for values that contradict each other.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise NoDataError(f"cannot read the option file {path}: {problem}") from problem
    lines = tuple(parse(text, path))
    unused = tuple((line.number, line.name) for line in lines if _without_effect(line))
    unknown = tuple((line.number, line.name) for line in lines if line.name not in (*USED, *UNUSED))
    if unused:
        _log.info("%s: without effect here: %s", path, ", ".join(dict.fromkeys(name for _, name in unused)))
    for number, name in unknown:
        _log.warning("line %d of %s: unknown keyword %s is left out; %s", number, path, name, _near(name))
    return _options(Lines(lines, path), unused, unknown)


def write_options(settings: SearchSettings, ffl: Path, channels: Sequence[str], output: Path) -> str:
    """The text of an option file for a search by Omicron, with triggers written as ROOT below `output`.

    Expects `settings.sample_rate`, because Omicron has one rate for all channels. `psd_resolution` and `chunk` have no
    keyword: Omicron chooses them itself. Raises UsageError for what its files cannot say: blanks in a name, a rate that
    is no power of two, lengths that are not whole seconds.
    """
    rate = settings.sample_rate or 0.0
    if rate < 16 or log2(rate) % 1:
        raise UsageError(f"Omicron needs a sampling rate that is a power of two, got {rate:g} Hz")
    for name in ("segment", "overlap", "psd_length"):
        if getattr(settings, name) % 1:
            raise UsageError(f"Omicron takes whole seconds, got {name} = {getattr(settings, name)}")
    for word in (str(ffl), str(output), *channels):
        if len(word.split()) != 1:
            raise UsageError(f"Omicron's option files separate words by blanks and cannot name {word!r}")
    fmax = min(settings.fmax or rate / 2, rate / 2)
    lines: dict[str, Iterable[object]] = {
        "DATA FFL": [ffl],
        "DATA SAMPLEFREQUENCY": [rate],
        "DATA CHANNELS": channels,
        "PARAMETER TIMING": [settings.segment, settings.overlap],
        "PARAMETER FREQUENCYRANGE": [settings.fmin, fmax],
        "PARAMETER QRANGE": [settings.qmin, settings.qmax],
        "PARAMETER MISMATCHMAX": [settings.mismatch],
        "PARAMETER SNRTHRESHOLD": [settings.snr],
        "PARAMETER PSDLENGTH": [settings.psd_length],
        **({"PARAMETER CLUSTERING": ["TIME"], "PARAMETER CLUSTERDT": [settings.cluster]} if settings.cluster else {}),
        "PARAMETER TRIGGERRATEMAX": [settings.max_rate],
        "OUTPUT DIRECTORY": [output],
        "OUTPUT PRODUCTS": ["triggers"],
        "OUTPUT FORMAT": ["root"],
    }
    return "".join(f"{name} {' '.join(map(_word, values))}\n" for name, values in lines.items())


def _word(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _without_effect(line: Line) -> bool:
    return line.name in UNUSED and (line.name, line.words) != ("OUTPUT PRODUCTS", ("triggers",))


def _options(lines: Lines, unused: tuple[tuple[int, str], ...], unknown: tuple[tuple[int, str], ...]) -> OmicronOptions:
    source, output = lines.last("DATA FFL", "DATA LCF"), lines.last("OUTPUT DIRECTORY")
    for line, expected in ((source, "the path of a list of files"), (output, "the path of a folder")):
        if line and not line.words:
            raise lines.malformed(line, expected)
    return OmicronOptions(
        _settings(lines),
        Path(source.words[0]) if source else None,
        lines.all("DATA CHANNELS"),
        lines.all("DATA BLACKLISTEDCHANNELS"),
        Path(output.words[0]) if output else None,
        _formats(lines),
        unused,
        unknown,
    )


def _settings(lines: Lines) -> SearchSettings:
    segment, overlap = _timing(lines)
    rate = lines.number("DATA SAMPLEFREQUENCY", expected="a rate in Hz")
    fmin, fmax = lines.numbers("PARAMETER FREQUENCYRANGE", "lowest and highest frequency in Hz", [2]) or (2.0, None)
    qmin, qmax = lines.numbers("PARAMETER QRANGE", "lowest and highest Q", [2]) or (4.0, 100.0)
    mismatch = lines.number("PARAMETER MISMATCHMAX", expected="a fraction")
    thresholds = lines.numbers("PARAMETER SNRTHRESHOLD", "an SNR, or two", [1, 2])
    resolution = 0.5 / 2 ** ceil(log2(max(1.0, 1 / fmin))) if fmin > 0 else 0.5
    psd_length = lines.number("PARAMETER PSDLENGTH", "PARAMETER CHUNKDURATION", expected="a length in s")
    max_rate = lines.number("PARAMETER TRIGGERRATEMAX", expected="a rate in Hz")
    try:
        return SearchSettings(
            segment=segment,
            overlap=overlap,
            qmin=qmin,
            qmax=qmax,
            mismatch=0.25 if mismatch is None else mismatch,
            snr=thresholds[0] if thresholds else 7.0,
            fmin=fmin,
            fmax=None if rate and fmax and fmax >= rate / 2 else fmax,
            sample_rate=rate,
            psd_length=max(segment - overlap, 8 / resolution) if psd_length is None else psd_length,
            psd_resolution=resolution,
            cluster=_clustering(lines),
            max_rate=5000.0 if max_rate is None else max_rate,
        )
    except ValueError as problem:
        raise UsageError(f"{lines.path}: {problem}") from problem


def _timing(lines: Lines) -> tuple[float, float]:
    given = lines.numbers("PARAMETER TIMING", "window and overlap in s", [2])
    if given:
        return given[0], given[1]
    segment = lines.number("PARAMETER SEGMENTDURATION", expected="a length in s")
    overlap = lines.number("PARAMETER OVERLAPDURATION", expected="a length in s")
    return 64.0 if segment is None else segment, 4.0 if overlap is None else overlap


def _clustering(lines: Lines) -> float:
    gap = lines.number("PARAMETER CLUSTERDT", expected="a length in s")
    line = lines.last("PARAMETER CLUSTERING")
    method = " ".join(line.words).upper() if line else "NONE"
    if line and method not in ("NONE", "TIME"):
        raise lines.malformed(line, "none or TIME")
    if method == "NONE":
        return 0.0
    return 0.1 if gap is None else gap


def _formats(lines: Lines) -> tuple[str, ...]:
    line = lines.last("OUTPUT FORMAT")
    words = [word.lower() for word in line.words] if line else []
    if line and not all(word in FORMATS or word in GRAPHICS for word in words):
        raise lines.malformed(line, "one or more of " + ", ".join(FORMATS) + " (or of graphics)")
    return tuple(dict.fromkeys(word for word in words if word in FORMATS)) or ("root",)


def _near(name: str) -> str:
    """A hint that names the keyword meant: of the same tag where there is that tag."""
    tag, _, keyword = name.partition(" ")
    known = [other.split() for other in (*USED, *UNUSED)]
    of_tag = [word for its_tag, word in known if its_tag == tag]
    return nearest(keyword, of_tag) if of_tag else nearest(tag, {its_tag for its_tag, _ in known})
