"""Errors of a `tf.data` pipeline, reported as plainly as outside of one."""

import contextlib
import re
from collections.abc import Iterator

from keras_sep._tensorflow import tensorflow_errors


@contextlib.contextmanager
def plain_errors(advice: str = "") -> Iterator[None]:
    """Turn TensorFlow's report of an error of this package into a one-line `ValueError`.

    TensorFlow wraps an exception raised inside a pipeline in its own error, whose text holds
    the whole traceback. Other errors pass unchanged. A context manager and a decorator.

    Args:
        advice: Text appended to the message of an `AudioError`: what to do about bad audio. Default
            "".

    Example:

    >>> def read(number):
    ...     raise keras_sep.data.AudioError("song/vocals.wav", "sample 7 is NaN or infinite")
    >>> import tensorflow as tf
    >>> numbers = tf.data.Dataset.range(3)
    >>> with plain_errors():
    ...     list(numbers.map(lambda number: tf.numpy_function(read, [number], tf.float32)))
    Traceback (most recent call last):
    ValueError: song/vocals.wav: sample 7 is NaN or infinite
    """
    try:
        yield
    except tensorflow_errors() as error:
        message = re.search(r"\b(AudioError|CacheError|AugmentationError): (.+)", error.message)
        if message is None:
            raise
        of_audio = advice and message[1] == "AudioError"
        raise ValueError(f"{message[2]}; {advice}" if of_audio else message[2]) from None
