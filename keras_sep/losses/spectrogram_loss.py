"""Distance between magnitude spectrograms."""

import types
from typing import Any

import keras

from keras_sep._takes_mask import takes_mask
from keras_sep.losses._base import SeparationLoss, distance, mean_per_example


@keras.saving.register_keras_serializable(package="keras_sep")
class SpectrogramLoss(SeparationLoss):
    """Mean absolute or mean squared difference of magnitude spectrograms.

    It takes magnitudes; the pipeline computes the target magnitudes (|S|, phase-sensitive,
    truncated) with the functions in `keras_sep.ops`.

    Args:
        norm: "l1" for the mean absolute difference, "l2" for the mean square.
        transform: transform of both spectrograms before they are compared, for a loss in the log or
            the compressed domain: a layer such as
            `keras_sep.layers.AmplitudeToDecibel(floor_db=-60)` or
            `keras_sep.layers.PowerCompression(0.3)`, which the loss copies in its own dtype and
            does not train, or a function registered with
            `keras.saving.register_keras_serializable`, which a bare function of `keras.ops` is not.
            None for plain magnitudes.
        reduction: reduction of the examples' values, as in Keras.
        name: name of the loss.
        dtype: dtype of the computation.

    Input shape:
        Two of (batch, frames, bins, channels, sources), or of any other one shape.

    Output shape:
        A scalar; (batch,) with `reduction=None`.

    Example:

    >>> loss = keras_sep.losses.SpectrogramLoss(norm="l2")
    >>> float(loss(np.zeros((1, 3, 5, 2, 1)), np.full((1, 3, 5, 2, 1), 2.0)))
    4.0
    >>> decibels = keras_sep.layers.AmplitudeToDecibel()
    >>> loss = keras_sep.losses.SpectrogramLoss(norm="l1", transform=decibels)
    >>> round(float(loss(np.full((1, 3, 5, 2, 1), 0.1), np.full((1, 3, 5, 2, 1), 10.0))), 3)
    40.0
    >>> @keras.saving.register_keras_serializable(package="mine")
    ... def log1p(magnitude):
    ...     return keras.ops.log1p(magnitude)
    >>> loss = keras_sep.losses.SpectrogramLoss(norm="l1", transform=log1p)
    """

    compares = "magnitudes"
    targets = (
        "magnitude_spectrum_approximation",
        "phase_sensitive_approximation",
        "truncated_phase_sensitive_approximation",
    )

    def __init__(
        self,
        norm: str = "l1",
        transform: Any = None,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(reduction=reduction, name=name, dtype=dtype)
        self.norm = norm
        self.transform = transform
        self._distance = distance(norm)
        self._transform = _in_dtype(transform, self.dtype)

    def call(self, y_true: Any, y_pred: Any, mask: Any = None) -> Any:
        if self._transform is not None:
            masked = mask is not None and isinstance(self._transform, keras.Layer)
            known = {"mask": mask} if masked and takes_mask(self._transform) else {}
            y_true, y_pred = (self._transform(x, **known) for x in (y_true, y_pred))
        return mean_per_example(self._distance(y_pred - y_true), mask)

    def get_config(self) -> dict[str, Any]:
        transform = keras.saving.serialize_keras_object(self.transform)
        return {**super().get_config(), "norm": self.norm, "transform": transform}


def _in_dtype(transform, dtype):
    """The transform, of a layer a copy in `dtype`, or a ValueError where Keras cannot save it."""
    if isinstance(transform, keras.Layer):
        # a global policy of half precision is none for a loss
        return type(transform).from_config({**transform.get_config(), "dtype": dtype})
    registered = keras.saving.get_registered_object
    if transform is None or (
        isinstance(transform, types.FunctionType)
        and registered(keras.saving.get_registered_name(transform)) is transform
    ):
        return transform
    raise ValueError(
        "`transform` must be None, a Keras layer, or a function registered with "
        f"`keras.saving.register_keras_serializable`. Received: transform={transform!r}"
    )
