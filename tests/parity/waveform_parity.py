"""What the parity tests of waveform networks share."""

import keras
import numpy as np
from asteroid_peer import torch

# rounding in float32 through some dozen layers, with room to spare
RELATIVE = 2e-5


def randomised(peer, seed=4):
    """In evaluation mode, every weight moved off the value it starts from."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in peer.parameters():
            weight.add_(0.1 * torch.randn(weight.shape, generator=generator))
    return peer.eval()


def check_waveforms(network, peer, samples, relative=RELATIVE):
    """Ours, (batch, samples, 1, sources), beside theirs, (batch, sources, samples)."""
    x = np.random.default_rng(0).normal(size=(2, samples, 1)).astype("float32")
    with torch.no_grad():
        theirs = peer(torch.from_numpy(x[..., 0])).numpy().transpose(0, 2, 1)
    ours = keras.ops.convert_to_numpy(network(x))[:, :, 0]
    assert np.abs(theirs).max() > 1e-3
    error = np.abs(ours - theirs).max() / np.abs(theirs).max()
    assert error <= relative
