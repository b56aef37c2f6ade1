"""The page of `culpa detect` in a real browser."""

from urllib.parse import quote

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Visitor
from tests.report.searches import HOSTILE, Search

DRAWN = "box => box.data.find((trace) => trace.name === 'readings' || trace.name === 'deviations')"
PLACE = """box => {
  box.scrollIntoView({ block: "center" });
  const { xaxis, yaxis } = box._fullLayout, there = box.getBoundingClientRect();
  const trace = box.data.findLast((one) => one.customdata?.includes(5)), i = trace.customdata.indexOf(5);
  return [there.x + xaxis._offset + xaxis.d2p(trace.x[i]), there.y + yaxis._offset + yaxis.d2p(trace.y[i])];
}"""
"""Where on the screen event 5 is in the plot of all scores."""


@pytest.fixture(scope="module")
def visitor(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Visitor:
    """Searches with everything; of hostile names, without times and many readings; of nothing."""
    hostile = Search(HOSTILE, 6, 5, 40, clock="row", text="</title></script><b>&amp;")
    hostile.values[:, 1] = np.nan
    hostile.score[::2] = np.nan
    searches = {"full": Search(units=5), "hostile": hostile, "nothing": Search(events=0)}
    root = tmp_path_factory.mktemp("searches")
    return Visitor(browser, {name: search.write(root / name) for name, search in searches.items()})


def test_an_event_is_opened_by_its_address_its_row_its_point_and_keys(visit: Visitor) -> None:
    page = visit("full", "#event-3")
    title = page.locator("#event-title")
    expect(title).to_have_text("Event 3: collective, sensor_2")
    axes = "box => Object.keys(box._fullLayout).filter((key) => key.startsWith('yaxis')).length"
    assert page.locator("#event .plot-box").evaluate(axes) == 4  # three sensors and the score
    page.keyboard.press("j")
    expect(title).to_have_text("Event 2: contextual, sensor_1")
    expect(page.locator("#event .undrawn")).to_contain_text("rows are not in this page: the 4 loudest events")
    page.keyboard.press("k")
    expect(title).to_have_text("Event 3: collective, sensor_2")
    page.locator("#event-rows a", has_text="6").click()
    expect(title).to_have_text("Event 6: collective, sensor_2")
    x, y = page.locator("#scores .plot-box").evaluate(PLACE)
    page.mouse.move(x, y)
    page.mouse.click(x, y)
    expect(title).to_have_text("Event 5: contextual, sensor_1")
    assert page.url.endswith("#event-5")
    page.locator("#filter").fill("collective")
    expect(page.locator("#filtered")).to_have_text("2 of 6 events")
    assert page.locator("#event-rows tbody tr:visible").count() == 2
    page.locator("#filter").fill("")


def test_readings_or_deviations_of_an_event_and_of_a_unit_are_drawn(visit: Visitor) -> None:
    page = visit("full", "#event-6")

    def values(section: str) -> list[float]:
        drawn: list[float] = page.locator(f"{section} .plot-box").evaluate(f"box => ({DRAWN})(box).y")
        return drawn

    assert min(values("#event")) > 9 and max(values("#event")) == pytest.approx(12, abs=0.4)
    page.keyboard.press("d")
    for section in ("#event", "#unit"):
        assert abs(values(section)[0]) < 5  # 10 is expected, ± 0.1
        expect(page.locator(f"{section}-deviations")).to_be_checked()
    assert max(values("#event")) == pytest.approx(20, abs=4)
    page.keyboard.press("d")
    page.locator("#unit details summary").click()
    assert page.locator("#unit details tbody tr").count() == 100


@pytest.mark.parametrize(("name", "sensor"), [("full", "sensor_3"), ("hostile", "챔버"), ("nothing", "sensor_3")])
def test_no_page_complains_or_is_wider_than_the_screen(visit: Visitor, name: str, sensor: str) -> None:
    page = visit(name, f"#sensor/{quote(sensor)}")
    expect(page.locator("#said-sensor")).to_contain_text(f"{sensor} reads")
    page.keyboard.press("t")
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert "Anomalies in fab" in page.title()


def test_bands_and_lines_have_gaps_where_nothing_is_known(visit: Visitor) -> None:
    page = visit("full")
    of = "[0, 1, 2, 3, 5], [1, null, 2, 2, 5]"
    assert page.evaluate(f"outlines({of}, [1, null, 3, 3, 6], 1)") == {
        "x": [-0.5, 0.5, 0.5, -0.5, -0.5, None, 2, 3, 3, 2, 2, None, 4.5, 5.5, 5.5, 4.5, 4.5, None],
        "y": [1, 1, 1, 1, 1, None, 3, 3, 2, 2, 3, None, 6, 6, 5, 5, 6, None],
    }
    assert page.evaluate(f"line({of}, 1)") == {
        "x": [0, 1, 2, 3, None, 5], "y": [1, None, 2, 2, None, 5],
        "sizes": [4, 0, 0, 0, 0, 4], "places": [0, 1, 2, 3, None, 4],
    }  # fmt: skip


def test_every_hostile_name_can_be_chosen(visit: Visitor) -> None:
    page = visit("hostile")
    for link in page.locator("#sensor-rows a").all():
        link.click()
        expect(page.locator("#said-sensor")).to_contain_text(link.inner_text()[:20])
    for number in range(1, 7):
        page = visit("hostile", f"#event-{number}")
        expect(page.locator("#event-title")).to_contain_text(f"Event {number}: ")
