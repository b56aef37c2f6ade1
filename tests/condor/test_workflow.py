"""A day through DAGMan: the bytes of a run on one machine, whatever happens to its workers."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.condor.conftest import Pool

DATE = "2026-01-31"
NAME = f"{DATE}_mock"
SIZE = ("--duration", "600", "--auxiliary", "13")
RESULTS = "my $ (results)"
CLUSTER = re.compile(r"cluster (\d+)")
LEAVE_SOMETHING = """
import sys
from pathlib import Path
from culpa.run.records import Record, Records
records = Records.load(Path(sys.argv[1]))
(records.folder / "old.txt").touch()
records.take("notes/old", Record({}, {}, {}, {}, {"old.txt": "0" * 64}), {})
records.settle()
"""


class Days:
    """Days at one path, as lists of frames hold it, and what a run on one machine gives there."""

    def __init__(self, pool: Pool, place: Path) -> None:
        self.pool = pool
        self.place = place
        self.folder = place / RESULTS / NAME
        began = time.monotonic()
        self.culpa("run", "-j", "2", code=0)
        self.seconds = time.monotonic() - began
        self.reference = results(self.folder)
        self.clear()

    def culpa(self, command: str, *options: str, code: int | None = None) -> "subprocess.CompletedProcess[str]":
        """A command on the day, as the one who may submit."""
        answer = self.pool.run(*self.words(command, *options), cwd=self.place, timeout=600.0)
        assert code is None or answer.returncode == code, answer.stderr
        return answer

    def words(self, command: str, *options: str) -> tuple[str, ...]:
        """The same, as it is started."""
        return (self.pool.python, "-m", "culpa", command, DATE, *SIZE, "-o", RESULTS, *options)

    def settings(self, **condor: Any) -> tuple[str, str]:
        """Options that name a configuration file with a table [condor]."""
        import tomli_w

        file = self.place / "culpa.toml"
        file.write_text(tomli_w.dumps({"condor": {"batch": 2.0, **condor}}))
        return "-f", str(file)

    def clear(self) -> None:
        """Nothing is left of the day, in the queue neither."""
        self.pool.run("condor_rm", "-constraint", f'Iwd == "{self.folder}/condor" || Iwd == "{self.folder}"')
        until = time.monotonic() + 60
        while self.nodes() and time.monotonic() < until:
            time.sleep(0.5)
        shutil.rmtree(self.folder)

    def nodes(self, *wanted: str) -> list[list[str]]:
        """Attributes of the day's jobs in the queue, those of DAGMan too."""
        where = f'Iwd == "{self.folder}/condor" || Iwd == "{self.folder}"'
        return [
            line.split()
            for line in self.pool.run("condor_q", "-constraint", where, "-af", "ClusterId", *wanted).stdout.splitlines()
        ]

    def wait_for(self, what: Callable[[], Any], seconds: float = 120.0) -> Any:
        """What is there at last."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if found := what():
                return found
            time.sleep(0.1)
        raise AssertionError(
            f"not within {seconds} s; in the queue: {self.nodes('DAGNodeName', 'JobStatus', 'HoldReason')}"
        )

    def log(self, node: str) -> str:
        """What HTCondor noted of a node so far."""
        file = self.folder / f"condor/logs/{node}.log"
        return file.read_text() if file.exists() else ""


def results(folder: Path) -> dict[str, bytes]:
    """The files of a day but those that tell of the way it was made."""
    files = (path for path in folder.rglob("*") if path.is_file())
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
    return {name: data for name, data in found.items() if not name.startswith(("condor/", ".culpa/"))}


def differences(days: Days) -> list[str]:
    """Files that are not as the run on one machine left them."""
    now = results(days.folder)
    return sorted(name for name in {*now, *days.reference} if now.get(name) != days.reference.get(name))


@pytest.fixture(scope="module")
def made(pool: Pool) -> Iterator[Days]:
    has_bindings = pool.run(pool.python, "-c", "import htcondor2")
    if has_bindings.returncode:
        missing = "the extra is not installed: pip install 'culpa[condor]'"
        if os.environ.get("CULPA_NEEDS_CONDOR"):
            pytest.fail(missing)
        pytest.skip(missing)
    place = Path(pool.run("mktemp", "--directory", f"--tmpdir={pool.work}", "culpa-XXXXXX").stdout.strip())
    place.chmod(0o777)
    yield Days(pool, place)
    shutil.rmtree(place)


@pytest.fixture
def days(made: Days) -> Iterator[Days]:
    yield made
    if made.folder.exists():
        made.clear()


def test_a_day_has_the_bytes_of_a_run_on_one_machine(
    days: Days, record_property: Callable[[str, object], None]
) -> None:
    began = time.monotonic()
    options = days.settings()
    cluster = interrupted(days, "submit", *options, "--wait")
    assert days.nodes()
    for command in ("run", "submit"):  # nobody else now
        assert f"cluster {cluster} of" in days.culpa(command, *options, code=1).stderr
    waited = days.culpa("submit", *options, "--wait", code=0)
    record_property("seconds", {"DAGMan": time.monotonic() - began, "one machine": days.seconds})
    print(f"\nDAGMan {time.monotonic() - began:.1f} s, one machine {days.seconds:.1f} s")
    done = re.search(r"triggers-search: (\d+) of \1 done", waited.stderr)
    assert done
    assert int(done[1]) > 1
    assert differences(days) == []
    assert "nothing to submit" in days.culpa("submit", code=0).stderr
    assert "nothing to do" in days.culpa("run", code=0).stderr


def interrupted(days: Days, command: str, *options: str) -> str:
    """Ctrl-C ends the waiting only; returns the cluster that goes on."""
    words = [*days.pool.become, *days.words(command, *options)]
    with subprocess.Popen(words, cwd=days.place, stderr=subprocess.PIPE, text=True) as process:
        days.wait_for(lambda: (days.folder / "condor/day.status").exists())
        days.pool.run("kill", f"-{signal.SIGINT.value}", process.pid)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    goes_on = re.search(r"cluster (\d+) of \S+ goes on", said)
    assert goes_on, said
    return goes_on[1]


def test_a_day_whose_files_travel_has_them_too(days: Days) -> None:
    days.culpa("submit", *days.settings(transfer="files"), "--wait", code=0)
    assert differences(days) == []
    assert "nothing to do" in days.culpa("run", code=0).stderr


def test_a_worker_that_is_killed_is_started_again(days: Days) -> None:
    days.culpa("submit", *days.settings(batch=900.0), code=0)
    parts = days.folder / ".culpa/parts"
    days.wait_for(lambda: list(parts.rglob("*.h5")))
    kill(days, "triggers-search-0")
    days.culpa("submit", *days.settings(batch=900.0), "--wait", code=0)
    assert days.log("triggers-search-0").count("Job executing on host") == 2
    done = re.search(r"(\d+) jobs done", (days.folder / "condor/logs/triggers-search-0.out").read_text())
    assert done
    assert 0 < int(done[1]) < 14  # not those that were done when it was killed
    assert differences(days) == []


def kill(days: Days, node: str) -> None:
    """Kill -9 the process that does a node."""
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
            here = (entry / "cwd").readlink()
        except OSError:
            continue
        if f"condor/nodes/{node}.json".encode() in words and here == days.folder:
            days.pool.run("kill", "-9", entry.name)
            return
    raise AssertionError(f"nobody does {node}")


def test_a_rescue_dag_goes_on_where_it_ended(days: Days) -> None:
    options = days.settings(retries=0)
    days.pool.run("mkdir", "-p", days.folder / ".culpa")
    in_the_way = days.folder / ".culpa/parts"
    days.pool.run("touch", in_the_way)
    failed = days.culpa("submit", *options, "--wait", code=1)
    assert re.search(r"triggers-search-0: culpa: triggers/search/K1:.*: cannot write .*parts", failed.stderr)
    there = days.folder / "condor"
    assert "DONE mock-frames-0" in (there / "day.dag.rescue001").read_text()
    assert "is not done" in (days.folder / "index.html").read_text()

    in_the_way.unlink()
    resumed = days.pool.run("condor_submit_dag", "-update_submit", "day.dag", cwd=there)
    assert resumed.returncode == 0, resumed.stderr
    assert "cluster" in days.culpa("run", code=1).stderr  # it was not culpa that submitted, but it is at work
    days.culpa("submit", *options, "--wait", code=0)
    assert days.log("mock-frames-0").count("Job executing on host") == 1
    assert differences(days) == []
    assert "nothing to do" in days.culpa("run", code=0).stderr


def test_a_held_job_is_reported_with_its_reason_and_submitting_again_goes_on(days: Days) -> None:
    options = days.settings(python="/no/such/python", releases=1, release_after=1.0)
    held = days.culpa("submit", *options, "--wait", code=1)
    assert "mock-frames-0 is held: " in held.stderr
    assert "Failed to execute '/no/such/python'" in held.stderr
    cluster = CLUSTER.search(held.stderr)
    assert cluster
    assert f"condor_rm {cluster[1]}" in held.stderr
    assert f"cluster {cluster[1]} of" in days.culpa("run", code=1).stderr  # held is not gone
    days.pool.run("condor_rm", cluster[1])
    days.wait_for(lambda: not days.nodes())
    days.culpa("run", "--until", "mock", code=0)  # the mark is recovered

    days.pool.run(days.pool.python, "-c", LEAVE_SOMETHING, days.folder)
    days.culpa("submit", "--no-submit", code=0)
    assert (days.folder / "old.txt").exists()
    said = json.loads(days.culpa("submit", "--wait", "--json", code=0).stdout)["days"][0]
    assert 0 < said["due"] < said["jobs"]
    assert differences(days) == []
    assert not (days.folder / "old.txt").exists()


def test_what_is_held_on_purpose_is_reported(days: Days) -> None:
    options = days.settings(lines={"requirements": 'MY.DAGNodeName == "gather"'})  # the others stay idle
    cluster = CLUSTER.search(days.culpa("submit", *options, code=0).stderr)
    assert cluster
    first = {"mock-frames-0", "small-0"}
    days.wait_for(lambda: first <= {node for _, node in days.nodes("DAGNodeName")})
    assert days.pool.run("condor_hold", "-constraint", f"DAGManJobId == {cluster[1]}").returncode == 0
    nodes = days.culpa("submit", *options, "--wait", code=1).stderr
    assert {node for node in first if f"WARNING: {node} is held: via condor_hold" in nodes} == first
    days.pool.run("condor_hold", cluster[1])
    days.wait_for(lambda: [cluster[1], "5"] in days.nodes("JobStatus"))
    assert "WARNING: DAGMan is held: via condor_hold" in days.culpa("submit", *options, "--wait", code=1).stderr


def test_a_job_that_needs_more_memory_gets_it(days: Days) -> None:
    days.culpa("submit", *days.settings(batch=900.0, release_after=1.0, memory_growth=4.0), "--no-submit", code=0)
    dag = days.folder / "condor/day.dag"
    text = dag.read_text()
    dag.write_text(re.sub(r'(VARS mock-frames-0 memory=)"\d+"', r'\1"20"', text))
    assert days.pool.run("condor_submit_dag", "day.dag", cwd=dag.parent).returncode == 0
    days.wait_for(lambda: "memory: uses" in days.log("mock-frames-0"))
    days.wait_for(lambda: "Normal termination (return value 0)" in days.log("mock-frames-0"))
    assert days.log("mock-frames-0").count("Job was released") in (1, 2)
