"""Roles of columns: by name, by content, one time and one unit; English, Korean and no names."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from culpa.acquire.tables.columnfacts import Facts
from culpa.acquire.tables.roles import guess_roles

ROWS = 60
RNG = np.random.default_rng(5)
NUMBERS = RNG.normal(100, 5, ROWS).round(3)
STEPS = np.arange(ROWS) // 6 % 5 + 1
RUNS = np.arange(ROWS) // 6
FLAGS = (np.arange(ROWS) % 20 == 3).astype(int)
ONCE = np.arange(ROWS)
TOOLS = [f"EQ-{'ABC'[row % 3]}" for row in range(ROWS)]
NAMES = [f"W{run:02d}" for run in RUNS]
DATES = [f"2024-01-31 12:00:{row:02d}" for row in range(ROWS)]


def role(name: str, cells: Sequence[Any]) -> tuple[str, str]:
    (found,) = guess_roles([Facts.of(name, pa.array([str(cell) for cell in cells]), ".")])
    assert found.column == name
    return found.role, found.reason


@pytest.mark.parametrize(
    ("name", "cells", "expected"),
    [
        ("timestamp", DATES, "time"),
        ("x", DATES, "time"),
        ("일시", DATES, "time"),
        ("time", np.tile(np.arange(6.0), 10), "time"),
        ("시간", ONCE, "time"),
        ("x", ONCE * 1000 + 1_700_000_000_000, "time"),
        ("cycle_time", NUMBERS, "sensor"),
        ("Timestamp", [20240101 + row % 28 for row in ONCE], "time"),
        ("온도", NUMBERS, "sensor"),
        ("x", NUMBERS, "sensor"),
        ("", NUMBERS, "sensor"),
        ("yield", NUMBERS, "sensor"),
        ("valve_position", STEPS, "sensor"),
        ("pressure2", FLAGS, "sensor"),
        ("chamber_pressure", STEPS, "sensor"),
        ("x", STEPS, "sensor"),
        ("x", FLAGS, "sensor"),
        ("step_number", STEPS, "group"),
        ("공정단계", STEPS, "group"),
        ("배치번호", RUNS, "group"),
        ("장비ID", TOOLS, "group"),
        ("Lot", NAMES, "group"),
        ("x", TOOLS, "group"),
        ("machine_id", STEPS, "group"),
        ("wafer", NAMES, "unit"),
        ("WaferID", RUNS + 7, "unit"),
        ("웨이퍼", NAMES, "unit"),
        ("run", np.arange(ROWS) // 2, "unit"),
        ("anomaly", FLAGS, "label"),
        ("anomaly", FLAGS * 1.0, "label"),
        ("이상여부", FLAGS, "label"),
        ("isFault", FLAGS == 1, "label"),
        ("label", ONCE * 0, "label"),
        ("y", FLAGS, "label"),
        ("y", NUMBERS, "sensor"),
        ("target", ONCE * 0 + 3, "constant"),
        ("faultNumber", FLAGS * 7, "label"),
        ("fault", ["" if row < 50 else "TCP +50" for row in ONCE], "label"),
        ("fault", ["none" if row < 50 else f"kind {row % 3}" for row in ONCE], "label"),
        ("판정", ["OK" if row % 3 else "NG" for row in ONCE], "label"),
        ("x", ["Normal" if row % 9 else "Attack" for row in ONCE], "label"),
        ("fault_temperature", NUMBERS, "sensor"),
        ("index", ONCE, "identifier"),
        ("Unnamed: 0", ONCE * 2, "identifier"),
        ("column_1", ONCE, "identifier"),
        ("column_1", ONCE + 1, "identifier"),
        ("column_1", ONCE + 2, "sensor"),
        ("serial_no", 9000 - ONCE, "identifier"),
        ("wafer", ONCE, "identifier"),
        ("name", [f"n{row * 7 % 60}" for row in ONCE], "identifier"),
        ("x", ONCE * 0 + 5, "constant"),
        ("tool", ["EQ-A"] * ROWS, "constant"),
        ("x", [""] * ROWS, "empty"),
        ("x", ["NaN"] * ROWS, "empty"),
        ("comment", ["" if row % 2 else f"c{row}" for row in ONCE], "group"),
        ("x", [str(row) if row % 2 else "off" for row in ONCE], "text"),
    ],
)
def test_a_role(name: str, cells: Sequence[Any], expected: str) -> None:
    assert role(name, cells)[0] == expected


@pytest.mark.parametrize(
    ("name", "cells", "reason"),
    [
        ("anomaly", FLAGS, "its name says so, and 5.00% of its cells are not 0"),
        ("fault", ["" if row < 45 else "RF" for row in ONCE], "its name says so, and 75.00% of its cells are empty"),
        ("x", ["ok"] * 45 + ["NG"] * 15, "some of its cells are 'NG', and 75.00% of its cells are 'ok'"),
        ("x", DATES, "it holds times such as 2024-01-31 12:00:00"),
        ("x", [1, *[2] * 57, "ERR", "ERR"], "it holds numbers from 1 to 2, but for 2 such as 'ERR'"),
        ("x", ["off", "1"] * 30, "only 50% of its cells are numbers; the first that is not is 'off'"),
        ("x", ["7"] * ROWS, "all of the first 60 cells that state something are '7'"),
        ("wafer", NAMES, "it holds 10 different texts, each for several rows"),
    ],
)
def test_a_reason(name: str, cells: Sequence[Any], reason: str) -> None:
    assert role(name, cells)[1] == reason


def test_many_texts_that_hold_for_rows_are_units_whatever_their_name() -> None:
    assert role("x", [f"part {row // 4}" for row in range(400)])[0] == "unit"
    assert role("lot", [f"part {row // 4}" for row in range(400)])[0] == "group"
    assert role("x", [f"part {row % 100}" for row in range(400)])[0] == "text"


def roles(**columns: Sequence[Any]) -> list[str]:
    facts = [Facts.of(name, pa.array([str(cell) for cell in cells]), ".") for name, cells in columns.items()]
    return [found.role for found in guess_roles(facts)]


def test_one_time() -> None:
    assert roles(time=np.arange(60.0), x=DATES, start_date=DATES) == ["text", "text", "time"]
    assert roles(date=["2024-01-31"] * ROWS, stamp=DATES) == ["text", "time"]
    assert roles(date=["2024-01-31"] * ROWS, time=[f"12:{row}:00" for row in ONCE]) == ["time", "time"]
    assert roles(stamp=DATES, time=[f"12:{row}:00" for row in ONCE]) == ["time", "text"]
    assert roles(started=["2024-01-31 12:00"] * ROWS, time=[f"12:{row}:00" for row in ONCE]) == ["constant", "time"]


def test_one_unit() -> None:
    assert roles(wafer=NAMES, cycle=np.arange(ROWS) // 3) == ["unit", "group"]


def test_types_of_parquet() -> None:
    facts = [
        Facts.of("x", pa.array([1.5, 2.5, None]), "."),
        Facts.of("on", pa.array([True, False, True]), "."),
        Facts.of("when", pa.array([1, 2, 3]).cast(pa.timestamp("s")), "."),
        Facts.of("list", pa.array([[1], [2], [3]]), "."),
        Facts.of("none", pa.nulls(3), "."),
    ]
    assert [found.role for found in guess_roles(facts)] == ["sensor", "sensor", "time", "identifier", "empty"]
