"""State dicts of espnet's `TFGridNetV2` to `keras_sep.zoo.tf_gridnet`."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from keras_sep import zoo
from keras_sep.convert._recurrent import set_lstm
from keras_sep.convert._state_dict import StateDict
from keras_sep.convert._torch_layers import set_dense, set_norm

SEPARATOR = "separator."  # before all names in a checkpoint of espnet
PROJECTIONS = {"query": "Q", "key": "K", "value": "V"}


def tf_gridnet(state_dict: Mapping[str, Any], **kwargs: Any) -> Any:
    """The TF-GridNet with the weights of a single-microphone state dict of espnet.

    Sizes are read off the tensors, except for the hop and for how far the LSTMs' readings are
    apart. Every tensor must be there, none may be left over, and shapes must fit.

    Args:
        state_dict: mapping from the names of `TFGridNetV2`, alone or as the separator of an
            enhancement model of espnet, to NumPy arrays (see `read_checkpoint`).
        **kwargs: passed on to `keras_sep.zoo.tf_gridnet`, as `hop_length` and `stride`.

    Returns:
        A `keras.Model`, see `keras_sep.zoo.tf_gridnet`.

    Example:

    >>> keras_sep.convert.tf_gridnet({})
    Traceback (most recent call last):
    ...
    ValueError: The state dict must have the tensor 'conv.0.weight'. Received: none
    """
    state = StateDict({name.removeprefix(SEPARATOR): tensor for name, tensor in state_dict.items()})
    features, _, *_ = state.shape("conv.0.weight", 4)
    sources = state.shape("deconv.weight", 4)[1] // 2
    blocks = 0
    while f"blocks.{blocks}.intra_norm.weight" in state:
        blocks += 1
    first = "blocks.0" if blocks else "blocks"
    _, heads, query_size, _, bins = state.shape(f"{first}.attn_norm_Q.gamma", 5)
    gates, frame = state.shape(f"{first}.intra_rnn.weight_ih_l0", 2)
    network = state.build(
        zoo.tf_gridnet,
        sources,
        features=features,
        blocks=blocks,
        units=gates // 4,
        heads=heads,
        query_size=query_size,
        kernel_size=frame // features,
        frame_length=2 * (bins - 1),
        **kwargs,
    )
    kernel = state.read("conv.0.weight", features, 2, 3, 3).transpose(2, 3, 1, 0)
    network.get_layer("first").set_weights([kernel, state.read("conv.0.bias", features)])
    set_norm(network.get_layer("normalization"), state, "conv.1")
    for index in range(blocks):
        _set_block(network.get_layer(f"block_{index + 1}"), state, f"blocks.{index}")
    # a transposed convolution is one with its kernel turned; sources come last
    kernel = state.read("deconv.weight", features, 2 * sources, 3, 3)[:, :, ::-1, ::-1]
    order = np.arange(2 * sources).reshape(sources, 2).T.ravel()
    bias = state.read("deconv.bias", 2 * sources)
    kernel = kernel.transpose(2, 3, 0, 1)[..., order]
    network.get_layer("last").set_weights([kernel, bias[order]])
    state.require_all_read()
    return network


def _set_block(block, state, name):
    for theirs, half in (("intra", block.over_bins), ("inter", block.over_frames)):
        set_norm(half.normalization, state, f"{name}.{theirs}_norm")
        (features,) = half.normalization.gamma.shape
        size = half.kernel_size
        if half.kernel_size == half.stride:
            set_lstm(half.recurrent, state, f"{name}.{theirs}_rnn", size * features)
            set_dense(half.dense, state, f"{name}.{theirs}_linear")
            continue
        _set_unfolded(half, state, f"{name}.{theirs}_rnn", features)
        kernel = state.read(f"{name}.{theirs}_linear.weight", 2 * half.units, features, size)
        half.dense.set_weights([kernel.transpose(0, 2, 1).reshape(2 * half.units, -1)])
        half.bias.assign(state.read(f"{name}.{theirs}_linear.bias", features))
    for ours, theirs in PROJECTIONS.items():
        conv, norm = f"{name}.attn_conv_{theirs}", f"{name}.attn_norm_{theirs}"
        projection = getattr(block, ours)
        shape = (1, projection.heads, projection.size, 1, projection.bins)
        _set_projection(projection, state, conv, norm, f"{norm}.act", shape)
    last, projection = f"{name}.attn_concat_proj", block.projection
    whole = (1, projection.size, 1, projection.bins)
    _set_projection(projection, state, f"{last}.0", f"{last}.2", f"{last}.1", whole)


def _set_unfolded(half, state, name, features):
    """LSTMs whose inputs are, of theirs, all steps of a feature, of ours all features of a step."""
    set_lstm(half.recurrent, state, name, half.kernel_size * features)
    order = np.arange(half.kernel_size * features).reshape(features, -1).T.ravel()
    for layer in (*half.recurrent.forward_layers, *half.recurrent.backward_layers):
        kernel, *others = layer.get_weights()
        layer.set_weights([kernel[order], *others])


def _set_projection(projection, state, conv, norm, slope, shape):
    set_dense(projection.dense, state, conv, axes=2)
    projection.alpha.assign(state.read(f"{slope}.weight", projection.heads)[:, None])
    heads, size, bins = projection.heads, projection.size, projection.bins
    for ours, theirs in ((projection.gamma, "gamma"), (projection.beta, "beta")):
        values = state.read(f"{norm}.{theirs}", *shape).reshape(heads, size, bins)
        ours.assign(values.transpose(2, 0, 1))
