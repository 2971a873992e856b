"""Checkpoints as PyTorch writes them today, read without it and turned into our network."""

import keras
import numpy as np
import pytest
from peer import random_network, torch

from keras_sep import convert


@pytest.mark.parametrize("archive", [True, False])
def test_checkpoint_to_network(tmp_path, archive):
    peer = random_network(nb_bins=53, nb_channels=2, hidden_size=14, nb_layers=2, max_bin=41)
    path = tmp_path / "vocals.pth"
    torch.save(peer.state_dict(), path, _use_new_zipfile_serialization=archive)
    network = convert.open_unmix({"vocals": convert.read_checkpoint(path)})
    x = torch.rand(3, 2, 53, 17)
    with torch.no_grad():
        wanted = peer(x.clone()).permute(0, 3, 2, 1).numpy()
    ours = keras.ops.convert_to_numpy(network(x.permute(0, 3, 2, 1).numpy()))[..., 0]
    assert np.abs(ours - wanted).max() < 1e-5 * np.abs(wanted).max()
