import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from culpa.errors import CulpaError, UsageError
from culpa.identify import apart, tasks
from culpa.identify.images import ImageForm
from culpa.identify.settings import TrainSettings
from culpa.identify.training import Examples

FORM = ImageForm(views=(0.5, 1.0), height=16, width=16)


@pytest.fixture(autouse=True)
def frameworks(needs: Callable[..., None]) -> None:
    needs("torch", "keras", "onnx")


def test_a_process_that_ends_early_says_what_it_said_last(tmp_path: Path) -> None:
    with pytest.raises(CulpaError, match=r"pytorch ended early \(exit code 1: FileNotFoundError: .*task\.json'\)"):
        apart.perform("train", "pytorch", tmp_path)
    assert "Traceback" in (tmp_path / apart.LOG).read_text()


def test_what_a_user_can_cure_comes_back_as_it_was(tmp_path: Path, glitches: Callable[[int, int], Examples]) -> None:
    tasks.put_training(tmp_path, TrainSettings(), np.ones(3), FORM, glitches(4, 1), glitches(4, 2))
    task = json.loads((tmp_path / tasks.TASK).read_text())
    (tmp_path / tasks.TASK).write_text(json.dumps(task | {"settings": {"epocs": 3}}))
    with pytest.raises(UsageError, match=r"unknown setting train\.epocs") as problem:
        apart.perform("train", "pytorch", tmp_path)
    assert problem.value.hint == "did you mean epochs?"


CHILD = """
import sys, time
from pathlib import Path
from culpa.identify import apart, tasks

def steps(framework, folder, tick):
    print("what frameworks say")
    for done in range(1000):
        tick(done, 1000)
        time.sleep(0.01)
    Path(folder, "finished").touch()

tasks.TASKS["steps"] = steps
apart.main("steps", "pytorch", sys.argv[1])
"""


def test_a_process_whose_parent_is_gone_ends(tmp_path: Path) -> None:
    command = [sys.executable, "-c", CHILD, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout and child.stderr
        assert [json.loads(child.stdout.readline()) for _ in range(2)] == [["tick", 0, 1000], ["tick", 1, 1000]]
        child.stdout.close()  # as when the parent is killed
        assert child.wait(timeout=5) != 0
        assert child.stderr.read().startswith("what frameworks say\n")
    assert not (tmp_path / "finished").exists()
