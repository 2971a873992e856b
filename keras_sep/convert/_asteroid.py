"""Parts that the networks of asteroid 0.7 have in common, from its tensors to our layers."""

from typing import Any

import numpy as np

# buffers, and what is there but nothing reads
NOT_WEIGHTS = ("encoder.filterbank.torch_window", "encoder._sample_rate")


def set_pointwise(layer: Any, state: Any, name: str, features: Any) -> None:
    """A 1x1 convolution, or a dense layer where `Conv1d` holds it, to a dense layer."""
    outputs = layer.units
    kernel = state.read(f"{name}.weight", outputs, features, 1)[..., 0].T
    layer.set_weights([kernel, state.read(f"{name}.bias", outputs)])


def set_norm(layer: Any, state: Any, name: str, features: Any) -> None:
    """gLN, cgLN or cLN: asteroid calls scale and shift gamma and beta."""
    layer.set_weights([state.read(f"{name}.{part}", features) for part in ("gamma", "beta")])


def set_filterbank(
    layer: Any,
    state: Any,
    name: str,
    filters: int,
    channels: int,
    kernel_size: int | tuple[int, int],
) -> None:
    """The filters of an encoder or decoder."""
    kernels = state.read(f"{name}.filterbank._filters", filters, channels, kernel_size)
    layer.set_weights([kernels.transpose(2, 1, 0)])


def set_prelu(layer: Any, state: Any, name: str) -> None:
    """One slope for everything."""
    layer.set_weights([state.read(f"{name}.weight", 1).reshape(layer.alpha.shape)])


def set_mask_head(
    layer: Any, state: Any, name: str, features: Any, filters: int, sources: int
) -> None:
    """The convolution, or dense layer, that makes masks.

    Theirs run over sources slowest, ours over filters.
    """
    pointwise = (1,) * (len(np.shape(state.tensors.get(f"{name}.weight"))) - 2)
    kernel = state.read(f"{name}.weight", sources * filters, features, *pointwise)
    kernel = kernel.reshape(sources, filters, features).transpose(2, 1, 0)
    bias = state.read(f"{name}.bias", sources * filters).reshape(sources, filters).T
    layer.set_weights([np.reshape(kernel, (features, -1)), np.reshape(bias, -1)])
