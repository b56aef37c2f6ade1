"""Brings a real HTCondor pool of this one machine up for the tests, and down again. See README.md.

python3 tests/condor/pool.py up PREFIX [--limit 180]   0 it runs; 1 a step failed; 3 not possible here; 124 limit
python3 tests/condor/pool.py env PREFIX                lines for a shell's eval
python3 tests/condor/pool.py run PREFIX COMMAND ...    a command as the pool's user, with that environment
python3 tests/condor/pool.py down PREFIX
"""

import argparse
import os
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from time import sleep

from configuration import text
from interpreter import mirror
from packages import install
from steps import ImpossibleError, StepError, Steps
from user import account, becoming, owner

FAILED, IMPOSSIBLE, TOO_LONG = 1, 3, 124


def main() -> int:
    """Parses the command line and answers with the exit code."""
    arguments = _arguments()
    os.umask(0o022)  # another user reads what is made here
    try:
        return int(arguments.action(Path(arguments.prefix).absolute(), arguments) or 0)
    except ImpossibleError as problem:
        code, why = IMPOSSIBLE, f"not possible here: {problem}"
    except TimeoutError as problem:
        code, why = TOO_LONG, str(problem)
    except StepError as problem:
        code, why = FAILED, str(problem)
    print(f"no HTCondor pool: {why}", file=sys.stderr)
    return code


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="A real HTCondor pool for the tests; see README.md beside this file.")
    actions = parser.add_subparsers(required=True)
    for action in (up, env, run, down):
        command = actions.add_parser(action.__name__, help=action.__doc__)
        command.add_argument("prefix", help="the pool's folder; its user must be able to get there")
        command.set_defaults(action=action)
        if action is up:
            command.add_argument("--limit", type=float, default=180.0, help="seconds after which to give up")
        if action is run:
            command.add_argument("command", nargs=argparse.REMAINDER)
    return parser.parse_args()


def up(prefix: Path, arguments: argparse.Namespace) -> None:
    """Brings the pool up; what was made before is not made again."""
    steps = Steps(arguments.limit)
    if _master(prefix) and _answers(prefix, steps):
        print("already up", file=sys.stderr)
        return
    down(prefix, arguments)  # a master that answers no more
    prefix.mkdir(parents=True, exist_ok=True)
    _reachable(prefix)
    tools = install(prefix, steps)
    with steps.step("configure"):
        account(steps)
        _configure(prefix, steps)
        _check(prefix, mirror(prefix / "python"), steps)
    with steps.step("start"):
        steps.run(*_command(prefix, tools / "condor_master", "-pidfile", prefix / "pool/run/master.pid"))
        _wait(prefix, steps)


def env(prefix: Path, arguments: argparse.Namespace) -> None:
    """Prints what reaches the pool, for a shell's eval."""
    for name, value in _environment(prefix).items():
        print(f"export {name}={shlex.quote(value)}")


def run(prefix: Path, arguments: argparse.Namespace) -> int:
    """Runs a command as the pool's user."""
    return subprocess.run(_command(prefix, *arguments.command), check=False).returncode


def down(prefix: Path, arguments: argparse.Namespace) -> None:
    """Stops the pool's master, which stops the rest, jobs included."""
    steps = Steps(20.0)
    if master := _master(prefix):
        os.kill(master, signal.SIGQUIT)  # to a master: stop everything at once
    while _master(prefix):
        steps.left()
        sleep(0.1)


def _configure(prefix: Path, steps: Steps) -> None:
    """Writes the configuration and what the pool's user proves himself with."""
    pool, user = prefix / "pool", owner()
    for name in ("", "home", "log", "spool", "execute", "lock", "run", "work"):
        (pool / name).mkdir(mode=0o755, exist_ok=True)
    for name in ("passwords", "tokens"):
        (pool / name).mkdir(mode=0o700, exist_ok=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (pool / "condor_config").write_text(text(prefix, user.pw_name, port, max(2, os.cpu_count() or 1)))
    if not (password := pool / "passwords/POOL").exists():
        password.touch(mode=0o600)
        password.write_text(secrets.token_urlsafe(64))
    for path in (pool, *pool.rglob("*")):
        shutil.chown(path, user.pw_uid, user.pw_gid)
    identity = f"{user.pw_name}@culpa.test"
    steps.run(*_command(prefix, prefix / "bin/condor_token_create", "-identity", identity, "-token", "pool"))


def _reachable(prefix: Path) -> None:
    for folder in (prefix, *prefix.parents):
        if os.geteuid() == 0 and not folder.stat().st_mode & 0o001:
            raise ImpossibleError(f"{folder} is closed to the pool's user; take a prefix elsewhere")


def _check(prefix: Path, python: Path, steps: Steps) -> None:
    try:
        steps.run(*_command(prefix, python, "-c", "import json"))
    except StepError as problem:
        raise ImpossibleError(f"the pool's user cannot run this Python, {sys.executable}\n{problem}") from problem


def _wait(prefix: Path, steps: Steps) -> None:
    try:
        while not _answers(prefix, steps):
            steps.left()
            sleep(0.2)
    except TimeoutError:
        logs = "\n".join(path.read_text()[-1000:] for path in sorted((prefix / "pool/log").glob("MasterLog")))
        down(prefix, argparse.Namespace())
        raise TimeoutError(f"the daemons do not answer; the master's log ends with\n{logs}") from None


def _environment(prefix: Path) -> dict[str, str]:
    """CONDOR_CONFIG and PATH are HTCondor's; the rest tells the tests who may submit, with what Python, and where."""
    if not (prefix / "pool/condor_config").exists():
        raise StepError(f"none was made in {prefix}: bring it up first")
    return {
        "CONDOR_CONFIG": str(prefix / "pool/condor_config"),
        "PATH": f"{prefix / 'bin'}:{os.environ['PATH']}",
        "CULPA_CONDOR_AS": shlex.join(becoming(owner(), prefix / "pool/home")),
        "CULPA_CONDOR_PYTHON": str(prefix / "python/bin/python"),
        "CULPA_CONDOR_WORK": str(prefix / "pool/work"),
    }


def _command(prefix: Path, *command: object) -> list[str]:
    environment = _environment(prefix)
    settings = [f"{name}={environment[name]}" for name in ("CONDOR_CONFIG", "PATH")]
    return [*shlex.split(environment["CULPA_CONDOR_AS"]), *settings, *map(str, command)]


def _answers(prefix: Path, steps: Steps) -> bool:
    """Whether a machine offers itself and a queue takes jobs."""
    try:
        machines = steps.run(*_command(prefix, prefix / "bin/condor_status", "-af", "Name"))
        steps.run(*_command(prefix, prefix / "bin/condor_q", "-totals"))
    except StepError:
        return False
    return bool(machines.strip())


def _master(prefix: Path) -> int | None:
    """The process that the pool's other daemons are children of, or None where none runs."""
    try:
        pid = int((prefix / "pool/run/master.pid").read_text())
        program = Path(f"/proc/{pid}/exe").readlink()
    except (OSError, ValueError):
        return None
    return pid if program.is_relative_to(prefix) else None


if __name__ == "__main__":
    sys.exit(main())
