"""TensorFlow: a function of many items, a few at a time, so that what it makes fits the cache."""

from typing import Any

import tensorflow as tf


def in_blocks(function: Any, size: Any, *tensors: Any) -> Any:
    """`function(*tensors)`, a function of each item alone, for about `size` items at a time.

    A gradient runs the function again, likewise: nothing but `tensors` is kept for it. To what
    `function` closes over there is none.
    """

    @tf.custom_gradient
    def whole(*tensors):
        constants = [tf.stop_gradient(x) for x in tensors]

        def gradient(upstream):
            real = [x.dtype.is_floating for x in constants]

            def block_gradient(upstream, *block):
                watched = [x for x, is_real in zip(block, real, strict=True) if is_real]
                with tf.GradientTape() as tape:
                    tape.watch(watched)
                    outputs = function(*block)
                return tape.gradient(outputs, watched, upstream)

            found = iter(_mapped(block_gradient, size, (upstream, *constants)))
            return tuple(next(found) if is_real else None for is_real in real)

        (outputs,) = _mapped(lambda *block: (function(*block),), size, constants)
        return outputs, gradient

    return whole(*tensors)


def _mapped(function, size, tensors):
    """The tensors that `function` returns of blocks, joined."""
    items = tf.shape(tensors[0])[0]
    blocks = tf.maximum(items // tf.maximum(size, 1), 1)
    size = items // blocks
    whole = blocks * size

    def split(x):
        return tf.reshape(x[:whole], tf.concat([[blocks, size], tf.shape(x)[1:]], axis=0))

    def turn(n, *arrays):
        values = function(*(_item(x, n) for x in stacks))
        return n + 1, *(a.write(n, value) for a, value in zip(arrays, values, strict=True))

    stacks = [split(x) for x in tensors]
    rest = function(*(x[whole:] for x in tensors))
    arrays = (tf.TensorArray(x.dtype, blocks, element_shape=(None, *x.shape[1:])) for x in rest)
    _, *arrays = tf.while_loop(
        lambda n, *_: n < blocks,
        turn,
        (0, *arrays),
        parallel_iterations=1,
        maximum_iterations=blocks,
    )
    return tuple(
        tf.concat([tf.reshape(a.stack(), tf.concat([[whole], tf.shape(x)[1:]], 0)), x], axis=0)
        for a, x in zip(arrays, rest, strict=True)
    )


def _item(stack, n):
    block = stack[n]
    block.set_shape((None, *stack.shape[2:]))
    return block
