"""What a report of a veto calls things: those of a detector, or those of a table of sensors."""

from dataclasses import dataclass

from ...explain.hveto.rounds import loudness
from ...types import Events, Floats


@dataclass(frozen=True)
class Measure:
    """What the loudness of events is: its column, its name for people, and what such events are called."""

    column: str
    name: str
    noun: str
    nouns: str

    def of(self, events: Events) -> Floats:
        """The loudness of events as the engine ranks them, (their number,); NaN = missing."""
        return loudness(events)


SNR = Measure("snr", "SNR", "glitch", "glitches")
SCORE = Measure("score", "score", "anomaly", "anomalies")
DEVIATION = Measure("snr", "deviation", "event", "events")
"""Of events of a sensor, in usual deviations."""
MARK = Measure("score", "mark", "event", "events")
"""Of events that are marked by a label: all are 1."""


@dataclass(frozen=True)
class Vocabulary:
    """The words of a report.

    `thing` is what a witness is, `clock` how times are told: "gps", "utc" (kept as GPS s), or "row" (numbers of rows,
    where a duration of 1 is a row). `primary` and `witness` are the measures of both kinds of events, None = by what
    the events have.
    """

    thing: str = "channel"
    clock: str = "gps"
    primary: Measure | None = None
    witness: Measure | None = None

    @property
    def unit(self) -> str:
        """Of durations."""
        return "rows" if self.clock == "row" else "s"

    @property
    def span(self) -> str:
        """What the two ends of the analysed time are called."""
        return {"gps": "From, to (GPS)", "utc": "From, to (UTC)"}.get(self.clock, "From, to")


DETECTOR = Vocabulary()
