"""Searches in tables of sensors, made by hand, to be drawn."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from culpa.report.sensors.drawn import Overview, Window
from culpa.report.sensors.page import detect_page, write_page

LIMIT = 2.0
KINDS = ("point", "contextual", "collective")
HOSTILE = [
    "</script><b>bold</b>", '"quoted" \'n\' <img src=x onerror=alert(1)>', "$\\alpha$_{x}", "%/#?&amp;=1",
    "챔버",    "ضغط الغرفة", "a\u202eevitcer", "constructor", "LONG_" * 60, "\ud800", "comma,\nline",
]  # fmt: skip
FILES = ["detect.json", "events.csv", "a b#1.csv"]


class Search:
    """Readings about 10 of sensors, with events of 1, 4, 7, ... rows in them; units of 100 rows in two groups."""

    def __init__(
        self, sensors: int | Sequence[str] = 5, events: int = 6, units: int = 0, rows: int = 3000, *,
        clock: str = "utc", text: str = "",
    ) -> None:  # fmt: skip
        rng = np.random.default_rng(7)
        self.names = [f"sensor_{i}" for i in range(sensors)] if isinstance(sensors, int) else [*sensors]
        self.rows, self.clock, self.text = rows, clock, text
        self.values = 10 + rng.normal(0, 0.1, (rows, len(self.names)))
        self.score = rng.uniform(0.2, 1.5, rows)
        firsts = (np.arange(events) + 1) * rows // (events + 2)
        self.events = [self._event(i, int(first)) for i, first in enumerate(firsts)]
        self.units = [self._unit(i) for i in range(units)]

    def _event(self, i: int, first: int) -> dict[str, Any]:
        last = min(first + 3 * (i % 5), self.rows - 1)
        self.score[first : last + 1] = 3 + i % 50
        self.values[first : last + 1, i % min(len(self.names), 3)] += 2
        order = [(i % 3 + k) % len(self.names) for k in range(min(5, len(self.names)))]
        return {
            "event": i + 1, "first_row": first, "last_row": last, "peak_row": first, "start": self.time(first),
            "end": self.time(last), "score": float(3 + i % 50), "kind": KINDS[i % 3], "group": self.text,
            "unit": f"W{first // 100}" if self.text or self.clock != "row" else "", "step": self.text or "2",
            "contributions": [
                {"feature": self.names[k], "share": share, "deviation": 50.0 if k == 0 else -1.5}
                for k, share in zip(order, (0.6, 0.2, 0.1, 0.06, 0.04), strict=False)
            ],
        }  # fmt: skip

    def _unit(self, i: int) -> dict[str, Any]:
        return {
            "unit": f"W{i}{self.text}", "group": self.text, "first_row": 100 * i, "last_row": 100 * i + 99,
            "score": None if i == 3 else 10.0 / (i + 1), "anomalous": i == 0, "reference": i > 0,
            "contributions": [{"feature": self.names[0], "share": 1.0}],
            "statistics": [
                {"feature": self.names[0], "step": self.text or "2", "statistic": "mean", "deviation": 12.3},
                {"feature": "", "step": "3", "statistic": "duration", "deviation": -50.0},
            ],
        }  # fmt: skip

    def time(self, row: int) -> str | float | int:
        stamp = np.datetime64("2026-01-01T00:00:00.000") + np.timedelta64(row, "s")
        shown: dict[str, str | float | int] = {"utc": f"{stamp}Z", "number": 0.5 * row, "row": row}
        return shown[self.clock]

    @property
    def summary(self) -> dict[str, Any]:
        above = int((self.score > LIMIT).sum())
        roles = [{"column": name, "role": "sensor", "reason": "it holds numbers"} for name in self.names]
        limit = {
            "value": LIMIT,
            "origin": "calibrated on 500 rows",
            "rate": 1e-3,
            "low": 1e-4,
            "high": 2e-3,
            "rows": 500,
        }
        return {
            "file": f"fab{self.text}.csv", "rows": self.rows, "reference_rows": 500, "detector": "auto",
            "explanation": [f"what was done {self.text}"], "sensors": self.names, "threshold": limit,
            "contamination": None,
            "columns": {
                "roles": [{"column": "t", "role": "time", "reason": "it holds times"}, *roles],
                "groups": ["tool"], "unit": ["wafer"] if self.units else [], "step": "step", "label": None,
                "reference": "row < 500", "running": None, "notes": [f"a note {self.text}"],
            },
            "known": self.rows, "above": above, "events": self.events, "groups": self.groups(),
            "units_threshold": limit if self.units else None, "units": self.units,
        }  # fmt: skip

    def groups(self) -> list[dict[str, Any]]:
        ends = {"rate_interval": [1e-4, 5e-3], "score_interval": [0.5, 0.7], "drift_interval": [None, None]}
        odd = {"p_rate": 0.0041, "p_score": 0.5, "p_drift": None, "drifts": "", "drift": None, **ends}
        calm = {"p_rate": 0.3, "p_score": None, "p_drift": 0.02, "drifts": self.names[0], "drift": 1.25, **ends}
        return [
            {"column": "tool", "name": "EQ-A" + self.text, "rows": 1000, "events": 4, "rate": 4e-3, "score": 0.6} | odd,
            {"column": "tool", "name": "EQ-B", "rows": 3000, "events": 2, "rate": 6.6e-4, "score": 0.5} | calm,
        ]  # fmt: skip

    @property
    def overview(self) -> Overview:
        made = Overview(self.rows, len(self.names))
        made.add(0, self.values, self.score)
        return made

    def windows(self, most: int = 4) -> list[Window]:
        """The loudest events, and the first unit."""
        loudest = sorted(self.events, key=lambda event: -event["score"])[:most]
        return [
            *(self._window(event, event["event"], "", 20) for event in loudest),
            *(self._window(unit, None, unit["unit"], 0) for unit in self.units[:1]),
        ]

    def _window(self, of: dict[str, Any], event: int | None, unit: str, around: int) -> Window:
        rows = np.arange(max(of["first_row"] - around, 0), min(of["last_row"] + around + 1, self.rows))
        names = [one["feature"] for one in of["contributions"][:3]]
        times = None if self.clock == "row" else np.array([str(self.time(int(row))) for row in rows], dtype=object)
        steps = np.array([str(row // 10 % 5) for row in rows], dtype=object)
        values = self.values[rows][:, [self.names.index(name) for name in names]]
        expected, usual = np.full(values.shape, 10.0), np.full(values.shape, 0.1)
        return Window(event, unit, rows, times, steps, tuple(names), values, expected, usual, self.score[rows])

    def write(self, folder: Path, files: Sequence[str] = FILES) -> Path:
        overview = self.overview
        times = (
            None
            if self.clock == "row"
            else np.array([self.time(int(row)) for row in overview.edges[:-1]], dtype=object)
        )
        about = {"culpa": "1.2.3"}
        return write_page(detect_page(self.summary, overview, self.windows(), files, times, about), folder)
