"""Digital silence, where every feature of a frame is a bias, and steep are normalisations."""

import keras
import numpy as np
import pytest

from keras_sep import losses, ops, zoo

FRAMES = {"frame_length": 64, "hop_length": 16}
BLOCKS = {"sources": 2, "channels": 2, "features": 8, "blocks": 2, **FRAMES}
HEADS = {"heads": 2, "head_size": 4}
NETWORKS = {
    "bandit": lambda: zoo.bandit(
        **BLOCKS, bands=ops.adjacent_bands([3, 4, 5, 7, 14]), units=6, hidden=9
    ),
    "bs_roformer": lambda: zoo.bs_roformer(**BLOCKS, **HEADS),
    "mel_band_roformer": lambda: zoo.mel_band_roformer(**BLOCKS, **HEADS, bands=7),
    "moises_light": lambda: zoo.moises_light(
        2, bins=32, subbands=2, filters=8, depth=1, blocks=1, **HEADS, **FRAMES
    ),
    "tf_gridnet": lambda: zoo.tf_gridnet(**BLOCKS, units=6, heads=2, query_size=3),
    "tf_locoformer": lambda: zoo.tf_locoformer(**BLOCKS, **HEADS, hidden=12, groups=2),
}


def gradient_norm(network, mixture, stems):
    """Norm of the gradient of all weights: that of a step of gradient descent."""
    start = network.get_weights()
    network.train_on_batch(mixture, stems)
    steps = [a - b for a, b in zip(start, network.get_weights(), strict=True)]
    network.set_weights(start)
    return np.linalg.norm(np.concatenate([step.ravel() for step in steps]))


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="all start from the same")
@pytest.mark.parametrize("name", NETWORKS)
def test_silence_does_not_inflate_gradients(name):
    keras.utils.set_random_seed(0)
    network = NETWORKS[name]()
    network.compile(keras.optimizers.SGD(1.0), losses.WaveformLoss("l1"), run_eagerly=True)
    rng = np.random.default_rng(0)
    stems = rng.normal(size=(2, 600, 2, 2)).astype("float32")
    full = gradient_norm(network, stems.sum(axis=-1), stems)
    stems[:, 200:500] = 0
    half_silent = gradient_norm(network, stems.sum(axis=-1), stems)
    assert full / 10 < half_silent < full * 10
