"""The waveform networks beside asteroid's classes with the same random weights."""

import keras
import numpy as np
import pytest

pytest.importorskip("asteroid_filterbanks")
from asteroid_peer import torch

# isort: split
from asteroid.models.conv_tasnet import ConvTasNet
from peer import arrays

from keras_sep import convert

# what the task allows; float32 through up to 24 blocks keeps it with room to spare
RELATIVE = 1e-4
CHANNEL_WISE = keras.layers.LayerNormalization(epsilon=1e-8)
SMALL = {"filters": 31, "kernel_size": 10, "stride": 5, "bottleneck": 13, "hidden": 17,
         "taps": 5, "blocks": 3, "repeats": 2}  # fmt: skip


def randomised(peer, seed=4):
    """In evaluation mode, every weight moved off the value it starts from."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in peer.parameters():
            weight.add_(0.1 * torch.randn(weight.shape, generator=generator))
    return peer.eval()


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
    encoder_activation = "relu" if sources == 3 else None
    published = {"filters": 512, "kernel_size": 16, "stride": 8, "bottleneck": 128, "hidden": 512,
                 "taps": 3, "blocks": 8, "repeats": 3}  # fmt: skip
    given = published | sizes
    peer = randomised(
        ConvTasNet(
            sources, n_blocks=given["blocks"], n_repeats=given["repeats"],
            bn_chan=given["bottleneck"], hid_chan=given["hidden"], skip_chan=skip,
            conv_kernel_size=given["taps"], norm_type=norm_type, mask_act=mask, causal=causal,
            kernel_size=given["kernel_size"], n_filters=given["filters"], stride=given["stride"],
            encoder_activation=encoder_activation,
        )
    )  # fmt: skip
    network = convert.conv_tasnet(
        arrays(peer), given["stride"], given["blocks"], normalization=normalization,
        mask_activation=mask, encoder_activation=encoder_activation,
    )  # fmt: skip
    samples = given["kernel_size"] + (frames - 1) * given["stride"]  # whole frames
    check_waveforms(network, peer, samples)


def check_waveforms(network, peer, samples):
    """Ours, (batch, samples, 1, sources), beside theirs, (batch, sources, samples)."""
    x = np.random.default_rng(0).normal(size=(2, samples, 1)).astype("float32")
    with torch.no_grad():
        theirs = peer(torch.from_numpy(x[..., 0])).numpy().transpose(0, 2, 1)
    ours = keras.ops.convert_to_numpy(network(x))[:, :, 0]
    assert np.abs(theirs).max() > 1e-3
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=RELATIVE * np.abs(theirs).max())
