"""`MoisesLight` of the package moises-light as the parity tests use it, with random weights.

The package is nobody's original: the paper's authors published no code.
"""

import pytest
from peer import randomised, torch

pytest.importorskip("moises_light")

from moises_light import MoisesLight, configs

__all__ = ["MoisesLight", "configs", "random_moises_light", "small", "torch"]

SMALL = {"n_fft": 64, "win_size": 64, "hop_size": 16, "freq_dim": 24, "n_bands": 3, "G": 6,
         "n_enc": 2, "n_dec": 1, "n_split_enc": 2, "n_split_dec": 1, "n_rope": 2,
         "bn_factor": 3}  # fmt: skip
NOT_LEARNED = ("stft_window", "freq_pad", "freqs")


def small(sources="abc", ff_mult=2, **instead):
    """The settings of a small network."""
    rates = dict.fromkeys(("attn_dropout", "proj_dropout", "ff_dropout"), 0.0)
    sizes = {"heads": 2, "dim_head": 4, "ff_mult": ff_mult}
    return SMALL | {"sources": list(sources), "transformer_params": rates | sizes} | instead


def random_moises_light(**settings):
    """The network in evaluation mode, all that it learns and its running statistics random."""
    torch.manual_seed(7)
    # its faster attention warns on a CPU, and has the same numbers
    settings["transformer_params"] = settings["transformer_params"] | {"flash_attn": False}
    network = MoisesLight(**settings)
    fixed = {
        name: tensor.clone()
        for name, tensor in network.state_dict().items()
        if name.endswith(NOT_LEARNED)
    }
    network = randomised(network)
    network.load_state_dict(fixed, strict=False)
    return network
