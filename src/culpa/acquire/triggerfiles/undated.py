"""ROOT files without the time of their writing."""

import struct

_DATE = 1 << 22 | 1 << 17  # 1995-01-01, the first that the format can express


def undated(data: bytes) -> bytes:
    """A ROOT file (below 2 GiB) with one and the same date everywhere and zeros where nothing is stored.

    What remains depends on the contents alone: equal contents, equal bytes.

    Source: the TFile, TKey, TDirectory and TFree records of the ROOT file format (root.cern, "ROOT files").
    """
    result = bytearray(data)
    begin, end, seek_free, free_bytes, _, name_bytes = struct.unpack_from(">6i", data, 8)
    free = _free_ranges(data, seek_free, free_bytes, end)
    for first, last in free:
        result[first:last] = bytes(last - first)
    position, after_gap = begin, dict(free)
    while position < end:
        if position in after_gap:
            position = after_gap[position]
        else:
            position += _undate_key(result, position)
    directory = (
        begin + name_bytes
    )  # version, creation, change, bytes of keys, bytes of name, seek of itself, parent, keys
    struct.pack_into(">II", result, directory + 2, _DATE, _DATE)
    (seek_keys,) = struct.unpack_from(">i", data, directory + 26)
    copy = seek_keys + _key_length(data, seek_keys)
    (count,) = struct.unpack_from(">i", data, copy)
    copy += 4
    for _ in range(count):
        _undate_key(result, copy)
        copy += _key_length(data, copy)
    return bytes(result)


def _free_ranges(data: bytes, seek: int, size: int, end: int) -> list[tuple[int, int]]:
    entries = struct.iter_unpack(">hii", data[seek + _key_length(data, seek) : seek + size])
    return [(first, last + 1) for _, first, last in entries if first < end]


def _key_length(data: bytes, position: int) -> int:
    (length,) = struct.unpack_from(">h", data, position + 14)  # after size, version, object length, date
    return int(length)


def _undate_key(data: bytearray, position: int) -> int:
    """Set the date of the record at a position; its size in bytes."""
    (size,) = struct.unpack_from(">i", data, position)
    struct.pack_into(">I", data, position + 10, _DATE)
    return int(size)
