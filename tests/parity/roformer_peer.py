"""RoFormers of Music-Source-Separation-Training, with random weights."""

import pytest
from peer import randomised, torch

pytest.importorskip("msst")

from msst.models.bs_roformer.bs_roformer import BSRoformer
from msst.models.bs_roformer.mel_band_roformer import MelBandRoformer

__all__ = ["BSRoformer", "MelBandRoformer", "random_roformer", "torch"]


def random_roformer(kind, **sizes):
    """A network in evaluation mode; its rotary frequencies, which nothing learns, stay."""
    torch.manual_seed(0)
    network = kind(flash_attn=False, **sizes)
    kept = {name: x.clone() for name, x in network.state_dict().items() if "rotary" in name}
    randomised(network)
    network.load_state_dict(kept, strict=False)
    return network
