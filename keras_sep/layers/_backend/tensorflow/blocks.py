"""TensorFlow: blocks of frames, so many a turn of a loop: turns cost as much as short products."""

import tensorflow as tf

FRAMES = 4  # in a block: more gain little, and take longer to trace and compile
SHUT, OPEN = -1e4, 1e4  # gates whose sigmoid is exactly 0 or 1, also in float16


def pad(gates, added, reverse):
    """Gates with so many frames added after the last one read.

    Their input gate is shut and their forget gate open: they leave c as it was.
    """
    batch, units = tf.shape(gates)[1], gates.shape[2] // 4
    padding = tf.repeat(tf.constant([SHUT, OPEN, 0, 0], gates.dtype), units)
    return joined(gates, tf.broadcast_to(padding, (added, batch, 4 * units)), reverse)


def joined(frames, more, reverse):
    """`more` after `frames` in the order in which they are read."""
    return tf.concat([more, frames] if reverse else [frames, more], axis=0)


def split(frames):
    """Frames (frames, ...) as blocks (blocks, FRAMES, ...), to be read in a loop."""
    return tf.reshape(frames, tf.concat([[-1, FRAMES], tf.shape(frames)[1:]], axis=0))


def empty(dtype, frames):
    """An array of frames to be written in a loop."""
    return tf.TensorArray(dtype, frames, element_shape=None)


def read(source, block, reverse):
    """The frames of a block in the order of reading; no copies where TensorFlow can slice."""
    frames = tf.unstack(source[block], FRAMES)
    return frames[::-1] if reverse else frames


def write(target, block, frames, reverse):
    """The array of frames with a block written from frames in the order of reading."""
    for n, frame in enumerate(frames[::-1] if reverse else frames):
        target = target.write(block * FRAMES + n, frame)
    return target


def loop(turn, blocks, state, reverse, until=lambda *state: False):
    """`turn(block, *state)` for every block, from the last to the first if `reverse`.

    It ends early when `until(*state)`.
    """
    _, *final = tf.while_loop(
        lambda n, *state: tf.logical_and(n < blocks, tf.logical_not(until(*state))),
        lambda n, *state: (n + 1, *turn(blocks - 1 - n if reverse else n, *state)),
        (0, *state),
        parallel_iterations=1,
        maximum_iterations=blocks,
    )
    return tuple(final)
