"""Writes the generated pages: `docs/cli.md` from the help of each command, `docs/settings.md` from the source."""

import ast
import dataclasses
import html
import importlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
MARK = "<!-- What follows is generated: .venv/bin/python scripts/write_docs.py -->\n"
TABLE = re.compile(r"`\[([\w.]+)\]`")
"""How the docstring of a settings class names its table."""


def main() -> None:
    """Writes both pages anew."""
    for path, text in pages(ROOT).items():
        path.write_text(text, encoding="utf-8")


def pages(root: Path) -> dict[Path, str]:
    """The generated pages as they should be; what stands above the mark is kept as it is."""
    bodies = {"cli": commands(), "settings": "\n".join(section.markdown() for section in sections(root / "src"))}
    paths = {root / "docs" / f"{name}.md": body for name, body in bodies.items()}
    return {path: path.read_text(encoding="utf-8").partition(MARK)[0] + MARK + body for path, body in paths.items()}


def commands() -> str:
    """The help of every command as Markdown, one `##` section each."""
    command = [sys.executable, "-m", "typer", "culpa.cli", "utils", "docs", "--name", "culpa"]
    text = html.unescape(subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout)
    return "\n" + text[text.index("## ") :].rstrip() + "\n"


@dataclass(frozen=True)
class Setting:
    """One line of a configuration file; `meaning` is empty where the source says nothing."""

    name: str
    kind: str
    default: str
    meaning: str

    def markdown(self) -> str:
        """The setting as an item of a list."""
        default = f"default `{self.default}`" if self.default else "none by default"
        return f"- `{self.name}`: {self.kind}; {default}. {self.meaning}".rstrip()


@dataclass(frozen=True)
class Section:
    """One table of a configuration file."""

    table: str
    summary: str
    settings: tuple[Setting, ...]

    def markdown(self) -> str:
        """The table as a section of the page."""
        lines = [f"\n## `[{self.table}]`\n", f"{self.summary}\n", *(item.markdown() for item in self.settings)]
        return "\n".join(lines) + "\n"


def sections(source: Path) -> list[Section]:
    """The tables of a configuration file in alphabetical order: the classes whose docstring names one."""
    found = []
    for path in sorted(source.rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and (name := TABLE.search(ast.get_docstring(node) or "")):
                module = importlib.import_module(".".join(path.relative_to(source).with_suffix("").parts))
                settings = tuple(_settings(node, _defaults(getattr(module, node.name))))
                found.append(Section(name[1], ast.get_docstring(node) or "", settings))
    return sorted(found, key=lambda section: section.table)


def _settings(node: ast.ClassDef, defaults: dict[str, str]) -> Iterator[Setting]:
    """The fields of a class; a string below several fields speaks of all of them."""
    waiting: list[tuple[str, str]] = []
    for item in [*node.body, ast.Pass()]:
        if isinstance(item, ast.AnnAssign):
            waiting.append((ast.unparse(item.target), ast.unparse(item.annotation)))
        else:
            meaning = _text(item)
            yield from (Setting(name, kind, defaults[name], meaning) for name, kind in waiting)
            waiting = []


def _text(item: ast.stmt) -> str:
    value = item.value if isinstance(item, ast.Expr) else None
    return " ".join(str(value.value).split()) if isinstance(value, ast.Constant) else ""


def _defaults(cls: Any) -> dict[str, str]:
    """The default of each field as it would stand in a TOML file."""
    return {field.name: _toml(getattr(cls(), field.name)) for field in dataclasses.fields(cls)}


def _toml(value: Any) -> str:
    if value is None:
        return ""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        own = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        changed = (f"{name} = {_toml(item)}" for name, item in own.items() if item != getattr(type(value)(), name))
        return "{" + ", ".join(changed) + "}"
    return json.dumps(value, ensure_ascii=False).replace("Infinity", "inf")


if __name__ == "__main__":
    main()
