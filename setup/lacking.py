"""`lacking.py igwn|ml CHECKOUT ENVIRONMENT`: says on stderr which of culpa's requirements the running Python lacks.

Ends with 0 also where some are missing, as most of culpa then works; with 1 where this Python is too old for it.
"""

from __future__ import annotations  # it also has to say no on an old Python

import re
import shlex
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

EXTRAS = {"igwn": ("gw", "hveto"), "ml": ()}


def main(name: str, root: str, environment: str) -> None:
    """Prints nothing where all is there."""
    if sys.version_info < (3, 11):  # noqa: UP036 - it runs on the Python of an environment that is not ours
        sys.exit(1)
    from tomllib import loads

    project = loads(Path(root, "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [
        *project["dependencies"],
        *(line for each in EXTRAS[name] for line in project["optional-dependencies"][each]),
    ]
    missing = [line for line in (item.partition(";")[0] for item in asked) if not is_there(line)]
    if missing:
        sys.stderr.write(
            f"culpa: {environment} lacks {', '.join(missing)}; what needs them will fail. To add them beside it:\n"
        )
        script = shlex.quote(f"{root}/setup/install_{name}_env.py")
        sys.stderr.write(f"  CULPA_ENV={shlex.quote(environment)} python3 {script}\n")


def is_there(requirement: str) -> bool:
    """Whether a package is installed, and not older than its first bound (`>=`) asks for."""
    name, bound = re.match(r"([\w.-]+)(?:>=([\d.]+))?", requirement).groups("0")  # type: ignore[union-attr]
    try:
        return numbers(version(name)) >= numbers(bound)
    except PackageNotFoundError:
        return False


def numbers(text: str) -> list[int]:
    """The leading numbers of a version."""
    return [int(part) for part in re.match(r"[\d.]*", text)[0].strip(".").split(".") if part]  # type: ignore[index]


if __name__ == "__main__":
    main(*sys.argv[1:])
