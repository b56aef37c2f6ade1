"""Units are judged by the traces of the reference's units, and by nothing else."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from culpa.detect.rows.registry import find
from culpa.detect.rows.settings import DetectSettings
from culpa.run.sensors import learning, units
from culpa.run.sensors.opened import Asked, opened


def test_nothing_is_learnt_from_units_outside_the_reference(wafers: Path) -> None:
    """Whatever they did, the others' scores and the limit are the same."""
    table, settings = opened(Asked(wafers, unit=("wafer",), reference='fault == ""')), DetectSettings()
    traces = learning.gather(table, settings.settle).traces
    assert traces is not None
    outside = ~traces.good
    assert 0 < outside.sum() < 10
    changed = replace(traces, values=np.where(outside[:, None], 100 * traces.values - 7, traces.values))
    one, other = (units.judge(of, table, True, find("auto"), settings) for of in (traces, changed))
    np.testing.assert_array_equal(one.scores[traces.good], other.scores[traces.good])
    assert one.threshold == other.threshold
    assert (one.scores[outside] != other.scores[outside]).all()


def test_a_unit_half_in_the_reference_is_not_of_it(wafers: Path) -> None:
    table = opened(Asked(wafers, unit=("wafer",), reference="row < 100"))
    traces = learning.gather(table, 4).traces
    assert traces is not None
    assert traces.last[traces.good].max() < 100
    assert not traces.good[(traces.first < 100) & (traces.last >= 100)].any()


def test_units_whose_joined_names_look_alike_are_two(tmp_path: Path) -> None:
    path = tmp_path / "slashes.csv"
    lines = [
        "lot,wafer,flow",
        *(f"{lot},{wafer},{row % 7}" for lot, wafer in (("a / b", "c"), ("a", "b / c")) for row in range(20)),
    ]
    path.write_text("\n".join(lines) + "\n")
    traces = learning.gather(opened(Asked(path, unit=("lot", "wafer"), groups=())), 4).traces
    assert traces is not None
    assert len(traces.units) == 2


def test_readings_beyond_all_bounds_overflow_nothing(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    lines = ["wafer,flow", *(f"W{row // 20},{1e300 if row == 30 else row % 7}" for row in range(400))]
    path.write_text("\n".join(lines) + "\n")
    traces = learning.gather(opened(Asked(path, unit=("wafer",), groups=())), 4).traces
    assert traces is not None
    assert np.isfinite(traces.values).all()
