"""TensorFlow: the recurrence of a GRU as a `while_loop`."""

import functools

import tensorflow as tf

from keras_sep.layers._backend.tensorflow import blocks, sequential


def gru(gates, recurrent_kernel, recurrent_bias, h, reverse=False):
    """The recurrence of a GRU (reset after the product); the gradient is TensorFlow's."""
    frames = tf.shape(gates)[0]
    # an array, not slices as in `blocks`: their gradient would be as long as the sequence, each
    source = tf.TensorArray(gates.dtype, frames).unstack(gates)
    kernel = tf.convert_to_tensor(recurrent_kernel)  # read once, not once a frame

    def turn(t, h, outputs):
        x_update, x_reset, x_candidate = tf.split(source.read(t), 3, axis=-1)
        inner = tf.split(tf.matmul(h, kernel) + recurrent_bias, 3, axis=-1)
        update = tf.sigmoid(x_update + inner[0])
        candidate = tf.tanh(x_candidate + tf.sigmoid(x_reset + inner[1]) * inner[2])
        h = candidate + update * (h - candidate)
        return h, outputs.write(t, h)

    h, outputs = blocks.loop(turn, frames, (h, blocks.empty(gates.dtype, frames)), reverse)
    return outputs.stack(), h


def infer_gru(x, kernel, bias, recurrent_kernel, recurrent_bias, h, reverse=False):
    """The recurrence of a GRU from its inputs, without training.

    A gradient that is asked for all the same runs `gru`.
    """

    def from_gates(x, kernel, bias, recurrent_kernel, recurrent_bias, h):
        gates = tf.matmul(x, kernel) + bias
        return gru(gates, recurrent_kernel, recurrent_bias, h, reverse)

    units = recurrent_kernel.shape[0]
    from_inputs = functools.partial(sequential.infer_gru, reverse=reverse)

    @tf.custom_gradient
    def recurrence(*arguments):
        constants = [tf.stop_gradient(x) for x in arguments]

        def gradient(*d_values):
            with tf.GradientTape() as tape:
                tape.watch(constants)
                values = from_gates(*constants)
            return tape.gradient(values, constants, d_values)

        values = tf.cond(
            tf.shape(x)[1] < sequential.least_rows(units),
            lambda: from_gates(*constants),
            lambda: from_inputs(*constants),
        )
        return values, gradient

    arguments = [
        tf.convert_to_tensor(x) for x in (x, kernel, bias, recurrent_kernel, recurrent_bias, h)
    ]
    if units > sequential.MOST_UNITS:
        return from_gates(*arguments)
    return recurrence(*arguments)
