"""Features of equal level, in groups."""

from typing import Any

import keras
from keras import ops

from keras_sep._floors import POWER_FLOOR
from keras_sep._validate import require_positive_integers, require_positive_numbers
from keras_sep.layers._axes import WithAxes
from keras_sep.ops import in_float32


@keras.saving.register_keras_serializable(package="keras_sep")
class RMSGroupNormalization(WithAxes, keras.Layer):
    """Divide each group of a frame's features by its root mean square, then scale every feature.

    Nothing is averaged over time or bins: not `keras.layers.GroupNormalization`, whose statistics
    are of the whole example. With one group it is `keras.layers.RMSNormalization`, but for where
    the small number is added.

    Args:
        groups: number of groups, of neighbouring features; must divide the features.
        epsilon: small number added to the root mean square.

    Input shape:
        (batch, ..., features)

    Output shape:
        The input's.

    Example:

    >>> x = np.array([[[3.0, -3.0, 0.5, 0.5]]])
    >>> y = keras_sep.layers.RMSGroupNormalization(groups=2)(x)
    >>> keras.ops.convert_to_numpy(y).round(3).ravel().tolist()
    [1.0, -1.0, 1.0, 1.0]

    Reference: Saijo et al., "TF-Locoformer: transformer with local modeling by convolution for
    speech separation and enhancement", 2024, its RMSGroupNorm.
    """

    axes = ("(batch, ..., features)",)

    def __init__(self, groups: int = 1, epsilon: float = 1e-5, **kwargs: Any):
        # squares overflow half precision, so the inputs are not cast down on the way in
        super().__init__(autocast=False, **kwargs)
        require_positive_integers(groups=groups)
        require_positive_numbers(epsilon=epsilon)
        self.groups = groups
        self.epsilon = epsilon

    def build(self, input_shape: Any) -> None:
        features = input_shape[-1]
        if features % self.groups:
            raise ValueError(
                f"`groups` must divide the features. Received: groups={self.groups}, "
                f"shape {tuple(input_shape)}"
            )
        self.gamma = self.add_weight(
            shape=(features,), initializer="ones", name="gamma", autocast=False
        )

    def call(self, inputs: Any) -> Any:
        x = in_float32(inputs)
        shape = ops.shape(x)
        x = ops.reshape(x, (*shape[:-1], self.groups, shape[-1] // self.groups))
        power = ops.mean(ops.square(x), axis=-1, keepdims=True)
        # no root ever sees a zero, where its slope is infinite
        level = power / ops.sqrt(ops.maximum(power, POWER_FLOOR))
        # times the inverse: a quotient's gradient divides three times
        x = ops.reshape(x * (1 / (level + self.epsilon)), shape)
        return ops.cast(x * ops.cast(self.gamma, x.dtype), self.compute_dtype)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "groups": self.groups, "epsilon": self.epsilon}
