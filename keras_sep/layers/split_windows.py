"""A long signal to overlapping windows."""

from typing import Any

import keras

from keras_sep import ops
from keras_sep.layers._axes import WithAxes
from keras_sep.ops.length_mask import without_padding
from keras_sep.ops.windows import check_windows, window_count, window_mask


@keras.saving.register_keras_serializable(package="keras_sep")
class SplitWindows(WithAxes, keras.Layer):
    """Cut a waveform, a spectrogram or features into windows that overlap and miss nothing.

    The last window is filled up with zeros. `JoinWindows` is the inverse; `Windowed` does both
    around a network. Of a padded example, marked by a Keras mask, the windows that it alone would
    have are marked in turn.

    Args:
        window_length: time steps in a window.
        hop_length: time steps from one window to the next, at most `window_length`; it need not
            divide it.
        padding: zeros before the signal and after it. Dual-path networks take `window_length`,
            so that every step is in as many chunks as any other.
        multiple: where it is more than one, so many windows are added at a time, until at least
            one zero follows the signal and its padding in them. SepFormer takes two.

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
