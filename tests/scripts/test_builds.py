"""Nobody gets gigabytes of CUDA by accident."""

from pathlib import Path

import builds
import pytest


def test_on_linux_the_build_is_asked_for_that_the_registry_does_not_have() -> None:
    assert builds.torch_request("linux") == f"torch=={builds.TORCH}+cpu"
    assert "+" not in builds.torch_request("darwin") + builds.torch_request("win32")


@pytest.mark.parametrize(
    ("system", "wheel", "index"),
    [
        ("linux", f"torch-{builds.TORCH}+cpu-cp312-cp312-manylinux_2_28_x86_64.whl", []),
        ("linux", f"torch-{builds.TORCH}+cpu-cp311-cp311-manylinux_2_28_x86_64.whl", ["--torch-backend", "cpu"]),
        ("linux", "torch-2.0.0+cpu-cp312-cp312-manylinux_2_28_x86_64.whl", ["--torch-backend", "cpu"]),
        ("darwin", "none", []),
        ("win32", "none", []),
    ],
)
def test_pytorch_s_own_index_is_named_where_no_wheel_for_this_python_is_at_hand(
    tmp_path: Path, system: str, wheel: str, index: list[str]
) -> None:
    (tmp_path / wheel).touch()
    assert builds.torch_index(system, (3, 12), ["page of wheels", str(tmp_path)]) == index
