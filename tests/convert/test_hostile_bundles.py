"""Indices of TensorFlow's checkpoints with right checksums that ask for what no checkpoint has."""

import numpy as np
import pytest
from tables import HEADER, checksum, entry, field, table

from keras_sep import convert

pytestmark = pytest.mark.fault

NUMBERS = np.arange(6, dtype="float32").reshape(2, 3)


@pytest.fixture
def read(tmp_path):
    """Reads an index with `NUMBERS` beside it."""
    (tmp_path / "model.data-00000-of-00001").write_bytes(NUMBERS.tobytes())

    def read(entries, times=1):
        (tmp_path / "model.index").write_bytes(table([HEADER, *entries], times))
        return convert.read_checkpoint(tmp_path / "model.index")

    return read


def good():
    return entry(NUMBERS.shape, 0, NUMBERS.nbytes, checksum(NUMBERS.tobytes()))


def test_a_table_of_ours_is_one(read):
    np.testing.assert_array_equal(read([(b"a", good())])["a"], NUMBERS)


@pytest.mark.parametrize(
    "other",
    [
        field(2, 7),
        field(2, field(2, 3)),
        field(2, field(2, field(1, b"many"))),
        field(4, b"far"),
        field(5, b"long"),
        field(1, b"float"),
    ],
    ids=["shape", "axis", "size of an axis", "offset", "size", "type"],
)
def test_fields_of_another_type(read, other):
    with pytest.raises(ValueError, match="must be the index of a TensorFlow checkpoint"):
        read([(b"a", good() + other)])


def test_tensors_that_share_numbers(read):
    with pytest.raises(ValueError, match="share numbers: more of them than the 24 bytes"):
        read([(b"a", good()), (b"b", good())])


@pytest.mark.parametrize("shape", [(0, 2**63 - 1), (0, 2**64 - 1), (2**40, 0, 2**40)])
def test_empty_tensors_of_a_size_that_no_array_has(read, shape):
    with pytest.raises(ValueError, match="must be the index of a TensorFlow checkpoint"):
        read([(b"a", entry(shape, 0, 0, checksum(b"")))])


def test_keys_that_share_more_than_they_hold(read):
    shared = [((1000, b"%03d" % n), b"") for n in range(500)]
    with pytest.raises(ValueError, match="a table that is cut or damaged"):
        read([(b"k" * 1000, b""), *shared])


def test_blocks_that_are_listed_again_and_again(read):
    with pytest.raises(ValueError, match="a table that is cut or damaged"):
        read([(b"a", good())], times=100)
