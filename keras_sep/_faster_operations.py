"""Tracing a model with TensorFlow's operations that give the same numbers in less time."""

import contextlib
from collections.abc import Iterator
from functools import partial
from typing import Any

import keras

from keras_sep._keras import sublayers
from keras_sep._sub_pixels import sub_pixels
from keras_sep._winograd import winograd

LANES = 16  # float32 numbers in a register of a CPU
WIDE = 256  # channels from which sums of rows cost less than the products that they save
LEAST_EPSILON = 1.001e-5  # that TensorFlow's fused normalisation does not replace
EPSILON = 1e-3


@contextlib.contextmanager
def faster_operations(model: Any) -> Iterator[None]:
    """Have layers of Keras compute differently while a model is traced for inference.

    On the TensorFlow backend Keras normalises a batch in two passes over it, rearranges what it
    convolves with dilation before and after, and adds the bias of a transposed convolution in a
    pass of its own; and one with a single filter takes as long as one with sixteen. Inside the
    block they do not, and convolutions of three taps have half the products where channels are
    many. Weights, other backends and layers in training stay as they are.

    Args:
        model: The model about to be traced.

    Example:
        >>> import keras
        >>> from keras_sep._faster_operations import faster_operations
        >>> x = keras.random.normal((1, 4, 6, 32))
        >>> layer = keras.layers.Conv2DTranspose(1, 5, strides=2, padding="same")
        >>> model = keras.Sequential([keras.Input((4, 6, 32)), layer])
        >>> with faster_operations(model):
        ...     y = model(x)
        >>> bool(np.allclose(y, model(x), atol=1e-5))
        True
    """
    changed = []
    if keras.backend.backend() == "tensorflow" and isinstance(model, keras.Layer):
        for layer in sublayers(model):
            method, suits, faster = FASTER.get(type(layer), ("", None, None))
            if suits is not None and method not in vars(layer) and suits(layer):
                setattr(layer, method, partial(faster, layer))
                changed.append((layer, method))
    try:
        yield
    finally:
        for layer, method in changed:
            delattr(layer, method)


def _normalize(layer, inputs, training=None, mask=None):
    if training or inputs.dtype != "float32":
        return type(layer).call(layer, inputs, training=training, mask=mask)
    return _fused(
        inputs,
        layer.moving_mean,
        layer.moving_variance,
        layer.epsilon,
        layer.gamma if layer.scale else None,
        layer.beta if layer.center else None,
    )


def _convolve(layer, inputs, kernel):
    import tensorflow as tf

    if max(layer.dilation_rate) == 1:
        return winograd(inputs, kernel)
    padding = layer.padding.upper()
    return tf.nn.conv2d(inputs, kernel, layer.strides, padding, dilations=layer.dilation_rate)


def _convolve_transposed(layer, inputs):
    import tensorflow as tf

    narrow = 1 < layer.strides[0] * layer.strides[1] <= LANES // layer.filters
    if narrow and layer.padding == "same" and layer.output_padding is None:
        outputs = sub_pixels(inputs, layer.kernel, layer.strides)
    else:
        outputs = keras.ops.conv_transpose(
            inputs, layer.kernel, layer.strides, layer.padding, layer.output_padding
        )
    if layer.use_bias and layer.filters >= LANES and inputs.dtype == "float32":
        # a normalisation by one: unlike an addition, TensorFlow fuses it with a ReLU after it
        mean, variance = tf.zeros(layer.filters), tf.fill([layer.filters], 1 - EPSILON)
        outputs = _fused(outputs, mean, variance, EPSILON, None, layer.bias)
    elif layer.use_bias:
        outputs = outputs + layer.bias
    return outputs if layer.activation is None else layer.activation(outputs)


def _fused(x, mean, variance, epsilon, scale, offset):
    import tensorflow as tf

    scale, offset = (
        tf.fill(x.shape[-1:], default) if given is None else tf.convert_to_tensor(given)
        for given, default in ((scale, 1.0), (offset, 0.0))
    )
    mean, variance = tf.convert_to_tensor(mean), tf.convert_to_tensor(variance)
    return tf.compat.v1.nn.fused_batch_norm(
        x, scale, offset, mean, variance, epsilon, is_training=False
    )[0]


# class of layers: the method to replace, whether it suits a layer, and its replacement
FASTER: dict[type, tuple[str, Any, Any]] = {
    keras.layers.BatchNormalization: (
        "call",
        lambda x: (
            x.input_spec.ndim == 4
            and x.axis in (-1, 3)
            and x.moving_mean.shape[0] >= LANES
            and x.epsilon >= LEAST_EPSILON
        ),
        _normalize,
    ),
    keras.layers.Conv2D: (
        "convolution_op",
        lambda x: x.groups == 1 and _channels_last(x) and (max(x.dilation_rate) > 1 or _wide(x)),
        _convolve,
    ),
    keras.layers.Conv2DTranspose: (
        "call",
        lambda x: max(x.dilation_rate) == 1 and _channels_last(x),
        _convolve_transposed,
    ),
}


def _wide(layer):
    """Whether a convolution is one that `winograd` is faster at."""
    return (
        layer.built
        and layer.kernel.shape[0] == 3
        and layer.kernel.shape[2] >= WIDE
        and layer.strides == (1, 1)
        and layer.padding == "same"
        and layer.compute_dtype == "float32"
    )


def _channels_last(layer):
    return layer.data_format == "channels_last"
