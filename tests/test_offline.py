"""The guard of `conftest.py` stops what leaves this machine, and nothing else."""

import socket
import urllib.request
from collections.abc import Callable

import pytest

ELSEWHERE = ("192.0.2.1", 80)  # TEST-NET-1, RFC 5737: belongs to nobody


def _send(address: tuple[str, int]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"x", address)


def _connect(address: tuple[str, int]) -> None:
    with socket.socket() as client:
        client.settimeout(0.1)
        client.connect(address)


def _connect_ex(address: tuple[str, int]) -> None:
    with socket.socket() as client:
        client.settimeout(0.1)
        client.connect_ex(address)


@pytest.mark.parametrize("reach", [_connect, _connect_ex, _send])
def test_an_address_elsewhere_is_out_of_reach(reach: Callable[[tuple[str, int]], None]) -> None:
    with pytest.raises(RuntimeError, match=r"a test reached for 192\.0\.2\.1"):
        reach(ELSEWHERE)


@pytest.mark.parametrize(
    "look_up", [lambda name: socket.gethostbyname(name), lambda name: socket.getaddrinfo(name, 80)]
)
def test_a_name_elsewhere_is_not_looked_up(look_up: Callable[[str], object]) -> None:
    with pytest.raises(RuntimeError, match=r"a test reached for data\.example"):
        look_up("data.example")


def test_a_library_that_opens_a_page_is_stopped() -> None:
    with pytest.raises(RuntimeError, match=r"a test reached for data\.example"):
        urllib.request.urlopen("http://data.example/", timeout=0.1)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_can_be_reached(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection((host, server.getsockname()[1]), timeout=5) as client:
            client.sendall(b"x")
        connection, _ = server.accept()
        with connection:
            assert connection.recv(1) == b"x"
