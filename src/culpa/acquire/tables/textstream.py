"""Text files as a stream of UTF-8, whatever their encoding and whether gzipped or not."""

import codecs
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

from ...errors import CulpaError, UsageError, refused

CHUNK = 1 << 20
_GZIP = b"\x1f\x8b"
_FREE = 64 << 20  # bytes that any gzipped file may have
_RATIO = 200  # times the bytes on disk that a longer one may have; sensor data reach about 20
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_HANGUL = re.compile(rb"[\xb0-\xc8][\xa1-\xfe]")


def raw_bytes(path: Path) -> Iterator[bytes]:
    """A file's bytes without the gzip around them, in chunks.

    Raises CulpaError where the system refuses, and for gzip that is damaged or unpacks to far more than a table would.
    """
    try:
        with path.open("rb") as file:
            zipped = file.read(2) == _GZIP
            file.seek(0)
            if not zipped:
                while chunk := file.read(CHUNK):
                    yield chunk
                return
            most, total = max(_FREE, _RATIO * path.stat().st_size), 0
            with gzip.open(file) as unpacked:
                while chunk := unpacked.read(CHUNK):
                    total += len(chunk)
                    if total > most:
                        raise CulpaError(
                            f"{path} unpacks to more than {_RATIO} times its size, which no table does",
                            "if it is what it should be, unpack it first: gunzip -k FILE",
                        )
                    yield chunk
    except (gzip.BadGzipFile, EOFError, zlib.error) as problem:
        raise CulpaError(f"{path} is damaged gzip: {problem}", "copy or download the file again") from None
    except OSError as problem:
        raise refused(problem) from None


def guessed_encoding(sample: bytes) -> str:
    """The encoding of a text that begins with these bytes.

    That is what its byte order mark says, else UTF-8 where the bytes are valid, else UTF-16 where every second byte is
    0, else CP949 where most of the other characters are Korean syllables in it, else CP1252.
    """
    for mark, encoding in _MARKS:
        if sample.startswith(mark):
            return encoding
    half = len(sample) // 2
    if half and min(sample[1::2].count(0), half) > 0.3 * half and 0 not in sample[::2]:
        return "utf-16-le"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)  # a character cut at the end is no mistake
    except UnicodeDecodeError:
        foreign = sum(byte > 0x7F for byte in sample)
        return "cp949" if 2 * len(_HANGUL.findall(sample)) > 0.8 * foreign else "cp1252"
    return "utf-8"


def known_encoding(name: str) -> str:
    """A name of an encoding, checked. Raises UsageError for one that Python does not have."""
    try:
        "a".encode(name)
        return codecs.lookup(name).name
    except (LookupError, UnicodeError, ValueError):
        raise UsageError(f"no encoding is called {name!r}", "for example: utf-8, utf-16, cp949, cp1252") from None


def utf8(path: Path, chunks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """The same text in UTF-8, without a byte order mark. Raises CulpaError where the bytes are not of that encoding."""
    if encoding == "utf-8":  # whoever splits it into cells checks it
        yield from chunks
        return
    errors = "replace" if encoding == "cp1252" else "strict"  # five bytes mean nothing there, and it is the last resort
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    try:
        for chunk in chunks:
            if encoded := decoder.decode(chunk).encode():
                yield encoded
        yield decoder.decode(b"", True).encode()
    except UnicodeError:  # lone surrogates too
        raise not_text(path, encoding) from None


def not_text(path: Path, encoding: str) -> CulpaError:
    """What to say of bytes that are not of an encoding."""
    return CulpaError(
        f"{path} is not {encoding.removesuffix('-sig').upper()} throughout",
        "say which encoding it has, such as cp949 (Korean Windows) or cp1252 (Western Windows), or save it as UTF-8",
    )


def single_spaced(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Lines with each run of spaces and tabs made one space, none at the ends of a line."""
    rest = b""
    for chunk in chunks:
        whole, newline, rest = (rest + chunk).rpartition(b"\n")
        yield squeezed(whole) + newline
    yield squeezed(rest)


def squeezed(text: bytes) -> bytes:
    """What `single_spaced` makes of some whole lines."""
    return re.sub(rb"(?m)^ | (?=\r?$)", b"", re.sub(rb"[ \t]+", b" ", text))


def without_first(chunks: Iterator[bytes], count: int) -> Iterator[bytes]:
    """All but the first `count` bytes."""
    for chunk in chunks:
        if count < len(chunk):
            yield chunk[count:]
        count = max(0, count - len(chunk))


def tallied(chunks: Iterator[bytes], what: bytes, count: list[int]) -> Iterator[bytes]:
    """The same chunks; how often one byte stands in them is added to the first number of `count`."""
    for chunk in chunks:
        count[0] += chunk.count(what)
        yield chunk


class Stream(io.RawIOBase):
    """A file object over chunks of bytes."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill some of a buffer; 0 at the end."""
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = memoryview(chunk)
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
