"""Sets `.venv` up from the hash-checked lock where that is needed, then runs a culpa command in it.

`uv_run` and `setup` (`.sh` and `.bat`) call this with some Python and nothing installed: standard library only.
`CULPA_INSTALLER=pip` in the environment does without uv.
"""

import hashlib
import os
import re
import subprocess
import sys
from ast import literal_eval
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

sys.path.append(str(Path(__file__).resolve().parent))  # Python runs isolated: it would not look beside this file

import builds
from needs import LOCKS, needed


class SetupError(Exception):
    """A set-up that cannot go on; the message ends with the way out."""


class UnavailableError(SetupError):
    """A framework that has no build for this machine; nothing was changed."""


def main(arguments: Sequence[str]) -> None:
    """Runs one command line; ends the process with that command's exit code."""
    environment = Environment(Path(__file__).resolve().parents[1])
    command = next((word for word in arguments if not word.startswith("-")), "")
    install = with_pip if os.environ.get("CULPA_INSTALLER") == "pip" else with_uv
    try:
        provide(environment, command, arguments, install)
    except (SetupError, OSError, subprocess.CalledProcessError) as problem:
        sys.exit(f"culpa's set-up failed: {problem}")
    if command == "setup":
        say("ready: ./uv_run.sh demo, ./uv_run.sh test, ./uv_run.sh --help")
    elif command == "test":
        os.chdir(environment.root)
        run_instead(*pytest(environment.python, [word for word in arguments if word != "test"]))
    else:
        run_instead(environment.program("culpa"), *(arguments or ["serve"]))


def provide(environment: "Environment", command: str, arguments: Sequence[str], install: "Install") -> None:
    """Makes ready what a command line needs, and for all tests also PyTorch, where it can be had."""
    with_torch = command == "setup" or (command == "test" and not environment.ready("dev"))
    for lock in needed(command, arguments):
        environment.provide(lock, install)
    if with_torch:
        try:
            environment.provide("pytorch", install)
        except UnavailableError as problem:
            say(f"{problem}\n  all else is there; the tests that need it will be skipped")


class Environment:
    """The virtual environment `.venv` of a checkout, with a stamp for each lock that is installed in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / ".venv"
        self.python = self.program("python")
        self._incomplete = root / ".venv.incomplete"

    def program(self, name: str) -> Path:
        """Where an installed program lies."""
        return self.folder / "Scripts" / f"{name}.exe" if os.name == "nt" else self.folder / "bin" / name

    def requirements(self, lock: str) -> Path:
        """The file of a lock."""
        return self.root / "requirements" / f"{lock}.txt"

    def ready(self, lock: str) -> bool:
        """Whether what a lock asks for is installed, for this Python and this place of the checkout."""
        whole = os.access(self.python, os.X_OK) and not self._incomplete.exists()
        return whole and self._is_stamped(lock)

    def provide(self, lock: str, install: "Install") -> None:
        """Makes a lock ready; does nothing where it is. Two at a time are safe, and so is one after a killed one."""
        if self.ready(lock):
            return
        with exclusive(self.root / ".venv.lock"):
            if not self.ready(lock):
                self._make(lock, install)

    def _make(self, lock: str, install: "Install") -> None:
        say(f"setting up {self.folder} from requirements/{lock}.txt")
        if self._incomplete.exists() or not self._runs():
            self._create()
        self._incomplete.touch()  # stays when this is killed: half an installation looks like a whole one
        for name in LOCKS:
            if not self._is_stamped(name):
                self._stamp(name).unlink(missing_ok=True)
        try:
            install(self, lock)
        except UnavailableError:
            self._incomplete.unlink()
            raise
        for name in (*LOCKS[lock], lock):
            self._stamp(name).write_text(self._fingerprint(name))
        self._incomplete.unlink()

    def _create(self) -> None:
        from venv import EnvBuilder

        self._incomplete.touch()
        EnvBuilder(clear=True, symlinks=os.name != "nt").create(self.folder)

    def _runs(self) -> bool:
        same = f"import sys; sys.exit(sys.version_info[:2] != {sys.version_info[:2]})"
        return self.python.exists() and succeeds(self.python, "-I", "-S", "-c", same)

    def _stamp(self, lock: str) -> Path:
        return self.folder / f"culpa-{lock}.stamp"

    def _is_stamped(self, lock: str) -> bool:
        stamp = self._stamp(lock)
        return stamp.exists() and stamp.read_text() == self._fingerprint(lock)

    def _fingerprint(self, lock: str) -> str:
        parts = [f"{self.root} {sys.version_info[:2]} {builds.TORCH}".encode()]
        parts += [path.read_bytes() for path in (self.root / "pyproject.toml", self.requirements(lock))]
        return hashlib.sha256(b"\0".join(parts)).hexdigest()


Install = Callable[[Environment, str], None]


@dataclass(frozen=True)
class Installer:
    """uv or pip, told into what to install.

    words: its command line without what is to be installed. variables: its environment. torch_index: its option that
    names PyTorch's own index, where that is needed and it has one.
    """

    words: Sequence[str | Path]
    variables: Mapping[str, str]
    torch_index: Sequence[str] = ()

    def __call__(self, *what: str | Path) -> None:
        """Installs; raises CalledProcessError."""
        run(*self.words, *what, variables=self.variables)


def with_uv(environment: Environment, lock: str) -> None:
    """Installs a lock and the checkout itself with uv, which comes through pip where there is none."""
    words = [find_uv(environment), "pip", "install", "--python", environment.python]
    variables = {**os.environ, **find_links(os.environ)}
    places = [place for place in variables.get("UV_FIND_LINKS", "").split(",") if place]
    index = builds.torch_index(sys.platform, sys.version_info[:2], places)
    install_all(Installer(words, variables, index), environment, lock)


def with_pip(environment: Environment, lock: str) -> None:
    """The same with nothing but pip."""
    install_all(Installer([*find_pip(environment.python), "install"], os.environ), environment, lock)


def install_all(installer: Installer, environment: Environment, lock: str) -> None:
    """Packages by hash, then the checkout as an editable install; its build needs nothing but what the lock holds.

    Raises UnavailableError, before anything is changed, where a framework has no build for this machine.
    """
    if lock == "tensorflow":
        check_tensorflow(sys.version_info[:2])
    torch = find_torch(installer, environment) if lock == "pytorch" else []
    installer("--require-hashes", "-r", environment.requirements(lock))
    if torch:
        installer(*torch)
    installer("--no-deps", "--no-build-isolation", "-e", environment.root)


def check_tensorflow(python: builds.Version) -> None:
    """Raises UnavailableError for a Python that it has no build for."""
    if python > builds.NEWEST:
        newest = builds.dotted(builds.NEWEST)
        raise UnavailableError(
            f"TensorFlow {builds.TENSORFLOW} is for Python up to {newest}, this is {builds.dotted(python)}: use "
            f"--framework pytorch, or make .venv with an older Python: python{newest} scripts/bootstrap.py setup"
        )


def find_torch(installer: Installer, environment: Environment) -> list[str]:
    """What the installer must be told to get PyTorch without CUDA; empty where its version is there, in any build.

    Raises UnavailableError where it cannot be had.
    """
    version = "from importlib.metadata import version; print(version('torch'))"
    if output(environment.python, "-I", "-c", version).strip().partition("+")[0] == builds.TORCH:
        return []
    torch = [*installer.torch_index, "--no-deps", builds.torch_request(sys.platform)]
    try:
        installer("--dry-run", *torch)
    except subprocess.CalledProcessError as problem:
        raise UnavailableError(
            f"PyTorch {builds.TORCH} without CUDA cannot be had here: name a folder that holds its wheel for this "
            "machine in PIP_FIND_LINKS (docs/environments.md), install another build of that version yourself "
            f"(uv pip install --python .venv torch=={builds.TORCH}, on Linux 2.6 GB), or use --framework tensorflow"
        ) from problem
    return torch


def find_uv(environment: Environment) -> Path | str:
    """uv on the path, else in `.venv`, where it is put if need be."""
    own = environment.program("uv")
    for candidate in ("uv", own):
        if succeeds(candidate, "--version"):
            return candidate
    run(*find_pip(environment.python), "install", "--require-hashes", "-r", environment.requirements("uv"))
    return own


def find_pip(python: Path) -> list[str | Path]:
    """A pip that installs for this Python: its own, made by ensurepip if need be, else that of the Python below it.

    Never the system's own packages: they may be "externally managed" (PEP 668). Raises SetupError where there is none.
    """
    own: list[str | Path] = [python, "-m", "pip"]
    if succeeds(*own, "--version") or succeeds(python, "-m", "ensurepip"):
        return own
    below: list[str | Path] = [base_python(), "-m", "pip", "--python", python]
    if succeeds(*below, "--version"):
        return below
    raise SetupError(
        "this Python has neither pip nor ensurepip; install them (Debian, Ubuntu: apt install python3-venv) or uv"
    )


def find_links(given: Mapping[str, str]) -> dict[str, str]:
    """What uv, which reads no pip setting, must be told of pip's places of wheels; empty where that is nothing.

    uv separates several places by commas, pip by blanks.
    """
    if given.get("UV_FIND_LINKS"):
        return {}
    places = given.get("PIP_FIND_LINKS") or _pip_setting("find-links")
    return {"UV_FIND_LINKS": ",".join(places.split())} if places.strip() else {}


def _pip_setting(name: str) -> str:
    """What pip's configuration files say; empty where that is nothing, or where there is no pip."""
    listed = output(base_python(), "-m", "pip", "config", "list")  # `get` would look into one of the files only
    found = re.search(rf"^global\.{name}=(.*)$", listed, flags=re.MULTILINE)
    return str(literal_eval(found[1])) if found else ""


def pytest(python: Path, options: Sequence[str]) -> list[str | Path]:
    """The full test command: a worker for each core, one thread each."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    return [python, "-m", "pytest", "-n", "auto", "--maxprocesses", "4", *options]


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Holds a lock on a file, waiting for whoever has it.

    Installers inherit it: one that outlives a killed set-up keeps the next one waiting. The system frees it with the
    last of them, so that it cannot go stale.
    """
    with path.open("a") as file:
        os.set_inheritable(file.fileno(), True)
        if not try_lock(file, wait=False):
            say("another set-up is at work here: waiting for it")
            try_lock(file, wait=True)
        yield


if sys.platform == "win32":
    import msvcrt

    def try_lock(file: IO[str], *, wait: bool) -> bool:
        """Locks a file; False where another process has it and we should not wait."""
        while True:
            try:
                msvcrt.locking(file.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
            except OSError:
                if not wait:
                    return False
            else:
                return True
else:
    import fcntl

    def try_lock(file: IO[str], *, wait: bool) -> bool:
        """Locks a file; False where another process has it and we should not wait."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def base_python() -> str:
    """The Python that the running one's virtual environment was made from; the running one where it is in none."""
    return getattr(sys, "_base_executable", sys.executable)


def run(*command: str | Path, variables: Mapping[str, str] | None = None) -> None:
    """Runs an installer; what it says goes to stderr, as stdout belongs to the command that follows."""
    subprocess.run(command, check=True, stdout=sys.stderr, env=variables, close_fds=False)


def run_instead(*command: str | Path) -> None:
    """Becomes another program."""
    if os.name == "nt":
        sys.exit(subprocess.call(command))
    os.execv(command[0], command)  # noqa: S606


def output(*command: str | Path) -> str:
    """What a command prints; empty where it fails."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""


def succeeds(*command: str | Path) -> bool:
    """Whether a command can be run and ends well."""
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def say(message: str) -> None:
    """A line for the person who waits."""
    print(f"culpa: {message}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
