"""The separator that is kept, with the weights that training has reached."""

import contextlib
from collections.abc import Iterator
from typing import Any

import keras

from keras_sep.training.lora import lora_of


@contextlib.contextmanager
def current_weights(
    model: keras.Model,
    separator: Any,
    network: keras.Model | None,
    average: keras.callbacks.SwapEMAWeights | None,
) -> Iterator[None]:
    """Give a separator the weights of the model that is trained, inside the block.

    Args:
        model: Model that is trained.
        separator: Separator that is kept.
        network: Network that is trained, if the separator has a copy of it; None if it has itself.
        average: Callback that replaces the weights by their moving average; None if there is no
            average.
    """
    with _averaged(model, average):
        lora = lora_of(model)
        if lora is not None:
            with lora.merged() as merged:  # the network that is kept may pad what it adapts
                separator.networks.set_weights((network or merged).get_weights())
        elif network is not None:
            separator.networks.set_weights(network.get_weights())
        yield


@contextlib.contextmanager
def _averaged(model: keras.Model, average: keras.callbacks.SwapEMAWeights | None) -> Iterator[None]:
    if average is None:
        yield
        return
    average.set_model(model)
    average.on_test_begin()
    try:
        yield
    finally:
        average.on_test_end()
