"""The state of a training between two epochs, in one file that is there in full or not at all."""

import hashlib
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..acquire.atomic import atomic
from ..errors import UsageError
from ..settings import plain


@dataclass(frozen=True)
class Progress:
    """What was done: a row of numbers per epoch, and the weights of the best one."""

    history: tuple[Mapping[str, float], ...] = ()
    best: Sequence[NDArray[Any]] = ()


def fingerprint(*parts: Any) -> str:
    """A hash of settings, numbers, words and arrays: equal for the same training only."""
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, np.ndarray):
            digest.update(f"{part.dtype} {part.shape}".encode())
            digest.update(np.ascontiguousarray(part).data)
        else:
            digest.update(json.dumps(plain(part)).encode())
    return digest.hexdigest()


def save(path: Path, identity: str, progress: Progress, variables: Sequence[Any]) -> None:
    """Write the progress and the values of the variables (Keras), atomically. Raises CulpaError if refused."""
    head = json.dumps({"identity": identity, "history": progress.history})
    parts: dict[str, Any] = {f"variable_{i}": variable.numpy() for i, variable in enumerate(variables)}
    parts |= {f"best_{i}": array for i, array in enumerate(progress.best)}
    with atomic(path) as temporary, temporary.open("wb") as file:
        np.savez(file, head=np.frombuffer(head.encode(), np.uint8), **parts)


def load(path: Path, identity: str, variables: Sequence[Any]) -> Progress:
    """The progress in a file, the variables set to what they were; no progress if there is no such file.

    Raises UsageError where the file is of another training, or none.
    """
    if not path.exists():
        return Progress()
    way_out = "remove it to begin anew, or choose another folder"
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            head = json.loads(file["head"].tobytes())
            if head["identity"] != identity:
                raise UsageError(f"{path} is of a training with other images or settings", way_out)
            for i, variable in enumerate(variables):
                variable.assign(file[f"variable_{i}"])
            best = [file[f"best_{i}"] for i in range(sum(name.startswith("best_") for name in file.files))]
    except (ValueError, KeyError, TypeError, OSError, EOFError, zipfile.BadZipFile) as problem:
        raise UsageError(f"{path} is not the state of a training: {problem}", way_out) from problem
    return Progress(tuple(head["history"]), best)
