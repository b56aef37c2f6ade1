"""Builds one environment: chooses the commands, runs them once and under a lock, says how to activate the result."""

import argparse
import hashlib
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import bootstrap
import frameworks
from bootstrap import SetupError
from builds import Version, dotted
from hosts import Host, detect
from recipes import Command, Wish, on_top_of, with_conda, with_uv

ROOT = Path(__file__).resolve().parents[1]


class System:
    """Runs commands: the seam where tests put another machine."""

    def run(self, command: Command) -> None:
        """Runs it, its words on stderr. Raises CalledProcessError."""
        bootstrap.run(*command.words, variables={**os.environ, **command.variables})

    def output(self, *words: str) -> str:
        """What a command prints; empty where it fails."""
        return bootstrap.output(*words)

    def succeeds(self, *words: str) -> bool:
        """Whether a command can be run and ends well."""
        return bootstrap.succeeds(*words)


def main(name: str, arguments: Sequence[str]) -> None:
    """Runs one command line; ends the process with 1 and a message where the set-up cannot go on."""
    options = _parser(name).parse_args(arguments)
    try:
        install(name, options, System(), os.environ)
    except (SetupError, OSError, subprocess.CalledProcessError) as problem:
        sys.exit(f"culpa's set-up failed: {problem}")


def install(name: str, options: argparse.Namespace, system: System, environ: Mapping[str, str]) -> None:
    """Plans and, unless it is only to be shown, builds."""
    host = detect(system.output)
    prefix = options.prefix.absolute()
    tools, commands = plan(name, options, host, system, environ)
    if options.dry_run:
        sys.stdout.write("".join(f"{command}\n" for command in [*tools, *commands]))
        return
    bootstrap.say(f"{name} environment for {host}")
    build(Place(prefix, name, environ.get("CULPA_ENV", "")), tools, commands, system)
    bootstrap.say(f"ready; in each new shell:  . {shlex.quote(str(prefix / f'activate_{name}_env.sh'))}")


def plan(
    name: str, options: argparse.Namespace, host: Host, system: System, environ: Mapping[str, str]
) -> tuple[list[Command], list[Command]]:
    """The command lines, in order: those that bring uv, where there is none, and those that build.

    Raises SetupError where this cannot be had on this host."""
    prefix = options.prefix.absolute()
    wish = Wish(
        name=name,
        root=ROOT,
        folder=prefix / name,
        host=host,
        python=options.python or sys.version_info[:2],
        interpreter=None if options.python else bootstrap.base_python(),
        chosen=frameworks.CHOICES[options.framework] if name == "ml" else (),
        gpu=options.gpu if name == "ml" else False,
        places=_places(environ),
    )
    if environ.get("CULPA_ENV"):
        return [], _on_top(wish, Path(environ["CULPA_ENV"]).absolute(), options.manager, system)
    if options.manager != "uv":
        return [], with_conda(wish, options.manager, environment_file(wish, prefix, write=not options.dry_run))
    uv, tools = find_uv(prefix / ".uv", system)
    return tools, with_uv(wish, uv)


def find_uv(own: Path, system: System) -> tuple[str, list[Command]]:
    """uv on the path or in the checkout's `.venv`; else one of our own, with the commands that bring it."""
    mine = str(own / "bin" / "uv")
    for candidate in ("uv", str(ROOT / ".venv" / "bin" / "uv"), mine):
        if system.succeeds(candidate, "--version"):
            return candidate, []
    lock = str(ROOT / "requirements" / "uv.txt")
    return mine, [
        Command((sys.executable, "-m", "venv", "--clear", str(own))),
        Command((str(own / "bin" / "python"), "-m", "pip", "install", "--require-hashes", "-r", lock)),
    ]


def environment_file(wish: Wish, prefix: Path, *, write: bool) -> Path:
    """The file for conda: the committed one, or one in the prefix without the framework that is not wanted."""
    committed = ROOT / "setup" / f"environment-{wish.name}.yml"
    unwanted = tuple(f"# {each}" for each in frameworks.MODULES if each not in wish.chosen)
    if wish.name == "igwn" or not unwanted:
        return committed
    shorter = prefix / f"environment-{'-'.join([wish.name, *wish.chosen])}.yml"
    if write:
        prefix.mkdir(parents=True, exist_ok=True)
        lines = committed.read_text(encoding="utf-8").splitlines(keepends=True)
        shorter.write_text("".join(line for line in lines if not line.rstrip().endswith(unwanted)), encoding="utf-8")
    return shorter


class Place:
    """Where an environment lies in the prefix, and the marks that tell its state."""

    def __init__(self, prefix: Path, name: str, parent: str = "") -> None:
        self.prefix = prefix
        self.name = name
        self.parent = parent
        self.folder = prefix / name
        self.stamp = self.folder / "culpa.stamp"
        self.incomplete = prefix / f"{name}.incomplete"

    def ready(self, fingerprint: str) -> bool:
        """Whether these commands were all run here, and its Python is still there."""
        done = self.stamp.exists() and self.stamp.read_text() == fingerprint and not self.incomplete.exists()
        return done and os.access(self.folder / "bin" / "python", os.X_OK)

    def clear(self) -> None:
        """Removes what an earlier or interrupted set-up left, and nothing else. Raises SetupError at others' files."""
        if not self.folder.exists():
            return
        if not self.stamp.exists() and not self.incomplete.exists():
            raise SetupError(f"{self.folder} was not made by this script: move it away, or give another --prefix")
        self.incomplete.touch()
        shutil.rmtree(self.folder)

    def finish(self, fingerprint: str) -> None:
        """Writes what activation needs, and the marks."""
        if self.parent:
            (self.folder / "culpa.parent").write_text(f"{Path(self.parent).absolute()}\n")
        script = self.prefix / f"activate_{self.name}_env.sh"
        this, shared = (shlex.quote(str(path)) for path in (script, ROOT / "setup" / "activate.sh"))
        words = shlex.join(["culpa_activate", self.name, str(ROOT), str(self.prefix)])
        script.write_text(f"# Source this: . {this}\n. {shared} && {words}\n")
        self.stamp.write_text(fingerprint)
        self.incomplete.unlink()


def build(place: Place, tools: Sequence[Command], commands: Sequence[Command], system: System) -> None:
    """Runs the commands where they have not been run; one build at a time in a prefix."""
    place.prefix.mkdir(parents=True, exist_ok=True)
    (place.prefix / ".gitignore").write_text("*\n")
    with bootstrap.exclusive(place.prefix / ".lock"):
        fingerprint = _fingerprint(commands)
        if place.ready(fingerprint):
            return
        place.clear()
        place.incomplete.touch()  # stays when this is killed: half an installation looks like a whole one
        for command in [*tools, *commands]:
            bootstrap.say(str(command))
            system.run(command)
        place.finish(fingerprint)


def _fingerprint(commands: Sequence[Command]) -> str:
    """Of the commands, wherever their programs are found, and of the files of ours that they name."""
    parts = [shlex.join(command.words[1:]).encode() for command in commands]
    named = {Path(word) for command in commands for word in command.words}
    parts += [path.read_bytes() for path in sorted(named) if path.suffix in {".txt", ".yml", ".toml"} and path.exists()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _on_top(wish: Wish, parent: Path, manager: str, system: System) -> list[Command]:
    if manager != "uv":
        raise SetupError(
            f"CULPA_ENV gives the environment, {parent}: --manager {manager} would build another; unset one"
        )
    if wish.folder.resolve().is_relative_to(parent.resolve()):
        raise SetupError(f"nothing is written into CULPA_ENV, {parent}: give a --prefix outside it")
    told = system.output(str(parent / "bin" / "python"), "-I", "-c", "import sys; print(*sys.version_info[:2])").split()
    if not told:
        raise SetupError(f"CULPA_ENV is {parent}, which has no Python that runs (bin/python)")
    python = (int(told[0]), int(told[1]))
    if python < frameworks.OLDEST:
        raise SetupError(f"the Python of CULPA_ENV, {parent}, is {dotted(python)}: culpa needs 3.11 or newer")
    return on_top_of(Wish(wish.name, wish.root, wish.folder, wish.host, python), parent)


def _places(environ: Mapping[str, str]) -> list[str]:
    """Folders and pages of wheels, from uv's own variable or from pip's settings, which uv does not read."""
    told = environ.get("UV_FIND_LINKS") or bootstrap.find_links(environ).get("UV_FIND_LINKS", "")
    return [place for place in told.split(",") if place]


def _version(text: str) -> Version:
    major, minor = text.split(".")
    if (python := (int(major), int(minor))) < frameworks.OLDEST:
        raise argparse.ArgumentTypeError("culpa needs 3.11 or newer")
    return python


def _parser(name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=f"Builds the {name} environment of culpa: docs/environments.md.",
        epilog="CULPA_ENV=DIR in the environment: build a thin one on top of that one, in which nothing is written.",
    )
    parser.add_argument("--manager", choices=["uv", "micromamba", "conda"], default="uv")
    parser.add_argument("--prefix", type=Path, default=ROOT / "envs", help=f"its folder; {name}/ is made in it")
    parser.add_argument("--python", type=_version, metavar="X.Y", help="with uv: another Python than the running one")
    parser.add_argument("--dry-run", action="store_true", help="print the command lines, run none")
    if name == "ml":
        parser.add_argument("--framework", choices=sorted(frameworks.CHOICES), default="both")
        parser.add_argument("--gpu", action="store_true", help="CUDA builds (Linux): gigabytes more")
    else:
        parser.set_defaults(framework="both", gpu=False)
    return parser
