"""The documentation cannot drift: each command and setting is explained and stands in its page."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import write_docs

import culpa
from culpa.cli import app

ROOT = Path(__file__).resolve().parents[1]
AGAIN = "run: .venv/bin/python scripts/write_docs.py"
SECTIONS = write_docs.sections(ROOT / "src")


def commands(group: Any, path: str = "culpa") -> Iterator[tuple[str, Any]]:
    """Every command below a group, by its full name."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


COMMANDS = dict(commands(typer.main.get_command(app)))


def section(command: str) -> str:
    """What docs/cli.md says about a command."""
    page = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    heading = rf"^##+ `{command}`\n(.*?)(?=^## |\Z)"
    found = re.search(heading, page, flags=re.MULTILINE | re.DOTALL)
    assert found, f"docs/cli.md does not mention `{command}`: {AGAIN}"
    return found[1]


def test_there_is_something_to_check() -> None:
    assert {"culpa mock", "culpa triggers", "culpa score", "culpa config show"} <= set(COMMANDS)
    assert "triggers" in {section.table for section in SECTIONS}


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_help_and_stands_in_the_docs(name: str) -> None:
    summary = (COMMANDS[name].help or "").strip().partition("\n")[0]
    assert summary.endswith((".", "?")), f"{name} needs a docstring whose first line is a sentence"
    assert summary in section(name), AGAIN


@pytest.mark.parametrize("name", COMMANDS)
def test_each_option_has_help_and_stands_in_the_docs(name: str) -> None:
    text = section(name)
    for parameter in COMMANDS[name].params:
        assert parameter.help, f"{name}: {parameter.name} has no help"
        for spelling in (word for word in parameter.opts if word.startswith("-")):
            assert re.search(rf"`[^`]*{spelling}(?![\w-])[^`]*`: ", text), f"{name}: {spelling} is missing; {AGAIN}"


def test_the_generated_pages_are_up_to_date() -> None:
    stale = [path.name for path, text in write_docs.pages(ROOT).items() if path.read_text(encoding="utf-8") != text]
    assert stale == [], AGAIN


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.table)
def test_each_setting_is_explained(section: write_docs.Section) -> None:
    if section.table != "mock.families":  # one table for each family, all of the same form
        assert [setting.name for setting in section.settings if not setting.meaning] == []


def test_each_settings_class_names_its_table() -> None:
    classes = re.compile(r"^class (\w+Settings)\b", flags=re.MULTILINE)
    written = [
        name for path in (ROOT / "src").rglob("*.py") for name in classes.findall(path.read_text(encoding="utf-8"))
    ]
    assert len(written) >= 1
    assert len(written) <= len(SECTIONS), f"one of {written} does not say `[table]` in its docstring"


def test_the_changelog_begins_with_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    found = re.search(r"^## (\d+\.\d+\.\d+)\b", changelog, flags=re.MULTILINE)
    assert found
    assert found[1] == culpa.__version__


def test_the_architecture_page_has_a_paragraph_for_each_room() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = sorted(path.parent.name for path in (ROOT / "src" / "culpa").glob("*/__init__.py"))
    assert [room for room in rooms if f"\n**`{room}/`**" not in page] == []


def test_decision_records_are_numbered_without_gaps_and_listed() -> None:
    folder = ROOT / "docs" / "adr"
    records = sorted(path.name for path in folder.glob("[0-9]*.md"))
    assert [int(name[:4]) for name in records] == list(range(1, len(records) + 1))
    index = (folder / "README.md").read_text(encoding="utf-8")
    assert [name for name in records if f"]({name})" not in index] == []


LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)[^)]*\)")
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    targets = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if ":" not in link]
    assert [link for link in targets if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_commands_shown_in_pages_exist(page: Path) -> None:
    """`./uv_run.sh WORD` and `culpa WORD` at the beginning of a line of a code block."""
    known = {name.split()[1] for name in COMMANDS} | {"setup", "test"}
    blocks = re.findall(r"^```\w*\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    shown = re.findall(r"^(?:\$ )?(?:\./uv_run\.sh|culpa) ([a-z][\w-]*)", "".join(blocks), flags=re.MULTILINE)
    assert [word for word in shown if word not in known] == []
