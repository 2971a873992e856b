"""A network of fixed size on a signal of any length."""

from typing import Any

import keras

from keras_sep import ops
from keras_sep._windows import check_windows, window_mask
from keras_sep.layers._axes import WithAxes
from keras_sep.ops import without_padding


@keras.saving.register_keras_serializable(package="keras_sep")
class Windowed(WithAxes, keras.Layer):
    """Run a network on overlapping windows of a signal, as one batch, and join them.

    The network's outputs for overlapping windows are averaged at every time step. All windows are
    in memory at once; for longer files use `keras_sep.inference`.

    Args:
        network: model or layer from (batch, window_length, ...) to (batch, window_length, ...). The
            axes after time may change, so that estimates can have an axis of sources.
        window_length: time steps in a window. The last window is zero-padded.
        hop_length: time steps from one window to the next.
        cross_fade: whether to weight each window with a triangle that falls towards its ends, where
            the network has least context, instead of equally.

    Input shape:
        (batch, time, ...)

    Output shape:
        (batch, time, ...), the rest being that of the network's output.

    Example:

    >>> window = keras.Input((128, 513, 2))
    >>> estimates = keras.layers.Reshape((128, 513, 2, 4))(keras.layers.Dense(8)(window))
    >>> network = keras.Model(window, estimates)
    >>> spectrogram = np.zeros((3, 1000, 513, 2), "float32")
    >>> tuple(keras_sep.layers.Windowed(network, 128, 64)(spectrogram).shape)
    (3, 1000, 513, 2, 4)
    """

    def __init__(
        self,
        network: keras.Layer,
        window_length: int,
        hop_length: int,
        cross_fade: bool = False,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        check_windows(window_length, hop_length)
        if not isinstance(network, keras.Layer):
            raise ValueError(f"`network` must be a model or a layer. Received: {network!r}")
        self.network = network
        self.window_length = window_length
        self.hop_length = hop_length
        self.cross_fade = cross_fade
        self.supports_masking = True
        # those of the network's windows, where it says which
        rest = getattr(network, "input_shape", (None, None, "..."))[2:]
        self.axes = (f"({', '.join(map(str, ('batch', 'time', *rest)))})",)

    def build(self, input_shape: Any) -> None:
        window_shape = (None, self.window_length, *input_shape[2:])
        if not self.network.built:
            self.network.build(window_shape)
        wanted, given = self.window_length, self.network.compute_output_shape(window_shape)[1]
        if given != wanted:
            raise ValueError(
                "`network` must return as many time steps as it reads. "
                f"Received: {given} of {wanted} from {self.network}"
            )

    def call(self, inputs: Any, mask: Any = None) -> Any:
        time = keras.ops.shape(inputs)[1]
        windows = ops.split_windows(
            without_padding(inputs, mask), self.window_length, self.hop_length
        )
        batch, count, *window = keras.ops.shape(windows)
        estimates = self.network(keras.ops.reshape(windows, (-1, *window)))
        estimates = keras.ops.reshape(
            estimates, (batch, count, *keras.ops.shape(estimates)[1:])
        )  # (batch, windows, window_length, ...)
        if mask is not None:
            mask = window_mask(mask, self.window_length, self.hop_length)
        return ops.join_windows(
            estimates, self.hop_length, time, cross_fade=self.cross_fade, mask=mask
        )

    def compute_output_shape(self, input_shape: Any) -> Any:
        window_shape = (None, self.window_length, *input_shape[2:])
        return (*input_shape[:2], *self.network.compute_output_shape(window_shape)[2:])

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "network": keras.saving.serialize_keras_object(self.network),
            "window_length": self.window_length,
            "hop_length": self.hop_length,
            "cross_fade": self.cross_fade,
        }

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> Any:
        network = keras.saving.deserialize_keras_object(
            config["network"], custom_objects=custom_objects
        )
        return cls(**{**config, "network": network})
