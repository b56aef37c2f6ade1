"""The thin environment on top of somebody else's, built for real but for pip, which would reach for the network."""

import subprocess
from argparse import Namespace
from pathlib import Path

import installer
from recipes import Command

from .test_activation import provided, snapshot  # noqa: F401 - a fixture


class WithoutPip(installer.System):
    """Everything real, but what pip would do is done by a .pth file."""

    def run(self, command: Command) -> None:
        words = [*command.words]
        if "venv" in words:
            words.insert(3, "--without-pip")
        if "pip" in words:
            packages = next(Path(words[0]).parents[1].glob("lib/python*/site-packages"))
            (packages / "culpa.pth").write_text(f"{installer.ROOT / 'src'}\n")
        else:
            subprocess.run(words, check=True, env={**command.variables})


def test_it_sees_both_and_writes_only_its_own(
    options: Namespace,
    provided: Path,  # noqa: F811
) -> None:
    before = snapshot(provided)
    options.python = None
    installer.install("igwn", options, WithoutPip(), {"CULPA_ENV": f"{provided}/"})
    python = options.prefix / "igwn" / "bin" / "python"
    show = "import culpa, theirs, sys; print(sys.prefix, theirs.__file__.startswith(sys.argv[1]))"
    answer = subprocess.run([python, "-B", "-c", show, provided], capture_output=True, text=True, check=True)
    assert answer.stdout == f"{options.prefix}/igwn True\n"
    assert (options.prefix / "igwn" / "culpa.parent").read_text() == f"{provided}\n"
    assert snapshot(provided) == before
