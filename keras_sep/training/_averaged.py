"""The moving average of the weights, for a while."""

import contextlib
from collections.abc import Iterator

import keras


@contextlib.contextmanager
def averaged(model: keras.Model, average: keras.callbacks.SwapEMAWeights | None) -> Iterator[None]:
    """Use the moving average of a model's weights, if there is one, inside the block.

    Args:
        model: Model that is trained.
        average: Callback that replaces the weights by their average; None if there is no average.
    """
    if average is None:
        yield
        return
    average.set_model(model)
    average.on_test_begin()
    try:
        yield
    finally:
        average.on_test_end()
