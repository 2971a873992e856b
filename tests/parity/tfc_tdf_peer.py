"""`TFC_TDF_net` of pymss-core as the parity tests use it: its settings, and random weights."""

import pytest
from peer import randomised, torch

pytest.importorskip("pymss_core")

from pymss_core.modules.mdx23c_tfc_tdf_v3 import TFC_TDF_net

__all__ = ["TFC_TDF_net", "mdx23c", "settings", "torch"]

AUDIO = {"n_fft": 64, "hop_length": 16, "dim_f": 32, "num_channels": 2}
MODEL = {"norm": "InstanceNorm", "act": "gelu", "num_subbands": 2, "num_scales": 2,
         "scale": [2, 2], "num_blocks_per_scale": 2, "num_channels": 5, "growth": 3,
         "bottleneck_factor": 2}  # fmt: skip


class Settings(dict):
    """A mapping whose values are attributes too, as the class needs them."""

    __getattr__ = dict.__getitem__


def settings(audio=(), model=(), instruments=("vocals", "drums", "rest"), target=None):
    """The settings of a small network, in the form of the YAML beside published weights."""
    return Settings(
        audio=Settings(AUDIO | dict(audio)),
        model=Settings(MODEL | dict(model)),
        training=Settings(instruments=list(instruments), target_instrument=target),
    )


def mdx23c(config):
    """The class with these settings and random weights, in evaluation mode."""
    torch.manual_seed(7)
    return randomised(TFC_TDF_net(config))
