"""BandIt beside the classes of pymss-core with the same random weights."""

import numpy as np
import pytest

pytest.importorskip("pymss_core")
import keras
from demucs_peer import randomised, torch
from peer import arrays
from pymss_core.modules.bandit.core.model import MultiMaskMultiSourceBandSplitRNNSimple
from pymss_core.modules.bandit.core.model.bsrnn import utils
from pymss_core.modules.bandit_v2 import Bandit

from keras_sep import convert, ops

RELATIVE = 1e-4  # rounding in float32 through some dozens of layers, with room to spare
# pymss-core divides spectra by the root of the frame length; the authors' code (torchaudio's
# normalised spectra) by the root of the window's energy, which is 3/8 of it
LOUDER = (8 / 3) ** 0.5
STEMS = ["speech", "music", "effects"]
SMALL = {"stems": STEMS, "n_bands": 7, "n_fft": 128, "win_length": 128, "hop_length": 32,
         "n_sqm_modules": 2, "emb_dim": 6, "rnn_dim": 5, "mlp_dim": 9,
         "hidden_activation_kwargs": {}}  # fmt: skip


def check(network, peer, samples):
    """Ours, (batch, samples, channels, sources), beside theirs, which is given single channels.

    Of several, version 1 of pymss-core applies each one's masks to all of them.
    """
    x = (0.3 * np.random.default_rng(0).normal(size=(2, samples, 2)) + 0.1).astype("float32")
    single = torch.from_numpy(x.transpose(0, 2, 1).reshape(4, 1, samples))
    with torch.no_grad():
        theirs = peer(LOUDER * single).numpy() / LOUDER  # (4, sources, 1, samples)
    theirs = theirs.reshape(2, 2, len(STEMS), samples).transpose(0, 3, 1, 2)
    ours = keras.ops.convert_to_numpy(network(x))
    assert np.abs(theirs).max() > 1e-3
    error = np.abs(ours - theirs).max() / np.abs(theirs).max()
    print(f"relative error {error:.1e}")
    assert error < RELATIVE


@pytest.mark.parametrize(
    ("sizes", "ours"),
    [
        ({}, {}),
        ({"rnn_type": "GRU", "pad_mode": "reflect"}, {"padding": "reflect"}),
    ],
)
def test_bandit(sizes, ours):
    settings = {"in_channel": 1, "band_specs": "musical", "fs": 8000} | SMALL | sizes
    peer = randomised(MultiMaskMultiSourceBandSplitRNNSimple(**settings))
    network = convert.bandit(arrays(peer), hop_length=32, **ours)
    for samples in (601, 1000, 4001):
        check(network, peer, samples)


def test_bandit_of_version_2():
    peer = randomised(Bandit(in_channels=1, fs=8000, rnn_type="GRU", pad_mode="reflect", **SMALL))
    network = convert.bandit(arrays(peer), hop_length=32, padding="reflect")
    for samples in (601, 1000, 4001):
        check(network, peer, samples)


def test_bandit_in_the_published_size():
    """`config_dnr_bandit_bsrnn_multi_mus64.yaml` of MSST."""
    peer = MultiMaskMultiSourceBandSplitRNNSimple(
        in_channel=1, stems=STEMS, band_specs="musical", n_bands=64, fs=44100, n_sqm_modules=8,
        emb_dim=128, rnn_dim=256, rnn_type="GRU", mlp_dim=512, hidden_activation_kwargs={},
    )  # fmt: skip
    network = convert.bandit(arrays(randomised(peer)))
    assert network.count_params() == sum(weight.numel() for weight in peer.parameters())
    check(network, peer, samples=4411)


@pytest.mark.parametrize(("frame_length", "rate_hz"), [(2048, 44100), (2048, 48000), (4096, 44100)])
def test_bands(frame_length, rate_hz):
    bins = frame_length // 2 + 1
    for count in (48, 64):
        theirs = utils.MusicalBandsplitSpecification(frame_length, rate_hz, count)
        assert list(ops.musical_bands(count, bins)) == theirs.get_band_specs()
    for instrument, theirs in (
        ("vocals", utils.VocalBandsplitSpecification),
        ("bass", utils.BassBandsplitSpecification),
        ("drums", utils.DrumBandsplitSpecification),
    ):
        bands = theirs(frame_length, rate_hz).get_band_specs()
        assert list(ops.instrument_bands(instrument, rate_hz, bins)) == bands
