"""Configuration files."""

import tomllib
from pathlib import Path

import pytest

from culpa.errors import UsageError
from culpa.run import configuration


def test_a_section_of_a_file_or_of_none(tmp_path: Path) -> None:
    file = tmp_path / "culpa.toml"
    file.write_text("[triggers]\nsnr = 5.5\n")
    assert configuration.section(file, "triggers") == {"snr": 5.5}
    assert configuration.section(file, "mock") == {}
    assert configuration.section(None, "mock") == {}


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("[trigers]\nsnr = 5.5", "unknown table [trigers] in", "did you mean triggers or tracking or training_set?"),
        ("snr = 5.5", "unknown table [snr] in", "did you mean qscan?"),
        ("mock = 3", "expected a table [mock], got 3", ""),
    ],
)
@pytest.mark.parametrize("asked", configuration.SECTIONS)
def test_a_table_that_nobody_knows_is_named_whatever_is_asked(
    tmp_path: Path, asked: str, text: str, message: str, hint: str
) -> None:
    file = tmp_path / "culpa.toml"
    file.write_text(text)
    with pytest.raises(UsageError) as caught:
        configuration.section(file, asked)
    assert message in caught.value.message
    assert caught.value.hint == hint


def test_what_is_shown_can_be_read_back(tmp_path: Path) -> None:
    file = tmp_path / "culpa.toml"
    file.write_text("[mock]\nseed = 7\n")
    shown = configuration.show(file)
    assert tomllib.loads(shown)["mock"]["seed"] == 7
    file.write_text(shown)
    assert configuration.show(file) == shown
