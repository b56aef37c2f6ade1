"""The pool that the tests here speak to is real, its jobs run this culpa, and its helper says why there is none."""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.condor.conftest import Pool

HELPER = Path(__file__).with_name("pool.py")
JOB = """\
executable = {python}
arguments = "-c 'import culpa, os; print(culpa.__file__, os.getuid())'"
output = job.out
error = job.err
log = job.log
request_memory = 200
should_transfer_files = NO
getenv = PYTHONPATH
queue
"""


def test_a_job_runs_this_culpa_and_not_as_root(pool: Pool, place: Path) -> None:
    import culpa

    (place / "job.sub").write_text(JOB.format(python=pool.python))
    submitted = pool.run("condor_submit", "job.sub", cwd=place)
    assert submitted.returncode == 0, submitted.stderr
    waited = pool.run("condor_wait", "-wait", "60", "job.log", cwd=place)
    assert waited.returncode == 0, (place / "job.log").read_text()
    where, user = (place / "job.out").read_text().split()
    assert where == culpa.__file__
    assert int(user) != 0


@pytest.mark.skipif(sys.platform != "linux", reason="HTCondor's packages are for Linux")
@pytest.mark.parametrize(
    ("action", "options", "path", "code", "said"),
    [
        ("env", [], os.environ["PATH"], 1, "bring it up first"),
        ("up", ["--limit", "0"], os.environ["PATH"], 124, "not done within 0 s"),
        ("up", [], "/nowhere", 3, "not possible here"),
    ],
)
def test_the_helper_says_why_there_is_no_pool(action: str, options: list[str], path: str, code: int, said: str) -> None:
    with TemporaryDirectory() as folder:  # pytest's own folders are closed to other users
        Path(folder).chmod(0o755)
        answer = subprocess.run(
            [sys.executable, HELPER, action, folder, *options],
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
    assert answer.returncode == code
    assert said in answer.stderr
