"""The detectors by name: what each is good at, and where it fails."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from ...errors import UsageError, nearest
from ...types import Floats, Indices
from . import charts, ensemble, forest, multiscale, pca, plain, subsequences
from .contract import Model
from .scorer import Fit


@dataclass(frozen=True)
class Detector:
    """A detector: how it learns, whether seasons are removed before, and words for people."""

    name: str
    fit: Fit
    about: str
    seasonal: bool = False
    control: bool = False


def _as_it_is(model: Model) -> Fit:
    """For a model that has nothing to learn beyond the baseline."""
    return lambda _z, _age, _clip: model


DETECTORS: tuple[Detector, ...] = (
    Detector(
        "auto",
        multiscale.fit,
        "Hotelling's T² over windows of 1 to 64 rows after groups, steps and seasons: the default",
        seasonal=True,
    ),
    Detector("pca", pca.fit, "T² and Q of principal components: sensors that no longer follow each other"),
    Detector("forest", forest.fit, "isolation forest: odd single rows; blind to what sensors have in common"),
    Detector("subsequence-pca", subsequences.subsequence_pca, "odd shapes of the last rows, up to 32, of each sensor"),
    Detector(
        "matrix-profile", subsequences.matrix_profile, "shapes that the reference has nothing like (needs stumpy)"
    ),
    Detector("robust-z", _as_it_is(plain.LargestDeviation()), "the largest deviation of any sensor: spikes"),
    Detector(
        "shewhart",
        _as_it_is(charts.Shewhart(charts.WESTERN_ELECTRIC)),
        "control chart with the rules of Western Electric",
    ),
    Detector("nelson", _as_it_is(charts.Shewhart(charts.NELSON)), "control chart with Nelson's rules"),
    Detector(
        "ewma", _as_it_is(charts.Ewma()), "control chart of the exponentially weighted mean: small shifts that last"
    ),
    Detector("cusum", _as_it_is(charts.Cusum()), "control chart of cumulated sums: small shifts, and since when"),
    Detector(
        "seasonal",
        _as_it_is(plain.MeanSquare()),
        "mean squared deviation from what repeats with a period",
        seasonal=True,
    ),
    Detector("mean-square", _as_it_is(plain.MeanSquare()), "control: mean squared deviation", control=True),
    Detector(
        "rolling-variance", _as_it_is(plain.RollingVariance()), "control: variance over the last 64 rows", control=True
    ),
    Detector("random", _as_it_is(plain.Chance()), "control: pure chance", control=True),
)


def find(name: str) -> Detector:
    """The detector of a name, or of several joined by `+`, as an ensemble by rank. Raises UsageError for others."""
    known = {detector.name: detector for detector in DETECTORS}
    names = name.split("+")
    for one in names:
        if one not in known:
            raise UsageError(f"unknown detector {one!r}", nearest(one, known))
    if len(names) == 1:
        return known[name]
    parts = [known[one] for one in names]
    return Detector(
        name, partial(_together, [part.fit for part in parts]), "mean rank of several", any(p.seasonal for p in parts)
    )


def _together(fits: Sequence[Fit], z: Floats, age: Indices, clip: float) -> Model:
    return ensemble.of([fit(z, age, clip) for fit in fits], z, age)
