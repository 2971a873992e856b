"""TensorFlow: the recurrence of an LSTM for training, and its gradient."""

import tensorflow as tf

from keras_sep.layers._backend.tensorflow import blocks
from keras_sep.layers._backend.tensorflow.step import parts, step


def forward(gates, recurrent_kernel, h0, c0, reverse):
    """The values of `lstm`, and what `backward` needs of them."""
    frames = tf.shape(gates)[0]
    turns = -(-frames // blocks.FRAMES)
    gates = blocks.pad(gates, turns * blocks.FRAMES - frames, reverse)
    sources = [blocks.split(part) for part in parts(gates)]
    kernels = parts(recurrent_kernel)

    def turn(block, h, c, *kept):
        values = []
        inputs = (blocks.read(source, block, reverse) for source in sources)
        for frame in zip(*inputs, strict=True):
            values.append(step(frame, kernels, h, c))
            h, c = values[-1][:2]
        columns = zip(kept, zip(*values, strict=True), strict=True)
        return h, c, *(blocks.write(a, block, column, reverse) for a, column in columns)

    arrays = (blocks.empty(gates.dtype, tf.shape(gates)[0]) for _ in range(4))
    _, c, *kept = blocks.loop(turn, turns, (h0, c0, *arrays), reverse)
    kept = [a.stack() for a in kept]
    outputs = kept[0][-frames:] if reverse else kept[0][:frames]
    return (outputs, outputs[0 if reverse else -1], c), kept


def backward(kept, recurrent_kernel, h0, c0, d_outputs, d_h, d_c, reverse):
    """Gradients of the arguments of `forward`.

    Everything that does not pass from frame to frame is computed for all frames at once.
    """
    outputs, cells, gates, g = kept
    i, f, o = tf.split(gates, 3, axis=-1)
    frames, batch, units = tf.shape(d_outputs)[0], tf.shape(d_outputs)[1], cells.shape[2]
    squashed = tf.tanh(cells)
    c_before, h_before = shift(cells, c0, reverse), shift(outputs, h0, reverse)
    slopes = tf.concat(
        [g * i * (1 - i), c_before * f * (1 - f), i * (1 - g * g), squashed * o * (1 - o)], axis=-1
    )
    h_to_c = o * (1 - squashed * squashed)
    # the last output is the last h: one gradient. Frames added to fill a block have none.
    last = d_outputs[:1] + d_h if reverse else d_outputs[-1:] + d_h
    d_outputs = blocks.joined(d_outputs[1:] if reverse else d_outputs[:-1], last, reverse)
    added = tf.shape(cells)[0] - frames
    d_outputs = blocks.joined(d_outputs, tf.zeros((added, batch, units), cells.dtype), reverse)
    sources = [blocks.split(x) for x in (d_outputs, h_to_c, slopes, f)]
    # turned over once, not in every product
    kernels = tf.split(tf.transpose(recurrent_kernel), 2)

    def turn(block, d_h, d_c, d_gates):
        d_block = []
        columns = (blocks.read(source, block, not reverse) for source in sources)
        for d_output, through, slope, forget in zip(*columns, strict=True):
            d_h += d_output
            d_c += d_h * through
            d_z = tf.concat([d_c, d_c, d_c, d_h], axis=-1) * slope
            halves = zip(tf.split(d_z, 2, axis=-1), kernels, strict=True)
            d_h = tf.add_n([tf.matmul(half, kernel) for half, kernel in halves])
            d_c *= forget
            d_block.append(d_z)
        return d_h, d_c, blocks.write(d_gates, block, d_block, not reverse)

    turns = tf.shape(cells)[0] // blocks.FRAMES
    state = (tf.zeros_like(d_h), d_c, blocks.empty(cells.dtype, tf.shape(cells)[0]))
    d_h, d_c, d_gates = blocks.loop(turn, turns, state, not reverse)
    d_gates = d_gates.stack()
    h_before, d_z = tf.reshape(h_before, (-1, units)), tf.reshape(d_gates, (-1, 4 * units))
    d_kernel = tf.matmul(h_before, d_z, transpose_a=True)
    d_gates = d_gates[-frames:] if reverse else d_gates[:frames]
    return d_gates, d_kernel, d_h, d_c


def shift(values, first, reverse):
    """What each frame's step started from: the frame before's value, or the initial one."""
    if reverse:
        return tf.concat([values[1:], first[tf.newaxis]], axis=0)
    return tf.concat([first[tf.newaxis], values[:-1]], axis=0)
