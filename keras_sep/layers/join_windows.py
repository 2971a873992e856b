"""Overlapping windows to one signal."""

from typing import Any

import keras

from keras_sep import ops
from keras_sep._windows import check_hop
from keras_sep.layers._axes import WithAxes
from keras_sep.layers._like import WithLength


@keras.saving.register_keras_serializable(package="keras_sep")
class JoinWindows(WithAxes, WithLength):
    """Join windows to one signal: the exact inverse of `SplitWindows`.

    Overlapping windows are averaged at every time step; `keras_sep.ops.overlap_add` is their sum.

    Args:
        hop_length: time steps from one window to the next.
        padding: padding of `SplitWindows`.
        cross_fade: whether to weight each window with a triangle that falls towards its ends, where
            a network has least context, instead of equally.

    Call arguments:
        inputs: the windows.
        mask: (batch, windows), True for real windows; passed by Keras after a `SplitWindows` whose
            input was masked.
        length: time steps to return, an integer.
        like: instead of `length`, a tensor (batch, time, ...) to return as many time steps as;
            its mask becomes the output's.

    Input shape:
        (batch, windows, window_length, ...)

    Output shape:
        (batch, time, ...); by default all that the windows cover but the padding,
        `time = (windows - 1) * hop_length + window_length - 2 * padding`.

    Example:

    >>> x = np.random.default_rng(0).normal(size=(2, 1000, 3)).astype("float32")
    >>> windows = keras_sep.layers.SplitWindows(128, 48)(x)
    >>> y = keras_sep.layers.JoinWindows(48)(windows, like=x)
    >>> tuple(y.shape), bool(np.allclose(keras.ops.convert_to_numpy(y), x, atol=1e-6))
    ((2, 1000, 3), True)

    Reference: Luo, Chen and Yoshioka, "Dual-path RNN: efficient long sequence modeling for
    time-domain single-channel speech separation", 2020, section 2, but for the
    division, which the paper leaves out.
    """

    axes = ("(batch, windows, window_length, ...)",)

    def __init__(self, hop_length: int, padding: int = 0, cross_fade: bool = False, **kwargs: Any):
        super().__init__(**kwargs)
        check_hop(hop_length, padding)
        self.hop_length = hop_length
        self.padding = padding
        self.cross_fade = cross_fade

    def _join(self, inputs, length, mask):
        return ops.join_windows(
            inputs, self.hop_length, length, self.padding, self.cross_fade, mask
        )

    def _natural_shape(self, input_shape):
        batch, windows, window_length, *rest = input_shape
        time = None
        if windows is not None:
            covered = (windows - 1) * self.hop_length + window_length
            time = max(covered - 2 * self.padding, 0)
        return (batch, time, *rest)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "hop_length": self.hop_length,
            "padding": self.padding,
            "cross_fade": self.cross_fade,
        }
