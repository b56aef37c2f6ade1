"""Bytes to UTF-8: encodings that are guessed and given, gzip that is sound, damaged and a bomb."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from culpa.acquire.tables import textstream
from culpa.acquire.tables.textstream import (
    Stream,
    guessed_encoding,
    known_encoding,
    raw_bytes,
    single_spaced,
    tallied,
    utf8,
    without_first,
)
from culpa.errors import CulpaError, UsageError

KOREAN = "시간,온도,압력\n1,2,3\n"


@pytest.mark.parametrize(
    ("text", "encoding", "guess"),
    [
        ("a,b\n", "ascii", "utf-8"),
        (KOREAN, "utf-8", "utf-8"),
        (KOREAN, "utf-8-sig", "utf-8-sig"),
        (KOREAN, "utf-16", "utf-16"),
        ("time,value\n1,2\n", "utf-16-le", "utf-16-le"),
        (KOREAN, "cp949", "cp949"),
        ("time,Temp °C\n1,2\n", "cp1252", "cp1252"),
        ("Zeit,Größe in µm\n", "cp1252", "cp1252"),
    ],
)
def test_encodings(text: str, encoding: str, guess: str) -> None:
    assert guessed_encoding(text.encode(encoding)) == guess
    chunks = [bytes([byte]) for byte in text.encode(encoding)]
    assert b"".join(utf8(Path("x"), iter(chunks), guess)).decode() == text


def test_a_character_cut_at_the_end_of_the_sample_is_utf_8() -> None:
    assert guessed_encoding("온도".encode()[:-1]) == "utf-8"


def test_bytes_of_another_encoding_are_told() -> None:
    with pytest.raises(CulpaError, match="x is not CP949 throughout") as caught:
        list(utf8(Path("x"), iter(["온도".encode("cp949")[:-1]]), "cp949"))
    assert "say which encoding it has, such as cp949" in caught.value.hint


def test_an_unknown_encoding() -> None:
    assert known_encoding("EUC-KR") == "euc_kr"
    for name in ("klingon", "zlib", "undefined"):
        with pytest.raises(UsageError, match=f"no encoding is called '{name}'"):
            known_encoding(name)


def test_gzip(written: Callable[..., Path]) -> None:
    assert b"".join(raw_bytes(written(gzip.compress(b"a,b\n"), "x.csv"))) == b"a,b\n"


@pytest.mark.parametrize("damage", [lambda data: data[:-4], lambda data: data[:40] + b"xxxx" + data[44:]])
def test_damaged_gzip(written: Callable[..., Path], damage: Callable[[bytes], bytes]) -> None:
    path = written(damage(gzip.compress(bytes(range(256)) * 20)), "x.csv.gz")
    with pytest.raises(CulpaError, match=r"x.csv.gz is damaged gzip") as caught:
        list(raw_bytes(path))
    assert caught.value.hint == "copy or download the file again"


def test_a_gzip_bomb(written: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(gzip.compress(b"1,2\n" * 2_000_000), "x.csv.gz")
    assert sum(map(len, raw_bytes(path))) == 8_000_000  # small enough for any ratio
    monkeypatch.setattr(textstream, "_FREE", 1 << 20)
    with pytest.raises(CulpaError, match="unpacks to more than 200 times its size") as caught:
        list(raw_bytes(path))
    assert "unpack it first" in caught.value.hint


@pytest.mark.parametrize("cut", [1, 2, 3, 7, 100])
def test_single_spaced(cut: int) -> None:
    text = b"  a \t b  c\r\n1  2 3  \n\n 4 5 6"
    chunks = (text[place : place + cut] for place in range(0, len(text), cut))
    assert b"".join(single_spaced(chunks)) == b"a b c\r\n1 2 3\n\n4 5 6"


@pytest.mark.parametrize("count", range(8))
def test_without_first(count: int) -> None:
    assert b"".join(without_first(iter([b"ab", b"", b"cde", b"f"]), count)) == b"abcdef"[count:]


def test_a_stream_counts_and_reads_in_any_pieces() -> None:
    count = [0]
    stream = Stream(tallied(iter([b'a"b', b"", b'"c']), b'"', count))
    assert stream.read(2) == b'a"'
    assert stream.read() == b'b"c'
    assert count == [2]
