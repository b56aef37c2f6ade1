"""`culpa coherence` on a mock day: by its plan and by hand, for rounds, channels and times."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from culpa.acquire.triggerfolder import load_triggers
from culpa.run.assignment import Assignment
from culpa.run.verify import verify

from ..days import DATE, MAIN, START, contents, different, due, make, small
from .recordings import columns, said, warnings

Culpa = Callable[..., Any]
WITNESS, OTHER = "K1:IMC-CAV_REFL_IR_I_OUT_DQ", "K1:PEM-VOLT_REFL_TABLE_GND_OUT_DQ"
TAG, OTHER_TAG = "IMC_CAV_REFL_IR_I_OUT_DQ", "PEM_VOLT_REFL_TABLE_GND_OUT_DQ"


@pytest.fixture(scope="module")
def planned(undisturbed: Assignment, tmp_path_factory: pytest.TempPathFactory) -> Assignment:
    """A copy that was made by its plan; tests that change it put it back."""
    of = small(tmp_path_factory.mktemp("planned"))
    shutil.copytree(undisturbed.day.folder, of.day.folder)
    make(of)
    return of


@pytest.fixture(scope="module")
def result(planned: Assignment) -> dict[str, bytes]:
    """The files of the stage."""
    return contents(planned.day.folder / "coherence")


@pytest.fixture
def bare(planned: Assignment, tmp_path: Path) -> Path:
    """Frames, triggers and veto of the day, which no plan knows of."""
    for name in ("raw", "omicron", "hveto"):
        shutil.copytree(planned.day.folder / name, tmp_path / "2026-01-01_mock" / name)
    (tmp_path / "2026-01-01_mock/raw/raw.ffl").write_text(
        (planned.day.raw / "raw.ffl").read_text().replace(str(planned.day.folder), str(tmp_path / "2026-01-01_mock"))
    )
    return tmp_path


@pytest.fixture
def coherence(culpa: Culpa, planned: Assignment) -> Callable[..., Any]:
    def run(kind: str, *more: object, results: Path = planned.day.results) -> Any:
        return culpa("coherence", kind, DATE, "-o", results, *more)

    return run


@pytest.fixture
def put_back(planned: Assignment, result: dict[str, bytes]) -> Iterator[None]:
    yield
    shutil.rmtree(planned.day.folder / "coherence")
    for name, content in result.items():
        path = planned.day.folder / "coherence" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def vetoed(folder: Path) -> int:
    return len((folder / "2026-01-01_mock/hveto/round-1/vetoed.txt").read_text().splitlines()) - 1


# by the plan


def test_commands_tell_what_the_plan_made(coherence: Culpa, planned: Assignment, result: dict[str, bytes]) -> None:
    path = f"{planned.day.folder / 'coherence/coherence.json'}\n"
    overall, glitch = (coherence(kind) for kind in ("overall", "glitch"))
    assert (overall.code, overall.out, glitch.code, glitch.out) == (0, path, 0, path)
    one = said(planned.day.folder / "coherence")["round-1"]
    ranked = f"overall: none of 2 channels coherent with {MAIN}"
    sentence = f"round-1: {one['sentence']}"
    hint = "where it is not coherent, Q-scans of both channels may tell more: culpa coherence glitch ... --qscan"
    assert overall.err.splitlines() == [ranked, sentence, hint]
    assert glitch.err.splitlines() == [sentence, hint]
    assert coherence("overall", "-q").err == ""
    assert json.loads(coherence("glitch", "--json").out)["overall"] is None
    assert different(contents(planned.day.folder / "coherence"), result) == []


@pytest.mark.parametrize("kind", ["overall", "glitch"])
def test_a_round_by_hand_changes_nothing(
    coherence: Culpa, planned: Assignment, result: dict[str, bytes], kind: str
) -> None:
    done = coherence(kind, "-r", 1)
    assert done.code == 0
    assert done.err.startswith("round-1: ")
    assert different(contents(planned.day.folder / "coherence"), result) == []
    assert verify(planned.day.folder)[1] == []
    assert due(planned) == {}


def test_no_channel_but_those_of_rounds_is_told_of_glitches(
    coherence: Culpa, planned: Assignment, put_back: None
) -> None:
    """What a lower threshold makes coherent overall is no finding at glitches."""
    done = coherence("overall", "--false-alarm", 0.9999, "--json")
    found = json.loads(done.out)
    assert {one["label"] for one in found["findings"]} > {"round-1"}
    done = coherence("glitch", "--false-alarm", 0.9999, "--json")
    assert [one["label"] for one in json.loads(done.out)["findings"]] == ["round-1"]
    make(planned)


def test_a_round_with_other_settings_means_the_day_with_these(
    coherence: Culpa, planned: Assignment, put_back: None
) -> None:
    done = coherence("glitch", "-r", 1, "--window", 1.0)
    assert done.code == 0
    of_round = json.loads((planned.day.folder / "coherence/glitch_round-1.json").read_text())
    assert of_round["settings"]["window"] == 1.0
    assert {one.kind for one in verify(planned.day.folder)[1]} <= {"input changed"}  # what comes after it is due
    make(planned)


# by hand


@pytest.mark.parametrize("jobs", [1, 2])
def test_without_a_plan_the_same_bytes(coherence: Culpa, bare: Path, result: dict[str, bytes], jobs: int) -> None:
    for kind in ("overall", "glitch"):
        done = coherence(kind, "-j", jobs, results=bare)
        assert (done.code, done.out) == (0, f"{bare}/2026-01-01_mock/coherence/coherence.json\n")
    assert different(contents(bare / "2026-01-01_mock/coherence"), result) == []


def test_other_channels_at_the_glitches_of_a_round(coherence: Culpa, bare: Path, result: dict[str, bytes]) -> None:
    done = coherence("glitch", "-r", 1, "--channel", OTHER, "--channel", "*REFL*", results=bare)
    folder = bare / "2026-01-01_mock/coherence" / OTHER_TAG
    assert (done.code, done.out) == (0, f"{folder / 'coherence.json'}\n")
    found = said(folder)
    assert {label: (one["channel"], one["round"]) for label, one in found.items()} == {
        f"round-1_{OTHER_TAG}": (OTHER, 1),
        f"round-1_{TAG}": (WITNESS, 1),
    }
    assert (folder / f"glitch_round-1_{TAG}.csv").read_bytes() == result["glitch_round-1.csv"]
    done = coherence("overall", "--channel", OTHER, results=bare)
    assert (done.code, done.out) == (0, f"{folder / 'coherence.json'}\n")
    assert json.loads((folder / "overall.json").read_text())["channels"] == 1


def test_the_main_channel_is_not_compared_with_itself(coherence: Culpa, bare: Path) -> None:
    for kind in ("overall", "glitch"):
        done = coherence(kind, "--channel", MAIN, results=bare)
        assert done.code == 3
        assert done.err.startswith(f"culpa: there is no channel beside {MAIN}\n")
    done = coherence("glitch", "--channel", MAIN, "--channel", OTHER, results=bare)
    found = said(bare / "2026-01-01_mock/coherence/CAL_CS_PROC_DARM_STRAIN_DBL_DQ")
    assert [one["channel"] for one in found.values()] == [OTHER]


def test_times_of_a_day(coherence: Culpa, bare: Path) -> None:
    """Segments count for glitches too, and for all channels; what is of the whole day stays."""
    (bare / "live.txt").write_text(f"{START} {START + 70}\n")
    (bare / "dead.txt").write_text(f"{START + 70} {START + 144}\n")
    there = bare / "2026-01-01_mock/coherence"
    before = contents(there) if there.exists() else {}
    for option, name, where in (("--segments", "live.txt", "in_live"), ("--leave-out", "dead.txt", "without_dead")):
        folder = there / where
        assert coherence("overall", option, bare / name, results=bare).code == 0
        assert json.loads((folder / "overall.json").read_text())["windows"] == 69
        assert json.loads((folder / "overall_round-1.json").read_text())["windows"] == 69
        done = coherence("glitch", option, bare / name, results=bare)
        assert done.code == 0
        times = columns(folder / "glitch_round-1_triggers.csv")["gps"]
        assert 0 < len(times) < vetoed(bare)
        assert times.max() < START + 70
        assert said(folder)["round-1"]["p_overall"] is not None
    assert {name: data for name, data in contents(there).items() if "/" not in name} == before
    done = coherence("glitch", "--channel", OTHER, "--segments", bare / "live.txt", results=bare)
    assert done.out == f"{there}/{OTHER_TAG}-in_live/coherence.json\n"
    (bare / "live.txt").write_text(f"{START} {START + 2}\n")
    done = coherence("glitch", "--segments", bare / "live.txt", results=bare)
    assert (done.code, done.err.splitlines()[0]) == (4, f"culpa: no glitch of {MAIN} to look at")


def test_what_the_veto_removes_is_left_out_of_the_overall_coherence_alone(
    coherence: Culpa, bare: Path, result: dict[str, bytes]
) -> None:
    coherence("overall", "--leave-out-vetoed", "-r", 1, results=bare)
    folder = bare / "2026-01-01_mock/coherence"
    assert json.loads((folder / "overall_round-1.json").read_text())["windows"] < 143
    (bare / "c.toml").write_text("[coherence]\nleave_out_vetoed = true\n")
    coherence("glitch", "-f", bare / "c.toml", results=bare)
    assert (folder / "glitch_round-1.csv").read_bytes() == result["glitch_round-1.csv"]
    assert (folder / "glitch_round-1_triggers.csv").read_bytes() == result["glitch_round-1_triggers.csv"]


def test_a_dry_run_says_how_much_and_does_nothing(coherence: Culpa, bare: Path) -> None:
    folder = bare / "2026-01-01_mock/coherence"
    found = json.loads(coherence("overall", "--dry-run", results=bare).out)
    assert found == {"output": str(folder), "main": MAIN, "channels": [WITNESS, OTHER], "windows": 143}
    found = json.loads(coherence("glitch", "--dry-run", results=bare).out)
    assert found["targets"] == {"round-1": {"channel": WITNESS, "glitches": vetoed(bare)}}
    assert not folder.exists()


def test_scans_where_neither_is_coherent(coherence: Culpa, bare: Path) -> None:
    done = coherence("glitch", "-r", 1, "--qscan", results=bare)
    assert done.code == 0
    folder = bare / "2026-01-01_mock/coherence/qscans_round-1"
    assert len([*folder.iterdir()]) == 4 * min(5, vetoed(bare))


# what cannot be


def test_without_a_veto(coherence: Culpa, bare: Path) -> None:
    """Overall needs none: no rank, no round."""
    shutil.rmtree(bare / "2026-01-01_mock/hveto")
    for more in ((), ("--channel", OTHER)):
        done = coherence("glitch", *more, results=bare)
        assert (done.code, done.out) == (3, "")
        assert done.err == (f"culpa: there is no veto whose triggers could be looked at\n  culpa hveto {DATE}\n")
    for kind in ("glitch", "overall"):
        done = coherence(kind, "-r", 1, results=bare)
        assert (done.code, done.err) == (
            3, f"culpa: there is no veto whose rounds could be looked at\n  culpa hveto {DATE}\n",
        )  # fmt: skip
    done = coherence("overall", "--leave-out-vetoed", results=bare)
    assert (done.code, done.err.splitlines()[-1]) == (3, f"  culpa hveto {DATE}")
    assert coherence("overall", results=bare).code == 0
    assert said(bare / "2026-01-01_mock/coherence") == {}


def test_what_an_earlier_veto_left_is_not_told(coherence: Culpa, bare: Path) -> None:
    for kind in ("overall", "glitch"):
        assert coherence(kind, results=bare).code == 0
    path = bare / "2026-01-01_mock/hveto/summary.json"
    veto = json.loads(path.read_text())
    (first,) = veto["rounds"]
    path.write_text(json.dumps(veto | {"rounds": [{**first, "winner": {**first["winner"], "channel": OTHER}}]}))
    assert coherence("glitch", results=bare).code == 0
    (one,) = said(bare / "2026-01-01_mock/coherence").values()
    assert (one["channel"], one["coherent_overall"], one["p_overall"]) == (OTHER, None, None)
    path.write_text(json.dumps(veto | {"rounds": []}))
    assert coherence("overall", results=bare).code == 0
    assert said(bare / "2026-01-01_mock/coherence") == {}


@pytest.mark.parametrize("kind", ["overall", "glitch"])
def test_a_rank_that_is_not_there(coherence: Culpa, bare: Path, kind: str) -> None:
    done = coherence(kind, "-r", 7, results=bare)
    assert (done.code, done.err) == (3, "culpa: the veto has no round 7\n  it has rounds 1 to 1\n")
    assert coherence(kind, "-r", 0, results=bare).code == 2


def test_a_veto_that_explains_nothing(coherence: Culpa, bare: Path) -> None:
    path = bare / "2026-01-01_mock/hveto/summary.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"rounds": []}))
    done = coherence("glitch", results=bare)
    assert (done.code, done.out) == (4, "")
    assert done.err.startswith(
        f"culpa: no glitch of {MAIN} to look at\n  no trigger was vetoed, or none is in the analysed time"
    )
    done = coherence("overall", "-r", 1, results=bare)
    assert (done.code, done.err) == (3, "culpa: the veto has no round 1\n  no channel explains the glitches\n")


@pytest.mark.parametrize(
    ("more", "code", "message"),
    [
        (("--source", "x.gwf"), 2, "a mock day and --source, --main or --triggers exclude each other\n  leave one of"),
        (("--main", MAIN), 2, "a mock day and --source, --main or --triggers exclude each other\n  leave one of"),
        (("--channel", "K1:IMC-CAV_REFL_IR_I_OUT_DO"), 3, "no channel 'K1:IMC-CAV_REFL_IR_I_OUT_DO' in "),
        (("-y", "2026"), 2, "give the day either as DATE or as -y, -m and -d, not both"),
    ],
)
@pytest.mark.parametrize("kind", ["overall", "glitch"])
def test_what_cannot_be_meant(
    coherence: Culpa, planned: Assignment, kind: str, more: tuple[str, ...], code: int, message: str
) -> None:
    done = coherence(kind, *more)
    assert (done.code, done.out) == (code, "")
    assert done.err.startswith("culpa: " + message)
    assert ("did you mean " + WITNESS in done.err) == (code == 3)


def test_a_rank_and_channels_exclude_each_other_overall(coherence: Culpa) -> None:
    done = coherence("overall", "-r", 1, "--channel", OTHER)
    assert done.code == 2
    assert done.err == ("culpa: a rank and channels exclude each other\n  a rank stands for the winner of that round\n")


def test_triggers_and_a_day_exclude_each_other(coherence: Culpa) -> None:
    done = coherence("glitch", "--triggers", "x.h5")
    assert (done.code, done.err.splitlines()[-1]) == (2, "  leave one of them out")


def test_a_day_that_is_not_there(coherence: Culpa, tmp_path: Path) -> None:
    for kind in ("overall", "glitch"):
        done = coherence(kind, results=tmp_path)
        assert (done.code, done.out) == (3, "")
        assert done.err.endswith(f"/raw/raw.ffl does not exist\n  make it first: culpa mock {DATE}\n")
        assert not [*tmp_path.iterdir()]


def test_data_of_your_own_are_not_a_mock_day(coherence: Culpa, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(f'[data]\nsource = ["x.gwf"]\nmain = "{MAIN}"\n')
    done = coherence("glitch", "-f", tmp_path / "own.toml")
    assert done.code == 2
    assert "culpa coherence overall DATE is for mock days" in done.err
    assert "--until coherence" in done.err


def test_a_day_of_which_nothing_can_be_compared(culpa: Culpa, tmp_path: Path) -> None:
    """By its plan and by hand, a success of the plan."""
    of = small(tmp_path, mock={"auxiliary": 0, "duration": 64})
    make(of, until="coherence")
    assert not (of.day.folder / "coherence").exists()
    done = culpa("coherence", "overall", DATE, "-o", tmp_path)
    assert done.code == 3
    assert "nothing could be compared\n  one channel only, or no data?" in done.err
    for kind in ("overall", "glitch"):
        assert culpa("coherence", kind, DATE, "-o", tmp_path, "--channel", "K1:*").code == 3


def test_triggers_beside_the_plan_are_read(coherence: Culpa, bare: Path) -> None:
    """The times that a veto wrote are those of triggers: of rounded ones the exact time counts."""
    coherence("glitch", "-r", 1, results=bare)
    times = columns(bare / "2026-01-01_mock/coherence/glitch_round-1_triggers.csv")["gps"]
    events = load_triggers(bare / "2026-01-01_mock/omicron")[0][MAIN]["time"]
    assert set(times.tolist()) <= set(events.tolist())
    assert warnings(coherence("glitch", "-r", 1, results=bare)) == []
