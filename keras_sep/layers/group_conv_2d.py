"""Convolutions of groups of features."""

from typing import Any

import keras
from keras import ops

from keras_sep._part import parts
from keras_sep._scaled_uniform import fan_in_uniform
from keras_sep._validate import require_odd, require_positive_integers
from keras_sep.layers._axes import WithAxes


@keras.saving.register_keras_serializable(package="keras_sep")
class GroupConv2D(WithAxes, keras.Layer):
    """Convolve each group of features over time and frequency by itself.

    The numbers and the kernel of `keras.layers.Conv2D(groups=...)` with padding "same", which
    compiles itself with XLA on a CPU. This layer computes one convolution per group, in training
    and in exported graphs. The kernel starts from PyTorch's values.

    Args:
        filters: number of filters of all groups together.
        groups: number of groups; must divide the features and the filters.
        kernel_size: kernel size over frames and bins, odd. Default 3.

    Input shape:
        (batch, frames, bins, channels)

    Output shape:
        (batch, frames, bins, filters)

    Example:

    >>> x = np.zeros((2, 11, 5, 6), "float32")
    >>> layer = keras_sep.layers.GroupConv2D(filters=8, groups=2)
    >>> tuple(layer(x).shape), tuple(layer.kernel.shape)
    ((2, 11, 5, 8), (3, 3, 3, 8))

    Reference: Hung et al., "Moises-Light: resource-efficient band-split U-Net for music source
    separation", 2025, where each group is a band.
    """

    axes = ("(batch, frames, bins, channels)",)
    at_least_one = ("batch", "frames", "bins")

    def __init__(self, filters: int, groups: int, kernel_size: int = 3, **kwargs: Any):
        super().__init__(**kwargs)
        require_positive_integers(filters=filters, groups=groups)
        require_odd(kernel_size=kernel_size)
        if filters % groups:
            raise ValueError(
                f"`groups` must divide `filters`. Received: groups={groups}, filters={filters}"
            )
        self.filters = filters
        self.groups = groups
        self.kernel_size = kernel_size

    def build(self, input_shape: Any) -> None:
        features = input_shape[-1]
        if features % self.groups:
            raise ValueError(
                f"`groups`, {self.groups}, must divide the number of features. "
                f"Received: input_shape={tuple(input_shape)}"
            )
        self.kernel = self.add_weight(
            shape=(self.kernel_size, self.kernel_size, features // self.groups, self.filters),
            initializer=fan_in_uniform(),
            name="kernel",
        )
        self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")

    def call(self, inputs: Any) -> Any:
        features, filters = inputs.shape[-1] // self.groups, self.filters // self.groups
        groups = zip(
            parts(inputs, -1, [features] * self.groups),
            parts(ops.convert_to_tensor(self.kernel), -1, [filters] * self.groups),
            strict=True,
        )
        outputs = [
            ops.conv(x, kernel, padding="same", data_format="channels_last") for x, kernel in groups
        ]
        return ops.concatenate(outputs, axis=-1) + self.bias

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (*input_shape[:3], self.filters)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "filters": self.filters,
            "groups": self.groups,
            "kernel_size": self.kernel_size,
        }
