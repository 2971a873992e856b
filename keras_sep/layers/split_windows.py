"""A long signal to overlapping windows."""

from typing import Any

import keras

from keras_sep import ops
from keras_sep._part import part
from keras_sep._tails import extended, seen, seen_more, zeros
from keras_sep._windows import (
    check_windows,
    frames_before,
    hops_before,
    window_count,
    window_mask,
)
from keras_sep.layers._axes import WithAxes
from keras_sep.ops import without_padding


@keras.saving.register_keras_serializable(package="keras_sep")
class SplitWindows(WithAxes, keras.Layer):
    """Cut a waveform, a spectrum or features into overlapping windows that cover all of it.

    The last window is zero-padded. `JoinWindows` is the inverse; `Windowed` does both around a
    network. If a Keras mask marks a padded example, the output's mask marks the windows that it
    would have alone.

    Args:
        window_length: time steps in a window.
        hop_length: time steps from one window to the next, at most `window_length`; it need not
            divide it.
        padding: number of zeros before and after the signal. Dual-path networks use
            `window_length`, so that every step is in equally many chunks.
        multiple: number that the count of windows is a multiple of, if more than one; at least one
            zero then follows the signal and its padding. SepFormer uses two.

    Input shape:
        (batch, time, ...)

    Output shape:
        (batch, windows, window_length, ...), with `windows = 1 + max(0, (time + padding +
        max(padding, hop_length - 1) - window_length) // hop_length)`, or with a `multiple`
        `windows = multiple * (1 + (time + padding) // (multiple * hop_length))`.

    Example:

    >>> spectrogram = np.zeros((2, 1000, 513, 1), "float32")
    >>> windows = keras_sep.layers.SplitWindows(window_length=128, hop_length=64)(spectrogram)
    >>> tuple(windows.shape)
    (2, 15, 128, 513, 1)

    Reference: with padding, Luo, Chen and Yoshioka, "Dual-path RNN: efficient long sequence
    modeling for time-domain single-channel speech separation", 2020, section 2.
    """

    axes = ("(batch, time, ...)",)

    def __init__(
        self,
        window_length: int,
        hop_length: int,
        padding: int = 0,
        multiple: int = 1,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        check_windows(window_length, hop_length, padding, multiple)
        self.window_length = window_length
        self.hop_length = hop_length
        self.padding = padding
        self.multiple = multiple
        self.supports_masking = True

    @property
    def _windows(self):
        return self.window_length, self.hop_length, self.padding, self.multiple

    def call(self, inputs: Any, mask: Any = None) -> Any:
        return ops.split_windows(without_padding(inputs, mask), *self._windows)

    @property
    def delay(self) -> int:
        """Number of windows that `step` returns before the first that the signal has."""
        if self.multiple > 1:
            raise ValueError(f"A stream needs `multiple=1`. Received: multiple={self.multiple}")
        return frames_before(self.window_length, self.hop_length, self.padding)

    @property
    def latency(self) -> int:
        """Time steps by which what is made of a stream's windows comes after the stream."""
        return hops_before(self.window_length, self.hop_length) * self.hop_length

    def initial_state(self, shape: Any) -> dict[str, Any]:
        """The state of a stream (batch, time, ...) at its start."""
        batch, _, *rest = shape
        _ = self.delay
        return {"tail": zeros(self, batch, self.latency, *rest), **seen(batch)}

    def step(self, inputs: Any, state: dict[str, Any], valid: Any = None) -> Any:
        """Windows of the next time steps, a multiple of the hop, and the state after them.

        The first `delay` windows of a stream lie before those of the signal.
        """
        x, tail = extended(state["tail"], without_padding(inputs, valid))
        time = keras.ops.shape(inputs)[1]
        x = part(x, 1, 0, time + self.window_length - self.hop_length)
        windows = ops.split_windows(x, self.window_length, self.hop_length)
        return windows, {"tail": tail, **seen_more(state, time // self.hop_length, self.delay)}

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        return None if previous_mask is None else window_mask(previous_mask, *self._windows)

    def compute_output_shape(self, input_shape: Any) -> Any:
        batch, time, *rest = input_shape
        windows = None if time is None else window_count(time, *self._windows)
        return (batch, windows, self.window_length, *rest)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "window_length": self.window_length,
            "hop_length": self.hop_length,
            "padding": self.padding,
            "multiple": self.multiple,
        }
