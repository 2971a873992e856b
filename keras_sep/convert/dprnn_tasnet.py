"""State dicts of `asteroid.models.DPRNNTasNet` to `keras_sep.zoo.dprnn_tasnet`."""

from collections.abc import Mapping
from typing import Any

from keras_sep import zoo
from keras_sep.convert._asteroid import FILTERS, GAMMA_BETA, NOT_WEIGHTS
from keras_sep.convert._recurrent import recurrent_sizes, set_recurrent
from keras_sep.convert._state_dict import StateDict
from keras_sep.convert._torch_layers import set_dense, set_filterbank, set_norm, set_prelu


def dprnn_tasnet(
    state_dict: Mapping[str, Any],
    stride: int | None = None,
    chunk_length: int = 100,
    hop_length: int | None = None,
    **kwargs: Any,
) -> Any:
    """The DPRNN-TasNet with the weights of a state dict of asteroid 0.7.

    Sizes are read off the tensors, and so are the recurrent cell and its directions. Every tensor
    must be there, none may be left over, and shapes must fit. As in asteroid, samples after the
    last whole frame are left out, unless `drop_remainder=False` is given.

    Args:
        state_dict: mapping from the names of `asteroid.models.DPRNNTasNet` to NumPy arrays (see
            `read_checkpoint`).
        stride: samples from one frame to the next, which no tensor tells; by default half a filter.
        chunk_length: frames in a chunk, which no tensor tells either.
        hop_length: frames from one chunk to the next; by default half a chunk. It must divide a
            chunk: else asteroid's sum of chunks is louder at some frames than at others.
        **kwargs: passed on to `keras_sep.zoo.dprnn_tasnet`, as `normalization` and
            `mask_activation`.

    Returns:
        A `keras.Model`, see `keras_sep.zoo.dprnn_tasnet`.

    Example:

    >>> keras_sep.convert.dprnn_tasnet({})
    Traceback (most recent call last):
    ...
    ValueError: The state dict must have the tensor 'encoder.filterbank._filters'. Received: none
    """
    state = StateDict(state_dict, NOT_WEIGHTS)
    filters, channels, kernel_size = state.shape("encoder.filterbank._filters", 3)
    bottleneck, _, _ = state.shape("masker.bottleneck.1.weight", 3)
    outputs, _, _, _ = state.shape("masker.first_out.1.weight", 4)
    inter = recurrent_sizes(state, "masker.net.0.inter_RNN.rnn")
    hop_length = chunk_length // 2 if hop_length is None else hop_length
    if hop_length < 1 or chunk_length % hop_length:
        raise ValueError(
            "`hop_length` must divide `chunk_length`. "
            f"Received: hop_length={hop_length}, chunk_length={chunk_length}"
        )
    blocks = sum(name.endswith("intra_norm.gamma") for name in state_dict)
    sources = outputs // bottleneck
    network = state.build(
        zoo.dprnn_tasnet,
        sources,
        channels,
        filters=filters,
        kernel_size=kernel_size,
        stride=kernel_size // 2 if stride is None else stride,
        bottleneck=bottleneck,
        chunk_length=chunk_length,
        hop_length=hop_length,
        blocks=blocks,
        **inter,
        **{"drop_remainder": True, **kwargs},
    )
    get = network.get_layer
    for name in ("encoder", "decoder"):
        set_filterbank(get(name), state, f"{name}.{FILTERS}")
    set_norm(get("normalization"), state, "masker.bottleneck.0", GAMMA_BETA)
    set_dense(get("bottleneck"), state, "masker.bottleneck.1", axes=1)
    for n in range(blocks):
        _set_block(get(f"block_{n + 1}"), state, f"masker.net.{n}", bottleneck)
    set_prelu(get("activation"), state, "masker.first_out.0")
    _set_masks(get("masks"), state, bottleneck, chunk_length // hop_length)
    state.require_all_read()
    return network


def _set_block(block, state, name, features):
    for half in ("intra", "inter"):
        stack = getattr(block, f"{half}_recurrent")
        dense, norm = getattr(block, f"{half}_dense"), getattr(block, f"{half}_normalization")
        set_recurrent(stack, state, f"{name}.{half}_RNN.rnn", features)
        set_dense(dense, state, f"{name}.{half}_linear")
        set_norm(norm, state, f"{name}.{half}_norm", GAMMA_BETA)


def _set_masks(head, state, features, chunks):
    """Asteroid adds up the chunks that hold a frame, after this first layer; ours are averaged."""
    outputs = head.sources * features
    kernel = state.read("masker.first_out.1.weight", outputs, features, 1, 1)[..., 0, 0].T
    bias = state.read("masker.first_out.1.bias", outputs)
    head.features.set_weights([chunks * kernel, chunks * bias])
    set_dense(head.value, state, "masker.net_out.0", axes=1)
    set_dense(head.gate, state, "masker.net_gate.0", axes=1)
    set_dense(head.masks, state, "masker.mask_net", axes=1)
