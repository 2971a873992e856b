"""State dicts of `openunmix.model.OpenUnmix` to `keras_sep.zoo.open_unmix`."""

import re
from collections.abc import Mapping
from typing import Any

from keras_sep import zoo
from keras_sep._building_limit import building_at_most
from keras_sep._layer_name import layer_name
from keras_sep.convert._recurrent import set_lstm
from keras_sep.convert._state_dict import StateDict

# In every state dict, or in those of version 1.0, and no weight: counters, windows, the rate.
NOT_WEIGHTS = {
    *(f"bn{n}.num_batches_tracked" for n in (1, 2, 3)),
    "sample_rate",
    "stft.window",
    "transform.0.window",
}


def open_unmix(state_dicts: Mapping[str, Mapping[str, Any]], **kwargs: Any) -> Any:
    """The network whose targets have the weights of `openunmix` state dicts.

    All sizes are read off the tensors. Every tensor must be there, none may be left over, and
    shapes must fit. Not a whole separator: `keras_sep.Separator` adds front end and post-filter.

    Args:
        state_dicts: mapping from target to state dict, itself a mapping from the names of
            `openunmix.model.OpenUnmix` to NumPy arrays (see `read_checkpoint`). The targets come
            out in this order.
        **kwargs: passed on to `keras_sep.zoo.open_unmix`.

    Returns:
        A `keras.Model`, see `keras_sep.zoo.open_unmix`.

    Example:
        >>> from keras_sep import convert
        >>> convert.open_unmix({"vocals": {}})
        Traceback (most recent call last):
        ...
        ValueError: The state dict of 'vocals' must have the tensor 'fc1.weight'. Received: none
    """
    if not state_dicts:
        raise ValueError("`state_dicts` must contain at least one target. Received: none")
    states = {
        target: StateDict(state, NOT_WEIGHTS, target) for target, state in state_dicts.items()
    }
    sizes = {target: _sizes(state) for target, state in states.items()}
    first = next(iter(sizes))
    for target, size in sizes.items():
        if size != sizes[first]:
            raise ValueError(
                "All targets must be networks of one size. "
                f"Received: {first!r} {sizes[first]}, {target!r} {size}"
            )
    numbers = sum(state.numbers for state in states.values())
    with building_at_most(numbers, sum(map(len, state_dicts.values()))):
        network = zoo.open_unmix(tuple(states), **sizes[first], **kwargs)
    for target, state in states.items():
        _set_weights(network, target, state, sizes[first])
        state.require_all_read()
    return network


def _sizes(state):
    hidden, _ = state.shape("fc1.weight", 2)
    (bandwidth_bins,) = state.shape("input_mean", 1)
    (bins,) = state.shape("output_mean", 1)
    outputs, _ = state.shape("fc3.weight", 2)
    recurrent = [name for name in state.tensors if name.startswith("lstm.")]
    # each counts once, however large its number: one that is missing is named when it is read
    layers = {found[1] for name in recurrent if (found := re.search(r"_l(\d+)", name))}
    return {
        "bins": bins,
        "channels": outputs // bins,
        "hidden": hidden,
        "layers": len(layers) or 1,
        "bidirectional": any(name.endswith("_reverse") for name in recurrent),
        "bandwidth_bins": bandwidth_bins,
    }


def _set_weights(network, target, state, sizes):
    hidden, channels = sizes["hidden"], sizes["channels"]
    bins, band = sizes["bins"], sizes["bandwidth_bins"]
    name_of_layers = layer_name(target)

    def assign(stage, *weights):
        network.get_layer(f"{name_of_layers}_{stage}").set_weights(weights)

    def bins_first(x, bins):
        """From channels x bins along the first axis to bins x channels."""
        return x.reshape(channels, bins, -1).swapaxes(0, 1).reshape(x.shape)

    def norm(name, units):
        names = ("weight", "bias", "running_mean", "running_var")
        return [state.read(f"{name}.{part}", units) for part in names]

    assign("input", state.read("input_mean", band), state.read("input_scale", band))
    encoder = state.read("fc1.weight", hidden, band * channels)
    assign("1", bins_first(encoder.T, band))
    assign("1_norm", *norm("bn1", hidden))
    set_lstm(network.get_layer(f"{name_of_layers}_recurrent"), state, "lstm", hidden)
    assign("2", state.read("fc2.weight", hidden, 2 * hidden).T)
    assign("2_norm", *norm("bn2", hidden))
    outputs = bins * channels
    assign("3", bins_first(state.read("fc3.weight", outputs, hidden), bins).T)
    assign("3_norm", *(bins_first(x, bins) for x in norm("bn3", outputs)))
    assign("output", state.read("output_mean", bins), state.read("output_scale", bins))
