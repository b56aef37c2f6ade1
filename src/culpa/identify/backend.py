"""Which deep-learning framework Keras drives: chosen once in a process, before Keras is imported."""

import importlib
import importlib.util
import os
from types import ModuleType
from typing import Literal, get_args

from ..errors import CulpaError, MissingExtraError, UsageError, nearest

Framework = Literal["pytorch", "tensorflow"]

_BACKENDS = {"pytorch": "torch", "tensorflow": "tensorflow"}
"""What Keras calls them; their packages and our extras have these names too."""


def framework(word: str) -> Framework:
    """The framework that a word names. Raises UsageError for another word."""
    for known in get_args(Framework):
        if word == known:
            return known  # type: ignore[no-any-return]
    raise UsageError(f"unknown framework {word!r}", nearest(word, get_args(Framework)))


def require(name: Framework, purpose: str) -> None:
    """Raises MissingExtraError where the framework, or what drives it, is not installed; imports nothing."""
    extra = _BACKENDS[name]
    for package in (extra, "keras", "onnx"):
        if importlib.util.find_spec(package) is None:
            raise MissingExtraError(package, extra, purpose)


def keras(name: Framework, purpose: str = "training", threads: int = 2) -> ModuleType:
    """The module `keras`, driving the framework with so many threads: both are as the first call in a process says.

    Raises MissingExtraError where a package is missing, CulpaError where this process has Keras on the other framework
    already: `apart.perform` needs no process to be free.
    """
    require(name, purpose)
    os.environ |= _environment(name, threads)
    loaded = importlib.import_module("keras")
    used = loaded.backend.backend()
    if used != _BACKENDS[name]:
        raise CulpaError(f"Keras drives {used} in this process; it cannot change to {_BACKENDS[name]}")
    return loaded


def _environment(name: Framework, threads: int) -> dict[str, str]:
    """What the frameworks read when they are imported."""
    return {
        "KERAS_BACKEND": _BACKENDS[name],
        "OMP_NUM_THREADS": str(threads),
        "OMP_WAIT_POLICY": "PASSIVE",  # threads that wait by spinning make a busy machine several times slower
        "TF_NUM_INTRAOP_THREADS": str(threads),
        "TF_NUM_INTEROP_THREADS": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
