"""Images of simulated glitches: as many of each class as are asked for, each from a seed of its own.

A glitch is drawn, divided by the noise spectrum of a background, scaled to its SNR and added to the whitened noise of
that background: what whitening leaves of a recording with the glitch in it. Then it is scanned like any trigger, around
its loudest tile.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from math import inf
from typing import Protocol
from zlib import crc32

import numpy as np
import scipy.fft

from ..acquire.mock.families import Families, FamilySettings, Range
from ..acquire.mock.strangers import STRANGERS
from ..acquire.mock.variants import VARIANTS
from ..acquire.mock.waveforms import SHAPES, Shape, Tone
from ..decompose.qscan import Scanner, ScanSettings
from ..decompose.qscan_plane import Scan
from ..decompose.stretches import Stretch
from ..errors import UsageError, nearest
from ..types import NONE_OF_THESE, Floats, Segments, Singles
from .images import ImageForm, Pixels
from .scanned import plain

FAMILIES = tuple(sorted(name for name in vars(Families()) if name != "sine_gaussian"))
"""The families that are classes; a sine-Gaussian is a dot by another name."""
NO_GLITCH = "no_glitch"
CLASSES = (*FAMILIES, NO_GLITCH, NONE_OF_THESE)
"""All classes that can be rendered."""

SECONDS = 8
"""Length (s) of what is simulated around a glitch, which is in the middle."""
_FINE = 16384  # Hz, the rate at which glitches are drawn
_REACH = 3.75  # s on either side beyond which they are cut
_PASSED = 0.45  # of the sampling rate: the highest frequency of a glitch that a channel shows
_LOUDNESS = (6.0, 50.0)  # SNR of neighbours
_NEAR = 0.25  # s within which two glitches are one trigger
_ATTEMPTS = 500
_LONGEST = 4.0  # s, of a view: it has to lie within what is simulated


@dataclass(frozen=True)
class RenderSettings:
    """What a training set is made of; the table `[training_set]` of a configuration file.

    Ranges are drawn log-uniformly, but for SNRs. Raises ValueError for values that cannot be meant.
    """

    seed: int = 0
    """The same seed gives the same images."""
    per_class: int = 1000
    """Images of each class but `none_of_these`."""
    strangers: int = 3
    """`none_of_these` gets so many times as many images as any other class, because it is more varied."""
    classes: tuple[str, ...] = CLASSES
    """Classes that are rendered."""
    families: Families = field(default_factory=Families)
    """Frequencies and Qs of each family, and its lowest SNR, in tables `[training_set.families.NAME]`; what else such a
    table has (see `[mock.families.NAME]`) is not used here."""
    widen: float = 1.25
    """Factor by which frequencies and Qs reach beyond those of the families on either side."""
    variants: float = 0.5
    """Share of a family that looks as in real detectors, where that is different (`acquire.mock.variants`)."""
    steepness: float = 0.7
    """Of the distribution of SNRs, whose density falls as SNR^-(1 + steepness): quiet ones are harder to learn."""
    snr: Range = (5.5, 200.0)
    """Optimal SNR; of a family that is never so quiet, two thirds of its lowest are the least."""
    least: float = 5.3
    """SNR of the loudest tile below which nothing would be a trigger: such a glitch is drawn anew."""
    neighbours: Range = (20.0, 600.0)
    """Other glitches per hour, which happen to be in the picture too."""
    centred: float = 0.8
    """Share of images centred on the loudest tile, as triggers are; the others are centred on the glitch itself."""
    form: ImageForm = field(default_factory=ImageForm)
    """What the pixels stand for, in the table `[training_set.form]`."""

    def __post_init__(self) -> None:
        for name in self.classes:
            if name not in CLASSES:
                raise ValueError(f"classes: no class {name!r}; {nearest(name, CLASSES)}")
        for name in ("snr", "neighbours"):
            low, high = getattr(self, name)
            if not 0 < low <= high < inf:
                raise ValueError(f"{name}: expected [low, high] with 0 < low <= high, got {[low, high]}")
        each_once = len({*self.classes}) == len(self.classes)
        for right, expectation in (
            (each_once, f"classes: expected each once, got {list(self.classes)}"),
            (1 <= self.widen < inf, f"widen: expected a factor of at least 1, got {self.widen}"),
            (0 < self.steepness < inf, f"steepness: expected more than 0, got {self.steepness}"),
            (0 <= self.centred <= 1, f"centred: expected a share from 0 to 1, got {self.centred}"),
            (0 <= self.variants <= 1, f"variants: expected a share from 0 to 1, got {self.variants}"),
            (self.strangers >= 1, f"strangers: expected at least 1, got {self.strangers}"),
            (self.per_class >= 1, f"per_class: expected at least 1, got {self.per_class}"),
            (self.seed >= 0, f"seed: expected 0 or more, got {self.seed}"),
            (max(self.form.views) <= _LONGEST, f"form: expected views of at most {_LONGEST:g} s, got {self.form}"),
        ):
            if not right:
                raise ValueError(expectation)

    def count(self, name: str) -> int:
        """How many images of a class there are to be."""
        return self.per_class * (self.strangers if name == NONE_OF_THESE else 1)


@dataclass(frozen=True)
class Ground:
    """Whitened noise of a channel sampled at `sample_rate` Hz, `SECONDS` long, and the spectrum that it was divided by.

    `noise` has the rate of a whitened stretch, variance 1 for a full band; `asd` (any unit) is at `bin / SECONDS` Hz,
    infinite where nothing was let through. `group` names the recording that it comes from, "" for a simulated one.
    """

    sample_rate: float
    noise: Singles
    asd: Floats
    group: str = ""

    @property
    def rate(self) -> float:
        """Samples per second of the noise."""
        return len(self.noise) / SECONDS


class Backgrounds(Protocol):
    """Where backgrounds come from."""

    def draw(self, rng: np.random.Generator) -> Ground:
        """One background."""


@dataclass(frozen=True)
class Rendered:
    """An image and what is in it: `snr` optimal, `scan` of the moment that it shows."""

    pixels: Pixels
    family: str
    snr: float
    scan: Scan
    group: str


def render(name: str, index: int, settings: RenderSettings, backgrounds: Backgrounds) -> Rendered:
    """The image of a class with a number; it depends on nothing else but the settings and the backgrounds.

    Raises UsageError where no glitch of the class shows in them.
    """
    rng = np.random.default_rng([settings.seed, crc32(name.encode()), index])
    for _ in range(_ATTEMPTS):
        if (found := _attempt(name, rng, settings, backgrounds.draw(rng))) is not None:
            return found
    raise UsageError(
        f"{_ATTEMPTS} glitches of {name} in a row were too quiet to be triggers",
        "are their frequencies those of the channel? raise `snr` in [training_set]",
    )


def _attempt(name: str, rng: np.random.Generator, settings: RenderSettings, ground: Ground) -> Rendered | None:
    snr = 0.0 if name == NO_GLITCH else _steep(rng, _loudness(name, settings), settings.steepness)
    values = ground.noise.astype(np.float32, copy=True)
    if snr:
        shape, tone = _drawn(name, rng, settings)
        if not (_shows(tone, ground) and _add(values, ground, shape, tone, snr, 0.0)):
            return None
    stretch = Stretch(values, 0.0, ground.rate, Segments.of([(0.0, float(SECONDS))]))
    finder, scanner = _scanners(ground.sample_rate)
    moment = SECONDS / 2
    found = finder.scan(stretch, moment)
    if snr and found.snr < settings.least:
        return None
    if rng.random() < settings.centred:
        moment = min(max(found.time, 2.5), SECONDS - 2.5)
    _add_neighbours(values, ground, rng, settings, moment, snr)
    scan = scanner.scan(stretch, moment)
    return Rendered(plain(scan, settings.form), name, snr, scan, ground.group)


def _loudness(name: str, settings: RenderSettings) -> Range:
    """The range of SNRs of a class."""
    low, high = settings.snr
    family: FamilySettings | None = getattr(settings.families, name, None)
    return (min(max(low, family.snr[0] / 1.5), high), high) if family else (low, high)


def _add_neighbours(
    values: Singles, ground: Ground, rng: np.random.Generator, settings: RenderSettings, moment: float, snr: float
) -> None:
    """Other glitches by chance; near the moment only much quieter ones: a louder one would be what triggers."""
    rate = _log(rng, settings.neighbours) / 3600
    for _ in range(int(rng.poisson(rate * SECONDS))):
        at, loudness = rng.uniform(0, SECONDS), _log(rng, _LOUDNESS)
        shape, tone = _drawn(str(rng.choice(FAMILIES)), rng, settings)
        apart = abs(at - moment) > _NEAR or loudness < snr / 2
        if apart and _shows(tone, ground):
            _add(values, ground, shape, tone, loudness, at - SECONDS / 2)


def _shows(tone: Tone, ground: Ground) -> bool:
    """Whether a channel has the frequency of a glitch at all."""
    return tone.frequency <= _PASSED * ground.sample_rate


@lru_cache(maxsize=8)
def _scanners(sample_rate: float) -> tuple[Scanner, Scanner]:
    """What finds the loudest tile of a glitch, wherever it is, and what shows it."""
    return tuple(Scanner(sample_rate, SECONDS, ScanSettings(search=search)) for search in (2.5, 0.5))  # type: ignore[return-value]


def _drawn(name: str, rng: np.random.Generator, settings: RenderSettings) -> tuple[Shape, Tone]:
    """A shape and its tone, at random."""
    phase, variant = float(rng.uniform(0, 2 * np.pi)), int(rng.integers(2**62))
    if name == NONE_OF_THESE:
        shape = STRANGERS[str(rng.choice(list(STRANGERS)))]
        return shape, Tone(_log(rng, (18.0, 1500.0)), _log(rng, (2.5, 90.0)), phase, variant)
    if name in VARIANTS and rng.random() < settings.variants:
        variant_of = VARIANTS[name][int(rng.integers(len(VARIANTS[name])))]
        return variant_of.shape, Tone(_log(rng, variant_of.frequency), _log(rng, variant_of.q), phase, variant)
    family, widen = getattr(settings.families, name), settings.widen
    frequency = _log(rng, (family.frequency[0] / widen, family.frequency[1] * widen))
    q = max(2.5, _log(rng, (family.q[0] / widen, family.q[1] * widen)))
    return SHAPES[name], Tone(frequency, q, phase, variant)


def _add(values: Singles, ground: Ground, shape: Shape, tone: Tone, snr: float, shift: float) -> bool:
    """Add a glitch of an optimal SNR, `shift` s after the middle; False where the background lets nothing through."""
    times = np.arange(-SECONDS * _FINE // 2, SECONDS * _FINE // 2) / _FINE - shift
    inside = slice(*np.searchsorted(times, np.array((-1, 1)) * min(shape.reach(tone), _REACH)))
    wave = np.zeros(len(times))
    wave[inside] = shape.wave(times[inside], tone)
    bins = min(len(ground.asd), len(values) // 2 + 1)
    whitened = scipy.fft.rfft(wave)[:bins] / ground.asd[:bins]
    power = float(np.sum(np.abs(whitened) ** 2))
    if not power > 0:
        return False
    values += scipy.fft.irfft(whitened * (snr / np.sqrt(2 * power)), len(values), norm="ortho").astype(np.float32)
    return True


def _steep(rng: np.random.Generator, bounds: Range, steepness: float) -> float:
    """A number with a density that is a power law of exponent -(1 + steepness), which is above 0."""
    low, high = (bound**-steepness for bound in bounds)
    return float(np.clip((low - rng.random() * (low - high)) ** (-1 / steepness), *bounds))


def _log(rng: np.random.Generator, bounds: Range) -> float:
    return float(bounds[0] * (bounds[1] / bounds[0]) ** rng.random())
