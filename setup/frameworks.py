"""What an environment for machine learning asks for. The facts behind it: docs/environments.md."""

from collections.abc import Sequence

from bootstrap import SetupError
from builds import NEWEST, TENSORFLOW, TORCH, Version, dotted, torch_index, torch_request
from hosts import Host

CHOICES = {"pytorch": ("pytorch",), "tensorflow": ("tensorflow",), "both": ("pytorch", "tensorflow")}
MODULES = {"pytorch": "torch", "tensorflow": "tensorflow"}
OLDEST, NEWEST_METAL = (3, 11), (3, 12)
SYSTEMS = {"linux": "linux", "macos": "darwin"}  # as `sys.platform` has them


def check(host: Host, python: Version, gpu: bool) -> None:
    """Raises SetupError where packages of the registry can't make an ML environment that culpa runs in."""
    if (host.system, host.processor) == ("macos", "x86-64"):
        raise SetupError(
            "for Macs with Intel processors the registry's PyTorch ends at 2.2 and its TensorFlow at 2.16, "
            "both for NumPy 1; culpa needs NumPy 2: use --manager micromamba --framework pytorch"
        )
    if not OLDEST <= python <= NEWEST:
        raise SetupError(
            f"TensorFlow {TENSORFLOW} is for Python {dotted(OLDEST)} to {dotted(NEWEST)}, not {dotted(python)}: "
            f"give --python {dotted(NEWEST)}"
        )
    if gpu and host.system == "macos":
        raise SetupError("--gpu chooses CUDA builds, which macOS has none of; Apple's GPU is used without it")


def requirements(host: Host, python: Version, chosen: Sequence[str], gpu: bool) -> list[str]:
    """What to ask the registry for; setup/ml.txt fixes the versions that are not written here."""
    asked = ["keras", "onnx"]
    if "pytorch" in chosen:
        asked += ["onnxscript", f"torch=={TORCH}" if gpu else torch_request(SYSTEMS[host.system])]
    if "tensorflow" in chosen:
        asked += ["tf2onnx", *_tensorflow(host, python, gpu)]
    return asked


def torch_backend(host: Host, python: Version, chosen: Sequence[str], gpu: bool, places: Sequence[str]) -> list[str]:
    """uv's option that names PyTorch's own index; none where a place of wheels holds the CPU build."""
    if "pytorch" not in chosen:
        return []
    return ["--torch-backend", "auto"] if gpu else torch_index(SYSTEMS[host.system], python, places)


def has_metal(host: Host, python: Version) -> bool:
    """Whether tensorflow-metal has a build."""
    return (host.system, host.processor) == ("macos", "arm64") and python <= NEWEST_METAL


def _tensorflow(host: Host, python: Version, gpu: bool) -> list[str]:
    if has_metal(host, python):
        return ["tensorflow", "tensorflow-metal"]
    if gpu:
        return ["tensorflow[and-cuda]"]
    small = (host.system, host.processor) == ("linux", "x86-64")
    return ["tensorflow-cpu"] if small else ["tensorflow"]
