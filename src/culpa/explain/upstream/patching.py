"""Patches of an installed package: applied to code that is known, inside a `with` block, taken back after it."""

import inspect
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from importlib import import_module
from importlib.metadata import version
from typing import Any

from ...errors import CulpaError, UsageError, nearest

Replacement = Callable[[Any], Any]
"""Makes what comes in place of a target out of what was there (None where there was nothing)."""


@dataclass(frozen=True)
class Change:
    """One name in one module that gets another value.

    `target` is `module:name`; `code` the function or class that has the defect, in the same form, and `digest` the
    fingerprint of its source.
    """

    target: str
    replacement: Replacement
    digest: str
    code: str = ""

    @property
    def fingerprint(self) -> str:
        """That of the installed source; empty where there is none to read."""
        owner, name = _split(self.code or self.target)
        try:
            return fingerprint(inspect.getsource(getattr(owner, name)))
        except (AttributeError, OSError, TypeError):
            return ""


@dataclass(frozen=True)
class Patch:
    """A defect of a package and what cures it.

    `versions` are those of the distribution `package` that have the defect, the first and the last.
    """

    name: str
    defect: str
    changes: tuple[Change, ...]
    package: str = "hveto"
    versions: tuple[str, str] = ("2.1.9", "2.1.9")

    def check(self) -> None:
        """Raises CulpaError where the installed package is not the one that the patch was made for."""
        first, last = self.versions
        if not _number(first) <= _number(version(self.package)) <= _number(last):
            known = first if first == last else f"{first} to {last}"
            raise self._refusal(f"is for {self.package} {known}, got {version(self.package)}")
        for change in self.changes:
            if change.fingerprint != change.digest:
                raise self._refusal(f"is for another {change.code or change.target} than the installed one")

    def _refusal(self, reason: str) -> CulpaError:
        hint = (
            f"leave the patch {self.name} out, use --engine native, or install the versions in requirements/hveto.txt"
        )
        return CulpaError(f"the patch {self.name} of hveto {reason}", hint)


def choose(patches: Sequence[Patch], names: Collection[str]) -> list[Patch]:
    """The patches of these names, in order of the sequence. Raises UsageError for a name that none has."""
    known = [patch.name for patch in patches]
    for name in names:
        if name not in known:
            raise UsageError(f"no patch {name!r} of hveto", nearest(name, known))
    return [patch for patch in patches if patch.name in names]


@contextmanager
def applied(patches: Sequence[Patch]) -> Iterator[None]:
    """A block in which the patches hold; checked first, all or none. Not for threads: modules have one set of names."""
    for patch in patches:
        patch.check()
    with ExitStack() as after:
        for patch in patches:
            for change in patch.changes:
                _replace(change, after)
        yield


def fingerprint(source: str) -> str:
    """A few digits that tell one source text from another."""
    return sha256(source.encode()).hexdigest()[:16]


def _replace(change: Change, after: ExitStack) -> None:
    owner, name = _split(change.target)
    if name in vars(owner):
        before = vars(owner)[name]
        after.callback(setattr, owner, name, before)
    else:
        before = None
        after.callback(delattr, owner, name)
    setattr(owner, name, change.replacement(before))


def _split(target: str) -> tuple[Any, str]:
    module, _, name = target.partition(":")
    return import_module(module), name


def _number(text: str) -> tuple[int, ...]:
    """`2.1.9` as (2, 1, 9); what follows the numbers (`rc1`, `.dev3`) does not count."""
    numbers = []
    for part in text.split("."):
        if not part.isdigit():
            break
        numbers.append(int(part))
    return tuple(numbers)
