"""The text files of a hierarchical veto, read back."""

import csv
import io
from dataclasses import replace

import numpy as np
import pytest

from culpa.explain.hveto.result import HvetoResult
from culpa.report.hveto import tables
from culpa.report.hveto.history import SCORE, SNR, history, measure
from culpa.types import Events, Segments
from tests.report.results import LIVE, make_result


@pytest.fixture(scope="module")
def result() -> HvetoResult:
    return make_result()


def test_events_have_the_columns_of_hveto_in_full_precision() -> None:
    events = Events({"time": np.array([1e9 + 1 / 3]), "snr": np.array([1 / 7]), "channel": np.array(["K1:A"])})
    text = tables.events_text(events, SNR, "K1:B")
    assert text == f"time frequency snr channel\n{1e9 + 1 / 3!r} nan {1 / 7!r} K1:A\n"


def test_events_without_a_channel_have_that_of_their_table() -> None:
    text = tables.events_text(Events({"time": np.array([1.0]), "score": np.array([2.0])}), SCORE, "yield 1")
    assert text == 'time frequency score channel\n1.0 nan 2.0 "yield 1"\n'


@pytest.mark.parametrize(
    ("name", "word"),
    [("K1:A-B", "K1:A-B"), ("a b", '"a b"'), ('a"b', '"a""b"'), ("a\n\x1bb", '"a  b"'), ("#a", '"#a"'), ("", '""')],
)
def test_a_name_is_one_word_of_a_table(name: str, word: str) -> None:
    assert tables.word(name) == word


def test_segments_have_hvetos_columns_separated_by_tabs() -> None:
    text = tables.segments_text(Segments.of([(10, 12.5), (1e9, 1e9 + 0.1)]))
    assert text.splitlines() == [
        "# seg\tstart\tstop\tduration",
        "0\t10.000000000\t12.500000000\t2.500000000",
        "1\t1000000000.000000000\t1000000000.100000024\t0.100000024",
    ]


def test_channels_are_ranked_with_what_their_veto_would_do(result: HvetoResult) -> None:
    of = result.rounds[0]
    rows = list(csv.DictReader(io.StringIO(tables.channels_csv(tables.rows_of_round(of)))))
    significances = [float(row["significance"]) for row in rows]
    assert len(rows) == 12
    assert significances == sorted(significances, reverse=True)
    first = rows[0]
    assert first["channel"] == of.winner.channel
    assert float(first["efficiency"]) == of.winner.coincidences / len(of.primary)
    assert float(first["deadtime"]) == of.winner.covered / of.live.livetime
    assert float(first["use_percentage"]) == pytest.approx(of.use_percentage)
    assert float(first["efficiency_over_deadtime"]) == pytest.approx(
        float(first["efficiency"]) / float(first["deadtime"])
    )


def test_the_grid_has_every_cell_of_every_channel(result: HvetoResult) -> None:
    grid = result.rounds[0].grid
    assert grid is not None
    rows = list(csv.DictReader(io.StringIO(tables.grid_csv(grid))))
    assert len(rows) == grid.significance.size
    cells = [(c, k, w) for c in range(12) for k in range(len(grid.thresholds)) for w in range(len(grid.windows))]
    for row, (c, k, w) in list(zip(rows, cells, strict=True))[::7]:
        assert row["channel"] == grid.channels[c]
        assert (float(row["snr"]), float(row["window"])) == (grid.thresholds[k], grid.windows[w])
        assert (int(row["coincidences"]), int(row["auxiliary"])) == (grid.coincidences[c, k, w], grid.auxiliary[c, k])
        for name in ("significance", "expected", "covered"):
            assert float(row[name]) == getattr(grid, name)[c, k, w]


def test_names_with_commas_quotes_and_line_ends_survive_csv() -> None:
    names = ["a,b", 'a"b', "a\nb"]
    grid = make_result(names, 1, 50).final
    assert grid is not None
    assert {row["channel"] for row in csv.DictReader(io.StringIO(tables.grid_csv(grid)))} == set(names)


def test_use_that_was_not_counted_is_an_empty_field(result: HvetoResult) -> None:
    grid = result.rounds[0].grid
    assert grid is not None
    bare = replace(grid, used=np.empty(0, np.int64))
    (row, *_) = csv.DictReader(io.StringIO(tables.channels_csv(tables.rows_of(bare, 10, 100.0))))
    assert (row["used"], row["use_percentage"]) == ("", "")


def test_each_primary_event_has_the_round_that_vetoed_it(result: HvetoResult) -> None:
    seen = history(result)
    assert len(seen.events) == result.primaries
    assert np.all(np.diff(seen.events["time"]) >= 0)
    for of in result.rounds:
        assert np.array_equal(seen.events["time"][seen.vetoed_in == of.number], of.primary["time"][of.vetoed])
    assert np.array_equal(seen.events["time"][seen.vetoed_in == 0], result.remaining["time"])
    assert (seen.start, seen.end) == (LIVE.bounds[0][0], LIVE.bounds[-1][1])


def test_events_are_ranked_by_score_only_where_there_is_no_snr() -> None:
    nan, one = np.array([np.nan]), np.array([1.0])
    assert measure(Events({"time": one, "score": one})) is SCORE
    assert measure(Events({"time": one, "score": one, "snr": nan})) is SCORE
    assert measure(Events({"time": one, "score": one, "snr": one})) is SNR
    assert measure(Events({"time": one})) is SNR
