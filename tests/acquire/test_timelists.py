from pathlib import Path

import pytest

from culpa.acquire.timelists import read_times
from culpa.errors import NoDataError, UsageError


@pytest.mark.parametrize(
    "text",
    [
        "1000000002.5\n1000000001\n1000000001\n",
        "# injections\n\n1000000001 3.2 loud\n1000000002.5 1 quiet\n",
        "family,gps\nblip,1000000001\n\"a, b\",1000000002.5\n",
        "\ufeffpeak_time,snr\n1000000001,9\n1000000002.5,8\n",
        "time\n1000000001\n1000000002.5",
    ],
)  # fmt: skip
def test_lists_and_tables(tmp_path: Path, text: str) -> None:
    path = tmp_path / "times.txt"
    path.write_text(text, encoding="utf-8")
    assert read_times(path).tolist() == [1000000001.0, 1000000002.5]


@pytest.mark.parametrize("text", ["soon\n", "1\nsoon\n", "gps,snr\n1,2\n,3\n", "1\nnan\n", "1\ninf\n", "snr,gps\n1\n"])
def test_a_line_without_a_time_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "times.txt"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"line \d of .*times.txt: expected a GPS time"):
        read_times(path)


@pytest.mark.parametrize("data", [None, b"", b"# none\n", b"\xff\xfe\x00"])
def test_no_list(tmp_path: Path, data: bytes | None) -> None:
    path = tmp_path / "times.txt"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(NoDataError, match=r"times.txt"):
        read_times(path)


def test_the_header_alone_is_an_empty_list(tmp_path: Path) -> None:
    path = tmp_path / "times.csv"
    path.write_text("gps,family\n")
    assert read_times(path).tolist() == []
