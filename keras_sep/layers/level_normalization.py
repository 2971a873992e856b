"""Signals of one level."""

from typing import Any

import keras

from keras_sep import ops
from keras_sep._floors import AMPLITUDE_FLOOR
from keras_sep.layers._spectral import SpectralLayer


@keras.saving.register_keras_serializable(package="keras_sep")
class LevelNormalization(SpectralLayer):
    """Divide each example, or each of its frames, by its root mean square.

    Nothing is learned, no mean is removed and no statistic of a batch or dataset is used.
    Examples quieter than 1e-8 are unchanged: silence stays silent, with a small gradient. To
    restore the mixture's level, multiply estimates by its `ops.root_mean_square`.

    Args:
        per_frame: whether the mean is over all axes but batch and time, which makes the layer
            causal, instead of over all axes but the batch, respecting the mask.

    Input shape:
        (batch, time, ...): a waveform (batch, samples, channels), a magnitude (batch, frames,
        bins, channels), features (batch, frames, features).

    Output shape:
        That shape.

    Example:

    >>> x = np.array([[[3.0, -3.0], [5.0, 5.0]]], "float32")  # (batch, frames, features)
    >>> y = keras_sep.layers.LevelNormalization(per_frame=True)(x)
    >>> np.round(y, 4).tolist()
    [[[1.0, -1.0], [1.0, 1.0]]]
    """

    def __init__(self, per_frame: bool = False, **kwargs: Any):
        super().__init__(**kwargs)
        self.per_frame = per_frame
        self.over_time = not per_frame
        self.supports_masking = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        x = self._enter(inputs)
        level = ops.root_mean_square(x, self.per_frame, mask)
        return self._leave(x / keras.ops.where(level > AMPLITUDE_FLOOR, level, 1.0))

    def compute_output_shape(self, input_shape: Any) -> Any:
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "per_frame": self.per_frame}
