"""Mel, decibel, compression and level layers: what the harness cannot know about them."""

import keras
import numpy as np
import pytest
import scipy.linalg

from keras_sep import layers, ops
from keras_sep.testing import numpy

RATE, BINS, MELS = 8000, 65, 13
SETTINGS = [{}, {"scale": "htk", "normalize": False}, {"lowest_hz": 110, "highest_hz": 3700}]


def magnitudes(*shape, seed=0):
    return np.random.default_rng(seed).uniform(0, 1, shape).astype("float32")


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("inner", [(), (2,), (2, 3)])
def test_mel_bands_are_sums_over_bins(settings, inner):
    x = magnitudes(2, 7, BINS, *inner)
    filters = ops.mel_filterbank(RATE, BINS, MELS, **settings)
    bands = numpy(layers.MelProjection(MELS, RATE, **settings)(x))
    expected = np.stack([np.tensordot(x, f, axes=(2, 0)) for f in filters.T], axis=2)
    np.testing.assert_allclose(bands, expected, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("settings", SETTINGS)
def test_the_inverse_is_the_pseudo_inverse_clipped_at_zero(settings):
    bands = magnitudes(2, 7, MELS, 2, 3)
    filters = ops.mel_filterbank(RATE, BINS, MELS, **settings).astype("float64")
    inverse = scipy.linalg.pinv(filters)
    expected = np.moveaxis(np.moveaxis(bands, 2, -1) @ inverse, -1, 2)
    assert (expected < -1e-3 * expected.max()).any()
    result = numpy(layers.InverseMelProjection(BINS, RATE, **settings)(bands))
    # two pseudo-inverses in float64, and one product in float32
    error = np.abs(result - np.maximum(expected, 0)).max()
    assert error < 1e-5 * expected.max()


def test_smooth_spectra_come_back_nearly():
    hz = np.linspace(0, RATE / 2, BINS)
    x = np.exp(-(((hz - 1500) / 900) ** 2)).astype("float32")[None, None, :, None]
    mel, inverse = layers.MelProjection(40, RATE), layers.InverseMelProjection(BINS, RATE)
    error = numpy(inverse(mel(x))) - x
    # 40 bands resolve the bell; some low filters lie between two bins and see nothing
    assert np.abs(error).mean() < 0.02


def test_mel_layers_of_wrong_settings_fail_when_they_are_made():
    for make in (lambda **s: layers.MelProjection(7, RATE, **s),
                 lambda **s: layers.InverseMelProjection(BINS, RATE, **s)):  # fmt: skip
        with pytest.raises(ValueError, match="Received: scale='bark'"):
            make(scale="bark")
        with pytest.raises(ValueError, match=r"Received: lowest_hz=0\.0, highest_hz=4001"):
            make(highest_hz=4001)


def test_decibels_and_compression_take_their_arguments():
    x = magnitudes(2, 7, BINS, 1)
    decibels = numpy(layers.AmplitudeToDecibel(floor_db=-20, reference=2.0)(x))
    np.testing.assert_allclose(decibels, np.maximum(20 * np.log10(x / 2), -20), atol=1e-4)
    np.testing.assert_allclose(numpy(layers.PowerCompression(0.7)(x)), x**0.7, rtol=1e-5, atol=1e-6)
    with pytest.raises(ValueError, match=r"`reference` must be a positive number.*: reference=0"):
        layers.AmplitudeToDecibel(reference=0)
    with pytest.raises(ValueError, match=r"`exponent` must be a positive number.*: exponent=-1"):
        layers.PowerCompression(-1)


def test_compression_of_one_tensor_in_a_model():
    x = keras.Input((None, BINS, 2))
    model = keras.Model(x, layers.PowerCompression()(x))
    assert model.output_shape == (None, None, BINS, 2)
    value = magnitudes(2, 7, BINS, 2)
    np.testing.assert_allclose(numpy(model(value)), value**0.3, rtol=1e-5)


def levels(x, axes):
    return np.sqrt(np.mean(x.astype("float64") ** 2, axis=axes))


@pytest.mark.parametrize("per_frame", [False, True])
@pytest.mark.parametrize("shape", [(2, 101, 3), (2, 11, 5, 3)])
def test_levels_are_one(per_frame, shape):
    louder = np.geomspace(1, 9, shape[1]).reshape(-1, *[1] * (len(shape) - 2))
    x = louder * np.random.default_rng(0).normal(size=shape)
    y = numpy(layers.LevelNormalization(per_frame)(x.astype("float32")))
    axes = tuple(range(2 if per_frame else 1, len(shape)))
    np.testing.assert_allclose(levels(y, axes), 1, rtol=1e-6)
    if not per_frame:
        ratio = levels(y, tuple(range(2, len(shape))))[:, -1] / levels(y[:, 0], axes[:-1])
        assert (ratio > 3).all()  # a ninefold rise is kept


@pytest.mark.parametrize("per_frame", [False, True])
def test_the_level_given_back(per_frame):
    x = np.random.default_rng(0).normal(size=(2, 11, 3)).astype("float32")
    level = numpy(ops.root_mean_square(x, per_frame))
    y = numpy(layers.LevelNormalization(per_frame)(x))
    np.testing.assert_allclose(y * level, x, rtol=1e-6, atol=1e-7)


def test_level_of_a_frame_is_its_own():
    """The layer is causal, and padding behind an example changes nothing."""
    x = np.random.default_rng(0).normal(size=(2, 11, 3)).astype("float32")
    layer = layers.LevelNormalization(per_frame=True)
    before = numpy(layer(x))
    x[:, 7:] *= 5
    x[:, 7:, 0] = 0
    after = numpy(layer(x))
    np.testing.assert_array_equal(after[:, :7], before[:, :7])
    assert not np.allclose(after[:, 7:], before[:, 7:])


def test_half_precision_is_only_at_the_output():
    """The square of 500 overflows float16."""
    x = 500 * np.random.default_rng(0).normal(size=(2, 11, BINS, 1)).astype("float32")
    for layer in (layers.LevelNormalization, layers.PowerCompression):
        half, exact = numpy(layer(dtype="mixed_float16")(x)), numpy(layer()(x))
        np.testing.assert_array_equal(half, exact.astype("float16"))
