"""`speechbrain` as the parity tests use it: SepFormer, without the trainers its package imports."""

import importlib.util
import sys
import types

import pytest
from peer import torch

__all__ = ["sepformer", "torch"]

if importlib.util.find_spec("speechbrain") is None:
    pytest.skip("speechbrain is not installed", allow_module_level=True)

# speechbrain/__init__.py imports a training framework; its modules need none
_package = types.ModuleType("speechbrain")
_package.__spec__ = importlib.util.find_spec("speechbrain")  # other tests look for it
_package.__path__ = _package.__spec__.submodule_search_locations
sys.modules.setdefault("speechbrain", _package)

# isort: split
from speechbrain.lobes.models.dual_path import (  # noqa: E402
    Decoder,
    Dual_Path_Model,
    Encoder,
    SBTransformerBlock,
)


class SepFormer(torch.nn.Module):
    """The three modules put together as the recipe for WSJ0-2Mix does."""

    def __init__(self, encoder, masknet, decoder):
        super().__init__()
        self.encoder, self.masknet, self.decoder = encoder, masknet, decoder

    def forward(self, mixture):
        """(batch, samples) to (batch, sources, samples)."""
        frames = self.encoder(mixture)
        stems = [self.decoder(mask * frames) for mask in self.masknet(frames)]
        # the decoder drops axes of length one
        stems = torch.stack([stem.reshape(len(mixture), -1) for stem in stems], dim=1)
        missing = mixture.shape[-1] - stems.shape[-1]
        return torch.nn.functional.pad(stems, (0, missing))


def sepformer(
    sources=2, filters=256, kernel_size=16, bottleneck=256, chunk_length=250, blocks=2, layers=8,
    heads=8, hidden=1024, positions=True, norm_first=True, residual=True, dense=False, norm="ln",
    activation="relu",
):  # fmt: skip
    """By default with the published hyper-parameters of WSJ0-2Mix."""
    intra, inter = (
        SBTransformerBlock(
            num_layers=layers, d_model=bottleneck, nhead=heads, d_ffn=hidden, dropout=0,
            activation=activation, use_positional_encoding=positions, norm_before=norm_first,
        )
        for _ in range(2)
    )  # fmt: skip
    masknet = Dual_Path_Model(
        filters, bottleneck, intra, inter, num_layers=blocks, norm=norm, K=chunk_length,
        num_spks=sources, skip_around_intra=residual, linear_layer_after_inter_intra=dense,
    )  # fmt: skip
    decoder = Decoder(filters, 1, kernel_size, stride=kernel_size // 2, bias=False)
    return SepFormer(Encoder(kernel_size, filters), masknet, decoder)
