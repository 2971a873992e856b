"""TensorFlow's checkpoints without TensorFlow: a table of names, and the numbers in a file beside.

The index is a table of LevelDB (sorted keys in blocks, each with what it shares with the one
before), its values are protocol buffers (`BundleEntryProto` of TensorFlow's `tensor_bundle.proto`).
Both are documented formats; `model.meta`, which holds a graph, is never opened.
"""

import operator
import os
import stat
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from keras_sep._brief import brief, one_line
from keras_sep.convert._crc32c import crc32c
from keras_sep.convert._pickled import Refused

FOOTER, MAGIC = 48, 0xDB4775248B80FB57
DTYPES = {1: "<f4", 2: "<f8", 3: "<i4", 9: "<i8", 19: "<f2"}  # of TensorFlow's `types.proto`
MOST_INDEX = 2**24  # bytes; that of Spleeter has 5 KB
MOST_AXES = 8
MOST_SHARED = 16  # bytes of keys to a byte of their block; every 16th key is written in full


def index_of(path: Path) -> Path | None:
    """The index of the checkpoint at `path`, or None where there is none.

    It may be the index or the file of numbers, a folder with one checkpoint, or the name that the
    files have in common, as TensorFlow has it.
    """
    if path.is_dir():
        found = sorted(path.glob("*.index"))
        return found[0] if len(found) == 1 else None
    if path.suffix.startswith(".data-"):
        path = path.with_suffix("")
    index = path if path.suffix == ".index" else path.with_name(f"{path.name}.index")
    return index if index.is_file() else None


def read_bundle(index: Path) -> dict[str, np.ndarray]:
    """The tensors of a checkpoint, by name, each checked against its checksum.

    Raises:
        ValueError: If a file is damaged or missing, or no such checkpoint.
    """
    try:
        return _tensors(index)
    except (IndexError, TypeError, OverflowError, ValueError) as error:
        damaged = isinstance(error, (IndexError, TypeError))  # or a field of another type
        why = "a table that is cut or damaged" if damaged else error
        raise ValueError(
            f"{str(index)!r} must be the index of a TensorFlow checkpoint. "
            f"Received: {one_line(why)}"
        ) from error


def _tensors(index):
    entries = dict(_entries(_bytes(index, MOST_INDEX)))
    header = _fields(entries.pop(b"", b""))
    if header.get(1) != 1 or header.get(2, 0):
        raise Refused("numbers in several files, or in another order of bytes")
    data_path = index.with_suffix(".data-00000-of-00001")
    if not data_path.is_file():
        raise Refused(f"no file {data_path.name!r} beside it, which has the numbers")
    tensors, read, size = {}, 0, os.path.getsize(data_path)
    with open(data_path, "rb") as data:
        for key, entry in sorted(entries.items()):
            tensor = _tensor(brief(key.decode()), _fields(entry), data, size)
            read += tensor.nbytes
            if read > size:
                raise Refused(f"tensors that share numbers: more of them than the {size} bytes")
            tensors[key.decode()] = tensor
    return tensors


def _tensor(name, entry, data, file_size):
    dtype = entry.get(1)
    if dtype not in DTYPES or 7 in entry:  # slices of a tensor
        raise Refused(f"the tensor {name}, which is not a whole array of numbers")
    shape = _shape(entry.get(2, b""))
    offset, size = (operator.index(entry.get(field, 0)) for field in (4, 5))
    if len(shape) > MOST_AXES or prod(shape) * np.dtype(DTYPES[dtype]).itemsize != size:
        raise Refused(f"{size} bytes for the tensor {name} of shape {brief(shape)}")
    if offset + size > file_size:
        raise Refused(f"a file of {file_size} bytes of numbers, which ends before {name}")
    data.seek(offset)
    numbers = data.read(size)
    if _masked(crc32c(numbers)) != entry.get(6):
        raise Refused(f"damaged numbers of {name}: their checksum does not match")
    return np.frombuffer(numbers, DTYPES[dtype]).reshape(shape)


def _shape(message):
    axes = (_fields(value).get(1, 0) for field, value in _parsed(message) if field == 2)
    return tuple(operator.index(size) for size in axes)


def _bytes(path, most):
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise Refused("a folder" if path.is_dir() else "a pipe or a device")
    if os.path.getsize(path) > most:
        raise Refused(f"a file of {os.path.getsize(path)} bytes, where an index has {most} at most")
    return path.read_bytes()


def _entries(table: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values of a table: its footer says where its list of blocks is."""
    if len(table) < FOOTER or int.from_bytes(table[-8:], "little") != MAGIC:
        raise Refused("a file that does not end as an index ends")
    at = len(table) - FOOTER
    for _ in range(2):  # where the block of other things lies, which no checkpoint has
        _, at = _varint(table, at)
    list_offset, at = _varint(table, at)
    list_size, _ = _varint(table, at)
    read = 0
    for _, place in _block(table, list_offset, list_size):
        offset, at = _varint(place, 0)
        size, _ = _varint(place, at)
        read += size
        if read > len(table):  # blocks that overlap
            raise IndexError
        yield from _block(table, offset, size)


def _block(table, offset, size):
    block, trailer = table[offset : offset + size], table[offset + size : offset + size + 5]
    if len(block) < 4 or len(trailer) < 5:
        raise IndexError
    if trailer[0]:
        raise Refused("a compressed index, which TensorFlow never writes")
    if _masked(crc32c(block + trailer[:1])) != int.from_bytes(trailer[1:], "little"):
        raise Refused("a damaged index: its checksum does not match")
    end = len(block) - 4 - 4 * int.from_bytes(block[-4:], "little")  # entries, then their starts
    at, key, spelled = 0, b"", 0
    while at < end:
        shared, at = _varint(block, at)
        own, at = _varint(block, at)
        length, at = _varint(block, at)
        if shared > len(key) or at + own + length > end:
            raise IndexError
        key = key[:shared] + block[at : at + own]
        at += own + length
        spelled += len(key)
        if spelled > MOST_SHARED * len(block):
            raise IndexError
        yield key, block[at - length : at]


def _masked(crc):
    """A checksum as the files store it."""
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def _varint(data, at):
    value = 0
    for shift in range(0, 64, 7):
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise IndexError


def _fields(message: bytes) -> dict[int, Any]:
    """The fields of a protocol buffer by number, the last of each."""
    return dict(_parsed(message))


def _parsed(message):
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        field, kind = tag >> 3, tag & 7
        if kind == 0:
            value, at = _varint(message, at)
        elif kind in (1, 2, 5):
            size, at = _varint(message, at) if kind == 2 else ({1: 8, 5: 4}[kind], at)
            value, at = message[at : at + size], at + size
            if at > len(message):
                raise IndexError
            value = value if kind == 2 else int.from_bytes(value, "little")
        else:
            raise IndexError
        yield field, value
