"""Profiles of tables: roles together, what the user says instead, and tables with nothing to examine."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from culpa.acquire.tables.profile import Profile, profile
from culpa.acquire.tables.source import open_table
from culpa.errors import CulpaError, NoDataError, UsageError

Written = Callable[..., Path]
FAB = "time,wafer,step,fault,note,pressure,flow\n" + "".join(
    f"{second}.5,W{wafer},{1 + second // 3},{'RF +8' if wafer == 3 else ''},n{wafer}{second},"
    f"{wafer + 0.1 * second},{second % 2}\n"
    for wafer in range(4)
    for second in range(6)
)


def of(path: Path, **given: Any) -> Profile:
    return profile(open_table(path), **given)


def test_a_table_of_wafers(written: Written) -> None:
    found = of(written(FAB))
    assert [role.role for role in found.roles] == ["time", "unit", "group", "label", "identifier", "sensor", "sensor"]
    assert (found.time, found.unit, found.label, found.clock) == ("time", "wafer", "fault", "number")
    assert (found.sensors, found.words) == (("pressure", "flow"), ("wafer", "step", "fault"))
    assert found.survey is not None
    assert (found.survey.median, found.survey.regular, found.survey.backwards) == (1, True, 0)
    assert found.head[0] == ("0.5", "W0", "1", "", "n00", "0.0", "0")
    assert (len(found.head), found.sampled, found.complete, found.notes) == (10, 24, True, ())


def test_korean_columns(written: Written) -> None:
    rng = np.random.default_rng(1)
    lines = ["시간,온도,압력,유량,전압,전류,배치번호,공정단계,장비ID,이상여부"]
    lines += [
        f"2024-01-{1 + row // 24:02d} {row % 24:02d}:00:00,{','.join(f'{x:.2f}' for x in rng.normal(100, 5, 5))},"
        f"{row // 100 + 1},{rng.integers(1, 6)},EQ-{'ABC'[rng.integers(3)]},{int(row % 20 == 0)}"
        for row in range(500)
    ]
    found = of(written("\n".join(lines).encode("cp949")))
    assert [role.role for role in found.roles] == ["time", *["sensor"] * 5, *["group"] * 3, "label"]
    assert (found.clock, found.label) == ("utc", "이상여부")


def test_what_is_wrong_is_noted(written: Written) -> None:
    lines = [f"2024-01-31 12:00:{row:02d},{row % 7}" for row in range(30)]
    lines[20], lines[25] = "soon,ERR", lines[3]
    assert of(written("\n".join(["time,a", *lines]))).notes == (
        "column 'a': 1 cell is not a number; the first is 'ERR' in line 22",
        "column 'time': 1 cell is not a time; the first is 'soon' in line 22",
        "the time goes back once in the first 30 rows, first in line 27",
        "there is a gap of more than 3 usual intervals once in the first 30 rows, first in line 28",
    )


def test_the_sample_may_be_a_part(written: Written) -> None:
    found = of(written("a,b\n" + "".join(f"{row % 7},{row % 5}\n" for row in range(20_001))))
    assert (found.sampled, found.complete) == (20_000, False)


def test_of_several_labels_the_one_for_faults_is_used(written: Written) -> None:
    text = "changepoint,class,anomaly,x\n" + "".join(f"{row % 2},{row % 2},{row % 2},{row}.5\n" for row in range(9))
    found = of(written(text))
    assert (found.label, found.of("label")) == ("anomaly", ("changepoint", "class", "anomaly"))
    assert of(written(text), label="class").label == "class"
    assert of(written(text), label="class").of("label") == ("changepoint", "class", "anomaly")
    assert of(written(text), label="").label == ""


DAYS = "날짜,시간,a\n" + "".join(f"2024-01-{30 + row // 12},{row % 12 * 2}:30:00,{row % 5}.5\n" for row in range(24))


def test_a_date_and_a_time_of_day(written: Written) -> None:
    for given in ({}, {"time": ["시간", "날짜"]}):
        found = of(written(DAYS), **given)
        assert [role.role for role in found.roles] == ["time", "time", "sensor"]
        assert found.times is not None
        assert (found.time, found.times.columns, found.clock) == ("날짜", ("날짜", "시간"), "utc")
        assert found.survey is not None
        assert (found.survey.median, found.survey.regular, found.notes) == (7200, True, ())
    alone = of(written(DAYS), time="날짜").times
    assert alone is not None
    assert alone.columns == ("날짜",)


def test_what_the_user_says(written: Written) -> None:
    path = written(FAB)
    found = of(path, time="", features=["flow", "step"], groups="note", unit="", label="wafer")
    by_name = {role.column: role.role for role in found.roles}
    assert by_name == {
        "time": "unused", "wafer": "label", "step": "sensor", "fault": "label", "note": "group", "pressure": "unused",
        "flow": "sensor",
    }  # fmt: skip
    assert (found.time, found.clock, found.survey) == ("", "row", None)
    assert of(path, features="pressure").sensors == ("pressure",)
    assert of(path, unit="note").of("group") == ("wafer", "step")
    assert of(path, groups=()).words == ("wafer", "fault")


@pytest.mark.parametrize(
    ("given", "message", "hint"),
    [
        ({"features": ["presure"]}, "has no column 'presure'", "did you mean pressure?"),
        (
            {"features": "fault"},
            "'fault' of .* does not hold numbers: the first is 'RF .8' in line 20",
            "other features",
        ),
        ({"features": "note", "label": "note"}, "column 'note' cannot be a feature and the label", "choose one"),
        ({"time": "note"}, "'note' of .* does not hold times: the first is 'n00'", "2024-01-31 12:00:00"),
        ({"time": "time", "unit": "time"}, "cannot be the time and the unit", "choose one"),
        ({"time": ("time", "step")}, "the time cannot be in the columns 'time', 'step'", "one with times of day"),
        ({"features": ()}, "no column of changing numbers", "choose the features"),
    ],
)
def test_what_the_user_cannot_mean(written: Written, given: dict[str, Any], message: str, hint: str) -> None:
    with pytest.raises(CulpaError, match=message) as caught:
        of(written(FAB), **given)
    assert hint in caught.value.hint
    assert isinstance(caught.value, UsageError) or given == {"features": ()}


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("time,a\n", NoDataError, "has no row below the names of its columns"),
        ("time,a\n1,2\n", NoDataError, "has a single row"),
        ("a,b\nnan,NA\n,-\n", NoDataError, "has no value: all cells are empty or say that there is none"),
        (
            "a,b\n1,2\n1,2\n",
            CulpaError,
            "no column of changing numbers to examine. a .constant.: all of the first 2 cells",
        ),
        ("a,b\nx,y\nz,y\n", CulpaError, "no column of changing numbers to examine. a .identifier.: .*; b .constant."),
        (",".join("abcdefghijklmn") + "\n" + 2 * ("x," * 13 + "x\n"), CulpaError, "l .constant.: .*; and 2 more"),
    ],
)
def test_nothing_to_examine(written: Written, text: str, kind: type[CulpaError], message: str) -> None:
    path = written(text)
    with pytest.raises(CulpaError, match=message) as caught:
        of(path)
    assert type(caught.value) is kind
    assert str(path) in caught.value.message
    assert caught.value.hint


def test_a_feature_without_a_value(written: Written) -> None:
    with pytest.raises(UsageError, match=r"'b' of .* does not hold numbers: all are empty"):
        of(written("a,b\n1,\n2,\n"), features="b")
    with pytest.raises(UsageError, match=r"'b' of .* does not hold times: all are empty"):
        of(written("a,b\n1,\n2,\n"), time="b")


def test_real_tables(shared: Path) -> None:
    etch = of(shared / "metal_etch" / "lam9600_experiment_29.csv")
    assert (etch.time, etch.unit, etch.label, etch.of("group")) == ("time", "wafer", "fault", ("step_number",))
    assert (len(etch.sensors), etch.of("constant")) == (19, ("experiment",))
    for path in sorted((shared / "skab" / "valve1").glob("*.csv")):
        skab = of(path)
        assert (skab.time, skab.label, len(skab.sensors), skab.clock) == ("datetime", "anomaly", 8, "utc")
        assert skab.of("label") == ("anomaly", "changepoint")
    for path in sorted((shared / "nab" / "data").glob("*/*.csv")):
        assert [role.role for role in of(path).roles] == ["time", "sensor"]
