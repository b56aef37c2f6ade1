"""What was done in the folder of a day: the manifest, and a receipt for each job done since it was written.

`manifest.json` is part of the result: the same results have the same bytes. A receipt is written when the outputs of a
job are complete, by whoever did it, here or on another machine; whatever dies at whatever moment, a job either has one
or is done again. `settle` makes manifest and receipts one.
"""

import hashlib
import json
import logging
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..acquire.atomic import atomic
from ..errors import CulpaError
from .hashes import Seen
from .plan import HIDDEN

log = logging.getLogger(__name__)

MANIFEST = "manifest.json"
_FORMAT = 1
_SHARED = ("code", "settings", "inputs")
"""Parts of a record that hundreds of jobs have in common: the manifest holds each of them once."""


@dataclass(frozen=True)
class Record:
    """A job that was done: from what, and what came of it.

    `code` are the versions that did it, `inputs` and `outputs` SHA-256 by path (None: an input that was absent),
    `result` what the job has to say in a few numbers.
    """

    code: Mapping[str, str]
    settings: Mapping[str, Any]
    parameters: Mapping[str, Any]
    inputs: Mapping[str, str | None]
    outputs: Mapping[str, str]
    result: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Records:
    """The records of a folder by name of the job, and the state in which files were last seen."""

    folder: Path
    jobs: dict[str, Record]
    seen: dict[str, Seen]
    receipts: set[Path] = field(default_factory=set)
    """Those that were taken, and not made part of the manifest yet."""

    @classmethod
    def load(cls, folder: Path) -> "Records":
        """What the folder tells; nothing where it tells nothing. Raises CulpaError for a manifest that is none."""
        records = cls(folder, _read_manifest(folder / MANIFEST), _read_seen(folder / HIDDEN / "seen.json"))
        for path in _receipts(folder):
            records.receipts.add(path)
            with suppress(OSError, ValueError, LookupError, TypeError, AttributeError):  # none, or of another version
                records.take(*read_receipt(path))
        return records

    def take(self, name: str, record: Record, seen: Mapping[str, Seen]) -> None:
        """A job was done."""
        self.jobs[name] = record
        self.seen.update(seen)
        self.receipts.add(receipt_path(self.folder, name))

    def settle(self, seen: Mapping[str, Seen] | None = None) -> None:
        """Write the manifest, then what was `seen`, and only then remove the receipts."""
        if seen is not None:
            self.seen = dict(seen)
        if not self.jobs and not (self.folder / MANIFEST).exists():
            return
        with atomic(self.folder / MANIFEST) as path:
            # paths that are not in UTF-8 too: a lone surrogate becomes what JSON writes for it
            path.write_text(manifest_text(self.jobs), encoding="utf-8", errors="backslashreplace")
        with atomic(self.folder / HIDDEN / "seen.json") as path:
            path.write_text(json.dumps(self.seen), encoding="utf-8")
        for receipt in self.receipts:  # not those of a process that ends while we write
            receipt.unlink(missing_ok=True)
        self.receipts.clear()

    def drop(self, names: Iterable[str]) -> None:
        """Forget jobs."""
        for name in names:
            del self.jobs[name]


def write_receipt(folder: Path, name: str, record: Record, seen: Mapping[str, Seen]) -> None:
    """Say that a job was done; `seen` are its outputs."""
    with atomic(receipt_path(folder, name)) as path:
        path.write_text(json.dumps({"job": name, "record": asdict(record), "seen": seen}), encoding="utf-8")


def read_receipt(path: Path) -> tuple[str, Record, dict[str, Seen]]:
    """Name, record and outputs of a job that was done."""
    said = json.loads(path.read_text(encoding="utf-8"))
    return said["job"], Record(**said["record"]), {name: Seen(*of) for name, of in said["seen"].items()}


def receipt_path(folder: Path, name: str) -> Path:
    """Where the receipt of a job lies."""
    return folder / HIDDEN / "receipts" / f"{hashlib.sha256(name.encode()).hexdigest()[:32]}.json"


def manifest_text(jobs: Mapping[str, Record]) -> str:
    """The manifest: what is common to many jobs once in a table of its own, under a digest; jobs in order of name."""
    from .. import __version__

    shared: dict[str, dict[str, Any]] = {part: {} for part in _SHARED}
    entries = {}
    for name in sorted(jobs):
        entry = {**vars(jobs[name])}
        for part in _SHARED:
            key = _digest(entry[part])
            shared[part][key] = entry[part]
            entry[part] = key
        entries[name] = entry
    head = {"format": _FORMAT, "culpa": __version__}
    return json.dumps({**head, **shared, "jobs": entries}, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _read_manifest(path: Path) -> dict[str, Record]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except OSError as problem:
        raise CulpaError(f"cannot read the manifest {path}: {problem.strerror or problem}") from problem
    except UnicodeDecodeError as problem:
        raise _unreadable(path, problem) from problem
    try:
        said = json.loads(text)
        if said["format"] != _FORMAT:
            raise ValueError(f"format {said['format']}, not {_FORMAT}")
        tables = {part: said[part] for part in _SHARED}
        return {
            name: Record(**{**entry, **{part: tables[part][entry[part]] for part in _SHARED}})
            for name, entry in said["jobs"].items()
        }
    except (ValueError, LookupError, TypeError, AttributeError) as problem:
        raise _unreadable(path, problem) from problem


def _unreadable(path: Path, problem: Exception) -> CulpaError:
    return CulpaError(
        f"cannot read the manifest {path}: {problem}",
        "restore it, or remove it: then everything is done again, and what is there is replaced",
    )


def _read_seen(path: Path) -> dict[str, Seen]:
    try:
        return {name: Seen(*of) for name, of in json.loads(path.read_text(encoding="utf-8")).items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}  # it only saves reading


def _receipts(folder: Path) -> list[Path]:
    return sorted((folder / HIDDEN / "receipts").glob("*.json"))


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
