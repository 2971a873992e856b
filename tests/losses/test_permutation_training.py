"""Why permutation-invariant training exists, seen in `model.fit`."""

import keras
import numpy as np
import pytest

from keras_sep import losses

EXAMPLES, SAMPLES = 64, 211


def low_and_high():
    """Mixtures of a low and a high tone, and the two in a random order, an example its own."""
    rng = np.random.default_rng(0)
    time = np.arange(SAMPLES)
    frequencies = rng.uniform([0.01, 0.3], [0.05, 0.45], size=(EXAMPLES, 2))  # cycles a sample
    phases = rng.uniform(0, 2 * np.pi, size=(EXAMPLES, 1, 2))
    sources = np.sin(2 * np.pi * frequencies[:, None] * time[:, None] + phases)
    swap = rng.random(EXAMPLES) < 0.5
    sources[swap] = sources[swap][..., ::-1]
    sources = sources[:, :, None].astype("float32")  # (examples, samples, one channel, sources)
    return sources.sum(-1), sources


@pytest.mark.parametrize(
    ("wrapper", "separates"),
    [(losses.PermutationInvariantLoss, True), (losses.FixedOrderLoss, False)],
)
def test_two_outputs_learn_two_sources_that_come_in_any_order(wrapper, separates):
    mixtures, sources = low_and_high()
    x = keras.Input((None, 1))
    y = keras.layers.Conv1D(2, 31, padding="same", use_bias=False)(x)  # two filters, two sources
    model = keras.Model(x, keras.layers.Reshape((-1, 1, 2))(y))
    model.compile(keras.optimizers.Adam(0.05), loss=wrapper(losses.WaveformLoss("l2")))
    model.optimizer.build(model.trainable_variables)  # or `fit` traces twice
    model.fit(mixtures, sources, batch_size=64, epochs=40, verbose=0)
    score = losses.PermutationInvariantLoss(losses.SISDR())
    ratio_db = -float(score(sources, model.predict(mixtures, verbose=0)))
    if separates:
        assert ratio_db > 12
    else:  # either output can only learn the mean of both sources, which is half the mixture
        assert ratio_db < 4
