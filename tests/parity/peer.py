"""`openunmix` as the parity tests use it: imported without torchaudio, with random weights."""

import sys
import types

import pytest

torch = pytest.importorskip("torch")

# PyPI's torchaudio does not load beside the CPU build of torch, and nothing of it is needed here
sys.modules.setdefault("torchaudio", types.ModuleType("torchaudio"))
pytest.importorskip("openunmix")

from openunmix import filtering, model  # noqa: E402

__all__ = ["arrays", "filtering", "model", "random_network", "randomised", "torch"]


def random_network(seed=0, **sizes):
    """An `openunmix.model.OpenUnmix` in evaluation mode whose every tensor is random."""
    torch.manual_seed(seed)
    return randomised(model.OpenUnmix(**sizes), seed)


def randomised(network, seed=0):
    """A network in evaluation mode, every tensor moved off the value it starts from."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, tensor in network.state_dict().items():
            if "running_var" in name:
                tensor.uniform_(0.5, 2.0, generator=generator)
            elif "num_batches" not in name:
                tensor.add_(0.1 * torch.randn(tensor.shape, generator=generator))
    return network.eval()


def arrays(network):
    """Its state dict in NumPy."""
    return {name: tensor.numpy().copy() for name, tensor in network.state_dict().items()}
