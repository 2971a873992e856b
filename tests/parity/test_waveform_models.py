"""The waveform networks beside asteroid's classes with the same random weights."""

import keras
import numpy as np
import pytest

pytest.importorskip("asteroid_filterbanks")
from asteroid_peer import torch

# isort: split
from asteroid.models import conv_tasnet

from keras_sep import zoo

# what the task allows; float32 through up to 24 blocks keeps it with room to spare
RELATIVE = 1e-4
CHANNEL_WISE = keras.layers.LayerNormalization(epsilon=1e-8)
SMALL = {"filters": 31, "kernel_size": 10, "stride": 5, "bottleneck": 13, "hidden": 17,
         "taps": 5, "blocks": 3, "repeats": 2}  # fmt: skip


def tensor(array):
    return torch.tensor(np.asarray(array))


def pointwise(layer):
    """A dense layer's weights as those of a 1x1 convolution."""
    kernel, bias = layer.get_weights()
    return {"weight": tensor(kernel.T[:, :, None]), "bias": tensor(bias)}


def norm_state(layer):
    gamma, beta = layer.get_weights()
    return {"gamma": tensor(gamma), "beta": tensor(beta)}


def temporal_block_state(block, causal):
    kernel, bias = block.depthwise.get_weights()  # (taps, features, 1)
    depthwise = {"weight": tensor(kernel.transpose(1, 2, 0)), "bias": tensor(bias)}
    parts = {
        "shared_block.0": pointwise(block.expansion),
        "shared_block.1": {"weight": tensor(block.activation_1.get_weights()[0]).reshape(1)},
        "shared_block.2": norm_state(block.norm_1),
        "shared_block.3" + (".0" if causal else ""): depthwise,
        "shared_block.4": {"weight": tensor(block.activation_2.get_weights()[0]).reshape(1)},
        "shared_block.5": norm_state(block.norm_2),
    }
    if block.skip is not None:
        parts["skip_conv"] = pointwise(block.skip)
    if not block.skip_only:
        parts["res_conv"] = pointwise(block.residual)
    return joined(parts)


def joined(parts):
    return {
        f"{prefix}.{name}": value for prefix, part in parts.items() for name, value in part.items()
    }


def masks_state(layer, sources):
    """Ours run over filters slowest, theirs over sources."""
    kernel, bias = layer.dense.get_weights()
    features, filters = len(kernel), len(bias) // sources
    kernel = kernel.reshape(features, filters, sources).transpose(2, 1, 0)
    bias = bias.reshape(filters, sources).T
    return {
        "weight": tensor(kernel.reshape(-1, features, 1).copy()),
        "bias": tensor(bias.reshape(-1).copy()),
    }


def conv_tasnet_state(network, sources, repeats, blocks, causal):
    get = network.get_layer
    parts = {
        "masker.bottleneck.0": norm_state(get("normalization")),
        "masker.bottleneck.1": pointwise(get("bottleneck")),
        "masker.mask_net.0": {"weight": tensor(get("activation").get_weights()[0]).reshape(1)},
        "masker.mask_net.1": masks_state(get("masks"), sources),
        "encoder.filterbank": {
            "_filters": tensor(get("encoder").get_weights()[0].transpose(2, 1, 0))
        },
        "decoder.filterbank": {
            "_filters": tensor(get("decoder").get_weights()[0].transpose(2, 1, 0))
        },
    }
    for repeat in range(repeats):
        for block in range(blocks):
            name = f"block_{repeat + 1}_{block + 1}"
            parts[f"masker.TCN.{repeat * blocks + block}"] = temporal_block_state(get(name), causal)
    return joined(parts)


def randomised(network):
    rng = np.random.default_rng(4)
    network.set_weights([
        w + 0.1 * rng.normal(size=w.shape) for w in network.get_weights()
    ])  # fmt: skip
    return network


@pytest.mark.parametrize(
    ("norm_type", "normalization", "causal"),
    [("gLN", None, False), ("cgLN", None, True), ("cLN", CHANNEL_WISE, True),
     ("cLN", CHANNEL_WISE, False)],
)  # fmt: skip
@pytest.mark.parametrize("mask", ["sigmoid", "relu", "softmax"])
@pytest.mark.parametrize(("sources", "skip"), [(2, 11), (3, None)])
def test_conv_tasnet(norm_type, normalization, causal, mask, sources, skip):
    check_conv_tasnet(SMALL, norm_type, normalization, causal, mask, sources, skip, frames=401)


@pytest.mark.parametrize("causal", [False, True])
def test_conv_tasnet_in_the_published_size(causal):
    check_conv_tasnet({}, "cgLN" if causal else "gLN", None, causal, "sigmoid", 2, 128, frames=199)


def check_conv_tasnet(sizes, norm_type, normalization, causal, mask, sources, skip, frames):
    keras.utils.set_random_seed(1)
    encoder_activation = "relu" if sources == 3 else None
    network = randomised(
        zoo.conv_tasnet(
            sources, skip=skip, normalization=normalization, causal=causal, mask_activation=mask,
            encoder_activation=encoder_activation, **sizes,
        )
    )  # fmt: skip
    published = {"filters": 512, "kernel_size": 16, "stride": 8, "bottleneck": 128, "hidden": 512,
                 "taps": 3, "blocks": 8, "repeats": 3}  # fmt: skip
    given = published | sizes
    peer = conv_tasnet.ConvTasNet(
        sources, n_blocks=given["blocks"], n_repeats=given["repeats"],
        bn_chan=given["bottleneck"], hid_chan=given["hidden"], skip_chan=skip,
        conv_kernel_size=given["taps"], norm_type=norm_type, mask_act=mask, causal=causal,
        kernel_size=given["kernel_size"], n_filters=given["filters"], stride=given["stride"],
        encoder_activation=encoder_activation,
    )  # fmt: skip
    state = conv_tasnet_state(network, sources, given["repeats"], given["blocks"], causal)
    missing, unexpected = peer.load_state_dict(state, strict=False)
    last = given["repeats"] * given["blocks"] - 1
    unread = (
        set() if skip is None else {f"masker.TCN.{last}.res_conv.{x}" for x in ("weight", "bias")}
    )
    assert not unexpected
    assert set(missing) <= unread | {"encoder.filterbank.torch_window", "encoder._sample_rate"}
    samples = given["kernel_size"] + (frames - 1) * given["stride"]  # whole frames
    x = np.random.default_rng(0).normal(size=(2, samples, 1)).astype("float32")
    with torch.no_grad():
        theirs = peer.eval()(torch.from_numpy(x[..., 0])).numpy().transpose(0, 2, 1)
    ours = keras.ops.convert_to_numpy(network(x))[:, :, 0]
    assert np.abs(theirs).max() > 1e-3
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=RELATIVE * np.abs(theirs).max())
