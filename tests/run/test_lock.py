"""One run at a time: the second is told who the first is, and a dead one holds nothing."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from culpa.run.lock import BusyError, locked

HOLD = """
import sys, time
from pathlib import Path
from culpa.run.lock import locked
from culpa.run.pool import processes
with locked(Path(sys.argv[1])) as lock:
    if sys.argv[2] == "alone":
        print("held", flush=True)
        time.sleep(60)
    with processes(1, lock) as pool:
        worker = pool.submit(eval, "__import__('os').getpid()")
        busy = pool.submit(eval, "__import__('time').sleep(60)")
        print(pool.answer(worker), flush=True)
        time.sleep(60)
"""


def hold(folder: Path, how: str) -> tuple["subprocess.Popen[str]", str]:
    """A process that holds the lock, and the line that it prints then."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, folder, how], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    return process, process.stdout.readline().strip()


def test_the_second_is_told_who_the_first_is(tmp_path: Path) -> None:
    process, _ = hold(tmp_path, "alone")
    began = time.monotonic()
    with pytest.raises(BusyError) as caught, locked(tmp_path):
        pass
    assert time.monotonic() - began < 5  # it does not wait for one that lives
    assert (
        caught.value.message == f"another run is at work in {tmp_path}: process {process.pid} on {os.uname().nodename}"
    )
    process.kill()
    process.communicate()
    with locked(tmp_path):  # what it left is no obstacle
        said = json.loads((tmp_path / ".culpa/lock").read_text())
    assert said["process"] == os.getpid()


def test_it_is_free_after_the_block_and_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), locked(tmp_path):
        raise RuntimeError
    with locked(tmp_path, patience=0), pytest.raises(BusyError), locked(tmp_path, patience=0):
        pass
    with locked(tmp_path, patience=0), locked(tmp_path / "other", patience=0):
        pass


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="whether a process has stopped is seen in /proc")
def test_workers_of_a_killed_run_are_waited_for(tmp_path: Path) -> None:
    """A worker is stopped, so that it cannot see that its parent is dead."""
    process, worker = hold(tmp_path, "with a worker")
    os.kill(int(worker), signal.SIGSTOP)
    while not all(" (stopped)" in path.read_text() for path in Path(f"/proc/{worker}/task").glob("*/status")):
        time.sleep(0.01)
    process.kill()
    process.wait()
    with pytest.raises(BusyError), locked(tmp_path, patience=0.5):
        pass
    continued = subprocess.Popen(["sh", "-c", f"sleep 1; kill -CONT {worker}"])
    began = time.monotonic()
    with locked(tmp_path, patience=20):
        assert 0.5 < time.monotonic() - began < 10
    continued.wait()
    assert process.stdout
    process.stdout.close()


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("", "a process that does not say who it is"),
        ("{", "a process that does not say who it is"),
        ("[]", "a process that does not say who it is"),
        ('{"process": 999999999, "host": "elsewhere", "brief": false}', "process 999999999 on elsewhere"),
        ('{"process": 1, "host": "HERE", "brief": false}', "process 1 on HERE"),
    ],
)
def test_whoever_the_owner_says_to_be(tmp_path: Path, text: str, who: str) -> None:
    here = os.uname().nodename
    with locked(tmp_path):
        (tmp_path / ".culpa/lock").write_text(text.replace("HERE", here))
        with pytest.raises(BusyError) as caught, locked(tmp_path, patience=0.1):
            pass
    assert caught.value.message.endswith(who.replace("HERE", here))


def test_brief_work_is_waited_for(tmp_path: Path) -> None:
    def short() -> None:
        with locked(tmp_path, brief=True):
            held.set()
            time.sleep(0.3)

    held = threading.Event()
    other = threading.Thread(target=short)
    other.start()
    held.wait()
    with locked(tmp_path):
        pass
    other.join()


def test_what_a_longer_owner_left_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / ".culpa").mkdir()
    (tmp_path / ".culpa/lock").write_text('{"process": 999999999, "host": "' + "x" * 500 + '"}')
    with locked(tmp_path):
        assert set(json.loads((tmp_path / ".culpa/lock").read_text())) == {"process", "host", "brief"}
