"""Whether a folder holds what its manifest says, byte by byte."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import NoDataError
from .condor import FOLDER
from .hashes import Hashes
from .plan import HIDDEN
from .records import MANIFEST, Records


@dataclass(frozen=True)
class Difference:
    """One file that is not as the manifest says.

    `kind`: `missing`, `changed`, `input changed`, `input missing` (a job used other data than are there now), or
    `not in the manifest` (a file that no job wrote: harmless, but not part of the result).
    """

    kind: str
    path: str
    job: str

    @property
    def is_harmless(self) -> bool:
        """Whether the result is right all the same."""
        return self.kind == "not in the manifest"


def verify(folder: Path, workers: int = 1) -> tuple[int, list[Difference]]:
    """Read every file of a day in full: how many there are, and every difference, in order of path.

    Raises NoDataError where the folder has no manifest, CulpaError where it cannot be read.
    """
    if not (folder / MANIFEST).is_file():
        raise NoDataError(f"{folder} has no {MANIFEST}", "give the folder of a day that culpa run made")
    records = Records.load(folder)
    hashes = Hashes(folder)  # nothing is taken on trust
    jobs = records.jobs
    hashes.look((path for of in jobs.values() for path in (*of.outputs, *of.inputs)), workers)
    outputs = {path for of in jobs.values() for path in of.outputs}
    found = {(one.kind, one.path): one for one in (*_outputs(records, hashes), *_inputs(records, hashes))}
    extra = (Difference("not in the manifest", path, "") for path in _others(folder, outputs))
    return len(outputs), sorted((*found.values(), *extra), key=lambda one: (one.path, one.kind))


def _outputs(records: Records, hashes: Hashes) -> Iterator[Difference]:
    for name, record in records.jobs.items():
        for path, was in record.outputs.items():
            if (now := hashes.of(path)) != was:
                yield Difference("changed" if now else "missing", path, name)


def _inputs(records: Records, hashes: Hashes) -> Iterator[Difference]:
    """What jobs read that was something else then; a file of the day that is not as it was written is told already."""
    written = {path: was for record in records.jobs.values() for path, was in record.outputs.items()}
    for name, record in records.jobs.items():
        for path, was in record.inputs.items():
            now = hashes.of(path)
            if now != was and written.get(path) != was:
                yield Difference("input changed" if now else "input missing", path, name)


def _others(folder: Path, outputs: set[str]) -> Iterator[str]:
    for path in folder.rglob("*"):
        there = path.relative_to(folder)
        name = there.as_posix()
        if path.is_file() and name not in outputs and name != MANIFEST and not _is_ours(there):
            yield name


def _is_ours(path: Path) -> bool:
    """Whether it tells of the way a day was made."""
    return path.parts[0] == FOLDER or HIDDEN in path.parts


def tell(folder: Path, count: int, differences: Sequence[Difference]) -> str:
    """The result for a reader: a line for each difference, and what it comes to."""
    lines = [f"{one.kind}: {one.path}" + (f" ({one.job})" if one.job else "") for one in differences]
    grave = sum(not one.is_harmless for one in differences)
    end = f"{grave} differences" if grave != 1 else "1 difference"
    return "\n".join([*lines, f"{folder}: {count} files, {end if grave else 'all as the manifest says'}"])
