"""State dicts of the package HS-TasNet to `keras_sep.zoo.hs_tasnet`."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from keras_sep import zoo
from keras_sep.convert._asteroid import set_mask_head
from keras_sep.convert._recurrent import recurrent_sizes, set_recurrent
from keras_sep.convert._state_dict import StateDict
from keras_sep.convert._torch_layers import set_dense, set_filterbank, set_norm

# windows, and a bias that nothing adds
NOT_WEIGHTS = ("stft.window", "stft.streaming_envelope", "conv_decode.window", "conv_decode.bias")
BRANCHES = {"spectrum": "spec", "waveform": "waveform"}


def hs_tasnet(state_dict: Mapping[str, Any], hop_length: int | None = None, **kwargs: Any) -> Any:
    """The HS-TasNet with the weights of a state dict of the package HS-TasNet.

    Sizes are read off the tensors, and so is whether the network is the small one, whether it reads
    complex spectra, and whether it normalises the features that make the masks. Every tensor must
    be there, none may be left over, and shapes must fit.

    Args:
        state_dict: mapping from the names of `hs_tasnet.HSTasNet` to NumPy arrays (see
            `read_checkpoint`).
        hop_length: samples from one frame to the next, which no tensor tells; by default half a
            frame.
        **kwargs: passed on to `keras_sep.zoo.hs_tasnet`, as `name`.

    Returns:
        A `keras.Model`, see `keras_sep.zoo.hs_tasnet`.

    Example:

    >>> keras_sep.convert.hs_tasnet({})
    Traceback (most recent call last):
    ...
    ValueError: The state dict must have the tensor 'conv_encode.weight'. Received: none
    """
    state = StateDict(state_dict, NOT_WEIGHTS)
    both, channels, frame_length = state.shape("conv_encode.weight", 3)
    sizes = recurrent_sizes(state, "pre_spec_branch")
    units, filters, bins = sizes["units"], both // 2, frame_length // 2 + 1
    middle = recurrent_sizes(state, "fusion_branch")["units"]
    _, inputs = state.shape("spec_encode.1.weight", 2)
    parts = inputs // (bins * channels)  # one, or real and imaginary part
    if inputs != parts * bins * channels or parts not in (1, 2):
        raise ValueError(
            f"'spec_encode.1.weight' must have inputs for {bins} bins of {channels} channels, once "
            f"or twice. Received: {inputs} inputs"
        )
    outputs, _ = state.shape("to_waveform_masks.1.weight", 2)
    sources = outputs // filters
    normalize = "to_spec_masks.0.weight" in state
    network = state.build(
        zoo.hs_tasnet,
        sources,
        channels,
        frame_length,
        frame_length // 2 if hop_length is None else hop_length,
        filters,
        units,
        sizes["layers"],
        sizes["cell"],
        summed=middle == units,
        complex_spectrum=parts == 2,
        normalize=normalize,
        **kwargs,
    )
    get = network.get_layer
    kernels = np.split(state.read("conv_encode.weight", both, channels, frame_length), 2)
    biases = np.split(state.read("conv_encode.bias", both), 2)
    for layer, kernel, bias in zip(("encoder", "gate"), kernels, biases, strict=True):
        get(layer).set_weights([kernel.T, bias])
    set_filterbank(get("decoder"), state, "conv_decode.weight")
    set_dense(get("waveform_features"), state, "basis_to_embed.0", axes=1)
    kernel = state.read("spec_encode.1.weight", units, inputs)
    kernel = kernel.reshape(units, channels, bins, parts).transpose(2, 3, 1, 0)
    bias = state.read("spec_encode.1.bias", units)
    get("spectrum_features").set_weights([kernel.reshape(inputs, units), bias])
    for ours, theirs in BRANCHES.items():
        for place in ("pre", "post"):
            set_recurrent(get(f"{ours}_{place}"), state, f"{place}_{theirs}_branch", units)
        if normalize:
            set_norm(get(f"{ours}_norm"), state, f"to_{theirs}_masks.0", ("weight",))
    set_recurrent(get("fusion"), state, "fusion_branch", middle)
    set_mask_head(get("waveform_masks"), state, "to_waveform_masks.1", units, filters, sources)
    # theirs run over channels slowest, then bins, parts and sources
    shape = (channels, bins, parts, sources)
    kernel = state.read("to_spec_masks.1.weight", inputs * sources, units)
    kernel = kernel.reshape(*shape, units).transpose(4, 1, 2, 0, 3).reshape(units, -1)
    bias = state.read("to_spec_masks.1.bias", inputs * sources)
    bias = bias.reshape(shape).transpose(1, 2, 0, 3).ravel()
    get("spectrum_masks").set_weights([kernel, bias])
    state.require_all_read()
    return network
