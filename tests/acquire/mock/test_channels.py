import re

import pytest

from culpa.acquire.mock.channels import channels
from culpa.acquire.mock.designs import DESIGNS, unit
from culpa.acquire.mock.settings import MockSettings


def test_by_default_a_strain_and_twenty_witnesses_of_all_rates_and_subsystems():
    main, *rest = channels(MockSettings())
    assert (main.name, main.sample_rate, unit(main)) == ("K1:CAL-CS_PROC_DARM_STRAIN_DBL_DQ", 16384, "strain")
    assert len(rest) == 20
    assert {channel.sample_rate for channel in rest} == {512, 1024, 2048, 4096, 8192, 16384}
    assert {re.match(r"K1:(\w+)-", channel.name)[1] for channel in rest} >= {"PEM", "VIS", "IMC", "PSL", "LSC", "CAL"}
    assert {channel.kind for channel in rest} <= set(DESIGNS)


@pytest.mark.parametrize("count", [0, 3, 300, 3000])
def test_any_number_of_channels_none_twice_the_first_ones_always_the_same(count):
    found = channels(MockSettings(auxiliary=count, rates=(512, 1024), main="L1:STRAIN"))
    assert len(found) == len({channel.name for channel in found}) == count + 1
    assert all(re.fullmatch(r"L1:[A-Z0-9_-]+", channel.name) for channel in found)
    assert [channel.sample_rate for channel in found[1:]] == [512 if i % 2 == 0 else 1024 for i in range(count)]
    assert found[:4] == channels(MockSettings(auxiliary=3, rates=(512, 1024), main="L1:STRAIN"))[: count + 1]


def test_a_main_channel_with_the_name_of_a_witness_takes_its_place():
    usual = [channel.name for channel in channels(MockSettings(auxiliary=3))[1:]]
    found = [channel.name for channel in channels(MockSettings(auxiliary=2, main=usual[0]))]
    assert found == usual
