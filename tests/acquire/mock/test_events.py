import math
from dataclasses import fields, replace

import numpy as np
import pytest

from culpa.acquire.mock.channels import channels
from culpa.acquire.mock.events import HOUR, events, homes, injections
from culpa.acquire.mock.families import Families, FamilySettings
from culpa.acquire.mock.settings import MockSettings
from culpa.acquire.mock.strangers import STRANGERS
from culpa.errors import UsageError

START = 1257811218
SETTINGS = MockSettings(seed=3)


def happening(settings, hours=4, start=START):
    day = (start, start + hours * HOUR)
    return list(events(settings, day, range(start // HOUR - 1, day[1] // HOUR + 1)))


def test_a_longer_day_begins_like_a_shorter_one():
    short, long = happening(SETTINGS, 2), happening(SETTINGS, 5)
    assert len(short) > 300
    edge = START + 2 * HOUR - 30  # events that would stick out of the shorter day happen in the longer one only
    assert [e for e in short if e[0].gps < edge] == [e for e in long if e[0].gps < edge]


def test_a_later_day_continues_an_earlier_one():
    both = happening(SETTINGS, 4)
    second = happening(SETTINGS, 2, START + 2 * HOUR)
    times = {e[0].gps for e in both}
    assert second
    assert all(e[0].gps in times for e in second)


def test_any_window_shows_what_the_whole_day_has_there():
    settings = replace(SETTINGS, families=Families(scattered_light=FamilySettings(rate=2000.0, q=(6.0, 18.0))))
    day = (START, START + 4 * HOUR)
    everything = [part for event in happening(settings) for part in event]
    rng = np.random.default_rng(0)
    hours = HOUR * np.arange(START // HOUR + 1, day[1] // HOUR)  # an event of one hour may reach into the next
    for start in map(int, [*rng.integers(START, day[1] - 32, 10), *hours, *(hours - 32)]):
        expected = [p for p in everything if p.gps + p.reach > start and p.gps - p.reach < start + 32]
        found = injections(settings, day, start, start + 32)
        assert len(expected) > 10
        assert set(expected) <= set(found)
        assert all(p.span[0] < start + 32 and p.span[1] > start for p in found)


def test_nothing_sticks_out_of_the_day():
    for event in happening(SETTINGS, 1):
        for part in event:
            assert part.gps - part.reach >= START
            assert part.gps + part.reach <= START + HOUR


def test_numbers_are_unique_and_events_in_order():
    found = happening(SETTINGS)
    numbers = [event[0].event_id for event in found]
    assert len(set(numbers)) == len(numbers)
    assert numbers == sorted(numbers)
    assert all(part.event_id == event[0].event_id for event in found for part in event)
    times = [event[0].gps for event in found]
    assert times == sorted(times)


def test_rates_are_those_asked_for():
    counts = dict.fromkeys(SETTINGS.glitches, 0)
    lonely = {"unwitnessed": 0, "uncoupled": 0}
    for event in happening(SETTINGS, 40):
        if event[0].coupled:
            counts[event[0].family] += 1
        else:
            lonely["unwitnessed" if event[0].channel == SETTINGS.main else "uncoupled"] += 1
    for count in counts.values():
        assert abs(count - 18 * 40) < 5 * math.sqrt(18 * 40)
    assert abs(lonely["unwitnessed"] - 18 * 40) < 5 * math.sqrt(18 * 40)
    expected = 4 * 20 * 40
    assert 0.8 * expected < lonely["uncoupled"] < expected  # less those above a channel's Nyquist frequency


def test_parameters_fill_their_ranges_and_relations_hold():
    found = happening(SETTINGS, 20)
    for name in SETTINGS.glitches:
        family = SETTINGS.family(name)
        mine = [event for event in found if event[0].family == name and event[0].coupled]
        main = [event[0] for event in mine]
        for attribute in ("frequency", "q", "snr"):
            low, high = getattr(family, attribute)
            values = np.array([getattr(part, attribute) for part in main])
            assert low <= values.min() < low * (high / low) ** 0.1
            assert low * (high / low) ** 0.9 < values.max() <= high
        heard = [event for event in mine if not math.isnan(event[1].snr)]
        coupling = np.array([event[0].snr / event[1].snr for event in heard])
        assert family.coupling[0] * 0.999 <= coupling.min() < 0.1
        assert 0.5 < coupling.max() <= family.coupling[1] * 1.001
        delay = np.array([event[0].gps - event[1].gps for event in mine])
        assert (delay >= family.delay[0] - 1e-6).all()
        assert (delay <= family.delay[1] + 1e-6).all()
        assert delay.std() > 0
        for event in mine:
            assert event[1].phase == event[0].phase
            if name != "scattered_light":
                assert (event[1].frequency, event[1].q) == (event[0].frequency, event[0].q)
            else:
                assert event[1].frequency == event[0].frequency / 2


def test_one_cause_is_seen_by_two_witnesses_one_of_them_weaker():
    mine = [event for event in happening(SETTINGS) if event[0].family == "helix" and event[0].coupled]
    share = np.array([event[2].snr / event[1].snr for event in mine])
    assert all(len({part.channel for part in event}) == 3 for event in mine)
    assert (share >= 0.2 * 0.999).all()
    assert (share <= 0.6 * 1.001).all()
    others = [event for event in happening(SETTINGS) if event[0].family != "helix" and event[0].coupled]
    assert all(len(event) == 2 for event in others)


def test_parameters_of_families_overlap():
    families = [SETTINGS.family(name) for name in SETTINGS.glitches]
    for attribute in ("frequency", "q", "snr", "coupling"):
        for family in families:
            low, high = getattr(family, attribute)
            others = [getattr(other, attribute) for other in families if other is not family]
            assert any(bottom < high and top > low for bottom, top in others)


def test_what_lies_above_a_nyquist_frequency_is_listed_without_snr():
    settings = replace(SETTINGS, rates=(512,), main_rate=1024)
    parts = [part for event in happening(settings) for part in event]
    rate = {channel.name: channel.sample_rate for channel in channels(settings)}
    assert {math.isnan(part.snr) for part in parts} == {True, False}
    for part in parts:
        assert math.isnan(part.snr) == (part.frequency >= rate[part.channel] / 2)
    lonely = [part for part in parts if not part.coupled]
    assert lonely
    assert not any(math.isnan(part.snr) for part in lonely)  # an event that is nowhere is none


def test_minimum_separation_keeps_the_main_channel_clear():
    found = happening(replace(SETTINGS, minimum_separation=8.0))
    times = np.array([event[0].gps for event in found if event[0].channel == SETTINGS.main])
    assert len(times) > 100
    assert np.diff(times).min() >= 8.0
    free = np.array([event[0].gps for event in happening(SETTINGS) if event[0].channel == SETTINGS.main])
    inside = free[free > times[0]]  # what came before the day may forbid its first event
    assert np.array_equal(times[1:], inside[np.diff(free)[-len(inside) :] >= 8.0])
    others = [[e for e in some if e[0].channel != SETTINGS.main] for some in (found, happening(SETTINGS))]
    assert others[0] == others[1]


def test_minimum_separation_holds_across_hours_whatever_is_asked_for():
    settings = replace(SETTINGS, minimum_separation=300.0, glitches=("dot",))
    day = (START, START + 10 * HOUR)
    whole = list(happening(settings, 10))
    first = START // HOUR
    hourly = [e for hour in range(first, first + 11) for e in events(settings, day, range(hour, hour + 1))]
    assert hourly == whole


def test_a_seed_is_another_day_and_a_rate_leaves_other_families_alone():
    def dots(settings):
        return [replace(e[0], event_id=0) for e in happening(settings) if e[0].family == "dot" and e[0].coupled]

    changed = replace(SETTINGS, families=Families(blip=FamilySettings(rate=200.0)))
    assert dots(SETTINGS) == dots(changed)
    assert dots(SETTINGS) != dots(replace(SETTINGS, seed=4))


def test_without_auxiliary_channels_nothing_is_coupled():
    found = happening(replace(SETTINGS, auxiliary=0))
    assert found
    assert all(len(event) == 1 and not event[0].coupled for event in found)


def test_without_couplings_the_same_happens_at_unrelated_times():
    coupled, alone = happening(SETTINGS), happening(replace(SETTINGS, couplings=False))
    main, others = ([event for event in alone if (event[0].channel == SETTINGS.main) is here] for here in (True, False))
    assert [event[0].gps for event in main] == [e[0].gps for e in coupled if e[0].channel == SETTINGS.main]
    assert all(len(event) == 1 and not event[0].coupled for event in alone)
    parts = sum(len(event) for event in coupled)
    assert 0.97 * parts < len(alone) <= parts + 10  # near the ends of the day events come and go
    times = np.array([event[0].gps for event in main])
    near = [np.abs(times - event[0].gps).min() < 0.05 for event in others]
    assert sum(near) < 2 * len(others) * 0.1 * len(times) / 14400


def test_homes_follow_the_order_of_families_round_and_round_or_a_name():
    everything = channels(replace(SETTINGS, auxiliary=4))
    seen = homes(replace(SETTINGS, auxiliary=4), everything)
    assert seen["blip"] == (everything[1],)
    assert seen["dot"] == (everything[1],)
    assert seen["helix"] == (everything[2], everything[3])
    named = replace(SETTINGS, families=Families(blip=FamilySettings(home=everything[4].name)))
    assert homes(named, everything)["blip"] == (everything[4],)
    wrong = replace(SETTINGS, families=Families(blip=FamilySettings(home=everything[4].name[:-1])))
    with pytest.raises(UsageError, match=r"mock.families.blip: no auxiliary channel") as problem:
        homes(wrong, everything)
    assert everything[4].name in problem.value.hint


def test_the_calibration_family_covers_what_is_asked_of_a_trigger_search():
    family = SETTINGS.families.sine_gaussian
    assert (family.frequency, family.q, family.snr) == ((20, 1500), (5, 90), (8, 100))
    assert "sine_gaussian" not in SETTINGS.glitches
    assert {f.name for f in fields(Families)} == {*SETTINGS.glitches, "sine_gaussian"}


def test_what_is_no_family_has_a_witness_and_leaves_families_alone():
    asked = replace(SETTINGS, none_of_these=replace(SETTINGS.none_of_these, rate=60.0))
    found = happening(asked, 2)
    strange = [event for event in found if event[0].family == "none_of_these"]
    assert 80 < len(strange) < 160
    assert {event[1].channel for event in strange} == {channels(asked)[1 + 11].name}
    assert len({event[0].variant % len(STRANGERS) for event in strange}) == len(STRANGERS)
    others = [[replace(part, event_id=0) for part in event] for event in found if event[0].family != "none_of_these"]
    assert others == [[replace(part, event_id=0) for part in event] for event in happening(SETTINGS, 2)]
