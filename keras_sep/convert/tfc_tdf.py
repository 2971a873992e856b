"""State dicts of the published TFC-TDF-UNet v3 (MDX23C) to `keras_sep.zoo.tfc_tdf`."""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from keras_sep import zoo
from keras_sep.convert._state_dict import StateDict
from keras_sep.convert._torch_layers import set_norm

AFFINE = ("weight", "bias")
STATISTICS = ("running_mean", "running_var")


def tfc_tdf(
    state_dict: Mapping[str, Any],
    channels: int = 2,
    bins: int | None = None,
    norm_groups: int | None = None,
    difference: bool = False,
    **kwargs: Any,
) -> Any:
    """The TFC-TDF-UNet v3 with the weights of a state dict of its authors' class, MDX23C.

    Sizes are read off the tensors, and so is whether batches or examples are normalised. Every
    tensor must be there, none may be left over, and shapes must fit.

    Args:
        state_dict: mapping from the names of `TFC_TDF_net` to NumPy arrays (see `read_checkpoint`).
        channels: number of audio channels.
        bins: number of bins of the spectrogram that it reads, a check of what the tensors tell: a
            network with another transform may have tensors of the same names. None for no check.
        norm_groups: number of groups of the normalisations, where they are over groups of channels.
        difference: whether the network has one source more, the mixture without the others.
        **kwargs: passed on to `keras_sep.zoo.tfc_tdf`, as `frame_length`, `hop_length`,
            `activation` and `segment_samples` (261120 of published weights).

    Returns:
        A `keras.Model`, see `keras_sep.zoo.tfc_tdf`.

    Example:

    >>> keras_sep.convert.tfc_tdf({})
    Traceback (most recent call last):
    ...
    ValueError: The state dict must have the tensor 'first_conv.weight'. Received: none
    """
    state = StateDict(
        state_dict, [name for name in state_dict if name.endswith("num_batches_tracked")]
    )
    sizes = _sizes(state, channels)
    if bins not in (None, sizes["bins"]):
        raise ValueError(
            "The state dict must be of a network that reads `bins` bins of `channels` channels, "
            f"real and imaginary parts. Received: bins={bins}, channels={channels} and "
            f"tensors for {sizes['bins']} bins"
        )
    stems = sizes["sources"]
    sizes["sources"] += difference
    network = state.build(
        zoo.tfc_tdf,
        channels=channels,
        difference=difference,
        normalization=_normalization(state, norm_groups),
        **sizes,
        **kwargs,
    )
    get = network.get_layer
    depth, places = sizes["depth"], _places(channels, sizes["subbands"])
    first, hidden, last = (get(name).kernel for name in ("first", "hidden", "last"))
    first.assign(_kernel(first, state, "first_conv")[places])
    for n in range(depth):
        up = depth - n  # decoders of theirs come innermost first
        _set_level(get, state, f"encoder_{n + 1}", f"encoder_blocks.{n}.tfc_tdf")
        _set_resampling(get, state, f"downsampling_{n + 1}", f"encoder_blocks.{n}.downscale")
        _set_resampling(get, state, f"upsampling_{up}", f"decoder_blocks.{n}.upscale")
        _set_level(get, state, f"decoder_{up}", f"decoder_blocks.{n}.tfc_tdf")
    _set_level(get, state, "bottom", "bottleneck_block")
    others = np.arange(len(places), len(places) + sizes["filters"])
    hidden.assign(_kernel(hidden, state, "final_conv.0")[np.append(places, others)])
    every_source = len(places) * np.arange(stems)
    outputs = (places[:, None] + every_source).ravel()  # sources last
    last.assign(_kernel(last, state, "final_conv.2")[:, outputs])
    state.require_all_read()
    return network


def _sizes(state, channels):
    """What the tensors tell."""
    filters, features, _, _ = state.shape("first_conv.weight", 4)
    subbands, rest = divmod(features, 2 * channels)
    if rest or not subbands:
        raise ValueError(
            "`channels` must divide the inputs of 'first_conv.weight', with two parts each. "
            f"Received: channels={channels} and {features} inputs"
        )
    depth, blocks = _count(state, "encoder_blocks"), _count(state, "bottleneck_block.blocks")
    wider, _, *strides = state.shape("encoder_blocks.0.downscale.conv.2.weight", 4)
    hidden, bins = state.shape("encoder_blocks.0.tfc_tdf.blocks.0.tdf.2.weight", 2)
    return {
        "sources": state.shape("final_conv.2.weight", 4)[0] // features,
        "bins": bins * subbands,
        "subbands": subbands,
        "filters": filters,
        "growth": wider - filters,
        "depth": depth,
        "blocks": blocks,
        "strides": tuple(strides),
        "bottleneck": bins // hidden,
    }


def _count(state, name):
    """Number of entries of a list of theirs."""
    first = len(name.split("."))
    return len({n.split(".")[first] for n in state.tensors if n.startswith(f"{name}.")})


def _normalization(state, groups):
    """The normalisation that all others are copies of; None for the builder's own."""
    name = "encoder_blocks.0.downscale.conv.0"
    if groups:
        return keras.layers.GroupNormalization(groups, epsilon=1e-5)
    if f"{name}.running_mean" in state:
        return keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5)
    return None if f"{name}.weight" in state else keras.layers.Identity()


def _places(channels, subbands):
    """Places of our features among theirs.

    Theirs are (channel, part, sub-band), ours (sub-band, part, channel).
    """
    return np.arange(channels * 2 * subbands).reshape(channels, 2, subbands).T.ravel()


def _set_level(get, state, ours, theirs):
    for n in range(_count(state, f"{theirs}.blocks")):
        block, name = get(f"{ours}_block_{n + 1}"), f"{theirs}.blocks.{n}"
        for norm, at in (
            (block.norm_1, "tfc1.0"),
            (block.norm_narrow, "tdf.0"),
            (block.norm_wide, "tdf.3"),
            (block.norm_2, "tfc2.0"),
        ):
            _set_norm(norm, state, f"{name}.{at}")
        for weight, at in (
            (block.conv_1.kernel, "tfc1.2"),
            (block.conv_2.kernel, "tfc2.2"),
            (block.shortcut, "shortcut"),
        ):
            weight.assign(_kernel(weight, state, f"{name}.{at}"))
        for weight, at in ((block.narrow, "tdf.2"), (block.wide, "tdf.5")):
            weight.assign(state.read(f"{name}.{at}.weight", *weight.shape))


def _set_resampling(get, state, ours, theirs):
    _set_norm(get(f"{ours}_norm"), state, f"{theirs}.conv.0")
    kernel = get(ours).kernel
    kernel.assign(_kernel(kernel, state, f"{theirs}.conv.2"))


def _set_norm(layer, state, name):
    if layer.get_weights():
        moving = STATISTICS if isinstance(layer, keras.layers.BatchNormalization) else ()
        set_norm(layer, state, name, (*AFFINE, *moving))


def _kernel(weight, state, name):
    """That of a convolution, transposed or not; of one tap as a matrix."""
    *taps, first, second = weight.shape
    kernel = state.read(f"{name}.weight", second, first, *(taps or (1, 1))).transpose(2, 3, 1, 0)
    return kernel.reshape(weight.shape)
