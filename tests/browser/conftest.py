"""A real browser without a network, and reports to open in it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from culpa.report.hveto.files import write_report
from tests.report.results import make_result

GO = """address => new Promise((there) => {
  document.activeElement.blur();
  if (location.hash === address) return there();
  addEventListener("hashchange", () => there(), { once: true });
  location.hash = address;
})"""
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HOSTILE = ["K1:</script><script>document.title='x'</script>", "K1:<img src=x onerror=\"document.title='y'\">",
           "K1:$\\alpha$", "%/#?&amp;=1", "챔버 A", "K1:" + "LONG_" * 40, "\ud800"]  # fmt: skip


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = next((found for name in PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        if os.environ.get("CULPA_NEEDS_BROWSER"):
            pytest.fail("no Chromium, and CULPA_NEEDS_BROWSER is set")
        pytest.skip("no Chromium on this machine (Debian: apt install chromium)")
    with sync_playwright() as play:
        running = play.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(scope="session")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Pages by name: of three rounds, of none, of nothing at all, of hostile names, of very many events."""
    results = {
        "rounds": make_result(),
        "none": make_result(5, 0, 100),
        "nothing": make_result(0, 0, 0),
        "hostile": make_result(HOSTILE, 2, 150, primary=HOSTILE[0]),
        "many": make_result(2, 1, 6000, shifts=0),
    }
    root = tmp_path_factory.mktemp("reports")
    return {name: write_report(result, root / name, about={"v": "1"})[0] for name, result in results.items()}


class Visitor:
    """Opens reports, each once in a window of its own; what pages complain of or ask of a network is kept."""

    def __init__(self, browser: Browser, reports: dict[str, Path]) -> None:
        self.complaints: list[str] = []
        self._browser, self._reports = browser, reports
        self._windows: dict[str, Page] = {}

    def __call__(self, name: str, address: str = "#top", width: int = 1280) -> Page:
        """A report in the window it has had before, at an address in it."""
        if name not in self._windows:
            self._windows[name] = self.fresh(name, address)
        page = self._windows[name]
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate(GO, address)
        page.wait_for_selector("body:not([aria-busy])")
        return page

    def fresh(self, name: str, address: str = "", **options: Any) -> Page:
        """A report in a new window."""
        window = {"viewport": {"width": 1280, "height": 800}, "offline": True, **options}
        context = self._browser.new_context(**window)
        context.set_default_timeout(8000)
        page = context.new_page()
        page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("request", lambda request: self.complaints.append(request.url) if _elsewhere(request.url) else None)
        page.goto(self._reports[name].as_uri() + address)
        if options.get("java_script_enabled", True):
            page.wait_for_selector("html[data-ready]")
        return page


@pytest.fixture(scope="session")
def visitor(browser: Browser, reports: dict[str, Path]) -> Visitor:
    return Visitor(browser, reports)


@pytest.fixture
def visit(visitor: Visitor) -> Iterator[Visitor]:
    visitor.complaints.clear()
    yield visitor
    assert visitor.complaints == []


def expect_light_paper(page: Page) -> None:
    """A dark page is printed light, and is dark again afterwards."""
    for event, theme in (("beforeprint", "light"), ("afterprint", "dark")):
        page.evaluate("name => dispatchEvent(new Event(name))", event)
        expect(page.locator("html")).to_have_attribute("data-bs-theme", theme)


def _elsewhere(url: str) -> bool:
    return not url.startswith(("file:", "data:", "blob:"))
