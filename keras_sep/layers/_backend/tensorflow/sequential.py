"""TensorFlow: recurrences without gradients for many rows, frame after frame.

Where a step has rows enough to keep a core busy, the input product need not be taken beforehand. A
gate is then one fused operation of oneDNN, activation and all, and the gates of a whole recording
are never in memory, which costs more than the products do.
"""

import tensorflow as tf

from keras_sep.layers._backend.tensorflow import blocks

LEAST_ROWS = 32  # up to 256 units, whose kernels stay in a core's cache from frame to frame
MOST_UNITS = 512


def least_rows(units):
    """Rows from which on it takes less time: more where kernels are read again for every frame."""
    return LEAST_ROWS * -(-units // 256)


def infer(x, kernel, bias, recurrent_kernel, h, c, reverse):
    """The values of `lstm` from its inputs (frames, batch, features)."""
    frames = tf.shape(x)[0]
    kernels = tf.split(tf.concat([kernel, recurrent_kernel], axis=0), 4, axis=-1)
    biases = tf.split(bias, 4)
    activations = tf.sigmoid, tf.sigmoid, tf.tanh, tf.sigmoid

    def turn(t, h, c, outputs):
        both = tf.concat([x[t], h], axis=-1)
        i, f, g, o = (
            activation(tf.nn.bias_add(tf.matmul(both, kernel), bias))
            for activation, kernel, bias in zip(activations, kernels, biases, strict=True)
        )
        c = f * c + i * g
        h = o * tf.tanh(c)
        return h, c, outputs.write(t, h)

    h, c, outputs = blocks.loop(turn, frames, (h, c, blocks.empty(x.dtype, frames)), reverse)
    return outputs.stack(), h, c


def infer_gru(x, kernel, bias, recurrent_kernel, recurrent_bias, h, reverse):
    """The values of `gru` from its inputs (frames, batch, features)."""
    frames = tf.shape(x)[0]
    *kernels, x_kernel = tf.split(kernel, 3, axis=-1)
    *recurrent, h_kernel = tf.split(recurrent_kernel, 3, axis=-1)
    *biases, x_bias = tf.split(bias, 3)
    *recurrent_biases, h_bias = tf.split(recurrent_bias, 3)
    gates = [
        (tf.concat([kernel, below], axis=0), bias + other)
        for kernel, below, bias, other in zip(
            kernels, recurrent, biases, recurrent_biases, strict=True
        )
    ]

    def turn(t, h, outputs):
        both = tf.concat([x[t], h], axis=-1)
        update, reset = (
            tf.sigmoid(tf.nn.bias_add(tf.matmul(both, kernel), bias)) for kernel, bias in gates
        )
        inner = tf.nn.bias_add(tf.matmul(h, h_kernel), h_bias)
        candidate = tf.tanh(tf.nn.bias_add(tf.matmul(x[t], x_kernel), x_bias) + reset * inner)
        h = candidate + update * (h - candidate)
        return h, outputs.write(t, h)

    h, outputs = blocks.loop(turn, frames, (h, blocks.empty(x.dtype, frames)), reverse)
    return outputs.stack(), h
