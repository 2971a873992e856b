"""TensorFlow: the recurrence of an LSTM without gradients, several stretches of time at once.

A step for one row reads the whole recurrent kernel, a megabyte at 256 units, to multiply it with
one row; for eight rows it does not take twice as long. So a sequence is cut into stretches,
which become rows of a batch. All but the first start from a state of zero. Then each is run again
from where the stretch before it ended, until its state agrees with that of the run before, from
where on its outputs are right; where the states do not agree to the end of a stretch, there is
another run. After as many runs as stretches the result is that of the sequential loop in any case.
A network forgets within a few stretches as a rule, so that two or three runs suffice.

The iteration is a fixed point over stretches of time as in Lions, Maday and Turinici, "A 'parareal'
in time discretization of PDE's", 2001, with zero as the coarse solution.
"""

import tensorflow as tf

from keras_sep.layers._backend.tensorflow import blocks
from keras_sep.layers._backend.tensorflow.step import parts, step

LEAST_FRAMES = 32  # in a stretch: shorter ones are run again to their end
MOST_ROWS = 8  # stretches times batch: more gained nothing when measured


def infer(gates, recurrent_kernel, h0, c0, reverse):
    """The values of `lstm`."""
    frames, batch, units = tf.shape(gates)[0], tf.shape(gates)[1], recurrent_kernel.shape[0]
    most = tf.maximum(1, tf.minimum(MOST_ROWS // tf.maximum(batch, 1), frames // LEAST_FRAMES))
    length = blocks.FRAMES * -(-frames // (blocks.FRAMES * most))  # of a stretch
    stretches = -(-frames // length)
    rows = stretches * batch

    gates = blocks.pad(gates, stretches * length - frames, reverse)
    gates = tf.reshape(gates, (stretches, length, batch, 4 * units))
    gates = tf.reshape(tf.transpose(gates, (1, 0, 2, 3)), (length, rows, 4 * units))
    sources = [blocks.split(part) for part in parts(gates)]
    kernels = parts(recurrent_kernel)
    last = 0 if reverse else length - 1

    def following(ends, start):
        """What each stretch starts from: the end of the one read before it."""
        parts = [ends[batch:], start] if reverse else [start, ends[: rows - batch]]
        return tf.ensure_shape(tf.concat(parts, axis=0), ends.shape)

    def turn(block, h, c, outputs, cells, _):
        values = []
        inputs = (blocks.read(source, block, reverse) for source in sources)
        for frame in zip(*inputs, strict=True):
            h, c, *_ = step(frame, kernels, h, c)
            values.append(h)
        end = block * blocks.FRAMES + (0 if reverse else blocks.FRAMES - 1)
        agree = _agree(h, outputs.read(end)) & _agree(c, cells.read(block))
        outputs = blocks.write(outputs, block, values, reverse)
        return h, c, outputs, cells.write(block, c), agree

    def run(h, c, outputs, cells, _):
        state = (following(h, h0), following(c, c0), outputs, cells, False)
        return blocks.loop(turn, length // blocks.FRAMES, state, reverse, until=lambda *s: s[-1])

    def nothing(times):
        """States that agree with none, as if of a run before the first: no output reaches 2."""
        values = tf.fill((times, rows, units), tf.constant(2.0, gates.dtype))
        return tf.TensorArray(gates.dtype, times, clear_after_read=False).unstack(values)

    zeros = tf.zeros((rows, units), gates.dtype)
    arrays = nothing(length), nothing(length // blocks.FRAMES)
    *_, outputs, cells, _ = tf.while_loop(
        lambda *state: tf.logical_not(state[-1]),
        run,
        (zeros, zeros, *arrays, False),
        parallel_iterations=1,
        maximum_iterations=stretches,
    )
    outputs = tf.reshape(outputs.stack(), (length, stretches, batch, units))
    outputs = tf.reshape(tf.transpose(outputs, (1, 0, 2, 3)), (-1, batch, units))
    outputs = outputs[-frames:] if reverse else outputs[:frames]
    c = cells.read(last // blocks.FRAMES)
    return outputs, outputs[0 if reverse else -1], c[:batch] if reverse else c[-batch:]


def _agree(a, b):
    """Whether two states differ by a few roundings at most."""
    tolerance = 1e-6 if a.dtype.size >= 4 else 1e-2
    return tf.reduce_all(tf.abs(a - b) <= tolerance * (1 + tf.abs(b)))
