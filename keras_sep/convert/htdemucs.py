"""State dicts of `demucs.htdemucs.HTDemucs` to `keras_sep.zoo.htdemucs`."""

from collections.abc import Mapping
from typing import Any

from keras_sep import zoo
from keras_sep.convert._demucs import count
from keras_sep.convert._hybrid_demucs import hybrid_sizes, set_hybrid
from keras_sep.convert._state_dict import StateDict
from keras_sep.convert._torch_layers import set_attention, set_dense, set_norm

BRANCHES = {"transformer": "layers", "time_transformer": "layers_t"}


def htdemucs(
    state_dict: Mapping[str, Any],
    frequency_embedding: float = 0.2,
    frame_length: int | None = None,
    norm_first: bool = True,
    **kwargs: Any,
) -> Any:
    """The Hybrid Transformer Demucs with the weights of a state dict of demucs 4.

    Sizes are read off the tensors. Every tensor must be there, none may be left over, and shapes
    must fit. Not networks with sparse attention, or embeddings of positions other than sines.

    Args:
        state_dict: mapping from the names of `demucs.htdemucs.HTDemucs` to NumPy arrays (see
            `read_checkpoint`).
        frequency_embedding: weight of the vectors for frequencies; 0 for none.
        frame_length: needed where no frequency embedding tells it.
        norm_first: whether what enters the halves of a transformer block is normalised.
        **kwargs: passed on to `keras_sep.zoo.htdemucs`, as `heads`, `segment_samples` (343980 of
            published weights) and `norm_groups`.

    Returns:
        A `keras.Model`, see `keras_sep.zoo.htdemucs`.

    Example:

    >>> keras_sep.convert.htdemucs({})
    Traceback (most recent call last):
    ...
    ValueError: The state dict must have the tensor 'encoder.0.conv.weight'. Received: none
    """
    state = StateDict(state_dict, [] if norm_first else _unread_norms(state_dict))
    sizes = hybrid_sizes(state, frame_length, frequency_embedding)
    for name in ("recurrent_starts", "attention_starts"):
        sizes.pop(name, None)
    network = state.build(zoo.htdemucs, **sizes, **_sizes(state), norm_first=norm_first, **kwargs)
    set_hybrid(network, state, sizes)
    if "channel_upsampler.weight" in state:
        for ours, theirs in (
            ("widened", "channel_upsampler"),
            ("time_widened", "channel_upsampler_t"),
            ("narrowed", "channel_downsampler"),
            ("time_narrowed", "channel_downsampler_t"),
        ):
            set_dense(network.get_layer(ours), state, theirs, axes=1)
    for ours, theirs in (("transformer", "norm_in"), ("time_transformer", "norm_in_t")):
        if f"crosstransformer.{theirs}.weight" in state:
            set_norm(network.get_layer(f"{ours}_norm"), state, f"crosstransformer.{theirs}")
    for ours, theirs in BRANCHES.items():
        for n in range(count(state, f"crosstransformer.{theirs}", "linear1.weight")):
            block = network.get_layer(f"{ours}_{n + 1}")
            _set_block(block, state, f"crosstransformer.{theirs}.{n}")
    state.require_all_read()
    return network


def _sizes(state):
    """What the transformer's tensors tell."""
    first = "crosstransformer.layers.0"
    blocks = count(state, "crosstransformer.layers", "linear1.weight")
    if not blocks:
        return {"blocks": 0}
    hidden, features = state.shape(f"{first}.linear1.weight", 2)
    return {
        "blocks": blocks,
        "hidden_scale": hidden / features,
        "bottom_channels": features if "channel_upsampler.weight" in state else None,
        "cross_first": f"{first}.cross_attn.in_proj_weight" in state,
        "norm_in": "crosstransformer.norm_in.weight" in state,
        "norm_out": f"{first}.norm_out.weight" in state,
        **({} if f"{first}.gamma_1.scale" in state else {"layer_scale": None}),
    }


def _unread_norms(state_dict):
    """Their blocks of attention to each other have one normalisation too many then."""
    return [name for name in state_dict if ".norm3." in name]


def _set_block(block, state, name):
    set_attention(block, state, f"{name}.{'cross' if block.cross else 'self'}_attn")
    set_dense(block.dense_1, state, f"{name}.linear1")
    set_dense(block.dense_2, state, f"{name}.linear2")
    norms = [block.norm_attention, block.norm_other, block.norm_dense]
    norms = [norm for norm in norms if norm is not None]
    for n, norm in enumerate(norms):
        set_norm(norm, state, f"{name}.norm{n + 1}")
    if block.norm_last is not None:
        set_norm(block.norm_last, state, f"{name}.norm_out")
    if block.layer_scale is not None:
        for n, scale in enumerate((block.scale_attention, block.scale_dense)):
            scale.assign(state.read(f"{name}.gamma_{n + 1}.scale", *scale.shape))
