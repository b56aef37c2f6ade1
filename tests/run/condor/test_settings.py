"""The table [condor]: what cannot be meant is refused."""

from pathlib import Path
from typing import Any

import pytest

from culpa.errors import UsageError
from culpa.run.condor.settings import CondorSettings
from culpa.run.condor.submission import settings


def test_it_is_a_table_of_the_configuration_file(tmp_path: Path) -> None:
    file = tmp_path / "culpa.toml"
    file.write_text('[condor]\nbatch = 60\naccounting_group = "a.b"\n[condor.lines]\n"+Project" = \'"x"\'\n')
    read = settings(file)
    assert read == CondorSettings(batch=60.0, accounting_group="a.b", lines={"+Project": '"x"'})
    assert read.accounting == {"accounting_group": "a.b"}
    assert settings(None).accounting == {}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"batch": 0.5}, "batch: expected 1 to 1e\\+09, got 0.5"),
        ({"memory_growth": 0.9}, "memory_growth: expected 1 to 1000"),
        ({"retries": -1}, "retries: expected 0 to 1000"),
        ({"release_after": float("nan")}, "release_after: expected 0 to "),
        ({"memory_margin": float("inf")}, "memory_margin: expected 1 to 1000, got inf"),
        ({"disk_margin": 1e300}, "disk_margin: expected 1 to 1000"),
        ({"batch": float("inf")}, "batch: expected 1 to "),
        ({"python": "python3"}, "python: expected an absolute path, got 'python3'"),
        ({"python": "~/x"}, "python: expected an absolute path"),
        ({"transfer": "some"}, "expected none or files, got 'some'"),
        ({"accounting_group": "a\nqueue 100"}, "accounting_group: expected one line"),
        ({"lines": {"a b": "c"}}, "not a line of a submit file"),
        ({"lines": {"a": "b\nqueue"}}, "not a line of a submit file"),
        ({"lines": {"Queue": "100"}}, "not a line of a submit file"),
    ],
)
def test_what_cannot_be_meant(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        CondorSettings(**changes)


def test_an_unknown_key_names_the_nearest(tmp_path: Path) -> None:
    file = tmp_path / "culpa.toml"
    file.write_text("[condor]\nbatches = 60\n")
    with pytest.raises(UsageError, match=r"condor\.batches.*\n.*batch"):
        settings(file)
