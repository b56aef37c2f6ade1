"""The command lines that build an environment, as data: nothing here runs them."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import frameworks
from builds import Version, dotted
from hosts import Host

EXTRAS = {"igwn": "[gw,hveto]", "ml": ""}
IGWN_MODULES = ("gwframe", "gwpy", "hveto", "igwn_ligolw", "lal", "uproot")
ADD_PARENT = "import pathlib, sys, sysconfig; pathlib.Path(sysconfig.get_path('purelib'), 'culpa_parent.pth')"
ADD_PARENT += """.write_text(f"import site; site.addsitedir({sys.argv[1]!r})\\n")"""


@dataclass(frozen=True)
class Command:
    """One command line, with the environment variables that are set for it."""

    words: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """As one would type it."""
        return " ".join(
            [*(f"{name}={shlex.quote(value)}" for name, value in self.variables.items()), shlex.join(self.words)]
        )


@dataclass(frozen=True)
class Wish:
    """What is to be built, on what, with what.

    name: `igwn` or `ml`. python: the version that it gets. interpreter: a Python to build it from, None = let uv find
    one. chosen: frameworks of an ML environment. places: folders and pages of wheels.
    """

    name: str
    root: Path
    folder: Path
    host: Host
    python: Version
    interpreter: str | None = None
    chosen: tuple[str, ...] = ()
    gpu: bool = False
    places: Sequence[str] = ()

    @property
    def program(self) -> str:
        """The environment's Python."""
        return str(self.folder / "bin" / "python")

    @property
    def modules(self) -> list[str]:
        """What must be importable in the end."""
        ml = [*(frameworks.MODULES[each] for each in self.chosen), "keras", "mlflow", "onnx"]
        own = IGWN_MODULES if self.name == "igwn" else ml
        return ["culpa", *own]


def with_uv(wish: Wish, uv: str) -> list[Command]:
    """An isolated virtual environment: packages by hash (PyTorch apart), then the checkout as an editable install."""
    if wish.name == "ml":
        frameworks.check(wish.host, wish.python, wish.gpu)
    told = {"UV_FIND_LINKS": ",".join(wish.places)} if wish.places else {}
    install = (uv, "pip", "install", "--python", wish.program)
    packages = _igwn_packages(wish) if wish.name == "igwn" else _ml_packages(wish)
    return [
        Command((uv, "venv", "--no-project", "--python", _python_request(wish), str(wish.folder))),
        Command((*install, *packages), told),
        Command((*install, "--no-deps", "--no-build-isolation", "-e", str(wish.root)), told),
        _try_imports(wish),
    ]


def with_conda(wish: Wish, manager: str, file: Path) -> list[Command]:
    """The same from an environment file, with micromamba or conda."""
    create = ("micromamba", "create") if manager == "micromamba" else ("conda", "env", "create")
    variables = {} if wish.gpu else {"CONDA_OVERRIDE_CUDA": ""}  # a machine with a driver would get CUDA builds
    if wish.host.translated:
        variables["CONDA_SUBDIR"] = wish.host.subdir
    return [
        Command((*create, "--yes", "--prefix", str(wish.folder), "--file", str(file)), variables),
        Command((wish.program, "-m", "pip", "install", "--no-deps", "--no-build-isolation", "-e", str(wish.root))),
        _try_imports(wish),
    ]


def on_top_of(wish: Wish, parent: Path) -> list[Command]:
    """A thin environment that sees all of an existing one, and adds culpa and what that one lacks.

    Nothing is written to the parent: not even bytecode. It may be a conda environment or a virtual one; as
    `--system-site-packages` would look past the latter to its base, a .pth file names the parent's packages.
    """
    program, quiet = str(parent / "bin" / "python"), {"PYTHONDONTWRITEBYTECODE": "1"}
    packages = str(parent / "lib" / f"python{dotted(wish.python)}" / "site-packages")
    return [
        Command((program, "-m", "venv", str(wish.folder)), quiet),
        Command((wish.program, "-c", ADD_PARENT, packages), quiet),
        Command((wish.program, "-m", "pip", "install", "-e", f"{wish.root}{EXTRAS[wish.name]}"), quiet),
        Command((wish.program, "-c", "import culpa"), quiet),
    ]


def _igwn_packages(wish: Wish) -> list[str]:
    return ["--require-hashes", "-r", str(wish.root / "requirements" / "hveto.txt")]


def _ml_packages(wish: Wish) -> list[str]:
    """uv checks the hashes of constraints too; PyTorch, whose CPU build has other ones, is not among them."""
    project = str(wish.root / "pyproject.toml")
    return [
        *("--constraints", str(wish.root / "setup" / "ml.txt")),
        *("-r", project, "--extra", "tracking", "--group", f"{project}:build"),
        *frameworks.torch_backend(wish.host, wish.python, wish.chosen, wish.gpu, wish.places),
        *frameworks.requirements(wish.host, wish.python, wish.chosen, wish.gpu),
    ]


def _python_request(wish: Wish) -> str:
    """What uv is to make the environment from; never an x86-64 Python where Rosetta pretends that this is one."""
    if wish.host.translated:
        return f"cpython-{dotted(wish.python)}-macos-aarch64-none"
    return wish.interpreter or dotted(wish.python)


def _try_imports(wish: Wish) -> Command:
    """Shows at once what would fail later, such as a plug-in that does not fit its TensorFlow."""
    alone = {"KERAS_BACKEND": "torch"} if wish.chosen == ("pytorch",) else {}  # its default is TensorFlow
    return Command((wish.program, "-c", f"import {', '.join(wish.modules)}"), alone)
