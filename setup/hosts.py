"""What machine this is, as the packages see it: operating system and the processor that is really there."""

import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass

from bootstrap import SetupError

PROCESSORS = {"x86_64": "x86-64", "amd64": "x86-64", "arm64": "arm64", "aarch64": "arm64"}
SUBDIRS = {
    ("linux", "x86-64"): "linux-64",
    ("linux", "arm64"): "linux-aarch64",
    ("macos", "x86-64"): "osx-64",
    ("macos", "arm64"): "osx-arm64",
}


@dataclass(frozen=True)
class Host:
    """An operating system (`linux`, `macos`) on a processor (`x86-64`, `arm64`).

    `translated`: the running Python is an x86-64 one that Rosetta translates on Apple silicon.
    """

    system: str
    processor: str
    translated: bool = False

    @property
    def subdir(self) -> str:
        """The name that conda has for it, such as `osx-arm64`."""
        return SUBDIRS[self.system, self.processor]

    def __str__(self) -> str:
        return f"{self.system} {self.processor}" + (" (this Python runs under Rosetta)" if self.translated else "")


def detect(output: Callable[..., str], system: str = sys.platform, machine: str | None = None) -> Host:
    """The host; `output` runs a command and gives what it prints, empty where it fails.

    Raises SetupError for systems that some needed package has no build for.
    """
    machine = machine or platform.machine()
    processor = PROCESSORS.get(machine.lower())
    name = {"linux": "linux", "darwin": "macos"}.get(system)
    if name is None or processor is None:
        raise SetupError(
            f"environments are for Linux and macOS on x86-64 and arm64, this is {system} on {machine} "
            "(Windows: use WSL, or uv_run.bat for what does without frames)"
        )
    translated = (name, processor) == ("macos", "x86-64") and _is_apple_silicon(output)
    return Host(name, "arm64" if translated else processor, translated)


def _is_apple_silicon(output: Callable[..., str]) -> bool:
    """Asks the kernel, as `uname` repeats what Rosetta pretends; Intel Macs know neither name."""
    return any(output("sysctl", "-n", name).strip() == "1" for name in ("sysctl.proc_translated", "hw.optional.arm64"))
