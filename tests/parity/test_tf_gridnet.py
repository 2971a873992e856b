"""TF-GridNet beside espnet's `TFGridNetV2` with the same random weights."""

import warnings

import numpy as np
import pytest

pytest.importorskip("torch_complex")
import keras
from demucs_peer import randomised, torch
from peer import arrays

with warnings.catch_warnings():
    warnings.simplefilter("ignore", FutureWarning)  # of a decorator for CUDA
    TFGridNetV2 = pytest.importorskip("espnet2.enh.separator.tfgridnetv2_separator").TFGridNetV2

from keras_sep import convert

RELATIVE = 1e-4  # rounding in float32 through some dozens of layers, with room to spare
SMALL = {"n_fft": 32, "stride": 16, "n_layers": 2, "lstm_hidden_units": 7, "attn_n_head": 2,
         "attn_approx_qk_dim": 51, "emb_dim": 6}  # fmt: skip


def check(network, peer, samples):
    """Ours, (batch, samples, 1, sources), beside theirs, a list of (batch, samples)."""
    x = (0.3 * np.random.default_rng(0).normal(size=(2, samples, 1)) + 0.1).astype("float32")
    with torch.no_grad():
        stems, *_ = peer(torch.from_numpy(x[..., 0]), torch.tensor([samples] * 2))
    theirs = torch.stack(stems, dim=-1).numpy()[:, :, None]
    ours = keras.ops.convert_to_numpy(network(x))
    assert np.abs(theirs).max() > 1e-3
    error = np.abs(ours - theirs).max() / np.abs(theirs).max()
    print(f"relative error {error:.1e}")
    assert error < RELATIVE


@pytest.mark.parametrize(
    ("sizes", "ours"),
    [
        ({}, {}),
        ({"emb_ks": 3, "emb_hs": 3, "n_srcs": 3, "stride": 8}, {"stride": 3, "hop_length": 8}),
        ({"emb_ks": 5, "emb_hs": 2}, {"stride": 2}),
        ({"emb_ks": 1, "emb_hs": 1, "attn_n_head": 3}, {}),
    ],
)
def test_tf_gridnet(sizes, ours):
    peer = randomised(TFGridNetV2(None, **SMALL | sizes))
    network = convert.tf_gridnet(arrays(peer), **{"hop_length": 16} | ours)
    for samples in (101, 1000):
        check(network, peer, samples)


def test_tf_gridnet_in_the_published_size():
    peer = randomised(TFGridNetV2(None, lstm_hidden_units=256, emb_dim=64))
    network = convert.tf_gridnet(
        {f"separator.{name}": tensor for name, tensor in arrays(peer).items()}
    )
    second = sum(w.numel() for name, w in peer.named_parameters() if ".bias_hh_" in name)
    assert network.count_params() == sum(w.numel() for w in peer.parameters()) - second
    check(network, peer, samples=801)
