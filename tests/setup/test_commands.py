"""The exact command lines, for each machine and manager."""

import re
from argparse import Namespace
from pathlib import Path

import installer
import pytest
from bootstrap import SetupError
from hosts import Host

from .conftest import ROOT, Elsewhere

LINUX, ARM_LINUX = Host("linux", "x86-64"), Host("linux", "arm64")
SILICON, ROSETTA, INTEL_MAC = Host("macos", "arm64"), Host("macos", "arm64", translated=True), Host("macos", "x86-64")
HERE = ROOT / "setup"


def lines(
    name: str, options: Namespace, host: Host, environ: dict[str, str] | None = None, system: Elsewhere | None = None
) -> list[str]:
    """The plan, with the checkout and the prefix shortened."""
    environ = {"UV_FIND_LINKS": "page"} if environ is None else environ
    tools, commands = installer.plan(name, options, host, system or Elsewhere(), environ)
    shortened = [str(each).replace(str(options.prefix), "P").replace(str(ROOT), "R") for each in [*tools, *commands]]
    return [line.removeprefix("UV_FIND_LINKS=page ") for line in shortened]


IMPORT_IGWN = "P/igwn/bin/python -c 'import culpa, gwframe, gwpy, hveto, igwn_ligolw, lal, uproot'"
IMPORT_ML = "P/ml/bin/python -c 'import culpa, torch, tensorflow, keras, mlflow, onnx'"
ML = "uv pip install --python P/ml/bin/python --constraints R/setup/ml.txt -r R/pyproject.toml "
ML += "--extra tracking --group R/pyproject.toml:build "
CPU, TORCH, MAC_TORCH = "--torch-backend cpu", "torch==2.13.0+cpu", "'torch>=2.11,<2.14'"


def editable(name: str) -> str:
    return f"uv pip install --python P/{name}/bin/python --no-deps --no-build-isolation -e R"


@pytest.mark.parametrize(
    ("host", "request_"),
    [
        (LINUX, "3.12"),
        (ARM_LINUX, "3.12"),
        (SILICON, "3.12"),
        (INTEL_MAC, "3.12"),
        (ROSETTA, "cpython-3.12-macos-aarch64-none"),
    ],
)
def test_igwn_with_uv(options: Namespace, host: Host, request_: str) -> None:
    assert lines("igwn", options, host) == [
        f"uv venv --no-project --python {request_} P/igwn",
        "uv pip install --python P/igwn/bin/python --require-hashes -r R/requirements/hveto.txt",
        editable("igwn"),
        IMPORT_IGWN,
    ]


@pytest.mark.parametrize(
    ("host", "python", "framework", "gpu", "asked"),
    [
        (LINUX, (3, 11), "both", False, f"{CPU} keras onnx onnxscript {TORCH} tf2onnx tensorflow-cpu"),
        (LINUX, (3, 12), "pytorch", False, f"{CPU} keras onnx onnxscript {TORCH}"),
        (LINUX, (3, 13), "tensorflow", False, "keras onnx tf2onnx tensorflow-cpu"),
        (
            LINUX,
            (3, 12),
            "both",
            True,
            "--torch-backend auto keras onnx onnxscript torch==2.13.0 tf2onnx 'tensorflow[and-cuda]'",
        ),
        (ARM_LINUX, (3, 12), "both", False, f"{CPU} keras onnx onnxscript {TORCH} tf2onnx tensorflow"),
        (SILICON, (3, 12), "both", False, f"keras onnx onnxscript {MAC_TORCH} tf2onnx tensorflow tensorflow-metal"),
        (SILICON, (3, 13), "both", False, f"keras onnx onnxscript {MAC_TORCH} tf2onnx tensorflow"),
        (SILICON, (3, 11), "pytorch", False, f"keras onnx onnxscript {MAC_TORCH}"),
        (ROSETTA, (3, 12), "tensorflow", False, "keras onnx tf2onnx tensorflow tensorflow-metal"),
    ],
)
def test_ml_with_uv(
    options: Namespace, host: Host, python: tuple[int, int], framework: str, gpu: bool, asked: str
) -> None:
    options.python, options.framework, options.gpu = python, framework, gpu
    _, packages, last, check = lines("ml", options, host)
    assert packages == ML + asked
    assert last == editable("ml")
    modules = [name for name in ("torch", "tensorflow") if framework in ("both", name, f"py{name}")]
    backend = "KERAS_BACKEND=torch " if framework == "pytorch" else ""
    assert check == f"{backend}P/ml/bin/python -c 'import {', '.join(['culpa', *modules, 'keras', 'mlflow', 'onnx'])}'"


@pytest.mark.parametrize("python", [(3, 11), (3, 12), (3, 13)])
@pytest.mark.parametrize("framework", ["pytorch", "tensorflow", "both"])
@pytest.mark.parametrize("host", [LINUX, ARM_LINUX, SILICON, ROSETTA])
def test_nobody_gets_cuda_without_asking(
    options: Namespace, host: Host, framework: str, python: tuple[int, int]
) -> None:
    options.framework, options.python = framework, python
    packages = lines("ml", options, host)[1].split()
    assert not any("cuda" in word or word == "auto" for word in packages)
    torch = [word for word in packages if word.startswith("torch==")]
    assert all(word.endswith("+cpu") for word in torch)
    assert len(torch) == (framework != "tensorflow" and host.system == "linux")


def test_a_place_of_wheels_that_holds_the_cpu_build_needs_no_index(options: Namespace, tmp_path: Path) -> None:
    (tmp_path / "torch-2.13.0+cpu-cp312-cp312-manylinux_2_28_x86_64.whl").touch()
    asked = lines("ml", options, LINUX, {"UV_FIND_LINKS": f"/elsewhere,{tmp_path}"})[1]
    assert asked == f"UV_FIND_LINKS=/elsewhere,{tmp_path} {ML}keras onnx onnxscript {TORCH} tf2onnx tensorflow-cpu"


@pytest.mark.parametrize(
    ("host", "python", "gpu", "message"),
    [
        (INTEL_MAC, (3, 12), False, "culpa needs NumPy 2: use --manager micromamba --framework pytorch"),
        (LINUX, (3, 14), False, "Python 3.11 to 3.13, not 3.14: give --python 3.13"),
        (SILICON, (3, 10), False, "Python 3.11 to 3.13, not 3.10"),
        (SILICON, (3, 12), True, "Apple's GPU is used without it"),
    ],
)
def test_what_cannot_work_is_refused(
    options: Namespace, host: Host, python: tuple[int, int], gpu: bool, message: str
) -> None:
    options.python, options.gpu = python, gpu
    with pytest.raises(SetupError, match=re.escape(message)):
        lines("ml", options, host)


def test_without_uv_it_comes_through_pip_once_for_both(options: Namespace) -> None:
    first, second, *rest = lines("igwn", options, LINUX, system=Elsewhere(programs=()))
    assert first.endswith(" -m venv --clear P/.uv")
    assert second == "P/.uv/bin/python -m pip install --require-hashes -r R/requirements/uv.txt"
    assert rest[0] == "P/.uv/bin/uv venv --no-project --python 3.12 P/igwn"
    again = Elsewhere(programs=(str(options.prefix / ".uv/bin/uv"),))
    assert lines("ml", options, LINUX, system=again)[0] == "P/.uv/bin/uv venv --no-project --python 3.12 P/ml"


@pytest.mark.parametrize(("manager", "create"), [("micromamba", "micromamba create"), ("conda", "conda env create")])
@pytest.mark.parametrize("host", [LINUX, ARM_LINUX, SILICON, ROSETTA, INTEL_MAC])
@pytest.mark.parametrize(("name", "check"), [("igwn", IMPORT_IGWN), ("ml", IMPORT_ML)])
def test_with_conda(options: Namespace, manager: str, create: str, host: Host, name: str, check: str) -> None:
    options.manager = manager
    told = "CONDA_OVERRIDE_CUDA='' " + ("CONDA_SUBDIR=osx-arm64 " if host.translated else "")
    assert lines(name, options, host) == [
        f"{told}{create} --yes --prefix P/{name} --file R/setup/environment-{name}.yml",
        f"P/{name}/bin/python -m pip install --no-deps --no-build-isolation -e R",
        check,
    ]


def test_conda_may_take_cuda_builds_when_asked(options: Namespace) -> None:
    options.manager, options.gpu = "conda", True
    assert lines("ml", options, LINUX)[0].startswith("conda env create ")


@pytest.mark.parametrize(("framework", "other"), [("pytorch", "tensorflow"), ("tensorflow", "pytorch")])
def test_conda_gets_a_file_without_the_other_framework(options: Namespace, framework: str, other: str) -> None:
    options.manager, options.framework = "micromamba", framework
    assert lines("ml", options, LINUX)[0].endswith(f"--file P/environment-ml-{framework}.yml")
    text = (options.prefix / f"environment-ml-{framework}.yml").read_text()
    assert re.search(rf"^  - {framework}>=", text, flags=re.MULTILINE)
    assert not re.search(rf"^  - {other}>=", text, flags=re.MULTILINE)
    assert "django-js-lib-bootstrap5" in text


VERSION = ("/cvmfs/env/bin/python", "-I", "-c", "import sys; print(*sys.version_info[:2])")


@pytest.mark.parametrize(("name", "extras"), [("igwn", "'R[gw,hveto]'"), ("ml", "R")])
def test_on_top_of_an_environment_that_is_there(options: Namespace, name: str, extras: str) -> None:
    system = Elsewhere({VERSION: "3 11\n"})
    first, second, third, _ = lines(name, options, LINUX, {"CULPA_ENV": "/cvmfs/env"}, system)
    assert first == f"PYTHONDONTWRITEBYTECODE=1 /cvmfs/env/bin/python -m venv P/{name}"
    assert second.endswith(" /cvmfs/env/lib/python3.11/site-packages")
    assert third == f"PYTHONDONTWRITEBYTECODE=1 P/{name}/bin/python -m pip install -e {extras}"


@pytest.mark.parametrize(
    ("answer", "prefix", "manager", "message"),
    [
        ("", "/p", "uv", "has no Python that runs"),
        ("3 9\n", "/p", "uv", "is 3.9: culpa needs 3.11 or newer"),
        ("3 11\n", "/cvmfs/env/mine", "uv", "give a --prefix outside it"),
        ("3 11\n", "/p", "conda", "--manager conda would build another"),
    ],
)
def test_an_environment_that_cannot_be_used(
    options: Namespace, answer: str, prefix: str, manager: str, message: str
) -> None:
    options.prefix, options.manager = Path(prefix), manager
    with pytest.raises(SetupError, match=re.escape(message)):
        lines("igwn", options, LINUX, {"CULPA_ENV": "/cvmfs/env"}, Elsewhere({VERSION: answer}))
