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


def test_musical_bands_are_equal_in_octaves():
    """Watcharasupat et al. 2023: 64 bands, whose widths are a constant share of their centres."""
    bands = ops.musical_bands(64, 1025)
    assert (len(bands), bands[0], bands[-1][1]) == (64, (0, 3), 1025)
    assert all(before[1] > after[0] for before, after in pairwise(bands))
    wide = [(first + stop - 1) / 2 / (stop - first) for first, stop in bands[40:60]]
    assert max(wide) < 1.1 * min(wide)


def test_bands_of_instruments():
    """Luo and Yu 2023, section III-B, in Hz: to a bin, as many as the widths say."""
    bands = ops.instrument_bands("vocals", 44100, 1025)
    edges = [round(first * 44100 / 2048) for first, _ in bands]
    assert edges[:3] == [0, 108, 215]
    assert [len([edge for edge in edges if low <= edge < high]) for low, high in
            [(0, 990), (990, 4005), (4005, 8010), (8010, 15999), (15999, 20004), (20004, 22051)]
            ] == [10, 12, 9, 9, 2, 1]  # fmt: skip
    assert ops.instrument_bands("bass", 44100, 1025)[-1] == (743, 1025)
    assert len(ops.instrument_bands("drums", 44100, 2049)) == 57
    for instrument in ("vocals", "bass", "drums"):
        for rate, bins in ((8000, 129), (44100, 2)):
            bands = ops.instrument_bands(instrument, rate, bins)
            assert (bands[0][0], bands[-1][1]) == (0, bins)
            assert all(before[1] == after[0] for before, after in pairwise(bands))
    with pytest.raises(ValueError, match=r"`instrument` must be one of vocals, bass, drums"):
        ops.instrument_bands("kazoo", 44100, 1025)
