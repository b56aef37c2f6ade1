"""One GWF frame file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ChannelNotFoundError, CulpaError, MissingExtraError, NoDataError
from ..types import Series

# What every function here raises: NoDataError where the file is missing, truncated or corrupt (the frame library checks
# the checksum of each structure that it decodes), ChannelNotFoundError where it is sound but has no such channel.


def channels(path: str) -> list[str]:
    """Names of all channels in the file, from its table of contents."""
    with _opened(path) as reader:
        return list(reader.channels)


def span(path: str) -> tuple[float, float]:
    """GPS s of the first frame's start and the last frame's end."""
    with _opened(path) as reader:
        spans = reader.frame_spans
        return min(s.start for s in spans), max(s.start + s.duration for s in spans)


def sample_rate(path: str, channel: str) -> float:
    """Sampling rate in Hz of a channel in the first frame."""
    with _opened(path) as reader:
        return _frame(reader, path, channel, 0).sample_rate


def pieces(path: str, channel: str, start: float, end: float) -> Iterator[Series]:
    """The samples of a channel in `[start, end)` GPS s, one series per frame.

    Not more than one frame of one channel is in memory at a time. Samples that the data acquisition has flagged as
    invalid are NaN.
    """
    with _opened(path) as reader:
        for index, frame in enumerate(reader.frame_spans):
            if frame.start < end and frame.start + frame.duration > start:
                yield _frame(reader, path, channel, index).crop(start, end)


@contextmanager
def _opened(path: str) -> Iterator[Any]:
    try:
        from gwframe import FrameReader
    except ImportError as problem:
        raise MissingExtraError("gwframe", "gw", "reading GWF frames") from problem
    if not Path(path).is_file():
        raise NoDataError(f"cannot read {path}: no such file")
    try:
        with FrameReader(path) as reader:
            yield reader
    except CulpaError:
        raise
    except Exception as problem:  # RuntimeError, ValueError, IndexError, and a type of the library's own
        raise NoDataError(f"cannot read {path} (truncated or corrupt?): {problem}") from problem


def _frame(reader: Any, path: str, channel: str, index: int) -> Series:
    if channel not in reader.channels:
        raise ChannelNotFoundError(channel, path, reader.channels)
    data = reader.read(channel, frame_index=index, allow_invalid=True, aux_mask=True)
    if data.sample_rate <= 0 or np.iscomplexobj(data.array):
        raise ValueError(f"{channel} is not a series of real samples")
    values = data.array if data.mask is None else np.where(data.mask, np.nan, data.array)
    return Series(values, data.start, data.sample_rate, channel, data.unit)
