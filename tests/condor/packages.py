"""HTCondor's programs from Debian 13's packages, in a folder of their own and with their own libraries.

Nothing is installed: apt works on a state of its own, the packages are unpacked into the folder, and the programs
are pointed at the loader and the libraries beside them. So they run on an older Debian too, while their jobs see the
machine as it is. No root is needed.
"""

import shutil
from pathlib import Path

from steps import ImpossibleError, Steps

RELEASE = "trixie"  # the oldest Debian that has HTCondor
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


def install(prefix: Path, steps: Steps) -> Path:
    """The folder of the tools (condor_q and so on), made where it is not there yet."""
    tools = prefix / "bin"
    if tools.is_dir():
        return tools
    for unfinished in ("apt", "debian", "bin.part"):
        shutil.rmtree(prefix / unfinished, ignore_errors=True)
    with steps.step("download"):
        _download(prefix / "apt", _mirror(steps), steps)
    with steps.step("unpack"):
        for package in sorted((prefix / "apt/archives").glob("*.deb")):
            steps.run("dpkg-deb", "--extract", package, prefix / "debian")
    with steps.step("relocate"):
        _relocate(programs := _programs(prefix / "debian"), prefix / "debian", steps)
        _link(programs, prefix / "bin.part").rename(tools)
    shutil.rmtree(prefix / "apt")
    return tools


def _mirror(steps: Steps) -> str:
    """Where this machine's own apt gets Debian from."""
    if not KEYRING.exists():
        raise ImpossibleError(f"not Debian: no {KEYRING}")
    sources = steps.run("apt-get", "indextargets", "--format", "$(COMPONENT) $(RELEASE) $(REPO_URI)")
    release = steps.run("sh", "-c", ". /etc/os-release; echo $VERSION_CODENAME").strip()
    for source in map(str.split, sources.splitlines()):
        if source[:2] == ["main", release]:
            return source[2]
    raise ImpossibleError(f"apt's sources name no mirror of Debian {release}'s main")


def _download(apt: Path, mirror: str, steps: Steps) -> None:
    """The packages, all that they depend on, and patchelf, as if for a machine with nothing on it."""
    for folder in ("state/lists/partial", "archives/partial"):
        (apt / folder).mkdir(parents=True)
    (apt / "status").touch()
    (apt / "sources.list").write_text(f"deb [signed-by={KEYRING}] {mirror} {RELEASE} main\n")
    options = {
        "Dir::State": apt / "state",
        "Dir::State::status": apt / "status",
        "Dir::Cache": apt,
        "Dir::Etc::sourcelist": apt / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::Etc::preferences": "/dev/null",
        "Dir::Etc::preferencesparts": "/dev/null",
        "APT::Sandbox::User": "",  # the folder is the caller's alone
        "Acquire::Languages": "none",
    }
    get = ["apt-get", "--quiet", *(f"--option={name}={value}" for name, value in options.items())]
    steps.run(*get, "update")
    steps.run(*get, "install", "--yes", "--download-only", "--no-install-recommends", "minicondor", "patchelf")


def _programs(debian: Path) -> list[Path]:
    """HTCondor's programs; its scripts are left out, for their interpreters would need relocating too."""
    places = ("usr/bin/condor_*", "usr/bin/classad_*", "usr/sbin/condor_*", "usr/libexec/condor/*")
    found = [path for place in places for path in sorted(debian.glob(place)) if path.is_file()]
    return [path for path in found if _is_program(path)]


def _is_program(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF" and ".so" not in path.suffixes


def _relocate(programs: list[Path], debian: Path, steps: Steps) -> None:
    loader = next(debian.glob("usr/lib/*/ld-linux-*.so.*"))
    libraries = f"{loader.parent}:{debian / 'usr/lib'}"
    patchelf = [loader, "--library-path", libraries, debian / "usr/bin/patchelf"]
    files = [path for path in programs if not path.is_symlink()]  # condor_hold is condor_rm
    # An rpath of the old kind holds for libraries of libraries and for those opened at run time too.
    steps.run(*patchelf, "--set-interpreter", loader, "--force-rpath", "--set-rpath", libraries, *files)


def _link(programs: list[Path], folder: Path) -> Path:
    folder.mkdir()
    for program in programs:
        (folder / program.name).symlink_to(program)
    return folder
