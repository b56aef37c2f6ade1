"""Injections and triggers paired one by one."""

import numpy as np


def holds(time, tstart, tend, peak, window):
    """Whether a trigger's widened extent, its peak included, holds a time."""
    low = peak if np.isnan(tstart) else min(tstart, peak)
    high = peak if np.isnan(tend) else max(tend, peak)
    return low - window <= time <= high + window


def nearest(time, events, window):
    """(distance, -SNR, peak) of the trigger that a time belongs to; None where there is none."""
    found = [
        (abs(peak - time), -snr, peak)
        for peak, tstart, tend, snr in zip(*(events[c] for c in ("time", "tstart", "tend", "snr")), strict=True)
        if holds(time, tstart, tend, peak, window)
    ]
    return min(found, default=None)


def unmatched(times, events, window):
    """How many triggers hold none of the times."""
    rows = zip(events["time"], events["tstart"], events["tend"], strict=True)
    return sum(not any(holds(time, start, end, peak, window) for time in times) for peak, start, end in rows)


def wilson(found, expected, z):
    """The smallest and largest fraction that lies within z standard deviations of what was found, by trial."""
    p = np.linspace(0, 1, 200001)
    kept = p[np.abs(found / expected - p) <= z * np.sqrt(p * (1 - p) / expected)]
    return kept[0], kept[-1]


def trigger_of(time, events, window):
    """The row of the trigger that a time belongs to; None where there is none."""
    found = nearest(time, events, window)
    return None if found is None else [*zip(events["time"], -events["snr"], strict=True)].index((found[2], found[1]))


def prediction_of(time, gps, events, window):
    """The number of the prediction nearest to the peak of the trigger that a time belongs to, of those of it."""
    trigger = trigger_of(time, events, window)
    theirs = [i for i, at in enumerate(gps) if trigger is not None and trigger_of(at, events, window) == trigger]
    return min(theirs, key=lambda i: (abs(gps[i] - events["time"][trigger]), i), default=None)
