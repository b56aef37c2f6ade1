"""Pictures of Q-scans: sizes, colours, words, empty places."""

import io
import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from culpa.decompose.qscan import VIEWS, Scanner, ScanSettings
from culpa.decompose.qscan_plane import Scan, picture
from culpa.decompose.stretches import Stretch
from culpa.report.qscan.colours import GREYS, bar, of_energy, of_grey, palette
from culpa.report.qscan.frame import BOTTOM, TOP, WIDTH, Lettering
from culpa.report.qscan.plot import Panel, Plotter
from culpa.types import Segments

RATE, START = 1024.0, 1451606400.0
GPS = START + 8.123456
LEFT = 105


@pytest.fixture(scope="module")
def plotter() -> Plotter:
    return Plotter()


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    return Scanner(RATE, 16, ScanSettings(fmin=20))


@pytest.fixture(scope="module")
def scan(scanner: Scanner) -> Scan:
    return scanner.scan(stretch(), GPS)


def stretch(usable: tuple[float, float] = (START, START + 16)) -> Stretch:
    t = np.arange(round(16 * RATE)) / RATE - 8.123456
    values = np.random.default_rng(1).standard_normal(len(t))
    values += 6 * np.sin(2 * np.pi * 80 * t) * np.exp(-((t / 0.02) ** 2))
    return Stretch(values.astype(np.float32), START, RATE, Segments.of([usable]))


def read(png: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(png))
    image.load()
    return image


def numbers(png: bytes) -> np.ndarray:
    return np.asarray(read(png))


def ink(image: np.ndarray) -> np.ndarray:
    """Where something dark is written or drawn."""
    return image < GREYS // 2


def test_one_panel_is_800_by_600_and_two_lie_beside_each_other(plotter: Plotter, scan: Scan) -> None:
    panel = Panel("K1:A", scan, scan.band)
    one, two = (read(plotter.png(panels, 1.0)) for panels in ([panel], [panel, panel]))
    assert (one.mode, one.size) == ("P", (800, 600))
    assert two.size == (800 + 648, 600)
    np.testing.assert_array_equal(np.asarray(two)[TOP:BOTTOM, 105:671], np.asarray(two)[TOP:BOTTOM, 753:1319])


@pytest.mark.parametrize("view", VIEWS)
def test_a_pixel_has_the_colour_of_its_energy(plotter: Plotter, scan: Scan, view: float) -> None:
    """Where Gravity Spy cuts its pictures: rows 66 to 532, columns 105 to 671."""
    colours = np.asarray(read(plotter.png([Panel("K1:A", scan, scan.band)], view)).convert("RGB"))[66:532, 105:671]
    energies = picture(scan, view, scan.band, (466, 566))
    viridis = mpl.colormaps["viridis"](np.clip(energies / 25.5, 0, 1))[..., :3] * 255
    assert energies.max() > 25.5 and energies.min() < 1
    assert np.abs(colours - viridis).max() < 6  # 208 colours instead of 256: half a step each


def test_the_scale_ends_where_it_is_told(scan: Scan) -> None:
    inside = (slice(TOP, BOTTOM), slice(LEFT, LEFT + WIDTH))
    usual, wide = (numbers(Plotter(top).png([Panel("K1:A", scan, scan.band)], 1.0))[inside] for top in (25.5, 100.0))
    beside = numbers(Plotter().png([Panel("K1:A", scan, scan.band)], 1.0))[TOP + 5 : BOTTOM - 5, 705]
    assert beside[0] > 250 and beside[-1] < GREYS + 5 and (np.diff(beside.astype(int)) <= 0).all()
    energies = picture(scan, 1.0, scan.band, (466, 566))
    assert np.array_equal(usual == 255, energies >= 25.5 * 207 / 208)
    assert np.array_equal(wide == 255, energies >= 100 * 207 / 208)


def test_colours() -> None:
    table = np.frombuffer(palette(), np.uint8).reshape(256, 3)
    assert table[0].tolist() == [0, 0, 0] and table[GREYS - 1].tolist() == [255, 255, 255]
    assert table[GREYS].tolist() == [68, 1, 84] and table[255].tolist() == [253, 231, 37]  # the ends of viridis
    assert of_grey(np.array([0, 255], np.uint8)).tolist() == [0, GREYS - 1]
    with np.errstate(all="raise"):
        assert of_energy(np.array([0, 25.5, 1e30], np.float32), 25.5).tolist() == [GREYS, 255, 255]
    assert bar(100, 3)[[0, -1]].tolist() == [[255] * 3, [GREYS] * 3]


def test_what_is_not_known_is_grey_and_says_why(plotter: Plotter, scanner: Scanner) -> None:
    whole = scanner.scan(stretch(), GPS)
    cut = scanner.scan(stretch((START, GPS + 0.25)), GPS)
    band = (20.0, 1000.0)
    full, part = (
        numbers(plotter.png([Panel("K1:A", each, band)], 2.0))[TOP:BOTTOM, LEFT : LEFT + WIDTH] for each in (whole, cut)
    )
    edge = round((np.log(1000 / whole.band[1]) / np.log(50)) * 466)
    assert (full[: edge - 1] < GREYS).all() and (full[edge + 1 :] >= GREYS).all()
    column = round(566 * (0.5 + 0.25 / 2))
    assert (part[:, column + 1 :] < GREYS).all() and (part[edge + 1 :, : column - 1] >= GREYS).all()
    assert ink(full[5 : edge - 5, 5:-5]).any()  # "no tiles of Q ... above ... Hz at this sampling rate"
    assert ink(part[edge + 5 : -5, column + 5 : -5]).any()  # "no usable data"


def test_words_below_the_lowest_tile(plotter: Plotter, scanner: Scanner) -> None:
    scan = scanner.scan(stretch(), GPS)
    shown = numbers(plotter.png([Panel("K1:A", scan, (1.0, scan.band[1]))], 2.0))[TOP:BOTTOM, LEFT : LEFT + WIDTH]
    edge = round(np.log(scan.band[1] / scan.band[0]) / np.log(scan.band[1]) * 466)
    assert (shown[edge + 2 :] < GREYS).all()
    assert ink(shown[edge + 5 : -5, 5:-5]).any()


def test_words_about_gaps_are_in_the_gaps(plotter: Plotter, scanner: Scanner) -> None:
    """Data that are short on both sides: the words are beside them, not on them."""
    scan = scanner.scan(stretch((GPS - 1, GPS + 1)), GPS)
    shown = numbers(plotter.png([Panel("K1:A", scan, scan.band)], 4.0))[TOP:BOTTOM, LEFT : LEFT + WIDTH]
    sides = shown[:, : WIDTH // 4 - 5], shown[:, 3 * WIDTH // 4 + 5 :]
    assert all(ink(side[5:-5, 5:-5]).any() for side in sides)
    assert (shown[:, WIDTH // 4 + 5 : 3 * WIDTH // 4 - 5] >= GREYS).all()


def test_words_above_a_panel(plotter: Plotter, scan: Scan, monkeypatch: pytest.MonkeyPatch) -> None:
    written = []
    write = Lettering.write
    monkeypatch.setattr(
        Lettering,
        "write",
        lambda self, image, text, *rest, **more: (written.append(text), write(self, image, text, *rest, **more)),
    )
    plotter.png([Panel("K1:PEM-MIC_1", scan, scan.band, snr=12.34, frequency=80.0, q=6.5)], 1.0)
    plotter.png([Panel("K1:PEM-MIC_1", scan, scan.band)], 1.0)
    name, moment, found, _, _, alone = written
    assert name == "K1:PEM-MIC_1"
    assert moment == "GPS 1451606408.123456   2026-01-04 23:59:50.123456 UTC"
    assert found == f"Trigger SNR 12.3, 80.0 Hz, Q 6.5.   {alone}"
    assert alone.startswith(f"Tiles of Q {scan.q:.3g}, loudest {scan.energy:.1f} at ") and " Hz, " in alone


def test_long_and_foreign_names_stay_inside(plotter: Plotter, scan: Scan) -> None:
    long = "K1:" + "VIS-ETMX_OPLEV_WIDE_" * 10 + "DQ"
    for name in (long, "가속도계 채널 " * 20, "$x_1$", "", " "):
        image = numbers(plotter.png([Panel(name, scan, scan.band), Panel(name, scan, scan.band)], 1.0))
        assert not ink(image[:, -8:]).any() and not ink(image[:8]).any() and not ink(image[-8:]).any()
        assert not ink(image[: TOP - 8, 742:752]).any()  # between the panels' names
        assert ink(image[: TOP - 8, 753:900]).any()


@pytest.mark.parametrize("band", [(10.0, 2048.0), (0.5, 8.0), (100.0, 130.0), (1e-3, 7000.0)])
def test_no_label_is_cut(plotter: Plotter, scan: Scan, band: tuple[float, float]) -> None:
    for view in (0.01, 0.5, 4.0, 64.0):
        image = numbers(plotter.png([Panel("K1:A", scan, band)], view))
        edge = np.concatenate([image[:, :8].ravel(), image[:, -8:].ravel(), image[-8:].ravel()])
        assert not ink(edge).any()
        assert ink(image[TOP - 8 : BOTTOM + 8, 60:100]).any(axis=1).sum() > 20  # at least three frequencies


def test_what_the_file_says_about_itself(plotter: Plotter, scan: Scan) -> None:
    image = read(plotter.png([Panel("K1:A", scan, scan.band)], 1.0, {"channel": "K1:가", "gps": "1451606408.123456"}))
    assert image.text == {"channel": "K1:가", "gps": "1451606408.123456"}


def test_same_bytes(plotter: Plotter, scan: Scan) -> None:
    panels = [Panel("K1:A", scan, scan.band, 10.0)]
    first = plotter.png(panels, 1.0)
    plotter.png([Panel("K1:OTHER", scan, (20.0, 100.0))] * 2, 4.0)
    assert plotter.png(panels, 1.0) == first == Plotter().png(panels, 1.0)


def test_the_users_matplotlib_is_neither_asked_nor_changed(scan: Scan) -> None:
    panels = [Panel("K1:A", scan, scan.band)]
    expected = Plotter().png(panels, 1.0)
    with mpl.rc_context({"font.size": 30, "axes.grid": True, "savefig.dpi": 30, "text.color": "red"}):
        before = dict(mpl.rcParams)
        assert Plotter().png(panels, 1.0) == expected
        assert dict(mpl.rcParams) == before


def test_no_pyplot_and_nothing_heavy_before_a_plotter() -> None:
    code = (
        "import sys; import culpa.report.qscan.plot as plot; assert 'matplotlib' not in sys.modules; plot.Plotter();"
        "assert 'matplotlib' in sys.modules and 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
