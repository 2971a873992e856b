"""The Demucs family beside the classes of demucs 4 with the same random weights."""

import keras
import numpy as np
import pytest

pytest.importorskip("demucs")
from demucs_peer import Demucs, HDemucs, HTDemucs, randomised, torch
from peer import arrays

from keras_sep import convert

# rounding in float32 through some dozens of layers, with room to spare
RELATIVE = 1e-4
STEREO, SOURCES = 2, ["vocals", "drums", "rest"]


def check(network, peer, samples, relative=RELATIVE, channels=STEREO):
    """Ours, (batch, samples, channels, sources), beside theirs, (batch, sources, ..., samples)."""
    rng = np.random.default_rng(0)
    x = (0.3 * rng.normal(size=(2, samples, channels)) + 0.1).astype("float32")
    with torch.no_grad():
        theirs = peer(torch.from_numpy(x.transpose(0, 2, 1))).numpy().transpose(0, 3, 2, 1)
    ours = keras.ops.convert_to_numpy(network(x))
    assert np.abs(theirs).max() > 1e-3
    error = np.abs(ours - theirs).max() / np.abs(theirs).max()
    print(f"relative error {error:.1e}")
    assert error < relative


SMALL_DEMUCS = {"channels": 8, "depth": 3, "norm_starts": 1, "norm_groups": 2,
                "dconv_attn": 2, "dconv_lstm": 2, "dconv_comp": 2}  # fmt: skip


@pytest.mark.parametrize(
    ("sizes", "ours"),
    [
        ({}, {}),
        ({"kernel_size": 6, "stride": 2, "dconv_depth": 3}, {"stride": 2}),
        ({"growth": 1.5, "context": 2, "dconv_mode": 3, "dconv_attn": 1, "dconv_comp": 1.5}, {}),
        ({"lstm_layers": 2, "dconv_mode": 0, "gelu": False, "norm_starts": 4}, {"gelu": False}),
        ({"normalize": False, "resample": False, "dconv_lstm": 9},
         {"normalize": False, "resample": False}),
        ({"glu": False, "dconv_mode": 2, "dconv_attn": 9}, {}),
        ({"rewrite": False}, {}),
    ],
)  # fmt: skip
def test_demucs(sizes, ours):
    peer = randomised(Demucs(SOURCES, **SMALL_DEMUCS | sizes))
    network = convert.demucs(arrays(peer), norm_groups=2, **ours)
    for samples in (101, 1000, 4001):
        check(network, peer, samples)


def test_demucs_in_the_published_size():
    peer = randomised(Demucs(["drums", "bass", "other", "vocals"]))
    check(convert.demucs(arrays(peer)), peer, samples=11025)


SMALL_HYBRID = {"channels": 8, "nfft": 256, "depth": 4, "norm_starts": 2, "norm_groups": 2,
                "dconv_attn": 2, "dconv_lstm": 2, "dconv_comp": 2}  # fmt: skip


@pytest.mark.parametrize(
    ("sizes", "ours"),
    [
        ({}, {}),
        ({"channels_time": 12, "growth": 3, "norm_starts": 1, "dconv_attn": 9}, {}),
        ({"context": 2, "context_enc": 1, "dconv_mode": 3, "dconv_lstm": 9}, {}),
        ({"dconv_mode": 2, "time_stride": 4, "depth": 5}, {}),
        ({"freq_emb": 0, "rewrite": False, "dconv_mode": 0},
         {"frequency_embedding": 0, "frame_length": 256}),
        ({"freq_emb": 0.5, "emb_scale": 3, "emb_smooth": False, "depth": 3},
         {"frequency_embedding": 0.5, "embedding_scale": 3}),
        ({"kernel_size": 4, "stride": 2, "nfft": 64, "depth": 6}, {}),
        ({"hybrid_old": True}, {"late_spectrum": True}),
        ({"hybrid_old": True, "cac": False, "norm_starts": 999, "depth": 5, "wiener_iters": -1,
          "end_iters": -1}, {"late_spectrum": True}),
    ],
)  # fmt: skip
def test_hdemucs(sizes, ours):
    peer = randomised(HDemucs(SOURCES, **SMALL_HYBRID | sizes))
    network = convert.hdemucs(arrays(peer), norm_groups=2, **ours)
    for samples in (17, 150, 1000, 20011):  # shorter than a hop, than a mirrored end, ...
        check(network, peer, samples)


def test_hdemucs_in_the_published_size():
    peer = randomised(HDemucs(["drums", "bass", "other", "vocals"]))
    check(convert.hdemucs(arrays(peer)), peer, samples=44100)


SMALL_TRANSFORMER = {"channels": 8, "nfft": 512, "depth": 2, "norm_starts": 1, "norm_groups": 2,
                     "dconv_comp": 2, "t_layers": 3, "t_heads": 4,
                     "use_train_segment": False}  # fmt: skip


@pytest.mark.parametrize(
    ("sizes", "ours"),
    [
        ({}, {}),
        ({"bottom_channels": 24, "dconv_mode": 3, "t_hidden_scale": 2.5, "t_gelu": False},
         {"gelu": False}),
        ({"bottom_channels": 16, "channels_time": 8, "t_cross_first": True,
          "t_layer_scale": False, "t_norm_out": False}, {}),
        ({"t_norm_first": False, "t_norm_in": False, "t_max_period": 100.0,
          "t_weight_pos_embed": 0.5},
         {"norm_first": False, "longest_period": 100.0, "position_weight": 0.5}),
        ({"t_group_norm": True, "growth": 3}, {"norm_over_time": True}),
        ({"t_layers": 0}, {}),
        ({"cac": False}, {}),
        ({"use_train_segment": True, "segment": 1, "samplerate": 4001}, {"segment_samples": 4001}),
    ],
)  # fmt: skip
def test_htdemucs(sizes, ours):
    options = SMALL_TRANSFORMER | sizes
    peer = randomised(HTDemucs(SOURCES, **options))
    network = convert.htdemucs(arrays(peer), norm_groups=2, heads=4, **ours)
    for samples in (17, 300, 1000, 4001):
        check(network, peer, samples)


def test_htdemucs_in_the_published_size():
    names = ["drums", "bass", "other", "vocals"]
    sizes = {"bottom_channels": 512, "dconv_mode": 3}  # of the published weights
    peer = randomised(HTDemucs(names, use_train_segment=False, **sizes))
    check(convert.htdemucs(arrays(peer)), peer, samples=44100)
