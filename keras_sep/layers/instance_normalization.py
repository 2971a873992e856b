"""One mean and one variance for each example and feature."""

from typing import Any

import keras

from keras_sep import ops
from keras_sep.layers import _backend
from keras_sep.layers._normalization import Normalization


@keras.saving.register_keras_serializable(package="keras_sep")
class InstanceNormalization(Normalization):
    """Normalise every feature of each example by its mean and variance over time.

    Any axes between time and features count as time. Each feature is then scaled by a learned
    `gamma` and shifted by a learned `beta`. `keras.layers.GroupNormalization(groups=-1)` computes
    the same if all examples are equally long, but does not respect a mask.

    Args:
        epsilon: small number added to the variance before the square root.

    Call arguments:
        inputs: (batch, time, ..., features).
        mask: (batch, time), True for real time steps.

    Output shape:
        The input's.

    Example:

    >>> x = np.random.default_rng(0).normal(3.0, 2.0, size=(2, 100, 16)).astype("float32")
    >>> x = keras_sep.layers.LengthMask()([x, np.array([40, 100])])
    >>> y = keras.ops.convert_to_numpy(keras_sep.layers.InstanceNormalization()(x))
    >>> bool(np.allclose(y[0, :40].mean(axis=0), 0, atol=1e-5))
    True

    Reference: Ulyanov et al., "Instance normalization: the missing ingredient for fast
    stylization", 2016, equation 4.
    """

    over_time = True  # all of it: not for causal networks

    def call(self, inputs: Any, mask: Any = None) -> Any:
        return self.times(1.0, inputs, mask)

    def times(self, factor: float, inputs: Any, mask: Any = None) -> Any:
        """The output times a factor, without another pass over it."""
        x = self._enter(inputs)
        gamma, beta = (factor * keras.ops.cast(w, x.dtype) for w in (self.gamma, self.beta))
        if mask is None and _backend.instance_norm is not None and x.dtype == "float32":
            y = _backend.instance_norm(x, gamma, beta, self.epsilon)
            return keras.ops.cast(y, self.compute_dtype)
        axes = tuple(range(1, len(x.shape) - 1))
        x = x - ops.masked_mean(x, mask, axis=axes, keepdims=True)
        variance = ops.masked_mean(keras.ops.square(x), mask, axis=axes, keepdims=True)
        return self._leave(x, variance, gamma, beta)
