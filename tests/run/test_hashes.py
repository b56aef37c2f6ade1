"""What is in files: read when they look touched, and only then."""

import hashlib
import os
from pathlib import Path

import pytest

from culpa.run import hashes as module
from culpa.run.hashes import Hashes, Seen, read_file


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were read in full."""
    found: list[str] = []

    def counted(path: str | Path) -> Seen | None:
        found.append(Path(path).name)
        return read_file(path)

    monkeypatch.setattr(module, "read_file", counted)
    return found


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_file_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("text")
    status = path.stat()
    assert read_file(path) == Seen(sha("text"), 4, status.st_mtime_ns, status.st_ino)
    assert read_file(tmp_path) is None
    assert read_file(tmp_path / "none") is None


def test_a_file_that_looks_untouched_is_not_read(tmp_path: Path, reads: list[str]) -> None:
    for name in "ab":
        (tmp_path / name).write_text(name)
    first = Hashes(tmp_path)
    first.look(["a", "b", "none"], workers=2)
    assert sorted(reads) == ["a", "b"]
    second = Hashes(tmp_path, first.seen)
    assert [second.of(name) for name in ("a", "b", "none")] == [sha("a"), sha("b"), None]
    assert sorted(reads) == ["a", "b"]
    assert second.seen == first.seen
    assert set(first.seen) == {"a", "b"}


@pytest.mark.parametrize("what", ["size", "time", "inode", "nothing"])
def test_what_makes_a_file_look_touched(tmp_path: Path, reads: list[str], what: str) -> None:
    path = tmp_path / "a"
    path.write_text("old")
    seen = {"a": read_file(path)}
    assert seen["a"]
    time = seen["a"].changed
    if what == "size":
        path.write_text("newer")
    elif what == "time":
        path.write_text("new")
        time += 1
    elif what == "inode":
        (tmp_path / "b").write_text("new")
        (tmp_path / "b").replace(path)
    os.utime(path, ns=(time, time))
    found = Hashes(tmp_path, {"a": seen["a"]}).of("a")
    assert (found == sha("old"), reads) == ((True, []) if what == "nothing" else (False, ["a"]))


def test_each_file_is_looked_at_once_until_told(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("one")
    of = Hashes(tmp_path)
    assert of.of("a") == sha("one")
    path.write_text("three")
    assert of.of("a") == sha("one")
    now = read_file(path)
    assert now
    of.learn({"a": now})
    assert of.of("a") == sha("three")


def test_a_file_that_is_gone_is_not_remembered(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("one")
    seen = read_file(tmp_path / "a")
    assert seen
    (tmp_path / "a").unlink()
    of = Hashes(tmp_path, {"a": seen, "unasked": seen})
    assert of.of("a") is None
    assert set(of.seen) == {"unasked"}


def test_an_absolute_path_is_one(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("one")
    assert Hashes(tmp_path / "elsewhere").of(str(tmp_path / "a")) == sha("one")
