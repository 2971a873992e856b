"""State dicts of speechbrain's SepFormer to `keras_sep.zoo.sepformer`."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from keras_sep import zoo
from keras_sep.convert._state_dict import StateDict

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

    def filterbank(name, tensor):
        kernels = state.read(tensor, filters, channels, kernel_size)
        get(name).set_weights([kernels.transpose(2, 1, 0)])

    filterbank("encoder", "encoder.conv1d.weight")
    _set_norm(get("normalization"), state, f"{MASKS}.norm", filters)
    bottleneck_kernel = state.read(f"{MASKS}.conv1d.weight", bottleneck, filters, 1)
    get("bottleneck").set_weights([bottleneck_kernel[..., 0].T])
    for n in range(blocks):
        block = get(f"block_{n + 1}")
        for name in ("intra", "inter"):
            _set_half(getattr(block, name), state, f"{MASKS}.dual_mdl.{n}.{name}", bottleneck)
    activation = get("activation")
    slope = state.read(f"{MASKS}.prelu.weight", 1)
    activation.set_weights([slope.reshape(activation.alpha.shape)])
    _set_masks(get("masks"), state, bottleneck)
    filterbank("decoder", "decoder.weight")
    state.require_all_read()
    return network


def _set_half(half, state, name, features):
    for n, block in enumerate(half.blocks):
        _set_block(block, state, f"{name}_mdl.mdl.layers.{n}", features)
    _set_norm(half.last, state, f"{name}_mdl.mdl.norm.norm", features)
    for dense in half.dense:
        _set_dense(dense, state, f"{name}_linear.w", features)
    _set_norm(half.normalization, state, f"{name}_norm", features)


def _set_block(block, state, name, features):
    attention = f"{name}.self_att.att"
    kernels = np.split(state.read(f"{attention}.in_proj_weight", 3 * features, features), 3)
    biases = np.split(state.read(f"{attention}.in_proj_bias", 3 * features), 3)
    for layer, kernel, bias in zip(
        (block.query, block.key, block.value), kernels, biases, strict=True
    ):
        # a bias of the keys changes no weight of the attention, and there is none
        layer.set_weights([kernel.T, bias] if layer.use_bias else [kernel.T])
    _set_dense(block.projection, state, f"{attention}.out_proj", features)
    _set_dense(block.dense_1, state, f"{name}.pos_ffn.ffn.0", features)
    _set_dense(block.dense_2, state, f"{name}.pos_ffn.ffn.3", block.hidden)
    _set_norm(block.norm_attention, state, f"{name}.norm1.norm", features)
    _set_norm(block.norm_dense, state, f"{name}.norm2.norm", features)


def _set_masks(head, state, features):
    """Speechbrain adds up the two chunks that hold a frame after its first layer; ours average."""
    outputs = head.sources * features
    kernel = state.read(f"{MASKS}.conv2d.weight", outputs, features, 1, 1)[..., 0, 0].T
    head.features.set_weights([2 * kernel, 2 * state.read(f"{MASKS}.conv2d.bias", outputs)])
    for layer, name in ((head.value, "output"), (head.gate, "output_gate")):
        kernel = state.read(f"{MASKS}.{name}.0.weight", features, features, 1)[..., 0].T
        layer.set_weights([kernel, state.read(f"{MASKS}.{name}.0.bias", features)])
    kernel = state.read(f"{MASKS}.end_conv1x1.weight", head.bins, features, 1)
    head.masks.set_weights([kernel[..., 0].T])


def _set_dense(layer, state, name, features):
    kernel = state.read(f"{name}.weight", layer.units, features).T
    layer.set_weights([kernel, state.read(f"{name}.bias", layer.units)])


def _set_norm(layer, state, name, features):
    """Of speechbrain's own global normalisation the weights have axes of length one besides."""
    axes = (1,) * (len(np.shape(state.tensors.get(f"{name}.weight", [0]))) - 1)
    weights = [state.read(f"{name}.{part}", features, *axes) for part in ("weight", "bias")]
    layer.set_weights([np.reshape(w, -1) for w in weights])
