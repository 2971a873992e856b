"""SCNet beside the classes that published weights are for, with the same random weights."""

import keras
import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("msst")
from msst.models.scnet import scnet as plain  # noqa: E402
from msst.models.scnet import scnet_masked as masked  # noqa: E402
from peer import arrays  # noqa: E402

from keras_sep import convert  # noqa: E402

# rounding in float32 through some dozens of layers, with room to spare
RELATIVE = 1e-4
SOURCES = ["vocals", "drums", "rest"]
SMALL = {
    "sources": SOURCES, "dims": [4, 8, 12], "nfft": 256, "hop_size": 64, "win_size": 256,
    "num_dplayer": 2, "conv_depths": [2, 1, 1],
}  # fmt: skip
FRAMES = {"frame_length": 256, "hop_length": 64}
LARGE = {"dims": [4, 64, 128, 256], "band_SR": [0.225, 0.372, 0.403]}

pytestmark = pytest.mark.filterwarnings("ignore:A window was not provided")


def randomised(peer):
    """In evaluation mode, with norms and biases moved off the values they start from.

    Kernels are random anyway. Larger ones saturate the recurrent layers of a large network: their
    own result in float32 is then 4e-5 from that in float64.
    """
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for tensor in peer.parameters():
            if tensor.ndim == 1:
                tensor.add_(0.1 * torch.randn(tensor.shape, generator=generator))
    return peer.eval()


def check(network, peer, samples, channels=2, batch=2):
    """Ours, (batch, samples, channels, sources), beside theirs, (batch, sources, ..., samples)."""
    rng = np.random.default_rng(0)
    x = (0.3 * rng.normal(size=(batch, samples, channels)) + 0.1).astype("float32")
    with torch.no_grad():
        theirs = peer(torch.from_numpy(x.transpose(0, 2, 1))).numpy().transpose(0, 3, 2, 1)
    ours = keras.ops.convert_to_numpy(network(x))
    assert np.abs(theirs).max() > 1e-3
    error = np.abs(ours - theirs).max() / np.abs(theirs).max()
    print(f"relative error {error:.1e}")
    assert error < RELATIVE


@pytest.mark.parametrize(
    ("sizes", "ours"),
    [
        ({}, {}),
        ({"audio_channels": 1, "dims": [2, 8], "expand": 2, "compress": 2, "num_dplayer": 4}, {}),
        ({"band_SR": [0.3, 0.3, 0.4], "band_stride": [1, 4, 4], "band_kernel": [3, 4, 4],
          "hop_size": 96, "compress": 3},
         {"shares": (0.3, 0.3, 0.4), "hop_length": 96}),
    ],
)  # fmt: skip
def test_scnet(sizes, ours):
    peer = randomised(plain.SCNet(**SMALL | sizes))
    network = convert.scnet(arrays(peer), **FRAMES | ours)
    # up to, at and behind what makes an even number of frames; theirs mirrors half a frame
    hop = FRAMES["hop_length"]
    for samples in (130, 1001, 15 * hop, 16 * hop, 16 * hop + 1):
        check(network, peer, samples, channels=sizes.get("audio_channels", 2))


def test_masked():
    peer = randomised(masked.SCNet(**SMALL))
    network = convert.scnet(arrays(peer), **FRAMES)
    for samples in (130, 1001):
        check(network, peer, samples)


def test_standardised(monkeypatch):
    """As the authors do since September 2024 between the transforms and the network."""
    peer = randomised(plain.SCNet(**SMALL))
    network = convert.scnet(arrays(peer), **FRAMES, standardize=True)
    stft, istft, statistics = torch.stft, torch.istft, []

    def standardised(*args, **kwargs):
        x = torch.view_as_real(stft(*args, **kwargs))
        statistics[:] = x.mean(), x.std()
        return torch.view_as_complex((x - x.mean()) / (1e-5 + x.std()))

    def restored(x, *args, **kwargs):
        mean, deviation = statistics
        x = torch.view_as_real(x) * deviation + mean
        return istft(torch.view_as_complex(x), *args, **kwargs)

    monkeypatch.setattr(torch, "stft", standardised)
    monkeypatch.setattr(torch, "istft", restored)
    check(network, peer, 1001, batch=1)


@pytest.mark.parametrize("sizes", [{}, LARGE])
def test_in_the_published_sizes(sizes):
    peer = randomised(plain.SCNet(**sizes))
    shares = {"shares": sizes["band_SR"]} if sizes else {}
    network = convert.scnet(arrays(peer), **shares)
    # PyTorch's LSTM layers have two biases where ours has one
    second = sum(t.numel() for name, t in peer.state_dict().items() if "bias_hh" in name)
    assert network.count_params() == sum(p.numel() for p in peer.parameters()) - second
    check(network, peer, samples=8192, batch=1)
