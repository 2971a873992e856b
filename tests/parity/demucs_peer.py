"""`demucs` as the parity tests use it: three classes with random weights."""

import pytest
from peer import torch

pytest.importorskip("demucs")

__all__ = ["Demucs", "HDemucs", "HTDemucs", "randomised", "torch"]

# isort: split
from demucs.demucs import Demucs
from demucs.hdemucs import HDemucs
from demucs.htdemucs import HTDemucs


def randomised(peer, seed=4):
    """In evaluation mode, every weight moved off the value it starts from.

    Kernels by a third of their deviation, so that the levels without normalisation do not make
    their signals grow out of float32's reach.
    """
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in peer.parameters():
            size = weight.std().item() / 3 if weight.ndim > 1 else 0.1
            weight.add_(size * torch.randn(weight.shape, generator=generator))
    return peer.eval()
