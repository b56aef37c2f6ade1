"""What holds for every test: nothing reaches for the network, and every run draws the same examples."""

import logging
import os
import socket
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from ipaddress import ip_address
from typing import Any, NamedTuple

import pytest
from hypothesis import settings

for name in ("OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):  # as the command line has it, before numpy is there
    os.environ[name] = "1"
settings.register_profile("culpa", derandomize=True, deadline=None)  # a busy machine is no failure
settings.load_profile("culpa")

EXTRAS = {"torch": "torch", "tensorflow": "tensorflow", "keras": "torch", "onnx": "torch", "onnxruntime": "torch"}
INTERNET = (socket.AF_INET, socket.AF_INET6)


class NetworkUsedError(RuntimeError):
    """A test reached for the network; not an OSError, so that no code under test takes it for an outage."""


def _refuse_unless_local(host: str | bytes | None) -> None:
    text = host.decode() if isinstance(host, bytes) else host
    if text in (None, "", "localhost"):
        return
    try:
        local = ip_address(text).is_loopback
    except ValueError:
        local = False
    if not local:
        raise NetworkUsedError(f"a test reached for {text}: tests use this machine only")


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """Names that are not this machine's cannot be looked up, addresses that are not cannot be connected or sent to."""

    def guarded_address(method: Any) -> Any:
        def call(self: socket.socket, *arguments: Any) -> Any:
            if self.family in INTERNET:  # the address is the last argument of each of them
                _refuse_unless_local(arguments[-1][0])
            return method(self, *arguments)

        return call

    def guarded_lookup(function: Any) -> Any:
        def call(host: str | bytes | None, *arguments: Any, **options: Any) -> Any:
            _refuse_unless_local(host)
            return function(host, *arguments, **options)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex", "sendto"):
            patch.setattr(socket.socket, name, guarded_address(getattr(socket.socket, name)))
        for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
            patch.setattr(socket, name, guarded_lookup(getattr(socket, name)))
        yield


class Answer(NamedTuple):
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


@pytest.fixture
def culpa(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., Answer]]:
    """Runs a command as the program would, in this process."""
    from culpa import cli

    root, ours = logging.getLogger(), logging.getLogger("culpa")
    before, level = root.handlers, ours.level

    def run(*arguments: object) -> Answer:
        monkeypatch.setattr(sys, "argv", ["culpa", *map(str, arguments)])
        root.handlers = []  # the command closes those that it replaces
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            cli.main()
        return Answer(int(end.value.code or 0), *capsys.readouterr())

    yield run
    root.handlers = before
    ours.setLevel(level)


@pytest.fixture(scope="session")
def needs() -> Callable[..., None]:
    """Skips a test unless packages are installed; with CULPA_NEEDS_ML=1 their absence is a failure."""

    def check(*packages: str) -> None:
        for package in packages:
            if find_spec(package) is None:
                absent = pytest.fail if os.environ.get("CULPA_NEEDS_ML") == "1" else pytest.skip
                absent(f"needs {package}: pip install 'culpa[{EXTRAS.get(package, 'tracking')}]'")

    return check
