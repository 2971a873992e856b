"""Checkpoints written by hand, in the instructions that PyTorch uses."""

import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
from audit import HARMFUL, PROGRAMS, nothing_done

from keras_sep import convert

GOLDEN = Path(__file__).parent / "golden"


def archive(path, program, members=(), method=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", method) as file:
        file.writestr("archive/data.pkl", program)
        for name, content in members:
            file.writestr(name, content)
    return path


def refusal(path):
    """The reason for which a file is not read, in one line, and without doing anything else."""
    with pytest.raises(ValueError) as error, nothing_done(HARMFUL | PROGRAMS):
        convert.read_checkpoint(path)
    assert f"{str(path)!r} must be a state dict of PyTorch. Received: " in str(error.value)
    reason = str(error.value).partition("Received: ")[2]
    assert len(str(error.value).splitlines()) == 1
    assert 3 < len(reason) <= 300
    return reason


def numbers(values):
    return b"(" + b"".join(b"J" + n.to_bytes(4, "little", signed=True) for n in values) + b"t"


def text(value):
    return b"X" + len(value).to_bytes(4, "little") + value.encode()


def storage(key="0", kind="FloatStorage", elements=4):
    """The part of a program that names a storage."""
    named = b"(" + text("storage") + b"ctorch\n" + kind.encode() + b"\n"
    return named + text(key) + text("cpu") + numbers([elements])[1:-1] + b"tQ"


def rebuilt(offset=0, size=(4,), stride=(1,), **of_storage):
    """The program of one tensor, in the instructions that PyTorch uses."""
    return b"".join(
        [
            b"\x80\x02}" + text("x"),
            b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage(**of_storage),
            numbers([offset])[1:-1] + numbers(size) + numbers(stride),
            b"\x89}tRs.",
        ]
    )


FOUR = np.arange(4, dtype="<f4").tobytes()


def stream(content, keys, size):
    """The format from before PyTorch 1.6: five pickles, and a storage without its numbers."""
    parts = (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True})
    head = b"".join(pickle.dumps(part, protocol=2) for part in parts)
    return head + content + pickle.dumps(keys, protocol=2) + size.to_bytes(8, "little")
