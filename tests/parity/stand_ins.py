"""What only trainers need is not installed."""

import sys
from types import ModuleType, SimpleNamespace

import asteroid_peer
import pytest


@pytest.fixture(autouse=True)
def stand_ins(monkeypatch):
    """Enough of it for asteroid and demucs to write their files."""
    trainer = ModuleType("pytorch_lightning")
    monkeypatch.setattr(trainer, "__version__", "2.0.0", raising=False)
    monkeypatch.setitem(sys.modules, trainer.__name__, trainer)
    monkeypatch.setattr(asteroid_peer._package, "__version__", "0.7.0", raising=False)
    settings = ModuleType("omegaconf")
    settings.OmegaConf = SimpleNamespace(to_container=lambda given, resolve: given)
    monkeypatch.setitem(sys.modules, settings.__name__, settings)
