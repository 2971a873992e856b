"""Wave-U-Net in the published size beside the paper's table 1 in PyTorch's functions."""

import keras
import numpy as np
import pytest
from peer import torch

from keras_sep import zoo

functional = torch.nn.functional
# float32 through 25 convolutions of up to 12 000 products each
RELATIVE = 1e-5


def table_1(network, mixture, context):
    """From (batch, channels, samples) to the estimates, (batch, estimates, samples)."""

    def convolution(x, name):
        kernel, bias = (torch.from_numpy(w) for w in network.get_layer(name).get_weights())
        padding = 0 if context else kernel.shape[0] // 2
        return functional.conv1d(x, kernel.permute(2, 1, 0), bias, padding=padding)

    def joined(x, skip):
        start = (skip.shape[2] - x.shape[2]) // 2
        return torch.cat([x, skip[:, :, start : start + x.shape[2]]], dim=1)

    x, skips = mixture, []
    for level in range(1, 13):
        skips.append(functional.leaky_relu(convolution(x, f"down_{level}"), 0.2))
        x = skips[-1][:, :, ::2]
    x = functional.leaky_relu(convolution(x, "bottom"), 0.2)
    for level in range(12, 0, -1):
        if not context:
            x = functional.pad(x, (0, 1), mode="replicate")
        x = functional.interpolate(x, 2 * x.shape[2] - 1, mode="linear", align_corners=True)
        x = joined(x if context else x[:, :, :-1], skips[level - 1])
        x = functional.leaky_relu(convolution(x, f"up_{level}"), 0.2)
    return torch.tanh(convolution(joined(x, mixture), "estimates"))


@pytest.mark.parametrize("context", [True, False])
def test_published_size(context):
    keras.utils.set_random_seed(5)
    model = zoo.wave_u_net(sources=3, context=context, difference=False)
    network = model.unpadded or model.get_layer("same")
    for weight in network.weights:  # biases too
        weight.assign(weight + 0.01 * keras.random.normal(weight.shape))
    read, separated = (147443, 16389) if context else (16384, 16384)
    x = np.random.default_rng(0).normal(size=(1, read, 2)).astype("float32")
    with torch.no_grad():
        theirs = table_1(network, torch.from_numpy(x.transpose(0, 2, 1).copy()), context).numpy()
    ours = keras.ops.convert_to_numpy(network(x))
    assert ours.shape == (1, separated, 2, 3)
    theirs = theirs.transpose(0, 2, 1).reshape(ours.shape)
    assert theirs.std() > 1e-3
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=RELATIVE * np.abs(theirs).max())
