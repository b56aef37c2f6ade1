"""Which builds of PyTorch and TensorFlow go on which machine. The facts behind it: docs/environments.md."""

from collections.abc import Sequence
from pathlib import Path

from bootstrap import SetupError
from hosts import Host

TORCH = "2.13.0"
CPU_TORCH = f"torch=={TORCH}+cpu"  # a local version: what the registry has, with gigabytes of CUDA, can't be meant
MAC_TORCH = "torch>=2.11,<2.14"
CHOICES = {"pytorch": ("pytorch",), "tensorflow": ("tensorflow",), "both": ("pytorch", "tensorflow")}
MODULES = {"pytorch": "torch", "tensorflow": "tensorflow"}
OLDEST, NEWEST, NEWEST_METAL = (3, 11), (3, 13), (3, 12)

Version = tuple[int, int]


def check(host: Host, python: Version, gpu: bool) -> None:
    """Raises SetupError where packages of the registry can't make an ML environment that culpa runs in."""
    if (host.system, host.processor) == ("macos", "x86-64"):
        raise SetupError(
            "for Macs with Intel processors the registry's PyTorch ends at 2.2 and its TensorFlow at 2.16, "
            "both for NumPy 1; culpa needs NumPy 2: use --manager micromamba --framework pytorch"
        )
    if not OLDEST <= python <= NEWEST:
        raise SetupError(f"TensorFlow 2.21 is for Python 3.11 to 3.13, not {dotted(python)}: give --python 3.13")
    if gpu and host.system == "macos":
        raise SetupError("--gpu chooses CUDA builds, which macOS has none of; Apple's GPU is used without it")


def requirements(host: Host, python: Version, chosen: Sequence[str], gpu: bool) -> list[str]:
    """What to ask the registry for; setup/ml.txt fixes the versions that are not written here."""
    asked = ["keras"]
    if "pytorch" in chosen:
        asked.append(_torch(host, gpu))
    if "tensorflow" in chosen:
        asked += _tensorflow(host, python, gpu)
    return asked


def torch_backend(host: Host, chosen: Sequence[str], gpu: bool, places: Sequence[str]) -> list[str]:
    """uv's option that names PyTorch's own index; none where a place of wheels holds the CPU build."""
    if "pytorch" not in chosen or host.system == "macos":
        return []
    if gpu:
        return ["--torch-backend", "auto"]
    held = any(next(Path(place).glob(f"torch-{TORCH}+cpu-*.whl"), None) for place in places)
    return [] if held else ["--torch-backend", "cpu"]


def has_metal(host: Host, python: Version) -> bool:
    """Whether tensorflow-metal has a build."""
    return (host.system, host.processor) == ("macos", "arm64") and python <= NEWEST_METAL


def dotted(python: Version) -> str:
    """`(3, 12)` as `3.12`."""
    return ".".join(map(str, python))


def _torch(host: Host, gpu: bool) -> str:
    if host.system == "macos":
        return MAC_TORCH
    return f"torch=={TORCH}" if gpu else CPU_TORCH


def _tensorflow(host: Host, python: Version, gpu: bool) -> list[str]:
    if has_metal(host, python):
        return ["tensorflow", "tensorflow-metal"]
    if gpu:
        return ["tensorflow[and-cuda]"]
    small = (host.system, host.processor) == ("linux", "x86-64")
    return ["tensorflow-cpu"] if small else ["tensorflow"]
