"""State dicts of `asteroid.models.LSTMTasNet` to `keras_sep.zoo.tasnet`."""

from collections.abc import Mapping
from typing import Any

from keras_sep import zoo
from keras_sep.convert._asteroid import GAMMA_BETA, NOT_WEIGHTS, set_mask_head
from keras_sep.convert._recurrent import recurrent_sizes, set_lstm
from keras_sep.convert._state_dict import StateDict
from keras_sep.convert._torch_layers import set_filterbank, set_norm
from keras_sep.layers import (
    CumulativeLayerNormalization,
    GlobalLayerNormalization,
    RecurrentStack,
)

FILTERS = {"encoder": "encoder.encoder_relu", "gate": "encoder.encoder_sig", "decoder": "decoder"}
# the encoder's filters once more, under the name of the module that holds both
AGAIN = "encoder.filterbank._filters"
RECURRENT = "masker.masker.0.rnn"


def tasnet(state_dict: Mapping[str, Any], stride: int | None = None, **kwargs: Any) -> Any:
    """The TasNet with the weights of a state dict of asteroid 0.7.

    Sizes are read off the tensors, and so is whether the network is causal. Every tensor must be
    there, none may be left over, and shapes must fit. Where asteroid departs from the paper, so
    does the network: its gates see the mixture as it is, it normalises over all time, cumulatively
    where it is causal, adds no skip connections, and has masks of a sigmoid unless
    `mask_activation` says otherwise. As in asteroid, samples after the last whole frame are left
    out, unless `drop_remainder=False` is given.

    Args:
        state_dict: mapping from the names of `asteroid.models.LSTMTasNet` to NumPy arrays (see
            `read_checkpoint`).
        stride: samples from one frame to the next, which no tensor tells; by default half a filter.
        **kwargs: passed on to `keras_sep.zoo.tasnet`, as `mask_activation`. A softmax over the
            sources is not what asteroid's takes, which is one over time.

    Returns:
        A `keras.Model`, see `keras_sep.zoo.tasnet`.

    Example:

    >>> keras_sep.convert.tasnet({})
    Traceback (most recent call last):
    ...
    ValueError: The state dict must have the tensor 'encoder.encoder_relu.filterbank._filters'. \
Received: none
    """
    windows = [f"{name}.filterbank.torch_window" for name in FILTERS.values()]
    state = StateDict(state_dict, [*NOT_WEIGHTS, *windows])
    filters, channels, kernel_size = state.shape(f"{FILTERS['encoder']}.filterbank._filters", 3)
    sizes = recurrent_sizes(state, RECURRENT)
    outputs, features = state.shape("masker.masker.1.weight", 2)
    causal = not sizes["bidirectional"]
    sources = outputs // filters
    network = state.build(
        zoo.tasnet,
        sources,
        channels,
        filters=filters,
        kernel_size=kernel_size,
        stride=kernel_size // 2 if stride is None else stride,
        units=sizes["units"],
        layers=sizes["layers"],
        residual=False,
        causal=causal,
        unit_level=False,
        normalization=CumulativeLayerNormalization() if causal else GlobalLayerNormalization(),
        **{"mask_activation": "sigmoid", "drop_remainder": True, **kwargs},
    )
    get = network.get_layer
    for layer, name in FILTERS.items():
        set_filterbank(get(layer), state, f"{name}.filterbank._filters")
    state.read(AGAIN, filters, channels, kernel_size)
    set_norm(get("normalization"), state, "masker.bn_layer", GAMMA_BETA)
    first = 0
    for stack in (layer for layer in network.layers if isinstance(layer, RecurrentStack)):
        set_lstm(stack, state, RECURRENT, features if first else filters, first)
        first += stack.layers
    set_mask_head(get("masks"), state, "masker.masker.1", features, filters, sources)
    state.require_all_read()
    return network
