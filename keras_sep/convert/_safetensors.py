"""Files of safetensors: a header in JSON, and the numbers behind it."""

import json
import os
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from keras_sep._brief import brief, one_line
from keras_sep.convert._pickled import Refused

SUFFIX = ".safetensors"
DTYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "BF16": "<u2",  # widened to float32 once it is read
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "i1",
    "U8": "u1",
    "BOOL": "?",
}
MOST_HEADER = 2**24  # bytes
MOST_AXES = 8
METADATA = "__metadata__"  # texts, whose meaning is nowhere defined


def read_safetensors(path: Path) -> dict[str, np.ndarray]:
    """The tensors of a file by name; what its header asks for is never more than it holds.

    Raises:
        ValueError: If it is damaged, or no such file.
    """
    try:
        return _tensors(path)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        why = error if isinstance(error, Refused) else "a header that is cut or damaged"
        raise ValueError(
            f"{str(path)!r} must be a safetensors file. Received: {one_line(why)}"
        ) from error


def _tensors(path):
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        start = 8 + length
        if length > MOST_HEADER or start > size:
            raise Refused(f"a header of {length} bytes in a file of {size}")
        header: dict[str, Any] = json.loads(file.read(length))
        header.pop(METADATA, None)
        held = sum(end - begin for begin, end in (x["data_offsets"] for x in header.values()))
        if held > size - start:
            raise Refused(f"tensors of {held} bytes in {size - start}")
        return {name: _tensor(brief(name), file, start, size, x) for name, x in header.items()}


def _tensor(name, file, start, size, entry):
    kind, shape, (begin, end) = entry["dtype"], entry["shape"], entry["data_offsets"]
    if kind not in DTYPES:
        raise Refused(f"the tensor {name} of {brief(kind)}, which is not read")
    if not all(type(n) is int and n >= 0 for n in (*shape, begin, end)) or len(shape) > MOST_AXES:
        raise Refused(f"the tensor {name} of shape {brief(shape)} at {brief([begin, end])}")
    if prod(shape) * np.dtype(DTYPES[kind]).itemsize != end - begin or start + end > size:
        raise Refused(f"{end - begin} bytes for the tensor {name} of shape {brief(shape)}")
    file.seek(start + begin)
    numbers = np.frombuffer(file.read(end - begin), DTYPES[kind])
    if kind == "BF16":
        numbers = (numbers.astype("u4") << 16).view("f4")
    return numbers.reshape(shape)
