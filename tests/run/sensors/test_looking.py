"""What is drawn of a search: the rows around its events and of its odd units, with what was expected of them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from culpa.detect.rows.settings import DetectSettings
from culpa.run.sensors import detection, looking
from culpa.run.sensors.opened import Asked

from .conftest import GOOD, SHIFT, columns


def searched(path: Path, **asked: Any) -> tuple[detection.Found, np.ndarray]:
    scores: list[np.ndarray] = []
    settings = DetectSettings(false_alarms="1/3000 rows")
    found = detection.detect(
        Asked(path, **asked), settings, lambda parts: scores.extend(part["score"] for part in parts)
    )
    return found, np.concatenate(scores)


@pytest.fixture(scope="module")
def result(table: Path) -> tuple[detection.Found, np.ndarray]:
    return searched(table, reference=f"row < {GOOD}")


def test_a_window_holds_the_rows_around_its_event(result: tuple[detection.Found, np.ndarray]) -> None:
    found, scores = result
    event = next(event for event in found.events if event["first_row"] <= SHIFT[20] <= event["last_row"])
    window = next(window for window in found.windows if window.event == event["event"])
    rows = np.arange(event["first_row"] - looking.AROUND, event["last_row"] + looking.AROUND + 1)
    np.testing.assert_array_equal(window.rows, rows)
    assert window.sensors[0] == "flow"
    np.testing.assert_allclose(window.values[:, 0], columns()["flow"][rows])
    np.testing.assert_array_equal(window.score, scores[rows])
    assert window.expected[:, 0] == pytest.approx(5, abs=0.05)
    assert window.usual[:, 0] == pytest.approx(0.5, rel=0.1)
    assert window.times is not None
    assert window.times[0] == f"2026-01-02T{(rows[0] - 1440) // 60:02d}:{rows[0] % 60:02d}:00.000Z"
    assert window.unit == ""


def test_every_event_has_its_groups(result: tuple[detection.Found, np.ndarray]) -> None:
    found, _ = result
    assert sum(group.events for group in found.groups) == len(found.events)


def test_windows_end_with_the_table(tmp_path: Path, table: Path) -> None:
    found, _ = searched(table, reference=f"row < {GOOD}")
    spans = [looking.Span(1, "", *looking._around({"first_row": 2990, "last_row": 2999, "peak_row": 2995}), ("flow",))]
    spool = type("Zeros", (), {"read": staticmethod(lambda _first, count: np.zeros(count))})()
    _, (window,) = looking.look(found.table, found.scorer, spool, [], spans)
    assert window.rows[-1] == 2999
    assert looking._around({"first_row": 3, "last_row": 4, "peak_row": 4}) == (0, 4 + looking.AROUND)


def test_long_events_are_drawn_around_their_peak() -> None:
    first, last = looking._around({"first_row": 1000, "last_row": 90_000, "peak_row": 50_000})
    assert last - first + 1 == looking.MOST
    assert first < 50_000 < last
    first, last = looking._around({"first_row": 1000, "last_row": 90_000, "peak_row": 1001})
    assert (first, last) == (1000 - looking.AROUND, 1000 - looking.AROUND + looking.MOST - 1)


def test_odd_units_are_drawn_whole(wafers: Path) -> None:
    found, _ = searched(wafers, unit=("wafer",))
    assert found.units is not None
    odd = {unit["unit"]: unit for unit in found.units.units if unit["anomalous"]}
    drawn = {window.unit: window for window in found.windows if window.unit}
    assert set(drawn) == set(odd)
    for name, window in drawn.items():
        assert (window.rows[0], window.rows[-1]) == (odd[name]["first_row"], odd[name]["last_row"])
        assert window.steps is not None
        assert set(window.steps) == {"1", "2"}
        assert window.event is None


def test_the_rows_of_other_units_between_are_not_drawn(tmp_path: Path) -> None:
    """Two chambers that write into one table by turns."""
    generator = np.random.default_rng(1)
    unit = np.array([f"W{2 * (row // 80) + row % 2}" for row in range(2400)], dtype=object)
    flow = generator.normal(size=2400) + 6 * (unit == "W21")
    path = tmp_path / "turns.csv"
    lines = ["wafer,flow", *(f"{name},{value:.6f}" for name, value in zip(unit, flow, strict=True))]
    path.write_text("\n".join(lines) + "\n")
    found, scores = searched(path, unit=("wafer",), groups=())
    window = next(window for window in found.windows if window.unit == "W21")
    rows = np.flatnonzero(unit == "W21")
    np.testing.assert_array_equal(window.rows, rows)
    np.testing.assert_array_equal(window.score, scores[rows])


def test_the_loudest_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "EVENTS", 2)
    events = [
        {"event": i, "first_row": i, "last_row": i, "peak_row": i, "score": score, "contributions": parts(0.7, 0.29)}
        for i, score in enumerate([1.0, 5.0, 3.0])
    ]
    assert [span.event for span in looking.spans(events, [])] == [1, 2]


def test_sensors_with_hardly_any_blame_are_not_drawn() -> None:
    assert looking._named({"contributions": parts(0.9, 0.09, 0.01)}) == ("s0", "s1")
    assert looking._named({"contributions": parts(0.019, 0.018)}) == ("s0",)


def parts(*shares: float) -> list[dict[str, Any]]:
    return [{"feature": f"s{i}", "share": share} for i, share in enumerate(shares)]


def test_a_unit_whose_step_took_too_long_is_drawn_too(tmp_path: Path) -> None:
    """The duration is to blame, and no sensor: some readings are better than none."""
    generator = np.random.default_rng(2)
    wafers = [wafer for wafer in range(40) for _ in range(60 if wafer == 30 else 20 + wafer % 3)]
    lines = ["wafer,step,flow", *(f"W{wafer},1,{generator.normal():.4f}" for wafer in wafers)]
    path = tmp_path / "hung.csv"
    path.write_text("\n".join(lines) + "\n")
    found, _ = searched(path, unit=("wafer",), groups=())
    (window,) = [window for window in found.windows if window.unit == "W30"]
    assert window.sensors == ("flow",)
    detection.make(Asked(path, unit=("wafer",), groups=()), DetectSettings(), tmp_path / "out")
    assert (tmp_path / "out" / "index.html").exists()
