"""The commands about tables as their users meet them: what is printed where, and exit codes."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


def culpa(*arguments: object) -> Any:
    return subprocess.run(
        [sys.executable, "-m", "culpa", *map(str, arguments)], capture_output=True, text=True, check=False, timeout=120
    )


@pytest.fixture(scope="module")
def fab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("fab") / "fab.csv"
    made = culpa("mock-fab", "-o", path, "--rows", 4000, "--fraction", 0.02)
    assert made.returncode == 0, made.stderr
    assert made.stdout.strip() == str(path)
    assert "wafers" in made.stderr
    return path


def test_detect_prints_the_path_of_its_result_and_tells_people_the_rest(fab: Path, tmp_path: Path) -> None:
    found = culpa("detect", fab, "--reference", "anomaly == 0", "-o", tmp_path)
    assert found.returncode == 0, found.stderr
    assert found.stdout.strip() == str(tmp_path / "index.html")
    assert "fab.csv: 4," in found.stderr
    assert "rows are compared within equipment and chamber" in found.stderr


def test_json_is_what_the_file_holds(fab: Path, tmp_path: Path) -> None:
    found = culpa("detect", fab, "--json", "--quiet", "-o", tmp_path, "--detector", "robust-z")
    assert json.loads(found.stdout) == json.loads((tmp_path / "detect.json").read_text())
    assert found.stderr == ""


def test_settings_come_from_a_file_and_the_command_line_goes_before(fab: Path, tmp_path: Path) -> None:
    settings = tmp_path / "culpa.toml"
    settings.write_text('[detect]\ndetector = "pca"\ncontamination = 0.05\n')
    found = json.loads(
        culpa("detect", fab, "--json", "-q", "-f", settings, "-o", tmp_path / "a", "--contamination", "0.1").stdout
    )
    assert found["detector"] == "pca"
    assert found["contamination"] == 0.1


def test_korean_columns_are_understood(tmp_path: Path) -> None:
    path = tmp_path / "fab.csv"
    assert culpa("mock-fab", "-o", path, "--rows", 4000, "--locale", "ko", "-q").returncode == 0
    found = json.loads(culpa("detect", path, "--json", "-q", "-o", tmp_path / "out").stdout)
    assert {"온도", "압력", "유량", "전압"} <= set(found["sensors"])
    assert found["columns"]["step"] == "공정단계"
    assert found["columns"]["label"] == "이상여부"
    assert "장비ID" in found["columns"]["groups"]
    assert "배치번호" not in found["columns"]["groups"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["detect", "{missing}"], 3, "missing.csv"),
        (["detect", "{fab}", "--features", "presure"], 2, "pressure"),
        (["detect", "{fab}", "--detector", "florest"], 2, "forest"),
        (["detect", "{fab}", "--reference", "anomaly = 0"], 2, "anomaly = 0"),
        (["detect", "{fab}", "--contamination", "much"], 2, "expected auto or a share"),
        (["detect", "{fab}", "--contamination", "0.9"], 2, "between 0 and 0.5"),
        (["detect", "{fab}", "--false-alarms", "seldom"], 2, "expected a rate such as 1/day"),
        (["compare", "{fab}", "--label", "recipe", "--reference", "row < 0"], 3, "is in the reference"),
        (["blame", "{fab}", "--target", "yeild"], 2, "yield"),
        (["mock-fab", "--locale", "fr", "-o", "{out}"], 2, "fr"),
        (["mock-fab", "--rows", "0", "-o", "{out}"], 2, "rows: expected 1 to"),
    ],
)  # fmt: skip
def test_what_a_user_can_cause_is_told_without_a_traceback(
    fab: Path, tmp_path: Path, arguments: list[str], code: int, words: str
) -> None:
    places = {"fab": fab, "missing": tmp_path / "missing.csv", "out": tmp_path / "x.csv"}
    ended = culpa(
        *(part.format(**places) for part in arguments), *([] if arguments[0] == "mock-fab" else ["-o", tmp_path / "o"])
    )
    assert (ended.returncode, "Traceback" in ended.stderr) == (code, False), ended.stderr
    assert words in ended.stderr
    assert not (tmp_path / "o").exists()


def test_the_detectors_are_listed() -> None:
    listed = culpa("detectors").stdout.splitlines()
    assert listed[0].startswith("auto ")
    assert {line.split()[0] for line in listed} >= {"pca", "forest", "shewhart", "random"}
