"""Padding to a multiple and cutting back, against NumPy."""

import keras
import numpy as np
import pytest

from keras_sep import layers
from keras_sep.testing import numpy


@pytest.mark.parametrize(("samples", "padded"), [(1, 8), (7, 8), (8, 8), (9, 16), (101, 104)])
def test_there_and_back(samples, padded):
    x = np.random.default_rng(0).normal(size=(2, samples, 3)).astype("float32")
    y = numpy(layers.PadToMultiple(8)(x))
    np.testing.assert_array_equal(y, np.pad(x, [(0, 0), (0, padded - samples), (0, 0)]))
    np.testing.assert_array_equal(numpy(layers.FitLength()(y, like=x)), x)
    np.testing.assert_array_equal(numpy(layers.FitLength()(y, length=3))[:, :3], y[:, :3])


@pytest.mark.parametrize(("samples", "padded"), [(1, 5), (5, 5), (6, 13), (13, 13), (14, 21)])
def test_padding_to_a_remainder(samples, padded):
    x = np.ones((2, samples, 3), "float32")
    layer = layers.PadToMultiple(8, remainder=5)
    assert layer(x).shape == layer.compute_output_shape(x.shape) == (2, padded, 3)
    mask = np.arange(samples)[None] < np.array([[samples], [1]])
    expected = np.arange(padded)[None] < np.array([[padded], [5]])
    np.testing.assert_array_equal(numpy(layer.compute_mask(x, mask)), expected)


def test_fitting_pads_what_is_too_short():
    x = np.ones((1, 3, 2), "float32")
    y = numpy(layers.FitLength()(x, length=5))
    np.testing.assert_array_equal(y[0, :, 0], [1, 1, 1, 0, 0])
    np.testing.assert_array_equal(numpy(layers.FitLength()(x)), x)


def test_the_mask_is_that_of_the_example_padded_alone():
    x = np.full((3, 20, 2), 5, "float32")
    masked = layers.LengthMask()([x, np.array([1, 8, 20])])
    y = layers.PadToMultiple(8)(masked)
    np.testing.assert_array_equal(numpy(y._keras_mask).sum(axis=1), [8, 8, 24])
    np.testing.assert_array_equal(numpy(y)[..., 0].sum(axis=1), [5, 40, 100])


def test_shapes_that_are_known():
    assert layers.PadToMultiple(8).compute_output_shape((None, None, 2)) == (None, None, 2)
    assert layers.PadToMultiple(8).compute_output_shape((None, 17, 2)) == (None, 24, 2)
    like = keras.KerasTensor((2, None, 1))
    spec = layers.FitLength().compute_output_spec(keras.KerasTensor((2, 24, 3, 5)), like=like)
    assert spec.shape == (2, None, 3, 5)


def test_bad_argument():
    with pytest.raises(ValueError, match=r"`multiple` must be a positive integer.*multiple=0"):
        layers.PadToMultiple(0)
