"""Any other runtime: what `keras.ops` have, and its own recurrences."""

import math
from functools import partial
from typing import Any

from keras import ops

from keras_sep._portable import portable_operations

ROOT = math.sqrt(2)
instance_norm: Any = None
depthwise: Any = None
shared_product = ops.matmul
gelu = partial(ops.gelu, approximate=False)


def _runtime() -> Any:
    return portable_operations()


def __getattr__(name: str) -> Any:
    if name in ("infer_lstm", "infer_gru"):
        return getattr(_runtime(), name)
    raise AttributeError(name)


def lstm(gates, recurrent_kernel, h, c, reverse=False, training=False):
    """The recurrence of an LSTM over gates that already hold input product and bias."""
    identity = ops.eye(gates.shape[-1], dtype=gates.dtype)
    bias = ops.zeros(gates.shape[-1:], gates.dtype)
    return _runtime().infer_lstm(gates, identity, bias, recurrent_kernel, h, c, reverse=reverse)


def gru(gates, recurrent_kernel, recurrent_bias, h, reverse=False):
    """The recurrence of a GRU over gates that already hold input product and bias."""
    identity = ops.eye(gates.shape[-1], dtype=gates.dtype)
    bias = ops.zeros(gates.shape[-1:], gates.dtype)
    return _runtime().infer_gru(
        gates, identity, bias, recurrent_kernel, recurrent_bias, h, reverse=reverse
    )


def root_gelu(h):
    """GELU of `h` times the root of 2, times this root."""
    # LiteRT has no error function, but this
    return ROOT * ops.gelu(ROOT * h, approximate=False)


def in_blocks(function, size, *tensors):
    """`function(*tensors)`: of all items at once."""
    return function(*tensors)


def has_gpu() -> bool:
    """Whether Keras may use cuDNN."""
    return False


def has_attention() -> bool:
    """Whether Keras's attention holds few scores."""
    return False
