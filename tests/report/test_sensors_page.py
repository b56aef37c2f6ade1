"""The page of a search in a table: what it says, what it carries, that names are harmless, and what a browser shows."""

import base64
import hashlib
import json
import re
import zlib
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from culpa.report import assets
from culpa.report.sensors import payload, words
from culpa.report.sensors.drawn import Window
from culpa.report.sensors.page import ENVELOPES, LISTED, detect_page, write_page
from tests.report.searches import FILES, HOSTILE, Search


class Parsed(HTMLParser):
    """The elements of a page with their attributes, its visible text, and what is inside scripts by their id."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.scripts: list[tuple[str, str]] = []
        self._raw: tuple[str, dict[str, str | None]] | None = None
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._raw = (tag, dict(attrs)) if tag in ("script", "style") else None

    def handle_endtag(self, tag: str) -> None:
        self._raw = None

    def handle_data(self, data: str) -> None:
        if self._raw is None:
            self.text += data
        elif self._raw[0] == "script":
            self.scripts.append((self._raw[1].get("id") or "", data))

    def data(self, name: str) -> Any:
        return json.loads(zlib.decompress(base64.b64decode(dict(self.scripts)[f"data-{name}"])))

    def count(self, attribute: str) -> int:
        return sum(attribute in attributes for _, attributes in self.elements)


@pytest.fixture(scope="module")
def search() -> Search:
    return Search(units=5)


@pytest.fixture(scope="module")
def path(search: Search, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return search.write(tmp_path_factory.mktemp("page"))


@pytest.fixture(scope="module")
def page(path: Path) -> Parsed:
    return Parsed(path)


# ---- sentences


def headlines(first: Sequence[str]) -> str:
    events = [{"contributions": [{"feature": name, "share": 1.0, "deviation": 1.0}]} for name in first]
    return words.headline({"file": "x.csv", "events": events})


@pytest.mark.parametrize(
    ("first", "said"),
    [
        ([], "No events in x.csv."),
        (["a"], "1 event in x.csv; a is blamed most for it."),
        (["a", "a"], "2 events in x.csv; a is blamed most for all of them."),
        (["a", "b", "b"], "3 events in x.csv; b is blamed most often: for 2 of them."),
        (["a", "b", "c"], "3 events in x.csv, each blamed on another sensor."),
        (["a", "b", "b", "a", "c"], "5 events in x.csv; a and b are blamed most often: for 2 each."),
        ([*"abcdabcde"], "9 events in x.csv; a, b, c and 1 more are blamed most often: for 2 each."),
    ],
)
def test_the_headline_says_how_many_events_and_which_sensor(first: list[str], said: str) -> None:
    assert headlines(first) == said


def test_the_page_says_what_was_found_first(page: Parsed) -> None:
    assert "6 events in fab.csv; sensor_0, sensor_1 and sensor_2 are blamed most often: for 2 each." in page.text
    assert "The loudest is event 6 (row 2,250, from 2026-01-01 00:37:30): score 8, sensor_2 is 60 % of it." in page.text
    assert "By kind: 2 point, 2 contextual and 2 collective." in page.text
    assert "1 of 5 units (wafer) is unusual as a whole: W0." in page.text
    assert sum(tag == "h1" for tag, _ in page.elements) == 1


def test_a_limit_is_told_with_its_false_alarms() -> None:
    limit = {"value": 1.96, "origin": "calibrated", "rate": 1e-4, "low": 2e-5, "high": 3e-4}
    said = words.limit(limit, 20_000, "row")
    assert said == (
        "The limit of rows is 1.96, calibrated. It lets about 2 false alarms (95 %: 0.4 to 6) through in 20,000 rows."
    )
    assert (
        words.limit(limit | {"rate": None, "low": None, "high": None}, 5, "row")
        == "The limit of rows is 1.96, calibrated."
    )
    assert "about 1 false alarm (" in words.limit(limit, 10_000, "row")


def test_times_are_told_as_the_file_has_them() -> None:
    assert words.moment("2026-01-01T00:06:47.000Z") == "2026-01-01 00:06:47"
    assert words.moment("2026-01-01T00:06:47.250Z") == "2026-01-01 00:06:47.250"
    assert (words.moment(58.1982), words.moment(None)) == ("58.1982", "–")
    assert words.until("2026-01-01T00:06:47.000Z", "2026-01-01T01:00:00.000Z") == "01:00:00"
    assert words.until("2026-01-01T00:06:47.000Z", "2026-01-02T01:00:00.000Z") == "2026-01-02 01:00:00"
    assert words.until(1.0, 2.0) == "2"
    assert words.until("2026-01-01T00:06:47.000Z", None) == "–"
    for clock in ("utc", "number", "row"):
        assert words.clock(Search(clock=clock).summary) == clock


def test_a_deviation_that_was_cut_says_so() -> None:
    assert [words.deviation(value) for value in (50.0, -50.0, -1.5, 0.0, None)] == [
        "+50 or more", "-50 or more", "-1.5", "0", "–",
    ]  # fmt: skip


def test_a_window_is_told_in_a_sentence() -> None:
    rows = np.arange(10, 20)
    values = np.full((10, 1), 5.0)
    values[3] = 8.0
    of = Window(1, "", rows, None, None, ("p",), values, np.full((10, 1), 5.0), np.full((10, 1), 0.5), np.ones(10))
    assert words.window(of, 13, 14) == "p reads 5 to 8; 5 is expected: up to 6 usual deviations away."
    assert words.window(of, 14, 15) == "p reads 5; 5 is expected: up to 0 usual deviations away."
    unknown = np.full((10, 1), np.nan)
    for change, said in [
        ({"values": unknown}, "p has no readings there."),
        ({"expected": unknown}, "p reads 8; what is expected is not known."),
        ({"usual": unknown}, "p reads 8; 5 is expected."),
    ]:
        assert words.window(Window(**{**vars(of), **change}), 13, 13) == said
    assert words.cut(of, 10, 19) == ""
    assert words.cut(of, 5, 19) == "Only rows 10–19 are drawn."


def test_groups_that_differ_are_told_the_surest_first(search: Search) -> None:
    assert words.groups(search.summary) == [
        "tool EQ-A has 4 of 6 events in 25.0 % of the rows (p = 0.0041).",
        "sensor_0 drifts in tool EQ-B: by +1.25 usual deviations from its first to its last row (p = 0.02).",
    ]
    higher = [{**group, "p_rate": 1.0, "p_drift": None, "p_score": 0.01} for group in search.groups()]
    assert words.groups({**search.summary, "groups": higher})[0] == (
        "tool EQ-A has higher scores than the others: 0.6, not 0.5 (p = 0.01)."
    )
    none = [{**group, "p_rate": 1.0, "p_drift": None} for group in search.groups()]
    assert words.groups({**search.summary, "groups": none}) == [
        "No group differs from the others, and none drifts, beyond chance."
    ]


# ---- what the page carries


def test_numbers_have_the_digits_that_can_be_seen() -> None:
    assert payload.rounded(np.array([1.23456789, 9.87654321, np.nan])) == pytest.approx(
        [1.23457, 9.87654, np.nan], nan_ok=True
    )
    close = np.array([100000.0123456, 100000.0234567])
    assert np.abs(payload.rounded(close) - close).max() < 1e-6
    assert payload.rounded(np.array([1e9, 1.23456])) == pytest.approx([1e9, 1.23456], abs=1e-5)
    same = np.array([1 / 3, 1 / 3])
    assert payload.rounded(same) == pytest.approx(same, abs=1e-14)
    assert len(payload.rounded(np.empty(0))) == 0


def test_the_page_carries_scores_events_and_readings(search: Search, page: Parsed) -> None:
    run, windows, sensors = (page.data(name) for name in ("run", "windows", "sensors"))
    overview = search.overview
    assert run["score"] == pytest.approx(overview.score, rel=1e-4)
    assert run["edges"] == overview.edges.tolist()
    assert [event["number"] for event in run["events"]] == [6, 5, 4, 3, 2, 1]
    assert run["times"][:2] == ["2026-01-01 00:00:00", "2026-01-01 00:00:02"]
    assert sorted(windows["events"]) == ["3", "4", "5", "6"] and list(windows["units"]) == ["1"]
    window, event = windows["events"]["5"], search.events[4]
    first = window["rows"].index(event["first_row"])
    assert window["values"][0][first] == pytest.approx(search.values[event["first_row"], 1], rel=1e-5)
    assert sensors["names"][:3] == ["sensor_2", "sensor_1", "sensor_0"]  # as often first, in order of their shares
    assert sensors["highest"][0] == pytest.approx(overview.highest[:, 2], rel=1e-4)


def test_what_is_missing_is_null() -> None:
    search = Search(2, 1)
    search.values[:, 1] = np.nan
    search.score[:5] = np.nan
    [window] = search.windows()
    data = payload.window_data(window, 0, 10)
    assert data["values"][1][0] is None
    run = payload.run_data(search.summary, search.overview, [], [], None)
    assert run["score"][0] is None and run["times"] is None
    envelopes = payload.envelopes(search.summary, search.overview, [1])
    assert envelopes["lowest"][0][0] is None and envelopes["said"] == ["sensor_1 has no readings."]


def test_of_too_many_groups_and_columns_those_that_matter_come_first(tmp_path: Path) -> None:
    search = Search(LISTED + 5, 3)
    roles = search.summary["columns"]["roles"]
    odd, calm = {**search.groups()[0], "name": "odd one"}, {**search.groups()[1], "p_drift": 1.0}
    columns = {**search.summary["columns"], "roles": [*roles[1:], roles[0]]}
    summary = {**search.summary, "groups": [calm] * LISTED + [odd], "columns": columns}
    path = write_page(detect_page(summary, search.overview, [], []), tmp_path)
    text = Parsed(path).text
    assert (
        "<bdi>odd one</bdi>" in path.read_text(encoding="utf-8") and "The 500 first of 501 groups are listed." in text
    )
    assert "it holds times" in text and "The 500 first of 506 columns are listed." in text


def test_a_sensor_is_counted_where_it_has_a_part(tmp_path: Path) -> None:
    page = Parsed(Search(5, 3).write(tmp_path))
    cells = re.findall(r"sensor_\d\d\d", re.sub(r"\s", "", page.text))
    assert [cell[-3:] for cell in cells[-5:]] == ["213", "112", "011", "302", "401"]  # name, first, with 10 % or more


def test_every_table_can_be_read_without_scripts(search: Search, page: Parsed) -> None:
    assert (page.count("data-event"), page.count("data-unit")) == (6, 5)
    for text in (
        "sensor_2", "60 %", "2026-01-01 00:37:30", "mean of sensor_0 in step 2: +12.3",
        "duration in step 3: -50 or more",
        "EQ-B", "0.0041", "it holds times", "what was done", "a note", "1.2.3", "row < 500",
    ):  # fmt: skip
        assert text in page.text, text
    low, high = (f"{value:.5g}" for value in (search.values[:, 0].min(), search.values[:, 0].max()))
    assert low in page.text and high in page.text


def test_links_lead_to_the_files_beside_the_page(page: Parsed) -> None:
    links = [attributes["href"] or "" for tag, attributes in page.elements if tag == "a"]
    assert [link for link in links if not link.startswith("#")] == ["detect.json", "events.csv", "a%20b%231.csv"]


def test_only_the_scripts_of_the_page_may_run_and_nothing_is_fetched(page: Parsed) -> None:
    policy = next(a["content"] or "" for tag, a in page.elements if tag == "meta" and "http-equiv" in a)
    runnable = [text for name, text in page.scripts if not name]
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in runnable]
    assert re.findall(r"'sha256-([^']+)'", policy) == hashes
    assert "default-src 'none'" in policy and "connect-src" not in policy
    for tag, attributes in page.elements:
        assert tag not in ("link", "iframe", "img", "object", "embed", "base"), tag
        assert "src" not in attributes
    for name in ("sensors.js", "sensors.html"):
        assert "//" not in assets.own(name).replace("// ", ""), name


def test_hostile_names_are_text_and_nothing_else(tmp_path: Path) -> None:
    page = Parsed(Search(HOSTILE, 6, 5, text="</title></script><b>&amp;").write(tmp_path, [*FILES, "</script>.csv"]))
    calm = Parsed(Search(len(HOSTILE), 6, 5, text="x").write(tmp_path / "calm", [*FILES, "x.csv"]))
    assert [tag for tag, _ in page.elements] == [tag for tag, _ in calm.elements]
    assert not [a for _, a in page.elements if any(name.startswith("on") for name in a)]
    assert sorted(page.data("sensors")["names"]) == sorted(name.replace("\ud800", "?") for name in HOSTILE)
    assert "</script><b>bold</b>" in page.text


def test_letters_from_right_to_left_turn_nothing_around_them() -> None:
    assert words.named("ضغط") == "\u2068ضغط\u2069"
    assert words.named("a\u202eb") == "\u2068a\u202eb\u2069"
    assert words.named("챔버 A") == "챔버 A"
    assert words.named("n" * 200) == "n" * 39 + "…" + "n" * 40


def test_a_search_that_found_nothing_reads_well(tmp_path: Path) -> None:
    search = Search(events=0)
    search.groups = list  # type: ignore[method-assign]
    page = Parsed(search.write(tmp_path, []))
    assert "No events in fab.csv." in page.text
    assert "The highest score of 3,000 rows is 1.5; the limit is 2." in page.text
    assert "No row exceeds the limit: there are no events." in page.text
    assert "there is nothing to compare" in page.text
    assert "Units" not in page.text
    assert "Files beside this page" not in page.text


def test_a_table_of_which_nothing_is_known_says_so(tmp_path: Path) -> None:
    search = Search(events=0)
    search.score[:] = np.nan
    page = detect_page({**search.summary, "known": 0, "above": 0}, search.overview, [], [])
    text = Parsed(write_page(page, tmp_path)).text
    assert "No row has a score: nothing is known of any." in text


def test_very_many_events_and_sensors_stay_usable(tmp_path: Path) -> None:
    search = Search(1000, 1000, rows=12_000)
    path = search.write(tmp_path)
    page = Parsed(path)
    assert page.count("data-event") == LISTED
    assert "The 500 loudest of 1,000 events are listed. All of them: events.csv" in page.text
    assert "The 500 most blamed of 1,000 sensors are listed." in page.text
    assert "960 sensors that are blamed less are not in the plot" in page.text
    assert "The 500 first of 1,001 columns are listed. All of them: detect.json" in page.text
    assert len(page.data("sensors")["names"]) == ENVELOPES == 40
    assert page.data("sensors")["first"][:4] == [334, 333, 333, 0]
    assert path.stat().st_size < len(assets.plotly_js()) + 3_000_000
