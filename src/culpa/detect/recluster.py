"""Single tiles in a trigger file become events."""

import numpy as np

from ..types import Events


def recluster(events: Events, gap: float) -> Events:
    """Events that follow each other by less than `gap` s, end to start, as one, in order of time; gap 0: as they are.

    The loudest (of equals the earliest) gives time, frequency, SNR, Q, amplitude and phase; the extent in time and
    frequency is that of all. Where `tstart` or `tend` is NaN, the peak stands for it.
    """
    if gap <= 0 or len(events) == 0:
        return events.sorted_by_time()
    start, end = np.fmin(events["tstart"], events["time"]), np.fmax(events["tend"], events["time"])
    order = np.lexsort((events["time"], start))
    events, start, end = events.take(order), start[order], end[order]
    new = np.append(True, start[1:] - np.maximum.accumulate(end)[:-1] >= gap)
    first, label = np.flatnonzero(new), np.cumsum(new)
    loudest = events.take(np.lexsort((np.arange(len(label)), -np.nan_to_num(events["snr"]), label))[first])
    extent = {
        "tstart": start[first],
        "tend": np.maximum.reduceat(end, first),
        "fstart": np.fmin.reduceat(events["fstart"], first),
        "fend": np.fmax.reduceat(events["fend"], first),
    }
    return Events({**loudest.columns, **extent}).sorted_by_time()
