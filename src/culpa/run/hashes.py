"""What is in files, as SHA-256; a file that looks untouched is not read again."""

import hashlib
import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from stat import S_ISREG
from typing import NamedTuple


class Seen(NamedTuple):
    """A file as it was when its contents were read: SHA-256 in hex, bytes, time of change in ns, inode."""

    sha256: str
    size: int
    changed: int
    inode: int


def read_file(path: str | Path) -> Seen | None:
    """The file as it is now, read in full; None where there is no file that can be read."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123  thousands of files
            before = os.fstat(file.fileno())
            if not S_ISREG(before.st_mode):
                return None
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None
    return Seen(digest, before.st_size, before.st_mtime_ns, before.st_ino)


def is_still(path: str | Path, seen: Seen | None) -> bool:
    """Whether a file looks as when it was seen, or is still no file that can be read (None); it is not read."""
    try:
        status = os.stat(path)  # noqa: PTH116  thousands of files
    except OSError:
        return seen is None
    if seen is None:
        return not (S_ISREG(status.st_mode) and os.access(path, os.R_OK))
    return (status.st_size, status.st_mtime_ns, status.st_ino) == seen[1:]


class Hashes:
    """The SHA-256 of files in a folder and elsewhere, by path relative to the folder or absolute.

    `seen` is what was read earlier: a file whose size, time of change and inode are the same counts as unchanged. Each
    file is looked at once.
    """

    def __init__(self, folder: Path, seen: Mapping[str, Seen] | None = None) -> None:
        self._folder = os.fspath(folder)
        self._seen = dict(seen or {})
        self._now: dict[str, str | None] = {}

    @property
    def seen(self) -> Mapping[str, Seen]:
        """What is known of each file that was there when it was last looked at."""
        return {path: seen for path, seen in self._seen.items() if self._now.get(path, seen.sha256) is not None}

    def look(self, paths: Iterable[str], workers: int = 1) -> None:
        """Look at files, reading those that changed by so many threads at a time."""
        unread = [path for path in dict.fromkeys(paths) if path not in self._now and not self._is_unchanged(path)]
        if unread:
            with ThreadPoolExecutor(workers) as pool:
                for path, seen in zip(unread, pool.map(read_file, map(self._where, unread)), strict=True):
                    self._take(path, seen)

    def of(self, path: str) -> str | None:
        """The SHA-256 of a file in hex; None where there is none."""
        if path not in self._now:
            self.look([path])
        return self._now[path]

    def seen_now(self, path: str) -> Seen | None:
        """A file as it is, looked at if it was not yet; None where there is none."""
        return self._seen[path] if self.of(path) is not None else None

    def learn(self, seen: Mapping[str, Seen | None]) -> None:
        """Files were written, and are like this now; None: removed."""
        for path, what in seen.items():
            self._take(path, what)

    def _take(self, path: str, seen: Seen | None) -> None:
        self._now[path] = seen.sha256 if seen else None
        if seen:
            self._seen[path] = seen
        else:
            self._seen.pop(path, None)

    def _is_unchanged(self, path: str) -> bool:
        """Whether it is as it was last seen, or still absent; takes note of it then."""
        seen = self._seen.get(path)
        if is_still(self._where(path), None):
            self._take(path, None)
        elif seen and is_still(self._where(path), seen):
            self._now[path] = seen.sha256
        else:
            return False
        return True

    def _where(self, path: str) -> str:
        return os.path.join(self._folder, path)  # noqa: PTH118  an absolute path stays what it is
