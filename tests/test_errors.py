"""Errors say what to do, and survive the trip from a worker process."""

import pickle
from collections.abc import Iterator

import pytest

from culpa.errors import (
    ChannelNotFoundError,
    CulpaError,
    MissingExtraError,
    NoDataError,
    NoTriggersError,
    UsageError,
    nearest,
)

EXAMPLES: list[tuple[CulpaError, int]] = [
    (CulpaError("a full disk", "free some"), 1),
    (CulpaError("no hint"), 1),
    (UsageError("no such option", "see --help"), 2),
    (NoDataError("no file"), 3),
    (NoTriggersError("a quiet day", "have another"), 4),
    (MissingExtraError("gwframe", "gw", "reading GWF frames"), 1),
    (ChannelNotFoundError("K1:A", "x.gwf", ["K1:B", "K1:C"]), 3),
]


def kinds(of: type[CulpaError] = CulpaError) -> Iterator[type[CulpaError]]:
    yield of
    for kind in of.__subclasses__():
        yield from kinds(kind)


@pytest.mark.parametrize(("error", "exit_code"), EXAMPLES)
def test_errors_survive_pickling(error: CulpaError, exit_code: int) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert (copy.message, copy.hint, str(copy), copy.exit_code) == (
        error.message,
        error.hint,
        str(error),
        exit_code,
    )


def test_every_kind_of_error_has_an_example() -> None:
    assert {kind for kind in kinds() if kind.__module__ == "culpa.errors"} == {type(error) for error, _ in EXAMPLES}


def test_the_way_out_stands_on_a_line_of_its_own() -> None:
    assert str(CulpaError("what", "way out")) == "what\n  way out"
    assert str(CulpaError("what")) == "what"


def test_what_the_errors_say() -> None:
    assert str(MissingExtraError("gwframe", "gw", "reading GWF frames")).splitlines() == [
        "reading GWF frames needs the package gwframe, which is not installed",
        "  install the extra: pip install 'culpa[gw]'   (or ./uv_run.sh setup, which installs all of them)",
    ]
    assert str(ChannelNotFoundError("K1:LSC-DARN", "x.gwf", ["K1:LSC-DARM", "K1:PEM-X"])) == (
        "no channel 'K1:LSC-DARN' in x.gwf\n  did you mean K1:LSC-DARM?"
    )


def test_near_words() -> None:
    words = [f"word_{n}" for n in range(12)]
    assert nearest("qmim", ["qmin", "qmax", "snr"]) == "did you mean qmin or qmax?"
    assert nearest("zzz", ["qmin", "snr"]) == "known: qmin, snr"
    assert nearest("zzz", words) == f"known: {', '.join(sorted(words)[:8])} and 4 more"
    assert nearest("zzz", []) == "none is known here"
