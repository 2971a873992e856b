"""Both RoFormers beside the classes that published weights are for, with equal random weights."""

import keras
import numpy as np
import pytest
from peer import arrays
from roformer_peer import BSRoformer, MelBandRoformer, random_roformer, torch

from keras_sep import convert, ops

# rounding in float32 through a dozen layers, with room to spare
RELATIVE = 1e-4


def check(network, peer, samples, channels):
    """Ours, (batch, samples, channels, sources), beside theirs, (batch[, sources], ..., time)."""
    x = np.random.default_rng(0).normal(size=(2, samples, channels)).astype("float32")
    with torch.no_grad():
        theirs = peer(torch.from_numpy(x.transpose(0, 2, 1))).numpy()
    theirs = theirs if theirs.ndim == 4 else theirs[:, None]
    theirs = theirs.transpose(0, 3, 2, 1)
    ours = keras.ops.convert_to_numpy(network(x))
    assert ours.shape[1] == samples
    # theirs of mel bands ends with the last whole hop
    error = np.abs(ours[:, : theirs.shape[1]] - theirs).max() / np.abs(theirs).max()
    print(f"relative error {error:.1e}")
    assert np.abs(theirs).max() > 1e-3
    assert error < RELATIVE


SMALL = {"dim": 12, "depth": 2, "heads": 3, "dim_head": 4, "time_transformer_depth": 1,
         "freq_transformer_depth": 1}  # fmt: skip
WIDTHS = (2, 2, 2, 3, 8, 8, 16, 24)
FRAMES = {"stft_n_fft": 128, "stft_win_length": 128, "stft_hop_length": 27}
OURS = {"frame_length": 128, "hop_length": 27}


@pytest.mark.parametrize(
    ("sizes", "ours"),
    [
        ({"stereo": True, "num_stems": 3}, {}),
        ({"time_transformer_depth": 2, "freq_transformer_depth": 3, "mask_estimator_depth": 3}, {}),
        ({"depth": 3, "skip_connection": True, "mask_estimator_depth": 1}, {"skips": True}),
        ({"stereo": True, "zero_dc": False, "mlp_expansion_factor": 2, "stft_normalized": True},
         {"zero_dc": False}),
        ({"stft_win_length": 100}, {"frame_length": 100, "fft_length": 128}),
    ],
)  # fmt: skip
def test_bs_roformer(sizes, ours):
    options = SMALL | FRAMES | {"freqs_per_bands": WIDTHS} | sizes
    peer = random_roformer(BSRoformer, **options)
    network = convert.bs_roformer(arrays(peer), **OURS | ours)
    for samples in (65, 270, 1001):  # the fewest that torch mirrors, whole hops, and neither
        check(network, peer, samples, 2 if options.get("stereo") else 1)


@pytest.mark.parametrize(
    ("sizes", "ours"),
    [
        ({"stereo": True, "num_stems": 2, "mask_estimator_depth": 2}, {}),
        ({"time_transformer_depth": 2, "freq_transformer_depth": 2,
          "match_input_audio_length": True}, {}),
        ({"depth": 3, "skip_connection": True, "num_bands": 5, "sample_rate": 8000},
         {"skips": True, "sample_rate_hz": 8000}),
    ],
)  # fmt: skip
def test_mel_band_roformer(sizes, ours):
    options = SMALL | FRAMES | {"num_bands": 7} | sizes
    peer = random_roformer(MelBandRoformer, **options)
    network = convert.mel_band_roformer(arrays(peer), **OURS | ours)
    for samples in (65, 270, 1001):
        check(network, peer, samples, 2 if options.get("stereo") else 1)


def test_bs_roformer_in_the_published_size():
    layers = {"time_transformer_depth": 1, "freq_transformer_depth": 1}
    peer = random_roformer(BSRoformer, dim=384, depth=6, stereo=True, stft_hop_length=441, **layers)
    network = convert.bs_roformer(arrays(peer))
    weights = {name: x for name, x in arrays(peer).items() if "rotary" not in name}
    assert network.count_params() == sum(x.size for x in weights.values())
    check(network, peer, 4410, 2)


@pytest.mark.parametrize("rate_hz", [16000, 44100, 48000])
@pytest.mark.parametrize(("bands", "frame_length"), [(60, 2048), (64, 4096), (20, 512)])
def test_mel_bands(rate_hz, bands, frame_length):
    filters = pytest.importorskip("librosa").filters.mel(
        sr=rate_hz, n_fft=frame_length, n_mels=bands
    )
    inside = filters > 0
    inside[0, 0] = inside[-1, -1] = True
    wanted = [(int(x[0]), int(x[-1]) + 1) for x in map(np.flatnonzero, inside)]
    assert ops.mel_bands(bands, rate_hz, frame_length // 2 + 1) == tuple(wanted)
