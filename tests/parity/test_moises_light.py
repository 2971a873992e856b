"""Moises-Light beside an independent implementation in PyTorch, with random weights."""

import keras
import numpy as np
import pytest
from moises_light_peer import MoisesLight, configs, random_moises_light, small, torch
from peer import arrays

from keras_sep import convert, zoo
from keras_sep._without_memory import without_memory

# float32 through some dozens of layers; not 1e-4, which hides small changes of single weights
RELATIVE = 1e-5


def check(network, peer, samples, channels=2):
    """Ours, (batch, samples, channels, sources), beside theirs, (batch, sources, ..., samples)."""
    shape = (2, samples, channels)
    x = (0.3 * np.random.default_rng(0).normal(size=shape) + 0.1).astype("float32")
    with torch.no_grad():
        theirs = peer(torch.from_numpy(x.transpose(0, 2, 1))).numpy().transpose(0, 3, 2, 1)
    ours = keras.ops.convert_to_numpy(network(x))
    assert ours.shape == theirs.shape
    assert np.abs(theirs).max() > 1e-3
    error = np.abs(ours - theirs).max() / np.abs(theirs).max()
    print(f"relative error {error:.1e}")
    assert error < RELATIVE


@pytest.mark.parametrize(
    ("settings", "ours"),
    [
        ({}, {}),
        ({"use_mask": False}, {"masked": False}),
        ({"sources": "a"}, {}),
        ({"sources": "a", "use_mask": False, "hop_size": 20}, {"masked": False, "hop_length": 20}),
        ({"audio_channels": 1, "n_bands": 2, "n_dec": 0, "n_rope": 1, "ff_mult": 3}, {}),
        ({"n_enc": 3, "n_dec": 3, "n_split_dec": 2, "bn_factor": 2, "freq_dim": 33}, {}),
        ({"edge_kernel_size": 1, "act_name": "GELU", "n_rope": 0}, {"activation": "gelu"}),
    ],
)
def test_moises_light(settings, ours):
    peer = random_moises_light(**small(**settings))
    network = convert.moises_light(arrays(peer), **{"hop_length": 16} | ours)
    # one that would need no padding, but for the zeros that always follow; and two others
    for samples in ((2**peer.n_enc - 1) * peer.hop_size, 203, 1000):
        check(network, peer, samples, peer.audio_channels)


def test_moises_light_in_a_published_size():
    peer = random_moises_light(**configs["paper_small"])
    network = convert.moises_light(arrays(peer))
    arguments = zoo.moises_light(variant="paper_small").facts.arguments
    assert network.facts.arguments | {"hidden": None} == arguments
    for samples in (7 * 1024, 9000):
        check(network, peer, samples)


@pytest.mark.parametrize("variant", configs)
def test_as_many_weights(variant):
    peer = MoisesLight(**configs[variant])
    theirs = sum(weight.numel() for weight in peer.parameters() if weight.requires_grad)
    network = without_memory(lambda: zoo.moises_light(variant=variant))
    assert sum(int(np.prod(weight.shape)) for weight in network.trainable_weights) == theirs
    moving = {name: x for name, x in peer.state_dict().items() if "running" in name}
    assert network.count_params() == theirs + sum(x.numel() for x in moving.values())
