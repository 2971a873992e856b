"""Normalisations, convolution blocks and upsampling beside PyTorch, asteroid and TensorFlow."""

import keras
import numpy as np
import pytest

from keras_sep import layers
from keras_sep.testing import gradient, numpy

pytest.importorskip("torch")
pytest.importorskip("asteroid_filterbanks")

from asteroid_peer import torch

# isort: split
from asteroid.masknn import norms
from asteroid.masknn.convolutional import Conv1DBlock

BATCH, TIME, FEATURES, FILTERS, SKIP = 2, 19, 5, 7, 3
RNG = np.random.default_rng(0)


def channels_first(x):
    return torch.tensor(np.moveaxis(x, -1, 1).astype("float64"), requires_grad=True)


def channels_last(x):
    return np.moveaxis(x.detach().numpy(), 1, -1)


def signal(*shape):
    return (1 + RNG.normal(size=shape)).astype("float32")


def fill(layer, shape, level=1.0):
    """Build a layer with random weights; those, by the name within it, as tensors."""
    layer.build(shape)
    layer.set_weights([level * RNG.normal(size=w.shape) for w in layer.weights])
    return {
        w.path.removeprefix(layer.name + "/"): torch.tensor(numpy(w).astype("float64"))
        for w in layer.weights
    }


def compare(ours, theirs, x, tolerance):
    """Outputs, and gradients by the input, of a random combination of all outputs."""
    inputs = channels_first(x)
    expected = theirs(inputs)
    results = keras.tree.flatten(ours(x))
    scales = [RNG.normal(size=y.shape).astype("float32") for y in results]
    for y, wanted in zip(results, expected, strict=True):
        np.testing.assert_allclose(numpy(y), channels_last(wanted), atol=tolerance)
    sum(
        (wanted * channels_first(scale)).sum()
        for wanted, scale in zip(expected, scales, strict=True)
    ).backward()

    def total(x):
        outputs = keras.tree.flatten(ours(x))
        return sum(keras.ops.sum(y * s) for y, s in zip(outputs, scales, strict=True))

    _, slope = gradient(total, x)
    wanted = channels_last(inputs.grad)
    np.testing.assert_allclose(slope, wanted, atol=tolerance * max(1, np.abs(wanted).max()))


@pytest.mark.parametrize(
    ("layer", "module", "inner"),
    [
        (layers.GlobalLayerNormalization, norms.GlobLN, ()),
        (layers.GlobalLayerNormalization, norms.GlobLN, (3,)),
        (layers.CumulativeLayerNormalization, norms.CumLN, ()),
        (lambda: keras.layers.LayerNormalization(epsilon=1e-8), norms.ChanLN, ()),
        (lambda: keras.layers.LayerNormalization(epsilon=1e-8), norms.ChanLN, (3,)),
        (layers.InstanceNormalization, torch.nn.InstanceNorm1d, ()),
        (layers.InstanceNormalization, torch.nn.InstanceNorm2d, (3,)),
    ],
)
def test_normalization(layer, module, inner):
    layer = layer()
    x = signal(BATCH, TIME, *inner, FEATURES)
    gamma, beta = fill(layer, x.shape).values()
    if "Instance" in module.__name__:
        module = module(FEATURES, eps=1e-8, affine=True)
        state = {"weight": gamma, "bias": beta}
    else:
        module = module(FEATURES)
        state = {"gamma": gamma, "beta": beta}
    module = module.double()
    module.load_state_dict(state)
    # ours in float32: a dozen roundings of numbers below ten
    compare(layer, lambda z: [module(z)], x, 1e-5)


def test_normalization_of_equal_lengths_is_group_normalization():
    x = signal(BATCH, TIME, FEATURES)
    theirs = keras.layers.GroupNormalization(groups=-1, epsilon=1e-8)(x)
    np.testing.assert_allclose(layers.InstanceNormalization()(x), theirs, atol=1e-5)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize(("kernel_size", "dilation"), [(3, 1), (3, 4), (5, 2)])
@pytest.mark.parametrize("norm", ["paper's", "cLN"])
def test_temporal_block_is_asteroids(causal, kernel_size, dilation, norm):
    kwargs = {"kernel_size": kernel_size, "dilation": dilation, "causal": causal}
    channel_wise = keras.layers.LayerNormalization(epsilon=1e-8) if norm == "cLN" else None
    block = layers.TemporalConvBlock(FILTERS, SKIP, normalization=channel_wise, **kwargs)
    x = signal(BATCH, TIME, FEATURES)
    w = fill(block, x.shape, level=0.5)
    reach = (kernel_size - 1) * dilation
    module = Conv1DBlock(
        FEATURES, FILTERS, SKIP, kernel_size, reach if causal else reach // 2, dilation,
        norm_type=norm if channel_wise else "cgLN" if causal else "gLN", causal=causal,
    ).double()  # fmt: skip
    state = {}
    prefixes = {
        "shared_block.0": "expansion",
        "shared_block.3" + (".0" if causal else ""): "depthwise",
        "res_conv": "residual",
        "skip_conv": "skip",
    }
    for theirs, ours in prefixes.items():
        kernel = w[f"{ours}/kernel"]
        kernel = kernel.permute(1, 2, 0) if ours == "depthwise" else kernel.T[:, :, None]
        state[f"{theirs}.weight"], state[f"{theirs}.bias"] = kernel, w[f"{ours}/bias"]
    for n, (prelu, norm) in enumerate([(1, 2), (4, 5)], start=1):
        state[f"shared_block.{prelu}.weight"] = w[f"activation_{n}/alpha"].reshape(1)
        state[f"shared_block.{norm}.gamma"] = w[f"norm_{n}/gamma"]
        state[f"shared_block.{norm}.beta"] = w[f"norm_{n}/beta"]
    module.load_state_dict(state)

    def with_sum(z):  # asteroid adds the input outside its block
        residual, skip = module(z)
        return z + residual, skip

    compare(block, with_sum, x, 2e-5)  # ours in float32 through five layers


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("dilation", [1, 4])
def test_gated_block_is_its_formula_in_torch(causal, dilation):
    block = layers.GatedConvBlock(FILTERS, SKIP, dilation=dilation, causal=causal)
    x = signal(BATCH, TIME, FEATURES)
    w = fill(block, x.shape, level=0.5)

    def theirs(z):
        reach = 2 * dilation
        padded = torch.nn.functional.pad(z, (reach, 0) if causal else (dilation, dilation))
        kernel = w["dilated/kernel"].permute(2, 1, 0)
        h = torch.conv1d(padded, kernel, dilation=dilation)
        h = torch.tanh(h[:, :FILTERS]) * torch.sigmoid(h[:, FILTERS:])
        residual, skip = (
            torch.conv1d(h, w[f"{name}/kernel"].T[:, :, None]) for name in ("residual", "skip")
        )
        return z + residual, skip

    compare(block, theirs, x, 1e-5)  # ours in float32 through two layers


def unet_module(convolution, w, activation):
    """PyTorch's layers with the weights of a block of ours, Keras's epsilon of the statistics."""
    module = torch.nn.Sequential(convolution, torch.nn.BatchNorm2d(FILTERS, eps=1e-3), activation)
    module = module.double().eval()
    state = {
        "0.weight": w["convolution/kernel"].permute(3, 2, 0, 1),
        "0.bias": w["convolution/bias"],
        "1.weight": w["norm/gamma"],
        "1.bias": w["norm/beta"],
        "1.running_mean": w["norm/moving_mean"],
        "1.running_var": w["norm/moving_variance"],
        "1.num_batches_tracked": torch.tensor(0),
    }
    module.load_state_dict(state)
    return module


def unet_block(block, shape):
    w = fill(block, shape)
    names = [v.path.removeprefix(block.name + "/") for v in block.weights]
    w["norm/moving_variance"] = w["norm/moving_variance"].abs() + 0.5
    block.set_weights([w[name].numpy() for name in names])
    return w


def test_encoder_block_is_torchs():
    """On odd sizes, where Keras pads as much before as after, which PyTorch does always."""
    block = layers.UNetEncoderBlock(FILTERS)
    x = signal(BATCH, 13, 17, FEATURES)
    w = unet_block(block, x.shape)
    convolution = torch.nn.Conv2d(FEATURES, FILTERS, 5, stride=2, padding=2)
    module = unet_module(convolution, w, torch.nn.LeakyReLU(0.2))
    compare(block, lambda z: [module(z)], x, 1e-4)  # float32 sums of 125 products


def test_decoder_block_is_torchs():
    """PyTorch's is one frame and one bin longer than twice the input; those are cut off."""
    block = layers.UNetDecoderBlock(FILTERS, dropout=0.5)
    x = signal(BATCH, 7, 11, FEATURES)
    w = unet_block(block, x.shape)
    convolution = torch.nn.ConvTranspose2d(FEATURES, FILTERS, 5, stride=2, padding=1)
    module = unet_module(convolution, w, torch.nn.ReLU())
    compare(block, lambda z: [module(z)[:, :, :14, :22]], x, 1e-4)


def test_upsampling_with_context_is_torchs():
    x = signal(BATCH, TIME, FEATURES)

    def theirs(z):
        size = 2 * TIME - 1
        return [torch.nn.functional.interpolate(z, size, mode="linear", align_corners=True)]

    compare(layers.LinearUpsampling(), theirs, x, 1e-6)


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_upsampling_is_wave_u_nets(padding):
    """The two calls of the published code."""
    tf = pytest.importorskip("tensorflow")
    x = signal(BATCH, TIME, FEATURES)
    valid = padding == "valid"
    size = [1, 2 * TIME - valid]
    resize = tf.compat.v1.image.resize_bilinear
    expected = resize(x[:, None], size, align_corners=valid)[:, 0]
    ours = layers.LinearUpsampling(padding=padding)(x)
    np.testing.assert_allclose(numpy(ours), expected.numpy(), atol=1e-6)
