"""Decibels, compression, levels and unit length: formulas in float64, finite edges."""

import keras
import numpy as np
import pytest

from keras_sep import ops
from keras_sep.testing import gradient, numpy

SHAPE = (2, 11, 5, 3)  # batch, frames, bins, channels
LEVELS = [0.0, 1e-30, 1e-18, 1e-12, 1e-8, 1.0, 1e6]


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


@pytest.mark.parametrize(("floor_db", "reference"), [(-100.0, 1.0), (-37.0, 0.02), (-80.0, 1e3)])
def test_decibels(floor_db, reference):
    x = np.geomspace(1e-9, 1e5, 53).astype("float32")
    expected = np.maximum(20 * np.log10(x.astype("float64") / reference), floor_db)
    result = numpy(ops.amplitude_to_decibel(x, floor_db, reference))
    # float32 holds 100 dB to 1e-5
    np.testing.assert_allclose(result, expected, atol=3e-5)
    assert result.min() == pytest.approx(floor_db, abs=1e-4)


@pytest.mark.parametrize("exponent", [0.3, 0.5, 1.0, 1 / 0.3])
def test_compression_of_numbers(exponent):
    x = np.concatenate([np.geomspace(1e-8, 1e6, 53), -np.geomspace(1e-8, 1e6, 53)])
    x = x.astype("float32")
    expected = np.sign(x) * np.abs(x.astype("float64")) ** exponent
    np.testing.assert_allclose(numpy(ops.power_compression(x, exponent)), expected, rtol=2e-5)


@pytest.mark.parametrize("exponent", [0.3, 1 / 0.3])
def test_compression_of_a_pair_keeps_its_phase(exponent):
    pair = noise(*SHAPE), noise(*SHAPE, seed=1)
    z = pair[0].astype("float64") + 1j * pair[1]
    real, imag = (numpy(part) for part in ops.power_compression(pair, exponent))
    expected = np.abs(z) ** exponent * np.exp(1j * np.angle(z))
    np.testing.assert_allclose(real + 1j * imag, expected, rtol=1e-5)


def test_the_inverse_exponent_is_the_way_back():
    x = noise(*SHAPE)
    again = numpy(ops.power_compression(ops.power_compression(x, 0.3), 1 / 0.3))
    np.testing.assert_allclose(again, x, rtol=2e-5, atol=1e-7)


def test_below_the_smallest_amplitude_compression_is_a_constant_factor():
    x = np.array([0.0, 1e-8, 3e-9, -5e-9], "float32")
    expected = x.astype("float64") * 1e-8 ** (0.3 - 1)
    np.testing.assert_allclose(numpy(ops.power_compression(x, 0.3)), expected, rtol=1e-5)


FUNCTIONS = {
    "decibel": lambda x: ops.amplitude_to_decibel(keras.ops.abs(x)),
    "compression": ops.power_compression,
    "compression of a pair": lambda x: ops.power_compression((x, x))[0],
    "expansion": lambda x: ops.power_compression(x, 2.0),
    "level": lambda x: x / ops.root_mean_square(x),
    "level of a frame": lambda x: x / ops.root_mean_square(x, per_frame=True),
    "unit length": ops.unit_length,
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("kind", ["noise", "constant"])
def test_value_and_gradient_are_finite(name, level, kind):
    x = level * (noise(2, 3, 5) if kind == "noise" else np.ones((2, 3, 5)))
    value, slope = gradient(
        lambda x: keras.ops.sum(FUNCTIONS[name](x)[..., 0]), x.astype("float32")
    )
    assert np.isfinite(value)
    assert np.isfinite(slope).all()


@pytest.mark.parametrize("shape", [(2, 101, 3), SHAPE, (*SHAPE, 2)])
def test_root_mean_square(shape):
    x = noise(*shape)
    squares = x.astype("float64") ** 2
    whole = numpy(ops.root_mean_square(x))
    assert whole.shape == (2, *[1] * (len(shape) - 1))
    np.testing.assert_allclose(whole.ravel(), np.sqrt([s.mean() for s in squares]), rtol=1e-6)
    frames = numpy(ops.root_mean_square(x, per_frame=True))
    assert frames.shape == (2, shape[1], *[1] * (len(shape) - 2))
    expected = np.sqrt([[frame.mean() for frame in s] for s in squares])
    np.testing.assert_allclose(frames.reshape(2, -1), expected, rtol=1e-6)


def test_level_of_silence_divides_also_in_half_precision():
    silence = np.zeros(SHAPE, "float16")
    for per_frame in (False, True):
        level = numpy(ops.root_mean_square(silence, per_frame))
        np.testing.assert_allclose(level, 1e-8, rtol=1e-6)
        assert level.dtype == "float32"


@pytest.mark.parametrize("axis", [-1, 1])
def test_unit_length(axis):
    x = noise(*SHAPE)
    expected = x / np.linalg.norm(x.astype("float64"), axis=axis, keepdims=True)
    np.testing.assert_allclose(numpy(ops.unit_length(x, axis)), expected, rtol=1e-6)
    tiny = numpy(ops.unit_length(np.float32(1e-11) * x, axis))
    np.testing.assert_allclose(tiny, expected, rtol=1e-5)


def test_unit_length_of_half_precision_is_computed_in_float32():
    x = 500 * noise(*SHAPE).astype("float16")
    lengths = np.linalg.norm(numpy(ops.unit_length(x)).astype("float64"), axis=-1)
    np.testing.assert_allclose(lengths, 1, atol=2e-3)


def test_a_zero_vector_stays_zero_without_gradient():
    value, slope = gradient(
        lambda x: keras.ops.sum(ops.unit_length(x)), np.zeros((2, 3, 5), "float32")
    )
    assert value == 0
    assert not slope.any()
