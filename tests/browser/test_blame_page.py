"""The page of `culpa blame` in a real browser: the veto's page in the words of a table of sensors."""

import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser

from culpa.acquire.tables import writing
from culpa.run.sensors import blaming
from culpa.run.sensors.opened import Asked


@pytest.mark.parametrize(("time", "axis"), [(None, "hours from 2025-12-31 23:59:59 UTC"), ("", "rows from row 0")])
def test_nothing_reminds_of_a_detector(tmp_path: Path, browser: Browser, time: str | None, axis: str) -> None:
    generator = np.random.default_rng(11)
    valve, pump, fault = generator.normal(size=9000), generator.normal(size=9000), np.zeros(9000, dtype=int)
    marked = generator.choice(np.arange(50, 8950, 40), size=40, replace=False)
    valve[marked] += 9
    fault[marked] = 1
    moments = np.datetime64("2026-01-01T00:00:00") + np.arange(9000) * np.timedelta64(1, "s")
    path = tmp_path / "plant.csv"
    times = np.array([str(one) for one in moments], dtype=object)
    writing.write(path, [{"time": times, "valve": valve, "pump": pump, "fault": fault}])
    blaming.make(Asked(path, time=time), "fault", minimum=5.0, shifts=50, seed=0, output=tmp_path / "out")
    page = browser.new_page()
    problems: list[str] = []
    page.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda problem: problems.append(str(problem)))
    page.goto((tmp_path / "out" / "index.html").as_uri())
    page.wait_for_selector("html[data-ready=yes]")
    said = page.inner_text("main").replace("channels.csv", "")
    page.close()
    assert problems == []
    assert not re.search(r"SNR|GPS|glitch|[Cc]hannel", said)
    assert axis in said
