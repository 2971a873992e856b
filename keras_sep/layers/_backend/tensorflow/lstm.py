"""TensorFlow: the recurrence of an LSTM as a `while_loop` with a gradient of its own."""

import tensorflow as tf

from keras_sep.layers._backend.tensorflow.gradient import backward, forward
from keras_sep.layers._backend.tensorflow.stretches import infer


def lstm(gates, recurrent_kernel, h, c, reverse=False, training=False):
    """The recurrence of an LSTM over gates that already hold input product and bias.

    Without `training` the loop keeps outputs only, and a gradient that is asked for all the same
    runs it again.
    """

    @tf.custom_gradient
    def recurrence(gates, recurrent_kernel, h0, c0):
        if training:
            values, kept = forward(gates, recurrent_kernel, h0, c0, reverse)
        else:
            values, kept = infer(gates, recurrent_kernel, h0, c0, reverse), None

        def gradient(d_outputs, d_h, d_c):
            needed = kept or forward(gates, recurrent_kernel, h0, c0, reverse)[1]
            gradients = backward(needed, recurrent_kernel, h0, c0, d_outputs, d_h, d_c, reverse)
            return tuple(_first_order(d) for d in gradients)

        return values, gradient

    # a variable would be closed over, which `custom_gradient` rejects: its value enters instead
    return recurrence(gates, tf.convert_to_tensor(recurrent_kernel), h, c)


def _first_order(gradient):
    """The gradient as it is; an attempt to differentiate it again says why it cannot be."""
    message = "second-order gradients need `keras.layers.LSTM` here, which has the same weights"
    return tf.raw_ops.PreventGradient(input=gradient, message=message)
