"""Tracing a model with operations that exist on every processor."""

import contextlib
from collections.abc import Iterator

import keras

from keras_sep._keras import sublayers


@contextlib.contextmanager
def portable(model: keras.Model) -> Iterator[keras.Model]:
    """Keep cuDNN out of what is traced inside the block.

    A recurrent layer that is traced on a GPU puts cuDNN operations into the graph, which do not run
    on a CPU. Inside the block all recurrent layers of the model use a loop that runs anywhere;
    afterwards each has its own setting again.

    Args:
        model: The model about to be traced.

    Example:
        >>> import keras
        >>> from keras_sep.export._portable import portable
        >>> layer = keras.layers.LSTM(3)
        >>> with portable(keras.Sequential([keras.Input((None, 2)), layer])):
        ...     print(layer.use_cudnn)
        False
        >>> print(layer.use_cudnn)
        auto
    """
    recurrent = [layer for layer in sublayers(model) if hasattr(layer, "use_cudnn")]
    settings = [layer.use_cudnn for layer in recurrent]
    try:
        for layer in recurrent:
            layer.use_cudnn = False
        yield model
    finally:
        for layer, setting in zip(recurrent, settings, strict=True):
            layer.use_cudnn = setting
