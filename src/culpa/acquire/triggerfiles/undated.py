"""ROOT files without the time of their writing."""

import io
import struct

_DATE = 1 << 22 | 1 << 17  # 1995-01-01, the first that the format can express
_DATE_OF_KEY = 10  # after size, version, object length
_LENGTH_OF_KEY = 14  # after the date


def undated(data: bytes) -> bytes:
    """A ROOT file (below 2 GiB, no folders) with one and the same date everywhere and zeros where nothing is stored.

    What remains depends on the contents alone: equal contents, equal bytes. Needs uproot.

    Source: the TFile, TKey and TDirectory records of the ROOT file format (root.cern, "ROOT files").
    """
    import uproot

    # Records are looked up, not walked through one after the other: uproot may leave bytes between them that no
    # record and no entry of the list of free segments accounts for.
    with uproot.open(io.BytesIO(data)) as directory:
        file = directory.file
        objects = [directory.key(name).fSeekKey for name in directory]
        trees = directory.values(filter_classname="TTree")
        branches = [branch for tree in trees for branch in tree.branches]
        baskets = [seek for branch in branches for seek in branch.member("fBasketSeek")[: branch.num_baskets]]
        dates = directory.fSeekDir + directory.fNbytesName + 2  # after the version of the directory
        keys = directory.fSeekKeys
    result = bytearray(len(data))
    result[: file.fBEGIN] = data[: file.fBEGIN]
    for position in (file.fBEGIN, file.fSeekInfo, file.fSeekFree, keys, *objects, *baskets):
        _copy_record(data, result, int(position))
    struct.pack_into(">II", result, dates, _DATE, _DATE)
    _undate_list(result, keys + _length_of_key(data, keys))
    return bytes(result)


def _copy_record(data: bytes, result: bytearray, position: int) -> None:
    (size,) = struct.unpack_from(">i", data, position)
    result[position : position + size] = data[position : position + size]
    struct.pack_into(">I", result, position + _DATE_OF_KEY, _DATE)


def _undate_list(result: bytearray, position: int) -> None:
    """The list of keys of a directory: their number, then a copy of each."""
    (count,) = struct.unpack_from(">i", result, position)
    position += 4
    for _ in range(count):
        struct.pack_into(">I", result, position + _DATE_OF_KEY, _DATE)
        position += _length_of_key(result, position)


def _length_of_key(data: bytes | bytearray, position: int) -> int:
    (length,) = struct.unpack_from(">h", data, position + _LENGTH_OF_KEY)
    return int(length)
