"""Files of safetensors, written by hand as their format is documented."""

import json

import numpy as np
import pytest

from keras_sep import convert

TENSORS = {
    "a": np.arange(6, dtype="<f4").reshape(2, 3),
    "b": np.array([1.5, -2.0], "<f2"),
    "c": np.array(7, "<i8"),
    "d": np.zeros((0, 3), "<f8"),
}
KINDS = {"<f4": "F32", "<f2": "F16", "<i8": "I64", "<f8": "F64"}


def content(tensors, **change):
    """Length of the header, the header, the numbers."""
    header, numbers = {"__metadata__": {"format": "pt"}}, b""
    for name, tensor in tensors.items():
        begin, numbers = len(numbers), numbers + tensor.tobytes()
        header[name] = {
            "dtype": KINDS[tensor.dtype.str],
            "shape": list(tensor.shape),
            "data_offsets": [begin, len(numbers)],
        }
    header["a"].update(change)
    text = json.dumps(header).encode() + b"   "  # spaces fill up to a multiple of eight
    return len(text).to_bytes(8, "little") + text + numbers


@pytest.fixture
def written(tmp_path):
    def written(data):
        path = tmp_path / "model.safetensors"
        path.write_bytes(data)
        return path

    return written


def test_every_tensor_is_read(written):
    found = convert.read_checkpoint(written(content(TENSORS)))
    assert list(found) == list(TENSORS)
    for name, tensor in TENSORS.items():
        assert found[name].dtype == tensor.dtype
        np.testing.assert_array_equal(found[name], tensor)


def test_bfloat16_comes_as_float32(written):
    halves = np.array([1.0, -2.5], "<f4").view("<u2")[1::2]  # the upper halves
    text = b'{"x":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}'
    path = written(len(text).to_bytes(8, "little") + text + halves.tobytes())
    np.testing.assert_array_equal(convert.read_checkpoint(path)["x"], [1.0, -2.5])


@pytest.mark.fault
@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "damaged"),
        (b"\xff" * 40, "bytes in a file of 40"),
        ((3).to_bytes(8, "little") + b"[1]", "damaged"),
        ((3).to_bytes(8, "little") + b'"a"', "damaged"),
        ((2).to_bytes(8, "little") + b"{a", "damaged"),
        ((10**5).to_bytes(8, "little") + b"[" * 10**5, "damaged"),
        (content(TENSORS)[:-30], "tensors of 36 bytes in 6"),
        (content(TENSORS, dtype="F8_E5M2"), "of 'F8_E5M2', which is not read"),
        (content(TENSORS, shape=[2, 4]), "24 bytes for the tensor 'a' of shape [2, 4]"),
        (content(TENSORS, shape=[-2, -3]), "the tensor 'a' of shape [-2, -3]"),
        (content(TENSORS, shape=None), "damaged"),
        (content(TENSORS, data_offsets=[20, 44]), "for the tensor 'a'"),
        (content(TENSORS, data_offsets=[-24, 0]), "the tensor 'a' of shape [2, 3] at [-24, 0]"),
        (content(TENSORS, data_offsets=[0, 10**12]), "tensors of 1000000000012 bytes in 36"),
        (content(TENSORS, data_offsets="ab"), "damaged"),
    ],
)
def test_what_is_damaged_or_hostile_is_one_line(written, data, complaint):
    with pytest.raises(ValueError, match=r"must be a safetensors file\. Received: ") as error:
        convert.read_checkpoint(written(data))
    assert complaint in str(error.value)
    assert len(str(error.value).splitlines()) == 1
