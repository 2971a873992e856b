"""What all losses of separation share."""

import math
from typing import Any

import keras

from keras_sep import ops
from keras_sep._floors import MEAN_SQUARE_FLOOR
from keras_sep._keras import get_keras_mask

IDENTICAL = 1e-30  # mean squares below it count as it, so that their root has a gradient


class SeparationLoss(keras.losses.Loss):
    """Base class of losses of one value per example, whatever the example's length.

    Subclasses write `call(y_true, y_pred, mask=None)`, which returns (batch,). The mask, (batch,
    time) and True for real time steps, comes with a prediction whose network was given one (by
    `LengthMask`, `keras.layers.Masking`): masked steps change nothing. Keras itself would multiply
    it with the losses, which no longer have a time axis. `common_axes` are the axes that target and
    prediction must share; by default all, so that neither is broadcast along the other.
    `least_axes` is the least number of axes of both, with the batch. `compares` says what the
    predictions are, in the words of `zoo.Facts.returns`, and `targets` which functions of
    `keras_sep.ops` make `y_true` of spectrograms; recipes are checked by both.

    The config keeps a dtype other than the default.

    Args:
        reduction: reduction of the examples' values, as in Keras.
        name: name of the loss.
        dtype: dtype of the computation and of the value, float32 at least; float32 by default,
            also under mixed precision.
    """

    common_axes = slice(None)
    least_axes = 1
    compares: str | None = "waveforms"
    targets: tuple[str, ...] = ()

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self._given_dtype = dtype
        self._reduced = _Reduced(reduction=reduction, dtype=self.dtype, name=self.name)

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        mask = get_keras_mask(y_pred)
        y_true, y_pred = self._tensors(y_true, y_pred)
        known = {} if mask is None else {"mask": mask}
        each = self.call(y_true, y_pred, **known)
        return self._reduced(each, each, sample_weight)

    @property
    def dtype(self) -> Any:
        """Dtype of the computation: of half precision float32, as squares overflow float16."""
        dtype = super().dtype
        return "float32" if dtype in ("float16", "bfloat16") else dtype

    def _tensors(self, y_true, y_pred):
        """Both as tensors of this loss's dtype, or a ValueError where they cannot be compared."""
        # indexed, as a `tf.Variable` would otherwise stay one
        y_true, y_pred = (
            keras.ops.convert_to_tensor(x, dtype=self.dtype)[...] for x in (y_true, y_pred)
        )
        self._require_common_axes(y_true, y_pred)
        if min(len(y_true.shape), len(y_pred.shape)) < self.least_axes:
            raise ValueError(
                f"{type(self).__name__} wants `y_true` and `y_pred` of at least {self.least_axes} "
                f"axes, the batch first. Received: {tuple(y_true.shape)} and {tuple(y_pred.shape)}"
            )
        if 0 in tuple(y_pred.shape)[1:]:
            raise ValueError(
                f"{type(self).__name__} wants at least one value in every example. "
                f"Received: `y_pred` of shape {tuple(y_pred.shape)}"
            )
        return y_true, y_pred

    def _require_common_axes(self, y_true, y_pred):
        """Raise a ValueError where the shapes differ: one would be repeated along the other."""
        of_target, of_prediction = (tuple(x.shape)[self.common_axes] for x in (y_true, y_pred))
        if len(of_target) != len(of_prediction) or any(
            None not in sizes and sizes[0] != sizes[1]
            for sizes in zip(of_target, of_prediction, strict=True)
        ):
            but = "" if self.common_axes == slice(None) else " but for the last axis"
            raise ValueError(
                f"{type(self).__name__} wants `y_true` and `y_pred` of one shape{but}. "
                f"Received: {tuple(y_true.shape)} and {tuple(y_pred.shape)}"
            )

    def get_config(self) -> dict[str, Any]:
        dtype = self._given_dtype
        if isinstance(dtype, keras.DTypePolicy):
            dtype = keras.saving.serialize_keras_object(dtype)
        return {**super().get_config(), "dtype": dtype}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        # a dtype policy, a transform, a wrapped loss or several
        objects = {
            name: keras.saving.deserialize_keras_object(value)
            for name, value in config.items()
            if isinstance(value, dict | list)
        }
        return cls(**{**config, **objects})


class _Reduced(keras.losses.Loss):
    """Keras's reduction of values that are losses already."""

    def call(self, y_true: Any, y_pred: Any) -> Any:
        del y_true
        return y_pred


def mean_per_example(values: Any, mask: Any = None) -> Any:
    """Mean over all axes but the first; of those times only that `mask`, (batch, time), keeps."""
    if len(values.shape) == 1:
        return values
    return ops.masked_mean(values, mask, axis=tuple(range(1, len(values.shape))))


def mean_per_source(values: Any, mask: Any = None) -> Any:
    """Mean over all axes but the first and the last, which is of one source if time comes last.

    Args:
        values: (batch, time, ..., sources), or (batch, time).
        mask: (batch, time), True for real time steps; None for all.

    Returns:
        (batch, sources).
    """
    if len(values.shape) == 2:
        values = values[..., None]
    return ops.masked_mean(values, mask, axis=tuple(range(1, len(values.shape) - 1)))


def distance(norm: str) -> Any:
    """The element-wise distance that `norm` names, or a ValueError."""
    if norm == "l1":
        return keras.ops.abs
    if norm == "l2":
        return keras.ops.square
    raise ValueError(f'`norm` must be "l1" or "l2". Received: norm={norm!r}')


def audible(power: Any, heard: Any, silence_db: float | None) -> Any:
    """The power of the targets, raised where they are silent, so that errors can be divided by it.

    A target is silent if it is more than `silence_db` decibels below the mean of the batch's
    targets or below its own estimate, whichever is louder; it is raised to that level, through
    which no gradient flows to the estimate. Other targets are unchanged.

    Args:
        power: power of the targets, (batch, channels, sources) or (batch, ...).
        heard: power of the estimates, in the same shape.
        silence_db: level in decibels, or None to change no target.

    Returns:
        The power, in the same shape.
    """
    if silence_db is None:
        return power
    loudest = keras.ops.maximum(keras.ops.mean(power), keras.ops.stop_gradient(heard))
    return keras.ops.maximum(power, 10 ** (-silence_db / 10) * loudest)


def root(mean_square: Any) -> Any:
    """Root of a mean square, of nothing with a gradient of nothing."""
    return keras.ops.sqrt(keras.ops.maximum(mean_square, IDENTICAL))


def decibels(mean: Any, floor: float = MEAN_SQUARE_FLOOR) -> Any:
    """10 log10 of a mean, to which a floor, by default -120 dB, is added so that 0 is finite."""
    return keras.ops.log(mean + floor) * (10 / math.log(10))
