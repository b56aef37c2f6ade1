import csv
import hashlib
import math
import pickle
import tomllib

import numpy as np
import pytest

from culpa.acquire.mock.day import Instrument, MockDay, chunk_file, chunk_series, chunk_starts, ledger, write_chunks
from culpa.acquire.mock.noise import level
from culpa.acquire.mock.records import LEDGER_COLUMNS, read_spectra, write_lists, write_records
from culpa.acquire.mock.settings import MockSettings
from culpa.settings import build
from culpa.spectra import optimal_snr

START = 1257811218
CHATTY = {name: {"rate": 150.0} for name in MockSettings().glitches} | {"sine_gaussian": {"rate": 150.0}}


def plan(start=START, **settings):
    return MockDay(build(MockSettings, settings), start)


def whole(day):
    """All samples of each channel, joined from the files."""
    instrument = Instrument(day)
    chunks = [chunk_series(instrument, start) for start in chunk_starts(day)]
    return {name: np.concatenate([chunk[name].values for chunk in chunks]).astype(float) for name in chunks[0]}


def alone(day):
    """The injections with no other one near them in the same channel."""
    spans = [(part.channel, *part.span, part) for part in ledger(day)]
    for channel, start, end, part in spans:
        if sum(c == channel and s < end and start < e for c, s, e, _ in spans) == 1:
            yield part


def test_what_is_written_has_the_snr_of_the_ledger():
    # Short files, so that many events lie across borders; events are what the same day without events lacks.
    common = {
        "duration": 300, "frame": 8, "main_rate": 4096, "rates": [512, 1024, 2048, 4096, 8192, 16384], "auxiliary": 11,
        "nonstationarity": 0.5, "period": 700, "uncoupled": 30, "unwitnessed": 100,
    }  # fmt: skip
    day = plan(**common, glitches=list(CHATTY), families=CHATTY)
    loud, quiet = whole(day), whole(plan(**common, glitches=[]))
    noises = {channel.name: noise for channel, noise in Instrument(day).noises.items()}
    seen, across, families, rates = 0, 0, set(), set()
    for part in alone(day):
        noise = noises[part.channel]
        first, last = ((edge - START) * noise.sample_rate for edge in part.span)
        wave = (loud[part.channel] - quiet[part.channel])[first:last]
        if math.isnan(part.snr):
            assert not wave.any()
            continue
        scale = level(noise.key, np.array(part.gps), 0.5, 700.0)
        assert optimal_snr(wave / scale, noise.sample_rate, noise.asd) == pytest.approx(part.snr, rel=0.01)
        seen, families, rates = seen + 1, families | {part.family}, rates | {noise.sample_rate}
        across += (part.gps - part.reach - START) // 8 != (part.gps + part.reach - START) // 8
    assert seen > 100
    assert across > 3
    assert families == set(CHATTY)
    assert rates == {512, 1024, 2048, 4096, 8192, 16384}


def test_events_continue_across_files():
    # The same day in files of another length holds the same samples.
    common = {"duration": 128, "main_rate": 2048, "rates": [512], "auxiliary": 3, "families": CHATTY}
    common |= {"nonstationarity": 0.3, "period": 100}
    one, other = whole(plan(**common, frame=8)), whole(plan(**common, frame=64))
    for name, values in one.items():
        assert np.abs(values - other[name]).max() < 2e-6 * np.abs(values).max()
    quiet = whole(plan(**common, frame=8, glitches=[]))
    assert any(np.abs(one[name] - quiet[name]).max() > 3 * quiet[name].std() for name in one)


def test_the_last_file_may_be_shorter():
    day = plan(duration=50, main_rate=1024, rates=[512], auxiliary=1)
    assert list(chunk_starts(day)) == [START, START + 32]
    assert str(chunk_file(day, START + 32)) == f"K-K1_MOCK-{START + 32}-18.gwf"
    series = chunk_series(Instrument(day), START + 32)
    assert [len(one) for one in series.values()] == [18 * 1024, 18 * 512]
    assert [one.values.dtype for one in series.values()] == [np.float64, np.float32]
    longer = chunk_series(
        Instrument(plan(duration=64, main_rate=1024, rates=[512], auxiliary=1, glitches=[])), START + 32
    )
    name = day.settings.main
    assert np.array_equal(series[name].values[:1024], longer[name].values[:1024])


def test_the_swing_changes_the_noise_level():
    still = {"duration": 64, "main_rate": 1024, "auxiliary": 0, "glitches": [], "frame": 64}
    calm, moving = whole(plan(**still)), whole(plan(**still, nonstationarity=0.5, period=64))
    name = MockSettings().main
    ratio = moving[name] / calm[name]
    assert (ratio.min(), ratio.max()) == pytest.approx((0.5, 1.5), abs=1e-3)


def digest(paths):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def test_the_same_seed_gives_the_same_bytes_in_any_order(tmp_path):
    pytest.importorskip("gwframe")
    day = plan(duration=96, main_rate=2048, rates=[512], auxiliary=4, families=CHATTY)
    starts = list(chunk_starts(day))
    forth = digest(write_chunks(day, starts, tmp_path / "forth"))
    copy = pickle.loads(pickle.dumps(day))
    back = digest([path for start in reversed(starts) for path in write_chunks(copy, [start], tmp_path / "back")])
    assert forth == back
    assert len(forth) == 3
    other = plan(duration=96, main_rate=2048, rates=[512], auxiliary=4, families=CHATTY, seed=1)
    assert not set(digest(write_chunks(other, starts, tmp_path / "other")).values()) & set(forth.values())


def test_files_read_back_with_gwframe_and_gwpy(tmp_path):
    gwframe = pytest.importorskip("gwframe")
    timeseries = pytest.importorskip("gwpy.timeseries")
    day = plan(duration=32, main_rate=2048, rates=[512, 1024], auxiliary=3)
    (path,) = write_chunks(day, chunk_starts(day), tmp_path)
    for name, series in chunk_series(Instrument(day), START).items():
        direct, through = gwframe.read(path, name), timeseries.TimeSeries.read(path, name)
        assert np.array_equal(direct.array, series.values)
        assert np.array_equal(through.value, series.values)
        assert (direct.sample_rate, through.sample_rate.value) == (series.sample_rate, series.sample_rate)
        assert (direct.start, through.t0.value) == (START, START)
        assert direct.array.dtype == series.values.dtype
        assert direct.unit == series.unit


def test_everything_beside_the_frames(tmp_path):
    day = plan(duration=640, auxiliary=12, main_rate=1024, rates=[512], seed=5)
    write_lists(day, tmp_path)
    write_records(day, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"raw.ffl", "raw.lcf", "truth.csv", "asd.h5", "mock.toml"}
    rows = list(csv.DictReader((tmp_path / "truth.csv").read_text().splitlines()))
    parts = list(ledger(day))
    assert tuple(rows[0]) == LEDGER_COLUMNS
    assert len(rows) == len(parts) > 20
    for row, part in zip(rows, parts, strict=True):
        assert float(row["gps"]) == part.gps
        assert float(row["snr"]) == pytest.approx(part.snr, rel=1e-8, nan_ok=True)
        assert (row["family"], row["channel"], row["coupled"]) == (part.family, part.channel, str(part.coupled))
    spectra = read_spectra(tmp_path / "asd.h5")
    for channel, noise in Instrument(day).noises.items():
        assert np.array_equal(spectra[channel.name].values, noise.asd.values)
        assert spectra[channel.name].resolution == noise.asd.resolution
    assert build(MockSettings, tomllib.loads((tmp_path / "mock.toml").read_text())["mock"]) == day.settings
    assert len((tmp_path / "raw.ffl").read_text().splitlines()) == 20


def test_what_is_beside_the_frames_has_the_same_bytes_each_time(tmp_path):
    day = plan(duration=64, auxiliary=2, main_rate=1024, rates=[512])
    write_lists(day, tmp_path)
    write_records(day, tmp_path)
    names = ["truth.csv", "asd.h5", "mock.toml", "raw.ffl", "raw.lcf"]
    before = digest([tmp_path / name for name in names])
    write_lists(day, tmp_path)
    write_records(day, tmp_path)
    assert digest([tmp_path / name for name in names]) == before


def test_two_days_in_a_row_are_one():
    rest = {"main_rate": 1024, "auxiliary": 0, "glitches": []}
    name = MockSettings().main
    both = whole(plan(**rest, duration=64))[name]
    second = whole(plan(**rest, duration=32, start=START + 32))[name]
    assert np.abs(both[32 * 1024 :] - second).max() < 1e-9 * np.abs(both).max()
