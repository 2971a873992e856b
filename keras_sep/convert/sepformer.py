"""State dicts of speechbrain's SepFormer to `keras_sep.zoo.sepformer`."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from keras_sep import zoo
from keras_sep.convert._state_dict import StateDict
from keras_sep.convert._torch_layers import (
    set_attention,
    set_dense,
    set_filterbank,
    set_norm,
    set_prelu,
)

MASKS = "masknet"


def sepformer(
    state_dict: Mapping[str, Any], chunk_length: int = 250, heads: int = 8, **kwargs: Any
) -> Any:
    """The SepFormer with the weights of a state dict of speechbrain 1.1.

    Its encoder, network of masks and decoder are the three modules `Encoder`, `Dual_Path_Model`
    with `SBTransformerBlock`, and `Decoder` of `speechbrain.lobes.models.dual_path`. Sizes are read
    off the tensors. Every tensor must be there, none may be left over, and shapes must fit. As in
    speechbrain, samples after the last whole frame are left out, unless `drop_remainder=False` is
    given.

    Args:
        state_dict: mapping from names to NumPy arrays (see `read_checkpoint`), those of the three
            modules after `encoder.`, `masknet.` and `decoder.`.
        chunk_length: frames in a chunk, which no tensor tells.
        heads: of the attention, which no tensor tells either.
        **kwargs: passed on to `keras_sep.zoo.sepformer`, as `norm_first`, `residual`,
            `normalization` and `activation`.

    Returns:
        A `keras.Model`, see `keras_sep.zoo.sepformer`.

    Example:

    >>> keras_sep.convert.sepformer({})
    Traceback (most recent call last):
    ...
    ValueError: The state dict must have the tensor 'encoder.conv1d.weight'. Received: none
    """
    halves = f"{MASKS}.dual_mdl."
    tables = [  # of sines
        name for name in state_dict if name.startswith(halves) and name.endswith(".pos_enc.pe")
    ]
    state = StateDict(state_dict, tables)
    filters, channels, kernel_size = state.shape("encoder.conv1d.weight", 3)
    bottleneck, _, _ = state.shape(f"{MASKS}.conv1d.weight", 3)
    outputs, _, _, _ = state.shape(f"{MASKS}.conv2d.weight", 4)
    first = f"{MASKS}.dual_mdl.0"
    hidden, _ = state.shape(f"{first}.intra_mdl.mdl.layers.0.pos_ffn.ffn.0.weight", 2)
    blocks = sum(name.endswith("intra_norm.weight") for name in state_dict)
    if len(tables) not in (0, 2 * blocks):
        raise ValueError(
            "Both halves of every block must have positions, or none of them. "
            f"Received: {len(tables)} of {2 * blocks} with positions"
        )
    layers = sum(
        name.startswith(f"{first}.intra_mdl.") and name.endswith("att.in_proj_weight")
        for name in state_dict
    )
    network = state.build(
        zoo.sepformer,
        outputs // bottleneck,
        channels,
        filters=filters,
        kernel_size=kernel_size,
        stride=kernel_size // 2,
        bottleneck=bottleneck,
        chunk_length=chunk_length,
        blocks=blocks,
        layers=layers,
        heads=heads,
        hidden=hidden,
        positions=bool(tables),
        dense=f"{first}.intra_linear.w.weight" in state,
        **{"drop_remainder": True, **kwargs},
    )
    get = network.get_layer

    set_filterbank(get("encoder"), state, "encoder.conv1d.weight")
    _set_norm(get("normalization"), state, f"{MASKS}.norm")
    set_dense(get("bottleneck"), state, f"{MASKS}.conv1d", axes=1)
    for n in range(blocks):
        block = get(f"block_{n + 1}")
        for name in ("intra", "inter"):
            _set_half(getattr(block, name), state, f"{MASKS}.dual_mdl.{n}.{name}")
    set_prelu(get("activation"), state, f"{MASKS}.prelu")
    _set_masks(get("masks"), state, bottleneck)
    set_filterbank(get("decoder"), state, "decoder.weight")
    state.require_all_read()
    return network


def _set_half(half, state, name):
    for n, block in enumerate(half.blocks):
        _set_block(block, state, f"{name}_mdl.mdl.layers.{n}")
    _set_norm(half.last, state, f"{name}_mdl.mdl.norm.norm")
    for dense in half.dense:
        set_dense(dense, state, f"{name}_linear.w")
    _set_norm(half.normalization, state, f"{name}_norm")


def _set_block(block, state, name):
    set_attention(block, state, f"{name}.self_att.att")
    set_dense(block.dense_1, state, f"{name}.pos_ffn.ffn.0")
    set_dense(block.dense_2, state, f"{name}.pos_ffn.ffn.3")
    set_norm(block.norm_attention, state, f"{name}.norm1.norm")
    set_norm(block.norm_dense, state, f"{name}.norm2.norm")


def _set_masks(head, state, features):
    """Speechbrain adds up the two chunks that hold a frame after its first layer; ours average."""
    outputs = head.sources * features
    kernel = state.read(f"{MASKS}.conv2d.weight", outputs, features, 1, 1)[..., 0, 0].T
    head.features.set_weights([2 * kernel, 2 * state.read(f"{MASKS}.conv2d.bias", outputs)])
    set_dense(head.value, state, f"{MASKS}.output.0", axes=1)
    set_dense(head.gate, state, f"{MASKS}.output_gate.0", axes=1)
    set_dense(head.masks, state, f"{MASKS}.end_conv1x1", axes=1)


def _set_norm(layer, state, name):
    """Of speechbrain's own global normalisation the weights have axes of length one besides."""
    axes = np.ndim(state.tensors.get(f"{name}.weight", [0])) - 1
    set_norm(layer, state, name, axes=axes)
