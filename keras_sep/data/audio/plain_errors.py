"""Bad audio met inside a `tf.data` pipeline, said as outside of it."""

import contextlib
import re
from collections.abc import Iterator

from keras_sep._tensorflow import tensorflow_errors


@contextlib.contextmanager
def plain_errors(advice: str = "") -> Iterator[None]:
    """Turn TensorFlow's report of an `AudioError` or `CacheError` into a `ValueError` of one line.

    What a function inside a pipeline raises comes out of it as an error of TensorFlow, whose text
    holds the function's own traceback. Other errors pass as they are. Also a decorator.

    Args:
        advice: what to do about bad audio, said after the words of an `AudioError`.

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
        said = re.search(r"\b(AudioError|CacheError): (.+)", error.message)
        if said is None:
            raise
        of_audio = advice and said[1] == "AudioError"
        raise ValueError(f"{said[2]}; {advice}" if of_audio else said[2]) from None
