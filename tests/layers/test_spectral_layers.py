"""The spectral layers: what the harness cannot know about them."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_sep import layers, ops


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def test_inverse_in_a_model_of_unknown_length():
    waveform = keras.Input((None, 3))
    stft = layers.STFT(64, 16)
    model = keras.Model(waveform, stft.inverse()(stft(waveform), like=waveform))
    assert model.output_shape == (None, None, 3)
    for samples in (5, 64, 1001):
        x = noise(2, samples, 3)
        np.testing.assert_allclose(model.predict(x, verbose=0), x, atol=1e-6)


def test_inverse_of_stems():
    stft = layers.STFT(64, 16)
    x = noise(2, 203, 3)
    masks = np.random.default_rng(1).dirichlet(np.ones(5), size=(2, 13, 33, 3)).astype("float32")
    pair = stft(x)
    stems = layers.ApplyMixturePhase()(layers.Magnitude()(pair)[..., None] * masks, pair)
    y = stft.inverse()(stems, length=203)
    assert y.shape == (2, 203, 3, 5)
    np.testing.assert_allclose(np.sum(y, -1), x, atol=1e-5)


def test_inverse_keeps_settings_and_precision():
    inverse = layers.STFT(64, 16, dtype="mixed_float16").inverse()
    assert (inverse.frame_length, inverse.hop_length) == (64, 16)
    assert inverse.dtype_policy.name == "mixed_float16"


def test_shapes_that_are_known():
    stft = layers.STFT(64, 16)
    assert stft.compute_output_shape((None, None, 2)) == ((None, None, 33, 2),) * 2
    assert stft.compute_output_shape((3, 101, 2)) == ((3, 7, 33, 2),) * 2
    pair = (keras.KerasTensor((3, 7, 33, 2, 5)),) * 2
    inverse = stft.inverse()
    assert inverse.compute_output_spec(pair).shape == (3, 96, 2, 5)
    assert inverse.compute_output_spec(pair, length=101).shape == (3, 101, 2, 5)
    like = keras.KerasTensor((3, None, 2))
    assert inverse.compute_output_spec(pair, like=like).shape == (3, None, 2, 5)


def test_length_and_like_exclude_each_other():
    stft = layers.STFT(64, 16)
    x = noise(1, 100, 1)
    with pytest.raises(ValueError, match="Give `length` or `like`, not both"):
        stft.inverse()(stft(x), length=100, like=x)


def test_half_precision_is_only_at_the_output():
    """A loud waveform in float32 is not cast down before its transform."""
    x = noise(1, 4096, 1)
    half = layers.STFT(4096, 1024, dtype="mixed_float16")(x)
    for part, exact in zip(half, ops.stft(x, 4096, 1024), strict=True):
        np.testing.assert_array_equal(part, np.asarray(exact).astype("float16"))


def test_magnitude_on_silence_lets_training_go_on():
    x = tf.zeros((1, 200, 1))
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = tf.reduce_sum(layers.Magnitude()(layers.STFT(64, 16)(x)))
    assert float(value) == 0
    assert not np.any(tape.gradient(value, x))


def test_mask_reshape_order():
    """Bins slowest, then channels, then sources."""
    flat = np.arange(5 * 2 * 3, dtype="float32").reshape(1, 1, -1)
    masks = np.asarray(layers.MaskReshape(3, channels=2)(flat))
    assert masks.shape == (1, 1, 5, 2, 3)
    assert masks[0, 0, 4, 1, 2] == (4 * 2 + 1) * 3 + 2
    assert masks[0, 0, 1, 0, 2] == 8
    shared = np.asarray(layers.MaskReshape(3)(flat))
    assert shared.shape == (1, 1, 10, 3)
    assert shared[0, 0, 4, 1] == 13


def test_mask_reshape_that_does_not_fit():
    with pytest.raises(ValueError, match="Received: input_shape=") as error:
        layers.MaskReshape(4, channels=2)(np.zeros((1, 1, 12)))
    for wrong in (0, -1, 2.0, None):
        with pytest.raises(ValueError, match=r"`sources` must be a positive integer\. Received: "):
            layers.MaskReshape(wrong)
    with pytest.raises(
        ValueError, match=r"`channels` must be a positive integer\. Received: channels=0"
    ):
        layers.MaskReshape(2, channels=0)
    assert "sources=4, channels=2" in str(error.value)
