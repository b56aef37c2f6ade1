"""Imports point only up the list of rooms, which is the data flow; the root vocabulary imports no room."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import culpa

ROOT = Path(culpa.__file__).parent
EDGE = {"__init__", "__main__", "cli", "cli_classes", "cli_coherence", "cli_sensors", "options"}
ROOMS = ["acquire", "condition", "decompose", "detect", "evaluate", "explain", "identify", "report", "run"]
VOCABULARY = {"errors", "gpstime", "names", "settings", "spectra", "types"}


def imported(tree: ast.AST, parts: tuple[str, ...], package: str) -> Iterator[str]:
    """Absolute dotted names of all imports in a module, inside functions too; `from a import b` is `a.b`."""
    here = [package, *parts[:-1]]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = here[: len(here) - node.level + 1] if node.level else []
            module = [*base, *([node.module] if node.module else [])]
            yield from (".".join([*module, alias.name]) for alias in node.names)


def violations(root: Path) -> Iterator[str]:
    """Forbidden imports of the package in a folder: down the list, from the vocabulary into a room, of the edge."""
    rooms = sorted(path.name for path in root.iterdir() if (path / "__init__.py").exists())
    for file in sorted(root.rglob("*.py")):
        parts = file.relative_to(root).parts
        here = parts[0] if len(parts) > 1 else ""
        if not here and file.stem in EDGE:
            continue
        for name in imported(ast.parse(file.read_text(encoding="utf-8")), parts, root.name):
            package, target, *_ = [*name.split("."), ""]
            if package == root.name and (target in EDGE or (target in rooms and target > here)):
                yield f"{'/'.join(parts)} imports {name}"


def test_imports_point_only_up_the_list() -> None:
    assert list(violations(ROOT)) == []


def test_a_new_room_is_a_decision() -> None:
    """Add it here, to docs/architecture.md and, where it changes the flow, to docs/adr/."""
    assert sorted(path.name for path in ROOT.iterdir() if (path / "__init__.py").exists()) == ROOMS


def test_a_new_file_of_the_vocabulary_is_a_decision() -> None:
    assert {path.stem for path in ROOT.glob("*.py")} == EDGE | VOCABULARY


BROKEN = {
    "detect/a.py": "from ..run import plan",
    "detect/b.py": "from .. import run",
    "detect/c.py": "import tree.run.plan",
    "detect/d.py": "from tree.run import plan",
    "detect/e.py": "def f():\n    from ..run.plan import Plan",
    "detect/deep/f.py": "from ...run import plan",
    "detect/g.py": "from ..cli import main",
    "types.py": "from .detect import Detector",
    "names.py": "from . import acquire",
    "run/h.py": "from .. import cli",
    "acquire/__init__.py": "from ..detect import Detector",
}


@pytest.mark.parametrize("path", BROKEN)
def test_each_kind_of_forbidden_import_is_seen(tmp_path: Path, path: str) -> None:
    root = _tree(tmp_path, {path: BROKEN[path]})
    assert [line.split(" imports ")[0] for line in violations(root)] == [path]


def test_what_is_allowed_is_left_alone(tmp_path: Path) -> None:
    allowed = {
        "run/a.py": "from ..detect import Detector\nfrom . import b\nfrom ..types import Series\nimport numpy.run",
        "detect/deep/a.py": "from ..base import Detector\nfrom ...acquire import frames\nfrom ... import types",
        "types.py": "from .errors import CulpaError\nimport run",
        "cli.py": "from .run import plan",
        "__main__.py": "from .cli import main",
        "__init__.py": "from .run import plan",
    }
    assert list(violations(_tree(tmp_path, allowed))) == []


def _tree(folder: Path, files: dict[str, str]) -> Path:
    root = folder / "tree"
    for room in ("acquire", "detect", "run"):
        (root / room).mkdir(parents=True)
        (root / room / "__init__.py").touch()
    for path, text in files.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(text + "\n")
    return root
