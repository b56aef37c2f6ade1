"""Files that may be gzipped, whatever they are called."""

import gzip

_MAGIC = b"\x1f\x8b"


def unzipped(data: bytes) -> bytes:
    """The contents of a file without the gzip around them, if any; some archives hold files that were gzipped twice.

    Raises OSError or EOFError for damaged gzip.
    """
    while data.startswith(_MAGIC):
        data = gzip.decompress(data)
    return data
