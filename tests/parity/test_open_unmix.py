"""The same weights give the same numbers as `openunmix`, and the backends agree."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from peer import arrays, model, random_network, torch

from keras_sep import Separator, convert, layers


def relative(ours, theirs):
    return np.abs(ours - theirs).max() / np.abs(theirs).max()


@pytest.mark.parametrize("unidirectional", [False, True])
@pytest.mark.parametrize("max_bin", [None, 41])
@pytest.mark.parametrize("nb_layers", [1, 3])
def test_network(unidirectional, max_bin, nb_layers):
    peer = random_network(
        nb_bins=53,
        nb_channels=2,
        hidden_size=14,
        nb_layers=nb_layers,
        unidirectional=unidirectional,
        max_bin=max_bin,
        input_mean=np.linspace(0.5, 1, 53),
        input_scale=np.linspace(1, 2, 53),
    )
    x = torch.rand(3, 2, 53, 17) * 5  # (batch, channels, bins, frames)
    with torch.no_grad():
        theirs = peer(x.clone()).permute(0, 3, 2, 1).numpy()
    network = convert.open_unmix({"vocals": arrays(peer)})
    ours = keras.ops.convert_to_numpy(network(x.permute(0, 3, 2, 1).numpy()))[..., 0]
    assert relative(ours, theirs) < 1e-5


def test_network_of_the_published_size():
    peer = random_network(nb_bins=2049, nb_channels=2, hidden_size=512, max_bin=1487)
    x = torch.rand(1, 2, 2049, 37) * 5
    with torch.no_grad():
        theirs = peer(x.clone()).permute(0, 3, 2, 1).numpy()
    network = convert.open_unmix({"vocals": arrays(peer)})
    ours = keras.ops.convert_to_numpy(network(x.permute(0, 3, 2, 1).numpy()))[..., 0]
    assert relative(ours, theirs) < 1e-5
    # theirs has a second bias in every recurrent layer, ours the moving statistics
    recurrent_biases = 3 * 2 * 4 * 256
    statistics = 2 * (512 + 512 + 2049 * 2)
    assert network.count_params() == (
        sum(p.numel() for p in peer.parameters()) - recurrent_biases + statistics
    )


TARGETS = ("vocals", "drums")


def peers():
    sizes = {"nb_bins": 129, "nb_channels": 2, "hidden_size": 10, "nb_layers": 1, "max_bin": 97}
    return {name: random_network(n, **sizes) for n, name in enumerate(TARGETS)}


@pytest.mark.parametrize("window_frames", [None, 11])
@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("iterations", [0, 1, 2])
def test_separator(iterations, residual, window_frames):
    networks = peers()
    x = np.random.default_rng(1).normal(size=(2, 2003, 2)).astype("float32")
    theirs = model.Separator(
        networks,
        niter=iterations,
        residual=residual,
        sample_rate=8000.0,
        n_fft=256,
        n_hop=64,
        wiener_win_len=window_frames,
    )
    theirs.freeze()
    wanted = theirs(torch.from_numpy(x).permute(0, 2, 1).contiguous())  # (batch, sources, …)
    wanted = wanted.permute(0, 3, 2, 1).numpy()
    ours = Separator(
        convert.open_unmix({name: arrays(network) for name, network in networks.items()}),
        8000,
        TARGETS,
        layers.STFT(256, 64),
        layers.WienerFilter(iterations, window_frames, residual),
    ).predict(x, verbose=0)
    # the filter amplifies rounding where a window's last frames are few
    assert relative(ours, wanted) < (1e-3 if iterations else 1e-4)


SCRIPT = """
import sys
import numpy as np
import keras, keras_sep
assert keras.backend.backend() == sys.argv[1]
folder = sys.argv[2]
separator = keras.saving.load_model(folder + "/separator.keras")
x = np.load(folder + "/x.npy")
for post_filter in (None, keras_sep.layers.WienerFilter(1, 11, True)):
    again = keras_sep.Separator(
        separator.networks, 8000, separator.source_names, separator.front_end, post_filter
    )
    np.save(f"{folder}/{sys.argv[1]}_{post_filter is None}.npy", again.predict(x, verbose=0))
network = keras_sep.zoo.open_unmix(bins=17, channels=2, hidden=6)
network.compile("adam", "mse")
network.fit(np.ones((2, 5, 17, 2)), np.ones((2, 5, 17, 2, 1)), verbose=0)
"""


def test_the_torch_backend_gives_the_numbers_of_tensorflow(tmp_path):
    network = convert.open_unmix({name: arrays(peer) for name, peer in peers().items()})
    Separator(network, 8000, TARGETS, layers.STFT(256, 64)).save(tmp_path / "separator.keras")
    x = np.random.default_rng(1).normal(size=(1, 2003, 2)).astype("float32")
    np.save(tmp_path / "x.npy", x)
    for backend in ("tensorflow", "torch"):
        run = subprocess.run(
            [sys.executable, "-c", SCRIPT, backend, str(tmp_path)],
            env={**os.environ, "KERAS_BACKEND": backend},
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stderr
    for plain in ("True", "False"):
        ours, theirs = (np.load(tmp_path / f"{b}_{plain}.npy") for b in ("torch", "tensorflow"))
        assert relative(ours, theirs) < 1e-4
