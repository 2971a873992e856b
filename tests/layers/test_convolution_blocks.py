"""The dilated convolution blocks against their figures in float64."""

import keras
import numpy as np
import pytest

from keras_sep import layers
from keras_sep.testing import numpy, through_json

BATCH, TIME, FEATURES, FILTERS, SKIP = 2, 17, 5, 7, 3
SETTINGS = [
    {"kernel_size": 3, "dilation": 1},
    {"kernel_size": 5, "dilation": 3},
    {"kernel_size": 3, "dilation": 2, "causal": True},
    {"kernel_size": 2, "dilation": 4, "causal": True},
    {"kernel_size": 3, "dilation": 19},  # farther than the signal is long
]
every_setting = pytest.mark.parametrize("setting", SETTINGS)
BLOCKS = [layers.TemporalConvBlock, layers.GatedConvBlock]
every_block = pytest.mark.parametrize("kind", BLOCKS)


def signal(time=TIME):
    return np.random.default_rng(0).normal(size=(BATCH, time, FEATURES)).astype("float32")


def random_block(kind, **kwargs):
    """A block with random weights, and those in float64 by their place in the block."""
    block = kind(FILTERS, skip_filters=SKIP, **kwargs)
    block.build((None, None, FEATURES))
    rng = np.random.default_rng(1)
    block.set_weights([0.5 * rng.normal(size=w.shape) for w in block.weights])
    own = {w.path.split("/", 1)[1]: numpy(w).astype("float64") for w in block.weights}
    return block, own


def dilated(x, kernel, setting, depthwise):
    """A dilated convolution, the sum written out."""
    taps, dilation = setting["kernel_size"], setting["dilation"]
    out = 0.0
    for tap in range(taps):
        back = (taps - 1 - tap) * dilation
        if not setting.get("causal"):
            back -= (taps - 1) * dilation // 2
        moved = np.zeros_like(x)
        for t in range(x.shape[1]):
            if 0 <= t - back < x.shape[1]:
                moved[:, t] = x[:, t - back]
        out = out + (moved * kernel[tap, :, 0] if depthwise else moved @ kernel[tap])
    return out


def prelu(x, alpha):
    return np.where(x > 0, x, alpha * x)


def normalised(x, gamma, beta, causal):
    if causal:
        parts = [x[:, : t + 1] for t in range(x.shape[1])]
        mean = np.stack([p.mean((1, 2)) for p in parts], axis=1)[..., None]
        variance = np.stack([p.var((1, 2)) for p in parts], axis=1)[..., None]
    else:
        mean, variance = x.mean((1, 2), keepdims=True), x.var((1, 2), keepdims=True)
    return (x - mean) / np.sqrt(variance + 1e-8) * gamma + beta


@every_setting
def test_temporal_block_is_its_figure(setting):
    block, w = random_block(layers.TemporalConvBlock, **setting)
    x = signal().astype("float64")

    def norm(h, n):
        return normalised(h, w[f"norm_{n}/gamma"], w[f"norm_{n}/beta"], setting.get("causal"))

    h = x @ w["expansion/kernel"] + w["expansion/bias"]
    h = norm(prelu(h, w["activation_1/alpha"]), 1)
    h = dilated(h, w["depthwise/kernel"], setting, depthwise=True) + w["depthwise/bias"]
    h = norm(prelu(h, w["activation_2/alpha"]), 2)
    residual, skip = block(signal())
    # float32 through five layers
    expected = x + h @ w["residual/kernel"] + w["residual/bias"]
    np.testing.assert_allclose(numpy(residual), expected, atol=2e-5)
    np.testing.assert_allclose(numpy(skip), h @ w["skip/kernel"] + w["skip/bias"], atol=2e-5)


@every_setting
@pytest.mark.parametrize("use_bias", [False, True])
def test_gated_block_is_its_figure(setting, use_bias):
    block, w = random_block(layers.GatedConvBlock, use_bias=use_bias, **setting)
    x = signal().astype("float64")

    def bias(name):
        return w[f"{name}/bias"] if use_bias else 0.0

    h = dilated(x, w["dilated/kernel"], setting, depthwise=False) + bias("dilated")
    h = np.tanh(h[..., :FILTERS]) / (1 + np.exp(-h[..., FILTERS:]))
    residual, skip = block(signal())
    # float32 through two layers
    expected = x + h @ w["residual/kernel"] + bias("residual")
    np.testing.assert_allclose(numpy(residual), expected, atol=5e-6)
    np.testing.assert_allclose(numpy(skip), h @ w["skip/kernel"] + bias("skip"), atol=5e-6)
    assert len(block.weights) == (6 if use_bias else 3)


@every_block
@pytest.mark.parametrize("causal", [False, True])
def test_padding_changes_nothing_and_the_mask_goes_on(kind, causal):
    block, _ = random_block(kind, kernel_size=3, dilation=4, causal=causal)
    x = signal(TIME + 6)
    lengths = np.array([TIME, TIME + 6])
    outputs = block(layers.LengthMask()([x, keras.ops.array(lengths)]))
    for output in outputs:
        mask = numpy(output._keras_mask)
        np.testing.assert_array_equal(mask.sum(axis=1), lengths)
    for i, length in enumerate(lengths):
        for output, alone in zip(outputs, block(x[i : i + 1, :length]), strict=True):
            # sums of more terms, some of them zero
            np.testing.assert_allclose(numpy(output)[i, :length], numpy(alone)[0], atol=1e-5)


@every_block
def test_causal_block_does_not_see_the_future(kind):
    block, _ = random_block(kind, kernel_size=3, dilation=2, causal=True)
    x = signal()
    moved = x.copy()
    moved[:, 9:] += 1
    for before, after in zip(block(x), block(moved), strict=True):
        np.testing.assert_array_equal(numpy(after)[:, :9], numpy(before)[:, :9])
        assert np.abs(numpy(after)[:, 9] - numpy(before)[:, 9]).min() > 1e-6


@every_block
def test_without_skip_output(kind):
    with_skip, _ = random_block(kind)
    block = kind(FILTERS)
    y = block(signal())
    block.set_weights([numpy(w) for w in with_skip.weights if "/skip/" not in w.path])
    assert y.shape == (BATCH, TIME, FEATURES)
    assert block.compute_output_shape((None, None, FEATURES)) == (None, None, FEATURES)
    np.testing.assert_allclose(numpy(block(signal())), numpy(with_skip(signal())[0]), atol=1e-6)


@every_block
def test_a_signal_shorter_than_the_dilation(kind):
    """Built by its first call, on which the length is known."""
    residual, skip = kind(FILTERS, SKIP, dilation=5)(signal(1))
    assert residual.shape == (BATCH, 1, FEATURES)
    assert skip.shape == (BATCH, 1, SKIP)


# ---------------------------------------------------------------------- choice of normalisation


def test_normalization_of_the_paper():
    for causal, kind in [
        (False, layers.GlobalLayerNormalization),
        (True, layers.CumulativeLayerNormalization),
    ]:
        block = layers.TemporalConvBlock(FILTERS, causal=causal)
        assert type(block.norm_1) is type(block.norm_2) is kind


@pytest.mark.parametrize(
    "given",
    [
        layers.InstanceNormalization(epsilon=0.5),
        keras.layers.LayerNormalization(epsilon=0.5),
        keras.layers.BatchNormalization(epsilon=0.5),
    ],
)
def test_normalization_given_is_copied(given):
    block = layers.TemporalConvBlock(FILTERS, SKIP, normalization=given, name="block")
    block(signal())
    assert not given.built
    assert block.norm_1 is not block.norm_2
    for n, norm in enumerate((block.norm_1, block.norm_2), start=1):
        assert type(norm) is type(given)
        assert norm.epsilon == 0.5
        assert norm.gamma.path == f"block/norm_{n}/gamma"
    again = keras.saving.deserialize_keras_object(through_json(block))
    assert again.get_config() == block.get_config()
    again.set_weights(block.get_weights())
    for ours, theirs in zip(block(signal()), again(signal()), strict=True):
        np.testing.assert_array_equal(numpy(ours), numpy(theirs))


def test_channel_wise_normalization_looks_at_one_frame():
    given = keras.layers.LayerNormalization(epsilon=1e-8)
    block = layers.TemporalConvBlock(FILTERS, kernel_size=1, normalization=given)
    x = signal()
    np.testing.assert_allclose(numpy(block(x))[:, 3:4], numpy(block(x[:, 3:4])), atol=1e-6)


@every_block
@pytest.mark.parametrize(
    ("kwargs", "text"),
    [
        ({"filters": 0}, r"`filters` must be a positive integer\. Received: filters=0"),
        ({"filters": 3, "skip_filters": 0}, r"`skip_filters` must be a positive integer"),
        ({"filters": 3, "dilation": 1.5}, r"`dilation` must be a positive integer"),
        (
            {"filters": 3, "kernel_size": 4},
            r"`kernel_size` must be odd unless the block is causal\. Received: kernel_size=4",
        ),
    ],
)
def test_bad_arguments(kind, kwargs, text):
    with pytest.raises(ValueError, match=text):
        kind(**kwargs)


def test_bad_normalization():
    with pytest.raises(ValueError, match=r"must be a Keras layer\. Received: normalization='gln'"):
        layers.TemporalConvBlock(3, normalization="gln")
