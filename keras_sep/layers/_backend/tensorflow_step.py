"""TensorFlow: one step of an LSTM, whose product is taken in two halves.

oneDNN gives a product to several threads when its operands exceed a core's second-level cache, and
that of a state with the kernel of 256 units, a megabyte, often just does. In a loop its threads
then wait, at every frame, for whatever else the graph has given them: three times as long as the
product takes. A half runs in the thread it is called from.
"""

import tensorflow as tf


def halves(values):
    """The last axis in two: input and forget gate, candidate and output gate."""
    return tf.split(values, 2, axis=-1)


def step(inputs, kernels, h, c):
    """The activated gates i, f, g and o, and the new h and c.

    Args:
        inputs: the input's part of the gates, two of (batch, 2 * units).
        kernels: the recurrent kernel, two of (units, 2 * units).
        h, c: state, each (batch, units).
    """
    z = [x + tf.matmul(h, kernel) for x, kernel in zip(inputs, kernels, strict=True)]
    i, f = halves(tf.sigmoid(z[0]))
    g, o = halves(z[1])
    g, o = tf.tanh(g), tf.sigmoid(o)
    c = f * c + i * g
    return (i, f, g, o), o * tf.tanh(c), c
