"""TensorFlow: one step of an LSTM, whose product is taken in two parts.

oneDNN gives a product to several threads when its operands exceed a core's second-level cache, and
that of a state with the kernel of 256 units, a megabyte, often just does. In a loop its threads
then wait, at every frame, for whatever else the graph has given them. A part runs in the thread it
is called from (`benchmarks/results/recurrent_choices.md`).
"""

import tensorflow as tf


def parts(values):
    """The last axis, in Keras's order, as what a sigmoid takes (i, f, o) and what a tanh takes (g).

    (Input, forget and output gate, and the candidate.)
    """
    units = values.shape[-1] // 4
    i_f, g, o = tf.split(values, [2 * units, units, units], axis=-1)
    return tf.concat([i_f, o], axis=-1), g


def step(inputs, kernels, h, c):
    """The new h and c, the three gates and the candidate.

    Args:
        inputs: the input's share, `parts` of it: (batch, 3 * units) and (batch, units).
        kernels: the recurrent kernel, `parts` of it.
        h, c: state, each (batch, units).
    """
    gates, candidate = (x + tf.matmul(h, kernel) for x, kernel in zip(inputs, kernels, strict=True))
    gates, candidate = tf.sigmoid(gates), tf.tanh(candidate)
    i, f, o = tf.split(gates, 3, axis=-1)
    c = f * c + i * candidate
    return o * tf.tanh(c), c, gates, candidate
