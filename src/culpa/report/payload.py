"""What any page's script is given: numbers that JSON can hold, and a clock."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import gpstime


def listed(values: NDArray[Any]) -> list[float | None]:
    """Numbers for JSON; what is not finite is None."""
    finite = np.isfinite(values)
    plain: list[float | None] = values.tolist()
    return plain if finite.all() else [v if ok else None for v, ok in zip(plain, finite.tolist(), strict=True)]


def clock(start: float, end: float) -> list[list[float]]:
    """From which GPS s on (first numbers) UTC is so many ms of Unix time at that second (second numbers)."""
    leaps = (gpstime.from_utc(moment) for moment in gpstime.LEAP_SECONDS)
    moments = [start, *(leap for leap in leaps if start < leap <= end)]
    return [[gps, round(gpstime.to_utc(gps).timestamp() * 1000)] for gps in moments]
