"""The spectral layers: what the harness cannot know about them."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_sep import Separator, layers, ops


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


@pytest.mark.parametrize("kind", [layers.STFT, layers.ConvSTFT])
def test_inverse_keeps_settings_and_precision(kind):
    window = np.hanning(62)[1:-1]
    stft = kind(60, 16, window=window, fft_length=64, dtype="mixed_float16")
    again = kind.from_config(json.loads(json.dumps(stft.get_config())))
    for layer in (stft.inverse(), again, again.inverse()):
        assert (layer.frame_length, layer.hop_length, layer.fft_length) == (60, 16, 64)
        assert layer.window == window.tolist()
        assert layer.dtype_policy.name == "mixed_float16"
    old = {key: value for key, value in kind(64, 16).get_config().items()
           if key not in ("window", "fft_length")}  # fmt: skip
    assert kind.from_config(old).inverse().window == "hann"


@pytest.mark.fault
def test_front_ends_of_papers_separate_and_come_back(tmp_path):
    """A network whose masks sum to one, behind each of them: the stems sum to the mixture."""
    x = noise(2, 1151, 2)  # whose last sample 128/96 would leave to a frame more
    for front_end in (
        layers.STFT(128, 96),
        layers.STFT(100, 27, window="hamming", fft_length=128),
        layers.ConvSTFT(128, 44, window=np.hanning(130)[1:-1]),
    ):
        magnitude = keras.Input((None, 65, 2))
        masks = keras.layers.Softmax()(layers.MaskReshape(3, channels=2)(
            keras.layers.Dense(65 * 6)(keras.layers.Reshape((-1, 130))(magnitude))
        ))  # fmt: skip
        masked = masks * keras.ops.expand_dims(magnitude, -1)
        separator = Separator(keras.Model(magnitude, masked), 8000, ("a", "b", "c"), front_end)
        stems = keras.ops.convert_to_numpy(separator(x))
        np.testing.assert_allclose(stems.sum(-1), x, atol=1e-4)
        separator.save(tmp_path / "separator.keras")
        again = keras.saving.load_model(tmp_path / "separator.keras")
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(again(x)), stems)
        assert again.front_end.get_config() == front_end.get_config()


@pytest.mark.fault
@pytest.mark.parametrize(
    "stft", [layers.STFT(64, 15), layers.ConvSTFT(64, 15), layers.AlignedSTFT(64)]
)
def test_nothing_to_transform(stft):
    with pytest.raises(ValueError, match=r"at least one sample\. Received: shape \(1, 0, 2\)"):
        stft(noise(1, 0, 2))
    with pytest.raises(ValueError, match=r"at least one sample\. Received: shape \(9,\)"):
        stft(noise(9))
    x = noise(0, 100, 2)
    assert stft.inverse()(stft(x), like=x).shape == (0, 100, 2)


def test_bins_of_another_transform():
    pair = layers.STFT(64, 16)(noise(1, 100, 2))
    for inverse in (layers.ISTFT(60, 15), layers.ConvISTFT(60, 15)):
        with pytest.raises(
            ValueError, match=r"must have 31 bins\. Received: shape \(1, 7, 33, 2\)"
        ):
            inverse(pair)


def test_shapes_that_are_known():
    stft = layers.STFT(64, 16)
    assert stft.compute_output_shape((None, None, 2)) == ((None, None, 33, 2),) * 2
    assert stft.compute_output_shape((3, 101, 2)) == ((3, 7, 33, 2),) * 2
    assert layers.STFT(64, 48).compute_output_shape((3, 95, 2)) == ((3, 3, 33, 2),) * 2
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


@pytest.mark.parametrize(
    "inverse",
    [
        layers.ISTFT(16, 4),
        layers.ConvISTFT(16, 4),
        layers.AlignedISTFT(16),
    ],
    ids=lambda layer: layer.name,
)
def test_inverses_take_the_pair_by_name(inverse):
    bins = 8 if isinstance(inverse, layers.AlignedISTFT) else 9
    pair = tuple(np.random.default_rng(0).normal(size=(2, 1, 11, bins, 1)).astype("float32"))
    assert tuple(inverse(pair=pair, length=39).shape) == (1, 39, 1)
    np.testing.assert_array_equal(inverse(pair=pair, length=39), inverse(pair, length=39))
