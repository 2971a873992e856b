"""PyTorch: Keras's own loop stays."""

from typing import Any

import torch

lstm: Any = None
infer_lstm: Any = None
gru: Any = None


def has_gpu() -> bool:
    """Whether Keras may use cuDNN."""
    return torch.cuda.is_available()
