"""Q-scans of many moments: the same whatever else is asked for, each block read once, as loud as the search says."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from culpa.acquire.frames import write_gwf
from culpa.acquire.sources import Source, open_source
from culpa.acquire.triggerfolder import load_triggers
from culpa.decompose.qscan import ScanSettings
from culpa.decompose.qscan_plane import Scan
from culpa.errors import ChannelNotFoundError, NoDataError
from culpa.run.blocks import BLOCK, REACH
from culpa.run.scans import frequencies, scan_moments
from culpa.types import Floats, Series

from .days import MAIN, make, small

START, RATE, LENGTH, SPAN = 1_000_000_000, 512, 32, 960
LOUD, QUIET, SLOW, FLAT, ABSENT = "K1:A-LOUD", "K1:B-QUIET", "K1:C-SLOW", "K1:D-FLAT", "K1:X-ABSENT"
GW150914 = Path(__file__).resolve().parents[2] / "../shared/data/gw150914/H-H1_LOSC_4_V2-1126259446-32.hdf5"
SETTINGS = ScanSettings()


def noise(seed: int, seconds: float, rate: int = RATE) -> Floats:
    """White noise with a burst of SNR 20 or so at every 10.7th second."""
    values = np.random.default_rng(seed).standard_normal(round(seconds * rate))
    t = np.arange(-rate // 8, rate // 8) / rate
    for middle in np.arange(5, seconds - 1, 10.7):
        first = round(middle * rate) - rate // 8
        values[first : first + len(t)] += 5 * np.exp(-((t / 0.03) ** 2)) * np.sin(2 * np.pi * rate / 6 * t)
    return values


def write(folder: Path, start: float, values: dict[str, tuple[int, Floats]], length: int = LENGTH) -> None:
    """Samples from a time on as frame files of a length."""
    seconds = max(len(one) / rate for rate, one in values.values())
    for number in range(int(seconds // length)):
        series = [
            Series(one[number * length * rate : (number + 1) * length * rate], start + number * length, rate, name)
            for name, (rate, one) in values.items()
        ]
        write_gwf(folder / f"K-K1_TEST-{int(start) + number * length}-{length}.gwf", series)


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recording")
    channels = {
        LOUD: (RATE, noise(1, SPAN)),
        QUIET: (RATE // 2, noise(2, SPAN, RATE // 2)),
        SLOW: (16, noise(3, SPAN, 16)),
        FLAT: (RATE, np.full(SPAN * RATE, 3.0)),
    }
    write(folder, START, channels)
    return folder


@pytest.fixture
def source(recording: Path) -> Source:
    return open_source([recording])


def found(source: Source, moments: Sequence[float], channel: str = LOUD, settings: ScanSettings = SETTINGS) -> dict:  # type: ignore[type-arg]
    """What there is at each moment: numbers of the scan and its pixels, or the message."""
    times, at = np.linspace(-2, 2, 41), np.geomspace(20, 100, 9)
    return {
        gps: (scan.q, scan.energy, scan.time, scan.pixels(times, at).tobytes()) if isinstance(scan, Scan) else str(scan)
        for gps, scan in scan_moments(source, channel, moments, settings)
    }


def bursts(count: int = 80) -> list[float]:
    return [START + 5 + 10.7 * number + 0.013 for number in range(count)]


# nothing depends on what else is asked for


def test_a_scan_depends_on_its_moment_alone(source: Source) -> None:
    moments = bursts()
    together = found(source, moments)
    shuffled = np.random.default_rng(0).permutation(moments).tolist()
    assert found(source, shuffled) == together
    for gps in moments[::9]:
        assert found(source, [gps]) == {gps: together[gps]}
    assert not any(isinstance(one, str) for one in together.values())


@pytest.mark.parametrize("norm", ["median", "row-mean"])
def test_nor_do_other_norms(source: Source, norm: str) -> None:
    settings = replace(SETTINGS, norm=norm)  # type: ignore[arg-type]
    together = found(source, bursts(30), settings=settings)
    assert found(source, [bursts()[20]], settings=settings) == {bursts()[20]: together[bursts()[20]]}


def test_only_data_within_reach_count(source: Source) -> None:
    """What a job of a day is given: files around its chunk."""
    moments = bursts()
    together = found(source, moments)
    for gps in moments[::7]:
        assert found(source.between(gps - REACH, gps + REACH), [gps]) == {gps: together[gps]}


def test_other_files_of_the_same_data_give_the_same(source: Source, tmp_path: Path) -> None:
    write(tmp_path, START, {LOUD: (RATE, noise(1, SPAN))}, length=80)
    assert found(open_source([tmp_path]), bursts(20)) == found(source, bursts(20))


def test_moments_come_in_order_and_as_often_as_they_are_asked_for(source: Source) -> None:
    moments = [START + 500.0, START + 20.0, START + 500.0, START + 3000.0, START + 21.0]
    assert [gps for gps, _ in scan_moments(source, LOUD, moments, SETTINGS)] == sorted(moments)
    assert list(scan_moments(source, LOUD, [], SETTINGS)) == []


# what is read


def test_each_block_is_read_once(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    spans: list[tuple[float, float]] = []
    really = Source.read

    def read(self: Source, channel: str, start: float, end: float) -> Series:
        spans.append((start, end))
        return really(self, channel, start, end)

    monkeypatch.setattr(Source, "read", read)
    moments = np.random.default_rng(1).uniform(START, START + SPAN, 2000)
    scans = scan_moments(source, LOUD, moments.tolist(), replace(SETTINGS, fmin=60.0, qmax=5.0))
    assert sum(isinstance(scan, Scan) for _, scan in scans) > 1980
    assert len(spans) == len(set(spans)) <= SPAN / BLOCK + 1
    assert all(end - start <= BLOCK + 64 for start, end in spans)


def test_scans_come_while_later_blocks_are_not_yet_read(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    scans = scan_moments(source, LOUD, [START + 10.0, START + 900.0], SETTINGS)
    assert isinstance(next(scans)[1], Scan)
    monkeypatch.setattr(Source, "read", None)
    with pytest.raises(TypeError):
        next(scans)


# data that are short, or not there


@pytest.mark.parametrize("seconds", [4, 5, 7, 8, 15, 16, 33, 63, 64, 65, 100, 319, 320, 321])
def test_short_data_are_scanned_as_they_are(tmp_path: Path, seconds: int) -> None:
    values = np.random.default_rng(4).standard_normal(seconds * RATE)
    at = START + seconds / 2 + 0.1
    t = START + np.arange(len(values)) / RATE - at
    burst = np.sin(2 * np.pi * 80 * t) * np.exp(-((t / 0.03) ** 2))
    values += 30 * burst / np.sqrt(np.sum(burst**2))
    write(tmp_path, START, {LOUD: (RATE, values)}, length=seconds)
    ((_, scan),) = scan_moments(open_source([tmp_path]), LOUD, [at], SETTINGS)
    assert isinstance(scan, Scan)
    assert scan.time == pytest.approx(at, abs=0.02)
    assert scan.snr == pytest.approx(30, rel=0.25)


@pytest.mark.parametrize("seconds", [1, 3])
def test_too_short_data_are_not(tmp_path: Path, seconds: int) -> None:
    write(tmp_path, START, {LOUD: (RATE, noise(1, seconds))}, length=seconds)
    ((_, problem),) = scan_moments(open_source([tmp_path]), LOUD, [START + 0.5], SETTINGS)
    assert isinstance(problem, NoDataError)
    assert problem.message.startswith(f"{LOUD}: no data, or less than 4 s, at 1000000000.500 (2011-09-14")


@pytest.mark.parametrize("seconds", [5, 7, 20, 63])
def test_every_moment_of_short_data_is_in_the_middle_of_its_stretch(tmp_path: Path, seconds: int) -> None:
    """Of 7 s, 4 are whitened together, those around the moment: only the outermost second at either end is lost."""
    write(tmp_path, START, {LOUD: (RATE, np.random.default_rng(1).standard_normal(seconds * RATE))}, length=seconds)
    moments = [START + at for at in np.arange(0.25, seconds, 0.5)]
    scans = dict(scan_moments(open_source([tmp_path]), LOUD, moments, SETTINGS))
    lost = [gps - START for gps, scan in scans.items() if not isinstance(scan, Scan)]
    assert lost == [0.25, seconds - 0.25]
    for gps in moments[4:-4]:
        scan = scans[gps]
        assert isinstance(scan, Scan)
        assert scan.usable.contains(gps + np.array([-0.99, 0.0, 0.99])).all()


@pytest.mark.parametrize("outside", [-1e6, -0.001, SPAN, SPAN + 1e5])
def test_a_moment_without_data_says_so(source: Source, outside: float) -> None:
    (problem,) = found(source, [START + outside]).values()
    assert problem.startswith(f"{LOUD}: no data, or less than 4 s, at ")
    with_others = found(source, [START + outside, START + 50.0])
    assert not isinstance(with_others[START + 50.0], str)


def test_the_ends_of_a_recording_are_not_usable(source: Source) -> None:
    said = found(source, [START + 0.2, START + 0.7, START + SPAN - 0.2])
    assert said[START + 0.2].startswith(f"{LOUD}: no usable data within 0.5 s of ")
    assert isinstance(said[START + SPAN - 0.2], str)
    assert not isinstance(said[START + 0.7], str)


def test_a_missing_file_is_a_gap_that_nothing_else_suffers_from(recording: Path, tmp_path: Path) -> None:
    for path in recording.iterdir():
        if not path.name.startswith(f"K-K1_TEST-{START + 10 * LENGTH}"):
            (tmp_path / path.name).symlink_to(path)
    gap = START + 10 * LENGTH
    said = found(open_source([tmp_path]), [gap - 10.0, gap - 0.2, gap + 16.0, gap + 31.9, gap + 42.0])
    assert [isinstance(one, str) for one in said.values()] == [False, True, True, True, False]
    assert "no usable data" in said[gap - 0.2]
    assert "no data, or less" in said[gap + 16.0]


def test_nan_samples_are_a_gap(tmp_path: Path) -> None:
    values = noise(1, 256)
    values[100 * RATE : 110 * RATE] = np.nan
    values[200 * RATE] = np.inf
    write(tmp_path, START, {LOUD: (RATE, values)})
    said = found(open_source([tmp_path]), [START + at for at in (90.0, 105.0, 120.0, 200.0, 203.0)])
    assert [isinstance(one, str) for one in said.values()] == [False, True, False, True, False]


def test_a_channel_that_does_not_change_says_so(source: Source) -> None:
    (problem,) = found(source, [START + 100.0], FLAT).values()
    assert problem.startswith(f"{FLAT}: constant, beyond 1e-100 to 1e+100, or too few samples without a gap, around ")


def test_a_channel_without_a_valid_sample(tmp_path: Path) -> None:
    write(tmp_path, START, {LOUD: (RATE, np.full(64 * RATE, np.nan))})
    (problem,) = found(open_source([tmp_path]), [START + 32.0]).values()
    assert problem.startswith(f"{LOUD}: constant, beyond ")


@pytest.mark.parametrize("factor", [1e-250, 1e-200, 1e-90, 1e-21, 1e90, 1e200])
def test_values_of_any_size(tmp_path: Path, factor: float) -> None:
    write(tmp_path, START, {LOUD: (RATE, noise(1, 64) * factor)})
    (said,) = found(open_source([tmp_path]), [bursts()[2]]).values()
    assert isinstance(said, str) == (factor in (1e-250, 1e-200, 1e200))
    assert isinstance(said, str) or said[1] > 50


def test_a_channel_too_slow_for_any_tile_says_so(source: Source) -> None:
    (problem,) = found(source, [START + 100.0], SLOW).values()
    assert problem == f"{SLOW}: sampled at 16 Hz: no tile fits above 10 Hz"


def test_a_channel_that_is_not_there(source: Source) -> None:
    with pytest.raises(ChannelNotFoundError, match=ABSENT):
        next(scan_moments(source, ABSENT, [START + 100.0], SETTINGS))


@pytest.mark.parametrize("end", [63.9, 63.99, 64.0])
def test_rates_that_divide_no_second(tmp_path: Path, end: float) -> None:
    """Neither stretches nor the data are a whole number of samples."""
    import h5py

    rate = 100.3
    with h5py.File(tmp_path / "odd.hdf5", "w") as file:
        dataset = file.create_dataset("strain/Strain", data=np.random.default_rng(1).standard_normal(int(64 * rate)))
        dataset.attrs["Xspacing"], dataset.attrs["Xstart"] = 1 / rate, START
        file["meta/Detector"] = "K1"
    (tmp_path / "odd.ffl").write_text(f"{tmp_path / 'odd.hdf5'} {START} {end} 0 0\n")
    said = found(open_source([tmp_path / "odd.ffl"]), [START + at for at in (5.0, 30.0, end - 1.5)], "K1:STRAIN")
    assert not any(isinstance(one, str) for one in said.values())


# what is found


def test_a_scan_has_the_snr_that_the_search_finds(tmp_path: Path) -> None:
    """Sine-Gaussians in the frames of a mock detector, with the truth beside both."""
    drawn = {"rate": 500, "q": [6, 40], "snr": [15, 60], "frequency": [40, 300]}
    glitches = {"auxiliary": 0, "glitches": ["sine_gaussian"], "families": {"sine_gaussian": drawn}}
    of = small(tmp_path, mock={"duration": 400, **glitches})
    make(of, until="triggers")
    events = load_triggers(of.day.triggers)[0][MAIN]
    events = events.take(events["snr"] > 12)
    assert len(events) > 25
    scans = scan_moments(open_source([of.day.raw / "raw.ffl"]), MAIN, events["time"].tolist(), SETTINGS)
    pairs = [
        (scan.snr, float(snr)) for (_, scan), snr in zip(scans, events["snr"], strict=True) if isinstance(scan, Scan)
    ]
    assert len(pairs) >= len(events) - 2  # the ends
    ratios = np.array([ours / theirs for ours, theirs in pairs])
    assert np.median(ratios) == pytest.approx(0.95, abs=0.05)  # the search looks between the tiles
    assert np.all((ratios > 0.8) & (ratios < 1.1))


def test_frequencies_are_those_that_the_sampling_rate_allows(source: Source) -> None:
    (low, high), (_, lower) = (frequencies(source, name, SETTINGS) for name in (LOUD, QUIET))
    assert low == pytest.approx(10, rel=0.1)
    assert 0.3 * RATE < high < 0.5 * RATE
    assert lower == pytest.approx(high / 2, rel=0.15)


@pytest.mark.skipif(not GW150914.is_file(), reason="the shared data are not here")
def test_gw150914() -> None:
    """32 s of data, the merger 16.4 s after their beginning: found, whitened by all of them, at its time."""
    source = open_source([GW150914])
    settings = ScanSettings(fmin=20.0, fmax=1000.0)
    ((_, scan),) = scan_moments(source, "H1:STRAIN", [1126259462.4], settings)
    assert isinstance(scan, Scan)
    assert scan.energy == pytest.approx(83, rel=0.05)
    assert scan.time == pytest.approx(1126259462.41, abs=0.02)
    ((_, scan),) = scan_moments(source, "H1:STRAIN", [1126259462.4], replace(settings, norm="median"))
    assert isinstance(scan, Scan)
    assert scan.energy == pytest.approx(127, rel=0.05)
