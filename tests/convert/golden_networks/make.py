"""Writes the golden arrays of this folder: small networks of the peers with random weights.

    python tests/convert/golden_networks/make.py [NAME...]

Run in the environment of `make parity`, by hand, when a network is added. A file holds the state
dict, a mixture (batch, samples, channels) and what the peer makes of it (batch, samples, channels,
sources).
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "parity"))

from asteroid_peer import torch  # noqa: E402

# isort: split
from asteroid.models.conv_tasnet import ConvTasNet  # noqa: E402


@dataclass(frozen=True)
class Peer:
    """A peer's network and how it is run.

    Args:
        make: the network.
        samples: of the mixture it is given.
        channels: likewise.
        call: from network and mixture (batch, samples, channels) to stems (batch, samples,
            channels, sources).
    """

    make: Callable
    samples: int
    channels: int
    call: Callable


def mono(network, mixture):
    """As asteroid calls its networks: (batch, samples) to (batch, sources, samples)."""
    return network(mixture[..., 0]).permute(0, 2, 1)[:, :, None]


PEERS = {
    "conv_tasnet": Peer(
        lambda: ConvTasNet(
            2, n_blocks=3, n_repeats=2, bn_chan=7, hid_chan=11, skip_chan=5, conv_kernel_size=5,
            mask_act="relu", kernel_size=10, n_filters=13, stride=5,
        ),
        samples=10 + 5 * 40,  # whole frames: asteroid leaves the rest silent
        channels=1,
        call=mono,
    ),
}  # fmt: skip


def write(name: str) -> None:
    peer = PEERS[name]
    torch.manual_seed(7)
    network = peer.make().eval()
    with torch.no_grad():
        for weight in network.parameters():
            weight.add_(0.1 * torch.randn(weight.shape))
        mixture = torch.randn(2, peer.samples, peer.channels)
        stems = peer.call(network, mixture)
    state = {f"state/{key}": value.numpy() for key, value in network.state_dict().items()}
    np.savez_compressed(HERE / f"{name}.npz", mixture=mixture, stems=stems, **state)


if __name__ == "__main__":
    for name in sys.argv[1:] or PEERS:
        write(name)
