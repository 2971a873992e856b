"""A learned representation to waveforms."""

from typing import Any

import keras

from keras_sep import ops
from keras_sep._frames import named_window
from keras_sep._tails import overlapped, zeros
from keras_sep._windows import check_hop, fitted
from keras_sep.layers._axes import WithAxes
from keras_sep.layers._filterbank import check_sizes
from keras_sep.layers._like import WithLength
from keras_sep.ops import without_padding


@keras.saving.register_keras_serializable(package="keras_sep")
class SynthesisFilterbank(WithAxes, WithLength):
    """Learned waveforms that frames add up: the decoder of TasNet, shared by all sources.

    Equal to `keras.layers.Conv1DTranspose(channels, kernel_size, stride, use_bias=False)` with the
    same weights. Not the inverse of an `AnalysisFilterbank`: it has its own weights.

    Args:
        channels: number of channels of the waveform.
        kernel_size: samples that a frame adds to.
        stride: samples from one frame to the next, at most `kernel_size`.
        padding: number of samples to crop at the start and, for the natural length, at the end: the
            padding of the `AnalysisFilterbank`.
        window: window that every filter is multiplied by: a periodic "hann", "sqrt_hann" or
            "hamming", "rectangular", or None for none. Default None.

    Call arguments:
        inputs: the representation, see the input shape.
        mask: (batch, frames), True for real frames; passed by Keras after an `AnalysisFilterbank`
            whose input was masked.
        length: samples to return, an integer.
        like: instead of `length`, a waveform (batch, samples, ...) to return as many samples as;
            its mask becomes the output's.

    Input shape:
        (batch, frames, filters), or (batch, frames, filters, sources).

    Output shape:
        (batch, samples, channels), or (batch, samples, channels, sources); by default
        `samples = (frames - 1) * stride + kernel_size - 2 * padding`.

    Example:

    >>> mixture = np.zeros((2, 32001, 1), "float32")
    >>> frames = keras_sep.layers.AnalysisFilterbank(512, kernel_size=16, stride=8)(mixture)
    >>> masked = frames[..., None] * np.ones((2, 4000, 512, 3), "float32")
    >>> stems = keras_sep.layers.SynthesisFilterbank(1, 16, 8)(masked, like=mixture)
    >>> tuple(stems.shape)
    (2, 32001, 1, 3)

    Reference: Luo and Mesgarani, "Conv-TasNet: surpassing ideal time-frequency magnitude masking
    for speech separation", 2019, equation 3.
    """

    axes = ("(batch, frames, filters[, sources])",)

    def __init__(
        self,
        channels: int,
        kernel_size: int,
        stride: int,
        padding: int = 0,
        window: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        check_sizes(kernel_size, stride, channels=channels)
        check_hop(stride, padding)
        self.channels = channels
        self.kernel_size = kernel_size
        self.stride = stride
        self.padding = padding
        self.window = window
        self._window = None if window is None else named_window(window, kernel_size)

    def build(self, input_shape: Any) -> None:
        shape = (self.kernel_size, self.channels, input_shape[2])
        self.kernel = self.add_weight(shape=shape, name="kernel")
        self.input_spec = keras.InputSpec(axes={2: input_shape[2]})

    def _join(self, inputs, length, mask):
        return fitted(self._synthesised(inputs, mask), length, self.padding)

    def initial_state(self, shape: Any) -> dict[str, Any]:
        """The state of a stream (batch, frames, filters[, sources]) at its start."""
        batch, _, _, *sources = shape
        tail = self.kernel_size - self.stride
        return {"tail": zeros(self, batch, tail, self.channels, *sources)}

    def step(self, inputs: Any, state: dict[str, Any], valid: Any = None) -> Any:
        """Samples of the next frames, as many as strides, and the state after them."""
        x = self._synthesised(inputs, valid)
        samples = keras.ops.shape(inputs)[1] * self.stride
        outputs, tail = overlapped(state["tail"], x, samples)
        return outputs, {"tail": tail}

    def _synthesised(self, inputs, mask):
        # matrix times frames, then overlap-add: on TensorFlow's CPU faster than its transposed
        # convolution
        kernel = keras.ops.convert_to_tensor(self.kernel)
        if self._window is not None:
            kernel = kernel * keras.ops.cast(self._window[:, None, None], kernel.dtype)
        frames = keras.ops.tensordot(without_padding(inputs, mask), kernel, axes=[[2], [2]])
        if len(inputs.shape) == 4:  # (batch, frames, samples, channels, sources)
            frames = keras.ops.moveaxis(frames, 2, -1)
        return ops.overlap_add(frames, self.stride)

    def _natural_shape(self, input_shape):
        batch, frames, _, *sources = input_shape
        samples = None
        if frames is not None:
            samples = (frames - 1) * self.stride + self.kernel_size - 2 * self.padding
        return (batch, samples, self.channels, *sources)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "channels": self.channels,
            "kernel_size": self.kernel_size,
            "stride": self.stride,
            "padding": self.padding,
            "window": self.window,
        }
