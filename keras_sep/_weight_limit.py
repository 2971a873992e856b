"""A limit on the weights of networks that files from outside describe."""

import contextlib
import functools
import math
import threading
from collections.abc import Iterator

import keras

_ONE_AT_A_TIME = threading.RLock()


@contextlib.contextmanager
def weights_at_most(numbers: int) -> Iterator[None]:
    """Refuse Keras variables that hold more numbers in all, before memory is asked for.

    A few bytes of a file can ask for a layer of any size. What a file describes has its weights in
    the file, too: that many numbers may be made in this thread, and no more.

    Args:
        numbers: in all variables made within the scope.

    Raises:
        ValueError: Within the scope, where they would be more.
    """
    made, thread, left = keras.Variable.__init__, threading.get_ident(), numbers
    reason = f"a network of more weights than the {numbers} numbers that the file could hold"

    @functools.wraps(made)
    def limited(self, initializer, shape=None, *args, **kwargs):
        nonlocal left
        if shape is not None and threading.get_ident() == thread:
            left -= math.prod(shape)
            if left < 0:
                raise ValueError(reason)
        made(self, initializer, shape, *args, **kwargs)

    with _ONE_AT_A_TIME:
        keras.Variable.__init__ = limited
        try:
            yield
        except Exception as error:
            # Keras puts words of its own around it
            raise error if left >= 0 else ValueError(reason) from error
        finally:
            keras.Variable.__init__ = made
