"""Operating system and processor, through Rosetta."""

import pytest
from bootstrap import SetupError
from hosts import Host, detect

from .conftest import Elsewhere

TRANSLATED = ("sysctl", "-n", "sysctl.proc_translated")
SILICON = ("sysctl", "-n", "hw.optional.arm64")


@pytest.mark.parametrize(
    ("system", "machine", "answers", "host", "subdir"),
    [
        ("linux", "x86_64", {}, Host("linux", "x86-64"), "linux-64"),
        ("linux", "AMD64", {}, Host("linux", "x86-64"), "linux-64"),
        ("linux", "aarch64", {}, Host("linux", "arm64"), "linux-aarch64"),
        ("linux", "x86_64", {SILICON: "1"}, Host("linux", "x86-64"), "linux-64"),
        ("darwin", "arm64", {TRANSLATED: "0", SILICON: "1"}, Host("macos", "arm64"), "osx-arm64"),
        ("darwin", "x86_64", {}, Host("macos", "x86-64"), "osx-64"),
        ("darwin", "x86_64", {TRANSLATED: "0\n", SILICON: "0\n"}, Host("macos", "x86-64"), "osx-64"),
        ("darwin", "x86_64", {TRANSLATED: "1\n"}, Host("macos", "arm64", translated=True), "osx-arm64"),
        ("darwin", "x86_64", {SILICON: "1\n"}, Host("macos", "arm64", translated=True), "osx-arm64"),
    ],
)
def test_what_is_really_there(
    system: str, machine: str, answers: dict[tuple[str, ...], str], host: Host, subdir: str
) -> None:
    found = detect(Elsewhere(answers).output, system, machine)
    assert (found, found.subdir) == (host, subdir)


def test_this_machine_is_known() -> None:
    assert detect(Elsewhere().output).system in ("linux", "macos")


@pytest.mark.parametrize(("system", "machine"), [("win32", "AMD64"), ("linux", "riscv64"), ("freebsd14", "amd64")])
def test_other_machines_are_refused_with_the_way_out(system: str, machine: str) -> None:
    with pytest.raises(SetupError, match=f"this is {system} on {machine} .*WSL"):
        detect(Elsewhere().output, system, machine)
