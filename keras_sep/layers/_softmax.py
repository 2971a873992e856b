"""A softmax over sequences of any length."""

from typing import Any

from keras import ops


def softmax(scores: Any) -> Any:
    """Over the last axis, without Keras's warning where that is known to be a single frame."""
    return ops.ones_like(scores) if scores.shape[-1] == 1 else ops.softmax(scores)
