"""What the RoFormers start from."""

import keras
import numpy as np
import pytest

from keras_sep import losses, zoo

SIZE = {"sources": 2, "features": 8, "blocks": 2, "heads": 2, "head_size": 4, "frame_length": 64,
        "hop_length": 16}  # fmt: skip


def gradient_norm(network, mixture, stems):
    """Norm of the gradient of all weights: that of a step of gradient descent."""
    start = network.get_weights()
    network.train_on_batch(mixture, stems)
    steps = [a - b for a, b in zip(start, network.get_weights(), strict=True)]
    network.set_weights(start)
    return np.linalg.norm(np.concatenate([step.ravel() for step in steps]))


@pytest.mark.parametrize("builder", [zoo.bs_roformer, zoo.mel_band_roformer])
def test_silence_does_not_inflate_gradients(builder):
    keras.utils.set_random_seed(0)
    network = builder(**SIZE, **({"bands": 7} if builder is zoo.mel_band_roformer else {}))
    network.compile(keras.optimizers.SGD(1.0), losses.WaveformLoss("l1"), run_eagerly=True)
    rng = np.random.default_rng(0)
    stems = rng.normal(size=(2, 600, 2, 2)).astype("float32")
    full = gradient_norm(network, stems.sum(axis=-1), stems)
    stems[:, 200:500] = 0
    half_silent = gradient_norm(network, stems.sum(axis=-1), stems)
    assert full / 10 < half_silent < full * 10
