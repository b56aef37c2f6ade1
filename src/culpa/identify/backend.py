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
    """Raises MissingExtraError where the framework, or Keras itself, is not installed; imports nothing."""
    extra = _BACKENDS[name]
    for package in (extra, "keras"):
        if importlib.util.find_spec(package) is None:
            raise MissingExtraError(package, extra, purpose)


def keras(name: Framework, purpose: str = "training") -> ModuleType:
    """The `keras` module, driving the framework; silent about the machine it finds.

    Raises MissingExtraError where a package is missing, CulpaError where this process has Keras on the other framework
    already: use `apart.perform` then.
    """
    require(name, purpose)
    os.environ["KERAS_BACKEND"] = _BACKENDS[name]
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    loaded = importlib.import_module("keras")
    used = loaded.backend.backend()
    if used != _BACKENDS[name]:
        raise CulpaError(f"Keras drives {used} in this process; it cannot change to {_BACKENDS[name]}")
    return loaded
