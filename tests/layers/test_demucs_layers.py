"""The layers of the Demucs family beside their formulas in float64."""

import keras
import numpy as np
import pytest
from scipy.special import erf

from keras_sep import layers

to_numpy = keras.ops.convert_to_numpy


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


@pytest.mark.parametrize("samples", [3, 40, 64, 101])
def test_aligned_stft_is_the_transform_of_mirrored_frames(samples):
    length, hop = 64, 16
    x = noise(2, samples, 3)
    real, imag = layers.AlignedSTFT(length)(x)
    frames = -(-samples // hop)
    left, right = 24, 24 + frames * hop - samples
    mirrored = np.pad(x.astype(np.float64), ((0, 0), (0, max(right + 1 - samples, 0)), (0, 0)))
    right -= mirrored.shape[1] - samples
    mirrored = np.pad(mirrored, ((0, 0), (left, right), (0, 0)), mode="reflect")
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)
    for t in range(frames):
        frame = mirrored[:, t * hop : t * hop + length] * window[:, None]
        expected = np.fft.rfft(frame, axis=1)[:, :-1] / np.sqrt(length)
        found = to_numpy(real)[:, t] + 1j * to_numpy(imag)[:, t]
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)  # rounding of float32


def test_zero_padding_and_a_late_inverse_are_those_of_torch():
    """As `torch.istft(center=True)` of frames 2 to 2 + n among zeros, beside its formula."""
    samples, length, hop = 101, 64, 16
    x = noise(1, samples, 2)
    frames = -(-samples // hop)
    padded = np.pad(x.astype(np.float64), ((0, 0), (24, 24 + frames * hop - samples), (0, 0)))
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)
    total = np.zeros((frames + 4, hop, 2))
    squares = np.zeros((frames + 8, hop))
    for t in range(-2, frames + 2):
        squares[t + 2 : t + 6] += (window**2).reshape(4, hop)
    for t in range(frames):
        frame = padded[0, t * hop : t * hop + length] * window[:, None]
        spectrum = np.fft.rfft(frame, axis=0)
        spectrum[-1] = 0
        again = np.fft.irfft(spectrum, axis=0) * window[:, None]
        total[t : t + 4] += again.reshape(4, hop, 2)
    expected = (total / squares[2 : frames + 6, :, None]).reshape(-1, 2)[:samples]
    pair = layers.AlignedSTFT(length, padding="zeros")(x)
    found = to_numpy(layers.AlignedISTFT(length, late=True)(pair, like=x))
    np.testing.assert_allclose(found[0], expected, rtol=0, atol=1e-5)  # float32, over small windows
    with pytest.raises(ValueError, match=r'`padding` must be "reflect" or "zeros"\. Received: '):
        layers.AlignedSTFT(length, padding="zero")
    with pytest.raises(ValueError, match=r"`late` must be True or False\. Received: late=1"):
        layers.AlignedISTFT(length, late=1)


def test_aligned_istft_gets_everything_but_the_ends_and_the_highest_frequency_back():
    samples, length = 1001, 64
    time = np.arange(samples)
    x = np.sin(time * 0.7)[None, :, None] * noise(1, 1, 2) + np.cos(time * 1.3)[None, :, None]
    x = x.astype("float32")
    stft = layers.AlignedSTFT(length)
    again = to_numpy(stft.inverse()(stft(x), like=x))
    assert again.shape == x.shape
    # a window's leakage into the bin that is missing, for frequencies away from it
    np.testing.assert_allclose(again[:, length:-length], x[:, length:-length], atol=1e-3)
    with pytest.raises(ValueError, match=r"multiple of 8\. Received: frame_length=60"):
        layers.AlignedSTFT(60)


@pytest.mark.fault
def test_standardize_of_nothing_and_of_what_does_not_vary():
    for x in (np.zeros((2, 0, 3)), np.zeros((2, 5, 3)), np.full((2, 5, 3), 0.3)):
        y, mean, deviation = map(to_numpy, layers.Standardize()(x.astype("float32")))
        assert y.shape == x.shape
        np.testing.assert_allclose(mean, np.full((2, 1, 1), x.max(initial=0)), rtol=1e-6)
        np.testing.assert_allclose(deviation, np.zeros((2, 1, 1)), atol=1e-7)
        np.testing.assert_allclose(y, 0, atol=1e-2)  # rounding of the mean over epsilon


def test_standardize_beside_numpy():
    x = noise(3, 50, 2) * 3 + 1
    for downmix in (False, True):
        y, mean, deviation = map(to_numpy, layers.Standardize(downmix=downmix)(x))
        seen = (x.mean(-1) if downmix else x.reshape(3, -1)).astype(np.float64)
        expected = seen.mean(1), seen.std(1, ddof=1)
        for found, wanted in zip((mean, deviation), expected, strict=True):
            np.testing.assert_allclose(found[:, 0, 0], wanted, rtol=1e-5)
        np.testing.assert_allclose(y, (x - mean) / (deviation + 1e-5), rtol=1e-5, atol=1e-6)
    scaled, *_ = map(to_numpy, layers.Standardize(center=False)(x))
    deviation = x.reshape(3, -1).astype(np.float64).std(1, ddof=1)[:, None, None]
    np.testing.assert_allclose(scaled, x / (deviation + 1e-5), rtol=1e-5)


@pytest.mark.fault
@pytest.mark.parametrize("samples", [1, 300])
def test_a_constant_that_is_not_centred_stays_within_float16(samples):
    """A pause with an offset, of which a block of a recording may consist."""
    x = np.full((2, samples, 1), [[[0.1]], [[-0.5]]], "float32")
    standardize = layers.Standardize(epsilon=1e-8, center=False, dtype="mixed_float16")
    scaled, _, deviation = map(to_numpy, standardize(x))
    np.testing.assert_allclose(scaled * deviation, x, rtol=1e-2)
    spectra = layers.STFT(512, 128, dtype="mixed_float16")(scaled)
    assert all(np.isfinite(to_numpy(part)).all() for part in spectra)


@pytest.mark.parametrize(("old", "new"), [(1, 2), (2, 1), (3, 2)])
def test_sinc_resample_samples_a_sine_elsewhere(old, new):
    time = np.arange(2000)
    x = np.sin(0.1 * time)[None, :, None].astype("float32")
    y = to_numpy(layers.SincResample(old, new)(x))[0, :, 0]
    assert len(y) == 2000 * new // old
    expected = np.sin(0.1 * np.arange(len(y)) * old / new)
    inner = slice(200, -200)
    # what 24 zero crossings under a Hann window leave of a low tone
    np.testing.assert_allclose(y[inner], expected[inner], atol=2e-4)


def test_pad_to_valid_length_leaves_no_sample_over_at_any_level():
    for time in (1, 30, 31, 32, 101):
        x = np.ones((1, time, 1), "float32")
        padded = to_numpy(layers.PadToValidLength(8, 4, depth=3)(x))
        size, before = padded.shape[1], int(np.argmax(padded[0, :, 0]))
        assert before == (size - time) // 2
        assert padded.sum() == time
        for _ in range(3):
            assert (size - 8) % 4 == 0
            size = (size - 8) // 4 + 1
        assert size >= 1


def test_sine_positions_are_those_of_the_formula():
    one = to_numpy(layers.SinePositions(longest=100.0, weight=0.5)(np.zeros((1, 9, 6), "float32")))
    rates = 100.0 ** -(np.arange(3) / 2)
    phase = np.arange(9)[:, None] * rates
    expected = 0.5 * np.concatenate([np.cos(phase), np.sin(phase)], -1)
    np.testing.assert_allclose(one[0], expected, atol=1e-6)  # float32 of phases below 10
    two = to_numpy(layers.SinePositions(longest=100.0)(np.zeros((1, 9, 5, 8), "float32")))
    for t in range(9):
        for f in range(5):
            rates = 100.0 ** -(np.arange(0, 4, 2) / 4)
            expected = [g(n * r) for n in (t, f) for r in rates for g in (np.sin, np.cos)]
            np.testing.assert_allclose(two[0, t, f], expected, atol=1e-6)


def test_frequency_embedding_adds_the_same_to_every_frame():
    layer = layers.FrequencyEmbedding(weight=0.3, scale=5.0)
    x = noise(2, 7, 5, 3)
    layer.build(x.shape)
    embedding = noise(5, 3, seed=1)
    layer.set_weights([embedding])
    np.testing.assert_allclose(to_numpy(layer(x)), x + 1.5 * embedding, rtol=1e-5, atol=1e-6)


def test_local_attention_beside_its_formula():
    layer = layers.LocalAttention(heads=2, decays=3)
    x = noise(1, 9, 4).astype(np.float64)
    layer.build(x.shape)
    layer.set_weights([noise(*w.shape, seed=n) for n, w in enumerate(layer.weights)])

    def dense(part):
        kernel, *bias = (w.astype(np.float64) for w in part.get_weights())
        return x[0] @ kernel + sum(bias)

    query, key, content, decay = map(dense, (layer.query, layer.key, layer.content, layer.decay))
    found = np.zeros((9, 4))
    for head in range(2):
        features = slice(2 * head, 2 * head + 2)
        for s in range(9):
            wanted = 1 / (1 + np.exp(-decay[s, 3 * head : 3 * head + 3])) / 2
            slope = (wanted * np.arange(1, 4)).sum() / np.sqrt(3)
            scores = [
                -100.0 if t == s
                else key[t, features] @ query[s, features] / np.sqrt(2) - slope * abs(t - s)
                for t in range(9)
            ]  # fmt: skip
            weights = np.exp(np.array(scores) - max(scores))
            found[s, features] = weights @ content[:, features] / weights.sum()
    kernel, bias = layer.projection.get_weights()
    expected = x[0] + found @ kernel + bias
    np.testing.assert_allclose(to_numpy(layer(x.astype("float32")))[0], expected, atol=1e-5)
    with pytest.raises(ValueError, match=r"`heads` must divide the features\. Received: heads=3"):
        layers.LocalAttention(heads=3)(x)


def test_compressed_residual_beside_its_steps():
    layer = layers.CompressedResidual(compression=2, dilation=2)
    x = noise(2, 13, 3, 6)
    layer.build(x.shape)
    layer.set_weights([noise(*w.shape, seed=n) for n, w in enumerate(layer.weights)])
    weight = {w.name: to_numpy(w).astype(np.float64) for w in layer.weights}

    def normalised(y, gamma, beta):  # (batch, bins, frames, features), for each bin by itself
        mean, variance = (f(y, axis=(2, 3), keepdims=True) for f in (np.mean, np.var))
        return (y - mean) / np.sqrt(variance + 1e-5) * gamma + beta

    bins_first = x.transpose(0, 2, 1, 3).astype(np.float64)
    padded = np.pad(bins_first, ((0, 0), (0, 0), (2, 2), (0, 0)))
    y = sum(padded[:, :, 2 * n : 2 * n + 13] @ weight["kernel_1"][n] for n in range(3))
    y = normalised(y + weight["bias_1"], weight["gamma_1"], weight["beta_1"])
    y = y * (1 + erf(y / np.sqrt(2))) / 2
    y = y @ weight["kernel_2"] + weight["bias_2"]
    signal, gate = np.split(normalised(y, weight["gamma_2"], weight["beta_2"]), 2, axis=-1)
    expected = bins_first + weight["scale"] * signal / (1 + np.exp(-gate))
    found = to_numpy(layer(x)).transpose(0, 2, 1, 3)
    # float32 through a covariance
    np.testing.assert_allclose(found, expected, rtol=0, atol=2e-5 * np.abs(expected).max())


def test_compressed_residual_keeps_a_feature():
    with pytest.raises(ValueError, match=r"at least one feature\. Received: compression=9"):
        layers.CompressedResidual(compression=9)(noise(1, 5, 8))


@pytest.mark.parametrize("frames", [5, 8, 9, 12, 21])
def test_windowed_recurrent_stack_reads_windows_by_themselves(frames):
    windowed = layers.WindowedRecurrentStack(1, window_length=8, residual=True)
    whole = layers.WindowedRecurrentStack(1)
    x = noise(2, frames, 4)
    for layer in (windowed, whole):
        layer.build(x.shape)
    whole.set_weights(windowed.get_weights())
    expected = to_numpy(whole(x))
    if frames > 8:
        count = -(-frames // 4)
        padded = np.pad(x, ((0, 0), (0, 8), (0, 0)))
        windows = [to_numpy(whole(padded[:, 4 * n : 4 * n + 8])) for n in range(count)]
        parts = [w[:, 2:6] for w in windows]
        parts = [windows[0][:, :2], *parts, windows[-1][:, 6:]]
        expected = np.concatenate(parts, axis=1)[:, :frames]
    np.testing.assert_allclose(to_numpy(windowed(x)), x + expected, rtol=1e-5, atol=1e-5)


def test_transformer_block_beside_the_attention_of_keras():
    block = layers.TransformerBlock(2, 12, cross=True, norm_out=False, layer_scale=0.5)
    x, other = noise(2, 7, 8), noise(2, 5, 8, seed=1)
    block.build([x.shape, other.shape])
    block.set_weights([noise(*w.shape, seed=n) / 3 for n, w in enumerate(block.weights)])
    attention = keras.layers.MultiHeadAttention(2, 4)
    attention.build(x.shape, other.shape)
    weights = []
    for layer in (block.query, block.key, block.value):
        kernel, *bias = layer.get_weights()
        weights += [kernel.reshape(8, 2, 4), np.reshape(bias or np.zeros(8), (2, 4))]
    kernel, bias = block.projection.get_weights()
    attention.set_weights([*weights, kernel.reshape(2, 4, 8), bias])
    found = attention(block.norm_attention(x), block.norm_other(other))
    y = x + to_numpy(block.scale_attention) * to_numpy(found)
    hidden = block.dense_2(keras.ops.gelu(block.dense_1(block.norm_dense(y)), approximate=False))
    expected = y + to_numpy(block.scale_dense) * to_numpy(hidden)
    np.testing.assert_allclose(to_numpy(block([x, other])), expected, rtol=1e-4, atol=1e-5)
