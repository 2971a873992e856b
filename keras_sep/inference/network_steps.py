"""The strides of a network, read off the sizes of its tensors."""

from fractions import Fraction
from typing import Any

import keras

# Two lengths of an input, and their difference divides by all usual strides. Nothing is computed.
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
        network: A functional model, time on axis 1 of its input. Of other models nothing is known.

    Example:

    >>> import keras_sep
    >>> sorted(network_steps(keras_sep.zoo.tasnet(filters=4, kernel_size=40, units=3, layers=1)))
    [1, 40]
    >>> sorted(network_steps(keras_sep.zoo.wave_u_net(filters=2, depth=3)))
    [1, 2, 4, 8]
    """
    if isinstance(network, keras.Sequential):
        network = keras.Model(network.inputs, network.outputs)
    if not _is_functional(network):
        return set()
    steps = set()
    shorter, longer = (_sizes(network, length) for length in (_LENGTH, _LENGTH + _MORE))
    for (few, grid), (many, _) in zip(shorter, longer, strict=True):
        for size, larger in zip(few, many, strict=True):
            if size is not None and larger is not None and larger > size:
                step = Fraction(_MORE, larger - size).limit_denominator(_FINEST)
                steps.add(max(1, (step * grid).numerator))
    return steps


def _is_functional(model: Any) -> bool:
    return isinstance(model, keras.Model) and hasattr(model, "operations")


def _sizes(network: Any, length: int) -> list[tuple[tuple[int | None, ...], int]]:
    """Shapes of all tensors in a network and in the models in it, each with a grid on its axes."""
    found: list[tuple[tuple[int | None, ...], int]] = []

    def shapes_of(operation: Any) -> Any:
        def run(*args: Any, **kwargs: Any) -> Any:
            if _is_functional(operation):
                return operation._run_through_graph(args, operation_fn=shapes_of)
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
