"""Decoded audio in memory: made once, up to a number of bytes."""

import numpy as np
import pytest

from keras_sep.data.audio._kept_arrays import KeptArrays


def test_the_most_recent_are_kept_up_to_a_number_of_bytes():
    kept = KeptArrays(keep_bytes=100)
    made = []

    def get(key, count):
        def make():
            made.append(key)
            return np.full(count, key, np.float32)

        return kept.get(key, make)

    for key in (1, 2, 1, 3):  # 40 bytes each: the third pushes out the one used longest ago
        np.testing.assert_array_equal(get(key, 10), np.full(10, key, np.float32))
    assert made == [1, 2, 3]
    get(1, 10)
    get(2, 10)
    assert made == [1, 2, 3, 2]
    get(4, 1000)  # larger than all of it: alone until the next
    get(4, 1000)
    get(1, 10)
    get(4, 1000)
    assert made == [1, 2, 3, 2, 4, 1, 4]


def test_what_is_kept_cannot_be_written_to():
    array = KeptArrays(keep_bytes=100).get("key", lambda: np.zeros(3))
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1.0
