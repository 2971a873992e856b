"""PyTorch: Keras's own loop stays."""

from functools import partial
from typing import Any

import torch
from keras import ops

lstm: Any = None
instance_norm: Any = None
infer_gru: Any = None
infer_lstm: Any = None
gru: Any = None
depthwise: Any = None
shared_product = ops.matmul
gelu = partial(ops.gelu, approximate=False)
in_blocks: Any = None  # PyTorch has its own attention


def root_gelu(h):
    """GELU of `h` times the root of 2, times this root."""
    return h + h * ops.erf(h)


def has_gpu() -> bool:
    """Whether Keras may use cuDNN."""
    return torch.cuda.is_available()


def has_attention() -> bool:
    """Whether Keras's attention holds few scores."""
    return True
