"""TensorFlow: the recurrence of an LSTM as a `while_loop` with its own gradient."""

import functools

import tensorflow as tf

from keras_sep.layers._backend.tensorflow import sequential
from keras_sep.layers._backend.tensorflow.gradient import backward, forward
from keras_sep.layers._backend.tensorflow.stretches import infer


def lstm(gates, recurrent_kernel, h, c, reverse=False, training=False):
    """The recurrence of an LSTM over gates that already hold input product and bias.

    Without `training` the loop keeps outputs only, and a gradient that is asked for all the same
    runs it again.
    """
    graph = functools.partial(
        _graph, units=recurrent_kernel.shape[0], dtype=gates.dtype, reverse=reverse
    )

    @tf.custom_gradient
    def recurrence(*arguments):
        # or a tape that is open would have TensorFlow make the loops' own gradients, for nothing
        constants = [tf.stop_gradient(x) for x in arguments]
        if training:
            values, kept = graph(forward)(*constants)
        else:
            values, kept = graph(infer)(*constants), None

        def gradient(*d_values):
            needed = kept or graph(forward)(*constants)[1]
            gradients = graph(backward)(needed, *arguments[1:], *d_values)
            return tuple(_first_order(d) for d in gradients)

        return values, gradient

    # a variable would be closed over, which `custom_gradient` rejects: its value enters instead
    return recurrence(gates, tf.convert_to_tensor(recurrent_kernel), h, c)


def infer_lstm(x, kernel, bias, recurrent_kernel, h, c, reverse=False):
    """The recurrence of an LSTM from its inputs, without training."""
    units, dtype = recurrent_kernel.shape[0], x.dtype

    def from_gates(training, x, kernel, bias, recurrent_kernel, h, c):
        gates = input_product(x, kernel, bias)
        return lstm(gates, recurrent_kernel, h, c, reverse, training)

    from_inputs = _from_inputs(x.shape[-1], units, dtype, reverse)

    @tf.custom_gradient
    def recurrence(*arguments):
        constants = [tf.stop_gradient(x) for x in arguments]

        def gradient(*d_values):
            with tf.GradientTape() as tape:
                tape.watch(constants)
                values = from_gates(True, *constants)
            return tuple(_first_order(d) for d in tape.gradient(values, constants, d_values))

        values = tf.cond(
            tf.shape(x)[1] < sequential.least_rows(units),
            lambda: from_gates(False, *constants),
            lambda: from_inputs(*constants),
        )
        return values, gradient

    arguments = [tf.convert_to_tensor(x) for x in (x, kernel, bias, recurrent_kernel, h, c)]
    if units > sequential.MOST_UNITS:
        return from_gates(False, *arguments)
    return recurrence(*arguments)


def input_product(x, kernel, bias):
    """The gates' share of the inputs, as one matrix so that the bias is added in the same pass."""
    frames, batch = tf.unstack(tf.shape(x)[:2])
    gates = tf.nn.bias_add(tf.matmul(tf.reshape(x, (-1, x.shape[-1])), kernel), bias)
    return tf.reshape(gates, (frames, batch, kernel.shape[-1]))


@functools.cache
def _from_inputs(features, units, dtype, reverse):
    signature = (
        tf.TensorSpec((None, None, features), dtype),
        tf.TensorSpec((features, 4 * units), dtype),
        tf.TensorSpec((4 * units,), dtype),
        tf.TensorSpec((units, 4 * units), dtype),
        tf.TensorSpec((None, units), dtype),
        tf.TensorSpec((None, units), dtype),
    )
    return tf.function(
        functools.partial(sequential.infer, reverse=reverse),
        input_signature=signature,
        autograph=False,
    )


@functools.cache
def _graph(function, units, dtype, reverse):
    """One of the loops as a graph that all layers of this size call, instead of each its own."""
    frames = tf.TensorSpec((None, None, units), dtype)
    gates = tf.TensorSpec((None, None, 4 * units), dtype)
    kernel = tf.TensorSpec((units, 4 * units), dtype)
    state = tf.TensorSpec((None, units), dtype)
    kept = [frames, frames, tf.TensorSpec((None, None, 3 * units), dtype), frames]
    signature = {
        infer: (gates, kernel, state, state),
        forward: (gates, kernel, state, state),
        backward: (kept, kernel, state, state, frames, state, state),
    }[function]
    return tf.function(
        functools.partial(function, reverse=reverse), input_signature=signature, autograph=False
    )


def _first_order(gradient):
    """The gradient as it is; an attempt to differentiate it again says why it cannot be."""
    message = "second-order gradients need `keras.layers.LSTM` here, which has the same weights"
    return tf.raw_ops.PreventGradient(input=gradient, message=message)
