import pytest

from culpa.detect.settings import SearchSettings


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"segment": 60}, "power of two"),
        ({"segment": 2}, "power of two"),
        ({"overlap": 33}, "half a segment"),
        ({"overlap": 0}, "half a segment"),
        ({"snr": float("nan")}, "snr: expected a finite"),
        ({"chunk": float("inf")}, "chunk: expected a finite"),
        ({"qmax": 2000}, "qmax"),
        ({"mismatch": 1e-9}, "0.01"),
        ({"qmin": 3}, "qmin"),
        ({"qmin": 50, "qmax": 40}, "qmax"),
        ({"mismatch": 0}, "fraction"),
        ({"snr": 0}, "positive"),
        ({"fmin": 0}, "fmin"),
        ({"fmax": 5}, "fmax"),
        ({"psd_length": 10}, "windows"),
        ({"sample_rate": 1}, "16 Hz"),
        ({"chunk": 0}, "chunk"),
    ],
)
def test_values_that_contradict_each_other_are_named(change, word):
    with pytest.raises(ValueError, match=word):
        SearchSettings(**change)
