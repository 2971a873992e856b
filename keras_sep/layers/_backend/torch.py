"""PyTorch: Keras's own loop stays."""

from typing import Any

import torch

lstm: Any = None
instance_norm: Any = None
infer_gru: Any = None
infer_lstm: Any = None
gru: Any = None
depthwise: Any = None
root_gelu: Any = None
shared_product: Any = None
in_blocks: Any = None  # PyTorch has its own attention


def has_gpu() -> bool:
    """Whether Keras may use cuDNN."""
    return torch.cuda.is_available()


def has_attention() -> bool:
    """Whether Keras's attention holds few scores."""
    return True
