"""TensorFlow: the recurrence of an LSTM as a `while_loop` with a gradient of its own."""

import tensorflow as tf

from keras_sep.layers._backend.tensorflow_gradient import backward, forward
from keras_sep.layers._backend.tensorflow_stretches import infer


def has_gpu() -> bool:
    """Whether Keras may use cuDNN."""
    return bool(tf.config.list_logical_devices("GPU"))


def lstm(gates, recurrent_kernel, h, c, reverse=False, training=False):
    """The recurrence of an LSTM over gates that already hold input product and bias.

    Args:
        gates: (frames, batch, 4 * units), in Keras's order: input, forget, candidate, output.
        recurrent_kernel: (units, 4 * units).
        h, c: initial state, each (batch, units).
        reverse: run from the last frame to the first; outputs stay in the order of time.
        training: keep what the gradient needs. Without, the loop keeps outputs only, and a gradient
            that is asked for all the same runs it again.

    Returns:
        outputs (frames, batch, units) and the last h and c.
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


def gru(gates, recurrent_kernel, recurrent_bias, h, reverse=False):
    """The recurrence of a GRU (reset after the product); the gradient is TensorFlow's.

    Args:
        gates: (frames, batch, 3 * units), input product and bias: update, reset, candidate.
        recurrent_kernel: (units, 3 * units).
        recurrent_bias: (3 * units,).
        h: initial state, (batch, units).
        reverse: run from the last frame to the first; outputs stay in the order of time.

    Returns:
        outputs (frames, batch, units) and the last h.
    """
    frames = tf.shape(gates)[0]
    source = tf.TensorArray(gates.dtype, frames).unstack(gates)
    kernel = tf.convert_to_tensor(recurrent_kernel)  # read once, not once a frame

    def step(n, h, outputs):
        t = frames - 1 - n if reverse else n
        x_update, x_reset, x_candidate = tf.split(source.read(t), 3, axis=-1)
        inner = tf.split(tf.matmul(h, kernel) + recurrent_bias, 3, axis=-1)
        update = tf.sigmoid(x_update + inner[0])
        candidate = tf.tanh(x_candidate + tf.sigmoid(x_reset + inner[1]) * inner[2])
        h = candidate + update * (h - candidate)
        return n + 1, h, outputs.write(t, h)

    outputs = tf.TensorArray(gates.dtype, frames, element_shape=None)
    _, h, outputs = tf.while_loop(
        lambda n, *_: n < frames,
        step,
        (0, h, outputs),
        parallel_iterations=1,
        maximum_iterations=frames,
    )
    return outputs.stack(), h


def _first_order(gradient):
    """The gradient as it is; an attempt to differentiate it again says why it cannot be."""
    message = "second-order gradients need `keras.layers.LSTM` here, which has the same weights"
    return tf.raw_ops.PreventGradient(input=gradient, message=message)
