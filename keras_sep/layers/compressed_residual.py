"""The residual branch within the layers of Demucs."""

from typing import Any

import keras
from keras import ops

from keras_sep._part import part
from keras_sep._scaled_uniform import scaled_uniform
from keras_sep._validate import (
    require_numbers_from_zero,
    require_odd,
    require_positive_integers,
    require_positive_numbers,
)
from keras_sep.layers._axes import WithAxes
from keras_sep.layers._layer_normalized import EPSILON
from keras_sep.layers.local_attention import LocalAttention
from keras_sep.layers.windowed_recurrent_stack import WindowedRecurrentStack
from keras_sep.ops import in_float32


@keras.saving.register_keras_serializable(package="keras_sep")
class CompressedResidual(WithAxes, keras.Layer):
    """Residual branch with few features along time.

    A dilated convolution to `features / compression` features, normalisation, GELU, optional
    recurrent layers and local attention, a 1x1 convolution, normalisation, a gated linear unit, and
    a learned scale per feature, small at first. Both normalisations are over time and features of
    an example, for a spectrum in each bin separately: bins do not affect each other.
    The statistics of the wide features follow from mean and covariance of the few, so the wide
    features are written to memory once.

    Args:
        compression: ratio of input features to inner features.
        kernel_size: kernel size of the convolution, odd.
        dilation: frames from one tap to the next.
        normalize: whether to normalise, as the papers do.
        recurrent: whether there are two bidirectional LSTM layers, over windows of 200 frames.
        attention: whether there is a `LocalAttention`.
        initial_scale: initial value of every feature's scale.
        rescale: target r of the initial weights' rescaling: uniform with the standard deviation
            sqrt(d * r), where d is PyTorch's. None for d itself.

    Input shape:
        (batch, frames, features) or (batch, frames, bins, features)

    Output shape:
        The input's.

    Example:

    >>> x = np.zeros((2, 101, 5, 12), "float32")
    >>> tuple(keras_sep.layers.CompressedResidual(compression=4, dilation=2)(x).shape)
    (2, 101, 5, 12)

    Reference: Défossez, "Hybrid spectrogram and waveform source separation", 2021, section 3.3 and
    figure 2.
    """

    axes = ("(batch, frames[, bins], features)",)
    at_least_one = ("frames",)

    def __init__(
        self,
        compression: float = 4,
        kernel_size: int = 3,
        dilation: int = 1,
        normalize: bool = True,
        recurrent: bool = False,
        attention: bool = False,
        initial_scale: float = 1e-4,
        rescale: float | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        require_positive_integers(dilation=dilation)
        require_odd(kernel_size=kernel_size)
        require_positive_numbers(compression=compression)
        require_numbers_from_zero(initial_scale=initial_scale)
        require_numbers_from_zero(or_none=True, rescale=rescale)
        self.compression = compression
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.normalize = normalize
        self.recurrent = recurrent
        self.attention = attention
        self.initial_scale = initial_scale
        self.rescale = rescale
        inner = {"dtype": self.dtype_policy}
        self.recurrent_layer = (
            WindowedRecurrentStack(2, 200, residual=True, name="recurrent", **inner)
            if recurrent
            else None
        )
        self.attention_layer = (
            LocalAttention(rescale=rescale, name="attention", **inner) if attention else None
        )

    def build(self, input_shape: Any) -> None:
        features = input_shape[-1]
        hidden = int(features / self.compression)
        if hidden < 1:
            raise ValueError(
                "`compression` must leave at least one feature. "
                f"Received: compression={self.compression}, input_shape={tuple(input_shape)}"
            )

        def weight(name, shape, inputs):
            start = scaled_uniform(inputs, self.rescale)
            return self.add_weight(shape=shape, initializer=start, name=name)

        reach = features * self.kernel_size
        self.kernel_1 = weight("kernel_1", (self.kernel_size, features, hidden), reach)
        self.bias_1 = weight("bias_1", (hidden,), reach)
        if self.normalize:
            self.gamma_1 = self.add_weight(shape=(hidden,), initializer="ones", name="gamma_1")
            self.beta_1 = self.add_weight(shape=(hidden,), initializer="zeros", name="beta_1")
        wide = 2 * features  # signal and gate
        self.kernel_2 = weight("kernel_2", (hidden, wide), hidden)
        self.bias_2 = weight("bias_2", (wide,), hidden)
        if self.normalize:
            self.gamma_2 = self.add_weight(shape=(wide,), initializer="ones", name="gamma_2")
            self.beta_2 = self.add_weight(shape=(wide,), initializer="zeros", name="beta_2")
        self.scale = self.add_weight(
            shape=(features,),
            initializer=keras.initializers.Constant(self.initial_scale),
            name="scale",
        )
        for layer in (self.recurrent_layer, self.attention_layer):
            if layer is not None:
                layer.build((None, None, hidden))

    def call(self, inputs: Any, training: bool = False) -> Any:
        x = inputs if len(inputs.shape) == 4 else ops.expand_dims(inputs, 2)
        hidden = self._along_time(self._narrowed(x), training)
        signal, gate = self._widened(hidden)
        return inputs + ops.reshape(signal * ops.sigmoid(gate), ops.shape(inputs))

    def _narrowed(self, x):
        """The dilated convolution, normalised and activated: (batch, frames, bins, hidden)."""
        frames = ops.shape(x)[1]
        # what every tap makes of every frame, in one product; then sums of few features
        kernel = ops.transpose(self.kernel_1, (1, 0, 2))
        taps = ops.matmul(x, ops.reshape(kernel, (x.shape[-1], -1)))
        reach = self.kernel_size // 2 * self.dilation
        taps = ops.pad(taps, ((0, 0), (reach, reach), (0, 0), (0, 0)))
        y = self.bias_1
        for n, tap in enumerate(ops.split(taps, self.kernel_size, axis=-1)):
            start = n * self.dilation
            y = y + part(tap, 1, start, start + frames)
        if self.normalize:
            y = in_float32(y)
            y = y - _mean(y)
            y = y * ops.rsqrt(_mean(ops.square(y)) + EPSILON)
            y = ops.cast(y, self.compute_dtype) * self.gamma_1 + self.beta_1
        return ops.gelu(y, approximate=False)

    def _along_time(self, x, training):
        """Recurrent layers and attention, for every bin by itself."""
        if self.recurrent_layer is None and self.attention_layer is None:
            return x
        batch, frames, bins, hidden = ops.shape(x)
        x = ops.reshape(ops.transpose(x, (0, 2, 1, 3)), (-1, frames, hidden))
        if self.recurrent_layer is not None:
            x = self.recurrent_layer(x, training=training)
        if self.attention_layer is not None:
            x = self.attention_layer(x)
        return ops.transpose(ops.reshape(x, (batch, bins, frames, hidden)), (0, 2, 1, 3))

    def _widened(self, hidden):
        """The 1x1 convolution, normalised and scaled, as signal and gate."""
        kernel, bias = self._weights(self.kernel_2, self.bias_2)
        (scale,) = self._weights(self.scale)
        scale = ops.concatenate([scale, ops.ones_like(scale)])
        if not self.normalize:
            signal, gate = ops.split(ops.matmul(hidden, kernel * scale) + bias * scale, 2, axis=-1)
            return signal, gate
        # Normalising is linear once mean and deviation are known, and these follow from mean and
        # covariance of the few hidden features: the wide features are written once, not five times.
        gamma, beta = self._weights(self.gamma_2, self.beta_2)
        mean, deviation = self._statistics(hidden)
        inverse = ops.cast(1 / deviation, hidden.dtype)
        # in half precision wrong by 1e-3, and where the mean is 30 deviations by 1e-2
        shift = ops.cast(mean / deviation, hidden.dtype)
        ones = ops.ones_like(hidden[..., :1])
        rows = ops.concatenate([hidden * inverse, ones * inverse, ones * shift, ones], axis=-1)
        more = ops.stack([bias * gamma, -gamma, beta])
        kernel = ops.concatenate([kernel * gamma, more]) * scale
        signal, gate = ops.split(kernel, 2, axis=-1)
        return ops.matmul(rows, signal), ops.matmul(rows, gate)

    def _statistics(self, hidden):
        """Mean and deviation of the wide features over time, each (batch, 1, bins, 1)."""
        hidden, kernel, bias = (in_float32(x) for x in (hidden, self.kernel_2, self.bias_2))
        frames = ops.cast(ops.shape(hidden)[1], hidden.dtype)
        centre = ops.mean(hidden, axis=1, keepdims=True)
        x = ops.transpose(hidden - centre, (0, 2, 1, 3))  # (batch, bins, frames, hidden)
        covariance = ops.matmul(ops.transpose(x, (0, 1, 3, 2)), x) / frames
        products = ops.matmul(kernel, ops.transpose(kernel)) / kernel.shape[1]
        within = ops.sum(covariance * products, axis=(2, 3))[:, None, :, None]
        means = ops.matmul(centre, kernel) + bias  # of every wide feature over time
        mean = ops.mean(means, axis=-1, keepdims=True)
        between = ops.mean(ops.square(means - mean), axis=-1, keepdims=True)
        return mean, ops.sqrt(within + between + EPSILON)

    def _weights(self, *weights):
        """As tensors: TensorFlow cannot stack Keras's variables."""
        return [ops.cast(weight, self.compute_dtype) for weight in weights]

    def compute_output_shape(self, input_shape: Any) -> Any:
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "compression": self.compression,
            "kernel_size": self.kernel_size,
            "dilation": self.dilation,
            "normalize": self.normalize,
            "recurrent": self.recurrent,
            "attention": self.attention,
            "initial_scale": self.initial_scale,
            "rescale": self.rescale,
        }


def _mean(x):
    """Over time and features, for each bin: (batch, 1, bins, 1)."""
    return ops.mean(ops.mean(x, axis=1, keepdims=True), axis=-1, keepdims=True)
