"""TensorFlow: the recurrence of an LSTM without gradients, several stretches of time at once.

A step for one row reads the whole recurrent kernel, a megabyte at 256 units, to multiply it with
one row; for sixteen rows it takes two to three times as long. So a sequence is cut into stretches,
which become rows of a batch. All but the first start from a state of zero. Then each is run again
from where the stretch before it ended, until its state agrees with that of the run before, from
where on its outputs are right; where the states do not agree to the end of a stretch, there is
another run. After as many runs as stretches the result is that of the sequential loop in any case.
A network forgets within a few stretches as a rule, so that two or three runs suffice.

The iteration is a fixed point over stretches of time as in Lions, Maday and Turinici, "A 'parareal'
in time discretization of PDE's", 2001, with zero as the coarse solution.
"""

import tensorflow as tf

from keras_sep.layers._backend.tensorflow_blocks import FRAMES, pad
from keras_sep.layers._backend.tensorflow_step import halves, step

LEAST_FRAMES = 32  # in a stretch: shorter ones are run again to their end
MOST_ROWS = 8  # stretches times batch: more gained nothing when measured


def infer(gates, recurrent_kernel, h, c, reverse):
    """The values of `lstm` in `tensorflow.py`."""
    frames, batch, units = tf.shape(gates)[0], tf.shape(gates)[1], recurrent_kernel.shape[0]
    kernels = halves(recurrent_kernel)
    most = tf.maximum(1, tf.minimum(MOST_ROWS // tf.maximum(batch, 1), frames // LEAST_FRAMES))
    blocks = -(-frames // (FRAMES * most))  # in a stretch
    stretches = -(-frames // (FRAMES * blocks))
    rows = stretches * batch
    added = stretches * blocks * FRAMES - frames

    gates = pad(gates, added, reverse)
    gates = tf.reshape(gates, (stretches, blocks * FRAMES, batch, 2, 2 * units))
    gates = tf.transpose(gates, (1, 3, 0, 2, 4))  # both halves of a frame after each other
    source = tf.TensorArray(gates.dtype, blocks, clear_after_read=False).unstack(
        tf.reshape(gates, (blocks, 2 * FRAMES, rows, 2 * units))
    )

    def following(ends, start):
        """What each stretch starts from: the end of the one read before it."""
        parts = [ends[batch:], start] if reverse else [start, ends[: rows - batch]]
        return tf.ensure_shape(tf.concat(parts, axis=0), ends.shape)

    def turn(n, h, c, outputs, cells):
        t = blocks - 1 - n if reverse else n
        parts = tf.unstack(source.read(t), 2 * FRAMES)
        inputs = list(zip(parts[::2], parts[1::2], strict=True))
        block = []
        for frame in reversed(inputs) if reverse else inputs:
            h, c, *_ = step(frame, kernels, h, c)
            block.append(h)
        outputs = outputs.write(t, tf.stack(block[::-1] if reverse else block))
        return n + 1, h, c, outputs, cells.write(t, c)

    def again(n, h, c, outputs, cells, agree):
        t = blocks - 1 - n if reverse else n
        before = outputs.read(t)[0 if reverse else -1], cells.read(t)
        n, h, c, outputs, cells = turn(n, h, c, outputs, cells)
        agree = tf.logical_and(_agree(h, before[0]), _agree(c, before[1]))
        return n, h, c, outputs, cells, agree

    def run(runs, h, c, outputs, cells, agree):
        _, h, c, outputs, cells, agree = tf.while_loop(
            lambda n, h, c, outputs, cells, agree: tf.logical_and(
                n < blocks, tf.logical_not(agree)
            ),
            again,
            (0, following(h, h0), following(c, c0), outputs, cells, False),
            parallel_iterations=1,
            maximum_iterations=blocks,
        )
        return runs + 1, h, c, outputs, cells, agree

    h0, c0 = h, c
    nothing = tf.zeros((rows, units), gates.dtype)
    _, h, c, outputs, cells = tf.while_loop(
        lambda n, *_: n < blocks,
        turn,
        (
            0,
            following(nothing, h0),
            following(nothing, c0),
            tf.TensorArray(
                gates.dtype,
                blocks,
                clear_after_read=False,
                element_shape=(FRAMES, None, units),
            ),
            tf.TensorArray(
                gates.dtype, blocks, clear_after_read=False, element_shape=(None, units)
            ),
        ),
        parallel_iterations=1,
        maximum_iterations=blocks,
    )
    *_, outputs, cells, _ = tf.while_loop(
        lambda runs, _h, _c, _outputs, _cells, agree: tf.logical_and(
            runs < stretches, tf.logical_not(agree)
        ),
        run,
        (1, h, c, outputs, cells, False),
        parallel_iterations=1,
        maximum_iterations=stretches,
    )

    outputs = tf.reshape(outputs.stack(), (blocks * FRAMES, stretches, batch, units))
    outputs = tf.reshape(tf.transpose(outputs, (1, 0, 2, 3)), (-1, batch, units))
    outputs = outputs[-frames:] if reverse else outputs[:frames]
    last = cells.read(0 if reverse else blocks - 1)
    return outputs, outputs[0 if reverse else -1], last[:batch] if reverse else last[-batch:]


def _agree(a, b):
    """Whether two states differ by a few roundings at most."""
    tolerance = 1e-6 if a.dtype.size >= 4 else 1e-2
    return tf.reduce_all(tf.abs(a - b) <= tolerance * (1 + tf.abs(b)))
