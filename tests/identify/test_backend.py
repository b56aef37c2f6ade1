import importlib.util

import pytest

from culpa.errors import MissingExtraError, UsageError
from culpa.identify import backend


def test_words_name_frameworks() -> None:
    assert backend.framework("pytorch") == "pytorch"
    with pytest.raises(UsageError, match="did you mean pytorch"):
        backend.framework("torch")


@pytest.mark.parametrize(("framework", "extra"), [("pytorch", "torch"), ("tensorflow", "tensorflow")])
@pytest.mark.parametrize("absent", ["framework", "keras", "onnx"])
def test_what_is_missing_names_its_extra(
    framework: backend.Framework, extra: str, absent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = extra if absent == "framework" else absent
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == package else object())
    with pytest.raises(MissingExtraError, match=f"training needs the package {package}") as problem:
        backend.keras(framework)
    assert f"culpa[{extra}]" in problem.value.hint
