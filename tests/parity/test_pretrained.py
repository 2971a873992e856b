"""Presets against their publishers: files of random weights, fetched by name, give their stems."""

import io

import numpy as np
import pytest
from peer import model, randomised, torch
from publishers import home, publish, publisher

# isort: split
import openunmix

from keras_sep import Separator

__all__ = ["home", "publish", "publisher"]  # fixtures


def saved(content):
    out = io.BytesIO()
    torch.save(content, out)
    return out.getvalue()


@pytest.mark.parametrize("name", ["umx", "umxhq", "umxl", "umxse"])
def test_open_unmix(publish, monkeypatch, name):
    # of the published sizes, but for the hidden units
    made = model.OpenUnmix.__init__
    monkeypatch.setattr(
        model.OpenUnmix,
        "__init__",
        lambda self, **sizes: made(self, **(sizes | {"hidden_size": 6})),
    )
    peer = getattr(openunmix, name)(pretrained=False)
    targets = peer.target_models
    for seed, network in enumerate(targets.values()):
        randomised(network, seed)
    peer.freeze()
    publish(name, {role: saved(network.state_dict()) for role, network in targets.items()})
    ours = Separator.from_preset(name, accept_license=True)
    assert ours.source_names == tuple(targets)
    assert ours.sample_rate_hz == peer.sample_rate
    x = np.random.default_rng(1).normal(size=(1, 40_000, ours.channels)).astype("float32")
    wanted = peer(torch.from_numpy(x).permute(0, 2, 1).contiguous())  # (batch, sources, …)
    wanted = wanted.permute(0, 3, 2, 1).numpy()
    error = np.abs(np.asarray(ours(x)) - wanted).max() / np.abs(wanted).max()
    assert error < 1e-3  # the filter amplifies rounding where frames are few
