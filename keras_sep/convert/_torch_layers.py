"""Layers of PyTorch to ours, whose own shapes say what must be there."""

from collections.abc import Sequence
from typing import Any

import numpy as np


def set_dense(layer: Any, state: Any, name: str, axes: int = 0) -> None:
    """A `Linear`, or a convolution of one tap along so many axes, to a dense layer.

    A bias that ours does not have is that of an attention's keys, which does nothing.
    """
    features, units = layer.kernel.shape
    kernel = state.read(f"{name}.weight", units, features, *[1] * axes).reshape(units, features)
    has_bias = layer.use_bias or f"{name}.bias" in state
    biases = [state.read(f"{name}.bias", units)] if has_bias else []
    layer.set_weights([kernel.T, *biases][: 1 + layer.use_bias])


def set_norm(
    layer: Any, state: Any, name: str, parts: Sequence[str] = ("weight", "bias"), axes: int = 0
) -> None:
    """The scale and the shift of a normalisation, with so many axes of length one besides."""
    (features,) = layer.get_weights()[0].shape
    weights = [state.read(f"{name}.{part}", features, *[1] * axes) for part in parts]
    layer.set_weights([np.ravel(weight) for weight in weights])


def set_prelu(layer: Any, state: Any, name: str) -> None:
    """The slope, or one slope per feature."""
    slopes = state.read(f"{name}.weight", layer.alpha.shape[-1])
    layer.set_weights([slopes.reshape(layer.alpha.shape)])


def set_filterbank(layer: Any, state: Any, name: str) -> None:
    """The tensor of this name to an `AnalysisFilterbank` or `SynthesisFilterbank`."""
    taps, channels, filters = layer.get_weights()[0].shape
    layer.set_weights([state.read(name, filters, channels, taps).T])


def set_attention(block: Any, state: Any, name: str) -> None:
    """A `MultiheadAttention` to a `TransformerBlock`."""
    features = block.query.units
    kernels = np.split(state.read(f"{name}.in_proj_weight", 3 * features, features), 3)
    biases = np.split(state.read(f"{name}.in_proj_bias", 3 * features), 3)
    layers = block.query, block.key, block.value
    for layer, kernel, bias in zip(layers, kernels, biases, strict=True):
        layer.set_weights([kernel.T, bias][: 1 + layer.use_bias])  # none of the keys
    set_dense(block.projection, state, f"{name}.out_proj")
