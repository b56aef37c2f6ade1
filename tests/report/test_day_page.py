"""The page of a day as text: what it says of the day, what it carries, and how it bears what is missing or hostile."""

import base64
import hashlib
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from culpa import gpstime
from culpa.evaluate.predictions import Predictions
from culpa.report import assets
from culpa.report.classes import NOT_CLASSIFIED, class_table
from culpa.report.day import glitch_words, words
from culpa.report.day.channels import channel_rows, rates, vetoed_in
from culpa.report.day.classes import Classes, classes_of
from culpa.report.day.page import write_day_page
from culpa.report.day.payload import MOST_TRIGGERS
from culpa.report.day.scans import scans_of
from culpa.report.day.view import DayView, StageState
from culpa.report.numbers import probability
from culpa.types import Events, Indices, Segments
from tests.report.days import CLASSES, SPAN, VIEWS, busy_day, empty_day, make_day
from tests.report.results import LIVE, PRIMARY
from tests.report.test_hveto_page import HOSTILE, Page


def page_of(view: DayView, folder: Path) -> Page:
    return Page(write_day_page(view, folder).read_text(encoding="utf-8"))


def links(page: Page) -> list[str]:
    return [attributes["href"] or "" for tag, attributes in page.elements if tag == "a"]


@pytest.fixture(scope="module")
def view() -> DayView:
    return make_day()


@pytest.fixture(scope="module")
def page(view: DayView, tmp_path_factory: pytest.TempPathFactory) -> Page:
    return page_of(view, tmp_path_factory.mktemp("page"))


def test_the_headline_is_the_day_in_a_sentence(view: DayView, page: Page) -> None:
    assert view.hveto is not None
    vetoed = sum(len(times) for times in view.vetoed.values())
    assert words.headline(view) == f"300 triggers in {PRIMARY}, {vetoed} of them explained by 3 channels."
    assert words.headline(view) in page.text
    assert sum(tag == "h1" for tag, _ in page.elements) == 1


def test_the_loudest_is_told_with_its_time_twice_and_its_fate(view: DayView, page: Page) -> None:
    events = view.triggers
    row = int(events["snr"].argmax())
    time, round_number = events["time"][row], vetoed_in(events["time"], view.vetoed)[row]
    fate = f"round {round_number} vetoes it" if round_number else "no round vetoes it"
    loudness = f"SNR {events['snr'][row]:.1f}, {events['frequency'][row]:.1f} Hz"
    assert f"The loudest has {loudness}, at GPS {gpstime.show(time)}; {fate}." in page.text


def test_what_the_veto_removes_is_told_with_its_cost_and_who_led(view: DayView, page: Page) -> None:
    assert view.hveto is not None
    rounds = view.hveto["rounds"]
    vetoed = sum(one["vetoed"] for one in rounds)
    assert f"The hierarchical veto removes {vetoed / 3:.1f} % ({vetoed}/300) of its triggers for " in page.text
    first = max(rounds, key=lambda one: one["vetoed"])
    assert f"in 3 rounds, by {first['winner']['channel']} ({first['vetoed']}), " in page.text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"hveto": None, "vetoed": {}}, f"300 triggers in {PRIMARY}; what caused them has not been asked."),
        (
            {"hveto": None, "vetoed": {}, "stages": (StageState("hveto", "failed", 1, "no memory"),)},
            f"300 triggers in {PRIMARY}; the hierarchical veto failed.",
        ),
        (
            {"events": {}, "hveto": None, "vetoed": {}},
            f"No trigger in {PRIMARY} in 13,400 s (3.72 h) of searched data.",
        ),
        ({"events": {}, "searched": {}, "hveto": None, "vetoed": {}}, f"{PRIMARY} has not been searched."),
        (
            {"events": {}, "searched": {}, "stages": (StageState("triggers", "failed", 1, "x"),)},
            f"The trigger search failed: nothing is known of {PRIMARY}.",
        ),
    ],
)
def test_the_headline_of_less_than_a_whole_day(changes: dict[str, object], said: str) -> None:
    assert words.headline(make_day(**changes)) == said


def test_no_channel_explains(view: DayView) -> None:
    assert view.hveto is not None
    none = replace(view, hveto=view.hveto | {"rounds": []}, vetoed={})
    assert words.headline(none) == f"300 triggers in {PRIMARY}; no channel explains them."


def test_stages_that_did_not_end_well_are_named(tmp_path: Path) -> None:
    stages = (
        StageState("triggers", "done", 13, "7 triggers"),
        StageState("hveto", "failed", 1, "no memory."),
        StageState("score", "not run", 1, ""),
        StageState("qscans", "not run", 1, ""),
        StageState("mock", "empty", 450, ""),
    )
    assert [*words.problems(stages)] == [
        ("danger", "The hierarchical veto failed: no memory."),
        ("", "Not run: score against the truth table and Q-scans."),
    ]
    page = page_of(make_day(stages=stages), tmp_path)
    assert "The hierarchical veto failed: no memory." in page.text
    states = [a["data-state"] for tag, a in page.elements if tag == "td" and "data-state" in a]
    assert states == [one.state for one in stages]
    assert any(tag == "details" and a.get("id") == "stages" and "open" in a for tag, a in page.elements)


def test_a_good_day_keeps_its_stages_folded(page: Page) -> None:
    assert any(tag == "details" and a.get("id") == "stages" and "open" not in a for tag, a in page.elements)


def test_rounds_that_chance_does_as_well_are_named(view: DayView, tmp_path: Path) -> None:
    assert view.hveto is not None
    doubted = replace(view, hveto=view.hveto | {"doubtful": [2]})
    assert "Round 2 is no better than chance would often be" in page_of(doubted, tmp_path).text


def test_rounds_lead_to_the_page_of_the_veto(view: DayView, page: Page) -> None:
    assert view.hveto is not None
    found = links(page)
    for one in view.hveto["rounds"]:
        assert f"hveto/index.html#round-{one['round']}" in found
        assert f"({one['vetoed']}/{one['primaries']})" in page.text


def test_an_engine_that_tells_no_probabilities_is_borne(view: DayView, tmp_path: Path) -> None:
    assert view.hveto is not None
    unknown = dict.fromkeys(("false_alarm_probability", "false_alarm_log10_bound", "shifts_at_least"))
    rounds = [one | {"winner": one["winner"] | unknown, "channels": None} for one in view.hveto["rounds"]]
    poor = view.hveto | {"rounds": rounds, "remaining": view.hveto["remaining"] | {"channels": None, "best": None}}
    page = page_of(replace(view, hveto=poor), tmp_path)
    assert "better than chance" not in page.text
    assert not [link for link in links(page) if link.startswith("hveto/index.html#round-1/")]


def test_days_before_and_after_are_links_where_they_are(page: Page, tmp_path: Path) -> None:
    assert links(page)[1:3] == ["../2024-05-16_mock/index.html", "../2024-05-18_mock/index.html"]
    alone = page_of(make_day(previous=None, next=None), tmp_path)
    assert not [link for link in links(alone) if link.startswith("../")]
    assert sum(a.get("aria-disabled") == "true" for _, a in alone.elements) == 2


def test_links_lead_only_to_what_the_stages_left(page: Page, tmp_path: Path) -> None:
    files = {"raw/truth.csv", "omicron/", "hveto/summary.json", "score.csv", "qscans/main/"}
    files |= {"machine_learning/predictions.csv", "machine_learning/classes_by_witness.csv"}
    assert files <= {*links(page)}
    none = page_of(empty_day(), tmp_path)
    assert [link for link in links(none) if not link.startswith("#")] == []


def test_the_page_carries_the_triggers_and_the_round_of_each(view: DayView, page: Page) -> None:
    data, events = page.data("day"), view.triggers
    assert [data["start"] + at for at in data["triggers"]["time"]] == pytest.approx(events["time"], abs=1e-6)
    assert data["triggers"]["size"] == pytest.approx(events["snr"], rel=1e-4)
    assert data["triggers"]["frequency"] == pytest.approx(events["frequency"], rel=1e-4)
    counted = np.bincount(data["triggers"]["round"], minlength=4)[1:]
    assert counted.tolist() == [len(view.vetoed[number]) for number in (1, 2, 3)]
    assert data["live"] == [[a - SPAN[0], b - SPAN[0]] for a, b in LIVE]


def test_channels_are_sorted_by_rate(view: DayView, page: Page) -> None:
    rows = channel_rows(view)
    assert [row.channel for row in rows] == page.data("day")["rates"]["channels"]
    assert [row.rate for row in rows] == sorted((row.rate for row in rows), reverse=True)
    for row in rows:
        assert row.rate == pytest.approx(3600 * len(view.events[row.channel]) / 13400)
        assert row.loudest is not None
        assert row.loudest.size == view.events[row.channel]["snr"].max()


def test_a_channel_of_which_no_live_time_is_known_has_no_rate_and_comes_last(view: DayView) -> None:
    rows = channel_rows(replace(view, searched={PRIMARY: LIVE}))
    assert rows[0].channel == PRIMARY
    assert all(np.isnan(row.rate) for row in rows[1:])


def test_rates_count_every_trigger_once_and_know_what_was_searched(view: DayView) -> None:
    channels = [*view.events, "K1:NEVER"]
    binned = rates(view, channels)
    assert binned.counts.sum(axis=1).tolist() == [*(len(events) for events in view.events.values()), 0]
    assert binned.width == 300
    assert (binned.edges - gpstime.day_start(view.date)) % 300 == pytest.approx(0)
    assert (binned.searched[0] * np.diff(binned.edges)).sum() == pytest.approx(LIVE.livetime)
    assert np.isnan(binned.searched[-1]).all()
    inside = (binned.edges[:-1] >= 1_400_009_018) & (binned.edges[1:] <= 1_400_010_018)
    assert inside.any()
    assert (binned.searched[0][inside] == 0).all()


def test_a_round_is_known_by_time_but_for_rounding() -> None:
    times = np.array([1.0, 2.0, 2.5, 3.0, 9.0])
    vetoed = {4: np.array([2.0 + 5e-7, 9.0]), 2: np.array([1.0, 2.5 + 5e-6])}
    assert vetoed_in(times, vetoed).tolist() == [2, 4, 0, 0, 4]
    assert vetoed_in(times, {}).tolist() == [0] * 5
    assert vetoed_in(times, {1: np.empty(0)}).tolist() == [0] * 5
    assert vetoed_in(times[:0], vetoed).tolist() == []


def test_the_score_has_every_family_with_its_interval(view: DayView, page: Page) -> None:
    assert view.score is not None
    every, blip = view.score["all"], view.score["veto"]["coupled"]["blip"]
    assert f"({every['found']}/{every['expected']}) of the injections in searched data were found" in page.text
    assert f"({blip['right']}/{blip['found']}) were vetoed by a true witness." in page.text
    assert words.interval(view.score["family"]["blip"]) in page.text
    assert words.interval({"interval": [None, None]}) == "–"


def known_classes(view: DayView) -> tuple[Classes, Indices]:
    rounds = vetoed_in(view.triggers["time"], view.vetoed)
    classes = classes_of(view, rounds)
    assert classes is not None
    return classes, rounds


def tables(page: Page, id_: str) -> list[list[str]]:
    """The rows of a table: what each cell is sorted by."""
    start = next(i for i, (tag, a) in enumerate(page.elements) if tag == "table" and a.get("id") == id_)
    rows: list[list[str]] = []
    for tag, attributes in page.elements[start + 1 :]:
        if tag in ("table", "section"):
            break
        if tag == "tr":
            rows.append([])
        elif "data-value" in attributes:
            rows[-1].append(attributes["data-value"] or "")
    return rows[1:]  # without the header


def test_every_class_has_its_triggers_flags_and_probabilities(view: DayView, page: Page) -> None:
    said = view.classes
    assert said is not None
    rows = {name: cells for name, *cells in tables(page, "class-rows")}
    assert list(rows) == sorted({*said.name}, key=lambda name: -(said.name == name).sum())
    for name, (n, share, flagged, mean, low, middle, high, largest, _) in rows.items():
        its = said.name == name
        assert int(n) == its.sum()
        assert float(share) == pytest.approx(its.sum() / 290)
        assert int(flagged) == (its & said.flagged).sum()
        assert float(mean) == pytest.approx(said.probability[its].mean())
        bins = np.histogram(said.probability[its], [0, 0.5, 0.9, 1.1])[0]
        assert [int(low), int(middle), int(high)] == bins.tolist()
        assert float(largest) == view.triggers["snr"][:290][its].max()


def test_classes_by_witness_are_the_table_of_the_file(view: DayView, page: Page) -> None:
    assert view.hveto is not None
    assert view.classes is not None
    times = view.triggers["time"]
    winners = {one["round"]: one["winner"]["channel"] for one in view.hveto["rounds"]}
    expected = class_table(PRIMARY, times, vetoed_in(times, view.vetoed), winners, view.classes)
    rows = tables(page, "witnesses")
    assert [name for name, *_ in rows[:-1]] == list(expected.rows)
    assert expected.rows[-2:] == ("unknown", NOT_CLASSIFIED)
    assert [[int(n) for n in cells] for _, *cells in rows[:-1]] == [
        [*counts, sum(counts)] for counts in expected.counts.tolist()
    ]
    assert [int(n) for n in rows[-1]] == [*expected.counts.sum(axis=0).tolist(), 300]
    for number, winner in winners.items():
        assert f"Round {number} {winner}" in page.text
    vetoed = int(expected.counts[0, 0])
    assert f"{100 * vetoed / expected.totals[0]:.1f} %" in page.text


def test_classes_are_told_in_sentences(view: DayView, page: Page) -> None:
    classes, _ = known_classes(view)
    said = glitch_words.classified(classes)
    assert said in page.text
    assert said.startswith("96.7 % (290/300) of the triggers were classified, 15 (5.2 %) flagged unknown: not like")
    assert "; the others are blip (" in said


def test_a_round_is_told_where_half_of_what_it_removes_is_of_one_class(view: DayView, page: Page) -> None:
    table = known_classes(view)[0].table
    told = list(glitch_words.removed(table))
    assert 0 < len(told) < len(table.rounds)
    name = told[0].partition("removes mostly ")[2].partition(":")[0]
    strange = replace(table, rows=tuple("unknown" if row == name else f"_{row}" for row in table.rows))
    first = next(glitch_words.removed(strange))
    assert "removes mostly glitches flagged unknown: " in first and first.endswith(" of all flagged.")
    for number, winner, counts in zip(table.rounds, table.witnesses, table.counts.T.tolist(), strict=False):
        most = max(counts)
        name = table.rows[counts.index(most)]
        of = f"({most}/{sum(counts)}) of what it removes", f"({most}/{table.totals[counts.index(most)]}) of that class."
        said = [one for one in told if one.startswith(f"Round {number} ({winner}) removes mostly {name}: ")]
        assert bool(said) == (2 * most >= sum(counts))
        assert all(of[0] in one and one.endswith(of[1]) and one in page.text for one in said)


@pytest.mark.parametrize(
    ("names", "flagged", "said"),
    [
        (["dot"] * 3, [False] * 3, "All 3 triggers were classified as dot (3); none is flagged unknown; their mean"),
        (["dot"], [True], "33.3 % (1/3) of the triggers were classified, 1 (100.0 %) flagged unknown: not"),
        (
            ["dot"] * 2 + ["blip"],
            [False] * 2 + [True],
            "All 3 triggers were classified, 1 (33.3 %) flagged unknown: not like what the network has learned from; "
            "the others are dot (2); their mean probability is 0.80.",
        ),
        ([], [], "No trigger was classified."),
    ],
)
def test_few_classes_are_told(names: list[str], flagged: list[bool], said: str) -> None:
    times = SPAN[0] + np.arange(100.0, 103.0)
    events = {PRIMARY: Events({"time": times, "snr": np.full(3, 9.0)})}
    n = len(names)
    predictions = Predictions(
        times[:n], np.full(n, PRIMARY), np.array(names, np.str_), np.full(n, 0.8), np.array(flagged, bool), CLASSES
    )
    view = empty_day(events=events, searched={PRIMARY: LIVE}, classes=predictions)
    assert glitch_words.classified(known_classes(view)[0]).startswith(said)


def test_predictions_of_other_channels_and_times_are_of_no_trigger(view: DayView, tmp_path: Path) -> None:
    assert view.classes is not None
    elsewhere = replace(view.classes, channel=np.full(len(view.classes), "K1:ELSE"))
    later = replace(view.classes, gps=view.classes.gps + 1e-3)
    for other in (elsewhere, later):
        changed = replace(view, classes=other)
        assert (known_classes(changed)[0].of == -1).all()
        page = page_of(changed, tmp_path)
        assert "No trigger was classified." in page.text
        assert page.data("day")["called"] == [NOT_CLASSIFIED]


def test_the_page_carries_the_class_of_each_trigger(view: DayView, page: Page) -> None:
    data, said = page.data("day"), view.classes
    assert said is not None
    triggers = data["triggers"]
    names = [data["classes"][label] for label in triggers["class"][:290]]
    assert names == said.name.tolist()
    assert triggers["class"][290:] == [None] * 10
    assert triggers["probability"][:290] == pytest.approx(said.probability, abs=1e-4)
    called = [data["called"][row] for row in triggers["called"]]
    assert called == [*np.where(said.flagged, "unknown", said.name), *[NOT_CLASSIFIED] * 10]


def test_the_score_of_classes_is_told(view: DayView, page: Page, tmp_path: Path) -> None:
    assert view.score is not None
    every = view.score["classes"]["all"]
    assert f"macro-F1 {every['macro_f1']:.3f} (" in page.text
    assert f"({every['right']}/{every['known']}) right, calibration error {every['calibration_error']:.3g}" in page.text
    blip = view.score["classes"]["class"]["blip"]
    assert f"({blip['right']}/{blip['examples']})" in page.text
    assert "trigger SNR 8+" in page.text
    nothing = {**view.score["classes"], "all": {**every, "known": 0}}
    assert glitch_words.scored(nothing).startswith("No classified trigger is of a family")
    before = {name: entry for name, entry in view.score.items() if name != "classes"}
    assert "acro-F1" not in page_of(replace(view, score=before), tmp_path).text


def test_the_page_carries_where_the_pictures_lie(view: DayView, page: Page) -> None:
    assert view.pictures is not None
    data = page.data("day")
    scans = data["scans"]
    assert scans["views"] == list(VIEWS)
    assert len(scans["stem"]) == len(view.pictures) > 50
    for at, stem, number in zip(scans["time"], scans["stem"], scans["round"], strict=True):
        (time,) = (time for time in view.pictures if abs(time - data["start"] - at) < 1e-5)
        assert [f"{stem}{of}.png" for of in VIEWS] == view.pictures[time]
        assert time in view.vetoed[number]
    assert "Each vetoed trigger is shown beside the winner of its round" in page.text
    policy = next(a["content"] or "" for tag, a in page.elements if tag == "meta" and "http-equiv" in a)
    assert "img-src data: blob: 'self' file:; " in policy


def test_only_pictures_of_triggers_count(view: DayView) -> None:
    assert view.pictures is not None
    time, paths = next(iter(view.pictures.items()))
    few = scans_of(replace(view, pictures={time: paths, time + 0.5: paths, SPAN[0]: ["notes.txt"]}))
    assert few is not None
    assert view.triggers["time"][few.rows] == pytest.approx([time])
    rounds = vetoed_in(view.triggers["time"], view.vetoed)
    assert glitch_words.shown(few, rounds).startswith(f"1 of {len(view.pictures)} vetoed triggers is shown")


def test_without_pictures_or_classes_the_page_has_no_place_for_them(view: DayView, tmp_path: Path) -> None:
    page = page_of(replace(view, pictures=None, classes=None, coherence=None, stages=()), tmp_path / "none")
    ids = {a.get("id") for _, a in page.elements}
    assert not {"qscans", "classes", "scan", "witnesses", "coherence"} & ids
    assert "'self'" not in next(a["content"] or "" for tag, a in page.elements if tag == "meta" and "http-equiv" in a)
    assert not [link for link in links(page) if link.startswith(("qscans", "machine_learning"))]
    assert page.data("day")["scans"] is None
    quiet = page_of(replace(view, pictures={}, vetoed={}), tmp_path / "quiet")
    assert "No trigger is vetoed: there are no pictures." in quiet.text
    assert "No vetoed trigger has a picture." in page_of(replace(view, pictures={}), tmp_path / "lost").text


def test_classes_without_a_veto_are_counted(view: DayView, tmp_path: Path) -> None:
    page = page_of(replace(view, hveto=None, vetoed={}, pictures=None), tmp_path)
    rows = tables(page, "witnesses")
    assert all(len(cells) == 3 and cells[1] == cells[2] for cells in rows[:-1])
    assert "machine_learning/predictions.csv" in links(page)
    assert "machine_learning/classes_by_witness.csv" not in links(page)


def test_the_loudest_have_a_class_and_a_picture(view: DayView, page: Page) -> None:
    assert view.pictures is not None
    loudest = view.triggers["time"][np.argsort(-view.triggers["snr"])[:20]]
    shown = [view.pictures[time][2] for time in loudest.tolist() if time in view.pictures]
    assert [link for link in links(page) if link.startswith("qscans/") and link.endswith(".png")] == shown


def test_probabilities_are_never_certain() -> None:
    texts = [probability(value) for value in (0.0, 0.004, 0.006, 0.5, 0.994, 0.996, 1.0, float("nan"))]
    assert texts == ["<0.01", "<0.01", "0.01", "0.50", "0.99", ">0.99", ">0.99", "–"]


def test_a_day_of_own_data_has_no_score(view: DayView, tmp_path: Path) -> None:
    page = page_of(replace(view, score=None, stages=view.stages[1:3]), tmp_path)
    assert not [link for link in links(page) if "score" in link or "raw" in link]
    assert not any(a.get("id") == "score" for _, a in page.elements)


def test_the_same_view_gives_the_same_bytes(view: DayView, tmp_path: Path) -> None:
    backwards = replace(
        view, events=dict(reversed(view.events.items())), searched=dict(reversed(view.searched.items()))
    )
    pages = [write_day_page(one, tmp_path / name).read_bytes() for name, one in (("a", view), ("b", backwards))]
    assert pages[0] == pages[1]


def test_a_day_without_anything_is_a_page(tmp_path: Path) -> None:
    view = empty_day()
    page = page_of(view, tmp_path)
    assert "The mock data failed: disk full." in page.text
    assert "Not run: trigger search and hierarchical veto." in page.text
    assert "No channel was searched." in page.text
    assert page.data("day")["rates"]["channels"] == []


def test_a_searched_day_without_a_trigger_says_so(tmp_path: Path) -> None:
    searched = {PRIMARY: LIVE, "K1:QUIET": LIVE}
    page = page_of(empty_day(searched=searched, events={"K1:QUIET": Events.empty()}, stages=()), tmp_path)
    assert "No trigger in " in page.text
    assert "no triggers in 2 channels." in page.text
    assert "none is planned" in page.text


def test_events_with_scores_or_without_numbers_are_borne(tmp_path: Path) -> None:
    times = np.array([1_400_000_100.0, 1_400_000_200.0])
    scored = {PRIMARY: Events({"time": times, "score": np.array([0.2, 0.9])}), "K1:BARE": Events({"time": times})}
    page = page_of(empty_day(events=scored, searched=dict.fromkeys(scored, LIVE)), tmp_path)
    assert "The loudest has score 0.9, at GPS 1400000200 (" in page.text
    assert page.data("day")["triggers"]["frequency"] == [None, None]


def test_a_span_shorter_than_a_bin_and_one_of_many_days(view: DayView) -> None:
    start = SPAN[0]
    assert len(rates(replace(view, span=(start, start)), []).edges) == 2
    assert rates(replace(view, span=(start, start + 40 * 86400)), []).width == 43200
    long = rates(replace(view, span=(start, start + 1000 * 86400)), [])
    assert 100 <= len(long.edges) <= 103
    assert long.edges[-1] >= start + 1000 * 86400


def test_a_busy_day_stays_bounded_and_says_what_it_left_out(tmp_path: Path) -> None:
    view = busy_day(50_000, 300, 200)
    path = write_day_page(view, tmp_path)
    assert path.stat().st_size < 8_000_000
    data = Page(path.read_text(encoding="utf-8")).data("day")
    assert data["triggers"]["total"] == 50_000
    assert len(data["triggers"]["time"]) == MOST_TRIGGERS
    kept = np.sort(view.triggers["snr"])[-MOST_TRIGGERS:]
    assert np.sort(data["triggers"]["size"]) == pytest.approx(kept, rel=1e-4)
    assert data["triggers"]["time"] == sorted(data["triggers"]["time"])
    assert len(data["rates"]["counts"]) == 301
    assert len(data["rates"]["searched"]) == 1


def test_hostile_names_are_text_and_nothing_else(tmp_path: Path) -> None:
    stages = (StageState("<script>alert(1)</script>", "failed", 1, "</main><img src=x onerror=y>"),)
    view = make_day(
        HOSTILE, primary="K1:<script>alert(1)</script>", stages=stages, label="<b>day</b>", about={"<i>": "<i>"}
    )
    page, calm = page_of(view, tmp_path / "h"), page_of(make_day(len(HOSTILE)), tmp_path / "c")
    kinds = ("h1", "b", "i", "img", "script", "style", "title")
    assert [tag for tag, _ in page.elements if tag in kinds] == [tag for tag, _ in calm.elements if tag in kinds]
    assert not [a for _, a in page.elements if any(name.startswith("on") for name in a)]
    assert "300 triggers in K1:<script>alert(1)</script>, " in page.text
    assert {name.replace("\ud800", "?") for name in HOSTILE} < {*page.data("day")["rates"]["channels"]}
    assert all(
        re.fullmatch(r"#[a-z]+|\.\./[\w/.-]+|[\w/.%-]+(#(round-\d(/[\w%.~-]+)?)?)?", link) for link in links(page)
    )


def test_only_the_scripts_of_the_page_may_run_and_nothing_is_fetched(page: Page) -> None:
    policy = next(a["content"] or "" for tag, a in page.elements if tag == "meta" and "http-equiv" in a)
    hashes = [
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for name, text in page.scripts if not name
    ]
    assert re.findall(r"'sha256-([^']+)'", policy) == hashes
    for tag, attributes in page.elements:
        assert tag not in ("link", "iframe", "object", "embed", "base"), tag
        if tag == "img":  # beside the page
            assert re.fullmatch(r"coherence/[\w.%-]+\.png", attributes["src"] or "")
        else:
            assert "src" not in attributes
        assert not (attributes.get("href") or "").startswith(("http", "//"))
    for name in ("day.js", "gallery.js", "day.html", "macros.html"):
        assert "//" not in assets.own(name).replace("// ", ""), name


def test_a_gap_of_the_search_is_in_the_totals(page: Page) -> None:
    assert "13,400 s (3.72 h)" in page.text
    assert Segments.of([SPAN]).livetime == 14_400


def test_coherence_has_a_row_and_a_figure_for_each_channel(view: DayView, page: Page, tmp_path: Path) -> None:
    assert "Of 2 channels compared with" in page.text
    assert "1 is coherent with it there." in page.text
    assert (
        f"none of 12 channels is coherent with {PRIMARY} (false-alarm probability 1 % over all 5,000 frequencies)"
        in page.text
    )
    images = [a for tag, a in page.elements if tag == "img"]
    assert [a["src"] for a in images] == ["coherence/both_round-1.png", "coherence/both_round-2.png"]
    assert [a["alt"] for a in images] == ["It is coherent.", "It is not coherent."]
    assert "56–98" in page.text
    assert "Q-scans show both channels" in page.text
    assert view.coherence is not None
    first = view.coherence["findings"][0]
    unknown = dict.fromkeys(("p_at_glitches", "ranges_at_glitches", "coherent_at_glitches", "windows_at_glitches"))
    ranked = view.coherence["overall"] | {"significant": ["K1:<b>", "K1:B"]}
    alone = first | unknown | {"label": "K1#x", "round": None, "channel": "K1:<b>", "ranges_overall": [_range(1e-5)]}
    other = page_of(replace(view, coherence={"overall": ranked, "findings": [alone]}), tmp_path)
    assert f"2 of 12 channels are coherent with {PRIMARY}" in other.text
    assert "K1:<b> and K1:B." in other.text
    assert [a["src"] for tag, a in other.elements if tag == "img"] == ["coherence/overall_K1%23x.png"]
    assert "60–75" in other.text


@pytest.mark.parametrize(
    ("windows", "overall", "kind"),
    [(1, [], "both"), (1, None, "glitch"), (0, [], "overall"), (None, [], "overall"), (0, None, None)],
)
def test_the_figure_of_a_channel_is_one_that_there_is(
    view: DayView, tmp_path: Path, windows: int | None, overall: list[object] | None, kind: str | None
) -> None:
    """One glitch alone, of which nothing is known, is drawn, too."""
    assert view.coherence is not None
    one = view.coherence["findings"][0] | {"p_at_glitches": None, "coherent_at_glitches": None}
    one |= {"windows_at_glitches": windows, "ranges_overall": overall, "p_overall": None}
    page = page_of(replace(view, coherence={"overall": None, "findings": [one]}), tmp_path)
    figures = [a["src"] for tag, a in page.elements if tag == "img"]
    assert figures == ([f"coherence/{kind}_round-1.png"] if kind else [])
    assert "compared with" not in page.text
    assert "Round 1: It is coherent." in page.text


@pytest.mark.parametrize(
    ("channels", "names", "said"),
    [
        (0, "", f"Over the whole time nothing is known of channels beside {PRIMARY}."),
        (9, "A", f"Over the whole time 1 of 9 channels is coherent with {PRIMARY} ("),
        (9, "ABC", "): A, B and C."),
        (9, "ABCDE", "): A, B, C and 2 more."),
    ],
)
def test_what_is_coherent_overall_is_named(view: DayView, tmp_path: Path, channels: int, names: str, said: str) -> None:
    assert view.coherence is not None
    ranked = view.coherence["overall"] | {"channels": channels, "significant": [*names]}
    page = page_of(replace(view, coherence={"overall": ranked, "findings": []}), tmp_path)
    assert said in page.text


def _range(p: float) -> dict[str, float]:
    return {"from": 60.0, "to": 75.0, "peak": 61.0, "coherence": 0.1, "p": p}
