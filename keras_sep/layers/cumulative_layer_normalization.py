"""The mean and the variance of all there was until now."""

from typing import Any

import keras

from keras_sep.layers._normalization import Normalization
from keras_sep.ops import spread_mask, without_padding

STRETCH_FRAMES = 1024

STATE = "frames", "mean", "variance"


@keras.saving.register_keras_serializable(package="keras_sep")
class CumulativeLayerNormalization(Normalization):
    """Normalise each frame by the mean and variance of it and all frames before it, cLN.

    Then every feature is scaled by a learned `gamma` and shifted by a learned `beta`. It is causal.
    Toolkits also call it cgLN, and use cLN for the channel-wise normalisation,
    `keras.layers.LayerNormalization`, whose statistics are those of one frame.

    A stream is normalised chunk by chunk, by `initial_state` and `step`, exactly as the whole would
    be. No large numbers are subtracted from each other, so this stays accurate for hours, and the
    state is three numbers per example.

    Args:
        epsilon: small number added to the variance before the square root.

    Call arguments:
        inputs: (batch, time, ..., features).
        mask: (batch, time), True for real time steps.

    Output shape:
        The input's.

    Example:

    >>> x = np.array([[[1.0], [3.0], [5.0]]], "float32")  # means 1, 2, 3; variances 0, 1, 8 / 3
    >>> y = keras.ops.convert_to_numpy(keras_sep.layers.CumulativeLayerNormalization()(x))
    >>> [round(float(value), 3) for value in y.ravel()]
    [0.0, 1.0, 1.225]
    >>> layer = keras_sep.layers.CumulativeLayerNormalization()
    >>> first, state = layer.step(x[:, :2], layer.initial_state((1, None, 1)))
    >>> second, state = layer.step(x[:, 2:], state)
    >>> [round(float(value), 3) for value in (*first[0, :, 0], *second[0, :, 0])]
    [0.0, 1.0, 1.225]

    Reference: Luo and Mesgarani, "Conv-TasNet: surpassing ideal time-frequency magnitude masking
    for speech separation", 2019, its cumulative layer normalization; Chan et al., "Algorithms for
    computing the sample variance: analysis and recommendations", 1983, how variances are joined.
    """

    def call(self, inputs: Any, mask: Any = None) -> Any:
        outputs, _ = self._run(inputs, mask, None)
        return outputs

    def initial_state(self, shape: Any) -> dict[str, Any]:
        """The state of a stream (batch, time, ..., features) at its start."""
        number = keras.ops.zeros((shape[0], 1), self._statistics_dtype)
        frames = keras.ops.zeros((shape[0], 1), "int32")
        return {"frames": frames, "mean": number, "variance": number}

    def step(self, inputs: Any, state: dict[str, Any], valid: Any = None) -> Any:
        """The next frames of a stream, normalised, and the state after them."""
        if not self.built:
            self.build(inputs.shape)
        outputs, after = self._run(inputs, valid, tuple(state[name] for name in STATE))
        return outputs, dict(zip(STATE, after, strict=True))

    @property
    def _statistics_dtype(self) -> str:
        return "float64" if self.compute_dtype == "float64" else "float32"

    def _run(self, inputs, mask, state):
        x = self._enter(inputs)
        inner = tuple(range(2, len(x.shape)))
        frame_means = keras.ops.mean(x, axis=inner)  # (batch, time)
        spread = x - _like(frame_means, x)
        frame_variances = keras.ops.mean(keras.ops.square(spread), axis=inner)

        counted = keras.ops.ones_like(frame_means)
        if mask is not None:
            counted = spread_mask(mask, frame_means)
            frame_means, frame_variances = (
                without_padding(values, mask) for values in (frame_means, frame_variances)
            )
        if state is None:
            before = keras.ops.zeros_like(frame_means[:, :1], dtype="int32")
            mean = keras.ops.stop_gradient((counted * frame_means)[:, :1])  # any start will do
            variance = 0.0
        else:
            before, mean, variance = state
        frames = before + keras.ops.cast(_running_sum(counted), "int32")
        count = keras.ops.cast(keras.ops.maximum(frames, 1), x.dtype)
        earlier = keras.ops.cast(before, x.dtype)

        # sums of distances from the mean so far, and of terms none of which is negative: no large
        # number is ever taken from another, as the difference of squares and means would do
        means = mean + _running_sum(counted * (frame_means - mean)) / count
        last_means = keras.ops.concatenate([mean, means[:, :-1]], axis=1)
        moved = keras.ops.square(frame_means - last_means) * (1 - 1 / count)
        added = _running_sum(counted * (frame_variances + moved))
        variances = (earlier * variance + added) / count

        outputs = self._leave(x - _like(means, x), _like(variances, x))
        return outputs, (frames[:, -1:], means[:, -1:], variances[:, -1:])


def _like(values, x):
    """Values (batch, time) as (batch, time, 1, ..., 1), to meet `x`."""
    return keras.ops.reshape(values, (*keras.ops.shape(values), *[1] * (len(x.shape) - 2)))


def _running_sum(x):
    """Cumulative sum over time, (batch, time), within stretches and then over their totals.

    One long float32 sum drifts over the frames of an hour.
    """
    batch, frames = keras.ops.shape(x)
    x = keras.ops.pad(x, ((0, 0), (0, -frames % STRETCH_FRAMES)))
    within = keras.ops.cumsum(keras.ops.reshape(x, (batch, -1, STRETCH_FRAMES)), axis=2)
    totals = keras.ops.cumsum(within[:, :-1, -1:], axis=1)  # of whole stretches, none of them later
    sums = within + keras.ops.pad(totals, ((0, 0), (1, 0), (0, 0)))
    return keras.ops.reshape(sums, (batch, -1))[:, :frames]
