"""`asteroid` as the parity tests use it: its modules, without the trainers its package imports."""

import importlib.util
import sys
import types

import pytest
from peer import torch

pytest.importorskip("asteroid_filterbanks")

__all__ = ["torch"]

# asteroid/__init__.py imports model hubs and a training framework; its modules need neither
_package = types.ModuleType("asteroid")
_package.__path__ = importlib.util.find_spec("asteroid").submodule_search_locations
sys.modules.setdefault("asteroid", _package)
_models = types.ModuleType("asteroid.models")
_models.__path__ = [f"{path}/models" for path in _package.__path__]
sys.modules.setdefault("asteroid.models", _models)
_hub = types.ModuleType("asteroid.utils.hub_utils")  # downloads, which nothing here does
_hub.cached_download, _hub.SR_HASHTABLE = None, {}
sys.modules.setdefault(_hub.__name__, _hub)
