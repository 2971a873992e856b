"""Wavenet beside the paper's figure 1 in PyTorch's functions."""

import keras
import numpy as np
import pytest
from peer import torch

from keras_sep import zoo

functional = torch.nn.functional
# float32 through as many as 43 layers in a row
RELATIVE = 1e-5
SMALL = {"filters": 6, "skip": 5, "blocks": 4, "stacks": 2, "head_filters": (9, 8)}


def figure_1(network, mixture, blocks, stacks, causal):
    """From (batch, channels, samples) to the estimates, (batch, estimates, samples)."""

    def convolution(x, layer, dilation=1):
        kernel, *bias = (torch.from_numpy(w) for w in layer.get_weights())
        kernel = kernel[None] if kernel.ndim == 2 else kernel  # a dense layer has one tap
        reach = (kernel.shape[0] - 1) * dilation
        x = functional.pad(x, (reach, 0) if causal else (reach // 2, reach // 2))
        return functional.conv1d(x, kernel.permute(2, 1, 0), *bias, dilation=dilation)

    x, total = convolution(mixture, network.get_layer("first")), 0
    for stack in range(1, stacks + 1):
        for block in range(1, blocks + 1):
            layer = network.get_layer(f"block_{stack}_{block}")
            signal, gate = convolution(x, layer.dilated, 2 ** (block - 1)).chunk(2, dim=1)
            gated = torch.tanh(signal) * torch.sigmoid(gate)
            total = total + convolution(gated, layer.skip)
            if (stack, block) != (stacks, blocks):
                x = x + convolution(gated, layer.residual)
    for name in ("head_1", "head_2"):
        total = convolution(functional.relu(total), network.get_layer(name))
    return convolution(total, network.get_layer("estimates"))


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("channels", [1, 2])
def test_small(causal, channels):
    check(SMALL, 3, channels, causal, samples=257)


def test_published_size():
    check({"blocks": 10, "stacks": 4}, 3, 1, False, samples=2503)


def check(sizes, sources, channels, causal, samples):
    keras.utils.set_random_seed(5)
    network = zoo.wavenet(sources, channels, causal=causal, difference=False, **sizes)
    x = np.random.default_rng(0).normal(size=(2, samples, channels)).astype("float32")
    with torch.no_grad():
        theirs = figure_1(
            network, torch.from_numpy(x.transpose(0, 2, 1).copy()), sizes["blocks"],
            sizes["stacks"], causal,
        ).numpy()  # fmt: skip
    ours = keras.ops.convert_to_numpy(network(x))
    theirs = theirs.transpose(0, 2, 1).reshape(ours.shape)
    assert theirs.std() > 1e-3
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=RELATIVE * np.abs(theirs).max())
