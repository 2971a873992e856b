"""LSTM and GRU as operations that LiteRT has: loops, or few steps written out."""

from typing import Any

from keras_sep._portable import PortableOperations

UNROLLED = 8  # time steps, as a stream has, that are written out: LiteRT is slow in a loop


def litert_operations(tf: Any) -> PortableOperations:
    """The recurrences of a graph whose lengths are all known."""

    def scanned(step, gates, state, reverse):
        frames = gates.shape[0]
        if frames <= UNROLLED:
            outputs = [None] * frames
            for at in reversed(range(frames)) if reverse else range(frames):
                state = step(gates[at], *state)
                outputs[at] = state[0]
            return tf.stack(outputs), *state

        outputs = tf.zeros((frames, *state[0].shape), gates.dtype)

        def turn(t, outputs, *state):
            at = frames - 1 - t if reverse else t
            state = step(gates[at], *state)
            outputs = tf.tensor_scatter_nd_update(outputs, [[at]], state[0][None])
            return t + 1, outputs, *state

        _, outputs, *state = tf.while_loop(
            lambda t, *_: t < frames, turn, (0, outputs, *state), maximum_iterations=frames
        )
        return outputs, *state

    def infer_lstm(x, kernel, bias, recurrent_kernel, h, c, reverse=False):
        gates = _product(tf, x, kernel, bias)

        def step(gate, h, c):
            i, f, g, o = tf.split(gate + tf.matmul(h, recurrent_kernel), 4, axis=-1)
            c = tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(g)
            return tf.sigmoid(o) * tf.tanh(c), c

        return scanned(step, gates, (h, c), reverse)

    def infer_gru(x, kernel, bias, recurrent_kernel, recurrent_bias, h, reverse=False):
        gates = _product(tf, x, kernel, bias)

        def step(gate, h):
            x_update, x_reset, x_candidate = tf.split(gate, 3, axis=-1)
            inner = tf.split(tf.matmul(h, recurrent_kernel) + recurrent_bias, 3, axis=-1)
            update = tf.sigmoid(x_update + inner[0])
            candidate = tf.tanh(x_candidate + tf.sigmoid(x_reset + inner[1]) * inner[2])
            return (candidate + update * (h - candidate),)

        return scanned(step, gates, (h,), reverse)

    return PortableOperations(infer_lstm, infer_gru, fft_from=512)


def _product(tf, x, kernel, bias):
    frames, batch, features = x.shape
    gates = tf.matmul(tf.reshape(x, (-1, features)), kernel) + bias
    return tf.reshape(gates, (frames, batch, kernel.shape[-1]))
