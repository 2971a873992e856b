"""TFC-TDF-UNet v3 beside the class that its weights are published for, with random weights."""

import keras
import numpy as np
import pytest
from peer import arrays
from tfc_tdf_peer import mdx23c, settings, torch

from keras_sep import convert

RELATIVE = 1e-4  # rounding in float32 through some dozens of layers, with room to spare


def check(network, peer, samples, relative=RELATIVE):
    """Ours, (batch, samples, channels, sources), beside theirs, (batch, sources, ..., samples)."""
    x = (0.3 * np.random.default_rng(0).normal(size=(2, samples, 2)) + 0.1).astype("float32")
    with torch.no_grad():
        theirs = peer(torch.from_numpy(x.transpose(0, 2, 1)))
    # of one source it drops the axis of sources
    theirs = theirs.reshape(2, -1, 2, samples).numpy().transpose(0, 3, 2, 1)
    ours = keras.ops.convert_to_numpy(network(x))
    assert np.abs(theirs).max() > 1e-3
    error = np.abs(ours - theirs).max() / np.abs(theirs).max()
    print(f"relative error {error:.1e}")
    assert error < relative


@pytest.mark.parametrize(
    ("audio", "model", "target", "ours"),
    [
        ({}, {}, None, {}),
        ({"dim_f": 24, "hop_length": 20}, {"num_subbands": 3, "growth": 0}, None,
         {"hop_length": 20}),
        ({}, {"norm": "BatchNorm", "act": "relu", "num_blocks_per_scale": 1}, "drums",
         {"activation": "relu"}),
        ({}, {"norm": "GroupNorm1", "act": "elu1.0", "scale": [1, 2], "num_scales": 3}, None,
         {"activation": "elu", "norm_groups": 1}),
        ({}, {"norm": "none", "scale": [2, 1], "bottleneck_factor": 4}, None, {}),
    ],
)  # fmt: skip
def test_tfc_tdf(audio, model, target, ours):
    config = settings(audio, model, target=target)
    peer = mdx23c(config)
    network = convert.tfc_tdf(arrays(peer), **{"frame_length": 64, "hop_length": 16} | ours)
    for frames in (8, 24):  # which the strides divide: the only numbers that the peer accepts
        check(network, peer, (frames - 1) * config.audio.hop_length)


def test_tfc_tdf_in_the_published_size():
    published = {"num_channels": 128, "growth": 128, "num_scales": 5, "num_subbands": 4,
                 "bottleneck_factor": 4}  # fmt: skip
    config = settings({"n_fft": 8192, "hop_length": 1024, "dim_f": 4096}, published, "abcd")
    peer = mdx23c(config)
    network = convert.tfc_tdf(arrays(peer))
    assert network.count_params() == sum(weight.numel() for weight in peer.parameters())
    check(network, peer, samples=31 * 1024)
