"""Which locks a command line needs. Nothing is looked up or installed here."""

import re
from collections.abc import Sequence

LOCKS: dict[str, tuple[str, ...]] = {  # files in requirements/, each with the others that it holds everything of
    "base": (),
    "gw": ("base",),
    "hveto": ("base", "gw"),
    "condor": ("base", "gw", "hveto"),
    "pytorch": ("base", "gw"),  # PyTorch itself is in no lock: it is installed beside this one
    "tensorflow": ("base", "gw"),
    "dev": ("base", "gw", "hveto", "condor", "tensorflow"),
}
NEEDED_BY = {
    "blame": "base",
    "blind-spots": "base",
    "classify": "gw",
    "compare": "base",
    "demo": "gw",
    "detect": "base",
    "detectors": "base",
    "hveto": "gw",
    "mock": "gw",
    "mock-fab": "base",
    "qscan": "gw",
    "coherence": "gw",
    "run": "gw",
    "score": "gw",
    "setup": "dev",
    "smoke": "gw",
    "submit": "condor",
    "test": "dev",
    "train": "gw",
    "training-set": "gw",
    "trend": "gw",
    "triggers": "gw",
    "verify": "gw",
}
FRAMEWORKS = {"pytorch": ("pytorch",), "tensorflow": ("tensorflow",), "both": ("pytorch", "tensorflow")}
DEFAULT_FRAMEWORK = "pytorch"  # as `culpa train` has it


def needed(command: str, arguments: Sequence[str]) -> list[str]:
    """The locks for a command line, in order; hveto's package and the frameworks are for those who ask for them."""
    locks = {NEEDED_BY.get(command, "base")}
    if command == "hveto" and any(word.endswith("upstream") for word in arguments):
        locks.add("hveto")
    trains = command == "train" or "--train" in arguments
    framework = option("--framework", arguments) or (DEFAULT_FRAMEWORK if trains else "")
    if not {"--help", "-h"} & set(arguments):
        locks.update(FRAMEWORKS.get(framework, ()))
    return [lock for lock in LOCKS if lock in locks and not any(lock in LOCKS[other] for other in locks)]


def option(name: str, arguments: Sequence[str]) -> str:
    """The value of an option, given as `name value` or `name=value`; empty where it is not given."""
    found = re.search(rf"(?:^|\0){name}[=\0]([^\0]*)", "\0".join(arguments))
    return found[1] if found else ""
