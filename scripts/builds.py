"""Which builds of PyTorch and TensorFlow go on which machine. The facts behind it: docs/environments.md.

Nothing but values: `bootstrap.py` and the installers in `setup/` do the rest.
"""

from collections.abc import Sequence
from pathlib import Path

TORCH = "2.13.0"
CPU_TORCH = f"torch=={TORCH}+cpu"  # a local version: what the registry has, with gigabytes of CUDA, can't be meant
PLAIN_TORCH = "torch>=2.11,<2.14"  # the registry's for macOS and Windows, which have no CUDA in them
TENSORFLOW = "2.21"
NEWEST = (3, 13)  # that TensorFlow has a build for

Version = tuple[int, int]


def torch_request(system: str) -> str:
    """What to ask for so that no CUDA comes with it. system: as in `sys.platform`."""
    return CPU_TORCH if system == "linux" else PLAIN_TORCH


def torch_index(system: str, python: Version, places: Sequence[str]) -> list[str]:
    """uv's option that names PyTorch's own index; none where the registry or a place of wheels has the build."""
    wheel = f"torch-{TORCH}+cpu-cp{python[0]}{python[1]}-*.whl"
    held = any(next(Path(place).glob(wheel), None) for place in places)
    return [] if held or system != "linux" else ["--torch-backend", "cpu"]


def dotted(python: Version) -> str:
    """`(3, 12)` as `3.12`."""
    return ".".join(map(str, python))
