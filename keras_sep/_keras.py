"""What this package needs of Keras beyond its public functions.

`tests/test_private_keras.py` says what each must do. Two more things are used in place: subclasses
of Keras's LSTM in `keras_sep/layers/_backend`, and `Network._run_through_graph`.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import keras
from keras.src.backend import get_keras_mask, set_keras_mask
from keras.src.backend.common import global_state
from keras.src.saving.saving_lib import get_attr_skipset

__all__ = [
    "forgotten_variables",
    "get_keras_mask",
    "moments",
    "ready_to_save",
    "set_keras_mask",
    "sublayers",
    "through_graph",
]


def sublayers(model: keras.Model) -> Iterator[Any]:
    """All layers of a model, those within layers and models in it included."""
    return model._flatten_layers()


def through_graph(network: keras.Model, inputs: Any, apply: Callable[..., Any]) -> Any:
    """The outputs of a functional model with `apply(layer, *args, **kwargs)` for every layer."""
    return network._run_through_graph(
        inputs, operation_fn=lambda operation: partial(apply, operation)
    )


class forgotten_variables:
    """A scope that forgets variables made in it which have no values yet.

    Keras lists variables that are made in a `StatelessScope` without values, and gives them their
    memory when the next such scope ends.
    """

    _LIST = "uninitialized_variables"

    def __enter__(self) -> None:
        self._before = [*global_state.get_global_attribute(self._LIST, [])]

    def __exit__(self, *_: Any) -> None:
        global_state.set_global_attribute(self._LIST, self._before)


def moments(adam: keras.optimizers.Adam, variable: Any) -> tuple[Any, Any]:
    """The mean of a variable's gradients and that of their squares, which Adam keeps."""
    number = adam._get_variable_index(variable)
    return adam._momentums[number], adam._velocities[number]


def ready_to_save() -> None:
    """Let this thread save models in a `StatelessScope`.

    To learn which attributes it need not save, Keras makes an optimizer, whose variables such a
    scope does not allow. It keeps what it learns with the thread, but looks under another name.
    """
    for kind in ("Operation", "Layer", "Functional", "Sequential", "Metric", "Optimizer", "Loss"):
        known = get_attr_skipset(kind)
        for name in ("saving_attr_skiplist", "saving_attr_skipset"):
            global_state.set_global_attribute(f"{name}_{kind}", known)
