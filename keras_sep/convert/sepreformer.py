"""State dicts of the authors' SepReformer to `keras_sep.zoo.sepreformer`."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from keras_sep import zoo
from keras_sep.convert._state_dict import StateDict
from keras_sep.convert._torch_layers import set_dense, set_filterbank, set_norm

AUXILIARY = ("out_layer_bn.", "decoder_bn.")  # what only training needs
SPLIT = "separator.spk_split_block"


def sepreformer(
    state_dict: Mapping[str, Any], stride: int | None = None, auxiliary: bool = False, **kwargs: Any
) -> Any:
    """The SepReformer with the weights of a state dict of the authors' class.

    Sizes are read off the tensors. Every tensor must be there, none may be left over, and shapes
    must fit.

    Args:
        state_dict: mapping from the names of the authors' `Model` to NumPy arrays (see
            `read_checkpoint`).
        stride: samples from one frame to the next. Default: a quarter of the filters' length, as of
            all published sizes.
        auxiliary: whether the network returns the auxiliary estimates too. Default False: their
            tensors are left out.
        **kwargs: passed on to `keras_sep.zoo.sepreformer`, as `dropout`.

    Returns:
        A `keras.Model`, see `keras_sep.zoo.sepreformer`.

    Example:

    >>> keras_sep.convert.sepreformer({})
    Traceback (most recent call last):
    ...
    ValueError: The state dict must have the tensor 'audio_encoder.conv1d.weight'. Received: none
    """
    unread = [
        name
        for name in state_dict
        if name.endswith(".num_batches_tracked") or (name.startswith(AUXILIARY) and not auxiliary)
    ]
    state = StateDict(state_dict, unread)
    filters, channels, kernel_size = state.shape("audio_encoder.conv1d.weight", 3)
    bottleneck, _, _ = state.shape("feature_projector.conv1d.weight", 3)
    vectors, head_size = state.shape("separator.pos_emb.pe_k.weight", 2)
    if bottleneck % head_size:
        raise ValueError(
            "'separator.pos_emb.pe_k.weight' must have as many columns as a head has features. "
            f"Received: {head_size}, and {bottleneck} features"
        )
    stages = sum(name.endswith(".downconv.down_conv.weight") for name in state_dict)
    shared = f"{SPLIT}.norm.weight" in state
    split = SPLIT if shared else f"{SPLIT}s.0"
    local = "separator.bottleneck_G.l_block_1.block.cla.dw_conv_1d.weight"
    network = state.build(
        zoo.sepreformer,
        state.shape(f"{split}.linear.2.weight", 3)[0] // bottleneck,
        channels,
        filters=filters,
        kernel_size=kernel_size,
        stride=kernel_size // 4 if stride is None else stride,
        bottleneck=bottleneck,
        stages=stages,
        heads=bottleneck // head_size,
        local_kernel_size=state.shape(local, 3)[2],
        reach=vectors // 2,
        shared_split=shared,
        auxiliary=auxiliary,
        **kwargs,
    )
    get = network.get_layer
    set_filterbank(get("encoder"), state, "audio_encoder.conv1d.weight")
    set_norm(get("normalization"), state, "feature_projector.norm")
    set_dense(get("bottleneck"), state, "feature_projector.conv1d", axes=1)
    get("positions").set_weights(
        [state.read("separator.pos_emb.pe_k.weight", *get("positions").table.shape)]
    )
    for n in range(1 if shared else stages + 1):
        _set_split(get(f"split_{n + 1}"), state, SPLIT if shared else f"{SPLIT}s.{n}")
    for n in range(stages):
        stage = f"separator.enc_stages.{n}"
        _set_blocks(get, state, f"encoder_{n + 1}", stage, 2)
        _set_depthwise(get(f"down_{n + 1}"), state, f"{stage}.downconv.down_conv")
        _set_batch_norm(get(f"down_{n + 1}_norm"), state, f"{stage}.downconv.BN")
        _set_blocks(get, state, f"decoder_{n + 1}", f"separator.dec_stages.{n}", 3)
        set_dense(get(f"fusion_{n + 1}"), state, f"separator.simple_fusion.{n}", axes=1)
        if auxiliary:
            _set_estimates(get, state, f"auxiliary_{n + 1}", f"out_layer_bn.{n}", f"decoder_bn.{n}")
    _set_blocks(get, state, "bottom", "separator.bottleneck_G", 2)
    _set_estimates(get, state, "estimates", "out_layer", "audio_decoder")
    state.require_all_read()
    return network


def _set_estimates(get, state, ours, output_layer, decoder):
    set_dense(get(f"{ours}_gating"), state, f"{output_layer}.end_conv1x1.0")
    set_dense(get(f"{ours}_frames"), state, f"{output_layer}.end_conv1x1.2")
    set_filterbank(get(f"{ours}_decoder"), state, f"{decoder}.weight")


def _set_split(split, state, name):
    set_dense(split.gating, state, f"{name}.linear.0", axes=1)
    set_dense(split.splitting, state, f"{name}.linear.2", axes=1)
    set_norm(split.norm, state, f"{name}.norm")


def _set_blocks(get, state, ours, stage, count):
    """The blocks of a stage; only those of the decoder have attention between the sources."""
    for n in range(1, count + 1):
        attention = get(f"{ours}_{n}_attention")
        ega = f"{stage}.g_block_{n}.block.ega.block"
        _set_attention(attention, state, f"{ega}.self_attn")
        _set_normalized(attention.gate, state, f"{ega}.linear.0", [f"{ega}.linear.1"])
        _set_gated(get(f"{ours}_{n}_attention_gated"), state, f"{stage}.g_block_{n}.block.gcfn")
        _set_local(get(f"{ours}_{n}_local"), state, f"{stage}.l_block_{n}.block.cla")
        _set_gated(get(f"{ours}_{n}_local_gated"), state, f"{stage}.l_block_{n}.block.gcfn")
        if f"{stage}.spk_attn_{n}.self_attn.layer_norm.weight" in state:
            between = f"{stage}.spk_attn_{n}"
            _set_attention(get(f"{ours}_{n}_sources"), state, f"{between}.self_attn")
            _set_gated(get(f"{ours}_{n}_sources_gated"), state, f"{between}.feed_forward")


def _set_attention(block, state, name):
    parts = [f"{name}.linear_{part}" for part in "qkv"]
    _set_normalized(block.attended, state, f"{name}.layer_norm", parts)
    _set_scaled(block.projection, state, f"{name}.linear_out", name)


def _set_gated(block, state, name):
    _set_normalized(block.widening, state, f"{name}.net1.0", [f"{name}.net1.1"])
    _set_depthwise(block.depthwise, state, f"{name}.depthwise")
    _set_scaled(block.narrowing, state, f"{name}.net2.2", name)


def _set_local(block, state, name):
    _set_normalized(block.gating, state, f"{name}.layer_norm", [f"{name}.linear1"])
    _set_depthwise(block.depthwise, state, f"{name}.dw_conv_1d")
    set_dense(block.widening, state, f"{name}.linear2")
    _set_batch_norm(block.norm, state, f"{name}.BN")
    _set_scaled(block.narrowing, state, f"{name}.linear3.1", name)


def _set_normalized(layer, state, norm, parts):
    """A normalisation and dense layers after it, beside each other in one of ours."""
    features, units = layer.kernel.shape
    units //= len(parts)
    layer.set_weights(
        [
            np.concatenate([state.read(f"{part}.weight", units, features) for part in parts]).T,
            np.concatenate([state.read(f"{part}.bias", units) for part in parts]),
            state.read(f"{norm}.weight", features),
            state.read(f"{norm}.bias", features),
        ]
    )


def _set_scaled(layer, state, dense, block):
    """A dense layer and the scale of the block that it ends."""
    features, units = layer.kernel.shape
    layer.set_weights(
        [
            state.read(f"{dense}.weight", units, features).T,
            state.read(f"{dense}.bias", units),
            state.read(f"{block}.Layer_scale.layer_scale", 1, 1, units)[0, 0],
        ]
    )


def _set_depthwise(layer, state, name):
    taps, features, _ = layer.kernel.shape
    kernel = state.read(f"{name}.weight", features, 1, taps)
    layer.set_weights([kernel.transpose(2, 0, 1), state.read(f"{name}.bias", features)])


def _set_batch_norm(layer, state, name):
    (features,) = layer.gamma.shape
    parts = ("weight", "bias", "running_mean", "running_var")
    layer.set_weights([state.read(f"{name}.{part}", features) for part in parts])
