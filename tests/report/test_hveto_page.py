"""The page as text: what it says, what it carries, and that nothing in it is loaded or run that should not be."""

import base64
import hashlib
import html
import json
import re
import zlib
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from culpa.explain.hveto.result import FalseAlarm, HvetoResult
from culpa.report import assets
from culpa.report.hveto import words
from culpa.report.hveto.files import write_report
from culpa.report.hveto.history import history
from culpa.report.payload import clock
from tests.report.results import make_result

HOSTILE = [
    "K1:</script><script>document.title='x'</script>", 'K1:"quoted" \'n\' <b onclick=x>bold</b>', "K1:$\\alpha$_{x}",
    "K1:PEM,comma\nline", "챔버 A 압력 ≥ 3", "K1:%/#?&amp;=1", "K1:" + "LONG_" * 40, "\ud800", "</title><img src=x>",
]  # fmt: skip


class Page(HTMLParser):
    """The elements of a page with their attributes, its visible text, and what is inside scripts by their id."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.scripts: list[tuple[str, str]] = []
        self._raw: dict[str, str | None] | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._raw = dict(attrs) if tag in ("script", "style") else None
        self._tag = tag

    def handle_endtag(self, tag: str) -> None:
        self._raw = None

    def handle_data(self, data: str) -> None:
        if self._raw is None:
            self.text += data
        elif self._tag == "script":
            self.scripts.append((self._raw.get("id") or "", data))

    def data(self, name: str) -> Any:
        packed = dict(self.scripts)[f"data-{name}"]
        return json.loads(zlib.decompress(base64.b64decode(packed)))


def page_of(result: HvetoResult, folder: Path, **about: str) -> Page:
    return Page(write_report(result, folder, about=about)[0].read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def result() -> HvetoResult:
    return make_result()


@pytest.fixture(scope="module")
def page(result: HvetoResult, tmp_path_factory: pytest.TempPathFactory) -> Page:
    return page_of(result, tmp_path_factory.mktemp("page"), version="1.2.3")


def test_the_headline_is_the_result_in_a_sentence(result: HvetoResult, page: Page) -> None:
    share = f"{100 * result.cumulative_efficiency[-1]:.1f} %"
    assert f"3 rounds explain {share} of 300 glitches of {result.primary} with " in page.text
    assert sum(tag == "h1" for tag, _ in page.elements) == 1


def test_each_round_has_numbers_beside_its_percentages(result: HvetoResult, page: Page) -> None:
    for of in result.rounds:
        assert f"({int(of.vetoed.sum())}/{len(of.primary)})" in page.text
        assert f"({int(of.used.sum())}/{len(of.witness)})" in page.text
        assert f"Round {of.number}: {of.winner.channel}" in page.text
    assert "1/51 (no shift of 50); " in page.text
    assert "1.2.3" in page.text


def test_the_page_carries_the_grid_of_every_channel(result: HvetoResult, page: Page) -> None:
    grids = {f"round-{of.number}": of.grid for of in result.rounds} | {"remaining": result.final}
    for name, grid in grids.items():
        assert grid is not None
        data = page.data(name)["grid"]
        assert data["channels"] == list(grid.channels)
        assert data["coincidences"] == grid.coincidences.ravel().tolist()
        assert data["significance"] == pytest.approx(grid.significance.ravel(), abs=6e-4)
        assert data["expected"] == pytest.approx(grid.expected.ravel(), rel=6e-4)


def test_the_page_carries_every_primary_event_once(result: HvetoResult, page: Page) -> None:
    seen, run = history(result), page.data("run")
    assert run["round"] == seen.vetoed_in.tolist()
    assert [run["start"] + at for at in run["time"]] == pytest.approx(seen.events["time"], abs=1e-6)
    assert run["size"] == pytest.approx(seen.events["snr"], rel=1e-5)


def test_every_link_to_a_file_leads_to_one(result: HvetoResult, tmp_path: Path) -> None:
    page = page_of(result, tmp_path)
    links = [attributes["href"] or "" for tag, attributes in page.elements if tag == "a"]
    files = [link for link in links if not link.startswith("#")]
    assert len(files) == 3 + 2 + 9 * len(result.rounds)
    assert all((tmp_path / file).is_file() for file in files)


def test_only_the_scripts_of_the_page_may_run_and_nothing_is_fetched(page: Page) -> None:
    policy = next(a["content"] or "" for tag, a in page.elements if tag == "meta" and "http-equiv" in a)
    runnable = [text for name, text in page.scripts if not name]
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in runnable]
    assert len(runnable) == 3
    assert re.findall(r"'sha256-([^']+)'", policy) == hashes
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy
    assert "connect-src" not in policy


def test_nothing_in_the_page_names_a_place_to_load_from(page: Page) -> None:
    for tag, attributes in page.elements:
        assert tag not in ("link", "iframe", "img", "object", "embed", "base"), tag
        assert "src" not in attributes
        assert not (attributes.get("href") or "").startswith(("http", "//"))
    for name in ("theme.js", "page.js", "hveto.js", "page.css", "base.html", "hveto.html"):
        assert "//" not in assets.own(name).replace("// ", ""), name
    assert not re.search(r"@import|url\((?!\"data:)", assets.bootstrap_css())


def test_the_licences_of_what_is_inside_are_kept(tmp_path: Path) -> None:
    text = write_report(make_result(1, 0, 5), tmp_path, about={})[0].read_text(encoding="utf-8")
    for name in ("Bootstrap", "plotly.js"):
        banner = text.partition(name)[2][:400]
        assert "Copyright" in banner and "MIT" in banner
    assert "sourceMappingURL" not in text


def test_hostile_names_are_text_and_nothing_else(tmp_path: Path) -> None:
    result = replace(make_result(HOSTILE, 3, 200, primary="<h1>&amp;</script>"), remarks=("<b>of</b> </script>",))
    page = page_of(result, tmp_path, **{"<i>": "</script><img>"})
    calm = page_of(make_result(len(HOSTILE), 3, 200), tmp_path / "calm", about="x")
    assert [tag for tag, _ in page.elements if tag in ("h1", "b", "i", "img", "script", "style", "title")] == [
        tag for tag, _ in calm.elements if tag in ("h1", "b", "i", "img", "script", "style", "title")
    ]
    assert not [a for _, a in page.elements if any(name.startswith("on") for name in a)]
    assert f"Round 1: {result.rounds[0].winner.channel}" in page.text
    assert "<b>of</b> </script>" in page.text
    assert page.data("remaining")["grid"]["channels"] == [name.replace("\ud800", "?") for name in sorted(HOSTILE)]


def test_a_page_without_a_round_says_why(tmp_path: Path) -> None:
    result = make_result(5, 0, 100)
    assert result.final is not None and result.final.winner is not None
    best = result.final.winner
    text = page_of(result, tmp_path).text
    assert f"No channel explains the 100 glitches of {result.primary}." in text
    assert f"There was no round: {result.reason}" in text
    assert f"The best of 5 channels is {best.channel} (SNR ≥ {best.snr:g}, window {best.window:g} s)" in text
    assert f"That is {5 - best.significance:.3g} below the minimum of 5." in text
    assert "Chance does as well with probability " in text


def test_a_page_without_primary_events_says_so(tmp_path: Path) -> None:
    assert (
        "has no glitches in the analysed time: there is nothing to explain."
        in page_of(make_result(5, 0, 0), tmp_path).text
    )


def test_probabilities_say_where_they_are_from(result: HvetoResult) -> None:
    of = result.rounds[0]
    assert of.false_alarm is not None
    shifts = of.false_alarm.maxima
    assert words.probability(FalseAlarm(12 / 1001, 11, shifts.repeat(20), 0.0)) == "0.012 (11 of 1,000 shifts)"
    none = FalseAlarm(1 / 51, 0, shifts, -2000.5)
    assert words.probability(none) == "1/51 (no shift of 50); 3.2e-2001 if independent"
    assert words.probability(FalseAlarm(float("nan"), 0, shifts[:0], -3.0)) == "1.0e-3 if independent (no shifts)"


def test_rounds_that_chance_does_as_well_are_named(tmp_path: Path) -> None:
    made = make_result()
    assert words.doubt(made.doubtful) == ""
    first, *rest = made.rounds
    assert first.false_alarm is not None
    weak = replace(first, false_alarm=replace(first.false_alarm, probability=0.3, at_least=15))
    doubted = replace(made, rounds=(weak, *rest))
    said = "Round 1 is no better than chance would often be: false-alarm probability above 1 %."
    assert words.doubt(doubted.doubtful) == said
    assert said in page_of(doubted, tmp_path).text


def test_utc_is_known_on_both_sides_of_a_leap_second() -> None:
    leap = 1167264018  # 2017-01-01 00:00:00 UTC
    assert clock(leap - 10, leap + 10) == [[leap - 10, 1483228791000], [leap, 1483228800000]]
    assert clock(leap + 1, leap + 10) == [[leap + 1, 1483228801000]]


def test_scripts_can_stand_in_a_page() -> None:
    script = 'a = "</script>"; b = "<!--"; c = 1 <d;\r\n'
    assert assets.inline_script(script) == 'a = "\\x3c/script>"; b = "\\x3c!--"; c = 1 <d;\n'


def test_texts_are_escaped_once(page: Page) -> None:
    assert html.unescape(page.text) == page.text
