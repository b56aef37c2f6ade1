import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from culpa.errors import CulpaError, NoDataError, UsageError
from culpa.run.pool import ordered


def slow_square(job):
    time.sleep(0.2 if job == 0 else 0.0)  # the first one finishes last
    return job * job


def fails_at_two(job):
    if job == 2:
        raise NoDataError("no two", "use three")
    return job


def dies(job):
    os._exit(9)


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_the_order_of_the_jobs(workers):
    assert list(ordered(slow_square, range(12), workers)) == [i * i for i in range(12)]
    assert list(ordered(slow_square, [], workers)) == []


@pytest.mark.parametrize("workers", [1, 2])
def test_a_problem_comes_up_at_its_turn_with_its_hint(workers):
    results = ordered(fails_at_two, range(5), workers)
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(NoDataError, match="no two") as caught:
        next(results)
    assert caught.value.hint == "use three"


def test_a_process_that_dies_is_named():
    with pytest.raises(CulpaError, match="worker process died") as caught:
        list(ordered(dies, range(3), 2))
    assert "smaller -j" in caught.value.hint


def test_no_workers():
    with pytest.raises(UsageError, match="at least 1"):
        ordered(slow_square, [1], 0)


def test_jobs_are_not_all_taken_at_once():
    taken = []

    def jobs():
        for i in range(100):
            taken.append(i)
            yield i

    results = ordered(slow_square, jobs(), 2)
    next(results)
    assert len(taken) < 20
    results.close()


def warns_of_its_parity(job):
    logging.getLogger("culpa.somewhere").warning("parity %d", job % 2)
    logging.getLogger("culpa.somewhere").info("seen %d", job)
    return job


@pytest.mark.parametrize("level", [logging.WARNING, logging.INFO])
def test_what_jobs_log_comes_through_here_once(caplog, level):
    caplog.set_level(level, logger="culpa")
    assert list(ordered(warns_of_its_parity, range(6), 2)) == list(range(6))
    said = [(record.levelname, record.name, record.getMessage()) for record in caplog.records]
    expected = [(0, "parity 0"), (1, "parity 1")]
    assert [text for text in said if text[0] == "WARNING"] == [("WARNING", "culpa.somewhere", t) for _, t in expected]
    assert [text[2] for text in said if text[0] == "INFO"] == [f"seen {i}" for i in range(6) if level == logging.INFO]


def says_who_it_is(job):
    folder, seconds = job
    (folder / str(os.getpid())).touch()
    time.sleep(seconds)


PARENT = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from test_pool import says_who_it_is
from culpa.run.pool import ordered
if __name__ == "__main__":
    list(ordered(says_who_it_is, [(Path({folder!r}), 60), (Path({folder!r}), 0.2)], 2))  # one works, one waits
"""


def alive(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{process}/stat")
    return not (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z")  # nobody reaps orphans


@pytest.mark.skipif(os.name == "nt", reason="signals")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_process_outlives_its_parent(tmp_path, how):
    program = tmp_path / "parent.py"
    program.write_text(PARENT.format(tests=str(Path(__file__).parent), folder=str(tmp_path)))
    restore = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); sys.argv = sys.argv[1:]"
    command = [sys.executable, "-c", f"{restore}; import runpy; runpy.run_path(sys.argv[0], run_name='__main__')"]
    parent = subprocess.Popen([*command, str(program)], stderr=subprocess.PIPE, text=True, start_new_session=True)
    workers = []
    while len(workers) < 2 and parent.poll() is None:
        time.sleep(0.05)
        workers = [int(path.name) for path in tmp_path.iterdir() if path.name.isdigit()]
    time.sleep(0.4)
    os.killpg(parent.pid, how) if how == signal.SIGINT else parent.send_signal(how)
    _, said = parent.communicate(timeout=10)
    deadline = time.monotonic() + 10
    while any(map(alive, workers)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(workers) == 2
    assert not any(map(alive, workers))
    assert "Process Spawn" not in said  # how a worker begins a traceback of its own
