"""A resampled stream against the whole signal resampled."""

import numpy as np
import pytest
from small import noise

from keras_sep.data import resample, resampled_length
from keras_sep.inference._resample_stream import resample_stream


@pytest.mark.parametrize(
    ("from_hz", "to_hz"), [(48000, 44100), (44100, 48000), (8000, 44100), (44100, 8000)]
)
@pytest.mark.parametrize("samples", [1, 7, 1009, 50021])
def test_stream_is_the_whole_and_back_again_has_the_samples(from_hz, to_hz, samples):
    signal = noise(samples)
    length = resampled_length(samples, from_hz, to_hz)
    chunks = [signal[start : start + 997] for start in range(0, samples, 997)]
    there = np.concatenate(list(resample_stream(chunks, from_hz, to_hz, length)))
    np.testing.assert_array_equal(there, resample(signal, from_hz, to_hz))
    back = np.concatenate(list(resample_stream([there], to_hz, from_hz, samples)))
    assert back.shape == signal.shape


def test_equal_rates_pass_through():
    chunks = [noise(7), noise(11)]
    assert [id(chunk) for chunk in resample_stream(chunks, 8, 8, 18)] == [*map(id, chunks)]
