"""What can go wrong because of the input: each error says what was expected, what was got, and the way out."""

from collections.abc import Iterable
from difflib import get_close_matches


class CulpaError(Exception):
    """A problem a user can cause or cure; `exit_code` is what the command line answers with.

    `hint` is the way out, one sentence, shown on a line of its own.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  {self.hint}" if self.hint else self.message

    def __reduce__(self) -> tuple[type, tuple[str, str]]:
        return type(self), (self.message, self.hint)  # so that it survives the trip from a worker process


class UsageError(CulpaError):
    """An argument or a setting that cannot be meant."""

    exit_code = 2


class NoDataError(CulpaError):
    """Nothing to analyse: no file, no channel, no live time."""

    exit_code = 3


class NoTriggersError(CulpaError):
    """A command that needs events got none."""

    exit_code = 4


class MissingExtraError(CulpaError):
    """A package of an optional extra is not installed."""

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        super().__init__(
            f"{purpose} needs the package {package}, which is not installed",
            f"install the extra: pip install 'culpa[{extra}]'   (or ./uv_run.sh setup, which installs all of them)",
        )
        self._arguments = (package, extra, purpose)

    def __reduce__(self) -> tuple[type, tuple[str, ...]]:  # type: ignore[override]
        return type(self), self._arguments


class ChannelNotFoundError(NoDataError):
    """A channel that the source does not have; the hint names near ones."""

    def __init__(self, channel: str, where: str, available: Iterable[str]) -> None:
        names = list(available)
        super().__init__(f"no channel {channel!r} in {where}", nearest(channel, names))
        self._arguments = (channel, where, names)

    def __reduce__(self) -> tuple[type, tuple[str, str, list[str]]]:  # type: ignore[override]
        return type(self), self._arguments


def refused(problem: OSError) -> CulpaError:
    """What the system refused, as an error that says where."""
    where = f"{problem.filename}: " if problem.filename else ""
    return CulpaError(f"{where}{problem.strerror or problem}")


def nearest(wanted: str, known: Iterable[str]) -> str:
    """A hint that names the known words closest to a wanted one (at most three; all when there are few)."""
    words = list(known)
    close = get_close_matches(wanted, words, n=3, cutoff=0.5)
    if close:
        return "did you mean " + " or ".join(close) + "?"
    shown = ", ".join(sorted(words)[:8])
    more = f" and {len(words) - 8} more" if len(words) > 8 else ""
    return f"known: {shown}{more}" if words else "none is known here"
