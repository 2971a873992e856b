"""HS-TasNet beside the class of the package HS-TasNet, with the same random weights."""

import keras
import numpy as np
import pytest
from hs_tasnet_peer import random_hs_tasnet, torch
from peer import arrays

from keras_sep import convert, zoo
from keras_sep._without_memory import without_memory
from keras_sep.streaming import Stepper

# rounding in float32 through some dozen layers, with room to spare
RELATIVE = 2e-5
SMALL = {"dim": 10, "num_basis": 14, "segment_len": 64, "overlap_len": 32, "n_fft": 64,
         "num_sources": 3}  # fmt: skip


def check(peer, samples, channels=2, **kwargs):
    """Ours, (batch, samples, channels, sources), beside theirs, of whole frames alone."""
    network = convert.hs_tasnet(arrays(peer), **kwargs)
    x = np.random.default_rng(0).normal(size=(2, samples, channels)).astype("float32")
    whole = np.pad(x, ((0, 0), (0, -samples % peer.segment_len), (0, 0)))
    with torch.no_grad():
        theirs, _ = peer(torch.from_numpy(whole.transpose(0, 2, 1)))
    theirs = theirs.numpy().transpose(0, 3, 2, 1)[:, :samples]
    ours = keras.ops.convert_to_numpy(network(x))
    assert ours.shape == theirs.shape
    assert np.abs(theirs).max() > 1e-3
    error = np.abs(ours - theirs).max() / np.abs(theirs).max()
    print(f"relative error {error:.1e}")
    assert error < RELATIVE
    return network, x, theirs


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"small": True},
        {"spec_branch_use_phase": False, "norm_before_mask_estimate": False},
        {"spec_branch_use_phase": False, "small": True},
        {"norm_before_mask_estimate": False, "stereo": False},
        {"use_gru": True},
    ],
)
def test_hs_tasnet(settings):
    peer = random_hs_tasnet(**SMALL | settings)
    # below, at and behind what makes whole frames
    for samples in (5, 64, 320, 321, 1001):
        check(peer, samples, channels=1 if settings.get("stereo") is False else 2)


def test_hops_of_a_quarter():
    check(random_hs_tasnet(**SMALL | {"overlap_len": 16}), 320, hop_length=16)


def test_streamed():
    """Chunk by chunk, against theirs as a whole."""
    network, x, theirs = check(random_hs_tasnet(**SMALL), 640)
    stepper = Stepper(network)
    state, joined = stepper.initial_state(2), []
    for chunk in np.split(x, 20, axis=1):
        stems, state = stepper.step(chunk, state)
        joined.append(keras.ops.convert_to_numpy(stems))
    late = np.concatenate(joined, axis=1)[:, stepper.latency :]
    wanted = theirs[:, : late.shape[1]]
    assert stepper.latency == 32
    assert np.abs(late - wanted).max() < RELATIVE * np.abs(theirs).max()


@pytest.mark.parametrize(
    ("variant", "settings"),
    [
        ("paper", {"spec_branch_use_phase": False, "norm_before_mask_estimate": False}),
        (
            "small",
            {"small": True, "spec_branch_use_phase": False, "norm_before_mask_estimate": False},
        ),
        ("lucidrains", {}),
        ("lucidrains_small", {"small": True}),
    ],
)
def test_in_the_published_sizes(variant, settings):
    peer = random_hs_tasnet(**settings)
    network, *_ = check(peer, 8192)
    # PyTorch's LSTM layers have two biases where ours has one, and nothing adds the decoder's
    unread = sum(
        tensor.numel()
        for name, tensor in peer.named_parameters()
        if "bias_hh" in name or name == "conv_decode.bias"
    )
    assert network.count_params() == peer.num_parameters - unread
    named = without_memory(lambda: zoo.hs_tasnet(variant=variant))
    assert named.facts.arguments == network.facts.arguments
