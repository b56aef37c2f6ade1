"""Which glitches happen when: drawn hour by hour, so that any stretch of time can be asked for on its own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import ceil, floor, inf, nan
from zlib import crc32

import numpy as np

from ...errors import UsageError, nearest
from ...types import Floats
from .channels import Channel, channels
from .families import FamilySettings, Range
from .settings import MockSettings
from .shapes import ALL
from .waveforms import Tone

HOUR = 3600  # GPS s; blocks start at its multiples
IDS = 100_000  # event numbers set aside for each hour
RINGING = 0.1  # s that a band limit adds on either side of a waveform


@dataclass(frozen=True)
class Injection:
    """One event in one channel: a row of the ledger, and all it takes to draw the waveform.

    `gps` is the time of the envelope's peak in this channel; `snr` is NaN where the event lies above the channel's
    Nyquist frequency and is not there. `coupled` is False for an event that only one channel knows.
    """

    gps: float
    family: str
    channel: str
    frequency: float
    q: float
    snr: float
    coupled: bool
    event_id: int
    phase: float
    variant: int

    @property
    def tone(self) -> Tone:
        """What the waveform is made from."""
        return Tone(self.frequency, self.q, self.phase, self.variant)

    @property
    def reach(self) -> float:
        """Seconds on either side of `gps` beyond which the waveform is negligible."""
        return ALL[self.family].reach(self.tone)

    @property
    def span(self) -> tuple[int, int]:
        """The whole GPS seconds, first and last (exclusive), that hold the waveform and the ringing of a band limit."""
        return floor(self.gps - self.reach - RINGING), ceil(self.gps + self.reach + RINGING)


Event = tuple[Injection, ...]
"""One cause, in every channel that sees it; the main channel first where it is one of them."""


def events(settings: MockSettings, day: tuple[int, int], hours: range) -> Iterator[Event]:
    """The events of a day in some hours since the GPS epoch, in order of time.

    `day` is first and last (exclusive) GPS second: an event that would stick out of it does not happen. Raises
    UsageError where a family's home is no channel.
    """
    for event in _separated(settings, hours, day[0]):
        if all(day[0] <= part.span[0] and part.span[1] <= day[1] for part in event):
            yield event


def injections(settings: MockSettings, day: tuple[int, int], start: int, end: int) -> list[Injection]:
    """Everything of those events that touches `[start, end)` GPS s."""
    margin = _longest(settings)
    hours = range(floor((start - margin) / HOUR), ceil((end + margin) / HOUR))
    parts = (part for event in events(settings, day, hours) for part in event)
    return [part for part in parts if start < part.span[1] and part.span[0] < end]


def homes(settings: MockSettings, everything: tuple[Channel, ...]) -> dict[str, tuple[Channel, ...]]:
    """The witnesses of each family, strongest first; none where there is no auxiliary channel.

    `everything` is the main channel and the auxiliary ones. Raises UsageError for a name that is none of the latter.
    """
    place = {channel.name: i for i, channel in enumerate(everything[1:])}
    found: dict[str, tuple[Channel, ...]] = {}
    for n, name in enumerate(ALL):
        family = settings.family(name)
        for wanted in (family.home, family.second):
            if wanted is not None and wanted not in place:
                raise UsageError(f"mock.families.{name}: no auxiliary channel {wanted!r}", nearest(wanted, place))
        home = n if family.home is None else place[family.home]
        second = home + 1 if family.second is None else place[family.second]
        seen = [home] if family.second_share is None else [home, second]
        found[name] = tuple(dict.fromkeys(everything[1 + i % len(place)] for i in seen)) if place else ()
    return found


def _longest(settings: MockSettings) -> float:
    """An upper limit, in s, on how far from its time in the main channel an event is felt."""
    families = {name: settings.family(name) for name in settings.occurring}
    slowest = [ALL[name].reach(Tone(family.frequency[0] / 2, family.q[1])) for name, family in families.items()]
    lags = [abs(lag) for family in families.values() for lag in family.delay]
    return max(slowest, default=0) + max(lags, default=0) + RINGING + 1


def _separated(settings: MockSettings, hours: range, day_start: int) -> Iterator[Event]:
    """The events of some hours that obey the minimum separation."""
    everything = channels(settings)
    witnesses = homes(settings, everything)
    before = ceil(settings.minimum_separation / HOUR)  # an event there may forbid the first ones here
    previous = -inf
    for hour in range(hours.start - before, hours.stop):
        found = _hour(settings, everything, witnesses, hour)
        for event in _numbered(found, (hour - day_start // HOUR) * IDS):
            in_main = event[0].channel == settings.main
            too_close = in_main and event[0].gps - previous < settings.minimum_separation
            previous = event[0].gps if in_main else previous
            if hour in hours and not too_close:
                yield event


def _numbered(found: list[Event], first: int) -> Iterator[Event]:
    for number, event in enumerate(sorted(found, key=lambda event: event[0].gps), start=first):
        yield tuple(replace(part, event_id=number) for part in event)


def _hour(
    settings: MockSettings, everything: tuple[Channel, ...], witnesses: Mapping[str, tuple[Channel, ...]], hour: int
) -> list[Event]:
    """All events of an hour, in any order, not yet numbered."""
    main, *rest = everything
    found: list[Event] = []
    for name in settings.occurring:
        rng = _stream(settings.seed, name, hour)
        coupled = _family(rng, settings.family(name), name, (main, *witnesses[name]), hour)
        found += (
            coupled if settings.couplings else _scattered(_stream(settings.seed, name + " alone", hour), coupled, hour)
        )
    lonely = {"unwitnessed": (settings.unwitnessed, [main]), "uncoupled": (settings.uncoupled * len(rest), rest)}
    for what, (rate, where) in lonely.items():
        if settings.glitches and where:
            found += _loners(_stream(settings.seed, what, hour), settings, rate, where, hour)
    return found


def _family(
    rng: np.random.Generator, family: FamilySettings, name: str, seen: tuple[Channel, ...], hour: int
) -> list[Event]:
    """The events of a family: in the main channel, and in its witnesses."""
    coupled = len(seen) > 1
    found: list[Event] = []
    for time, u, variant in _draws(rng, family.rate, hour):
        tone = _tone(family, u, variant)
        frequency, q = ALL[name].in_witness(tone.frequency, tone.q)
        heard = replace(tone, frequency=frequency, q=q)
        delay = family.delay[0] + (family.delay[1] - family.delay[0]) * u[4]
        snr = _log(family.snr, u[3])
        first = snr / _log(family.coupling, u[5])
        loudness = (first, first * _log(family.second_share or (1, 1), u[6]))
        witnessed = (
            _injection(channel, name, time - delay, heard, snr_there, coupled)
            for channel, snr_there in zip(seen[1:], loudness, strict=False)
        )
        found.append((_injection(seen[0], name, time, tone, snr, coupled), *witnessed))
    return found


def _scattered(rng: np.random.Generator, coupled: list[Event], hour: int) -> list[Event]:
    """The same events without a common cause: the witnesses' share of each at times of their own."""
    found: list[Event] = []
    for event in coupled:
        times = (event[0].gps, *((hour + u) * HOUR for u in rng.random(len(event) - 1).tolist()))
        found += [(replace(part, gps=time, coupled=False),) for part, time in zip(event, times, strict=True)]
    return found


def _loners(
    rng: np.random.Generator, settings: MockSettings, rate: float, where: list[Channel], hour: int
) -> list[Event]:
    """Events that only one channel knows, with the shapes and ranges of the families that occur."""
    found: list[Event] = []
    for time, u, variant in _draws(rng, rate, hour):
        name = settings.glitches[int(u[4] * len(settings.glitches))]
        channel = where[int(u[5] * len(where))]
        family = settings.family(name)
        tone = _tone(family, u, variant)
        if tone.frequency < channel.sample_rate / 2:
            found.append((_injection(channel, name, time, tone, _log(family.snr, u[3]), False),))
    return found


def _draws(rng: np.random.Generator, rate: float, hour: int) -> Iterator[tuple[float, Floats, int]]:
    """The times of a Poisson process in an hour, each with seven numbers between 0 and 1 and a variant."""
    count = int(rng.poisson(rate))
    for (u, *rest), variant in zip(rng.uniform(size=(count, 8)), rng.integers(2**63, size=count), strict=True):
        yield float((hour + u) * HOUR), np.array(rest), int(variant)


def _tone(family: FamilySettings, u: Floats, variant: int) -> Tone:
    return Tone(_log(family.frequency, u[0]), _log(family.q, u[1]), float(2 * np.pi * u[2]), variant)


def _injection(channel: Channel, family: str, gps: float, tone: Tone, snr: float, coupled: bool) -> Injection:
    loudness = snr if tone.frequency < channel.sample_rate / 2 else nan
    return Injection(gps, family, channel.name, tone.frequency, tone.q, loudness, coupled, 0, tone.phase, tone.variant)


def _log(bounds: Range, u: float) -> float:
    """The value at a fraction `u` of the way from the lowest to the highest, on a logarithmic scale."""
    return float(bounds[0] * (bounds[1] / bounds[0]) ** u)


def _stream(seed: int, what: str, hour: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence([seed, crc32(what.encode()), hour % 2**32]))
