"""More samples in between, on straight lines."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_sep._part import part
from keras_sep._validate import require_positive_integers
from keras_sep.layers._axes import WithAxes


@keras.saving.register_keras_serializable(package="keras_sep")
class LinearUpsampling(WithAxes, keras.Layer):
    """Put `factor - 1` samples between any two neighbours by linear interpolation.

    The input's samples are unchanged, each at `factor` times its index. It takes the place of a
    transposed convolution, whose overlaps are heard as tones. Not `keras.layers.UpSampling1D`,
    which repeats samples.

    Args:
        factor: ratio of output samples to input samples.
        padding: end of the output: `"valid"` ends with the last sample, for networks with context;
            `"same"` repeats the last sample `factor - 1` times, so that the output is exactly
            `factor` times as long.
        learned: whether every feature learns its weight between the two neighbours, starting from
            linear interpolation.

    Call arguments:
        inputs: (batch, time, features).
        mask: (batch, time), True for real time steps.

    Output shape:
        (batch, factor * (time - 1) + 1, features) if valid, (batch, factor * time, features) if
        same.

    Example:

    >>> x = np.array([[[0.0], [4.0], [2.0]]], "float32")
    >>> y = keras_sep.layers.LinearUpsampling()(x)
    >>> keras.ops.convert_to_numpy(y).ravel().tolist()
    [0.0, 2.0, 4.0, 3.0, 2.0]
    >>> y = keras_sep.layers.LinearUpsampling(padding="same")(x)
    >>> keras.ops.convert_to_numpy(y).ravel().tolist()
    [0.0, 2.0, 4.0, 3.0, 2.0, 2.0]

    Reference: Stoller et al., "Wave-U-Net: a multi-scale neural network for end-to-end audio source
    separation", 2018, sections 3.2.1 and 3.2.2.
    """

    axes = ("(batch, time, features)",)
    at_least_one = ("time",)

    def __init__(
        self, factor: int = 2, padding: str = "valid", learned: bool = False, **kwargs: Any
    ):
        super().__init__(**kwargs)
        require_positive_integers(factor=factor)
        if padding not in ("valid", "same"):
            raise ValueError(f'`padding` must be "valid" or "same". Received: padding={padding!r}')
        self.factor = factor
        self.padding = padding
        self.learned = learned
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        if self.learned and self.factor > 1:
            # what the former neighbour counts for, before a sigmoid: 1 - step / factor at first
            features = input_shape[-1]
            line = np.log([[self.factor / step - 1] * features for step in range(1, self.factor)])
            self.shares = self.add_weight(
                shape=(self.factor - 1, features),
                initializer=lambda shape, dtype: ops.cast(line, dtype),
                name="shares",
            )

    def call(self, inputs: Any, mask: Any = None) -> Any:
        # the last sample is its own neighbour
        batch, time, features = ops.shape(inputs)
        later, last = part(inputs, 1, 1, time), part(inputs, 1, time - 1, time)
        neighbours = ops.concatenate([later, last], axis=1)
        if mask is not None:
            inside = ops.concatenate([mask[:, 1:], mask[:, -1:]], axis=1)
            neighbours = ops.where(inside[:, :, None], neighbours, inputs)
        between = [inputs + x for x in self._ways(neighbours - inputs)]
        steps = ops.stack([inputs, *between], axis=2)
        outputs = ops.reshape(steps, (batch, -1, features))
        return part(outputs, 1, 0, self.factor * time - self._excess)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        if previous_mask is None:
            return None
        # valid: a sample in between needs the neighbour after it
        return ops.repeat(previous_mask, self.factor, axis=1)[:, self._excess :]

    def compute_output_shape(self, input_shape: Any) -> Any:
        batch, time, features = input_shape
        if time is not None:
            time = self.factor * time - self._excess
        return (batch, time, features)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "factor": self.factor,
            "padding": self.padding,
            "learned": self.learned,
        }

    def _ways(self, difference):
        """From a sample to each of the new ones before the next."""
        if self.learned:
            steps = range(self.factor - 1)
            return [(1 - ops.sigmoid(self.shares[step])) * difference for step in steps]
        return [step / self.factor * difference for step in range(1, self.factor)]

    @property
    def _excess(self) -> int:
        """Samples after the last of the input's."""
        return self.factor - 1 if self.padding == "valid" else 0
