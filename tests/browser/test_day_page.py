"""The page of a day in a browser: what its plots show, how they are linked, what its keys, filter and tables do."""

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from culpa import gpstime
from culpa.report.day.channels import vetoed_in
from culpa.report.day.classes import classes_of
from culpa.report.day.page import write_day_page
from culpa.report.day.view import DayView
from tests.report.days import busy_day, empty_day, make_day, pictures_at
from tests.report.results import PRIMARY

from .conftest import HOSTILE, Visitor, expect_light_paper

VIEW, BUSY = make_day(), busy_day(30_000, 120, 20)
DAYS = ["full", "alone", "empty", "hostile", "busy"]
GLITCHGRAM, RATES = "#glitchgram .plot-box", "#channels .plot-box"


@pytest.fixture(scope="session")
def visitor(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Visitor:
    """Days in the folders that runs give them: one with everything, one without a veto, nothing, hostile, busy."""
    views = {
        "full": VIEW,
        "alone": make_day(hveto=None, vetoed={}, score=None, previous=None, next=None),
        "empty": empty_day(),
        "hostile": make_day(HOSTILE, primary=HOSTILE[0]),
        "busy": BUSY,
        "odd": make_day(2, primary="K1:A#B+"),
    }
    root = tmp_path_factory.mktemp("days")
    pages = {name: write_day_page(view, root / name / "2024-05-17_mock") for name, view in views.items()}
    for name, view in views.items():
        draw(view, pages[name].parent)
    pages["without pictures"] = write_day_page(VIEW, root / "elsewhere")
    write_day_page(empty_day(label="another day"), root / "full" / "2024-05-18_mock")
    return Visitor(browser, pages)


def draw(view: DayView, folder: Path) -> None:
    """Every picture of a day, all alike."""
    from PIL import Image

    (folder / "qscans/main").mkdir(parents=True)
    (folder / "coherence").mkdir()
    Image.new("L", (145, 60), 128).save(folder / "grey.png")
    figures = [f"coherence/both_{one['label']}.png" for one in (view.coherence or {"findings": ()})["findings"]]
    for path in (*figures, *(path for paths in (view.pictures or {}).values() for path in paths)):
        (folder / path).hardlink_to(folder / "grey.png")


def points(page: Page) -> int:
    """How many triggers are drawn; two more points are in the legend."""
    return int(page.locator(f"{GLITCHGRAM} .scatterlayer path.point").count())


def time_range(page: Page, box: str) -> list[float]:
    found: list[float] = page.locator(box).evaluate("box => box.layout.xaxis.range.map(asMs)")
    return found


def zoom(page: Page, start: str, end: str) -> None:
    days = [f"2024-05-17 {edge}" for edge in (start, end)]
    page.locator(GLITCHGRAM).evaluate("(box, range) => Plotly.relayout(box, { 'xaxis.range': range })", days)


@pytest.mark.parametrize("day", DAYS)
def test_every_plot_is_drawn_without_a_complaint(visit: Visitor, day: str) -> None:
    page = visit(day)
    figures = page.locator("figure.plot")
    expect(figures.locator(".plot-container")).to_have_count(figures.count())
    assert figures.count() == (1 if day == "empty" else 2)


@pytest.mark.parametrize("day", DAYS)
def test_no_page_is_wider_than_the_screen(visit: Visitor, day: str) -> None:
    for width in (1600, 1280, 768, 380):
        page = visit(day, width=width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_nothing_offers_to_send_the_data_anywhere(visit: Visitor) -> None:
    buttons = visit("full").locator(".modebar-btn")
    offered = {button.get_attribute("data-title") for button in buttons.all()}
    assert offered == {"Download plot as a PNG", "Zoom", "Pan", "Zoom in", "Zoom out", "Reset axes"}


def test_triggers_can_be_chosen_by_what_became_of_them(visit: Visitor) -> None:
    page = visit("full")
    rounds = vetoed_in(VIEW.triggers["time"], VIEW.vetoed)
    numbers = {"all": 300, "kept": (rounds == 0).sum(), "vetoed": (rounds > 0).sum(), "2": (rounds == 2).sum()}
    for choice, number in numbers.items():
        page.select_option("#shown", choice)
        assert points(page) == number
    assert page.locator("#shown option").last.inner_text().startswith("Round 3: K1:")
    page.select_option("#shown", "all")


def test_a_trigger_is_told_with_gps_and_utc(visit: Visitor) -> None:
    page = visit("full")
    row = int(VIEW.triggers["snr"].argmax())
    gps = f"{VIEW.triggers['time'][row]:.3f}"
    texts = page.locator(GLITCHGRAM).evaluate("box => box.data.flatMap((trace) => trace.text ?? [])")
    loudest = next(text for text in texts if f"GPS {gps}" in text)
    assert loudest.startswith(f"SNR {VIEW.triggers['snr'][row]:.1f}, ")
    assert "2024-05-17 " in loudest and " UTC" in loudest
    assert len(texts) == 300
    places = page.locator(GLITCHGRAM).evaluate("box => box.data.slice(0, 2).flatMap((trace) => trace.marker.color)")
    assert (min(places), max(places)) == (0, 1)
    customdata = page.locator(GLITCHGRAM).evaluate("box => box.data.flatMap((trace) => trace.customdata ?? [])")
    clicked = {"points": [{"customdata": customdata[texts.index(loudest)]}]}
    page.locator(GLITCHGRAM).evaluate("(box, clicked) => box.emit('plotly_click', clicked)", clicked)
    expect(page.locator("#said")).to_contain_text(gps)


def test_zooming_in_one_plot_zooms_the_other_and_0_zooms_out(visit: Visitor) -> None:
    page = visit("full")
    whole = time_range(page, RATES)
    button = page.locator("[data-do=whole]")
    expect(button).not_to_be_visible()
    zoom(page, "18:00:00", "18:30:00")
    start, end = (gpstime.from_utc(dt.datetime(2024, 5, 17, 18, minute)) for minute in (0, 30))
    assert time_range(page, RATES) == time_range(page, GLITCHGRAM) == [1715968800000, 1715970600000]
    assert points(page) == ((VIEW.triggers["time"] >= start) & (VIEW.triggers["time"] <= end)).sum() > 0
    expect(button).to_be_visible()
    page.keyboard.press("0")
    assert time_range(page, GLITCHGRAM) == time_range(page, RATES) == whole
    assert points(page) == 300
    expect(button).not_to_be_visible()


def test_a_narrow_band_has_numbers_along_it(visit: Visitor) -> None:
    page = visit("full")
    box = page.locator(GLITCHGRAM)
    box.evaluate("box => Plotly.relayout(box, { 'yaxis.range': [101, 119].map(Math.log10) })")
    assert box.locator(".ytick text").all_text_contents() == ["105", "110", "115"]
    page.keyboard.press("0")
    assert box.locator(".ytick text").all_text_contents() == ["30", "100", "300", "1,000"]


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.5, 5000, [1, 10, 100, 1000]),
        (8, 110, [10, 30, 100]),
        (100, 450, [100, 150, 200, 300, 400]),
        (100.05, 320, [150, 200, 300]),
        (1000.2, 1000.9, [1000.2, 1000.4, 1000.6, 1000.8]),
        (0.0011, 0.0014, [0.0011, 0.0012, 0.0013, 0.0014]),
    ],
)
def test_a_logarithmic_axis_has_round_numbers_inside(
    visit: Visitor, low: float, high: float, ticks: list[float]
) -> None:
    assert visit("full").evaluate("([low, high]) => logAxis(low, high).tickvals", [low, high]) == ticks


def test_on_a_phone_nothing_covers_the_legend_and_the_rates(visit: Visitor) -> None:
    page = visit.fresh("full", viewport={"width": 380, "height": 800}, has_touch=True)
    bars = page.locator(".modebar:visible")
    expect(bars).to_have_count(0)
    bottoms = page.locator(f"{RATES} .cbaxis text").evaluate_all(
        "all => all.map((one) => one.getBoundingClientRect().bottom)"
    )
    assert max(bottoms) <= page.locator(f"{RATES} .bglayer").evaluate("plot => plot.getBoundingClientRect().top")
    page.set_viewport_size({"width": 820, "height": 1000})  # there is room, and fingers have nothing else to zoom with
    expect(bars).to_have_count(2)


def test_pointing_in_one_plot_marks_the_time_in_the_other(visit: Visitor) -> None:
    page = visit("full")
    line = "box => box.layout.shapes[0]"
    assert page.locator(RATES).evaluate(line)["visible"] is False
    page.locator(GLITCHGRAM).evaluate("box => box.emit('plotly_hover', { points: [{ x: 1715968800000 }] })")
    page.wait_for_function("selector => document.querySelector(selector).layout.shapes[0].visible", arg=RATES)
    assert page.locator(RATES).evaluate(line)["x0"] == 1715968800000
    page.locator(GLITCHGRAM).evaluate("box => box.emit('plotly_unhover', {})")
    page.wait_for_function("selector => !document.querySelector(selector).layout.shapes[0].visible", arg=RATES)


def test_what_was_not_searched_is_shaded(visit: Visitor) -> None:
    page = visit("full")
    expect(page.locator("#glitchgram .thinned")).to_have_text("Grey: not searched, 1,000 s in all.")
    assert page.locator(f"{GLITCHGRAM} .shapelayer path").count() >= 1
    blank = page.locator(RATES).evaluate("box => box.data[0].z.map((row) => row.filter((value) => value).length)")
    assert {*blank} == {3}  # of the bins of 300 s three lie inside the gap


def test_of_many_triggers_the_loudest_are_drawn_and_zooming_shows_others(visit: Visitor) -> None:
    page = visit("busy")
    said = page.locator("#glitchgram .thinned")
    quietest = np.sort(BUSY.triggers["snr"])[-6000]
    expect(said).to_contain_text(f"The 6,000 loudest of 20,000 in view are drawn, SNR {quietest:.1f} and more: zoom in")
    expect(said).to_contain_text("The page carries the 20,000 loudest of 30,000 triggers; the trigger files have all.")
    assert points(page) == 6000
    zoom(page, "18:00:00", "18:20:00")
    expect(said).not_to_contain_text("in view")
    assert 0 < points(page) < 6000
    page.keyboard.press("0")
    assert points(page) == 6000


def test_hundreds_of_channels_begin_with_the_busiest(visit: Visitor) -> None:
    page = visit("busy")
    rows = "box => box.data[1].z.length"
    assert page.locator(RATES).evaluate(rows) == 40
    height = page.locator(RATES).bounding_box()["height"]  # type: ignore[index]
    page.locator("[data-do=all-rows]").click()
    assert page.locator(RATES).evaluate(rows) == 121
    assert page.locator(RATES).bounding_box()["height"] > 2 * height  # type: ignore[index]
    page.locator("[data-do=all-rows]").click()
    assert page.locator(RATES).evaluate(rows) == 40


def test_a_part_of_a_name_finds_channels_in_plot_and_table(visit: Visitor) -> None:
    page = visit("busy")
    page.keyboard.press("/")
    page.keyboard.type("pem-x_07")
    expect(page.locator("#rows tbody tr:visible")).to_have_count(10)
    assert page.locator(RATES).evaluate("box => box.data[1].z.length") == 10
    page.locator("#filter").fill("")
    expect(page.locator("#rows tbody tr:visible")).to_have_count(121)
    expect(page.locator("#unfound")).to_be_empty()
    page.locator("#filter").fill("nothing has this name")
    expect(page.locator("#rows tbody tr:visible")).to_have_count(0)
    expect(page.locator("#unfound")).to_have_text("No channel has this in its name.")
    page.locator("#filter").fill("")
    expect(page.locator("#unfound")).to_be_empty()


def test_the_table_of_channels_is_sorted_by_number(visit: Visitor, tmp_path: Path) -> None:
    page = visit("full")
    head = page.locator("#rows thead th").nth(2)  # 30, 35, ..., 300 triggers: not in order of letters
    for order in ("descending", "ascending"):
        head.locator("button").click()
        expect(head).to_have_attribute("aria-sort", order)
        found = page.locator("#rows tbody tr").evaluate_all(
            "rows => rows.map((row) => Number(row.cells[2].textContent))"
        )
        assert found == sorted(found, reverse=order == "descending")
    page.locator("#rows thead th").first.locator("button").click()
    names = page.locator("#rows tbody th").evaluate_all("cells => cells.map((cell) => cell.title)")
    assert names == sorted(VIEW.events)
    with page.expect_download() as download:
        page.locator("[data-do=channels-csv]").click()
    download.value.save_as(tmp_path / "channels.csv")
    lines = (tmp_path / "channels.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("Channel,Triggers per hour,Triggers,Searched (s),Largest SNR,")
    assert len(lines) == 14
    assert any(line.startswith(f"{PRIMARY},{3600 * 300 / 13400!r},300,13400.0,") for line in lines)


def test_keys_lead_to_other_days_parts_and_triggers(visit: Visitor) -> None:
    page = visit.fresh("full")
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.closest('section').id") == "veto"
    page.keyboard.press("k")
    assert page.evaluate("document.activeElement.closest('section').id") == "glitchgram"
    page.keyboard.press("v")
    expect(page.locator("#shown")).to_have_value("kept")
    page.keyboard.press("?")
    assert page.locator("dialog kbd").all_inner_texts() == ["t", "?", "p", "n", "j", "k", "v", "c", "0", "/"]
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(page.locator("nav span").first).to_have_text("another day")
    page.wait_for_selector("html[data-ready]")
    page.keyboard.press("n")
    expect(page.locator("#said")).to_have_text("No day after this one")


def test_the_table_of_triggers_has_all_that_the_page_carries(visit: Visitor) -> None:
    page = visit("full")
    page.locator("#glitchgram summary").click()
    expect(page.locator("#glitchgram tbody tr")).to_have_count(300)
    page.locator("#glitchgram summary").click()


def test_names_are_never_code(visit: Visitor) -> None:
    page = visit("hostile")
    assert page.title() == f"2024-05-17, mock: {HOSTILE[0]}"
    names = page.locator("#rows tbody th").evaluate_all("cells => cells.map((cell) => cell.title)")
    assert sorted(names) == sorted(name.replace("\ud800", "?") for name in HOSTILE)
    page.locator("#filter").fill("img src")
    expect(page.locator("#rows tbody tr:visible")).to_have_count(1)
    page.locator("#filter").fill("")
    links = page.locator("#rows tbody a").evaluate_all("all => all.map((one) => decodeURIComponent(one.hash.slice(9)))")
    assert {*links} <= {*names}
    texts = page.locator(RATES).evaluate("box => box.data[1].text.flat().concat(box.layout.yaxis.ticktext)")
    assert not [text for text in texts if "<img" in text or "<script" in text or "$" in text]


@pytest.mark.parametrize(("scheme", "other"), [("light", "dark"), ("dark", "light")])
def test_plots_follow_the_theme(visit: Visitor, scheme: str, other: str) -> None:
    page = visit.fresh("full", color_scheme=scheme)
    ticks = page.locator(f"{RATES} .ytick text").first
    before = ticks.evaluate("one => getComputedStyle(one).fill")
    scale = page.locator(GLITCHGRAM).evaluate("box => box.layout.coloraxis.colorscale[0][1]")
    page.keyboard.press("t")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", other)
    assert ticks.evaluate("one => getComputedStyle(one).fill") != before
    assert page.locator(GLITCHGRAM).evaluate("box => box.layout.coloraxis.colorscale[0][1]") != scale


def test_without_scripts_the_day_can_be_read(visit: Visitor) -> None:
    page = visit.fresh("full", java_script_enabled=False)
    assert page.locator("#rounds tbody tr").count() == 3
    assert page.locator("#loudest tbody tr").count() == 20
    assert page.locator("#rows tbody tr:visible").count() == 13
    assert page.locator("#said-glitchgram:visible").inner_text().startswith("300 triggers; from ")
    page.locator("#channels summary").click()
    assert page.locator("#channels figure tbody tr:visible").count() == 13
    assert page.locator(".plot-box:visible").count() == 0
    assert page.locator("#witnesses tbody tr:visible").count() == 6
    assert page.locator("#qscans a:visible").get_attribute("href") == "qscans/main/"
    assert page.locator("#qscans select:visible").count() == 0
    assert page.locator("#coherence-rows tbody tr:visible").count() == 2
    page.locator("#coherence summary").first.click()
    assert page.locator("#coherence img:visible").evaluate("image => image.naturalWidth") == 145


SCANS = "#scans li"
ROUNDS = vetoed_in(VIEW.triggers["time"], VIEW.vetoed)
VETOED = VIEW.triggers.take(ROUNDS > 0)
LOUDEST = VETOED.take(np.argsort(-VETOED["snr"]))


def captions(page: Page) -> list[str]:
    return page.locator(SCANS).all_inner_texts()


def arrived(page: Page) -> None:
    """All pictures that are to be seen are there, or known not to be."""
    page.wait_for_function("[...document.querySelectorAll('#scans img')].slice(0, 3).every((one) => one.complete)")


def test_pictures_that_lie_beside_the_page_are_shown_a_few_at_a_time(visit: Visitor) -> None:
    page = visit("full", "#qscans")
    arrived(page)
    assert page.locator("#scans img").first.evaluate("one => one.naturalWidth") == 145
    assert "not there" not in (page.locator("#scans img").first.get_attribute("alt") or "")
    pages = -(-len(VETOED) // 24)
    for number in range(pages):
        some = LOUDEST["time"][24 * number : 24 * (number + 1)]
        shown = captions(page)
        assert len(shown) == len(some)
        assert all(f"GPS {time:.3f}" in text for time, text in zip(some, shown, strict=True))
        place = f"{24 * number + 1}–{24 * number + len(some)} of {len(VETOED)}"
        assert page.locator(".scan-place").all_inner_texts() == [place] * 2
        after = page.locator("[data-do=scans-after]").first
        assert after.is_disabled() == (number == pages - 1)
        if number < pages - 1:
            after.click()
    for _ in range(pages - 1):
        page.locator("[data-do=scans-before]").last.click()
    expect(page.locator("[data-do=scans-before]").first).to_be_disabled()


def test_pictures_can_be_chosen_and_ordered(visit: Visitor) -> None:
    page = visit("full", "#qscans")
    page.select_option("#scan-shown", "2")
    expect(page.locator(".scan-place").first).to_contain_text(f"of {(ROUNDS == 2).sum()}")
    assert all("round 2" in text for text in captions(page))
    page.select_option("#scan-called", "unknown")
    assert all("flagged unknown" in text for text in captions(page))
    page.select_option("#scan-shown", "all")
    page.select_option("#scan-called", "dot")
    assert all(re.search(r", dot 0\.\d\d$", text.splitlines()[0]) for text in captions(page))
    page.select_option("#scan-called", "all")
    page.select_option("#scan-order", "time")
    assert [f"GPS {time:.3f}" in text for time, text in zip(VETOED["time"], captions(page), strict=False)] == [
        True
    ] * 24
    page.select_option("#scan-view", "4")
    assert page.locator("#scans img").evaluate_all("all => all.every((one) => one.src.endsWith('-4.png'))")
    page.select_option("#scan-order", "loudness")
    page.select_option("#scan-view", "1")


def test_a_picture_opens_and_keys_lead_on(visit: Visitor) -> None:
    page = visit("full", "#qscans")
    box = page.locator("dialog#scan")
    page.locator(f"{SCANS} button").nth(1).click()
    facts = box.locator("dl")
    row = LOUDEST.take([1])
    expect(facts).to_contain_text(f"{row['time'][0]:.6f}")
    for text in (f"{row['snr'][0]:.1f}", f"2 of {len(VETOED)}", "1 s", " UTC"):
        expect(facts).to_contain_text(text)
    expect(box.locator("h2")).to_contain_text(f"{PRIMARY} and K1:")
    image = box.locator("img")
    expect(image).to_have_attribute("src", re.compile(r"^qscans/main/K1-.*-1\.png$"))
    for key, place, view in (
        ("ArrowRight", 3, "1"), ("ArrowUp", 3, "2"), ("ArrowUp", 3, "4"), ("ArrowUp", 3, "4"), ("ArrowDown", 3, "2"),
        ("ArrowLeft", 2, "2"), ("ArrowLeft", 1, "2"), ("ArrowLeft", 1, "2"), ("ArrowDown", 1, "1"),
    ):  # fmt: skip
        page.keyboard.press(key)
        expect(facts).to_contain_text(f"{place} of {len(VETOED)}")
        expect(image).to_have_attribute("src", re.compile(rf"-{view}\.png$"))
    page.wait_for_function("document.querySelector('#scan img').naturalWidth === 145")
    for _ in range(25):
        box.locator("[data-do=scan-after]").click()
    page.keyboard.press("Escape")
    expect(box).not_to_be_visible()
    expect(page.locator(".scan-place").first).to_contain_text("25–48 of")
    expect(page.locator(f"{SCANS} button").nth(1)).to_be_focused()  # the 26th
    page.locator("[data-do=scans-before]").first.click()


def test_a_number_of_classes_by_witness_leads_to_its_triggers(visit: Visitor) -> None:
    page = visit("full", "#classes")
    classes = classes_of(VIEW, ROUNDS)
    assert classes is not None
    row = page.locator("#witnesses tbody tr").filter(has_text="blip")
    row.locator("td button").nth(1).click()
    expect(page.locator("#scan-shown")).to_have_value("2")
    expect(page.locator("#scan-called")).to_have_value("blip")
    n = int(((classes.names == "blip") & (ROUNDS == 2)).sum())
    expect(page.locator(".scan-place").first).to_contain_text(f"of {n}")
    expect(page.locator("#said")).to_have_text(f"{n} triggers: blip, round 2")
    assert points(page) == n
    row.locator("td button").nth(3).click()
    assert points(page) == ((classes.names == "blip") & (ROUNDS == 0)).sum()
    expect(page.locator("#shown")).to_have_value("kept")
    page.locator("#witnesses tfoot td button").last.click()
    assert points(page) == 300
    page.select_option("#scan-shown", "all")
    page.select_option("#scan-called", "all")


def test_triggers_can_be_chosen_by_class_and_tell_it(visit: Visitor) -> None:
    page = visit("full")
    classes = classes_of(VIEW, ROUNDS)
    assert classes is not None
    for name in classes.table.rows:
        page.select_option("#called", name)
        assert points(page) == (classes.names == name).sum() > 0
        texts = page.locator(GLITCHGRAM).evaluate("box => box.data.flatMap((trace) => trace.text ?? [])")
        said = {"unknown": r"<br>\w+ 0\.\d\d, flagged unknown$", "not classified": "<br>not classified$"}
        assert all(re.search(said.get(name, rf"<br>{name} (0\.\d\d|>0\.99|&gt;0\.99)$"), text) for text in texts)
    page.keyboard.press("Escape")
    page.select_option("#called", "all")
    page.locator("h1").click()
    page.keyboard.press("c")
    expect(page.locator("#called")).to_have_value(classes.table.rows[0])
    page.select_option("#called", "all")


def test_tables_of_classes_are_sorted_and_saved(visit: Visitor, tmp_path: Path) -> None:
    page = visit("full", "#classes")
    head = page.locator("#witnesses thead th").nth(2)
    for order in ("descending", "ascending"):
        head.locator("button").click()
        expect(head).to_have_attribute("aria-sort", order)
        found = page.locator("#witnesses tbody tr").evaluate_all(
            "all => all.map((row) => Number(row.cells[2].dataset.value))"
        )
        assert found == sorted(found, reverse=order == "descending")
    page.locator("#witnesses thead th").last.locator("button").click()
    with page.expect_download() as download:
        page.locator("[data-do=witnesses-csv]").click()
    download.value.save_as(tmp_path / "saved.csv")
    lines = (tmp_path / "saved.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("Class,Round 1 K1:")
    assert lines[-1].startswith("all,") and lines[-1].endswith(",300")


def test_pictures_that_are_not_there_are_named(visit: Visitor) -> None:
    page = visit.fresh("without pictures", "#qscans")
    page.locator(SCANS).first.scroll_into_view_if_needed()
    arrived(page)
    image = page.locator("#scans img").first
    assert image.evaluate("one => one.naturalWidth") == 0
    expect(image).to_have_attribute("alt", f"Q-scan, 1 s around GPS {LOUDEST['time'][0]:.3f}: the picture is not there")
    page.context.close()  # no more are asked for
    assert all("ERR_FILE_NOT_FOUND" in text for text in visit.complaints)
    visit.complaints.clear()


def test_of_very_many_pictures_few_are_in_the_page(browser: Browser, tmp_path: Path) -> None:
    times = BUSY.triggers["time"][:3000]
    view = replace(BUSY, vetoed={1: times}, pictures={time: pictures_at(PRIMARY, time) for time in times.tolist()})
    page = Visitor(browser, {"many": write_day_page(view, tmp_path)}).fresh("many")
    expect(page.locator("#scans img")).to_have_count(24)
    expect(page.locator(".scan-place").first).to_have_text("1–24 of 3,000")
    page.locator("[data-do=scans-after]").first.click()
    expect(page.locator("#scans img")).to_have_count(24)
    expect(page.locator(".scan-place").first).to_have_text("25–48 of 3,000")
    page.context.close()


def test_pictures_of_channels_with_odd_names_are_found(visit: Visitor) -> None:
    page = visit("odd", "#qscans")
    arrived(page)
    assert page.locator("#scans img").first.evaluate("one => one.naturalWidth") == 145
    assert "A%23B%2B" in str(page.locator("#scans img").first.get_attribute("src"))


def test_printing_is_light(visit: Visitor) -> None:
    expect_light_paper(visit.fresh("full", color_scheme="dark"))
