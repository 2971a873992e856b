"""What `keras.ops` cannot express, or not as fast: one module a Keras backend, same names in each.

`lstm(gates, recurrent_kernel, h, c, reverse, training) -> (outputs, h, c)` runs the recurrence
over gates whose input part was computed for all frames beforehand, and `gru(gates,
recurrent_kernel, recurrent_bias, h, reverse) -> (outputs, h)`, with the reset after the product,
likewise; `infer_lstm(x, kernel, bias, recurrent_kernel, h, c, reverse) -> (outputs, h, c)` takes
the input product itself, where that is faster without training, and `infer_gru(x, kernel, bias,
recurrent_kernel, recurrent_bias, h, reverse) -> (outputs, h)` likewise; `in_blocks(function, size,
*tensors)` applies a function of items, about so many at a time; `has_attention()` says whether
`keras.ops.dot_product_attention` needs no such thing; `depthwise(x, kernel)` convolves every
feature along the frames, of which the gradient is fast; `instance_norm(x, gamma, beta, epsilon)`
normalises float32 (batch, ..., features) like `InstanceNormalization`; `shared_product(kernel, x)`
is one matrix times every matrix of `x`, `gelu(x)` the exact one for training, and `root_gelu(h)`
is `h + h erf(h)`, of which the gradients are fast and keep little; `has_gpu()` says whether Keras
would look for cuDNN. Where a backend has nothing of its own, they are None. While a model is
traced for another runtime, `_backend.<name>` is that of `portable.py`. In the recurrences:

    x: (frames, batch, features).
    gates: (frames, batch, 4 * units), input product and bias, in Keras's order (input, forget,
        candidate, output); of a GRU (frames, batch, 3 * units) (update, reset, candidate).
    recurrent_kernel: (units, 4 * units); of a GRU (units, 3 * units), with a recurrent_bias
        (3 * units,).
    h, c: first the initial state, then the last, each (batch, units).
    reverse: run from the last frame to the first; outputs stay in the order of time.
    training: keep what the gradient needs. Where a backend knows by itself when a gradient is
        taken, it does not matter.
    outputs: (frames, batch, units).
"""

import importlib
from typing import Any

import keras

from keras_sep._portable import portable_operations
from keras_sep.layers._backend import portable

own = importlib.import_module(f"{__name__}.{keras.backend.backend()}")


def __getattr__(name: str) -> Any:
    return getattr(own if portable_operations() is None else portable, name)
