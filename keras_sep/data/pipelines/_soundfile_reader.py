"""Drawing, decoding and mixing in one NumPy function inside `tf.data`."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from keras_sep._tensorflow import tf
from keras_sep.data.pipelines._numpy_step import numpy_step
from keras_sep.data.pipelines._span import Span


def soundfile_reader(
    spans: Callable[[int, int], list[Span]],
    arrange: Callable[[int, int, Iterable[np.ndarray]], np.ndarray],
    shape: tuple[int, ...],
) -> Callable[[Any], Any]:
    """A step of a `tf.data` pipeline from the number of an excerpt to its array, by soundfile.

    Args:
        spans: Function from (epoch, index) to the spans to read.
        arrange: Function from (epoch, index, arrays of the spans) to the float32 array of the
            excerpt.
        shape: Shape of that array.
    """

    def read(number: np.ndarray) -> np.ndarray:
        epoch, index = (int(part) for part in number)
        # one span at a time, as reused memory is cheaper than fresh pages
        return arrange(epoch, index, (span.read() for span in spans(epoch, index)))

    return lambda number: tf.ensure_shape(numpy_step(read, [number], tf.float32), shape)
