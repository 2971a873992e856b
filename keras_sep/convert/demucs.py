"""State dicts of `demucs.demucs.Demucs` to `keras_sep.zoo.demucs`."""

from collections.abc import Mapping
from typing import Any

from keras_sep import zoo
from keras_sep.convert._demucs import (
    branch_sizes,
    count,
    set_branches,
    set_convolution,
    set_recurrent,
    stems_last,
)
from keras_sep.convert._state_dict import StateDict
from keras_sep.convert._torch_layers import set_norm


def demucs(state_dict: Mapping[str, Any], stride: int | None = None, **kwargs: Any) -> Any:
    """The Demucs with the weights of a state dict of demucs 4.

    Sizes are read off the tensors. Every tensor must be there, none may be left over, and shapes
    must fit.

    Args:
        state_dict: mapping from the names of `demucs.demucs.Demucs` to NumPy arrays (see
            `read_checkpoint`).
        stride: of the strided convolutions, which no tensor tells; by default half a kernel.
        **kwargs: passed on to `keras_sep.zoo.demucs`, as `normalize`, `resample`, `gelu` and
            `norm_groups`.

    Returns:
        A `keras.Model`, see `keras_sep.zoo.demucs`.

    Example:

    >>> keras_sep.convert.demucs({})
    Traceback (most recent call last):
    ...
    ValueError: The state dict must have the tensor 'encoder.0.0.weight'. Received: none
    """
    state = StateDict(state_dict)
    filters, channels, kernel_size = state.shape("encoder.0.0.weight", 3)
    depth = count(state, "encoder", "0.weight")
    in_encoder = "encoder.0.3.layers.0.0.weight" in state
    rewrite, gated, context = _rewriting(state, depth, in_encoder, filters)
    in_decoder = f"decoder.0.{3 if rewrite else 0}.layers.0.0.weight" in state
    growth = 2 if depth == 1 else state.shape("encoder.1.0.weight", 3)[0] / filters
    last = f"decoder.{depth - 1}.{3 * rewrite + in_decoder}"
    sources = state.shape(f"{last}.weight", 3)[1] // channels
    normed = [f"encoder.{n}.1.weight" in state for n in range(depth)]
    layers = 0
    while f"lstm.lstm.weight_ih_l{layers}" in state:
        layers += 1
    sizes = {}
    if in_encoder:
        sizes = branch_sizes(state, [f"encoder.{n}.3" for n in range(depth)])
    elif in_decoder:
        within = 3 if rewrite else 0
        sizes = branch_sizes(state, [f"decoder.{depth - 1 - n}.{within}" for n in range(depth)])
    network = state.build(
        zoo.demucs,
        sources,
        channels,
        filters=filters,
        growth=growth,
        depth=depth,
        rewrite=rewrite,
        recurrent_layers=layers,
        kernel_size=kernel_size,
        stride=kernel_size // 2 if stride is None else stride,
        context=context,
        gated=gated,
        norm_starts=normed.index(True) if any(normed) else depth,
        encoder_branches=in_encoder,
        decoder_branches=in_decoder,
        **sizes,
        **kwargs,
    )
    for n in range(depth):
        _set_encoder(network, state, n, in_encoder, rewrite, normed[n])
        _set_decoder(network, state, n, depth, in_decoder, rewrite, normed[n], sources)
    if layers:
        set_recurrent(network.get_layer("recurrent"), state, "lstm")
    state.require_all_read()
    return network


def _rewriting(state, depth, in_encoder, filters):
    """Whether blocks have second convolutions, gated or not, and what the decoder's see."""
    name = f"encoder.0.{3 + in_encoder}.weight"
    if name not in state:
        return False, True, 1
    outputs, _, _ = state.shape(name, 3)
    _, _, taps = state.shape(f"decoder.{depth - 1}.0.weight", 3)
    return True, outputs == 2 * filters, taps // 2


def _set_encoder(network, state, n, branches, rewrite, normed):
    name, theirs = f"encoder_{n + 1}", f"encoder.{n}"
    set_convolution(network.get_layer(f"{name}_conv"), state, f"{theirs}.0")
    if normed:
        set_norm(network.get_layer(f"{name}_norm_1"), state, f"{theirs}.1")
    if branches:
        set_branches(network, state, name, f"{theirs}.3")
    if rewrite:
        after = 3 + branches
        set_convolution(network.get_layer(f"{name}_rewrite"), state, f"{theirs}.{after}")
        if normed:
            set_norm(network.get_layer(f"{name}_norm_2"), state, f"{theirs}.{after + 1}")


def _set_decoder(network, state, n, depth, branches, rewrite, normed, sources):
    name, theirs = f"decoder_{n + 1}", f"decoder.{depth - 1 - n}"
    after = 0
    if rewrite:
        set_convolution(network.get_layer(f"{name}_rewrite"), state, f"{theirs}.0")
        if normed:
            set_norm(network.get_layer(f"{name}_norm_1"), state, f"{theirs}.1")
        after = 3
    if branches:
        set_branches(network, state, name, f"{theirs}.{after}")
        after += 1
    last = network.get_layer(f"{name}_conv_transposed")
    places = stems_last(last.filters // sources, sources) if n == 0 else None
    set_convolution(last, state, f"{theirs}.{after}", outputs=places)
    if normed and n > 0:
        set_norm(network.get_layer(f"{name}_norm_2"), state, f"{theirs}.{after + 1}")
