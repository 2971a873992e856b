"""What the state dicts of both RoFormers share, from their tensors to our layers."""

from typing import Any

import numpy as np

from keras_sep.convert._demucs import count
from keras_sep.convert._state_dict import StateDict
from keras_sep.convert._torch_layers import set_dense, set_norm

THETA = 1e4  # of the rotary positions
GAMMA = ("gamma",)
MOST_LAYERS = 64  # of a mask


def roformer_sizes(state: StateDict) -> dict[str, Any]:
    """Arguments of both builders that the tensors tell, without `sources` and `channels`."""
    first = "layers.0.0.layers.0"
    heads, features = state.shape(f"{first}.0.to_gates.weight", 2)
    wide, _ = state.shape(f"{first}.0.to_qkv.weight", 2)
    hidden, _ = state.shape(f"{first}.1.net.1.weight", 2)
    mask = "mask_estimators.0.to_freqs.0.0"
    # every other layer is dense, and the last one is not hidden
    mask_layers = sum(f"{mask}.{2 * number}.weight" in state for number in range(MOST_LAYERS)) - 1
    mask_hidden, _ = state.shape(f"{mask}.0.weight", 2)
    return {
        "features": features,
        "blocks": count(state, "layers", "0.layers.0.0.to_qkv.weight"),
        "time_layers": count(state, "layers.0.0.layers", "0.to_qkv.weight"),
        "band_layers": count(state, "layers.0.1.layers", "0.to_qkv.weight"),
        "heads": heads,
        "head_size": wide // (3 * heads),
        "hidden": hidden,
        "mask_layers": mask_layers,
        **({"mask_hidden": mask_hidden} if mask_layers else {}),
    }


def numbers_of_bands(state: StateDict) -> list[int]:
    """How many real numbers each band of a frame has."""
    name = "band_split.to_features"
    bands = max(1, count(state, name, "0.gamma"))
    return [state.shape(f"{name}.{band}.0.gamma", 1)[0] for band in range(bands)]


def estimators(state: StateDict) -> int:
    """Number of sources that have masks."""
    return count(state, "mask_estimators", "to_freqs.0.0.0.weight")


def roformer(builder: Any, state: StateDict, bins: int, **kwargs: Any) -> Any:
    """The network with the weights of a state dict.

    Args:
        builder: `zoo.bs_roformer` or `zoo.mel_band_roformer`.
        state: The tensors.
        bins: Number of bins of all bands together, each as often as bands have it.
        **kwargs: Arguments of the builder that the tensors do not tell, and those that are given.
    """
    channels, rest = divmod(sum(numbers_of_bands(state)), 2 * bins)
    if rest or not channels:
        raise ValueError(
            f"The bands of the state dict must have {bins} bins, as `fft_length` makes them. "
            f"Received: {sum(numbers_of_bands(state))} real numbers"
        )
    sources = estimators(state) + bool(kwargs.get("difference"))
    sizes = {"sources": sources, "channels": channels, **roformer_sizes(state)}
    network = state.build(builder, **{**sizes, **kwargs})
    set_bands(network.get_layer("bands").dense, state, "band_split.to_features")
    for block in range(sizes["blocks"]):
        for axis, name in enumerate(("time", "bands")):
            _set_transformers(network, state, f"block_{block + 1}_{name}", f"layers.{block}.{axis}")
    masks = network.get_layer("masks")
    for source, output in enumerate(masks.outputs):
        first = source * masks.layers
        denses = [*masks.hidden_layers[first : first + masks.layers], output]
        for number, dense in enumerate(denses):
            set_bands(dense, state, f"mask_estimators.{source}.to_freqs", f"0.{2 * number}")
    if "final_norm.gamma" in state:
        set_norm(network.get_layer("norm"), state, "final_norm", GAMMA)
    state.require_all_read()
    return network


def set_bands(layer: Any, state: StateDict, name: str, dense: str = "1", norm: str = "0") -> None:
    """The linear layer of every band, and the normalisation before it, if ours has one."""
    band = 0
    for number, (bands, features, units) in enumerate(layer.groups):
        names = [f"{name}.{band + place}" for place in range(bands)]
        kernels = [state.read(f"{at}.{dense}.weight", units, features).T for at in names]
        layer.kernels[number].assign(np.stack(kernels))
        layer.biases[number].assign([state.read(f"{at}.{dense}.bias", units) for at in names])
        if layer.normalization is not None:
            gammas = [state.read(f"{at}.{norm}.gamma", features) for at in names]
            layer.gammas[number].assign(gammas)
        band += bands


def _set_transformers(network, state, ours, theirs):
    number = 0
    while f"{theirs}.layers.{number}.0.to_qkv.weight" in state:
        block = network.get_layer(f"{ours}_{number + 1}")
        set_transformer(block, state, f"{theirs}.layers.{number}")
        if block.norm_out:
            set_norm(block.norm_last, state, f"{theirs}.norm", GAMMA)
        number += 1


def set_transformer(block: Any, state: StateDict, name: str) -> None:
    """The attention and the dense layers of a `RotaryTransformerBlock`."""
    attention, dense = (f"{name}.{part}" for part in (0, 1))
    set_norm(block.norm_attention, state, f"{attention}.norm", GAMMA)
    set_dense(block.attention.query_key_value, state, f"{attention}.to_qkv")
    set_dense(block.attention.gates, state, f"{attention}.to_gates")
    set_dense(block.attention.projection, state, f"{attention}.to_out.0")
    set_norm(block.norm_dense, state, f"{dense}.net.0", GAMMA)
    set_dense(block.dense_1, state, f"{dense}.net.1")
    set_dense(block.dense_2, state, f"{dense}.net.4")
    _check_positions(state, f"{attention}.rotary_embed.freqs", block.attention.head_size)


def _check_positions(state, name, head_size):
    """Frequencies of the positions, which every layer of a network shares and none learns."""
    if name not in state:
        return
    found = state.read(name, head_size // 2)
    wanted = THETA ** (-2.0 * np.arange(head_size // 2) / head_size)
    if not np.allclose(found, wanted, rtol=1e-3):
        raise ValueError(
            f"{name!r} must contain the frequencies of rotary positions, a series from 1 down with "
            f"base {THETA:g}. Received: {found[:3].tolist()}..."
        )
