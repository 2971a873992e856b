"""The Demucs family: what they learn, what they start from, and what sizes they refuse."""

import keras
import numpy as np
import pytest
from two_bands import SAMPLE_RATE_HZ, si_sdr_db

from keras_sep import Separator, losses, zoo

SMALL = {"sources": 2, "channels": 1, "filters": 8}
NETWORKS = {
    "demucs": lambda: zoo.demucs(**SMALL, depth=2, attention_starts=9, recurrent_starts=9),
    "hdemucs": lambda: zoo.hdemucs(
        **SMALL, frame_length=64, depth=3, norm_starts=2, attention_starts=2, recurrent_starts=9
    ),
    "htdemucs": lambda: zoo.htdemucs(**SMALL, frame_length=128, depth=1, blocks=2, heads=2),
}


def bands(seed, batch, samples=800):
    """Noise in two bands, the low one first: (batch, samples, 1, 2)."""
    rng = np.random.default_rng(seed)
    spectrum = np.fft.rfft(rng.normal(size=(batch, samples, 1, 2)), axis=1)
    frequency = np.fft.rfftfreq(samples, 1 / SAMPLE_RATE_HZ)
    inside = np.stack([frequency < 1700, frequency >= 2300], -1)
    return np.fft.irfft(spectrum * inside[:, None], samples, axis=1).astype("float32")


@pytest.mark.parametrize("name", NETWORKS)
def test_learns_to_separate(name):
    network = NETWORKS[name]()
    network.compile(keras.optimizers.Adam(0.005), loss=losses.WaveformLoss(norm="l1"))
    network.optimizer.build(network.trainable_variables)  # or `fit` traces twice
    sources = bands(0, batch=32)
    network.fit(sources.sum(-1), sources, batch_size=8, epochs=20, verbose=0)
    unseen = bands(1, batch=3)
    separator = Separator(network, SAMPLE_RATE_HZ, ("low", "high"))
    estimates = keras.ops.convert_to_numpy(separator(unseen.sum(-1)))
    gains = [
        si_sdr_db(unseen[..., n], estimates[..., n]) - si_sdr_db(unseen[..., n], unseen.sum(-1))
        for n in range(2)
    ]
    assert np.mean(gains) > 10


@pytest.mark.parametrize("name", NETWORKS)
def test_initial_weights_have_the_deviation_that_the_paper_moves_them_to(name):
    kernel = keras.ops.convert_to_numpy(NETWORKS[name]().get_layer("decoder_1_rewrite").kernel)
    inputs = np.prod(kernel.shape[:-1])
    # PyTorch's uniform deviation, and the root of it times 0.1; some hundred draws tell 10 %
    expected = np.sqrt(0.1 / np.sqrt(3 * inputs))
    np.testing.assert_allclose(kernel.std(), expected, rtol=0.1)


@pytest.mark.parametrize("name", NETWORKS)
def test_silence_stays_silence(name):
    """But for the biases: standardised silence is silence, and its deviation is zero."""
    silence = np.zeros((1, 500, 1), "float32")
    assert np.abs(NETWORKS[name]()(silence)).max() < 1e-6


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: zoo.hdemucs(kernel_size=8, stride=2), "twice `stride`.*kernel_size=8, stride=2"),
        (lambda: zoo.hdemucs(frame_length=248), "divide the bins.*stride=4 and 31 bins on level 1"),
        (lambda: zoo.hdemucs(frame_length=512), "four times a power.*frame_length=512, stride=4"),
        (lambda: zoo.hdemucs(time_stride=3), "`time_stride` must be even. Received: time_stride=3"),
        (lambda: zoo.hdemucs(norm_starts=0), "at least 1.*Received: norm_starts=0"),
        (lambda: zoo.htdemucs(depth=5), "must leave several bins.*depth=5, frame_length=4096"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(build, message):
    with pytest.raises(ValueError, match=message):
        build()


def test_branches_of_the_transformer_network_return_to_their_own_widths():
    network = zoo.htdemucs(
        **SMALL, time_filters=16, frame_length=128, depth=1, blocks=1, heads=2, bottom_channels=12
    )
    assert network.get_layer("narrowed").units == 8
    assert network.get_layer("time_narrowed").units == 16
    assert network(np.ones((1, 101, 1), "float32")).shape == (1, 101, 1, 2)


def test_relu_in_the_transformer_leaves_the_blocks_their_gelu():
    network = zoo.htdemucs(**SMALL, frame_length=128, depth=1, blocks=1, heads=2, gelu=False)
    assert network.get_layer("transformer_1").activation is keras.activations.relu
    for name in ("encoder_1_activation", "time_encoder_1_activation"):
        assert network.get_layer(name).activation is keras.activations.gelu
