"""Each frame by its own mean and variance."""

from typing import Any

import keras
from keras import ops

from keras_sep.layers._normalization import Normalization


@keras.saving.register_keras_serializable(package="keras_sep")
class InstantLayerNormalization(Normalization):
    """Normalise each frame by the mean and variance of its features, iLN.

    `keras.layers.LayerNormalization` with the mean subtracted before anything is multiplied: where
    features hardly differ, as the logarithms of the flat spectrum of a click do, few digits of that
    one's are right.

    Args:
        epsilon: small number added to the variance before the square root. Default 1e-7.

    Input shape:
        (batch, time, ..., features)

    Output shape:
        That shape.

    Example:

    >>> flat = np.log(np.linspace(0.1, 0.1 + 1e-6, 257)).astype("float32")[None, None]
    >>> y = keras.ops.convert_to_numpy(keras_sep.layers.InstantLayerNormalization()(flat))
    >>> exact = flat.astype("float64")
    >>> exact = (exact - exact.mean()) / np.sqrt(exact.var() + 1e-7)
    >>> bool(np.allclose(y, exact, atol=1e-3))
    True

    Reference: Westhausen and Meyer, "Dual-signal transformation LSTM network for real-time noise
    suppression", 2020, section 2.
    """

    def __init__(self, epsilon: float = 1e-7, **kwargs: Any):
        super().__init__(epsilon, **kwargs)

    def call(self, inputs: Any, mask: Any = None) -> Any:
        x = self._enter(inputs)
        x = x - ops.mean(x, axis=-1, keepdims=True)
        return self._leave(x, ops.mean(ops.square(x), axis=-1, keepdims=True))
