"""The trigger files that a user means by paths, patterns, folders and lists."""

import glob
import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from .. import names
from ..errors import NoDataError
from . import caches
from .triggerfiles import ENDINGS, ending

_log = logging.getLogger(__name__)


def trigger_paths(values: Sequence[str | Path]) -> list[Path]:
    """The trigger files meant by values, each a file, a glob pattern (with `**`), a folder or a list of files.

    A folder is searched with everything below it. A file that does not end as trigger files do is a list: an FFL, a LAL
    cache, or one path or file URL a line (`caches.read`); whether a file in a list exists is seen when it is read. Of
    what a pattern matches, trigger files, folders and lists (by their ending) count. Raises NoDataError, which names
    the value, where nothing is found, UsageError for a file that is no list.
    """
    found: list[Path] = []
    for value in map(str, values):
        try:
            paths = list(_meant(value))
        except OSError as problem:
            raise NoDataError(f"cannot look for trigger files in {value}: {problem}") from problem
        if not paths:
            raise NoDataError(
                f"no trigger file in {value or 'an empty name'}",
                f"expected files that end in {' '.join(ENDINGS)}; quote a pattern such as 'triggers/**/*.h5'",
            )
        found += paths
    return found


def distinct(paths: Iterable[Path]) -> list[Path]:
    """The paths without those of a file that is there already, however spelled or linked; the log names what is not.

    Two names of one file count as two where they differ and both follow T050017: a store that keeps equal contents once
    holds the empty files of all channels as one.
    """
    kept: list[Path] = []
    twice: list[Path] = []
    taken: dict[object, set[str]] = {}
    for path in sorted(paths, key=lambda path: names.parse(path) is None):
        known = taken.setdefault(_identity(path), set())
        again = known and (path.name in known or names.parse(path) is None)
        (twice if again else kept).append(path)
        known.add(path.name)
    if twice:
        _log.warning("%s: given more than once, read once", and_further(twice))
    return kept


def one_format(paths: Iterable[Path]) -> list[Path]:
    """The trigger files among paths, by channel and time; of those that differ in their ending alone the best one."""
    return [same[0] for same in by_format(paths)]


def by_format(paths: Iterable[Path]) -> list[list[Path]]:
    """The trigger files among paths, by channel and time; those that differ in their ending alone, best first."""
    same: dict[Path, list[Path]] = {}
    for path in sorted((path for path in paths if path.name.endswith(ENDINGS)), key=_rank):
        same.setdefault(path.with_name(path.name.removesuffix(ending(path))), []).append(path)
    return sorted(same.values(), key=lambda files: _order(files[0]))


def and_further(paths: Sequence[object]) -> str:
    """The first of some things, and how many more there are."""
    if len(paths) == 1:
        return str(paths[0])
    return f"{paths[0]} and {len(paths) - 1} further file{'s' if len(paths) > 2 else ''}"


def _meant(value: str) -> Iterator[Path]:
    path = Path(value)
    if value and path.is_dir():
        yield from _below(path)
    elif value and path.exists():
        yield from _listed(path)
    else:
        matching = map(Path, sorted(glob.glob(value, recursive=True)))  # noqa: PTH207  may be absolute
        yield from dict.fromkeys(path for match in matching for path in _matched(match))


def _matched(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from _below(path)
    elif path.name.endswith((*ENDINGS, *caches.SUFFIXES)):
        yield from _listed(path)


def _listed(path: Path) -> Iterable[Path]:
    return [path] if path.name.endswith(ENDINGS) else [row.path for row in caches.read(path)]


def _below(folder: Path) -> Iterator[Path]:
    seen = set()
    for parent, folders, files in os.walk(folder, onerror=_unreadable, followlinks=True):
        here = Path(parent).resolve()
        if here in seen:  # a link back up
            folders.clear()
            continue
        seen.add(here)
        folders.sort()
        yield from (Path(parent, name) for name in sorted(files) if name.endswith(ENDINGS) and name[0] != ".")


def _unreadable(problem: OSError) -> None:
    _log.warning("cannot look into the folder %s: %s; it is left out", problem.filename, problem.strerror)


def _identity(path: Path) -> object:
    try:
        status = path.stat()
    except (OSError, ValueError):
        return path.absolute()
    return status.st_dev, status.st_ino


def _rank(path: Path) -> int:
    return ENDINGS.index(ending(path))


def _order(path: Path) -> tuple[object, ...]:
    name = names.parse(path)
    if name is None:
        return 1, _rank(path), str(path)
    return 0, name.source, name.description, name.start, name.duration, _rank(path), str(path)
