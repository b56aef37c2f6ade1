from collections import defaultdict
from itertools import pairwise

import numpy as np
import pytest

from culpa.acquire.fab.counts import weights
from culpa.acquire.fab.groups import Groups
from culpa.acquire.fab.lots import make_lot
from culpa.acquire.fab.mechanisms import KINDS, ORIGINS
from culpa.acquire.fab.process import SENSORS
from culpa.acquire.fab.recipes import MAIN
from culpa.acquire.fab.settings import FabSettings
from culpa.settings import replace

BUSY = FabSettings(fraction=0.08, process_share=0.5, drift_wafers=3, collective_sizes=(2.0, 6.0))


def lots(settings, numbers):
    groups = Groups(settings)
    return groups, [make_lot(settings, groups, number) for number in numbers]


@pytest.fixture(scope="module", params=[0.0, 1.0], ids=["readings", "process"])
def pairs(request):
    """Every event, what it changed and the residual sigma: both of shape (sensors, rows of the event)."""
    settings = replace(BUSY, process_share=request.param)
    groups, busy = lots(settings, range(18))
    _, calm = lots(replace(settings, fraction=0.0), range(18))
    found = []
    for one, other in zip(busy, calm, strict=True):
        change = (one.values - other.values).reshape(len(SENSORS), -1)
        sigma = np.concatenate(
            [groups.reference(one.lot.recipe, one.lot.equipment, int(c)).sigma for c in one.lot.chamber], axis=1
        )
        found += [(event, change[:, event.rows] / sigma[:, event.rows]) for event in one.events]
    return found


def measured(event, change):
    """The size as the documentation defines it for the mechanism."""
    own = change[SENSORS.index(event.sensor)]
    rms = np.sqrt(np.mean(own**2))
    if event.mechanism == "drift":
        return abs(own[-1])
    return rms * np.sqrt(2) if event.mechanism == "oscillation" else rms


def test_a_stated_size_is_the_size_of_what_was_changed(pairs):
    ratios = defaultdict(list)
    for event, change in pairs:
        ratios[event.mechanism, event.fault].append(measured(event, change) / event.size)
    assert {name for name, _ in ratios} == {name for names in KINDS.values() for name in names}
    readings_only = all(fault == "sensor" for _, fault in ratios)
    for key, values in ratios.items():
        assert len(values) >= 5, key
        assert np.median(values) == pytest.approx(1, abs=0.05), key
        if key[0] != "oscillation":  # a sine of a few periods has its rms only on average
            tolerance = 0.01 if readings_only else 0.25  # rounding; what a fault of the process leaves behind it
            np.testing.assert_allclose(values, 1, atol=tolerance, err_msg=str(key))


def test_a_fault_of_a_sensor_changes_that_reading_only():
    settings = replace(BUSY, process_share=0.0)
    _, busy = lots(settings, range(6))
    _, calm = lots(replace(settings, fraction=0.0), range(6))
    for one, other in zip(busy, calm, strict=True):
        changed = (one.values != other.values).reshape(len(SENSORS), -1)
        for event in one.events:
            assert changed[SENSORS.index(event.sensor), event.rows].mean() > 0.8, event  # a sine has zeros
            changed[SENSORS.index(event.sensor), event.rows] = False
        assert not changed.any()
        np.testing.assert_array_equal(one.yields, other.yields)
        np.testing.assert_array_equal(one.thickness, other.thickness)


def test_a_fault_of_the_process_has_consequences(pairs):
    follows = {"flow": "pressure", "rf_power": "voltage"}
    seen = set()
    for event, change in pairs:
        assert event.fault == "sensor" or event.sensor in ORIGINS
        if event.fault == "process" and event.sensor in follows:
            assert abs(change[SENSORS.index(follows[event.sensor])]).max() > 0.3 * event.size, event
            seen.add(event.sensor)
    assert seen in (set(), set(follows))


def test_what_a_fault_of_the_process_leaves_behind_is_soon_gone():
    """Rows after an event are not labelled: hardly any of them may be off by more than what counts as an anomaly."""
    settings = FabSettings(process_share=1.0)
    groups, busy = lots(settings, range(42))
    _, calm = lots(replace(settings, fraction=0.0), range(42))
    off = labelled = 0
    for one, other in zip(busy, calm, strict=True):
        known = [groups.reference(one.lot.recipe, one.lot.equipment, int(c)).sigma for c in one.lot.chamber]
        change = abs(one.values - other.values) / np.stack(known, axis=1)
        off += (change.max(axis=0)[~one.anomaly] > 2).sum()
        labelled += one.anomaly.sum()
    assert 0 < off < 0.05 * labelled


def test_point_anomalies_are_spikes(pairs):
    spikes = [event for event, _ in pairs if event.kind == "point"]
    assert {event.last - event.first + 1 for event in spikes} == {1, 2, 3}
    assert {event.sign for event in spikes} == {-1, 1}


def test_contextual_anomalies_last_a_step_and_hide_among_normal_values():
    groups, made = lots(FabSettings(fraction=0.05, shares=(0.0, 1.0, 0.0), sizes=(2.0, 4.0)), range(24))
    inside = []
    for one in made:
        recipe = one.lot.recipe
        everywhere = np.concatenate([groups.reference(recipe, *place).level for place in groups.places], axis=1)
        for event in one.events:
            wafer, row = divmod(event.first, recipe.rows)
            step = recipe.step[row]
            assert (row, row + event.last - event.first + 1) == recipe.bounds(step)
            assert step != MAIN
            level = groups.reference(recipe, one.lot.equipment, int(one.lot.chamber[wafer])).level
            sigma = groups.reference(recipe, one.lot.equipment, int(one.lot.chamber[wafer])).sigma
            sensor, rows = SENSORS.index(event.sensor), slice(*recipe.bounds(step))
            shifted = level[sensor, rows] + event.sign * event.size * sigma[sensor, rows]
            inside.append(everywhere[sensor].min() <= shifted.min() and shifted.max() <= everywhere[sensor].max())
    assert len(inside) > 100
    assert np.mean(inside) > 0.98
    names = {event.sensor for one in made for event in one.events if event.mechanism == "chamber_level"}
    assert len(names) >= 10


def test_a_stuck_sensor_stands_still_and_a_decoupled_one_turns_round(pairs):
    _, made = lots(BUSY, range(12))
    for one in made:
        values = one.values.reshape(len(SENSORS), -1)
        for event in one.events:
            if event.mechanism == "stuck":
                assert np.ptp(values[SENSORS.index(event.sensor), event.rows]) == 0
    decoupled = [(event, change) for event, change in pairs if event.mechanism == "decoupled"]
    assert decoupled
    assert all(abs(change[SENSORS.index(event.sensor)].mean()) < 0.2 for event, change in decoupled)


def test_only_what_stands_still_by_itself_is_stuck():
    """What moves within the event would be off by more than the stated size."""
    settings = FabSettings(fraction=0.08, shares=(0.0, 0.0, 1.0), collective_sizes=(1.5, 1.6))
    groups, made = lots(settings, range(24))
    stuck = [(one.lot, event) for one in made for event in one.events if event.mechanism == "stuck"]
    assert len(stuck) > 30
    for lot, event in stuck:
        wafer, row = divmod(event.first, lot.recipe.rows)
        known = groups.reference(lot.recipe, lot.equipment, int(lot.chamber[wafer]))
        rows = slice(row, row + event.last - event.first + 1)
        sensor = SENSORS.index(event.sensor)
        assert known.level[sensor, rows].std() < 0.6 * known.sigma[sensor, rows].mean(), event


def test_events_do_not_touch_and_drifts_stay_in_their_chamber():
    _, made = lots(BUSY, range(24))
    several = 0
    for one in made:
        spans = [(event.first, event.last) for event in one.events]
        assert all(after[0] - before[1] > 6 for before, after in pairwise(spans))
        for event in one.events:
            first, last = event.first // one.lot.recipe.rows, event.last // one.lot.recipe.rows
            several += last > first
            assert one.lot.chamber[first] == one.lot.chamber[last]
    assert several > 3


@pytest.mark.parametrize("fraction", [0.005, 0.01, 0.02])
def test_the_share_of_anomalous_rows_is_as_asked_for(fraction):
    _, made = lots(FabSettings(fraction=fraction), range(42))
    assert np.mean([one.anomaly.mean() for one in made]) == pytest.approx(fraction, rel=0.1)


def test_each_kind_has_its_share_of_the_rows():
    _, made = lots(FabSettings(fraction=0.04, shares=(0.2, 0.3, 0.5)), range(30))
    rows = defaultdict(int)
    for one in made:
        for event in one.events:
            rows[event.kind] += event.last - event.first + 1
    for kind, share in zip(KINDS, (0.2, 0.3, 0.5), strict=True):
        assert rows[kind] / sum(rows.values()) == pytest.approx(share, rel=0.15), kind


def test_the_culprit_has_more_anomalies():
    settings = FabSettings(fraction=0.02)
    _, made = lots(settings, range(60))
    rows, found = np.zeros((3, 2)), np.zeros((3, 2))
    for one in made:
        np.add.at(rows[one.lot.equipment], one.lot.chamber, one.lot.recipe.rows)
        np.add.at(found[one.lot.equipment], one.lot.chamber, one.anomaly.sum(axis=1))
    rate = found / rows / settings.fraction
    np.testing.assert_allclose(rate, weights(settings), rtol=0.3)
    assert rate[1, 1] == pytest.approx(4 * np.delete(rate.ravel(), 3).mean(), rel=0.15)
