"""`HSTasNet` of the package HS-TasNet as the parity tests use it, with random weights.

The package is nobody's original: the paper's authors published no code.
"""

import importlib.util
import sys
from types import ModuleType

import pytest
from peer import randomised, torch

pytest.importorskip("einx")
if importlib.util.find_spec("hs_tasnet") is None:
    pytest.skip("could not import 'hs_tasnet'", allow_module_level=True)

# players, recorders and plots that it imports beside the network; and its trainer
UNUSED = ("torchaudio.transforms", "torchaudio.functional", "torchcodec.encoders", "sounddevice")


def _imported():
    before = dict(sys.modules)
    for name in UNUSED:
        parent, _, child = name.partition(".")
        module = ModuleType(name)
        module.resample = module.AudioEncoder = None
        sys.modules[name] = module
        if child:
            package = sys.modules.setdefault(parent, ModuleType(parent))
            package.__path__ = []
            setattr(package, child, module)
    package = ModuleType("hs_tasnet")
    package.__path__ = importlib.util.find_spec("hs_tasnet").submodule_search_locations
    sys.modules["hs_tasnet"] = package
    from hs_tasnet.hs_tasnet import HSTasNet

    for name in {*UNUSED, "torchcodec"}:
        if name in before:
            sys.modules[name] = before[name]
        else:
            sys.modules.pop(name, None)
    return HSTasNet


HSTasNet = _imported()

__all__ = ["HSTasNet", "random_hs_tasnet", "torch"]


def random_hs_tasnet(**settings):
    """The network in evaluation mode, all that it learns random, and its windows as they are."""
    torch.manual_seed(7)
    network = HSTasNet(**settings)
    fixed = dict(network.named_buffers())
    fixed = {name: tensor.clone() for name, tensor in fixed.items()}
    network = randomised(network)
    network.load_state_dict(fixed, strict=False)
    return network
