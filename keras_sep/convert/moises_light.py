"""State dicts of the package moises-light to `keras_sep.zoo.moises_light`."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from keras_sep import zoo
from keras_sep.convert._demucs import count, set_convolution, stems_last
from keras_sep.convert._roformer import set_transformer
from keras_sep.convert._state_dict import StateDict
from keras_sep.convert._torch_layers import set_norm

NORM = ("weight", "bias", "running_mean", "running_var")
WINDOW = "stft_window"


def moises_light(
    state_dict: Mapping[str, Any],
    frame_length: int | None = None,
    difference: bool = False,
    **kwargs: Any,
) -> Any:
    """The Moises-Light with the weights of a state dict of the package moises-light.

    Sizes are read off the tensors, and so are the frames. Every tensor must be there, none may be
    left over, and shapes must fit. No tensor tells whether the network makes factors of the mixture
    or spectra, its activation or its hop: give `masked=False` where its `use_mask` was False,
    `activation` where its `act_name` was not "ReLU", and `hop_length` where it was not 1024, or the
    network separates badly.

    Args:
        state_dict: mapping from the names of `moises_light.MoisesLight` to NumPy arrays (see
            `read_checkpoint`). Its normalisations must be batch normalisations.
        frame_length: frame length of the spectrogram in samples, a check of what the tensors tell.
            None for no check.
        difference: whether the network has one source more, the mixture without the others.
        **kwargs: passed on to `keras_sep.zoo.moises_light`, as `hop_length`, `masked`,
            `activation` and `segment_samples`.

    Returns:
        A `keras.Model`, see `keras_sep.zoo.moises_light`.

    Example:

    >>> keras_sep.convert.moises_light({})
    Traceback (most recent call last):
    ...
    ValueError: The state dict must have the tensor 'first_conv.conv.weight'. Received: none
    """
    state = StateDict(
        state_dict,
        [name for name in state_dict if name.endswith("num_batches_tracked")] + ["freq_pad"],
    )
    sizes = _sizes(state)
    _check_frames(state, sizes, frame_length)
    stems = sizes["sources"]
    sizes["sources"] += difference
    network = state.build(zoo.moises_light, difference=difference, **sizes, **kwargs)
    get = network.get_layer
    channels, subbands, depth = sizes["channels"], sizes["subbands"], sizes["depth"]
    parts = stems_last(channels, 1, 2)  # of our features, real parts first, among theirs
    _set_group_conv(get("first"), state, "first_conv.conv", inputs=parts)
    set_norm(get("first_norm"), state, "first_conv.bn", NORM)
    for n in range(depth):
        _set_block(get(f"encoder_{n + 1}"), state, f"encoder_blocks.{n}")
        _set_resampling(get, state, f"downsampling_{n + 1}", f"ds.{n}")
    _set_block(get("bottom"), state, "bottleneck.split_merge")
    for n in range(sizes["blocks"]):
        for ours, theirs in (("frames", "time"), ("bins", "freq")):
            block = get(f"block_{n + 1}_{ours}")
            set_transformer(
                block, state, f"bottleneck.rope_blocks.{n}.{theirs}_transformer.layers.0"
            )
    set_norm(get("norm"), state, "bottleneck.final_norm", ("gamma",))
    for n in range(depth):  # decoders of theirs come innermost first
        heavy = n < sizes["decoder_blocks"]
        theirs = f"dec_heavy_us.{n}" if heavy else f"dec_light_us.{n - sizes['decoder_blocks']}"
        _set_resampling(get, state, f"upsampling_{depth - n}", theirs)
        if heavy:
            _set_block(get(f"decoder_{depth - n}"), state, f"dec_heavy_blocks.{n}")
    of_all_bands = (len(parts) * np.arange(subbands)[:, None] + parts).ravel()
    _set_group_conv(get("last"), state, "final_conv", outputs=of_all_bands)
    if stems > 1:
        outputs = stems_last(channels, stems, 2)
        shape = (len(outputs), len(parts))
        kernel = state.read("source_head.weight", *shape, 1, 1).reshape(shape)
        bias = state.read("source_head.bias", len(outputs))
        get("head").set_weights([kernel[outputs][:, parts].T, bias[outputs]])
    state.require_all_read()
    return network


def _sizes(state):
    """What the tensors tell."""
    filters, parts, edge, _ = state.shape("first_conv.conv.weight", 4)
    outputs = state.shape("final_conv.weight", 4)[0]
    depth = count(state, "ds", "conv.weight")
    hidden_bins, width = state.shape("encoder_blocks.0.tdf.fc1.weight", 2)
    decoders = count(state, "dec_heavy_us", "conv.weight")
    sizes = {
        "sources": 1,
        "channels": parts // 2,
        "bins": width * (outputs // parts),
        "subbands": outputs // parts,
        "filters": filters,
        "depth": depth,
        "decoder_blocks": decoders,
        "encoder_convolutions": count(state, "encoder_blocks.0.split1", "conv.weight"),
        "bottleneck": width // hidden_bins,
        "blocks": count(state, "bottleneck.rope_blocks", "time_transformer.layers.0.0.norm.gamma"),
        "edge_kernel_size": edge,
    }
    if decoders:
        sizes["decoder_convolutions"] = count(state, "dec_heavy_blocks.0.split1", "conv.weight")
    if "source_head.weight" in state:
        sizes["sources"] = state.shape("source_head.weight", 4)[0] // parts
    if sizes["blocks"]:
        first = "bottleneck.rope_blocks.0.time_transformer.layers.0"
        heads, _ = state.shape(f"{first}.0.to_gates.weight", 2)
        wide, _ = state.shape(f"{first}.0.to_qkv.weight", 2)
        hidden, _ = state.shape(f"{first}.1.net.1.weight", 2)
        sizes |= {"heads": heads, "head_size": wide // (3 * heads), "hidden": hidden}
    (sizes["frame_length"],) = state.shape(WINDOW, 1)
    return sizes


def _check_frames(state, sizes, frame_length):
    """The window must be a whole frame's, and that of this length if one is given."""
    length = sizes["frame_length"]
    if frame_length not in (None, length):
        raise ValueError(
            f"`frame_length` must be that of {WINDOW!r}. "
            f"Received: frame_length={frame_length} and a window of {length} samples"
        )
    found = state.read(WINDOW, length)
    wanted = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)
    if not np.allclose(found, wanted, atol=1e-4):
        raise ValueError(f"{WINDOW!r} must be a Hann window. Received: {found[:3].tolist()}...")
    silent = np.shape(state.tensors["freq_pad"])[2:3] if "freq_pad" in state else ()
    if silent and silent[0] + sizes["bins"] != length // 2 + 1:
        raise ValueError(
            f"{WINDOW!r} must be as long as the transform, whose bins are those of the network and "
            f"of 'freq_pad'. Received: a window of {length} samples, {sizes['bins']} bins and "
            f"{silent[0]}"
        )


def _set_block(block, state, name):
    for ours, conv in block.convs.items():
        half, _, number = ours.partition("_")
        theirs = {"shortcut": "res", "before": "split1", "after": "split2"}[half]
        at = f"{name}.{theirs}" + (f".{int(number) - 1}" if number else "")
        _set_group_conv(conv, state, f"{at}.conv")
        set_norm(block.norms[ours], state, f"{at}.bn", NORM)
    for ours, number in (("narrow", 1), ("wide", 2)):
        kernel, bias = getattr(block, ours), getattr(block, f"{ours}_bias")
        kernel.assign(state.read(f"{name}.tdf.fc{number}.weight", *kernel.shape))
        bias.assign(state.read(f"{name}.tdf.fc{number}.bias", *bias.shape))
        set_norm(block.norms[ours], state, f"{name}.tdf.bn{number}", NORM)


def _set_resampling(get, state, ours, theirs):
    set_convolution(get(ours), state, f"{theirs}.conv")
    set_norm(get(f"{ours}_norm"), state, f"{theirs}.bn", NORM)


def _set_group_conv(layer, state, name, inputs=None, outputs=None):
    """`inputs` are the places of a group's features of ours among theirs, `outputs` of all."""
    kernel = state.read(f"{name}.weight", *reversed(layer.kernel.shape)).T
    bias = state.read(f"{name}.bias", layer.filters)
    if inputs is not None:
        kernel = kernel[:, :, inputs]
    if outputs is not None:
        kernel, bias = kernel[..., outputs], bias[outputs]
    layer.set_weights([kernel, bias])
