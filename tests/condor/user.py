"""Who the pool belongs to: HTCondor takes no jobs from root, so there root needs an account that does the work."""

import os
import pwd
import subprocess
from pathlib import Path

from steps import Steps

NAME = "culpa-pool"
READ_ALL = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")


def owner() -> pwd.struct_passwd:
    """The pool's user: whoever calls, or where that is root the account `NAME`. Raises KeyError where there is none."""
    return pwd.getpwnam(NAME) if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())


def account(steps: Steps) -> pwd.struct_passwd:
    """The pool's user, made where that needs doing; the one thing outside the pool's folder."""
    try:
        return owner()
    except KeyError:
        nobody = ("--home-dir", "/nonexistent", "--no-create-home", "--shell", "/usr/sbin/nologin")
        steps.run("useradd", "--system", "--user-group", *nobody, NAME)
        return owner()


def becoming(user: pwd.struct_passwd, home: Path) -> list[str]:
    """What to put in front of a command so that `user` runs it.

    Root gives the user the right to read all files, where root has it: a Python below root's own folder (pyenv, uv)
    then serves the jobs as it serves root, and nothing on the machine changes its mode.
    """
    words = ["env", f"HOME={home}", f"USER={user.pw_name}"]
    if os.geteuid():
        return words
    become = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    may_read = subprocess.run([*become, *READ_ALL, "true"], capture_output=True, check=False).returncode == 0
    return [*become, *(READ_ALL if may_read else ()), *words]
