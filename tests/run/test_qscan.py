"""`culpa qscan` as a user types it: which pictures there are then, and what is said where there can be none."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from culpa.acquire.sources import open_source
from culpa.acquire.triggerfolder import load_triggers
from culpa.identify.imagefiles import read_image
from culpa.identify.images import ImageForm, parse_name
from culpa.identify.png import read_png
from culpa.report.qscan.settings import QscanSettings
from culpa.run.assignment import Assignment
from culpa.run.glitches import look
from culpa.run.pictures import Moment, draw
from culpa.run.records import Records
from culpa.run.verify import verify

from .days import DATE, MAIN, START, contents, different, due, make, small

WITNESS = "K1:IMC-CAV_REFL_IR_I_OUT_DQ"
OTHER = "K1:PEM-VOLT_REFL_TABLE_GND_OUT_DQ"
VIEWS = ("0.5", "1", "2", "4")
Culpa = Callable[..., Any]


@pytest.fixture(scope="module")
def raw(undisturbed: Assignment) -> Path:
    return undisturbed.day.raw


@pytest.fixture
def own(culpa: Culpa, raw: Path, tmp_path: Path) -> Callable[..., Any]:
    """The command on the frames of a day, as own data, into a folder."""

    def run(*more: object, channel: str = MAIN, gps: object = START + 70, output: object = tmp_path / "out") -> Any:
        return culpa("qscan", "--source", raw / "raw.ffl", "--channel", channel, "--gps", gps, "-o", output, *more)

    return run


def pictures(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*.png"))


def vetoed(of: Assignment) -> list[float]:
    said = (of.day.hveto / "round-1" / "vetoed.txt").read_text().splitlines()
    return [float(line.split()[0]) for line in said[1:]]


def notes(path: Path) -> dict[str, str]:
    """What a picture says of itself."""
    with Image.open(path) as image:
        image.load()
        return {str(key): str(value) for key, value in image.text.items()}  # type: ignore[attr-defined]


def name(gps: float, view: str, tag: str = "CAL_CS_PROC_DARM_STRAIN_DBL_DQ") -> str:
    seconds, micro = divmod(round(gps * 1e6), 1_000_000)
    return f"K1-{tag}-{seconds}_{micro:06d}-{view}.png"


# own data


def test_a_time_and_a_channel(own: Culpa, tmp_path: Path) -> None:
    done = own(gps=f"{START + 70}.25")
    assert (done.code, done.out) == (0, f"{tmp_path / 'out'}\n")
    assert done.err == "Q-scans: 4 pictures of 1 moment\n"
    assert pictures(tmp_path / "out") == [name(START + 70.25, view) for view in VIEWS]
    for path in (tmp_path / "out").iterdir():
        png = read_png(path)
        said = parse_name(path)
        assert said is not None
        assert (png.width, png.height) == (800, 600)
        assert (notes(path)["view"], float(notes(path)["gps"]), notes(path)["channels"]) == (
            said.view,
            START + 70.25,
            MAIN,
        )
        assert len(np.unique(png.pixels("L"))) > 20


def test_channels_stand_beside_each_other(own: Culpa, tmp_path: Path) -> None:
    done = own("--channel", WITNESS, "--view", 1, "--json")
    said = json.loads(done.out)
    assert said == {"output": str(tmp_path / "out"), "moments": 1, "pictures": 1, "problems": []}
    (path,) = (tmp_path / "out").iterdir()
    assert path.name == name(START + 70, "1")
    png = read_png(path)
    assert (png.width, notes(path)["channels"]) == (1448, f"{MAIN}\n{WITNESS}")


def test_plain_images_are_those_that_are_classified(own: Culpa, raw: Path, tmp_path: Path) -> None:
    assert own("--channel", WITNESS, "--view", 0.5, "--plain").code == 0
    image, tag = tmp_path / "out" / name(START + 70, "plain"), WITNESS.partition(":")[2].replace("-", "_")
    other = tmp_path / "out" / name(START + 70, "plain", tag)
    assert {*(tmp_path / "out").iterdir()} == {image, other, tmp_path / "out" / name(START + 70, "0.5")}
    for path, channel in ((image, MAIN), (other, WITNESS)):
        found, seen = read_image(path), look(open_source([raw]), channel, [START + 70.0], ImageForm())
        assert (found.channel, found.gps, found.form) == (channel, START + 70, ImageForm())
        np.testing.assert_array_equal(found.pixels, seen.pixels[0])


def test_times_in_every_form_and_twice(own: Culpa, tmp_path: Path) -> None:
    same = ("2026-01-01T00:01:10Z", "2026-01-01 00:01:10", f"{START + 70}.0000003", f"{START + 20}")
    words = [word for time in same for word in ("--gps", time)]
    assert json.loads(own(*words, "--dry-run").out)["moments"] == 2
    done = own(*words, "--view", 2, "--view", 0.1)
    assert done.code == 0
    expected = [name(START + at, view) for at in (20, 70) for view in ("0.1", "2")]
    assert pictures(tmp_path / "out") == expected


def test_moments_of_one_name_are_drawn_once(raw: Path, tmp_path: Path) -> None:
    """Of two triggers at one time."""
    moments = [Moment(START + 70 + more, (MAIN,), 8.0) for more in (0, 1, 2e-7)]
    drawn = list(draw(open_source([raw]), moments, QscanSettings(views=(1.0,)), tmp_path))
    assert [round(one.moment.gps, 3) for one in drawn] == [START + 70, START + 71]


def test_patterns_of_channels_and_sources(own: Culpa, raw: Path, tmp_path: Path) -> None:
    done = own("--source", f"{raw}/*.gwf", "--view", 1, channel="K1:[IP]*")
    assert done.code == 0
    (path,) = (tmp_path / "out").iterdir()
    assert {*notes(path)["channels"].split("\n")} == {WITNESS, OTHER}


def test_what_is_asked_of_the_scan_is_done(own: Culpa, tmp_path: Path) -> None:
    made = {}
    for number, options in enumerate(
        ((), ("--colour", 10), ("--norm", "median"), ("--fmin", 30), ("--fmax", 200), ("--qmin", 20), ("--qmax", 6))
    ):
        assert own(*options, "--view", 1, gps=START + 16.34, output=tmp_path / str(number)).code == 0
        (path,) = (tmp_path / str(number)).iterdir()
        made[options] = path.read_bytes()
    assert len({*made.values()}) == len(made)
    (tmp_path / "settings.toml").write_text("[qscan]\nviews = [1]\ncolour = 10\n")
    own("-f", tmp_path / "settings.toml", gps=START + 16.34, output=tmp_path / "file")
    (path,) = (tmp_path / "file").iterdir()
    assert path.read_bytes() == made["--colour", 10]


def test_results_do_not_depend_on_jobs_or_on_what_else_is_asked(own: Culpa, tmp_path: Path) -> None:
    times = [START - 40, *(START + at for at in (5, 60.5, 61, 110)), START + 120]
    more = [word for time in times for word in ("--gps", time)]
    said = [
        json.loads(own("--channel", WITNESS, *more, "-j", jobs, "--json", output=tmp_path / str(jobs)).out)
        for jobs in (1, 2)
    ]
    assert [{**one, "output": ""} for one in said] == [{**said[0], "output": ""}] * 2
    assert said[0]["moments"] == 6
    assert contents(tmp_path / "1") == contents(tmp_path / "2")
    own("--channel", WITNESS, gps=START + 61, output=tmp_path / "alone")
    alone = contents(tmp_path / "alone")
    assert alone.items() <= contents(tmp_path / "1").items()
    assert len(alone) == 4


def test_what_has_no_data_is_left_out_and_said(own: Culpa, tmp_path: Path) -> None:
    done = own("--gps", START + 1000, "--gps", START - 5, "--view", 1)
    assert (done.code, done.out) == (0, f"{tmp_path / 'out'}\n")
    lines = done.err.splitlines()
    assert lines[0] == "Q-scans: 1 picture of 1 moment"
    for line, at in zip(lines[1:], (-5, 1000), strict=True):
        assert line.startswith(f"{MAIN}: no data, or less than 4 s, at {START + at} (")
    assert pictures(tmp_path / "out") == [name(START + 70, "1")]
    assert json.loads(own("--gps", 5, "--json").out)["problems"] == [
        f"{MAIN}: no data, or less than 4 s, at 5 (1980-01-06 00:00:05 UTC)"
    ]


def test_many_problems_are_counted(own: Culpa) -> None:
    done = own(*(word for second in range(7) for word in ("--gps", second)), "--view", 1)
    assert done.err.splitlines()[-1] == "and 2 further problems"
    assert len(done.err.splitlines()) == 7


def test_a_dry_run_says_how_much_and_draws_nothing(own: Culpa, tmp_path: Path) -> None:
    done = own("--gps", START + 80, "--dry-run")
    assert json.loads(done.out) == {
        "output": str(tmp_path / "out"), "channels": [MAIN], "moments": 2, "pictures": 8,
    }  # fmt: skip
    assert not (tmp_path / "out").exists()


# what cannot be


@pytest.mark.parametrize(
    ("more", "code", "message"),
    [
        (("--channel", "K1:NONE"), 3, "no channel 'K1:NONE' in "),
        (("--channel", "L1:*"), 3, "no channel 'L1:*' in "),
        (("--gps", "soon"), 2, "'soon' is not a time\n"),
        (("--gps", "nan"), 2, "'nan' is not a time\n"),
        (("--gps", "1e12"), 2, "'1e12' is not a time\n"),
        (("--gps", "99999999999"), 2, "99999999999 is outside GPS time\n"),
        (("--view", "0"), 2, "views: expected different lengths above 0 s, got [0.0]"),
        (("--view", "nan"), 2, "views: expected different lengths above 0 s, got [nan]"),
        (("--view", "1", "--view", "1"), 2, "views: expected different lengths above 0 s, got [1.0, 1.0]"),
        (("--view", "500"), 2, "view: expected more than 0 and at most 120 s, got 500"),
        (("--colour", "0"), 2, "colour: expected an energy above 0, got 0"),
        (("--colour", "inf"), 2, "colour: expected an energy above 0, got inf"),
        (("--most", "3"), 2, "--most and --gps exclude each other\n"),
        (("--norm", "mode"), 2, "norm: expected one of mean, median, row-mean, got mode"),
        (("--fmin", "0"), 2, "fmin, fmax: expected 0 < fmin < fmax"),
        (("--fmin", "50", "--fmax", "40"), 2, "fmin, fmax: expected 0 < fmin < fmax"),
        (("--qmin", "1"), 2, "qmin, qmax: expected 3.3167 <= qmin"),
        (("--source", "none.gwf"), 3, "no file matches none.gwf\n"),
        (("2026-01-01",), 2, "a mock day and --source exclude each other\n"),
        (("-f", "none.toml"), 2, "cannot read the configuration none.toml: "),
    ],
)
def test_what_cannot_be_meant(own: Culpa, tmp_path: Path, more: tuple[str, ...], code: int, message: str) -> None:
    done = own(*more)
    assert (done.code, done.out) == (code, "")
    assert done.err.startswith("culpa: " + message)
    assert not (tmp_path / "out").exists()


def test_settings_that_cannot_be_meant(own: Culpa, tmp_path: Path) -> None:
    for text, message in (
        ('[qscan]\nnorm = "mode"', "qscan.norm: no choice 'mode'\n  did you mean "),
        ("[qscan]\nview = 1", "unknown setting qscan.view\n  did you mean views?"),
        ("[qscan]\nmost = -1", "qscan: most: expected 0 or more, got -1"),
    ):
        (tmp_path / "settings.toml").write_text(text)
        done = own("-f", tmp_path / "settings.toml")
        assert (done.code, done.out) == (2, "")
        assert done.err.startswith("culpa: " + message)


def test_no_data_at_any_moment(own: Culpa, tmp_path: Path) -> None:
    done = own(gps=START - 100)
    assert (done.code, done.out) == (3, "")
    assert done.err.startswith(f"culpa: {MAIN}: no data, or less than 4 s, at {START - 100} (")
    done = own("--fmin", 600, channel=OTHER)  # beyond what its rate allows
    assert done.code == 3
    assert done.err.startswith(f"culpa: {OTHER}: sampled at ")
    assert not (tmp_path / "out").exists()


def test_a_channel_that_cannot_be_scanned_does_not_keep_others_from_it(own: Culpa, tmp_path: Path) -> None:
    done = own("--channel", OTHER, "--fmin", 200, "--view", 1)
    assert done.code == 0
    (path,) = (tmp_path / "out").iterdir()
    assert notes(path)["channels"] == MAIN
    assert f"{OTHER}: sampled at 256 Hz: no tile fits above 200 Hz" in done.err


def test_half_of_the_words(culpa: Culpa, raw: Path, tmp_path: Path) -> None:
    for words in (
        (), ("--source", raw), ("--source", raw, "--channel", MAIN), ("--channel", MAIN, "--gps", START),
        ("--source", raw, "--gps", START),
    ):  # fmt: skip
        done = culpa("qscan", *words, "-o", tmp_path / "out")
        assert (done.code, done.out) == (2, "")
        assert done.err.startswith("culpa: nothing to look at: give a DATE, or --source, --channel and --gps\n")


def test_a_folder_that_cannot_be(own: Culpa, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("keep me")
    done = own(output=tmp_path / "file")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("culpa: ")
    assert str(tmp_path / "file") in done.err
    assert (tmp_path / "file").read_text() == "keep me"


@pytest.mark.parametrize("folder", ["with blank", "ünïcode 漢字", "new\nline", "[a]*?"])
def test_folders_of_any_name(own: Culpa, raw: Path, tmp_path: Path, folder: str) -> None:
    shutil.copytree(raw, tmp_path / folder / "raw")
    done = own("--source", tmp_path / folder / "raw", "--view", 1, output=tmp_path / folder / "out")
    assert done.code == 0
    assert pictures(tmp_path / folder / "out") == [name(START + 70, "1")]


# a day


def test_a_day_has_pictures_of_what_was_vetoed(undisturbed: Assignment) -> None:
    """By its plan, without further words; main channel and witness beside each other."""
    folder = undisturbed.day.folder / "qscans" / "main"
    times = vetoed(undisturbed)
    assert len(times) >= 2
    events = load_triggers(undisturbed.day.triggers)[0][MAIN]["time"]
    exact = [float(events[np.abs(events - gps).argmin()]) for gps in times]
    assert pictures(folder) == sorted(name(gps, view) for gps in exact for view in VIEWS)
    for path in folder.iterdir():
        assert notes(path)["channels"] == f"{MAIN}\n{WITNESS}"


def test_the_command_does_what_the_plan_does(culpa: Culpa, day: Assignment) -> None:
    before = contents(day.day.folder)
    done = culpa("qscan", DATE, "-o", day.day.results, "-q", "--json")
    said = json.loads(done.out)
    assert (done.code, said["output"]) == (0, str(day.day.folder / "qscans/main"))
    assert said["moments"] * 4 == said["pictures"] == len(pictures(day.day.folder / "qscans"))
    assert different(before, contents(day.day.folder)) == []
    done = culpa("qscan", DATE, "-o", day.day.results, "--most", 1, "--view", 1, "--view", 2)
    assert done.err == "Q-scans: 2 pictures of 1 moment\n"
    left = pictures(day.day.folder / "qscans")
    events = load_triggers(day.day.triggers)[0][MAIN]
    loudest = max(
        (float(snr), float(gps))
        for gps, snr in zip(events["time"], events["snr"], strict=True)
        if any(abs(gps - time) < 1e-3 for time in vetoed(day))
    )[1]
    assert left == [name(loudest, "1"), name(loudest, "2")]
    assert verify(day.day.folder)[1] == []
    culpa("qscan", "-y", 2026, "-m", 1, "-d", 1, "-o", day.day.results)
    assert contents(day.day.folder / "qscans") == {
        path.removeprefix("qscans/"): content for path, content in before.items() if path.startswith("qscans/")
    }


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_day_made_by_hand_gives_the_same_pictures(culpa: Culpa, day: Assignment, jobs: int) -> None:
    planned = contents(day.day.folder / "qscans")
    shutil.rmtree(day.day.folder / "qscans")
    shutil.rmtree(day.day.folder / ".culpa")
    (day.day.folder / "manifest.json").unlink()
    done = culpa("qscan", DATE, "-o", day.day.results, "-j", jobs)
    assert (done.code, done.out) == (0, f"{day.day.folder / 'qscans/main'}\n")
    assert contents(day.day.folder / "qscans") == planned


def test_a_dry_run_of_a_day(culpa: Culpa, undisturbed: Assignment) -> None:
    before = contents(undisturbed.day.folder)
    said = json.loads(culpa("qscan", DATE, "-o", undisturbed.day.results, "--dry-run").out)
    assert said["moments"] == len(vetoed(undisturbed))
    assert said["pictures"] == 4 * said["moments"]
    assert said["channels"] == sorted([MAIN, WITNESS])
    assert different(before, contents(undisturbed.day.folder)) == []


def test_times_of_a_day_lie_beside_what_the_plan_made(culpa: Culpa, day: Assignment) -> None:
    """Also where one is that of a vetoed trigger: its picture beside the witness stays as it is."""
    before = contents(day.day.folder)
    gps = f"{vetoed(day)[0]:.6f}"
    done = culpa("qscan", DATE, "-o", day.day.results, "--gps", gps, "--view", 1)
    folder = day.day.folder / "qscans/CAL_CS_PROC_DARM_STRAIN_DBL_DQ"
    assert (done.code, done.out) == (0, f"{folder}\n")
    (path,) = folder.iterdir()
    assert notes(path)["channels"] == MAIN
    done = culpa("qscan", DATE, "-o", day.day.results, "--gps", gps, "--channel", "K1:IMC*", "--view", 1)
    folder = day.day.folder / "qscans/IMC_CAV_REFL_IR_I_OUT_DQ"
    assert (done.code, done.out) == (0, f"{folder}\n")
    after = contents(day.day.folder)
    assert {path for path in different(before, after) if "qscans/main" in path} == set()
    assert len(after) == len(before) + 2
    assert due(day) == {}


def test_a_channel_of_a_day_at_the_vetoed_times(culpa: Culpa, day: Assignment) -> None:
    """Targeted: a channel that shows little, at every time that the veto explains."""
    done = culpa("qscan", DATE, "-o", day.day.results, "--channel", OTHER, "--channel", MAIN, "--view", 1, "-q")
    folder = day.day.folder / "qscans/PEM_VOLT_REFL_TABLE_GND_OUT_DQ"
    assert (done.code, done.out, done.err) == (0, f"{folder}\n", "")
    assert len(pictures(folder)) == len(vetoed(day))
    assert {notes(path)["channels"] for path in folder.iterdir()} == {f"{OTHER}\n{MAIN}"}


def test_days_that_cannot_be_looked_at(culpa: Culpa, day: Assignment, tmp_path: Path) -> None:
    done = culpa("qscan", "2026-01-02", "-o", day.day.results)
    assert done.code == 3
    assert "culpa mock 2026-01-02" in done.err
    done = culpa("qscan", DATE, "-o", day.day.results, "--channel", "K1:NONE")
    assert done.code == 3
    (tmp_path / "own.toml").write_text('[data]\nsource = ["*.gwf"]\nmain = "K1:A"\n')
    done = culpa("qscan", DATE, "-o", day.day.results, "-f", tmp_path / "own.toml")
    assert done.code == 2
    assert done.err.endswith(f"  culpa run DATE -f {tmp_path / 'own.toml'} --until qscans\n")


def test_a_day_without_a_veto(culpa: Culpa, tmp_path: Path) -> None:
    of = small(tmp_path)
    make(of, until="triggers")
    done = culpa("qscan", DATE, "-o", tmp_path)
    assert done.code == 3
    assert f"culpa hveto {DATE}" in done.err
    done = culpa("qscan", DATE, "-o", tmp_path, "--gps", START + 70, "--view", 1)
    assert done.code == 0


def test_a_day_on_which_nothing_was_vetoed(culpa: Culpa, tmp_path: Path) -> None:
    of = small(tmp_path, mock={"auxiliary": 0})
    make(of)
    assert not [name for name in Records.load(of.day.folder).jobs if name.startswith("qscans/")]
    done = culpa("qscan", DATE, "-o", tmp_path)
    assert (done.code, done.out) == (4, "")
    assert done.err.startswith(
        f"culpa: no trigger of {DATE} was vetoed: nothing to look at\n  give times and a channel"
    )
