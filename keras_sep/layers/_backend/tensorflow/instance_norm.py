"""Normalisation over everything but the features of an example, in one operation."""

import tensorflow as tf


def instance_norm(x, gamma, beta, epsilon):
    """Like `InstanceNormalization`, of float32 (batch, ..., features), without a mask.

    It is TensorFlow's normalisation of a batch in training, on every example by itself.
    """
    features = x.shape[-1]
    gamma, beta = tf.convert_to_tensor(gamma), tf.convert_to_tensor(beta)

    def one(steps):  # (steps, features)
        normalized, *_ = tf.raw_ops.FusedBatchNormV3(
            x=tf.reshape(steps, (1, -1, 1, features)),
            scale=gamma,
            offset=beta,
            mean=[],
            variance=[],
            epsilon=epsilon,
            is_training=True,
        )
        return tf.reshape(normalized, (-1, features))

    if x.shape[0] == 1:
        normalized = one(tf.reshape(x, (-1, features)))
    else:
        normalized = tf.map_fn(one, tf.reshape(x, (tf.shape(x)[0], -1, features)))
    return tf.ensure_shape(tf.reshape(normalized, tf.shape(x)), x.shape)
