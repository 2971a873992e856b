"""Dense layers of bands, side by side."""

import itertools
import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_sep._brief import brief
from keras_sep._part import parts
from keras_sep._scaled_uniform import scaled_uniform
from keras_sep.layers._layer_normalized import layer_normalized
from keras_sep.ops import in_float32, unit_length

NORMALIZATIONS = (None, "rms", "layer")


class BandedDense(keras.Layer):
    """One dense layer for each band, with its own weights, after an optional normalisation.

    Adjacent bands of equal sizes are a group, whose weights are stacked and whose bands are one
    product. What goes in and comes out is a list with a tensor (bands, rows, features) per group.

    Args:
        inputs: number of input features of each band.
        outputs: number of output features of each band.
        normalization: one of NORMALIZATIONS.
        activation: activation of all outputs.
    """

    def __init__(
        self,
        inputs: Sequence[int],
        outputs: Sequence[int],
        normalization: str | None = None,
        activation: Any = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        sizes = zip(inputs, outputs, strict=True)
        # (number of bands, features in, features out) of every group
        self.groups = [(len([*same]), *size) for size, same in itertools.groupby(sizes)]
        self.normalization = normalization
        self.activation = keras.activations.get(activation)

    def build(self, input_shape: Any = None) -> None:
        def weights(name, shape_of, start=None):
            return [
                self.add_weight(
                    shape=shape_of(*group),
                    initializer=start or scaled_uniform(group[1], None),
                    name=f"{name}_{number}",
                )
                for number, group in enumerate(self.groups)
            ]

        if self.normalization is not None:
            self.gammas = weights("gamma", lambda bands, features, _: (bands, features), "ones")
        if self.normalization == "layer":
            self.betas = weights("beta", lambda bands, features, _: (bands, features), "zeros")
        # not zeros: the features of silent frames would be, where a normalisation is steepest
        self.biases = weights("bias", lambda bands, _, units: (bands, units))
        self.kernels = weights("kernel", lambda *group: group)

    def call(self, inputs: Any) -> Any:
        return [self._group(number, x) for number, x in enumerate(inputs)]

    def _group(self, number, x):
        if self.normalization is not None:
            x = self._normalized(number, x)
        x = ops.matmul(x, self.kernels[number]) + self.biases[number][:, None]
        return self.activation(x)

    def _normalized(self, number, x):
        dtype = x.dtype
        if self.normalization == "rms":
            x = unit_length(in_float32(x)) * math.sqrt(x.shape[-1])
        else:
            x = layer_normalized(x)
        x = ops.cast(x, dtype) * self.gammas[number][:, None]
        return x if self.normalization == "rms" else x + self.betas[number][:, None]

    def split(self, x: Any) -> Any:
        """What all bands have in common, (bands, rows, features), as the list for the groups."""
        return parts(x, 0, [count for count, *_ in self.groups])


def check_normalization(normalization: Any) -> None:
    """Raise unless it is one of NORMALIZATIONS."""
    if normalization not in NORMALIZATIONS:
        raise ValueError(
            f"`normalization` must be one of {NORMALIZATIONS}. "
            f"Received: normalization={brief(normalization)}"
        )
