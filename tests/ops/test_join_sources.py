"""Estimates of several networks as one: numpy's concatenation."""

import numpy as np
import pytest

from keras_sep import ops


@pytest.mark.parametrize("lead", [(2, 5, 7, 3), (2, 11, 3)], ids=["spectrograms", "waveforms"])
@pytest.mark.parametrize("counts", [(1,), (1, 1), (2, 1, 3)])
def test_equals_concatenation(lead, counts):
    rng = np.random.default_rng(0)
    estimates = [rng.random((*lead, count), "float32") for count in counts]
    np.testing.assert_array_equal(ops.join_sources(estimates), np.concatenate(estimates, axis=-1))


def test_mixture_phase_equals_complex_numbers():
    rng = np.random.default_rng(1)
    mixture = rng.normal(size=(2, 2, 3, 5, 2)).astype("float32")  # real and imaginary part first
    magnitudes = rng.random((2, 3, 5, 2, 7), "float32")
    real, imag = ops.apply_mixture_phase(magnitudes, (mixture[0], mixture[1]))
    z = mixture[0].astype("float64") + 1j * mixture[1]
    expected = magnitudes * (z / abs(z))[..., np.newaxis]
    # a few float32 roundings of numbers below one
    np.testing.assert_allclose(np.asarray(real) + 1j * np.asarray(imag), expected, atol=1e-6)
