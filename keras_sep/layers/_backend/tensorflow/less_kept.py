"""Operations whose gradients keep, and write, less than TensorFlow's own."""

import math

import tensorflow as tf


def shared_product(kernel, x):
    """`kernel`, (rows, columns), times every matrix of `x`, (batch, frames, columns, features).

    TensorFlow's own gradient makes a kernel of every frame, and adds them.
    """

    @tf.custom_gradient
    def product(kernel, x):
        def gradient(d_outputs):
            sides = (tf.transpose(side, (2, 0, 1, 3)) for side in (d_outputs, x))
            sides = (tf.reshape(side, (tf.shape(side)[0], -1)) for side in sides)
            return tf.matmul(*sides, transpose_b=True), tf.matmul(
                kernel, d_outputs, transpose_a=True
            )

        return tf.matmul(kernel, x), gradient

    return product(tf.convert_to_tensor(kernel), x)


@tf.custom_gradient
def gelu(x):
    """The exact GELU: its gradient keeps `x` alone."""

    def gradient(d_outputs):
        h = x * math.sqrt(0.5)
        density = tf.exp(-h * h) * (1 / math.sqrt(2 * math.pi))
        return d_outputs * (0.5 + 0.5 * tf.math.erf(h) + x * density)

    return tf.nn.gelu(x), gradient


@tf.custom_gradient
def root_gelu(h):
    """GELU of `h` times the root of 2, times this root: its gradient keeps `h` alone."""

    def gradient(d_outputs):
        slope = 1 + tf.math.erf(h) + h * tf.exp(-h * h) * (2 / math.sqrt(math.pi))
        return d_outputs * slope

    return h + h * tf.math.erf(h), gradient
