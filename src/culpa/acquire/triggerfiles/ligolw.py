"""Triggers in LIGO_LW XML: the table `sngl_burst`."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ... import __version__
from ...errors import MissingExtraError
from ...names import interferometer
from ...types import Events, Floats
from .. import xmltables
from .columns import require
from .label import Label

# LIGO_LW has a column for everything but Q and phase, which go into its free parameters one and two. Times are exact
# to 1 ns; frequencies, SNR and amplitude have the 8 digits of its 32-bit columns.


def encode(events: Events, label: Label) -> bytes:
    """The XML: tables `process`, `process_params` (the label, one word a row) and `sngl_burst`.

    Nothing of the writing itself (date, host, user) is stored. `confidence` is −ln of the null probability of a tile.
    """
    try:
        from igwn_ligolw import ligolw, lsctables
        from igwn_ligolw.utils import write_fileobj
    except ImportError as problem:
        raise MissingExtraError("igwn-ligolw", "gw", "writing LIGO_LW files") from problem
    tables = {
        lsctables.ProcessTable: _process(label),
        lsctables.ProcessParamsTable: _parameters(label),
        lsctables.SnglBurstTable: _bursts(events, label),
    }
    document = ligolw.Document()
    root = document.appendChild(ligolw.LIGO_LW())
    for kind, columns in tables.items():
        root.appendChild(_filled(kind, columns))
    memory = io.BytesIO()
    write_fileobj(document, memory)
    return memory.getvalue()


def decode(data: bytes) -> tuple[Events, Mapping[str, str]]:
    """The events, and the parameters of the process; gzipped or not, row numbers of the new or the old (`ilwd`) kind.

    Raises ValueError where there is no table `sngl_burst` with times and SNRs.
    """
    document = xmltables.parse(data)
    parameters = xmltables.table(document, "process_params")
    bursts = xmltables.table(document, "sngl_burst")
    if not bursts:
        raise ValueError("no table sngl_burst")
    require(bursts, ["peak_time"], ["snr"])
    words = dict(zip(parameters.get("param", []), parameters.get("value", []), strict=True))
    return Events(_columns(bursts)), words


def _process(label: Label) -> dict[str, Sequence[Any]]:
    return {"process_id": [0], "program": ["culpa"], "version": [__version__], "ifos": [interferometer(label.channel)]}


def _parameters(label: Label) -> dict[str, Sequence[Any]]:
    words = label.to_text()
    same = {"program": "culpa", "process:process_id": 0, "type": "lstring"}
    repeated = {name: [value] * len(words) for name, value in same.items()}
    return {**repeated, "param": list(words), "value": list(words.values())}


def _bursts(events: Events, label: Label) -> dict[str, Sequence[Any]]:
    same = {
        "process:process_id": 0,
        "ifo": interferometer(label.channel),
        "search": "culpa",
        "channel": label.channel,
        "param_one_name": "q",
        "param_two_name": "phase",
    }
    numbers = {
        "duration": events["tend"] - events["tstart"],
        "flow": events["fstart"],
        "fhigh": events["fend"],
        "central_freq": (events["fstart"] + events["fend"]) / 2,
        "bandwidth": events["fend"] - events["fstart"],
        "peak_frequency": events["frequency"],
        "amplitude": events["amplitude"],
        "snr": events["snr"],
        "confidence": (events["snr"] ** 2 + 2) / 2,
        "param_one_value": events["q"],
        "param_two_value": events["phase"],
    }
    return {
        "event_id": range(len(events)),
        **{name: [value] * len(events) for name, value in same.items()},
        **_gps("peak_time", events["time"]),
        **_gps("start_time", events["tstart"]),
        **_gps("stop_time", events["tend"]),
        **{name: column.tolist() for name, column in numbers.items()},
    }


def _gps(name: str, times: Floats) -> dict[str, Sequence[Any]]:
    """Whole seconds and nanoseconds; both empty where a time is NaN."""
    seconds = np.floor(times)
    pair = {name: seconds, f"{name}_ns": np.rint((times - seconds) * 1e9)}
    return {key: [None if value != value else int(value) for value in part.tolist()] for key, part in pair.items()}


def _filled(kind: Any, columns: Mapping[str, Sequence[Any]]) -> Any:
    table = kind.new(list(columns))
    names = [name.rpartition(":")[2] for name in columns]
    for values in zip(*columns.values(), strict=True):
        row = kind.RowType()
        for name, value in zip(names, values, strict=True):
            setattr(row, name, value)
        table.append(row)
    return table


def _columns(bursts: Mapping[str, list[str]]) -> dict[str, Any]:
    count = len(next(iter(bursts.values())))

    def number(name: str) -> Floats:
        return np.array([word or "nan" for word in bursts.get(name, [""] * count)], dtype=np.float64)

    def gps(name: str) -> Floats:
        return number(name) + 1e-9 * number(f"{name}_ns")

    def parameter(name: str) -> Floats:
        value = np.full(count, np.nan)
        for place in ("one", "two", "three"):
            named = np.array(bursts.get(f"param_{place}_name", [""] * count), dtype=np.str_) == name
            value[named] = number(f"param_{place}_value")[named]
        return value

    centre, half = number("central_freq"), number("bandwidth") / 2
    return {
        "time": gps("peak_time"),
        "tstart": gps("start_time"),
        "tend": _first(gps("stop_time"), gps("start_time") + number("duration")),
        "frequency": _first(number("peak_frequency"), centre),
        "fstart": _first(number("flow"), centre - half),
        "fend": _first(number("fhigh"), centre + half),
        "snr": number("snr"),
        "q": parameter("q"),
        "amplitude": number("amplitude"),
        "phase": parameter("phase"),
        "channel": np.array(
            list(map(_full_name, bursts.get("ifo", [""] * count), bursts.get("channel", [""] * count))), dtype=np.str_
        ),
    }


def _first(given: Floats, otherwise: Floats) -> Floats:
    return np.where(np.isnan(given), otherwise, given)


def _full_name(ifo: str, channel: str) -> str:
    """A channel with its detector, which some programs leave to the column `ifo`."""
    return f"{ifo}:{channel}" if ifo and channel and ":" not in channel else channel
