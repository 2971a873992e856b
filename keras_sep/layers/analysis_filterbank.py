"""Waveform to a learned representation."""

from collections.abc import Callable
from typing import Any

import keras

from keras_sep import ops
from keras_sep._part import part
from keras_sep._tails import extended, seen, seen_more, zeros
from keras_sep._windows import (
    check_hop,
    frames_before,
    hops_before,
    whole_windows,
    window_count,
    window_mask,
)
from keras_sep.layers._axes import WithAxes
from keras_sep.layers._filterbank import check_sizes
from keras_sep.ops import in_float32, without_padding


@keras.saving.register_keras_serializable(package="keras_sep")
class AnalysisFilterbank(WithAxes, keras.Layer):
    """Learned filters along a waveform, a strided convolution: the encoder of TasNet.

    Equal to `keras.layers.Conv1D(filters, kernel_size, stride)` with the same weights, except that
    the waveform is zero-padded at its end to the next whole frame, so that no sample is lost: where
    the stride does not fit there is one frame more than asteroid's. Each filter sees all channels.
    It is a matrix product, which TensorFlow trains faster on a CPU at TasNet's sizes.

    Args:
        filters: number of filters.
        kernel_size: samples that a filter covers.
        stride: samples from one frame to the next, at most `kernel_size`.
        activation: activation of the frames; None for none, as in Conv-TasNet; `"relu"` for the
            non-negative frames of TasNet.
        use_bias: whether every filter has a bias.
        padding: number of zeros before and after the waveform; see `SplitWindows`.
        drop_remainder: whether to drop the trailing partial frame, as a convolution does, instead
            of zero-padding. For networks trained this way; without padding only.
        unit_level: whether to divide each frame by its root mean square before filtering.

    Input shape:
        (batch, samples, channels)

    Output shape:
        (batch, frames, filters), without padding with
        `frames = 1 + max(0, ceil((samples - kernel_size) / stride))`; floor where the remainder is
        dropped.

    Example:

    >>> waveform = np.zeros((2, 32000, 1), "float32")
    >>> tuple(keras_sep.layers.AnalysisFilterbank(512, kernel_size=16, stride=8)(waveform).shape)
    (2, 3999, 512)

    Reference: Luo and Mesgarani, "Conv-TasNet: surpassing ideal time-frequency magnitude masking
    for speech separation", 2019, equation 2.
    """

    axes = ("(batch, samples, channels)",)

    def __init__(
        self,
        filters: int,
        kernel_size: int,
        stride: int,
        activation: str | Callable[[Any], Any] | None = None,
        use_bias: bool = False,
        padding: int = 0,
        drop_remainder: bool = False,
        unit_level: bool = False,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        check_sizes(kernel_size, stride, filters=filters)
        check_hop(stride, padding)
        if drop_remainder and padding:
            raise ValueError(f"`drop_remainder` needs `padding=0`. Received: padding={padding}")
        self.filters = filters
        self.kernel_size = kernel_size
        self.stride = stride
        self.activation = keras.activations.get(activation)
        self.use_bias = use_bias
        self.padding = padding
        self.drop_remainder = drop_remainder
        self.unit_level = unit_level
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        self.input_spec = keras.InputSpec(axes={-1: input_shape[-1]})
        shape = (self.kernel_size, input_shape[-1], self.filters)
        self.kernel = self.add_weight(shape=shape, name="kernel")
        if self.use_bias:
            self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")

    def call(self, inputs: Any, mask: Any = None) -> Any:
        waveform = without_padding(inputs, mask)
        if self.drop_remainder:
            samples = keras.ops.shape(waveform)[1]
            waveform = waveform[:, : whole_windows(samples, self.kernel_size, self.stride)]
        return self._filtered(ops.split_windows(waveform, *self._windows))

    @property
    def delay(self) -> int:
        """Number of frames that `step` returns before the first that the signal has."""
        return frames_before(self.kernel_size, self.stride, self.padding)

    @property
    def hop_length(self) -> int:
        """The stride, as a front end has it."""
        return self.stride

    @property
    def latency(self) -> int:
        """Samples by which what is made of a stream's frames comes after the stream."""
        return hops_before(self.kernel_size, self.stride) * self.stride

    def initial_state(self, shape: Any) -> dict[str, Any]:
        """The state of a stream (batch, samples, channels) at its start."""
        frames_before(self.kernel_size, self.stride, self.padding)
        batch, _, channels = shape
        return {"tail": zeros(self, batch, self.latency, channels), **seen(batch)}

    def step(self, inputs: Any, state: dict[str, Any], valid: Any = None) -> Any:
        """Frames of the next samples, a multiple of the stride, and the state after them.

        The first `delay` frames of a stream lie before those of the signal.
        """
        x, tail = extended(state["tail"], without_padding(inputs, valid))
        samples = keras.ops.shape(inputs)[1]
        x = part(x, 1, 0, samples + self.kernel_size - self.stride)
        outputs = self._filtered(ops.split_windows(x, self.kernel_size, self.stride))
        return outputs, {"tail": tail, **seen_more(state, samples // self.stride, self.delay)}

    def _filtered(self, frames):
        # frames times matrix: on a CPU TensorFlow trains it faster than a convolution of one
        # channel with a short kernel
        if self.unit_level:
            frames = in_float32(frames)
            frames = frames / ops.root_mean_square(frames, per_frame=True)
            frames = keras.ops.cast(frames, self.compute_dtype)
        y = keras.ops.tensordot(frames, self.kernel, axes=2)  # (batch, frames, filters)
        return self.activation(y + self.bias if self.use_bias else y)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        if previous_mask is None:
            return None
        if self.drop_remainder:
            # a frame after the first counts where its last sample does
            ends = previous_mask[:, self.kernel_size + self.stride - 1 :: self.stride]
            return keras.ops.concatenate([previous_mask[:, :1], ends], axis=1)
        return window_mask(previous_mask, *self._windows)

    def compute_output_shape(self, input_shape: Any) -> Any:
        batch, samples, _ = input_shape
        frames = None
        if samples is not None:
            if self.drop_remainder:
                samples = whole_windows(samples, self.kernel_size, self.stride)
            frames = window_count(samples, *self._windows)
        return (batch, frames, self.filters)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "stride": self.stride,
            "activation": keras.activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "padding": self.padding,
            "drop_remainder": self.drop_remainder,
            "unit_level": self.unit_level,
        }

    @property
    def _windows(self):
        return self.kernel_size, self.stride, self.padding
