"""Files that are there in full or not at all."""

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

from ..errors import CulpaError

_TEMPORARY = re.compile(r"\..+\.\d+-[0-9a-f]{8}\.tmp", re.DOTALL)
"""What `atomic` calls files: those of others may end in `.tmp` too."""


@contextmanager
def atomic(path: str | Path) -> Iterator[Path]:
    """A temporary path to write to, in the same folder, which becomes `path` when the block ends without an error.

    Folders are made as needed; a file of that name is replaced in one step; after an error nothing is left and the old
    file, if any, stands. The temporary name begins with a dot and ends in `.tmp`, so that no pattern for finished files
    finds what a killed process leaves; `remove_leftovers` removes it. Raises CulpaError where the system refuses (full
    disk, no permission).
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{token_hex(4)}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        temporary.replace(path)
    except OSError as problem:
        raise CulpaError(
            f"cannot write {path}: {problem.strerror or problem}",
            "free space there, or choose another folder with -o; the files finished before this one are complete",
        ) from problem
    finally:
        with suppress(OSError):
            temporary.unlink()


def remove_leftovers(folder: Path, age: float = 60) -> None:
    """Remove what killed processes left below a folder: temporary files that nobody has written to for `age` s."""
    for path in folder.rglob(".*.tmp"):
        if not _TEMPORARY.fullmatch(path.name):
            continue
        with suppress(OSError):  # another process may be quicker
            if not age or time.time() - path.stat().st_mtime > age:
                path.unlink()
