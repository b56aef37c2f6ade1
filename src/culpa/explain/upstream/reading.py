"""Cures of what hveto reads: trigger files, their channels, its configuration."""

from collections.abc import Callable, Iterable
from functools import wraps
from importlib import import_module
from pathlib import PurePath
from typing import Any

from ...names import channel_tag, parse

COLUMNS = ("time", "frequency", "snr")
"""What hveto takes for time, frequency and loudness are the first three columns it reads."""


def recognise_ligolw(original: Callable[..., str]) -> Callable[..., str]:
    """The format of LIGO_LW files by their names, which is all that hveto gives."""
    return _recognise((".xml", ".xml.gz"), "ligolw", original)


def recognise_root(original: Callable[..., str]) -> Callable[..., str]:
    """The format of ROOT files whose tree is named `triggers`, whatever else they hold."""
    return _recognise((".root",), "root.omicron", original)


def _recognise(endings: tuple[str, ...], name: str, original: Callable[..., str]) -> Callable[..., str]:
    @wraps(original)
    def get_read_format(kind: type, source: Any, *others: Any) -> str:
        return name if str(source).endswith(endings) else original(kind, source, *others)

    return get_read_format


def read_root_columns(original: dict[tuple[str, str], Any]) -> dict[tuple[str, str], Any]:
    """Of ROOT trees the three columns that count, in this order."""
    return {**original, ("omicron", "root.omicron"): {"columns": list(COLUMNS)}}


def own_files_only(original: Callable[..., Any]) -> Callable[..., Any]:
    """Events of an auxiliary channel from its own files: not from those of channels whose names begin as its does."""
    main = import_module("hveto.__main__")

    @wraps(original)
    def get_triggers(channel: str, etg: str, *others: Any, cache: list[str] | None = None, **options: Any) -> Any:
        if cache is not None and channel != main.pchannel:
            cache = [file for file in main.acache if belongs(file, channel, etg)]
        return original(channel, etg, *others, cache=cache, **options)

    return get_triggers


def belongs(file: str, channel: str, etg: str) -> bool:
    """Whether a file's name is that of a channel: its tag, then nothing or the name of the trigger generator.

    Names with another ending than that generator's may go on after the tag, as upstream has it.
    """
    name = parse(PurePath(file))
    ifo, tag = channel.partition(":")[0], channel_tag(channel)
    if name is None or name.source != ifo or not name.description.startswith(tag):
        return False
    rest, ending = name.description[len(tag) :].lower(), f"_{etg}".lower()
    return rest in ("", ending) or (rest.startswith("_") and not rest.endswith(ending))


def read_text(original: Callable[..., Any] | None) -> Callable[..., Any]:
    """An `open` for a module that opens its one text file as bytes."""
    known = original or open

    def open_as_text(path: str, mode: str = "r", *others: Any, **options: Any) -> Any:
        return known(path, "r" if mode == "rb" else mode, *others, **options)

    return open_as_text


def forget_detector(original: Callable[..., Any]) -> Callable[..., Any]:
    """A configuration that does not remember the detector of the one before: the default argument was shared."""

    @wraps(original)
    def parser(ifo: str | None = None, defaults: Iterable[tuple[str, str]] = (), **options: Any) -> Any:
        return original(ifo, dict(defaults), **options)

    return parser


def keep_empty_channels(original: Callable[[str], Any]) -> Callable[[str], Any]:
    """A channel without events stays, with an empty table: upstream looks at the first of those it kept."""
    main = import_module("hveto.__main__")

    @wraps(original)  # a pool finds the function by the name that this copies
    def get_aux_triggers(channel: str) -> Any:
        found = original(channel)
        if found is not None:
            return found
        return channel, main.get_triggers(channel, main.auxetg, [], cache=main.acache, **main.areadkw)

    return get_aux_triggers
