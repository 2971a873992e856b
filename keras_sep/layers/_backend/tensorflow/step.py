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
    """The new h and c, the sigmoids of both first gates, and both others before their activation.

    Args:
        inputs: the input's part of the gates, two of (batch, 2 * units).
        kernels: the recurrent kernel, two of (units, 2 * units).
        h, c: state, each (batch, units).
    """
    first, second = (x + tf.matmul(h, kernel) for x, kernel in zip(inputs, kernels, strict=True))
    first = tf.sigmoid(first)
    i, f = halves(first)
    g, o = halves(second)
    c = f * c + i * tf.tanh(g)
    return tf.sigmoid(o) * tf.tanh(c), c, first, second
