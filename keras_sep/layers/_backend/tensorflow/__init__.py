"""TensorFlow: the recurrences as `while_loop`s, that of an LSTM with its own gradient."""

import tensorflow as tf

from keras_sep.layers._backend.tensorflow.depthwise import depthwise
from keras_sep.layers._backend.tensorflow.gru import gru, infer_gru
from keras_sep.layers._backend.tensorflow.in_blocks import in_blocks
from keras_sep.layers._backend.tensorflow.instance_norm import instance_norm
from keras_sep.layers._backend.tensorflow.less_kept import gelu, root_gelu, shared_product
from keras_sep.layers._backend.tensorflow.lstm import infer_lstm, lstm

__all__ = [
    "depthwise",
    "gelu",
    "gru",
    "has_attention",
    "has_gpu",
    "in_blocks",
    "infer_gru",
    "infer_lstm",
    "instance_norm",
    "lstm",
    "root_gelu",
    "shared_product",
]


def has_gpu() -> bool:
    """Whether Keras may use cuDNN."""
    return bool(tf.config.list_logical_devices("GPU"))


def has_attention() -> bool:
    """Whether Keras's attention holds few scores: it writes all."""
    return False
