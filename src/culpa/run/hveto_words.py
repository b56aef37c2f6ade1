"""What `culpa hveto` says: on the screen, and in its log."""

from collections.abc import Iterator, Mapping
from typing import Any

from .. import __version__
from .. import settings as toml
from ..explain.hveto.settings import HvetoSettings
from ..names import printable
from ..report.numbers import plural
from .hveto_input import Input

_LEGEND = (
    "SNR: of the channel's events, from here on; window: full width in s; sig.: −log10 of the Poisson probability; "
    "vetoed: primary triggers, of those at the start of the round; p: how often chance does as well in any channel"
)


def show(summary: Mapping[str, Any]) -> None:
    """The rounds as a table on stderr, and why there are no more."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console(stderr=True, markup=False, emoji=False)  # names of channels may hold anything
    if summary["rounds"]:
        title = f"what explains {printable(summary['primary']['channel'])}"
        table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
        table.add_column("", justify="right")
        table.add_column("channel", overflow="fold")
        for name in ("SNR", "window", "sig.", "vetoed", "p"):
            table.add_column(name, justify="right", no_wrap=True)
        for one in summary["rounds"]:
            table.add_row(*_cells(one))
        console.print(table)
        console.print(_LEGEND, style="dim")
    console.print(printable(_end(summary)))


def _cells(one: Mapping[str, Any]) -> Iterator[str]:
    winner = one["winner"]
    chance = winner["false_alarm_probability"]
    yield str(one["round"])
    yield printable(winner["channel"])
    yield f"{winner['snr']:g}"
    yield f"{winner['window']:g}"
    yield f"{winner['significance']:.1f}"
    yield f"{one['vetoed']}/{one['primaries']}"
    yield "" if chance is None else f"{chance:.2g}"


def tell(summary: Mapping[str, Any]) -> str:
    """What was found, in plain lines."""
    lines = []
    for one in summary["rounds"]:
        winner, chance = one["winner"], one["winner"]["false_alarm_probability"]
        lines.append(
            f"round {one['round']}: {winner['channel']}, SNR {winner['snr']:g} or more, window {winner['window']:g} s: "
            f"significance {winner['significance']:.2f}, {one['vetoed']} of {one['primaries']} triggers vetoed"
            + ("" if chance is None else f", false-alarm probability {chance:.2g}")
        )
    return "\n".join([*lines, _end(summary)])


def _end(summary: Mapping[str, Any]) -> str:
    rounds, total = summary["rounds"], summary["primary"]["events"]
    vetoed = sum(one["vetoed"] for one in rounds)
    share = f" ({100 * vetoed / total:.0f} %)" if vetoed else ""
    doubtful = ", ".join(map(str, summary["doubtful"]))
    doubt = f", but chance would do as well in round {doubtful}" if doubtful else ""
    return f"explained: {vetoed} of {total} primary triggers{share}{doubt}; {summary['reason']}"


def protocol(given: Input, chosen: HvetoSettings, found: Mapping[str, Any]) -> str:
    """The text of `hveto.log`: what was analysed and how, what was left out, what was found."""
    start, end = given.live.bounds[0][0], given.live.bounds[-1][1]
    live = f"{given.live.livetime:.10g} s in {plural(len(given.live), 'segment')}"
    lines = [
        f"culpa {__version__}, engine {found['engine']}",
        f"primary channel {given.channel}: {found['primary']['events']} triggers",
        f"auxiliary channels: {len(given.auxiliary)}",
        f"analysed: {live}, GPS {start:.10g} to {end:.10g}",
        *(f"warning: {remark}" for remark in found["remarks"]),
        tell(found),
        "settings:",
        toml.dump(chosen, "hveto"),
    ]
    return printable("\n".join(lines))
