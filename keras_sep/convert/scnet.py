"""State dicts of SCNet to `keras_sep.zoo.scnet`."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from keras_sep import zoo
from keras_sep.convert._recurrent import set_lstm
from keras_sep.convert._state_dict import StateDict
from keras_sep.convert._torch_layers import set_dense, set_norm


def scnet(
    state_dict: Mapping[str, Any],
    shares: Sequence[float] = (0.175, 0.392, 0.433),
    strides: Sequence[int] | None = None,
    difference: bool = False,
    frame_length: int = 4096,
    fft_length: int | None = None,
    **kwargs: Any,
) -> Any:
    """The SCNet with the weights of a state dict of its authors, or of the MSST trainer.

    MSST is Music-Source-Separation-Training, with its networks `scnet` and `scnet_masked`. Sizes
    are read off the tensors, and whether the network has masks. Every tensor must be there, none
    may be left over, and shapes must fit. No tensor tells where bands end: take `shares` from the
    settings beside the file, or the network separates badly.

    Args:
        state_dict: Mapping from the names of the class `SCNet` to NumPy arrays (see
            `read_checkpoint`).
        shares: Share of the bins of each band, `band_SR` there. Default (0.175, 0.392, 0.433), of
            the small network.
        strides: Strides of the bands, `band_stride` there. Default: the size of each band's kernel,
            and 1 where that is odd.
        difference: Whether the last source is the mixture without the others. Default False.
        frame_length: Frame length in samples, `win_size` there. Default 4096.
        fft_length: Samples of the transform, `nfft` there, which must be those of a frame. Default:
            `frame_length`.
        **kwargs: passed on to `keras_sep.zoo.scnet`, as `hop_length`, `standardize` and
            `segment_samples` (485100 of published weights).

    Returns:
        A `keras.Model`, see `keras_sep.zoo.scnet`.

    Example:

    >>> keras_sep.convert.scnet({})
    Traceback (most recent call last):
    ...
    ValueError: The state dict must have the tensor 'encoder.0.SDlayer.convs.0.weight'. \
Received: none
    """
    if fft_length not in (None, frame_length):
        raise ValueError(
            "`fft_length` must be `frame_length`, as no frame of this network is zero-padded. "
            f"Received: fft_length={fft_length}, frame_length={frame_length}"
        )
    state = StateDict(state_dict)
    sizes = _sizes(state, strides)
    levels, blocks = len(sizes["filters"]), sizes["blocks"]
    spectrum, stems = _orders(sizes["channels"], sizes["sources"])
    sizes["sources"] += difference
    network = state.build(
        zoo.scnet,
        **sizes,
        shares=tuple(shares),
        difference=difference,
        frame_length=frame_length,
        **kwargs,
    )
    get = network.get_layer
    for n in range(levels):
        name = f"encoder.{n}"
        _set_bands(
            get(f"encoder_{n + 1}"), state, f"{name}.SDlayer.convs", spectrum if n == 0 else None
        )
        for band, depth in enumerate(sizes["depths"]):
            for block in range(depth):
                ours = get(f"encoder_{n + 1}_band_{band + 1}_block_{block + 1}")
                _set_block(ours, state, f"{name}.conv_modules.{band}.layers.{block}")
        _set_conv(get(f"encoder_{n + 1}_conv"), state, f"{name}.globalconv")
        name = f"decoder.{levels - 1 - n}"
        _set_conv(get(f"fusion_{n + 1}"), state, f"{name}.0.conv")
        _set_bands(
            get(f"decoder_{n + 1}"), state, f"{name}.1.convtrs", stems if n == 0 else None, up=True
        )
    for n in range(blocks):
        _set_dual_path(get(f"block_{n + 1}"), state, f"separation_net.dp_modules.{n}")
    if sizes["masked"]:
        _set_masks(network, state, spectrum, stems)
    state.require_all_read()
    return network


def _sizes(state, strides):
    """What the tensors tell."""
    first = "encoder.0.SDlayer.convs"
    inputs = state.shape(f"{first}.0.weight", 4)[1]
    bands = _count(state, first + ".{}.weight")
    levels = _count(state, "encoder.{}.SDlayer.convs.0.weight")
    modules = "encoder.0.conv_modules.{band}.layers"
    depths = [_count(state, modules.format(band=band) + ".{}.0.weight") for band in range(bands)]
    features = state.shape(f"encoder.{levels - 1}.SDlayer.convs.0.weight", 4)[0]
    *_, kernel_size = state.shape(f"{modules.format(band=0)}.0.3.weight", 3)
    units = state.shape("separation_net.dp_modules.0.lstm_layers.0.weight_hh_l0", 2)[1]
    filters = [state.shape(f"encoder.{n}.SDlayer.convs.0.weight", 4)[0] for n in range(levels)]
    inner = "encoder.{}.conv_modules.0.layers.0.3.weight"
    hidden = [state.shape(inner.format(n), 3)[0] for n in range(levels)]
    taps = [state.shape(f"{first}.{band}.weight", 4)[2] for band in range(bands)]
    outputs = state.shape(f"decoder.{levels - 1}.1.convtrs.0.weight", 4)[1]
    return {
        "sources": outputs // inputs,
        "channels": inputs // 2,
        "filters": tuple(filters),
        "strides": tuple(strides or [1 if count % 2 else count for count in taps]),
        "kernel_size": kernel_size,
        "depths": tuple(depths),
        "compression": _compression(filters, hidden),
        "blocks": _count(state, "separation_net.dp_modules.{}.linear_layers.0.weight"),
        "expansion": units // features,
        "masked": "pos_embed_f" in state,
    }


def _compression(filters, hidden):
    """A ratio that leaves as many features on every level, and a whole number if one does."""
    above = max(count / (left + 1) for count, left in zip(filters, hidden, strict=True))
    most = min(count / left for count, left in zip(filters, hidden, strict=True))
    return int(most) if int(most) > above else (above + most) / 2


def _count(state, name):
    n = 0
    while name.format(n) in state:
        n += 1
    return n


def _orders(channels, sources):
    """Where the authors have each of our features of a spectrum, and of the sources' spectra.

    They have the parts of a channel beside each other, and all of a source.
    """
    theirs = np.arange(sources * channels * 2).reshape(sources, channels, 2)
    return theirs[0].T.ravel(), theirs.transpose(2, 1, 0).ravel()


def _set_bands(layer, state, name, order, up=False):
    """Convolutions along bins; of the input's features in this order, or `up` of the output's."""
    weights = []
    for n, kernel in enumerate(layer.kernels):
        taps, inputs, filters = kernel.shape
        if up:
            kernel = state.read(f"{name}.{n}.weight", inputs, filters, taps, 1)[..., 0]
            kernel = kernel.transpose(2, 0, 1)
            if layer.strides[n] == 1:  # ours is a convolution the other way round
                kernel = kernel[::-1]
        else:
            kernel = state.read(f"{name}.{n}.weight", filters, inputs, taps, 1)[..., 0]
            kernel = kernel.transpose(2, 1, 0)
        bias = state.read(f"{name}.{n}.bias", filters)
        if order is not None:
            kernel = kernel[..., order] if up else kernel[:, order]
            bias = bias[order] if up else bias
        weights += [kernel, bias]
    layer.set_weights(weights)


def _set_block(block, state, name):
    """A convolution module."""
    (taps, features, twice), hidden = block.gated[0].shape, block.depthwise[1].shape[0]

    def norm(at, features):
        return [state.read(f"{name}.{at}.{part}", features) for part in ("weight", "bias")]

    def convolution(at, *shape):
        return [
            state.read(f"{name}.{at}.weight", *shape).transpose(2, 1, 0),
            state.read(f"{name}.{at}.bias", shape[0]),
        ]

    depthwise, bias = convolution(3, hidden, 1, taps)
    widening, widening_bias = convolution(6, features, hidden, 1)
    block.set_weights(
        [
            *norm(0, features),
            *convolution(1, twice, features, taps),
            *(depthwise.transpose(0, 2, 1), bias),
            *norm(4, hidden),
            *(widening[0], widening_bias),
        ]
    )


def _set_conv(layer, state, name, inputs=None):
    """A convolution over bins and frames, which ours has the other way round."""
    height, width, features, filters = layer.kernel.shape
    kernel = state.read(f"{name}.weight", filters, features, width, height)
    kernel = kernel if inputs is None else kernel[:, inputs]
    layer.set_weights([kernel.transpose(3, 2, 1, 0), state.read(f"{name}.bias", filters)])


def _set_dual_path(block, state, name):
    halves = [
        (block.intra_recurrent, block.intra_dense, block.intra_normalization),
        (block.inter_recurrent, block.inter_dense, block.inter_normalization),
    ]
    for n, (recurrent, dense, norm) in enumerate(halves):
        set_lstm(recurrent, state, f"{name}.lstm_layers.{n}", dense.kernel.shape[1])
        set_dense(dense, state, f"{name}.linear_layers.{n}")
        set_norm(norm, state, f"{name}.norm_layers.{n}")


def _set_masks(network, state, spectrum, stems):
    frequencies, masks = network.get_layer("frequencies"), network.get_layer("masks")
    bins, features = frequencies.embedding.shape
    embedding = state.read("pos_embed_f", 1, features, bins, 1)[0, :, :, 0]
    frequencies.set_weights([embedding[spectrum].T])
    _set_conv(network.get_layer("mask_hidden"), state, "mask_layer.0", inputs=stems)
    hidden, units = masks.kernel.shape
    kernel = state.read("mask_layer.2.weight", units, hidden, 1, 1)[stems, :, 0, 0]
    masks.set_weights([kernel.T, state.read("mask_layer.2.bias", units)[stems]])
