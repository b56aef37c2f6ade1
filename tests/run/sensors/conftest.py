"""Small tables of sensors with known anomalies."""

from pathlib import Path

import numpy as np
import pytest

from culpa.acquire.tables import writing

ROWS = 3000
GOOD = 2000
SHIFT, SPIKE, BURST = range(2300, 2340), 2500, range(2700, 2740)


def columns(rows: int = ROWS, seed: int = 3) -> dict[str, np.ndarray]:
    """Five sensors, two of which move together; after `GOOD` rows a shift, a spike and a burst, all labelled."""
    generator = np.random.default_rng(seed)
    values = generator.normal(size=(rows, 5)) * [1, 2, 0.5, 1, 1] + [10, 200, 5, 0, 50]
    values[:, 1] += 3 * (values[:, 0] - 10)
    label = np.zeros(rows, dtype=int)
    if rows == ROWS:
        values[SHIFT, 2] += 1.5
        values[SPIKE, 3] += 9
        values[BURST, 4] += 7 * generator.normal(size=len(BURST))
        label[[*SHIFT, SPIKE, *BURST]] = 1
    tool = np.where(np.arange(rows) // 500 % 2, "B", "A").astype(object)
    values[tool == "B", 0] += 4
    values[tool == "B", 1] += 12
    names = ("temperature", "pressure", "flow", "voltage", "current")
    minutes = np.datetime64("2026-01-01T00:00:00") + np.arange(rows) * np.timedelta64(1, "m")
    return {
        "time": np.array([str(minute) for minute in minutes], dtype=object),
        "tool": tool,
        **{name: values[:, i] for i, name in enumerate(names)},
        "anomaly": label,
    }


@pytest.fixture(scope="session")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The table as CSV."""
    path = tmp_path_factory.mktemp("sensors") / "process.csv"
    writing.write(path, [columns()])
    return path


@pytest.fixture(scope="session")
def wafers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty wafers of two steps, every twelfth with a wrong flow in step 2."""
    generator = np.random.default_rng(5)
    rows = [
        (
            f"W{wafer:02d}",
            step,
            20 * step + generator.normal(),
            5 + 0.1 * generator.normal() + (step == 2) * _fault(wafer),
        )
        for wafer in range(60)
        for step in (1, 2)
        for _ in range(14 + int(generator.integers(3)))
    ]
    wafer, step, power, flow = (list(column) for column in zip(*rows, strict=True))
    path = tmp_path_factory.mktemp("wafers") / "wafers.csv"
    fault = ["flow" if _fault(int(name[1:])) else "" for name in wafer]
    block = {"wafer": wafer, "step": [str(one) for one in step], "power": power, "flow": flow, "fault": fault}
    writing.write(
        path, [{name: np.array(of, dtype=float if name in ("power", "flow") else object) for name, of in block.items()}]
    )
    return path


def _fault(wafer: int) -> float:
    return 0.3 if wafer % 12 == 7 else 0.0
