"""The numbers of coherence in files: what is read back is what was written, and JSON that is JSON."""

import csv
import io
import json
from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from culpa.explain.coherence.chance import BandChance
from culpa.explain.coherence.glitch import GlitchCoherence, glitch_coherence
from culpa.explain.coherence.overall import BandRow, Overall
from culpa.explain.coherence.ranges import Range
from culpa.explain.coherence.settings import CoherenceSettings
from culpa.report.coherence import tables

SILENT = CoherenceSettings(rotations=99, bands=(0.0, 8.0))


def of_overall(**more: Any) -> Overall:
    rng = np.random.default_rng(1)
    columns = dict(zip(("null", "threshold", "p", "main", "projected"), rng.random((5, 40)), strict=True))
    values = rng.random(40)
    columns["main"] *= 1e-21
    values[7] = columns["p"][7] = np.nan
    given = {"coherence": values, **columns, "windows": 99, "trials": 40, "false_alarm": 0.02, **more}
    return Overall(channel="K1:PEM-MIC, the first", frequencies=10 + 0.5 * np.arange(40), **given)


def of_glitches(seed: int = 2, windows: int = 12) -> GlitchCoherence:
    rng = np.random.default_rng(seed)
    x, y = (rng.standard_normal((windows, 12, 2)).view(complex)[..., 0] for _ in range(2))
    x[:, 4:7] += 4 * y[:, 4:7]
    x[:, 11] = 0  # silent
    settings = CoherenceSettings(rotations=199, bands=(0.0, 8.0, 16.0, 400.0), shifts=5)
    return glitch_coherence(x, y, rng.random(windows) + 8, 4.0 * np.arange(12), settings)


def equal(one: Any, other: Any) -> None:
    """To the nine digits that tables have."""
    for field in fields(one):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if isinstance(a, np.ndarray):
            assert (a.dtype, a.shape) == (b.dtype, b.shape)
            np.testing.assert_allclose(a, b, rtol=1e-8, err_msg=field.name)
        elif isinstance(a, float):
            assert a == pytest.approx(b, nan_ok=True)
        else:
            assert a == b, field.name


def through_json(what: Any) -> Any:
    return json.loads(tables.as_json(what))


def test_overall_is_read_as_it_was_written() -> None:
    one = of_overall()
    again = tables.read_overall(tables.overall_csv(one), through_json(tables.overall_json(one)))
    equal(one, again)
    np.testing.assert_array_equal(again.significant, one.significant)


@pytest.mark.parametrize("windows", [1, 2, 12])
def test_glitches_are_read_as_they_were_written(windows: int) -> None:
    """With few windows there are no intervals, with one no second opinion."""
    one, quiet = of_glitches(windows=windows), of_glitches(3, windows)
    for beside in (None, quiet):
        table = tables.glitch_csv(one, beside)
        equal(one, tables.read_glitch(table, through_json(tables.glitch_json(one))))
    equal(quiet, tables.read_glitch(table, through_json(tables.glitch_json(quiet)), "quiet_"))


def test_columns_are_those_of_the_documentation() -> None:
    first = tables.overall_csv(of_overall()).splitlines()[0]
    assert first == "frequency,coherence,null,threshold,p,main_asd,projected_asd,significant"
    names = "frequency,coherence,null,unbiased,null_95,threshold,p,p_corrected,p_shifts,low,high,significant"
    assert tables.glitch_csv(of_glitches(), None).splitlines()[0] == names
    with_quiet = tables.glitch_csv(of_glitches(), of_glitches(3)).splitlines()[0]
    assert with_quiet == ",".join([names, *(f"quiet_{name}" for name in names.split(","))])


def test_what_is_said_of_overall_coherence() -> None:
    flat = np.full(40, 1e-3)
    p = np.where(np.isin(np.arange(40), [10, 11, 12]), 1e-9, 0.5)
    values = np.where(p < 0.1, 0.4, 0.01)
    said = tables.overall_json(of_overall(coherence=values, threshold=100 * flat, p=p))
    assert said["ranges"] == [
        {"from": 15.0, "to": 16.0, "peak": 15.0, "coherence": 0.4, "p": pytest.approx(40e-9, rel=1e-6)}
    ]
    assert said["p"] == pytest.approx(40e-9, rel=1e-6)
    assert (said["windows"], said["trials"], said["false_alarm"]) == (99, 40, 0.02)
    nothing = np.full(40, np.nan)
    unknown = tables.overall_json(of_overall(coherence=nothing, threshold=nothing, p=nothing))
    assert (unknown["p"], unknown["ranges"]) == (None, [])


def test_what_is_said_of_glitches() -> None:
    one = of_glitches()
    said = through_json(tables.glitch_json(one))
    assert (said["windows"], said["false_alarm"]) == (12, 0.01)
    assert (said["p"], said["p_frequencies"]) == (one.probability, one.smallest)
    (found,) = said["ranges"]
    assert 16 <= found["from"] <= found["peak"] <= found["to"] <= 24
    assert [(band["from"], band["to"]) for band in said["bands"]] == [(0, 8), (8, 16), (16, 400)]
    alone = through_json(tables.glitch_json(of_glitches(windows=1)))
    assert (alone["p"], alone["p_shifts"]) == (None, None)
    silent = glitch_coherence(np.zeros((5, 3), complex), np.ones((5, 3), complex), np.ones(5), np.arange(3.0), SILENT)
    assert tables.glitch_json(silent)["p"] is None


def test_a_band_has_neither_peak_nor_coherence() -> None:
    band = Range(10.0, 40.0, np.nan, np.nan, 0.001)
    assert tables.ranges_json([band]) == [{"from": 10.0, "to": 40.0, "peak": None, "coherence": None, "p": 0.001}]


def rows(table: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(table)))


def test_the_ranking() -> None:
    row = BandRow('K1:A "B", C', (10.0, 20.0), 0.25, 12.5, 0.01, 1e-320, 3, 20, 1 / 3)
    (found,) = rows(tables.ranking_csv([row]))
    assert found == {
        "from": "10", "to": "20", "channel": 'K1:A "B", C', "coherence": "0.25", "frequency": "12.5",
        "threshold": "0.01", "p": f"{1e-320:.9g}", "significant": "3", "frequencies": "20", "share": "0.333333333",
    }  # fmt: skip
    assert rows(tables.ranking_csv([])) == []


def test_the_list_by_frequency() -> None:
    found = tables.listed_csv([(10.5, [("K1:A", 0.5, 1e-9), ("K1:B", 0.4, 1e-8)]), (11.0, [("K1:B", 0.3, 1e-7)])])
    assert found.splitlines() == [
        "frequency,channel,coherence,p", "10.5,K1:A,0.5,1e-09", "10.5,K1:B,0.4,1e-08", "11,K1:B,0.3,1e-07",
    ]  # fmt: skip


def test_shares_come_with_the_largest_first_and_times_in_full() -> None:
    gps = np.array([1451260884.3219173, 1451260837.3032212, 1451260904.6754346, 1451260800.0])
    found = rows(tables.triggers_csv(gps, np.array([8.0, 9.0, 7.0, 6.0]), np.array([0.3, -0.1, 0.5, 0.3])))
    assert [float(row["gps"]) for row in found] == gps[[2, 3, 0, 1]].tolist()
    assert [row["share"] for row in found] == ["0.5", "0.3", "0.3", "-0.1"]


def test_json_has_no_numbers_that_json_does_not_have() -> None:
    with pytest.raises(ValueError, match="JSON"):
        tables.as_json({"p": float("nan")})
    assert tables.as_json({"name": "채널"}) == '{\n  "name": "채널"\n}\n'


def test_bands_survive() -> None:
    one = of_glitches()
    again = tables.read_glitch(tables.glitch_csv(one, None), through_json(tables.glitch_json(one)))
    assert again.bands == one.bands
    assert isinstance(again.bands[0], BandChance)
    assert again.probability == one.probability
