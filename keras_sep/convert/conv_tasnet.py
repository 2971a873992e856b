"""State dicts of `asteroid.models.ConvTasNet` to `keras_sep.zoo.conv_tasnet`."""

from collections.abc import Mapping
from typing import Any

import keras

from keras_sep import zoo
from keras_sep.convert._asteroid import FILTERS, GAMMA_BETA, NOT_WEIGHTS, set_mask_head
from keras_sep.convert._state_dict import StateDict
from keras_sep.convert._torch_layers import set_dense, set_filterbank, set_norm, set_prelu


def conv_tasnet(
    state_dict: Mapping[str, Any], stride: int | None = None, blocks: int = 8, **kwargs: Any
) -> keras.Model:
    """The Conv-TasNet with the weights of a state dict of asteroid 0.7.

    Sizes are read off the tensors, and so is whether the network is causal. Every tensor must be
    there, none may be left over, and shapes must fit. As in asteroid, samples after the last whole
    frame are left out, unless `drop_remainder=False` is given.

    Args:
        state_dict: mapping from the names of `asteroid.models.ConvTasNet` to NumPy arrays (see
            `read_checkpoint`).
        stride: samples from one frame to the next, which no tensor tells; by default half a filter.
        blocks: in a repeat, which no tensor tells either.
        **kwargs: passed on to `keras_sep.zoo.conv_tasnet`, as `mask_activation`, and
            `normalization`, which no tensor tells: by default the global one, or where the network
            is causal the channel-wise one, as in asteroid. Its "cgLN" is
            `CumulativeLayerNormalization()`, its "cLN" `LayerNormalization(epsilon=1e-8)`.

    Returns:
        A `keras.Model`, see `keras_sep.zoo.conv_tasnet`.

    Example:

    >>> keras_sep.convert.conv_tasnet({})
    Traceback (most recent call last):
    ...
    ValueError: The state dict must have the tensor 'encoder.filterbank._filters'. Received: none
    """
    count = sum(name.endswith("shared_block.0.weight") for name in state_dict)
    # of the last block, where the masks are made of the skips, nothing reads the residual
    unread = [f"masker.TCN.{count - 1}.res_conv.{part}" for part in ("weight", "bias")]
    with_skips = "masker.TCN.0.skip_conv.weight" in state_dict
    state = StateDict(state_dict, [*NOT_WEIGHTS, *unread] if with_skips else NOT_WEIGHTS)
    filters, channels, kernel_size = state.shape("encoder.filterbank._filters", 3)
    bottleneck, _, _ = state.shape("masker.bottleneck.1.weight", 3)
    hidden, _, _ = state.shape("masker.TCN.0.shared_block.0.weight", 3)
    outputs, _, _ = state.shape("masker.mask_net.1.weight", 3)
    causal = "masker.TCN.0.shared_block.3.0.weight" in state
    _, _, taps = state.shape(f"{_depthwise('masker.TCN.0', causal)}.weight", 3)
    skip = state.shape("masker.TCN.0.skip_conv.weight", 3)[0] if with_skips else None
    if blocks < 1 or count % blocks:
        raise ValueError(
            f"`blocks` must divide the {count} blocks of the state dict. Received: blocks={blocks}"
        )
    sources = outputs // filters
    network = state.build(
        zoo.conv_tasnet,
        sources,
        channels,
        filters=filters,
        kernel_size=kernel_size,
        stride=kernel_size // 2 if stride is None else stride,
        bottleneck=bottleneck,
        hidden=hidden,
        skip=skip,
        taps=taps,
        blocks=blocks,
        repeats=count // blocks,
        causal=causal,
        **{
            "normalization": keras.layers.LayerNormalization(epsilon=1e-8) if causal else None,
            "drop_remainder": True,
            **kwargs,
        },
    )
    get = network.get_layer
    for name in ("encoder", "decoder"):
        set_filterbank(get(name), state, f"{name}.{FILTERS}")
    set_norm(get("normalization"), state, "masker.bottleneck.0", GAMMA_BETA)
    set_dense(get("bottleneck"), state, "masker.bottleneck.1", axes=1)
    for index in range(count):
        block = get(f"block_{index // blocks + 1}_{index % blocks + 1}")
        _set_block(block, state, f"masker.TCN.{index}")
    set_prelu(get("activation"), state, "masker.mask_net.0")
    features = bottleneck if skip is None else skip
    set_mask_head(get("masks"), state, "masker.mask_net.1", features, filters, sources)
    state.require_all_read()
    return network


def _set_block(block, state, name):
    hidden = block.filters
    shared = f"{name}.shared_block"
    set_dense(block.expansion, state, f"{shared}.0", axes=1)
    set_prelu(block.activation_1, state, f"{shared}.1")
    set_norm(block.norm_1, state, f"{shared}.2", GAMMA_BETA)
    depthwise = _depthwise(name, block.causal)
    kernel = state.read(f"{depthwise}.weight", hidden, 1, block.kernel_size)
    block.depthwise.set_weights(
        [kernel.transpose(2, 0, 1), state.read(f"{depthwise}.bias", hidden)]
    )
    set_prelu(block.activation_2, state, f"{shared}.4")
    set_norm(block.norm_2, state, f"{shared}.5", GAMMA_BETA)
    if block.skip is not None:
        set_dense(block.skip, state, f"{name}.skip_conv", axes=1)
    if not block.skip_only:
        set_dense(block.residual, state, f"{name}.res_conv", axes=1)


def _depthwise(block, causal):
    """A causal convolution stands beside what cuts its future off."""
    return f"{block}.shared_block.3" + (".0" if causal else "")
