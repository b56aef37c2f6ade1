"""A file is there in full or not at all."""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from culpa.acquire.atomic import atomic, remove_leftovers
from culpa.errors import CulpaError


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """No file may grow beyond `size` bytes: the system refuses as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_folders_are_made_and_the_file_appears_whole(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b" / "X-Y-1-1.txt"
    with atomic(target) as temporary:
        assert temporary.parent == target.parent
        temporary.write_text("all")
        number = temporary.stat().st_ino
        assert not target.exists()
    assert target.read_text() == "all"
    assert target.stat().st_ino == number  # renamed, not copied
    assert [path.name for path in target.parent.iterdir()] == [target.name]


def test_an_error_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    target = tmp_path / "kept.txt"
    target.write_text("old")
    with pytest.raises(KeyError), atomic(target) as temporary:
        temporary.write_text("half")
        raise KeyError("something else")
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


def test_a_full_disk_names_the_file_and_spares_the_finished_ones(tmp_path: Path) -> None:
    with atomic(tmp_path / "first.bin") as temporary:
        temporary.write_bytes(bytes(1000))
    refusal = pytest.raises(CulpaError, match=r"cannot write .*second\.bin: File too large")
    with largest_file(2000), refusal as caught, atomic(tmp_path / "second.bin") as temporary:
        temporary.write_bytes(bytes(5000))
    assert "the files finished before this one are complete" in caught.value.hint
    assert [path.name for path in tmp_path.iterdir()] == ["first.bin"]
    assert (tmp_path / "first.bin").stat().st_size == 1000


def test_a_folder_in_the_way_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CulpaError, match="cannot write"), atomic(tmp_path / "file" / "below.txt"):
        pass


def test_a_killed_process_leaves_nothing_that_looks_finished(tmp_path: Path) -> None:
    code = (
        "import os, sys; from culpa.acquire.atomic import atomic\n"
        "with atomic(sys.argv[1]) as t:\n    t.write_text('half'); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "X.gwf")], env={**os.environ}, check=False)
    assert done.returncode == -signal.SIGKILL
    assert list(tmp_path.glob("*.gwf")) == []
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(".X.gwf.")
    assert left.suffix == ".tmp"


def test_what_killed_processes_left_is_removed_once_nobody_writes_to_it(tmp_path: Path) -> None:
    folder = tmp_path / "K1" / "deep"
    folder.mkdir(parents=True)
    old, fresh, other = (folder / name for name in (".a.gwf.12-ab01cd23.tmp", ".b.gwf.13-cd01ef23.tmp", ".c.tmp"))
    for path in (old, fresh, other):
        path.touch()
    for path in (old, other):
        os.utime(path, (0, 0))
    remove_leftovers(tmp_path)
    assert [path.exists() for path in (old, fresh, other)] == [False, True, True]
    remove_leftovers(tmp_path / "none")
