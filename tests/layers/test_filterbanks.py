"""The learned filterbanks beside sums written out and Keras's own convolutions."""

import keras
import numpy as np
import pytest

from keras_sep import layers

numpy = keras.ops.convert_to_numpy


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


@pytest.mark.parametrize("samples", [1, 10, 11, 12, 15, 16, 101])
@pytest.mark.parametrize("stride", [1, 4, 11])
def test_analysis_is_the_strided_product_and_misses_no_sample(samples, stride):
    bank = layers.AnalysisFilterbank(7, 11, stride, activation="relu", use_bias=True)
    x = noise(2, samples, 3)
    bank.build(x.shape)
    bank.bias.assign(noise(7, seed=1))
    frames = numpy(bank(x))
    kernel, bias = numpy(bank.kernel).astype("float64"), numpy(bank.bias)
    padded = np.concatenate([x, np.zeros((2, 11 + stride, 3))], axis=1)
    count = 1
    while (count - 1) * stride + 11 < samples:
        count += 1
    expected = np.stack(
        [
            np.einsum("btc,tcf->bf", padded[:, n * stride : n * stride + 11], kernel) + bias
            for n in range(count)
        ],
        axis=1,
    )
    assert frames.shape == expected.shape == bank.compute_output_shape(x.shape)
    # float32 sums of 33 products
    np.testing.assert_allclose(frames, np.maximum(expected, 0), atol=1e-5)


def test_analysis_is_a_convolution_where_it_fits():
    x = noise(2, 11 + 4 * 20, 3)
    bank, convolution = layers.AnalysisFilterbank(7, 11, 4), keras.layers.Conv1D(7, 11, 4)
    convolution.build(x.shape)
    bank.build(x.shape)
    bank.kernel.assign(convolution.kernel)
    # the same sums in another order
    np.testing.assert_allclose(numpy(bank(x)), numpy(convolution(x)), atol=1e-5)


@pytest.mark.parametrize("stride", [1, 4, 11])
def test_synthesis_is_a_transposed_convolution_for_every_source(stride):
    frames = noise(2, 13, 7, 5)
    bank = layers.SynthesisFilterbank(3, 11, stride)
    stems = numpy(bank(frames))
    assert stems.shape == (2, 12 * stride + 11, 3, 5)
    convolution = keras.layers.Conv1DTranspose(3, 11, stride, use_bias=False)
    convolution.build((None, None, 7))
    convolution.kernel.assign(bank.kernel)
    for source in range(5):
        expected = numpy(convolution(frames[..., source]))
        np.testing.assert_allclose(stems[..., source], expected, atol=1e-5)
    # without the axis of sources
    np.testing.assert_allclose(numpy(bank(frames[..., 2])), stems[..., 2], atol=1e-6)


@pytest.mark.parametrize(("kernel_size", "padding"), [(11, 5), (10, 5), (4, 3)])
def test_padding_is_that_of_convolutions(kernel_size, padding):
    """Of a waveform in which frames fit: zeros on both sides, and both sides left out again."""
    stride = 5 if kernel_size > 5 else 4
    x = noise(2, 12 * stride, 3)
    bank = layers.AnalysisFilterbank(7, kernel_size, stride, padding=padding)
    plain = layers.AnalysisFilterbank(7, kernel_size, stride)
    frames = bank(x)
    plain.build(x.shape)
    plain.kernel.assign(bank.kernel)
    count = (12 * stride + 2 * padding - kernel_size) // stride + 1
    padded = np.pad(x, [(0, 0), (padding, padding), (0, 0)])
    np.testing.assert_allclose(numpy(frames), numpy(plain(padded))[:, :count], atol=1e-6)
    assert frames.shape == bank.compute_output_shape(x.shape) == (2, count, 7)

    synthesis = layers.SynthesisFilterbank(3, kernel_size, stride, padding=padding)
    whole = layers.SynthesisFilterbank(3, kernel_size, stride)
    cut = numpy(synthesis(frames))
    whole.build(frames.shape)
    whole.kernel.assign(synthesis.kernel)
    expected = numpy(whole(frames))
    np.testing.assert_array_equal(cut, expected[:, padding : expected.shape[1] - padding])
    assert cut.shape == synthesis.compute_output_shape(frames.shape)
    start = numpy(synthesis(frames, length=9))
    np.testing.assert_array_equal(start, expected[:, padding : padding + 9])


def test_synthesis_returns_as_many_samples_as_wanted():
    bank, frames = layers.SynthesisFilterbank(3, 11, 4), noise(2, 6, 7, 5)
    whole = numpy(bank(frames))
    assert whole.shape == (2, 31, 3, 5)
    for samples in (13, 31, 40):
        expected = np.pad(whole, [(0, 0), (0, 9), (0, 0), (0, 0)])[:, :samples]
        np.testing.assert_array_equal(numpy(bank(frames, length=samples)), expected)
        like = np.zeros((2, samples, 1), "float32")
        np.testing.assert_array_equal(numpy(bank(frames, like=like)), expected)
    with pytest.raises(ValueError, match="Give `length` or `like`, not both"):
        bank(frames, length=9, like=like)


def test_encoder_and_decoder_in_a_model_of_unknown_length():
    """With unit impulses as filters and no overlap the way there and back changes no sample."""
    waveform = keras.Input((None, 1))
    frames = layers.AnalysisFilterbank(8, 8, 8, name="encoder")(waveform)
    decoded = layers.SynthesisFilterbank(1, 8, 8, name="decoder")(frames, like=waveform)
    network = keras.Model(waveform, decoded)
    assert network.output_shape == (None, None, 1)
    for name in ("encoder", "decoder"):
        network.get_layer(name).kernel.assign(np.eye(8)[:, None])
    for samples in (3, 8, 101):
        x = noise(2, samples, 1)
        np.testing.assert_array_equal(network.predict(x, verbose=0), x)


def test_mask_of_the_waveform_travels_to_the_stems():
    """A loss on the stems of a padded batch needs no further `LengthMask`."""
    lengths = keras.Input((), dtype="int32")
    waveform = keras.Input((None, 1))
    masked = layers.LengthMask()([waveform, lengths])
    frames = layers.AnalysisFilterbank(7, 5, 2)(masked)
    # everything after the bias is far from zero in the padding
    frames = keras.layers.Dense(7, bias_initializer="ones")(frames)
    stems = layers.SynthesisFilterbank(1, 5, 2)(frames, like=masked)
    network = keras.Model([waveform, lengths], stems)
    x = noise(2, 31, 1)
    x[0, 20:] = 1e3
    together = network([x, np.array([20, 31])])
    np.testing.assert_array_equal(numpy(together._keras_mask).sum(axis=1), [20, 31])
    alone = numpy(network([x[:1, :20], np.array([20])]))
    np.testing.assert_allclose(numpy(together)[:1, :20], alone, atol=1e-5)


def test_shapes_that_are_known():
    bank = layers.AnalysisFilterbank(7, 11, 4)
    assert bank.compute_output_shape((None, None, 2)) == (None, None, 7)
    synthesis = layers.SynthesisFilterbank(3, 11, 4)
    assert synthesis.compute_output_shape((None, None, 7, 5)) == (None, None, 3, 5)
    frames = keras.KerasTensor((2, 6, 7, 5))
    assert synthesis.compute_output_spec(frames).shape == (2, 31, 3, 5)
    assert synthesis.compute_output_spec(frames, length=13).shape == (2, 13, 3, 5)
    like = keras.KerasTensor((2, None, 1))
    assert synthesis.compute_output_spec(frames, like=like).shape == (2, None, 3, 5)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (
            lambda: layers.AnalysisFilterbank(0, 4, 2),
            "`filters` must be a positive integer. Received: filters=0",
        ),
        (
            lambda: layers.SynthesisFilterbank(1, 4.0, 2),
            "`kernel_size` must be a positive integer. Received: kernel_size=4.0",
        ),
        (
            lambda: layers.SynthesisFilterbank(1, 4, 5),
            "`stride` must be at most `kernel_size`. Received: stride=5, kernel_size=4",
        ),
        (
            lambda: layers.SynthesisFilterbank(1, 4, 2)(np.zeros((2, 3))),
            "The input of SynthesisFilterbank must have shape (batch, frames, filters[, sources]). "
            "Received: (2, 3)",
        ),
    ],
)
def test_bad_arguments(make, text):
    with pytest.raises(ValueError) as error:
        make()
    assert str(error.value) == text


@pytest.mark.parametrize("samples", [3, 11, 12, 15, 16, 101])
def test_a_dropped_remainder_leaves_the_frames_of_a_convolution(samples):
    x = noise(2, samples, 3)
    bank, convolution = (
        layers.AnalysisFilterbank(7, 11, 4, drop_remainder=True),
        keras.layers.Conv1D(7, 11, 4, use_bias=False),
    )
    convolution.build((None, None, 3))
    bank.build(x.shape)
    bank.kernel.assign(convolution.kernel)
    # a single frame is filled up all the same
    expected = numpy(convolution(np.pad(x, [(0, 0), (0, max(11 - samples, 0)), (0, 0)])))
    assert expected.shape == bank.compute_output_shape(x.shape)
    # the same sums in another order
    np.testing.assert_allclose(numpy(bank(x)), expected, atol=1e-5)


def test_a_padded_waveform_has_no_dropped_remainder():
    with pytest.raises(ValueError, match=r"`drop_remainder` needs `padding=0`\. Received: .*=5"):
        layers.AnalysisFilterbank(7, 11, 4, padding=5, drop_remainder=True)


def test_unit_level_is_that_of_each_frame():
    x = noise(2, 99, 3)
    x[:, 40:60] = 0
    bank, plain = (
        layers.AnalysisFilterbank(7, 11, 4, unit_level=unit_level) for unit_level in (True, False)
    )
    for each in (bank, plain):
        each.build(x.shape)
    plain.kernel.assign(bank.kernel)
    for n, start in enumerate(range(0, 89, 4)):
        frame = x[:, start : start + 11]
        level = np.sqrt(np.square(frame).mean(axis=(1, 2), keepdims=True))
        expected = numpy(plain(frame / np.maximum(level, 1e-8)))[:, 0]
        np.testing.assert_allclose(numpy(bank(x))[:, n], expected, atol=1e-5)


@pytest.mark.parametrize("shape", [(2, 99, 2), (2, 99), (2, 99, 3, 1)])
def test_says_what_waveform_was_wanted(shape):
    bank = layers.AnalysisFilterbank(7, 11, 4)
    bank.build((None, None, 3))
    with pytest.raises(ValueError, match=r"must have shape|incompatible with the layer: expected"):
        bank(np.zeros(shape, "float32"))
