"""The blocks of a U-Net on spectrograms, and how its two halves meet, against plain sums."""

import keras
import numpy as np
import pytest
from scipy.signal import correlate2d

from keras_sep import layers
from keras_sep.testing import numpy, through_json

BATCH, CHANNELS, FILTERS = 2, 3, 5


def built(block, rng):
    """The block with random weights, and those in float64 by their name."""
    block.build((None, None, None, CHANNELS))
    values = [rng.uniform(0.2, 1.0, w.shape) * rng.choice([-1, 1], w.shape) for w in block.weights]
    for n, w in enumerate(block.weights):
        values[n] = np.abs(values[n]) if w.name == "moving_variance" else values[n]
    block.set_weights(values)
    return {w.name: numpy(w).astype("float64") for w in block.weights}


def normalised(x, w):
    """Batch normalisation in inference with Keras's epsilon."""
    x = (x - w["moving_mean"]) / np.sqrt(w["moving_variance"] + 1e-3)
    return x * w["gamma"] + w["beta"]


def sums(x, kernel):
    """Every (frames, bins) plane of x over every plane of the kernel: (batch, ..., out)."""
    return np.stack(
        [
            [
                sum(correlate2d(one[..., c], plane[..., c], "valid") for c in range(x.shape[-1]))
                for plane in np.moveaxis(kernel, -1, 0)
            ]
            for one in x
        ]
    ).transpose(0, 2, 3, 1)


def spectrogram(frames, bins):
    return np.random.default_rng(0).normal(size=(BATCH, frames, bins, CHANNELS)).astype("float32")


@pytest.mark.parametrize("frames", [12, 13])
@pytest.mark.parametrize("bins", [18, 17])
def test_encoder_halves(frames, bins):
    """'Same' means ceil(n / 2) outputs, of the zeros needed one more at the end if odd."""
    block = layers.UNetEncoderBlock(FILTERS)
    w = built(block, np.random.default_rng(1))
    x = spectrogram(frames, bins)
    around = [(0, 0), (2 - (frames % 2 == 0), 2), (2 - (bins % 2 == 0), 2), (0, 0)]
    h = sums(np.pad(x.astype("float64"), around), w["kernel"])[:, ::2, ::2] + w["bias"]
    h = normalised(h, w)
    y = numpy(block(x))
    assert y.shape == (BATCH, -(-frames // 2), -(-bins // 2), FILTERS)
    # float32 sums of 75 products
    np.testing.assert_allclose(y, np.where(h > 0, h, 0.2 * h), rtol=1e-4, atol=1e-4)


def test_decoder_doubles():
    block = layers.UNetDecoderBlock(FILTERS)
    w = built(block, np.random.default_rng(1))
    x = spectrogram(7, 11)
    spread = np.zeros((BATCH, 14, 22, CHANNELS))
    spread[:, ::2, ::2] = x
    # output 2 i + k - 1 gets input i times tap k: the transpose of the encoder on even sizes
    spread = np.pad(spread, [(0, 0), (3, 1), (3, 1), (0, 0)])
    kernel = w["kernel"][::-1, ::-1].swapaxes(2, 3)  # (.., filters, channels) to (.., in, out)
    h = normalised(sums(spread, kernel) + w["bias"], w)
    y = numpy(block(x))
    assert y.shape == (BATCH, 14, 22, FILTERS)
    # float32 sums of some 20 products
    np.testing.assert_allclose(y, np.maximum(h, 0), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("kind", [layers.UNetEncoderBlock, layers.UNetDecoderBlock])
def test_settings_of_each_axis_and_round_trip(kind):
    block = kind(FILTERS, kernel_size=(3, 5), strides=(1, 2), activation="elu", name="block")
    x = spectrogram(7, 12)
    wanted = (BATCH, 7, 6 if kind is layers.UNetEncoderBlock else 24, FILTERS)
    y = block(x)
    assert tuple(y.shape) == block.compute_output_shape(x.shape) == wanted
    assert numpy(y).min() > -1  # elu
    assert numpy(y).min() < 0
    assert block.convolution.kernel.path == "block/convolution/kernel"
    again = keras.saving.deserialize_keras_object(through_json(block))
    assert through_json(again) == through_json(block)
    again.set_weights(block.get_weights())
    np.testing.assert_array_equal(numpy(again(x)), numpy(y))


def test_decoder_drops_in_training_only():
    block = layers.UNetDecoderBlock(FILTERS, dropout=0.5, seed=3, activation="sigmoid")
    x = spectrogram(16, 16)
    assert np.count_nonzero(numpy(block(x)) == 0) == 0
    zeros = np.mean(numpy(block(x, training=True)) == 0)
    # of 10240 draws: ten standard deviations are 0.05
    assert zeros == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("kind", [layers.UNetEncoderBlock, layers.UNetDecoderBlock])
def test_batch_statistics_are_followed_in_training(kind):
    block = kind(FILTERS)
    x = spectrogram(8, 8)
    block(x)
    before = [numpy(w) for w in block.non_trainable_weights if "moving" in w.name]
    block(x, training=True)
    after = [numpy(w) for w in block.non_trainable_weights if "moving" in w.name]
    assert len(before) == 2
    assert not any(np.allclose(a, b) for a, b in zip(after, before, strict=True))


# ----------------------------------------------------------------------------- crop, concatenate


@pytest.mark.parametrize(
    ("first", "second", "kept_first", "kept_second"),
    [
        ((7,), (12,), (slice(0, 7),), (slice(2, 9),)),  # odd excess: two before, three after
        ((12,), (8,), (slice(2, 10),), (slice(0, 8),)),
        ((7,), (7,), (slice(0, 7),), (slice(0, 7),)),
        ((7, 13), (10, 10), (slice(0, 7), slice(1, 11)), (slice(1, 8), slice(0, 10))),
    ],
)
def test_crop_and_concatenate(first, second, kept_first, kept_second):
    rng = np.random.default_rng(0)
    x, skip = rng.normal(size=(2, *first, 3)), rng.normal(size=(2, *second, 5))
    layer = layers.CropConcatenate(dtype="float32")
    y = numpy(layer([x, skip]))
    whole = (slice(None),)
    expected = np.concatenate([x[whole + kept_first], skip[whole + kept_second]], axis=-1)
    np.testing.assert_array_equal(y, expected.astype("float32"))
    assert layer.compute_output_shape([x.shape, skip.shape]) == y.shape


def test_crop_and_concatenate_with_unknown_sizes():
    inputs = [keras.Input((None, None, 3)), keras.Input((None, 9, 5))]
    network = keras.Model(inputs, layers.CropConcatenate()(inputs))
    assert network.output.shape == (None, None, None, 8)
    rng = np.random.default_rng(0)
    for first, second in [((7, 13), (10, 9)), ((11, 4), (6, 9))]:
        x, skip = rng.normal(size=(1, *first, 3)), rng.normal(size=(1, *second, 5))
        y = network([x, skip])
        np.testing.assert_array_equal(numpy(y), numpy(layers.CropConcatenate()([x, skip])))
        assert tuple(y.shape[1:3]) == tuple(map(min, first, second))


@pytest.mark.parametrize("shapes", [[(1, 7, 3)], [(1, 7, 3), (1, 7, 7, 3)]])
def test_crop_and_concatenate_wants_two_alike(shapes):
    with pytest.raises(ValueError, match=r"the same number of axes.* Received: "):
        layers.CropConcatenate()([np.zeros(shape, "float32") for shape in shapes])


# ------------------------------------------------------------------------------------ upsampling


@pytest.mark.parametrize("factor", [1, 2, 5])
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(("time", "learned"), [(1, False), (2, False), (13, False), (13, True)])
def test_upsampling_is_linear_interpolation(factor, padding, time, learned):
    x = np.random.default_rng(0).normal(size=(2, time, 3)).astype("float32")
    layer = layers.LinearUpsampling(factor, padding=padding, learned=learned)
    y = numpy(layer(x))
    length = factor * time if padding == "same" else factor * (time - 1) + 1
    assert y.shape == layer.compute_output_shape(x.shape) == (2, length, 3)
    assert layer.compute_output_shape((None, None, 3)) == (None, None, 3)
    at = np.arange(length) / factor  # beyond the last sample numpy.interp repeats it
    for i in range(2):
        for f in range(3):
            expected = np.interp(at, np.arange(time), x[i, :, f].astype("float64"))
            np.testing.assert_allclose(y[i, :, f], expected, atol=1e-6)  # float32
    np.testing.assert_array_equal(y[:, ::factor][:, :time], x)  # the input's samples as they were


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_upsampling_of_a_padded_batch(padding):
    layer = layers.LinearUpsampling(3, padding=padding)
    x = np.random.default_rng(0).normal(size=(2, 9, 5)).astype("float32")
    lengths = np.array([6, 9])
    y = layer(layers.LengthMask()([x, keras.ops.array(lengths)]))
    for i, length in enumerate(lengths):
        alone = numpy(layer(x[i : i + 1, :length]))[0]
        np.testing.assert_array_equal(numpy(y)[i, : len(alone)], alone)
        kept = np.arange(y.shape[1]) < len(alone)
        np.testing.assert_array_equal(numpy(y._keras_mask)[i], kept)


@pytest.mark.parametrize(
    ("kwargs", "text"),
    [
        ({"factor": 0}, r"`factor` must be a positive integer\. Received: factor=0"),
        ({"padding": "causal"}, r"must be \"valid\" or \"same\"\. Received: padding='causal'"),
    ],
)
def test_upsampling_of_bad_arguments(kwargs, text):
    with pytest.raises(ValueError, match=text):
        layers.LinearUpsampling(**kwargs)
