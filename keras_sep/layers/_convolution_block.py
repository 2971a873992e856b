"""What the dilated convolution blocks share."""

from typing import Any

import keras

from keras_sep._tails import zeros
from keras_sep._validate import require_positive_integers
from keras_sep.layers._axes import WithAxes
from keras_sep.ops import without_padding

_MOST_DILATION = 2**20  # steps from one tap to the next


class ConvolutionBlock(WithAxes, keras.Layer):
    """A block whose dilated convolution feeds a residual output and, optionally, a skip output.

    Subclasses compute the features in `call` and return `_outputs(inputs, features)`.
    """

    axes = ("(batch, time, features)",)
    at_least_one = ("batch", "time")

    def __init__(
        self,
        filters: int,
        skip_filters: int | None,
        kernel_size: int,
        dilation: int,
        causal: bool,
        use_bias: bool,
        skip_only: bool = False,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        if skip_only and skip_filters is None:
            raise ValueError("`skip_only` needs `skip_filters`. Received: skip_filters=None")
        counts = {"filters": filters, "kernel_size": kernel_size, "dilation": dilation}
        if skip_filters is not None:
            counts["skip_filters"] = skip_filters
        require_positive_integers(**counts)
        if not causal and kernel_size % 2 == 0:
            raise ValueError(
                "`kernel_size` must be odd unless the block is causal. "
                f"Received: kernel_size={kernel_size}"
            )
        if dilation > _MOST_DILATION:
            raise ValueError(
                f"`dilation` must be at most {_MOST_DILATION}, as it doubles from block to block. "
                f"Received: dilation={dilation}"
            )
        self.filters = filters
        self.skip_filters = skip_filters
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.causal = causal
        self.skip_only = skip_only
        self._use_bias = use_bias
        self.supports_masking = True
        self.skip = None if skip_filters is None else self._pointwise(skip_filters, "skip")

    def build(self, input_shape: Any) -> None:
        features = (*input_shape[:-1], self.filters)
        if not self.skip_only:
            # as wide as what it is added to
            self.residual = self._pointwise(input_shape[-1], "residual")
            self.residual.build(features)
        if self.skip is not None:
            self.skip.build(features)

    def compute_output_shape(self, input_shape: Any) -> Any:
        residual, skip = tuple(input_shape), (*input_shape[:-1], self.skip_filters)
        if self.skip_only:
            return skip
        return residual if self.skip is None else (residual, skip)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        single = self.skip_only or self.skip is None
        return previous_mask if single else (previous_mask, previous_mask)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "filters": self.filters,
            "skip_filters": self.skip_filters,
            "kernel_size": self.kernel_size,
            "dilation": self.dilation,
            "causal": self.causal,
            "skip_only": self.skip_only,
        }

    def _pointwise(self, filters: int, name: str):
        """A 1x1 convolution."""
        return keras.layers.Dense(
            filters, use_bias=self._use_bias, dtype=self.dtype_policy, name=name
        )

    def _padded(self, x, mask):
        """`x` for a convolution without its own padding, zero wherever there is no signal."""
        x = without_padding(x, mask)
        reach = (self.kernel_size - 1) * self.dilation
        right = 0 if self.causal else reach // 2
        return keras.ops.pad(x, ((0, 0), (reach - right, right), (0, 0)))

    def initial_state(self, shape: Any) -> dict[str, Any]:
        """The state of a stream (batch, time, features) at its start."""
        batch, _, features = shape
        if not self.causal:
            raise ValueError("A stream needs a block with `causal=True`. Received: causal=False")
        reach = (self.kernel_size - 1) * self.dilation
        return {"tail": zeros(self, batch, reach, self._width(features))}

    def _width(self, features: int) -> int:
        """Number of features that the convolution reads."""
        return features

    def _outputs(self, inputs, features):
        skip = None if self.skip is None else self.skip(features)
        if self.skip_only:
            return skip
        residual = inputs + self.residual(features)
        return residual if skip is None else (residual, skip)
