"""The axes that a layer's inputs must have."""

import inspect
from typing import Any

import keras

from keras_sep._brief import brief


class ConstructorSignature:
    """Signature of a class, that of its `__init__`; its instances keep that of their call.

    Of a class that inherits its `__init__`, early releases of Python 3.11 would show
    `keras.Layer.__new__(*args, **kwargs)`, and recipes could give it no arguments.
    """

    def __get__(self, instance: Any, owner: type) -> inspect.Signature:
        if instance is not None:
            raise AttributeError("__signature__")
        _self, *parameters = inspect.signature(owner.__init__).parameters.values()  # type: ignore[misc]
        return inspect.Signature(parameters)


class WithAxes:
    """A layer that declares the axes of its inputs and checks them at every call.

    As a mixin, it precedes the Keras class among the bases.

    Attributes:
        axes: shape of each of the first arguments of `call`, as in docstrings: "(batch, frames,
            bins, channels[, sources])", "(batch, time, ...)". It holds for every tensor of an
            argument that is a pair or a list; a tuple of shapes has one for each.
        at_least_one: names of the axes that must not be empty.
    """

    axes: tuple = ()
    at_least_one: tuple[str, ...] = ()
    __signature__ = ConstructorSignature()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        for wanted, given in zip(self.axes, args, strict=False):
            # not of what is not a tensor, or has a rank that only the run of a graph tells
            if isinstance(wanted, tuple) and not _has_length(given, len(wanted)):
                raise ValueError(
                    f"The input of {type(self).__name__} must be {len(wanted)} tensors of shapes "
                    f"{' and '.join(wanted)}. Received: {brief(given)}"
                )
            shapes = [tuple(x.shape) for x in keras.tree.flatten(given) if _has_rank(x)]
            texts = (wanted,) * len(shapes) if isinstance(wanted, str) else wanted
            for text, shape in zip(texts, shapes, strict=False):
                self._check(text, shape)
            if isinstance(wanted, str) and len(set(map(len, shapes))) > 1:
                raise ValueError(
                    f"The inputs of {type(self).__name__} must have the same number of axes, "
                    f"{wanted}. Received: {' and '.join(map(str, shapes))}"
                )
        return super().__call__(*args, **kwargs)  # type: ignore[misc]  # of the class mixed into

    def _check(self, text, shape):
        names = text.strip("()").replace("[", "").replace("]", "").split(", ")
        more = "..." in names
        least = len(names) - text.count("[") - more
        sizes = dict(zip(names, shape, strict=False))
        empty = [name for name in self.at_least_one if sizes.get(name) == 0]
        if len(shape) < least or (len(shape) > len(names) and not more) or empty:
            some = f", {empty[0]} at least 1" if empty else ""
            raise ValueError(
                f"The input of {type(self).__name__} must have shape {text}{some}. "
                f"Received: {shape}"
            )


def _has_length(given, count) -> bool:
    return isinstance(given, (list, tuple)) and len(given) == count


def _has_rank(x) -> bool:
    shape = getattr(x, "shape", None)
    return shape is not None and getattr(shape, "rank", 0) is not None
