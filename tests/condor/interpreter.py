"""A Python that the pool's user can start, with the packages of the one that runs this."""

import shutil
import sysconfig
import venv
from pathlib import Path


def mirror(folder: Path) -> Path:
    """The program of a virtual environment made in `folder`: this Python, and this Python's packages by reference.

    HTCondor asks with access(2), which knows no capability, whether a program may be started; so the program is a
    copy where the user may go. The standard library and the packages stay where they are and need only be read.
    """
    shutil.rmtree(folder, ignore_errors=True)
    venv.EnvBuilder(symlinks=False, with_pip=False).create(folder)
    packages = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    places = Path(sysconfig.get_path("purelib", "venv", {"base": str(folder), "platbase": str(folder)}))
    lines = [f"import site; site.addsitedir({path!r})\n" for path in sorted(packages)]
    (places / "mirrored.pth").write_text("".join(lines))
    return folder / "bin/python"
