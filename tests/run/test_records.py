"""Manifest and receipts: what is written is read back, half of it is nothing, nonsense is said to be nonsense."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from culpa.errors import CulpaError
from culpa.run.hashes import Seen
from culpa.run.records import Record, Records, manifest_text, receipt_path, write_receipt

RECORD = Record(
    {"culpa": "1", "source": "ab"},
    {"a": {"b": 1.5, "c": [1, 2]}},
    {"name": "é", "none": None},
    {"raw/x": "00", "raw/absent": None},
    {"out/y": "11"},
    {"count": 3},
)
SEEN = {"out/y": Seen("11", 4, 5, 6)}


def test_what_is_settled_is_loaded(tmp_path: Path) -> None:
    jobs = {"one/b": RECORD, "one/a": replace(RECORD, parameters={}, result={}), "two/c": replace(RECORD, code={})}
    Records(tmp_path, dict(jobs), dict(SEEN)).settle()
    found = Records.load(tmp_path)
    assert (found.jobs, found.seen) == (jobs, SEEN)


def test_the_same_records_are_the_same_bytes() -> None:
    jobs = {f"one/{i}": replace(RECORD, inputs={f"{i}": "00", "x": None}) for i in range(5)}
    backwards = {name: jobs[name] for name in reversed(jobs)}
    turned = {
        name: replace(of, inputs=dict(reversed(of.inputs.items())), outputs=dict(reversed(of.outputs.items())))
        for name, of in backwards.items()
    }
    assert manifest_text(jobs) == manifest_text(backwards) == manifest_text(turned)
    assert manifest_text(jobs) != manifest_text({**jobs, "one/0": RECORD})


def test_what_many_jobs_share_is_there_once() -> None:
    text = manifest_text({f"one/{i}": replace(RECORD, outputs={}) for i in range(50)})
    assert text.count("raw/absent") == text.count('"source"') == text.count('"c"') == 1


def test_receipts_count_until_they_are_settled(tmp_path: Path) -> None:
    Records(tmp_path, {"one/a": replace(RECORD, result={}), "one/b": RECORD}, {}).settle()
    write_receipt(tmp_path, "one/a", RECORD, SEEN)
    write_receipt(tmp_path, "one/c", RECORD, {})
    found = Records.load(tmp_path)
    assert found.jobs == dict.fromkeys(["one/a", "one/b", "one/c"], RECORD)
    assert found.seen == SEEN
    found.settle()
    assert not receipt_path(tmp_path, "one/a").exists()
    again = Records.load(tmp_path)
    assert (again.jobs, again.seen) == (found.jobs, SEEN)


@pytest.mark.parametrize(
    "text", ["", '{"job": "one/b"', "[]", "{}", '{"job": 1, "record": {"a": 1}, "seen": {}}', "\0"]
)
def test_half_a_receipt_is_none(tmp_path: Path, text: str) -> None:
    write_receipt(tmp_path, "one/a", RECORD, SEEN)
    receipt_path(tmp_path, "one/b").write_text(text)
    found = Records.load(tmp_path)
    assert set(found.jobs) == {"one/a"}
    found.settle()
    assert not list(receipt_path(tmp_path, "one/b").parent.iterdir())


def test_what_was_seen_may_be_lost(tmp_path: Path) -> None:
    Records(tmp_path, {"one/a": RECORD}, dict(SEEN)).settle()
    for text in ("", "[]", '{"out/y": 3}', '{"out/y": [1, 2]}', "{"):
        (tmp_path / ".culpa/seen.json").write_text(text)
        assert Records.load(tmp_path).seen == {}


def test_a_folder_in_which_nothing_was_done_stays_empty(tmp_path: Path) -> None:
    records = Records.load(tmp_path)
    assert (records.jobs, records.seen) == ({}, {})
    records.settle()
    assert list(tmp_path.iterdir()) == []


def test_dropped_jobs_are_forgotten(tmp_path: Path) -> None:
    records = Records(tmp_path, {"one/a": RECORD, "one/b": RECORD}, {})
    records.drop(["one/a"])
    assert set(records.jobs) == {"one/b"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Expecting value"),
        ("{", "Expecting property name"),
        ("[]", "list indices"),
        ("3", "not subscriptable"),
        ("{}", "'format'"),
        ('{"format": 99, "jobs": {}}', "format 99, not 1"),
        ('{"format": 1, "jobs": {}}', "'code'"),
        ('{"format": 1, "code": {}, "settings": {}, "inputs": {}, "jobs": []}', "no attribute 'items'"),
        ('{"format": 1, "code": {}, "settings": {}, "inputs": {}, "jobs": {"a": {"code": "x"}}}', ""),
        (b"\xff\xfe", "codec can't decode"),
    ],
)
def test_a_manifest_that_is_none(tmp_path: Path, text: str | bytes, said: str) -> None:
    (tmp_path / "manifest.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(CulpaError) as caught:
        Records.load(tmp_path)
    assert caught.value.message.startswith(f"cannot read the manifest {tmp_path}/manifest.json: ")
    assert said in caught.value.message
    assert "remove it" in caught.value.hint


def test_a_manifest_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").mkdir()
    with pytest.raises(CulpaError, match="cannot read the manifest"):
        Records.load(tmp_path)


def test_every_job_has_a_receipt_of_its_own(tmp_path: Path) -> None:
    names = ["triggers/search/K1:A/1", "triggers/search/K1:A/2", "triggers/write/K1:A", "../../x", "a" * 500]
    paths = {receipt_path(tmp_path, name) for name in names}
    assert len(paths) == len(names)
    assert {path.parent for path in paths} == {tmp_path / ".culpa/receipts"}


def test_the_manifest_is_json_for_others(tmp_path: Path) -> None:
    Records(tmp_path, {"one/a": RECORD}, {}).settle()
    said = json.loads((tmp_path / "manifest.json").read_text())
    entry = said["jobs"]["one/a"]
    assert (entry["outputs"], entry["result"], entry["parameters"]) == (
        RECORD.outputs, RECORD.result, RECORD.parameters,
    )  # fmt: skip
    assert [said[part][entry[part]] for part in ("code", "settings", "inputs")] == [
        RECORD.code, RECORD.settings, RECORD.inputs,
    ]  # fmt: skip
