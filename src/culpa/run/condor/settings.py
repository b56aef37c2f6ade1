"""How a day is spread over an HTCondor pool."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath


@dataclass(frozen=True)
class CondorSettings:
    """How `culpa submit` uses a pool; the `[condor]` table of a configuration file. No result depends on it.

    Raises ValueError for values that cannot be meant.
    """

    batch: float = 900.0
    """Processor seconds that one job of the pool should take: jobs of the plan are put together up to this."""
    accounting_group: str = ""
    """The accounting tag that the pool asks for, such as ligo.dev.o4.detchar.explore.test; if empty, none."""
    accounting_group_user: str = ""
    """Whom the time is put down to; if empty, who submits."""
    memory_margin: float = 1.3
    """Memory asked for, as a multiple of what was measured."""
    memory_growth: float = 2.0
    """After each time that a job ran out of memory or was killed, it asks for so many times as much."""
    disk_margin: float = 1.5
    """Disk asked for, as a multiple of what is written."""
    retries: int = 3
    """Times that a job is started again after it failed or was killed."""
    releases: int = 3
    """Times that a held job is released by itself; then it stays held, and `--wait` says why."""
    release_after: float = 60.0
    """Seconds that it is held until then."""
    transfer: str = "none"
    """none: all machines see the folder of results; files: what a job needs and makes travels with it."""
    python: str = ""
    """Absolute path of a Python of the pool's machines that has culpa; if empty, the one that submits."""
    lines: Mapping[str, str] = field(default_factory=dict)
    """Further lines for every submit file, which win over what culpa writes; strings in double quotes of their own."""

    @property
    def accounting(self) -> dict[str, str]:
        """Lines of a submit file that say whom the time is put down to."""
        tags = {name: getattr(self, name) for name in ("accounting_group", "accounting_group_user")}
        return {name: value for name, value in tags.items() if value}

    def __post_init__(self) -> None:
        for name, (least, most) in _RANGES.items():
            if not least <= getattr(self, name) <= most:
                raise ValueError(f"{name}: expected {least:g} to {most:g}, got {getattr(self, name):g}")
        if self.transfer not in ("none", "files"):
            raise ValueError(f"transfer: expected none or files, got {self.transfer!r}")
        for name in ("accounting_group", "accounting_group_user", "python"):
            if "\n" in getattr(self, name):
                raise ValueError(f"{name}: expected one line, got {getattr(self, name)!r}")
        if self.python and not PurePosixPath(self.python).is_absolute():
            raise ValueError(f"python: expected an absolute path, got {self.python!r}")
        for name, value in self.lines.items():
            if not re.fullmatch(r"[+\w.]+", name) or "\n" in value or name.lower() == "queue":
                raise ValueError(f"lines: not a line of a submit file: {name} = {value}")


_RANGES = {
    "batch": (1, 1e9), "memory_margin": (1, 1000), "memory_growth": (1, 1000), "disk_margin": (1, 1000),
    "retries": (0, 1000), "releases": (0, 1000), "release_after": (0, 1e9),
}  # fmt: skip
