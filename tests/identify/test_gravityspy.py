"""Images of Gravity Spy come back as the energies that were drawn; the figures are drawn here, in that layout."""

from collections.abc import Callable
from dataclasses import replace
from math import isnan
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from culpa.errors import CulpaError, NoDataError
from culpa.identify.folders import list_labelled, read_images
from culpa.identify.gravityspy import (
    Imported,
    Origin,
    Plots,
    UnusableError,
    convert,
    energies_of,
    import_plots,
    list_plots,
    plotted,
    read_origins,
)
from culpa.identify.imagefiles import read_image
from culpa.identify.images import ImageForm, decode

FORM = plotted(ImageForm())
VIEWS = ("0.5", "1.0", "2.0", "4.0")
Energy = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]


def test_the_views_that_are_plotted_are_taken_where_others_are_not_asked_for() -> None:
    assert FORM.views == (0.5, 1.0, 2.0, 4.0)
    assert FORM.height == ImageForm().height
    some = ImageForm(views=(2.0, 0.5), ceiling=26.5)
    assert plotted(some) == some


def blob(seconds: NDArray[np.float64], hertz: NDArray[np.float64]) -> NDArray[np.float64]:
    """A burst of energy 20 at 400 Hz, 0.15 s after the middle, on noise of 1."""
    return 1 + 19 * np.exp(-(((seconds - 0.15) / 0.04) ** 2) - (np.log(hertz / 400) / 0.5) ** 2)


def means(form: ImageForm, view: float) -> NDArray[np.float64]:
    """The burst, mean over the cells of a form: eight points each way."""
    fine = replace(form, height=8 * form.height, width=8 * form.width)
    energies = blob(*np.meshgrid(fine.times(view), fine.frequencies()))
    return energies.reshape(form.height, 8, form.width, 8).mean(axis=(1, 3))


def draw(path: Path, view: float, energy: Energy, colours: str = "viridis", size: tuple[int, int] = (8, 6)) -> None:
    """A figure as the project draws it: its position of the axes, colour bar, labels and title.

    Whatever others in this process have told Matplotlib: gwpy, for one, draws grids.
    """
    import matplotlib as mpl

    with mpl.rc_context(mpl.rcParamsDefault | {"backend": "agg"}):
        _draw(path, view, energy, colours, size)


def _draw(path: Path, view: float, energy: Energy, colours: str, size: tuple[int, int]) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from mpl_toolkits.axes_grid1 import make_axes_locatable

    seconds, hertz = np.linspace(-view / 2, view / 2, 501), np.geomspace(10, 2048, 401)
    middle = (seconds[1:] + seconds[:-1]) / 2, np.sqrt(hertz[1:] * hertz[:-1])
    figure = Figure(figsize=size, dpi=100)
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.set_position((0.125, 0.1, 0.775, 0.8))
    drawn = axes.pcolormesh(
        seconds, hertz, energy(*np.meshgrid(*middle)), vmin=0, vmax=25.5, cmap=colours, rasterized=True
    )
    axes.set_yscale("log", base=2)
    axes.set_ylim(10, 2048)
    axes.set_xlabel("Time (s)", fontsize=20)
    axes.set_ylabel("Frequency (Hz)", fontsize=20)
    axes.set_title("Hanford - O1", fontsize=20)
    beside = make_axes_locatable(axes).append_axes("right", size="5%", pad="3%")
    figure.colorbar(drawn, cax=beside, label="Normalized energy")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)


@pytest.fixture(scope="module")
def glitch(tmp_path_factory: pytest.TempPathFactory) -> Plots:
    folder = tmp_path_factory.mktemp("plots") / "Koi_Fish"
    for view in VIEWS:
        draw(folder / f"H1_0aB1cD2eF3_spectrogram_{view}.png", float(view), blob)
    (found,) = list_plots(folder.parent)
    return found


def test_the_energies_that_were_drawn_come_back(glitch: Plots) -> None:
    image = convert(glitch, FORM)
    for number, view in enumerate(FORM.views):
        difference = np.abs(decode(image.pixels[:, :, number], FORM) - means(FORM, view))
        assert difference.mean() < 0.05
        assert difference.max() < 0.8  # half a step of the pixels is 0.3 at the peak


def test_the_burst_is_where_it_was(glitch: Plots) -> None:
    """The axes' frame, not the crop, is where the scales begin: an eighth of a cell counts."""
    image = convert(glitch, FORM)
    for number, view in enumerate(FORM.views):
        weight = decode(image.pixels[:, :, number], FORM) - 1.3
        weight = np.where(weight > 3, weight, 0)
        assert np.sum(weight.sum(0) * FORM.times(view)) / weight.sum() == pytest.approx(0.15, abs=view / 64 / 8)
        middle = np.exp(np.sum(weight.sum(1) * np.log(FORM.frequencies())) / weight.sum())
        assert middle == pytest.approx(400, rel=0.01)


@pytest.mark.parametrize("form", [replace(FORM, height=100, width=120), ImageForm((1.0,), 16, 8)])
def test_any_grid_will_do(glitch: Plots, form: ImageForm) -> None:
    image = convert(glitch, form)
    drawn = decode(image.pixels[:, :, form.views.index(1.0)], form)
    assert np.mean(np.abs(drawn - means(form, 1.0))) < 0.1


def test_outside_the_band_there_is_nothing(glitch: Plots) -> None:
    form = replace(FORM, fmin=5.0, fmax=4096.0)
    pixels = convert(glitch, form).pixels
    frequencies = form.frequencies()
    assert not pixels[(frequencies > 2150) | (frequencies < 9.5)].any()
    assert pixels[(frequencies < 1950) & (frequencies > 10.5)].all()


def test_loud_energies_stay_at_the_last_colour(tmp_path: Path) -> None:
    draw(tmp_path / "x.png", 1.0, lambda seconds, hertz: 0 * seconds * hertz + 400)
    assert np.allclose(energies_of(tmp_path / "x.png"), 25.5)
    draw(tmp_path / "y.png", 1.0, lambda seconds, hertz: 0 * seconds * hertz)
    assert np.allclose(energies_of(tmp_path / "y.png"), 0, atol=0.11)


def test_a_whole_set(tmp_path: Path, glitch: Plots) -> None:
    """Two splits below one folder, a table of times, one glitch with a view missing, one not a picture."""
    source, out = tmp_path / "source", tmp_path / "out"

    def copy(where: str, identity: str, views: tuple[str, ...] = VIEWS) -> None:
        for view in views:
            path = source / where / f"H1_{identity}_spectrogram_{view}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(glitch.views[float(view)].read_bytes())

    copy("train/train/Koi_Fish", "aaa")
    copy("test/test/Koi_Fish", "aaa")
    copy("test/test/Koi_Fish", "bbb")
    copy("test/test/Koi_Fish", "few", VIEWS[1:])
    copy("train/train/None_of_the_Above", "bad")
    (source / "train/train/None_of_the_Above/H1_bad_spectrogram_2.0.png").write_bytes(b"no picture")
    (source / "train/train/Koi_Fish/readme.txt").write_text("x")
    table = tmp_path / "trainingset_v1d1_metadata.csv"
    table.write_text(
        "event_time,ifo,channel,gravityspy_id,label\n1134216192.934,H1,GDS-CALIB_STRAIN,aaa,Koi_Fish\n", "utf-8"
    )

    ticks: list[None] = []
    done = import_plots(list_plots(source), out, FORM, read_origins(table), lambda: ticks.append(None))
    assert done.written == {"koi_fish": 2}
    assert done.skipped == {"the view of 0.5 s is missing": 1, "the file is damaged or no PNG": 1}
    assert done.examples["the file is damaged or no PNG"].endswith("H1_bad_spectrogram_2.0.png")
    assert len(ticks) == 4

    images = read_images(list_labelled(out))
    assert images.classes == ("koi_fish",)
    assert [path.name for path in images.files] == ["H1_aaa.png", "H1_bbb.png"]
    assert images.gps[0] == 1134216192.934
    assert images.channel.tolist() == ["H1:GDS-CALIB_STRAIN", ""]
    assert isnan(images.gps[1])
    assert images.group.tolist() == ["", "gravityspy bbb"]
    assert np.array_equal(images.images[0], convert(glitch, FORM).pixels)

    (out / "tomte").mkdir()
    (out / "koi_fish" / "H1_bbb.png").rename(out / "tomte" / "H1_bbb.png")
    again = import_plots(list_plots(source), out, FORM)
    assert (again.written, again.skipped["is tomte here"]) == ({"koi_fish": 1}, 1)
    assert sorted(path.name for path in out.rglob("*.png")) == ["H1_aaa.png", "H1_bbb.png"]


def test_nothing_to_import_is_said(tmp_path: Path, glitch: Plots) -> None:
    (tmp_path / "Blip").mkdir()
    (tmp_path / "Blip" / "a.png").write_bytes(b"")
    with pytest.raises(NoDataError, match="no image of Gravity Spy below"):
        list_plots(tmp_path)
    half = Plots("blip", "H1", "x", {0.5: glitch.views[0.5]})
    with pytest.raises(CulpaError, match=r"none of the glitches could be imported: 2 x the view of 1 s is missing"):
        import_plots([half, half], tmp_path / "out", FORM)
    assert not (tmp_path / "out").exists()
    with pytest.raises(UnusableError, match="the view of 8 s is missing"):
        convert(glitch, ImageForm((8.0,)))


def test_other_figures_are_left_out(tmp_path: Path) -> None:
    draw(tmp_path / "a.png", 1.0, blob, colours="jet")
    with pytest.raises(UnusableError, match="the colours are not those of viridis"):
        energies_of(tmp_path / "a.png")
    draw(tmp_path / "b.png", 1.0, blob, size=(8, 5))
    with pytest.raises(UnusableError, match="expected 800 x 600 pixels, got 800 x 500"):
        energies_of(tmp_path / "b.png")


def test_tables_of_times(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("\ufeffgravityspy_id,event_time\nabc,12.5\n", "utf-8")
    assert read_origins(table) == {"abc": Origin(12.5, "")}
    for text, match in (
        ("id,event_time\n", "has no column gravityspy_id"),
        ("", "has no column event_time and no column gravityspy_id"),
        ("gravityspy_id,event_time\na,1\nb,soon\n", r"line 3 of .*: event_time 'soon' is not a GPS time"),
        ("gravityspy_id,event_time\na,nan\n", r"line 2 of .*'nan'"),
        ("gravityspy_id,event_time\na\n", r"line 2 of .*None"),
    ):
        table.write_text(text, "utf-8")
        with pytest.raises(CulpaError, match=match):
            read_origins(table)
    table.write_bytes(b"\x89HDF\r\n\x1a\n\xff\xfe")
    with pytest.raises(CulpaError, match="is not a CSV table"):
        read_origins(table)
    with pytest.raises(NoDataError, match="cannot read"):
        read_origins(tmp_path / "none.csv")


def test_an_import_is_told(tmp_path: Path, glitch: Plots) -> None:
    done = import_plots([glitch], tmp_path, FORM)
    assert done == Imported({"koi_fish": 1}, {}, {})
    assert read_image(tmp_path / "koi_fish" / "H1_0aB1cD2eF3.png").group == "gravityspy 0aB1cD2eF3"
