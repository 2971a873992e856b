"""One mean and one variance for each example."""

from typing import Any

import keras

from keras_sep import ops
from keras_sep.layers._normalization import Normalization


@keras.saving.register_keras_serializable(package="keras_sep")
class GlobalLayerNormalization(Normalization):
    """Normalise each example by its mean and variance over time and features, gLN for short.

    Then every feature is scaled by a learned `gamma` and shifted by a learned `beta`. It needs the
    whole signal; for causal networks use `CumulativeLayerNormalization`. Not
    `keras.layers.LayerNormalization`, whose mean and variance are those of a single frame.

    Args:
        epsilon: small number added to the variance before the square root.

    Call arguments:
        inputs: (batch, time, ..., features).
        mask: (batch, time), True for real time steps.

    Output shape:
        The input's.

    Example:

    >>> x = np.random.default_rng(0).normal(3.0, 2.0, size=(2, 7, 5)).astype("float32")
    >>> y = keras.ops.convert_to_numpy(keras_sep.layers.GlobalLayerNormalization()(x))
    >>> bool(np.abs(y.mean(axis=(1, 2))).max() < 1e-6), y.std(axis=(1, 2)).round(4).tolist()
    (True, [1.0, 1.0])

    Reference: Luo and Mesgarani, "Conv-TasNet: surpassing ideal time-frequency magnitude masking
    for speech separation", 2019, its global layer normalization.
    """

    over_time = True  # all of it: not for causal networks

    def call(self, inputs: Any, mask: Any = None) -> Any:
        x = self._enter(inputs)
        x = x - self._mean(x, mask)
        return self._leave(x, self._mean(keras.ops.square(x), mask))

    def _mean(self, x, mask):
        """Mean of each example, (batch, 1, ..., 1)."""
        # every frame has as many features, so the mean of the frames' means is the mean
        frames = keras.ops.mean(x, axis=tuple(range(2, len(x.shape))), keepdims=True)
        return ops.masked_mean(frames, mask, axis=1, keepdims=True)
