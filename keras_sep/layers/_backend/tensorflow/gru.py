"""TensorFlow: the recurrence of a GRU as a `while_loop`."""

import tensorflow as tf

from keras_sep.layers._backend.tensorflow import blocks


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
