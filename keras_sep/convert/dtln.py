"""Weights of the authors' DTLN to `keras_sep.zoo.dtln`."""

import re
from collections.abc import Mapping
from typing import Any

from keras_sep import zoo
from keras_sep.convert._state_dict import StateDict

KINDS = ("lstm", "dense", "conv1d", "normalization")
RECURRENT, SCALE = ("kernel", "recurrent_kernel", "bias"), ("gamma", "beta")


def dtln(weights: Mapping[str, Any], hop_length: int | None = None, **kwargs: Any) -> Any:
    """The DTLN with the weights of a file of the authors'.

    Sizes are read off the tensors, and so is whether the network reads logarithms of magnitudes.
    Every tensor must be there, none may be left over, and shapes must fit. Layers count in the
    order of their numbers, as Keras 2 numbers them through all that a process builds.

    Args:
        weights: mapping from names in the file, such as `dense_1/dense_1/kernel:0`, to NumPy arrays
            (see `read_checkpoint`).
        hop_length: samples from one frame to the next, which no tensor tells; by default a quarter
            of a frame.
        **kwargs: passed on to `keras_sep.zoo.dtln`, as `name`.

    Returns:
        A `keras.Model`, see `keras_sep.zoo.dtln`.

    Example:

    >>> keras_sep.convert.dtln({})
    Traceback (most recent call last):
    ...
    ValueError: The file must have two layers of the kind dense. Received: 0
    """
    state = StateDict(weights, whole="The file")
    layers = {kind: _numbered(weights, kind) for kind in KINDS}
    for kind in ("dense", "conv1d"):
        if len(layers[kind]) != 2:
            raise ValueError(
                f"The file must have two layers of the kind {kind}. Received: {len(layers[kind])}"
            )
    (mask_1, mask_2), (encoder, decoder) = layers["dense"], layers["conv1d"]
    norms, lstms = layers["normalization"], layers["lstm"]
    if len(norms) not in (1, 2) or not lstms or len(lstms) % 2:
        raise ValueError(
            "The file must have one or two normalisations, and as many LSTM layers in its second "
            f"half as in its first. Received: {len(norms)} normalisations, {len(lstms)} LSTM layers"
        )
    _, samples, filters = state.shape(encoder["kernel"], 3)
    _, _, frame_length = state.shape(decoder["kernel"], 3)
    units, _ = state.shape(lstms[0]["recurrent_kernel"], 2)
    channels = max(samples // frame_length, 1)
    network = state.build(
        zoo.dtln,
        channels,
        frame_length,
        frame_length // 4 if hop_length is None else hop_length,
        filters,
        units,
        len(lstms) // 2,
        log_magnitude=len(norms) == 2,
        **kwargs,
    )
    get = network.get_layer
    bins = frame_length // 2 + 1
    for stack, half, inputs in (
        ("recurrent_1", lstms[: len(lstms) // 2], bins),
        ("recurrent_2", lstms[len(lstms) // 2 :], filters),
    ):
        for layer, names in zip(get(stack).forward_layers, half, strict=True):
            shapes = (inputs, 4 * units), (units, 4 * units), (4 * units,)
            layer.set_weights(_read(state, names, RECURRENT, shapes))
            inputs = units
    ours = ["magnitude_norm", "encoder_norm"][-len(norms) :]
    for name, names in zip(ours, norms, strict=True):
        size = bins if name == "magnitude_norm" else filters
        get(name).set_weights(_read(state, names, SCALE, ((size,), (size,))))
    for dense, names, size in (
        (get("mask_1"), mask_1, bins),
        (get("mask_2").dense, mask_2, filters),
    ):
        dense.set_weights(_read(state, names, ("kernel", "bias"), ((units, size), (size,))))
    kernel = state.read(encoder["kernel"], 1, frame_length, filters)
    get("encoder").set_weights([kernel[0]])
    kernel = state.read(decoder["kernel"], 1, filters, frame_length)
    get("decoder").set_weights([kernel[0].T[:, None]])
    state.require_all_read()
    return network


class _Names(dict):
    """Names of a layer's weights in the file; one that is not there is what it would be called."""

    def __init__(self, layer: str):
        super().__init__()
        self.layer = layer

    def __missing__(self, weight: str) -> str:
        return f"{self.layer}/{self.layer}/{weight}:0"


def _numbered(weights, kind):
    """Names of the weights of all layers of a kind, in the order of their numbers."""
    pattern = re.compile(rf"((?:\w+_)?{kind}(?:_(\d{{1,9}}))?)/.*?([a-z_]+):0")
    found: dict[int, _Names] = {}
    for name in weights:
        match = pattern.fullmatch(name)
        if match:
            layer, number, weight = match.groups()
            found.setdefault(int(number or 0), _Names(layer))[weight] = name
    return [found[number] for number in sorted(found)]


def _read(state, names, weights, shapes):
    return [
        state.read(names[weight], *shape) for weight, shape in zip(weights, shapes, strict=True)
    ]
