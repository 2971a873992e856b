"""A long signal to overlapping windows."""

from typing import Any

import keras

from keras_sep import ops
from keras_sep._windows import check_windows, window_count, window_mask
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
