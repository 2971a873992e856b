"""State dicts of TF-Locoformer's authors to `keras_sep.zoo.tf_locoformer`."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from keras_sep import zoo
from keras_sep.convert._state_dict import StateDict
from keras_sep.convert._torch_layers import set_dense, set_norm

SEPARATOR = "separator."  # before all names in a checkpoint of espnet
GAMMA = ("gamma",)
ANGLES = [  # of the positions, which follow from their number
    f"blocks.{{block}}.{path}_path.attn.rope.{name}"
    for path in ("freq", "frame")
    for name in ("freqs", "dummy", "cached_freqs")
]


def tf_locoformer(state_dict: Mapping[str, Any], heads: int = 4, **kwargs: Any) -> Any:
    """The TF-Locoformer with the weights of a state dict of its authors.

    Sizes are read off the tensors, except for the lengths of frames and hops and, where the file
    does not hold the angles of the positions, the number of heads. Every tensor must be there, none
    may be left over, and shapes must fit. The forms known are that of all published weights: first
    over bins, then over frames, with two gated feed-forward parts and normalisation in groups.

    Args:
        state_dict: mapping from the names of `TFLocoformerSeparator`, alone or as the separator of
            an enhancement model of espnet, to NumPy arrays (see `read_checkpoint`).
        heads: number of attention heads, `n_heads` in the `config.yaml` beside the file. Default 4.
        **kwargs: passed on to `keras_sep.zoo.tf_locoformer`, as `frame_length`, `hop_length`,
            `groups` (`num_groups`) and `standardize` (`normalize_variance`).

    Returns:
        A `keras.Model`, see `keras_sep.zoo.tf_locoformer`.

    Example:

    >>> keras_sep.convert.tf_locoformer({})
    Traceback (most recent call last):
    ...
    ValueError: The state dict must have the tensor 'conv.0.weight'. Received: none
    """
    tensors = {name.removeprefix(SEPARATOR): tensor for name, tensor in state_dict.items()}
    blocks = 0
    while f"blocks.{blocks}.freq_path.attn_norm.gamma" in tensors:
        blocks += 1
    angles = [name.format(block=block) for name in ANGLES for block in range(blocks)]
    state = StateDict(tensors, angles)
    features, inputs, *_ = state.shape("conv.0.weight", 4)
    outputs = state.shape("deconv.weight", 4)[1]
    first = "blocks.0.freq_path"
    hidden, _, kernel_size = state.shape(f"{first}.ffn.0.deconv1d.weight", 3)
    wide = state.shape(f"{first}.attn.qkv.weight", 2)[0] // 3
    if f"{first}.attn.rope.freqs" in state:
        heads = wide // (2 * state.shape(f"{first}.attn.rope.freqs", 1)[0])
    if wide % heads:
        raise ValueError(
            f"`heads` must divide the features of all heads. Received: heads={heads}, and {wide}"
        )
    network = state.build(
        zoo.tf_locoformer,
        outputs // inputs,
        inputs // 2,
        features=features,
        blocks=blocks,
        heads=heads,
        head_size=wide // heads,
        hidden=hidden,
        kernel_size=kernel_size,
        **kwargs,
    )
    kernel = state.read("conv.0.weight", features, inputs, 3, 3).transpose(2, 3, 1, 0)
    network.get_layer("first").set_weights([kernel, state.read("conv.0.bias", features)])
    set_norm(network.get_layer("normalization"), state, "conv.1")
    for block in range(blocks):
        for ours, theirs in (("bins", "freq"), ("frames", "frame")):
            layer = network.get_layer(f"block_{block + 1}_{ours}")
            _set_block(layer, state, f"blocks.{block}.{theirs}_path")
    # a transposed convolution is one with its kernel turned; sources come last
    kernel = state.read("deconv.weight", features, outputs, 3, 3)[:, :, ::-1, ::-1]
    order = np.arange(outputs).reshape(-1, inputs).T.ravel()
    bias = state.read("deconv.bias", outputs)
    kernel = kernel.transpose(2, 3, 0, 1)[..., order]
    network.get_layer("last").set_weights([kernel, bias[order]])
    state.require_all_read()
    return network


def _set_block(block, state, name):
    set_dense(block.attention.query_key_value, state, f"{name}.attn.qkv")
    set_dense(block.attention.projection, state, f"{name}.attn.aggregate_heads.0")
    set_norm(block.norm_attention, state, f"{name}.attn_norm", GAMMA)
    # they have the one before the attention last
    for number, norm, convolutions in (
        (1, block.norm_1, block.convolutions_1),
        (0, block.norm_2, block.convolutions_2),
    ):
        set_norm(norm, state, f"{name}.ffn_norm.{number}", GAMMA)
        _set_convolutions(convolutions, state, f"{name}.ffn.{number}")


def _set_convolutions(layer, state, name):
    size, features, gated = layer.kernel_1.shape
    first = state.read(f"{name}.conv1d.weight", gated, features, size).transpose(2, 1, 0)
    second = state.read(f"{name}.deconv1d.weight", layer.hidden, features, size)
    layer.set_weights(
        [
            first,
            state.read(f"{name}.conv1d.bias", gated),
            second.transpose(2, 0, 1)[::-1],
            state.read(f"{name}.deconv1d.bias", features),
        ]
    )
