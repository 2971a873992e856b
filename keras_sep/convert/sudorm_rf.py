"""State dicts of asteroid's SuDoRM-RF networks to `keras_sep.zoo.sudorm_rf`."""

from collections.abc import Mapping
from typing import Any

from keras_sep import zoo
from keras_sep.convert._asteroid import FILTERS, GAMMA_BETA, NOT_WEIGHTS, set_mask_head
from keras_sep.convert._state_dict import StateDict
from keras_sep.convert._torch_layers import set_dense, set_filterbank, set_norm, set_prelu

ENCODER = "encoder.encoder"  # what pads the mixture is around it, and names its filters once more
BUFFERS = [name.replace("encoder", ENCODER) for name in NOT_WEIGHTS]


def sudorm_rf(state_dict: Mapping[str, Any], **kwargs: Any) -> Any:
    """The SuDoRM-RF with the weights of a state dict of asteroid 0.7.

    All sizes are read off the tensors, and so is which of the two networks it is. Every tensor must
    be there, none may be left over, and shapes must fit.

    Args:
        state_dict: mapping from the names of `asteroid.models.SuDORMRFNet` or
            `SuDORMRFImprovedNet` to NumPy arrays (see `read_checkpoint`).
        **kwargs: passed on to `keras_sep.zoo.sudorm_rf`, as `mask_activation`.

    Returns:
        A `keras.Model`, see `keras_sep.zoo.sudorm_rf`.

    Example:

    >>> keras_sep.convert.sudorm_rf({})
    Traceback (most recent call last):
    ...
    ValueError: The state dict must have the tensor 'encoder.encoder.filterbank._filters'. \
Received: none
    """
    state = StateDict(state_dict, [*NOT_WEIGHTS, *BUFFERS, "encoder.filterbank._filters"])
    filters, channels, kernel_size = state.shape(f"{ENCODER}.filterbank._filters", 3)
    improved = "masker.bottleneck.weight" in state
    bottleneck, _, _ = state.shape(f"masker.{'bottleneck' if improved else 'l1'}.weight", 3)
    blocks = sum(name.endswith("proj_1x1.conv.weight") for name in state_dict)
    depth = sum(
        name.startswith("masker.sm.0.spp_dw.") and name.endswith("conv.weight")
        for name in state_dict
    )
    if improved:
        sources = state.shape("masker.mask_net.1.weight", 3)[0] // filters
    else:
        sources = state.shape("masker.m.weight", 4)[0]
    network = state.build(
        zoo.sudorm_rf,
        sources,
        channels,
        filters=filters,
        kernel_size=kernel_size,
        bottleneck=bottleneck,
        blocks=blocks,
        depth=depth,
        improved=improved,
        **kwargs,
    )
    get = network.get_layer
    parts = GAMMA_BETA if improved else ("weight", "bias")  # of all normalisations
    set_filterbank(get("encoder"), state, f"{ENCODER}.{FILTERS}")
    set_filterbank(get("decoder"), state, f"decoder.{FILTERS}")
    set_norm(get("normalization"), state, "masker.ln", parts)
    if improved:
        set_dense(get("bottleneck"), state, "masker.bottleneck", axes=1)
        set_prelu(get("activation"), state, "masker.mask_net.0")
        set_mask_head(get("masks"), state, "masker.mask_net.1", bottleneck, filters, sources)
    else:
        set_dense(get("bottleneck"), state, "masker.l1", axes=1)
        if bottleneck != filters:
            set_dense(get("widening"), state, "masker.reshape_before_masks", axes=1)
        kernel = state.read("masker.m.weight", sources, 1, filters + 1, 1)[:, 0, :, 0]
        get("masks").set_weights([kernel.T, state.read("masker.m.bias", sources)])
    for index in range(blocks):
        _set_block(get(f"block_{index + 1}"), state, f"masker.sm.{index}", parts)
    state.require_all_read()
    return network


def _set_block(block, state, name, parts):
    filters = block.filters
    set_dense(block.expansion, state, f"{name}.proj_1x1.conv", axes=1)
    set_norm(block.expansion_norm, state, f"{name}.proj_1x1.norm", parts)
    set_prelu(block.expansion_activation, state, f"{name}.proj_1x1.act")
    for level, (depthwise, norm) in enumerate(zip(block.depthwise, block.norms, strict=True)):
        at = f"{name}.spp_dw.{level}"
        kernel = state.read(f"{at}.conv.weight", filters, 1, block.kernel_size)
        depthwise.set_weights([kernel.transpose(2, 0, 1), state.read(f"{at}.conv.bias", filters)])
        set_norm(norm, state, f"{at}.norm", parts)
    set_norm(block.sum_norm, state, f"{name}.final_norm.norm", parts)
    set_prelu(block.sum_activation, state, f"{name}.final_norm.act")
    if block.improved:
        set_dense(block.contraction, state, f"{name}.res_conv", axes=1)
        return
    set_dense(block.contraction, state, f"{name}.conv_1x1_exp.conv", axes=1)
    set_norm(block.output_norm, state, f"{name}.conv_1x1_exp.norm", parts)
    set_norm(block.final_norm, state, f"{name}.module_act.norm", parts)
    set_prelu(block.final_activation, state, f"{name}.module_act.act")
