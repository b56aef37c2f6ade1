"""Design noise spectra: a KAGRA-like strain and the subsystems, each in its own unit."""

from dataclasses import dataclass
from math import log
from zlib import crc32

import numpy as np

from ...spectra import Asd
from ...types import Floats
from .channels import Channel

FLOOR = 8.0  # Hz below which spectra level off: nothing is searched there, and the dynamic range stays within float32
LINE_WIDTH = 0.5  # Hz, full width at half maximum of the power


@dataclass(frozen=True)
class Design:
    """A subsystem's noise: white at `level` (unit/sqrt(Hz)), rising as `(corner / f)^slope` below `corner` Hz.

    `mains` is the height of the 60 Hz line above the noise around it, an amplitude ratio.
    """

    unit: str
    level: float
    corner: float
    slope: float
    mains: float


DESIGNS = {
    "SEIS": Design("m/s", 1e-9, 40, 2.0, 2),
    "ACC": Design("m/s^2", 2e-6, 60, 1.0, 8),
    "MIC": Design("Pa", 1e-4, 200, 1.0, 8),
    "MAG": Design("T", 1e-12, 30, 0.5, 60),
    "VOLT": Design("V", 1e-6, 20, 0.5, 80),
    "VIS": Design("um", 1e-6, 40, 2.5, 4),
    "IMC": Design("V", 5e-7, 80, 1.5, 15),
    "PSL": Design("V", 2e-7, 100, 1.0, 20),
    "LSC": Design("m", 1e-15, 90, 2.0, 20),
    "CAL": Design("Hz", 1e-3, 100, 1.5, 15),
    "AOS": Design("V", 3e-7, 50, 1.0, 12),
}


def unit(channel: Channel) -> str:
    """The physical unit of a channel's samples."""
    return "strain" if channel.kind == "strain" else DESIGNS[channel.kind].unit


def design_asd(channel: Channel, lines: bool) -> Asd:
    """The spectrum (unit/sqrt(Hz)) that a channel's noise is designed after, with or without lines."""
    if channel.kind == "strain":
        return lambda f: strain_asd(f) * (_lines(f, 30) * _violins(f) if lines else 1.0)
    design = DESIGNS[channel.kind]
    return lambda f: subsystem_asd(f, channel.name, design) * (_lines(f, design.mains) if lines else 1.0)


def strain_asd(frequencies: Floats) -> Floats:
    """A KAGRA-like strain noise in 1/sqrt(Hz): seismic wall, suspension and mirror thermal noise, shot noise.

    An analytic stand-in with shape and level (a bucket of 3e-24 near 100 Hz) of the published design, not a copy of it.
    Source of the shape: Michimura et al. 2018, PRD 97 122003, fig. 1.
    """
    f = np.hypot(frequencies, FLOOR)
    seismic = 2e-20 * (10 / f) ** 8
    suspension = 1.5e-22 * (10 / f) ** 2.5
    mirror = 2e-24 * (100 / f) ** 0.5
    shot = 2.2e-24 * np.hypot(1, f / 230)
    return np.sqrt(seismic**2 + suspension**2 + mirror**2 + shot**2)


def subsystem_asd(frequencies: Floats, name: str, design: Design) -> Floats:
    """A subsystem's noise with three broad resonances of its own; level, corner and resonances follow from the name."""
    rng = np.random.default_rng(crc32(name.encode()))
    f = np.hypot(frequencies, FLOOR)
    level = design.level * 10 ** rng.uniform(-0.3, 0.3)
    corner = design.corner * 2 ** rng.uniform(-0.5, 0.5)
    asd = level * np.sqrt(1 + (corner / f) ** (2 * design.slope))
    for centre, height in zip(np.exp(rng.uniform(log(20), log(700), 3)), rng.uniform(1, 4, 3), strict=True):
        asd *= np.sqrt(1 + height**2 / (1 + ((frequencies - centre) * 20 / centre) ** 2))
    return asd


def _lines(frequencies: Floats, height: float) -> Floats:
    """Factor of 60 Hz and its harmonics up to 480 Hz, each weaker than the one before."""
    return np.asarray(np.prod([_line(frequencies, 60.0 * n, height / n) for n in range(1, 9)], axis=0))


def _violins(frequencies: Floats) -> Floats:
    """Factor of the suspension's violin modes, two for each order."""
    modes = [(base * n, 40.0 / n) for base in (183.2, 187.9) for n in range(1, 5)]
    return np.asarray(np.prod([_line(frequencies, centre, height) for centre, height in modes], axis=0))


def _line(frequencies: Floats, centre: float, height: float) -> Floats:
    return np.sqrt(1 + height**2 * np.exp(-4 * log(2) * ((frequencies - centre) / LINE_WIDTH) ** 2))
