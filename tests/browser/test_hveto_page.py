"""The page of a hierarchical veto in a browser: what it shows, where its addresses lead, what its keys do."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.report.results import make_result

from .conftest import HOSTILE, Visitor, expect_light_paper

RESULT = make_result()
REPORTS = ["rounds", "none", "nothing", "hostile"]


def shown(page: Page) -> list[str]:
    return page.locator("section.view:visible").evaluate_all("all => all.map((one) => one.id)")


@pytest.mark.parametrize("report", REPORTS)
def test_every_view_is_drawn_without_a_complaint(visit: Visitor, report: str) -> None:
    page = visit(report)
    for link in page.locator(".views a").all():
        link.click()
        page.wait_for_function("id => !document.getElementById(id).hidden", arg=(link.get_attribute("href") or "")[1:])
        figures = page.locator("section.view:visible figure.plot")
        expect(figures.locator(".plot-container")).to_have_count(figures.count())
    assert len(shown(page)) == 1


@pytest.mark.parametrize("report", REPORTS)
def test_no_page_is_wider_than_the_screen(visit: Visitor, report: str) -> None:
    for width in (1280, 768, 360):
        page = visit(report, width=width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    tables = page.locator("figure.plot:visible summary").all()
    for table in tables:
        table.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    for table in tables:
        table.click()


def test_an_address_leads_to_a_round_and_a_channel(visit: Visitor) -> None:
    of = RESULT.rounds[1]
    assert of.grid is not None
    loser = of.grid.channels[-1]
    page = visit("rounds", f"#round-2/{loser}")
    assert shown(page) == ["round-2"]
    expect(page.locator("#chosen")).to_have_value(loser)
    verdict = page.locator("#verdict").inner_text()
    best = of.grid.best[-1]
    assert f"lost to {of.winner.channel} by {of.winner.significance - best.significance:.3g}" in verdict
    assert f"{best.coincidences} coincidence" in verdict
    page.locator("#rounds a").first.click()
    expect(page.locator("#round-1")).to_be_visible()
    page.go_back()
    expect(page.locator("#round-2")).to_be_visible()
    expect(page.locator("#chosen")).to_have_value(loser)


def test_a_page_opens_at_its_top(visit: Visitor) -> None:
    page = visit.fresh("rounds", "")
    page.set_viewport_size({"width": 360, "height": 400})
    page.reload()
    page.wait_for_selector("html[data-ready=yes]")
    assert page.evaluate("scrollY") == 0


def test_an_address_that_leads_nowhere_shows_the_first_round(visit: Visitor) -> None:
    page = visit("rounds", "#round-99/%E0%A4%A")
    assert shown(page) == ["round-1"]
    page = visit("rounds", "#round-1/K1:NOT-THERE")
    expect(page.locator("#verdict")).to_contain_text("No channel K1:NOT-THERE here.")


def test_the_grid_of_any_channel_is_the_engines(visit: Visitor) -> None:
    grid = RESULT.rounds[0].grid
    assert grid is not None
    page = visit("rounds", "#round-1")
    page.locator("#chosen").fill("pem-mic_booth_008")  # a part of the name, in whatever case
    page.locator("#chosen").press("Enter")
    page.wait_for_url("**#round-1/*PEM-MIC_BOOTH_008_OUT_DQ")
    channel = grid.channels.index("K1:PEM-MIC_BOOTH_008_OUT_DQ")
    page.locator("label[for=show-coincidences]").click()
    numbers = "rows => rows.map((row) => [...row.cells].slice(1).map((td) => Number(td.textContent.replace('★ ', ''))))"
    cells = page.locator("#cells tbody tr").evaluate_all(numbers)
    assert [row[0] for row in cells] == grid.auxiliary[channel].tolist()
    assert [row[1:] for row in cells] == grid.coincidences[channel].tolist()
    best = grid.best[channel]
    star = page.locator("#cells td.best")
    assert star.get_attribute("title").startswith(f"SNR ≥ {best.snr:g}, window {best.window:g} s")  # type: ignore[union-attr]


def test_the_winner_is_said_to_have_won(visit: Visitor) -> None:
    winner = RESULT.rounds[0].winner.channel
    page = visit("rounds", f"#round-1/{winner}")
    expect(page.locator("#verdict")).to_contain_text(f"{winner} won round 1 with significance ")


def test_keys_walk_through_the_rounds(visit: Visitor) -> None:
    page = visit("rounds")
    for key, view in zip("kjjjjk", ["round-1", "round-2", "round-3", "remaining", "remaining", "round-3"], strict=True):
        page.keyboard.press(key)
        expect(page.locator(f"#{view}")).to_be_visible()
    assert page.evaluate("document.activeElement.id") == "round-3-title"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "chosen"
    page.keyboard.type("jk")  # in a field a letter is a letter
    expect(page.locator("#chosen")).to_have_value("jk")
    assert shown(page) == ["round-3"]


def test_a_question_mark_lists_the_keys(visit: Visitor) -> None:
    page = visit("rounds")
    page.keyboard.press("?")
    expect(page.locator("dialog")).to_be_visible()
    assert page.locator("dialog kbd").all_inner_texts() == ["t", "?", "j", "k", "/", "e"]
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).not_to_be_visible()


def test_the_first_key_stop_is_the_skip_link(visit: Visitor) -> None:
    page = visit.fresh("rounds")
    page.keyboard.press("Tab")
    expect(page.locator("a.skip")).to_be_focused()
    assert page.locator("a.skip").bounding_box()["height"] > 20  # type: ignore[index]


@pytest.mark.parametrize(("scheme", "other"), [("light", "dark"), ("dark", "light")])
def test_the_theme_is_the_systems_until_one_is_chosen(visit: Visitor, scheme: str, other: str) -> None:
    page = visit.fresh("rounds", color_scheme=scheme)
    theme = page.locator("html")
    expect(theme).to_have_attribute("data-bs-theme", scheme)
    before = page.locator(".plot-box .xtick text").first.evaluate("one => getComputedStyle(one).fill")
    page.keyboard.press("t")
    expect(theme).to_have_attribute("data-bs-theme", other)
    assert page.locator(".plot-box .xtick text").first.evaluate("one => getComputedStyle(one).fill") != before
    page.keyboard.press("j")
    page.reload()
    page.wait_for_selector("html[data-ready]")
    expect(theme).to_have_attribute("data-bs-theme", other)


def test_plots_of_other_views_follow_the_theme(visit: Visitor) -> None:
    page = visit.fresh("rounds", "#round-1")
    page.keyboard.press("j")
    expect(page.locator("#round-2 .plot-container").first).to_be_visible()
    page.keyboard.press("t")
    page.keyboard.press("k")
    expect(page.locator("#round-1")).to_be_visible()
    fills = [
        page.locator(f"#{view} .xtick text").first.evaluate("one => getComputedStyle(one).fill")
        for view in ("round-1", "overall")
    ]
    assert fills[0] == fills[1]


def test_a_plot_has_a_sentence_and_a_table_that_can_be_sorted_and_saved(visit: Visitor, tmp_path: Path) -> None:
    page = visit("rounds", "#round-1")
    figure = page.locator("#round-1 figure[data-plot=time]")
    of = RESULT.rounds[0]
    assert f"The veto removes {of.vetoed.sum()} of 300 glitches" in figure.locator("figcaption").inner_text()
    figure.locator("summary").click()
    rows = figure.locator("tbody tr")
    expect(rows).to_have_count(300)
    head = figure.locator("th", has_text="SNR")
    head.locator("button").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    largest = float(of.primary["snr"].max())
    assert rows.first.locator("td").nth(3).inner_text() == f"{largest:.1f}"
    with page.expect_download() as download:
        figure.locator("button", has_text="CSV").click()
    download.value.save_as(tmp_path / "events.csv")
    lines = (tmp_path / "events.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "GPS (s),UTC,frequency (Hz),SNR,vetoed in round"
    assert len(lines) == 301


def test_e_saves_the_channels_of_the_round(visit: Visitor, tmp_path: Path) -> None:
    page = visit("rounds", "#round-2")
    with page.expect_download() as download:
        page.keyboard.press("e")
    assert download.value.suggested_filename == "round-2-channels.csv"


def test_keys_act_on_the_round_that_the_address_names_before_the_page_is_there(visit: Visitor) -> None:
    page = visit("rounds", "#round-1")
    press = "key => document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }))"
    with page.expect_download() as download:
        page.evaluate(f"() => {{ for (const key of ['j', 'j', 'e']) ({press})(key); }}")
    assert download.value.suggested_filename == "round-3-channels.csv"


def test_what_is_not_drawn_is_counted(visit: Visitor) -> None:
    page = visit("many", "#round-1")
    note = page.locator("#round-1 figure[data-plot=time] .thinned").inner_text()
    drawn = page.locator("#round-1 figure[data-plot=time] path.point").count()
    assert note.startswith(f"{drawn:,} of 6,000 are drawn")
    assert 3000 < drawn <= 5000


def test_names_are_never_code(visit: Visitor) -> None:
    page = visit("hostile")
    title = page.title()
    assert title == f"Hierarchical veto of {HOSTILE[0]}"
    options = page.locator("datalist option").evaluate_all("all => all.map((one) => one.value)")
    assert options == [name.replace("\ud800", "?") for name in sorted(HOSTILE)]
    for link in page.locator("#rows tbody a").all():
        link.click()
        expect(page.locator("#chosen")).to_have_value(link.inner_text())
    assert page.title() == title


def test_without_scripts_the_numbers_are_there(visit: Visitor) -> None:
    page = visit.fresh("rounds", java_script_enabled=False)
    assert page.locator("#rounds tbody tr").count() == 3
    assert page.locator("section.view:visible").count() == 4
    assert page.locator("figure.plot:visible").count() == 0
    assert page.locator("noscript").inner_text().startswith("Plots and grids need JavaScript")


def test_a_page_without_rounds_is_whole(visit: Visitor) -> None:
    page = visit("none")
    assert shown(page) == ["remaining"]
    expect(page.locator("#verdict")).to_contain_text("below the minimum of 5.")
    expect(page.locator("#rows tbody tr")).to_have_count(5)


def test_printing_is_light(visit: Visitor) -> None:
    expect_light_paper(visit.fresh("rounds", color_scheme="dark"))
