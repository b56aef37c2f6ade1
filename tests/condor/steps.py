"""Commands run one after another within one limit of time, each step's duration told on stderr."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic


class StepError(Exception):
    """A step that failed."""


class ImpossibleError(StepError):
    """This machine lacks what a step needs."""


class Steps:
    """Runs commands until `limit` seconds have passed since its making, then raises TimeoutError."""

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self._end = monotonic() + limit

    def left(self) -> float:
        """Seconds left. Raises TimeoutError where there are none."""
        left = self._end - monotonic()
        if left <= 0:
            raise TimeoutError(f"not done within {self.limit:g} s")
        return left

    def run(self, *command: object, env: dict[str, str] | None = None) -> str:
        """What a command prints. Raises StepError with the end of its complaints where it fails."""
        words = [str(word) for word in command]
        try:
            done = subprocess.run(
                words, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=self.left()
            )
        except subprocess.TimeoutExpired as problem:
            raise TimeoutError(f"not done within {self.limit:g} s") from problem
        except FileNotFoundError as problem:
            raise ImpossibleError(f"no program {words[0]} here") from problem
        if done.returncode:
            raise StepError(f"{' '.join(words)} gave {done.returncode}:\n{(done.stderr or done.stdout)[-2000:]}")
        return done.stdout

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Tells how long its block took, and which block failed."""
        begin = monotonic()
        try:
            self.left()
            yield
        except (StepError, TimeoutError) as problem:
            raise type(problem)(f"{name}: {problem}") from problem
        print(f"{name:<12} {monotonic() - begin:6.1f} s", file=sys.stderr)
