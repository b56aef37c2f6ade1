"""How right the class of a glitch of SNR 6 to 8 can be, for whoever knows the waveforms and keeps the phase.

Run: ./uv_run.sh setup; .venv/bin/python benchmarks/class_limit.py [--templates 6000] [--tests 40] [--day]
For glitches as on the quiet day of classes.py, in white noise, the posterior probability of each family is computed
from the samples: the likelihood at every lag, SNR and phase, averaged over templates. They are drawn as the images are
that the default model has learned from, or with --day as the glitches of the day, which nobody can know beforehand. A
scratchy glitch is noise, each one another, so no bank holds it; the mean without it is given, too. A recording counts
if its own template finds it at SNR 6. A finite bank is a little worse than the best possible.
"""

import argparse

import numpy as np
import scipy.fft
from classes import FAMILIES
from scipy.special import i0e, logsumexp

from culpa.acquire.mock.channels import Channel
from culpa.acquire.mock.designs import design_asd
from culpa.acquire.mock.families import Families
from culpa.acquire.mock.variants import VARIANTS
from culpa.acquire.mock.waveforms import SHAPES, Tone
from culpa.identify.rendering import RenderSettings

RATE, SECONDS, FINE = 2048, 4, 4
SIZE = RATE * SECONDS
TIMES = (np.arange(SIZE * FINE) - SIZE * FINE // 2) / (RATE * FINE)
HIGHEST = 0.45 * RATE
LAG = int(0.03 * RATE)
LAGS = np.r_[0:LAG, -LAG:0]
SNRS = np.linspace(6, 8, 5)
NAMES = tuple(FAMILIES)
TRAINING = RenderSettings()


def log(rng, bounds):
    return bounds[0] * (bounds[1] / bounds[0]) ** rng.random()


def of_the_day(name, _):
    family, day = getattr(Families(), name), FAMILIES[name]
    return SHAPES[name], day.get("frequency", family.frequency), day.get("q", family.q)


def of_the_training(name, rng):
    if name in VARIANTS and rng.random() < TRAINING.variants:
        chosen = VARIANTS[name][int(rng.integers(len(VARIANTS[name])))]
        return chosen.shape, chosen.frequency, chosen.q
    family, widen = getattr(TRAINING.families, name), TRAINING.widen
    return SHAPES[name], *((low / widen, high * widen) for low, high in (family.frequency, family.q))


def glitch(name, draw, rng, asd):
    """A whitened glitch of SNR 1, as a spectrum."""
    frequency = np.inf
    while frequency > HIGHEST:
        shape, frequencies, qs = draw(name, rng)
        frequency, q = log(rng, frequencies), max(2.5, log(rng, qs))
    tone = Tone(frequency, q, rng.uniform(0, 2 * np.pi), int(rng.integers(2**62)))
    inside = abs(TIMES) < min(shape.reach(tone), SECONDS / 2 - 0.1)
    wave = np.zeros(len(TIMES))
    wave[inside] = shape.wave(TIMES[inside], tone)
    whitened = scipy.fft.rfft(wave)[: SIZE // 2 + 1] / asd
    return (whitened / np.sqrt(2 * np.sum(abs(whitened) ** 2) / SIZE)).astype(np.complex64)


def recording(name, rng, asd):
    """White noise with a glitch that its own template finds, as a spectrum."""
    while True:
        clean = scipy.fft.irfft(glitch(name, of_the_day, rng, asd), SIZE)
        clean = np.roll(clean, int(rng.integers(-LAG, LAG)))
        samples = rng.standard_normal(SIZE) + log(rng, (6, 8)) * clean
        if samples @ clean >= 6:
            return scipy.fft.rfft(samples).astype(np.complex64)


def evidence(bank, data):
    """Logarithm of the mean likelihood ratio over templates, SNRs, phases and lags, but for what all families share."""
    parts, both = [], np.zeros((250, SIZE), np.complex64)
    for first in range(0, len(bank), len(both)):
        some = bank[first : first + len(both)]
        both[: len(some), : some.shape[1]] = 2 * some * data  # positive frequencies: a template and its quadrature
        found = abs(scipy.fft.ifft(both[: len(some)], axis=-1)[..., LAGS])
        parts += [logsumexp([np.log(i0e(snr * found)) + snr * found - snr**2 / 2 for snr in SNRS])]
    return logsumexp(parts) - np.log(len(bank))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--templates", type=int, default=6000, help="of each family")
    parser.add_argument("--tests", type=int, default=40, help="of each family")
    parser.add_argument("--day", action="store_true")
    chosen = parser.parse_args()
    frequency = np.fft.rfftfreq(SIZE, 1 / RATE)
    strain = Channel("K1:CAL-CS_PROC_DARM_STRAIN_DBL_DQ", RATE, "strain")
    asd = np.array(design_asd(strain, lines=False)(np.maximum(frequency, 1)))
    asd[(frequency < 8) | (frequency > HIGHEST)] = np.inf
    draw = of_the_day if chosen.day else of_the_training
    banks = [_bank(name, chosen.templates, draw, np.random.default_rng([5, n]), asd) for n, name in enumerate(NAMES)]
    rng, answers = np.random.default_rng(99), np.zeros((len(NAMES), len(NAMES)), int)
    for _ in range(chosen.tests):
        for number, name in enumerate(NAMES):
            data = recording(name, rng, asd)
            answers[number, np.argmax([evidence(bank, data) for bank in banks])] += 1
    _tell(answers)


def _bank(name, size, draw, rng, asd):
    bank = np.empty((size, SIZE // 2 + 1), np.complex64)
    for template in bank:
        template[:] = np.conj(glitch(name, draw, rng, asd))
    return bank


def _tell(answers):
    right, of = np.diag(answers), answers.sum()
    f1 = 2 * right / np.maximum(1, answers.sum(axis=0) + answers.sum(axis=1))
    for name, one, row in zip(NAMES, f1, answers, strict=True):
        print(f"{name:20} F1 {one:.2f}   answers {row}")
    others = f1[[name != "scratchy" for name in NAMES]]
    print(f"{right.sum()} of {of} right, macro-F1 {f1.mean():.3f}, without scratchy {others.mean():.3f}")


if __name__ == "__main__":
    main()
