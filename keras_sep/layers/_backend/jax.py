"""JAX: the recurrence of an LSTM as a `lax.scan` with its own gradient."""

from functools import partial
from typing import Any

import jax
from jax import numpy as jnp
from keras import ops

instance_norm: Any = None
infer_gru: Any = None
infer_lstm: Any = None  # `lstm` is as fast
depthwise: Any = None
shared_product = ops.matmul
gelu = partial(ops.gelu, approximate=False)


def root_gelu(h):
    """GELU of `h` times the root of 2, times this root."""
    return h + h * ops.erf(h)


def has_gpu() -> bool:
    """Whether Keras may use cuDNN."""
    return any(device.platform == "gpu" for device in jax.devices())


def has_attention() -> bool:
    """Whether Keras's attention holds few scores: on accelerators it does."""
    return any(device.platform != "cpu" for device in jax.devices())


def in_blocks(function: Any, size: int, *tensors: Any) -> Any:
    """`function(*tensors)`, a function of each item alone, for `size` items at a time.

    A gradient runs the function again: nothing but `tensors` is kept for it.
    """
    one = jax.checkpoint(lambda item: function(*(x[None] for x in item))[0])
    return jax.lax.map(one, tensors, batch_size=max(size, 1))


def lstm(gates, recurrent_kernel, h, c, reverse=False, training=False):
    """The recurrence of an LSTM over gates that already hold input product and bias."""
    return _recurrence(reverse, gates, recurrent_kernel, h, c)


def gru(gates, recurrent_kernel, recurrent_bias, h, reverse=False):
    """The recurrence of a GRU (reset after the product); the gradient is JAX's."""

    def step(h, gate):
        x_update, x_reset, x_candidate = jnp.split(gate, 3, axis=-1)
        inner = jnp.split(h @ recurrent_kernel + recurrent_bias, 3, axis=-1)
        update = jax.nn.sigmoid(x_update + inner[0])
        candidate = jnp.tanh(x_candidate + jax.nn.sigmoid(x_reset + inner[1]) * inner[2])
        h = candidate + update * (h - candidate)
        return h, h

    h, outputs = jax.lax.scan(step, h, gates, reverse=reverse)
    return outputs, h


def _activations(z):
    i, f, g, o = jnp.split(z, 4, axis=-1)
    return jax.nn.sigmoid(i), jax.nn.sigmoid(f), jnp.tanh(g), jax.nn.sigmoid(o)


def _scan(reverse, keep, gates, recurrent_kernel, h, c):
    def step(state, gate):
        h, c = state
        z = gate + h @ recurrent_kernel
        i, f, g, o = _activations(z)
        c = f * c + i * g
        h = o * jnp.tanh(c)
        return (h, c), ((h, c, z) if keep else h)

    return jax.lax.scan(step, (h, c), gates, reverse=reverse)


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def _recurrence(reverse, gates, recurrent_kernel, h, c):
    (h, c), outputs = _scan(reverse, False, gates, recurrent_kernel, h, c)
    return outputs, h, c


def _forward(reverse, gates, recurrent_kernel, h0, c0):
    (h, c), (outputs, cells, z) = _scan(reverse, True, gates, recurrent_kernel, h0, c0)
    return (outputs, h, c), (outputs, cells, z, recurrent_kernel, h0, c0)


def _backward(reverse, kept, d_values):
    outputs, cells, z, recurrent_kernel, h0, c0 = kept
    d_outputs, d_h, d_c = d_values
    h_before, c_before = _shift(outputs, h0, reverse), _shift(cells, c0, reverse)
    i, f, g, o = _activations(z)
    squashed = jnp.tanh(cells)
    slopes = jnp.concatenate(
        [g * i * (1 - i), c_before * f * (1 - f), i * (1 - g * g), squashed * o * (1 - o)], axis=-1
    )
    h_to_c = o * (1 - squashed * squashed)

    def step(state, frame):
        d_h, d_c = state
        d_output, slope, through, forget = frame
        d_h = d_h + d_output
        d_c = d_c + d_h * through
        d_z = jnp.concatenate([d_c, d_c, d_c, d_h], axis=-1) * slope
        return (d_z @ recurrent_kernel.T, d_c * forget), d_z

    (d_h, d_c), d_gates = jax.lax.scan(
        step, (d_h, d_c), (d_outputs, slopes, h_to_c, f), reverse=not reverse
    )
    return d_gates, jnp.einsum("tbh,tbg->hg", h_before, d_gates), d_h, d_c


_recurrence.defvjp(_forward, _backward)


def _shift(values, first, reverse):
    """What each frame's step started from: the frame before's value, or the initial one."""
    if reverse:
        return jnp.concatenate([values[1:], first[None]])
    return jnp.concatenate([first[None], values[:-1]])
