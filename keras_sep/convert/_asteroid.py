"""Parts that the networks of asteroid 0.7 have in common, from its tensors to our layers."""

from typing import Any

import numpy as np

# buffers, and what is there but nothing reads
NOT_WEIGHTS = ("encoder.filterbank.torch_window", "encoder._sample_rate")
GAMMA_BETA = ("gamma", "beta")  # of its normalisations
FILTERS = "filterbank._filters"


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
