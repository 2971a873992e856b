"""TensorFlow: the recurrence of an LSTM as a `while_loop` with a gradient of its own."""

import tensorflow as tf

from keras_sep.layers._backend.tensorflow_step import halves, step
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
            values, kept = _forward(gates, recurrent_kernel, h0, c0, reverse)
        else:
            values, kept = infer(gates, recurrent_kernel, h0, c0, reverse), None

        def gradient(d_outputs, d_h, d_c):
            outputs, cells, activated = (
                kept or _forward(gates, recurrent_kernel, h0, c0, reverse)[1]
            )
            d_gates, d_h0, d_c0 = _backward(
                activated,
                cells,
                _shift(cells, c0, reverse),
                recurrent_kernel,
                d_outputs,
                d_h,
                d_c,
                reverse,
            )
            d_kernel = tf.einsum("tbh,tbg->hg", _shift(outputs, h0, reverse), d_gates)
            return tuple(_first_order(d) for d in (d_gates, d_kernel, d_h0, d_c0))

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
    source = _array(gates)
    kernel = tf.convert_to_tensor(recurrent_kernel)  # read once, not once a frame

    def step(n, h, outputs):
        t = frames - 1 - n if reverse else n
        x_update, x_reset, x_candidate = tf.split(source.read(t), 3, axis=-1)
        inner = tf.split(tf.matmul(h, kernel) + recurrent_bias, 3, axis=-1)
        update = tf.sigmoid(x_update + inner[0])
        candidate = tf.tanh(x_candidate + tf.sigmoid(x_reset + inner[1]) * inner[2])
        h = candidate + update * (h - candidate)
        return n + 1, h, outputs.write(t, h)

    _, h, outputs = _loop(step, frames, (h, _array_like(gates, frames)))
    return outputs.stack(), h


def _forward(gates, recurrent_kernel, h, c, reverse):
    """The values of `lstm`, and what its gradient needs: outputs, cells, activated gates."""
    frames = tf.shape(gates)[0]
    source = _array(gates)
    kernels = halves(recurrent_kernel)
    empty = tuple(_array_like(gates, frames) for _ in range(6))

    def turn(n, h, c, *kept):
        t = frames - 1 - n if reverse else n
        activated, h, c = step(halves(source.read(t)), kernels, h, c)
        values = (h, c, *activated)
        return n + 1, h, c, *(array.write(t, x) for array, x in zip(kept, values, strict=True))

    _, h, c, *kept = _loop(turn, frames, (h, c, *empty))
    outputs, cells, *activated = (array.stack() for array in kept)
    return (outputs, h, c), (outputs, cells, activated)


def _backward(activated, cells, c_before, recurrent_kernel, d_outputs, d_h, d_c, reverse):
    """Gradients of the gates (frames, batch, 4 * units) and of the initial h and c.

    Everything that does not pass from frame to frame is computed for all frames at once.
    """
    i, f, g, o = activated
    squashed = tf.tanh(cells)
    slopes = tf.concat(
        [g * i * (1 - i), c_before * f * (1 - f), i * (1 - g * g), squashed * o * (1 - o)], axis=-1
    )
    h_to_c = o * (1 - squashed * squashed)
    frames = tf.shape(cells)[0]
    slopes, h_to_c, forget, d_outputs = (_array(x) for x in (slopes, h_to_c, f, d_outputs))
    # turned over once, not in every product
    kernels = tf.split(tf.transpose(recurrent_kernel), 2)

    def turn(n, d_h, d_c, d_gates):
        t = n if reverse else frames - 1 - n
        d_h += d_outputs.read(t)
        d_c += d_h * h_to_c.read(t)
        d_z = tf.concat([d_c, d_c, d_c, d_h], axis=-1) * slopes.read(t)
        d_h = tf.add_n([tf.matmul(d, k) for d, k in zip(halves(d_z), kernels, strict=True)])
        return n + 1, d_h, d_c * forget.read(t), d_gates.write(t, d_z)

    _, d_h, d_c, d_gates = _loop(turn, frames, (d_h, d_c, _array_like(cells, frames)))
    return d_gates.stack(), d_h, d_c


def _first_order(gradient):
    """The gradient as it is; an attempt to differentiate it again says why it cannot be."""
    message = "second-order gradients need `keras.layers.LSTM` here, which has the same weights"
    return tf.raw_ops.PreventGradient(input=gradient, message=message)


def _shift(values, first, reverse):
    """What each frame's step started from: the frame before's value, or the initial one."""
    first = first[tf.newaxis]
    if reverse:
        return tf.concat([values[1:], first], axis=0)
    return tf.concat([first, values[:-1]], axis=0)


def _loop(step, turns, state):
    """`step` for n from 0 to `turns` - 1, one at a time."""
    return tf.while_loop(
        lambda n, *_: n < turns,
        step,
        (0, *state),
        parallel_iterations=1,
        maximum_iterations=turns,
    )


def _array(values):
    return _array_like(values, tf.shape(values)[0]).unstack(values)


def _array_like(values, frames):
    return tf.TensorArray(values.dtype, frames, element_shape=None)
