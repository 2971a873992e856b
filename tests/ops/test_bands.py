"""Lists of bands; `tests/parity` compares those of mel with librosa."""

from itertools import pairwise

import pytest

from keras_sep import ops


def test_bands_of_the_published_networks():
    """Lu et al. 2023: 24 bands of 2 bins, 12 of 4, 8 each of 12, 24 and 48, the rest in two."""
    widths = [2] * 24 + [4] * 12 + [12] * 8 + [24] * 8 + [48] * 8 + [128, 129]
    assert ops.split_bands(1025) == ops.adjacent_bands(widths)
    doubled = [2 * width for width in widths[:-1]] + [2 * 128 + 1]
    assert ops.split_bands(2049) == ops.adjacent_bands(doubled)


@pytest.mark.parametrize("bins", [2, 3, 17, 100, 513, 1025, 4097])
def test_bands_follow_each_other(bins):
    bands = ops.split_bands(bins)
    assert (bands[0][0], bands[-1][1]) == (0, bins)
    assert all(before[1] == after[0] for before, after in pairwise(bands))
    assert all(first < stop for first, stop in bands)


def test_mel_bands_overlap_and_reach_both_ends():
    bands = ops.mel_bands(60, 44100, 1025)
    assert (len(bands), bands[0][0], bands[-1][1]) == (60, 0, 1025)
    assert all(before[1] > after[0] for before, after in pairwise(bands))


def test_wrong_arguments():
    with pytest.raises(ValueError, match=r"`widths` must be positive integers.* Received: wid"):
        ops.adjacent_bands([2, 0])
    with pytest.raises(ValueError, match=r"`bins` must be an integer of at least 2"):
        ops.split_bands(1)
    with pytest.raises(ValueError, match=r"must be few enough .* Received: bands=60, bins=65"):
        ops.mel_bands(60, 44100, 65)
