"""What `culpa hveto` was asked for, and the doing of it."""

import json
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from .. import settings as toml
from ..errors import NoDataError, NoTriggersError, UsageError, nearest
from ..explain.hveto.ini import HvetoIni, read_ini
from ..explain.hveto.settings import HvetoSettings
from . import pipeline
from .assignment import recorded
from .at_work import at_work
from .configuration import mock_data, section
from .days import Day
from .hveto_analysis import ENGINES, analyse
from .hveto_input import Request, read_input


def request(
    which: date | None,
    output: Path | None,
    primary: Sequence[str],
    auxiliary: Sequence[str],
    channel: str | None = None,
    segments: Path | None = None,
    engine: str = "native",
    ini: Path | None = None,
    injections: Path | None = None,
    config_file: Path | None = None,
) -> Request:
    """The request that the command line means. Raises UsageError where it contradicts itself or says too little."""
    if engine not in ENGINES:
        raise UsageError(f"engine {engine!r} is not known", nearest(engine, ENGINES))
    further = channel, segments, engine, ini, injections
    if which is None:
        if not primary or not auxiliary:
            missing = "--auxiliary" if primary else "--primary" if auxiliary else "a DATE, or --primary and --auxiliary"
            raise UsageError(f"nothing to analyse: {missing} is missing", "for example: culpa hveto 2026-01-31")
        return Request(tuple(primary), tuple(auxiliary), output or Path("results", "hveto"), *further)
    if primary or auxiliary:
        raise UsageError("a day and --primary or --auxiliary exclude each other", "leave one of them out")
    mock_data(config_file, "hveto")
    day = Day(which, output or Path("results"))
    folder = str(day.existing(day.triggers, "triggers"))
    main = day.main_channel() if channel is None else None
    return Request((folder,), (folder,), day.hveto, *further, main, day)


def settings(
    config_file: Path | None, asked: Request, unsafe: Sequence[str] = (), **changes: Any
) -> tuple[HvetoSettings, HvetoIni | None]:
    """The analysis's settings: the `[hveto]` table of a file, an INI of the hveto package over it, options over both.

    Channels are unsafe wherever they are called so. The engine `upstream` has its own expectation, whatever the others
    say.
    """
    chosen = toml.build(HvetoSettings, section(config_file, "hveto"), "hveto")
    named = asked.channel or asked.main
    ini = read_ini(asked.ini, named.partition(":")[0] if named else None) if asked.ini else None
    also = (*chosen.unsafe, *(ini.settings.get("unsafe", ()) if ini else ()), *unsafe)
    if ini:
        chosen = toml.replace(chosen, **ini.settings)
    chosen = toml.replace(chosen, **changes, unsafe=tuple(dict.fromkeys(also)))
    return (replace(chosen, expectation="upstream") if asked.engine == "upstream" else chosen), ini


def plan(asked: Request, chosen: HvetoSettings, ini: HvetoIni | None) -> dict[str, Any]:
    """What `make` would do: channels, triggers, live time and the output folder."""
    given = read_input(asked, chosen, ini)
    return {
        "output": str(asked.output),
        "engine": asked.engine,
        "primary": given.channel,
        "primary_triggers": len(given.primary),
        "auxiliary": {name: len(of) for name, of in given.auxiliary.items()},
        "livetime": given.live.livetime,
    }


def make(
    asked: Request, chosen: HvetoSettings, ini: HvetoIni | None, workers: int, quiet: bool = True
) -> tuple[dict[str, Any], Path]:
    """Analyse, and write everything below the output folder; returns the summary and the path of the page.

    A day that was searched by its plan is analysed by it, too: nothing is done where that was done before. Raises as
    `analyse`.
    """
    day = asked.day
    of = recorded(day, hveto=chosen) if day and asked == Request.of_day(day, asked.main) else None
    if day is None or of is None:
        with at_work(day.folder) if day else nullcontext():
            found, (page, *_) = analyse(asked, chosen, ini, workers)
        return _explained(found, page)
    said = pipeline.make_stage(of, "hveto", workers, quiet)
    if not said:
        raise NoDataError(
            f"{day.folder}: there is no auxiliary channel, or nothing was searched: nothing to explain with"
        )
    for result in said.values():
        if "empty" in result:
            raise NoDataError(result["empty"])
    return _explained(json.loads((day.hveto / "summary.json").read_text(encoding="utf-8")), day.hveto / "index.html")


def _explained(found: dict[str, Any], page: Path) -> tuple[dict[str, Any], Path]:
    if not found["primary"]["events"]:
        channel, live = found["primary"]["channel"], found["live"]["seconds"]
        raise NoTriggersError(
            f"no trigger of {channel} in {live:.10g} s of analysed time: nothing to explain",
            f"what was looked at: {page}",
        )
    return found, page
