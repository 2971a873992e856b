"""Laws of mel filters; `tests/parity` compares their numbers with librosa."""

import numpy as np
import pytest

from keras_sep import ops

RATE, BINS, MELS = 16000, 1025, 29


@pytest.mark.parametrize("scale", ["slaney", "htk"])
def test_normalised_filters_have_area_one(scale):
    filters = ops.mel_filterbank(RATE, BINS, MELS, 300, 7500, scale)
    area = filters.sum(axis=0) * (RATE / 2 / (BINS - 1))
    # a sum over bins is not quite the integral: the narrowest filter spans ten of them
    np.testing.assert_allclose(area, 1, atol=0.02)


@pytest.mark.parametrize("scale", ["slaney", "htk"])
def test_filters_of_equal_peak_sum_to_one_between_the_first_and_last(scale):
    filters = ops.mel_filterbank(RATE, BINS, MELS, 300, 7500, scale, normalize=False)
    peaks = filters.argmax(axis=0)
    inside = filters[peaks[0] + 1 : peaks[-1]]
    np.testing.assert_allclose(inside.sum(axis=1), 1, atol=1e-6)
    hz = np.linspace(0, RATE / 2, BINS)
    assert not filters[(hz <= 300) | (hz >= 7500)].any()


def test_peaks_are_where_the_scales_say():
    """1000 Hz is 1000 mel (HTK) or 15 mel (Slaney), of which the next 27 make a factor of 6.4."""
    hz = np.linspace(0, RATE / 2, BINS)
    spacing = hz[1]
    htk = ops.mel_filterbank(RATE, BINS, 1, 0, 700 * (10 ** (2000 / 2595) - 1), "htk", False)
    assert hz[htk[:, 0].argmax()] == pytest.approx(1000, abs=spacing)
    linear = ops.mel_filterbank(RATE, BINS, 14, 0, 1000, "slaney", False)
    np.testing.assert_allclose(
        hz[linear.argmax(axis=0)], 200 / 3 * np.arange(1, 15), atol=spacing / 2
    )
    logarithmic = ops.mel_filterbank(RATE, BINS, 26, 1000, 6400, "slaney", False)
    np.testing.assert_allclose(
        hz[logarithmic.argmax(axis=0)], 1000 * 6.4 ** (np.arange(1, 27) / 27), atol=spacing / 2
    )


def test_wrong_arguments():
    for lowest, highest in [(-1, None), (4000, 4000), (0, 8001), (9000, None)]:
        with pytest.raises(ValueError, match=r"must rise, from 0 to half .* Received: lowest_hz="):
            ops.mel_filterbank(RATE, BINS, MELS, lowest, highest)
    with pytest.raises(ValueError, match=r"one of \['htk', 'slaney'\]\. Received: scale='bark'"):
        ops.mel_filterbank(RATE, BINS, MELS, scale="bark")
    with pytest.raises(ValueError, match=r"Received: bins=1, mels=29"):
        ops.mel_filterbank(RATE, 1, MELS)
    with pytest.raises(ValueError, match=r"Received: bins=1025, mels=0"):
        ops.mel_filterbank(RATE, BINS, 0)


@pytest.mark.fault
def test_empty_filters_are_counted():
    filters, bins = 80, 65
    with pytest.warns(UserWarning, match=r"of 80 mel filters are empty.*of the 65 bins") as told:
        made = ops.mel_filterbank(RATE, bins, filters)
    assert str(told[0].message).startswith(f"{(made.sum(axis=0) == 0).sum()} of 80 ")
