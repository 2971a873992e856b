"""The strides of a network, read off the sizes of its tensors."""

from fractions import Fraction
from typing import Any

import keras

# Two lengths of an input, and their difference divides by all usual strides. Layers of this package
# and of Keras say the sizes of their outputs without computing them.
_LENGTH = 2**20
_MORE = 2**14 * 3 * 5**3 * 7
_FINEST = 8  # of the fractions of a step, after upsampling


def network_steps(network: Any) -> set[int]:
    """Return every how many time steps of its input each part of a network starts anew.

    A tensor that grows by one where the input grows by eight is made in steps of eight, whatever
    layer has made it: a filterbank, an STFT, windows, a convolution with strides, every second
    sample. Layers that give as many time steps as they read, but work in strides within, say so
    with an attribute `grid`, in time steps of what they read.

    Args:
        network: A functional model, time on axis 1 of its input. Of other models, and of those with
            a layer that cannot take such lengths, nothing is known.

    Example:

    >>> import keras_sep
    >>> sorted(network_steps(keras_sep.zoo.tasnet(filters=4, kernel_size=40, units=3, layers=1)))
    [1, 40]
    >>> sorted(network_steps(keras_sep.zoo.wave_u_net(filters=2, depth=3)))
    [1, 2, 4, 8]
    """
    graph = _graph(network)
    if graph is None:
        return set()
    try:
        shorter, longer = (_sizes(graph, length) for length in (_LENGTH, _LENGTH + _MORE))
    except Exception:  # whatever a user's layer says of it, files are separated without
        return set()
    steps = set()
    for (few, grid), (many, _) in zip(shorter, longer, strict=True):
        for size, larger in zip(few, many, strict=True):
            if size is not None and larger is not None and larger > size:
                steps.add(max(1, (_step(larger - size) * grid).numerator))
    return steps


def _step(more: int) -> Fraction:
    """Time steps of the input for one of a tensor that has so many more."""
    step = Fraction(_MORE, more)
    whole = round(step)
    # where strides do not divide the lengths, counts of them are one off
    if abs(step - whole) <= Fraction(2 * whole**2, _MORE):
        return Fraction(whole)
    return step.limit_denominator(_FINEST)


def _graph(model: Any) -> Any:
    """The functional model that a model is, if it is one."""
    if isinstance(model, keras.Sequential):
        model = keras.Model(model.inputs, model.outputs)
    return model if isinstance(model, keras.Model) and hasattr(model, "operations") else None


def _sizes(network: Any, length: int) -> list[tuple[tuple[int | None, ...], int]]:
    """Shapes of all tensors in a network and in the models in it, each with a grid on its axes."""
    found: list[tuple[tuple[int | None, ...], int]] = []

    def shapes_of(operation: Any) -> Any:
        def run(*args: Any, **kwargs: Any) -> Any:
            graph = _graph(operation)
            if graph is not None:
                return graph._run_through_graph(args, operation_fn=shapes_of)
            grid = getattr(operation, "grid", 1)
            if isinstance(grid, int) and grid > 1:
                found.append((tuple(keras.tree.flatten((args, kwargs))[0].shape), grid))
            outputs = operation.compute_output_spec(*args, **kwargs)
            found.extend((tuple(output.shape), 1) for output in keras.tree.flatten(outputs))
            return outputs

        return run

    shape = (1, length, *network.input_shape[2:])
    # there is no public way to the tensors within a model that is a layer of another one
    network._run_through_graph(
        [keras.KerasTensor(shape, network.inputs[0].dtype)], operation_fn=shapes_of
    )
    return found
