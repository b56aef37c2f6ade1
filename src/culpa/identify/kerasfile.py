"""Weights for further training: a file that Keras can open, with our description inside.

From a file only numbers are taken: the network is built by `networks`, never from what the file says, and nothing is
unpickled.
"""

import shutil
import warnings
import zipfile
import zlib
from pathlib import Path
from types import ModuleType
from typing import Any

from ..acquire.atomic import atomic
from ..errors import UsageError, refused
from . import description as describe
from . import networks
from .description import Description

MEMBER = "culpa.json"


def write(path: Path, saved: Path, description: Description) -> None:
    """Put what Keras saved in one file, with a description, into another, atomically. Raises CulpaError if refused."""
    with atomic(path) as temporary:
        shutil.copyfile(saved, temporary)
        with zipfile.ZipFile(temporary, "a") as archive:
            archive.writestr(MEMBER, describe.to_json(description))


def read_description(path: Path) -> Description:
    """The description in a file. Raises UsageError where it is missing, no such file, damaged or not culpa's."""
    way_out = "give a model.keras of culpa train"
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
            if damaged or MEMBER not in archive.namelist():
                raise UsageError(f"{path} is damaged, or a Keras model without culpa's description", way_out)
            return describe.from_json(archive.read(MEMBER).decode(), str(path))
    except OSError as problem:
        raise refused(problem) from problem
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, UnicodeDecodeError) as problem:
        raise UsageError(f"{path} is not a Keras model, or damaged: {problem}", way_out) from problem


def load(keras: ModuleType, path: Path) -> Any:
    """The network in a file, built anew, with its weights. Raises as `read_description` and `set_weights`."""
    known = read_description(path)
    model = networks.build(keras, known.architecture, known.form.shape, len(known.classes))
    set_weights(model, path)
    return model


def set_weights(model: Any, path: Path) -> None:
    """Give a model the weights in a file. Raises UsageError where they are of another network."""
    known = read_description(path)
    got = known.architecture, known.form.shape, len(known.classes)
    expected = model.name, model.input.shape[1:], model.outputs[0].shape[-1]
    try:
        if got != expected:
            raise ValueError(f"it says {_words(*got)}")
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)  # Keras only warns of layers that it leaves as they are
            model.load_weights(path)
    except (ValueError, KeyError, OSError, UserWarning) as problem:
        raise UsageError(
            f"{path} does not hold the weights of {_words(*expected)}: {str(problem).splitlines()[0]}",
            "choose the architecture and the classes that it was trained with, or train from the beginning",
        ) from problem


def _words(architecture: str, shape: tuple[int, ...], classes: int) -> str:
    return f"the network {architecture} for images {tuple(shape)} and {classes} classes"
