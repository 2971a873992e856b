"""A shift and a scale learned for every frequency."""

import math
from typing import Any

import keras
import numpy as np

from keras_sep import ops
from keras_sep._brief import brief
from keras_sep._validate import is_integer


@keras.saving.register_keras_serializable(package="keras_sep")
class LearnableNormalization(keras.Layer):
    """Normalise every bin by a mean and a scale that training refines.

    `(x + shift) * scale`, with two weights per bin, initially minus the mean and one over the scale
    given. With `invert=True` it is the inverse, `x * scale + shift`, with weights that are
    initially the scale and the mean given. Unlike `keras.layers.Normalization` the weights are
    trained; unlike `BatchNormalization` it uses no batch statistics.

    Args:
        mean: mean of the data, one number, or one per bin; None for 0.
        scale: standard deviation of the data, one number, or one per bin; None for 1.
        invert: whether to undo a normalisation.
        axis: axis of the bins.

    Input shape:
        (batch, frames, bins, channels), or any other with the frequencies on `axis`.

    Output shape:
        That shape.

    Example:

    >>> batches = [np.random.default_rng(0).random((2, 7, 5, 2)).astype("float32")]
    >>> mean, scale = keras_sep.ops.mean_and_scale(batches)
    >>> layer = keras_sep.layers.LearnableNormalization(mean, scale)
    >>> bool(np.allclose(np.mean(layer(batches[0]), axis=(0, 1, 3)), 0, atol=1e-5))
    True

    Reference: Stoter et al., "Open-Unmix - A reference implementation for music source
    separation", 2019, figure 1: the input and output scaler.
    """

    def __init__(
        self,
        mean: Any = None,
        scale: Any = None,
        invert: bool = False,
        axis: int = 2,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        if not is_integer(axis, least=-math.inf):
            raise ValueError(f"`axis` must be an integer. Received: axis={axis!r}")
        for name, value in {"mean": mean, "scale": scale}.items():
            if value is not None and not np.isfinite(_numbers(name, value)).all():
                raise ValueError(f"`{name}` must be finite. Received: {name}={brief(value)}")
        self.mean = mean
        self.scale = scale
        self.invert = invert
        self.axis = axis
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        rank, least = len(input_shape), self.axis + 1 if self.axis >= 0 else -self.axis
        if rank < least:
            raise ValueError(
                f"The input of LearnableNormalization must have at least {least} axes, as "
                f"frequencies lie on axis {self.axis}. Received: {tuple(input_shape)}"
            )
        bins = input_shape[self.axis]
        if bins is None:
            raise ValueError(
                "The number of frequencies must be known. "
                f"Received: input_shape={tuple(input_shape)}, axis={self.axis}"
            )
        self.input_spec = keras.InputSpec(min_ndim=least, axes={self.axis: bins})
        shift, scale = self._start(self.mean, self.scale, bins)
        self.shift_weight = self.add_weight(
            shape=(bins,), initializer=_constant(shift), name="shift"
        )
        self.scale_weight = self.add_weight(
            shape=(bins,), initializer=_constant(scale), name="scale"
        )

    def adapt(self, batches: Any) -> None:
        """Start from the mean and standard deviation of a dataset.

        Args:
            batches: `tf.data.Dataset` or any other iterable of arrays shaped like the layer's
                input; of a tuple (x, y), x is used.
        """
        if not self.built:
            raise ValueError("Build the layer, or the model that holds it, before `adapt`.")
        mean, scale = ops.mean_and_scale(batches, axis=self.axis)
        shift, scale = self._start(mean, scale, len(mean))
        self.shift_weight.assign(shift)
        self.scale_weight.assign(scale)

    def call(self, inputs: Any) -> Any:
        shift, scale = self.shift_weight, self.scale_weight
        inner = inputs.shape[self.axis :][1:]
        if None in inner:
            shape = [1] * len(inputs.shape)
            shape[self.axis] = -1
            x, shift, scale = (
                inputs,
                keras.ops.reshape(shift, shape),
                keras.ops.reshape(scale, shape),
            )
        else:
            # one long last axis: to broadcast along an inner axis of two channels costs more than
            # the products, and so do the sums of their gradients
            width = math.prod(inner)
            shift, scale = (keras.ops.repeat(w, width) for w in (shift, scale))
            x = keras.ops.reshape(inputs, (-1, shift.shape[0]))
        y = x * scale + shift if self.invert else (x + shift) * scale
        return keras.ops.reshape(y, keras.ops.shape(inputs))

    def compute_output_shape(self, input_shape: Any) -> Any:
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "mean": _plain(self.mean),
            "scale": _plain(self.scale),
            "invert": self.invert,
            "axis": self.axis,
        }

    def _start(self, mean, scale, bins: int):
        """What the two weights start from."""
        mean = _per_bin("mean", 0.0 if mean is None else mean, bins)
        scale = _per_bin("scale", 1.0 if scale is None else scale, bins)
        if self.invert:
            return mean, scale
        if not scale.all():
            raise ValueError(
                f"`scale` must not be zero: it divides. Received: {_plain(self.scale)}"
            )
        return -mean, 1 / scale


def _numbers(name: str, value) -> np.ndarray:
    try:
        return np.asarray(value, np.float64)
    except (TypeError, ValueError):
        raise ValueError(
            f"`{name}` must be a number or an array of them. Received: {name}={brief(value)}"
        ) from None


def _per_bin(name: str, value, bins: int) -> np.ndarray:
    value = _numbers(name, value)
    if value.shape not in ((), (1,), (bins,)):
        raise ValueError(
            f"`{name}` must be one number or one for each of {bins} frequencies. "
            f"Received: shape {value.shape}"
        )
    return np.broadcast_to(value, (bins,))


def _constant(value: np.ndarray):
    return lambda shape, dtype=None: keras.ops.convert_to_tensor(value, dtype=dtype)


def _plain(value):
    return None if value is None else np.asarray(value).tolist()
