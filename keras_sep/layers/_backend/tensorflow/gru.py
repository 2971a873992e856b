"""TensorFlow: the recurrence of a GRU as a `while_loop`."""

import tensorflow as tf


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
