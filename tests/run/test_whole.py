"""What is asked of a day, or of several."""

import pytest

from culpa.errors import UsageError
from culpa.run import whole, whole_words
from culpa.run.assignment import Assignment

from .days import DATE, START, small

MISSING = ["output missing: score.csv"]


@pytest.fixture
def two(day: Assignment) -> list[Assignment]:
    """A day of which one file is missing, and one of which nothing was made."""
    (day.day.folder / "score.csv").unlink()
    return [day, small(day.day.results, day.day.neighbour(1).date)]


def test_why_is_told_of_each_day(two: list[Assignment]) -> None:
    told = whole.why(two, "score/*", None)
    assert told == {
        "days": [
            {"folder": str(two[0].day.folder), "jobs": {"score/table": MISSING}},
            {"folder": str(two[1].day.folder), "jobs": {"score/table": told["days"][1]["jobs"]["score/table"]}},
        ]
    }
    assert told["days"][1]["jobs"]["score/table"][0] == "it has not been done yet"
    words = whole_words.reasons(told).splitlines()
    assert words[:4] == [
        f"{two[0].day.folder}:",
        "  score/table is to be done:",
        "    output missing: score.csv",
        f"{two[1].day.folder}:",
    ]


def test_why_of_one_day_needs_no_heading(two: list[Assignment]) -> None:
    told = whole.why(two[:1], "[ms]*/[lt]*", None)
    assert whole_words.reasons(told).splitlines() == [
        "mock/lists is done",
        "mock/truth is done",
        "score/table is to be done:",
        "  output missing: score.csv",
    ]


def test_why_of_a_job_that_only_one_day_has(two: list[Assignment]) -> None:
    later = f"mock/frames/{START + 86400}"
    (told,) = whole.why(two, later, None)["days"]
    assert told == {"folder": str(two[1].day.folder), "jobs": {later: ["it has not been done yet"]}}
    with pytest.raises(UsageError, match="the plan has no job 'score/tabel'") as problem:
        whole.why(two, "score/tabel", None)
    assert problem.value.hint.startswith("did you mean score/table")


def test_one_question_at_a_time() -> None:
    whole.one_of(why=None, estimate=False, dry_run=False)
    whole.one_of(why="score/table", estimate=False, dry_run=False)
    for options, said in (
        ({"why": "score/table", "estimate": True, "dry_run": False}, "--why and --estimate"),
        ({"why": "", "estimate": False, "dry_run": True}, "--why and --dry-run"),
        ({"why": None, "estimate": True, "dry_run": True}, "--estimate and --dry-run"),
    ):
        with pytest.raises(UsageError, match=f"^{said} do not go together"):
            whole.one_of(**options)


def test_days_in_their_order() -> None:
    assert whole.days(DATE, None) == [DATE]
    with pytest.raises(UsageError, match="is before the first"):
        whole.days(DATE, DATE.replace(year=2025))
