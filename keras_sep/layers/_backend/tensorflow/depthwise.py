"""TensorFlow: a depthwise convolution along frames, with its own gradient."""

import tensorflow as tf


def depthwise(x, kernel):
    """(sequences, frames, features) zero-padded, by a kernel (taps, features, 1) of odd length.

    On a CPU TensorFlow's own gradient of a long kernel takes ten times as long.
    """

    @tf.custom_gradient
    def convolve(x, kernel):
        def gradient(d_outputs):
            d_kernel = _correlated(x, d_outputs, kernel.shape[0])
            return _convolved(d_outputs, kernel[::-1]), d_kernel[..., None]

        return _convolved(x, kernel), gradient

    return convolve(x, tf.convert_to_tensor(kernel))


def _convolved(x, kernel):
    outputs = tf.nn.depthwise_conv2d(x[:, None], kernel[None], [1, 1, 1, 1], "SAME")
    return outputs[:, 0]


def _correlated(x, y, taps):
    """Sums of the products of `y` with `x` zero-padded, shifted by each tap: (taps, features).

    In blocks of as many frames as there are taps, all products of a frame with another are one
    product of matrices for each feature, and the sums are along its diagonals.
    """
    frames, features, reach = tf.shape(x)[1], x.shape[-1], taps // 2
    blocks = -(-frames // taps)
    missing = blocks * taps - frames

    def by_blocks(x, before, after):
        """(features, sequences, blocks, taps)"""
        padded = tf.pad(tf.transpose(x, (2, 0, 1)), ((0, 0), (0, 0), (before, after)))
        return tf.reshape(padded, (features, tf.shape(x)[0], -1, taps))

    y = by_blocks(y, 0, missing)
    x = by_blocks(x, reach, missing + taps - reach)
    x = tf.concat([x[:, :, :-1], x[:, :, 1:]], axis=-1)
    x, y = (tf.reshape(z, (features, -1, width)) for z, width in ((x, 2 * taps), (y, taps)))
    products = tf.matmul(y, x, transpose_a=True)  # (features, taps, 2 * taps)
    # read in rows that are one number longer, every diagonal is a column
    flat = tf.pad(tf.reshape(products, (features, -1)), ((0, 0), (0, taps)))
    skewed = tf.reshape(flat, (features, taps, 2 * taps + 1))
    return tf.transpose(tf.reduce_sum(skewed[:, :, :taps], axis=1))
