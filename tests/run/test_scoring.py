"""Scoring with and without predictions, from files to files and to the screen."""

import csv
import datetime as dt
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from culpa.acquire import triggerfiles
from culpa.errors import NoDataError
from culpa.run import class_words, scoring
from culpa.run.days import Day
from culpa.types import TRIGGER_COLUMNS, Events, Segments

MAIN = "K1:CAL-STRAIN"
GPS = 1_451_606_418
FAMILIES = ["blip", "Koi_Fish", "blip", "dot", "tomte"]
CALLED = ["blip", "koi_fish", "tomte", "blip"]  # the last one is not classified


@pytest.fixture
def day(tmp_path: Path) -> Day:
    """Five glitches, the last without a prediction, and a trigger of noise."""
    day = Day(dt.date(2026, 1, 5), tmp_path)
    times = [GPS + 10.0 * i for i in range(len(FAMILIES))]
    truth = [f"{t},{f},{MAIN},100,8,{7 + i},False,{i}" for i, (t, f) in enumerate(zip(times, FAMILIES, strict=True))]
    day.raw.mkdir(parents=True)
    (day.raw / "truth.csv").write_text(
        "\n".join(["gps,family,channel,frequency,q,snr,coupled,event_id", *truth]) + "\n"
    )
    columns = {name: np.full(len(times) + 1, np.nan) for name in TRIGGER_COLUMNS}
    columns |= {"time": np.array([*times, GPS + 77.0]), "snr": np.full(len(times) + 1, 8.0)}
    live = Segments.of([(GPS - 10, GPS + 90)])
    path = day.triggers / f"K1-CAL_STRAIN_OMICRON-{GPS - 10}-100.h5"
    triggerfiles.write(Events(columns), path, channel=MAIN, span=live.bounds[0], searched=live)
    return day


def predict(day: Day, folder: str = "machine_learning") -> Path:
    path = day.folder / folder / "predictions.csv"
    path.parent.mkdir()
    rows = [
        f"x.png,{GPS + 10 * i:.6f},{MAIN},{name},0.9,,{'unknown' if i == 3 else ''},1,0,0,0"
        for i, name in enumerate(CALLED)
    ]
    rows.append(f"x.png,{GPS + 77:.6f},{MAIN},no_glitch,0.8,,,0,0,0,1")
    path.write_text(
        "\n".join(["image,gps,channel,class,probability,runner_up,flag,p_blip,p_tomte,p_koi_fish,p_no_glitch", *rows])
    )
    return path


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_predictions_of_a_day_are_scored(day: Day) -> None:
    predict(day)
    totals, path = scoring.make(day.date, day.results, None, None)
    rows = rows_of(path)
    assert [row["class"] for row in rows] == [*CALLED, ""]
    assert [row["class_right"] for row in rows] == ["True", "True", "False", "True", "False"]
    assert [row["class_flag"] for row in rows] == ["", "", "", "unknown", ""]
    assert [row["probability"] for row in rows] == ["0.9"] * 4 + ["nan"]
    every = totals["classes"]["all"]
    assert (every["found"], every["classified"], every["known"], every["right"]) == (5, 4, 3, 2)
    assert totals["classes"]["without_injection"]["called"] == {"no_glitch": 1}
    assert totals["classes"]["class"]["no_glitch"]["f1"] is None
    assert json.loads((day.folder / "score.json").read_text()) == totals


def test_equal_days_give_equal_bytes(day: Day) -> None:
    predict(day)
    files = [day.folder / name for name in ("score.csv", "score.json")]
    written = []
    for _ in range(2):
        scoring.make(day.date, day.results, None, None)
        written.append([file.read_bytes() for file in files])
    assert written[0] == written[1]


def test_without_predictions_nothing_is_said_of_classes(day: Day) -> None:
    totals, path = scoring.make(day.date, day.results, None, None)
    assert "classes" not in totals
    before = path.read_bytes(), (day.folder / "score.json").read_bytes()
    assert b"class" not in before[0] + before[1]
    predictions = predict(day, "elsewhere")
    with_them, _ = scoring.make(day.date, day.results, None, None, predictions=predictions)
    assert {name: entry for name, entry in with_them.items() if name != "classes"} == totals
    table = path.read_text().splitlines()
    assert [row.rsplit(",", 4)[0] for row in table] == before[0].decode().splitlines()


def test_any_table_of_predictions(day: Day, tmp_path: Path) -> None:
    predictions = predict(day)
    given = (day.raw / "truth.csv", day.triggers, None, predictions)
    totals, path = scoring.make(None, tmp_path / "out", *given)
    assert path == tmp_path / "out" / "score.csv"
    assert totals["classes"]["all"]["right"] == 2


def test_the_screen_tells_it_in_80_columns(day: Day, capsys: pytest.CaptureFixture[str]) -> None:
    predict(day)
    scoring.show(scoring.make(day.date, day.results, None, None)[0])
    told = capsys.readouterr().err
    assert max(map(len, told.splitlines())) <= 80
    words = " ".join(told.split())
    assert "class, of 4 classified of 5 glitches found" in words
    assert "all: macro-F1 0.833 (" in words  # blip 1 of 2, called once: 2/3; koi_fish: 1
    assert " SNR 6-8: macro-F1 1.000" in words
    assert "trigger SNR 8+: macro-F1 0.833" in words
    assert "flagged unknown: 0 of 3 (0 %) of known families" in words
    assert (
        "families the model does not know: 1 of 1 (100 %) flagged unknown; 1 flagged or called none_of_these" in words
    )
    assert "triggers without an injection: 1, called no_glitch 1" in words


def test_where_nothing_was_classified_the_screen_says_so(day: Day, capsys: pytest.CaptureFixture[str]) -> None:
    path = predict(day)
    path.write_text(path.read_text().splitlines()[0] + "\n")
    totals, _ = scoring.make(day.date, day.results, None, None)
    assert class_words.lines(totals["classes"]) == []
    scoring.show(totals)
    assert "0 classified" in capsys.readouterr().err


def test_glitches_that_share_a_trigger_are_told() -> None:
    none: dict[str, Any] = {"of": 0}
    quiet = {"all": {"known": 0}, "snr": {}, "trigger_snr": {}, "flags": {"known": none, "outside": none}}
    said = class_words.lines({**quiet, "shared": 3, "without_injection": {"predictions": 0}})
    assert said == ["not judged, as they share a trigger with a louder glitch: 3"]


# coherence


WITNESS = "K1:PEM-MIC"


def veto(day: Day, *vetoed: int) -> Path:
    """A round that vetoes some of the glitches, by a witness that no row has."""
    folder = day.hveto / "round-1"
    folder.mkdir(parents=True)
    (folder / "vetoed.txt").write_text("time snr\n" + "".join(f"{GPS + 10 * i}.0 8\n" for i in vetoed))
    said = {"primary": {"channel": MAIN}, "rounds": [{"round": 1, "winner": {"channel": WITNESS}}]}
    (day.hveto / "summary.json").write_text(json.dumps(said))
    return day.hveto


def couple(day: Day) -> None:
    """The first and the third glitch, blips, are in the witness too."""
    path = day.raw / "truth.csv"
    lines = path.read_text().splitlines()
    for number in (0, 2):
        lines[number + 1] = lines[number + 1].replace("False", "True")
        lines.append(lines[number + 1].replace(MAIN, WITNESS))
    path.write_text("\n".join(lines) + "\n")


def say(path: Path, **changes: Any) -> Path:
    path.parent.mkdir(exist_ok=True)
    one = {"round": 1, "channel": WITNESS, "p_at_glitches": 0.002, "ranges_at_glitches": [{"from": 80, "to": 120}]}
    other = {"round": None, "channel": WITNESS, "p_at_glitches": None, "ranges_at_glitches": None}
    path.write_text(json.dumps({"overall": None, "findings": [one | changes, other]}))
    return path


def test_the_coherence_of_a_day_is_scored(day: Day, capsys: pytest.CaptureFixture[str]) -> None:
    couple(day)
    veto(day, 0, 1, 2)
    say(day.folder / "coherence/coherence.json")
    totals, path = scoring.make(day.date, day.results, None, None)
    rows = [row for row in rows_of(path) if row["channel"] == MAIN]
    assert [row["coherence_p"] for row in rows] == ["0.002"] * 3 + ["nan"] * 2
    assert [row["coherent"] for row in rows] == ["True"] * 3 + ["False"] * 2
    assert totals["coherence"] == {
        "blip": {
            "round": 1, "winner": WITNESS, "right_winner": True, "p": 0.002, "ranges": [[80, 120]],
            "vetoed": 2, "coherent": 2,
        },
    }  # fmt: skip
    assert json.loads((day.folder / "score.json").read_text()) == totals
    scoring.show(totals)
    told = capsys.readouterr().err
    assert max(map(len, told.splitlines())) <= 80
    words = " ".join(told.split())
    assert "coherence at the glitches of the round that vetoes most of a family" in words
    assert "blip 1 0.002 80–120 2 of 2" in words


@pytest.mark.parametrize(
    ("changes", "p", "coherent"),
    [
        ({"p_at_glitches": 0.4, "ranges_at_glitches": []}, "0.4", "False"),
        ({"p_at_glitches": None, "ranges_at_glitches": []}, "nan", "False"),
        ({"ranges_at_glitches": None}, "nan", "False"),  # not looked at
        ({"channel": "K1:PEM-ACC"}, "nan", "False"),  # of another veto
        ({"round": 2}, "nan", "False"),
        ({"ranges_at_glitches": [{"from": 201, "to": 300}]}, "0.002", "False"),
    ],
)
def test_what_is_not_of_this_veto_or_not_known_does_not_count(
    day: Day, changes: dict[str, Any], p: str, coherent: str
) -> None:
    couple(day)
    veto(day, 0, 2)
    say(day.folder / "coherence/coherence.json", **changes)
    totals, path = scoring.make(day.date, day.results, None, None)
    (first,) = [row for row in rows_of(path) if row["channel"] == MAIN and row["event_id"] == "0"]
    assert (first["coherence_p"], first["coherent"]) == (p, coherent)
    of_others = {"channel", "round"} & changes.keys() or changes.get("ranges_at_glitches", 0) is None
    assert ("blip" in totals["coherence"]) == (not of_others)
    if p == "nan" and not of_others:
        assert totals["coherence"]["blip"]["p"] is None
        scoring.show(totals)


def test_without_a_veto_or_without_findings_nothing_is_said_of_coherence(day: Day, tmp_path: Path) -> None:
    said = say(tmp_path / "findings.json")
    totals, path = scoring.make(day.date, day.results, None, None, coherence=said)
    assert "coherence" not in totals
    assert "coherence_p" not in rows_of(path)[0]
    veto(day, 0)
    totals, path = scoring.make(day.date, day.results, None, None)
    assert "coherence" not in totals
    assert "coherence_p" not in rows_of(path)[0]


def test_any_file_of_findings(day: Day, tmp_path: Path) -> None:
    couple(day)
    folder, said = veto(day, 0, 2), say(tmp_path / "elsewhere/findings.json", p_at_glitches=0.3)
    given = (day.raw / "truth.csv", day.triggers, folder, None, said)
    totals, _ = scoring.make(None, tmp_path / "out", *given)
    assert totals["coherence"]["blip"]["p"] == 0.3
    say(day.folder / "coherence/coherence.json")
    totals, _ = scoring.make(day.date, day.results, None, None, coherence=said)
    assert totals["coherence"]["blip"]["p"] == 0.3  # what is given goes before what the day has


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"findings": 1}', '{"findings": [1]}', '{"findings": [{}]}', "\udc80", None]
)
def test_findings_that_are_none(day: Day, text: str | None) -> None:
    veto(day, 0)
    path = day.folder / "coherence/coherence.json"
    path.parent.mkdir()
    if text is not None:
        path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(NoDataError, match="has no findings") as problem:
        scoring.make(day.date, day.results, None, None, coherence=path)
    assert str(path) in problem.value.message
    assert problem.value.hint == "culpa coherence glitch writes them"
    assert not (day.folder / "score.csv").exists()


def test_the_command_takes_findings(culpa: Any, day: Day, tmp_path: Path) -> None:
    couple(day)
    veto(day, 0, 2)
    said = say(tmp_path / "findings.json", p_at_glitches=0.25)
    done = culpa("score", day.date, "-o", day.results, "--coherence", said, "--json")
    assert done.code == 0
    assert json.loads(done.out)["coherence"]["blip"]["p"] == 0.25
    done = culpa("score", day.date, "-o", day.results, "--coherence", tmp_path / "none.json")
    assert (done.code, done.out) == (3, "")
    assert done.err.startswith(f"culpa: {tmp_path / 'none.json'} has no findings: ")
