"""A limit on the networks that files from outside describe."""

import contextlib
import functools
import math
import threading
from collections.abc import Iterator

import keras

# A network may have more numbers than its file, in seeds, windows, filters of resampling and the
# like, and more layers without weights than with; those of the zoo have 1.5 a tensor at most.
NUMBERS_BESIDES = 1_000_000
LAYERS_BESIDES = 200
LAYERS_PER_PART = 3
_ONE_AT_A_TIME = threading.RLock()


@contextlib.contextmanager
def building_at_most(numbers: int, parts: int) -> Iterator[None]:
    """Refuse to build what has far more weights or layers than a file, before memory is taken.

    A few bytes in a file can ask for layers of any size or number. A sound file also holds their
    weights: within this scope and thread, Keras makes variables of at most about twice that many
    numbers, and layers in proportion to the file's parts.

    Args:
        numbers: Number of values in the file's tensors.
        parts: Number of the file's tensors and of the layers that it names.

    Raises:
        ValueError: If a layer asks for more.
    """
    thread, refused = threading.get_ident(), ""
    left = {
        "numbers": 2 * numbers + NUMBERS_BESIDES,
        "layers": LAYERS_PER_PART * parts + LAYERS_BESIDES,
    }

    def take(kind, count):
        nonlocal refused
        if threading.get_ident() == thread:
            left[kind] -= count
            if left[kind] < 0:
                refused = (
                    f"a network of far more {kind} than its file has weights for: it has "
                    f"{numbers} numbers, and {parts} tensors and layers"
                )
                raise ValueError(refused)

    make_variable, make_layer = keras.Variable.__init__, keras.Operation.__init__

    @functools.wraps(make_variable)
    def variable(self, initializer, shape=None, *args, **kwargs):
        if shape is not None:
            take("numbers", math.prod(shape))
        make_variable(self, initializer, shape, *args, **kwargs)

    @functools.wraps(make_layer)
    def layer(self, name=None):  # its arguments, which Keras looks at
        take("layers", 1)
        make_layer(self, name)

    with _ONE_AT_A_TIME:
        keras.Variable.__init__, keras.Operation.__init__ = variable, layer
        try:
            yield
        except Exception as error:
            if refused:  # Keras puts its own words around it
                raise ValueError(refused) from error
            raise
        finally:
            keras.Variable.__init__, keras.Operation.__init__ = make_variable, make_layer
