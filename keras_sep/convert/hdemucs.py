"""State dicts of `demucs.hdemucs.HDemucs` to `keras_sep.zoo.hdemucs`."""

from collections.abc import Mapping
from typing import Any

from keras_sep import zoo
from keras_sep.convert._hybrid_demucs import hybrid_sizes, set_hybrid
from keras_sep.convert._state_dict import StateDict


def hdemucs(
    state_dict: Mapping[str, Any],
    frequency_embedding: float = 0.2,
    frame_length: int | None = None,
    **kwargs: Any,
) -> Any:
    """The Hybrid Demucs with the weights of a state dict of demucs 4.

    Sizes are read off the tensors. Every tensor must be there, none may be left over, and shapes
    must fit. Not networks with `multi_freqs`, or with a
    Wiener filter (`cac=False` and `wiener_iters` above 0).

    Args:
        state_dict: mapping from the names of `demucs.hdemucs.HDemucs` to NumPy arrays (see
            `read_checkpoint`).
        frequency_embedding: weight of the vectors for frequencies; 0 for none.
        frame_length: needed where no frequency embedding tells it.
        **kwargs: passed on to `keras_sep.zoo.hdemucs`, as `norm_groups`, `embedding_scale` and
            `late_spectrum`, which demucs calls `hybrid_old`.

    Returns:
        A `keras.Model`, see `keras_sep.zoo.hdemucs`.

    Example:

    >>> keras_sep.convert.hdemucs({})
    Traceback (most recent call last):
    ...
    ValueError: The state dict must have the tensor 'encoder.0.conv.weight'. Received: none
    """
    state = StateDict(state_dict)
    sizes = hybrid_sizes(state, frame_length, frequency_embedding)
    last = f"encoder.{sizes['depth'] - 1}.conv.weight"
    if len(state.tensors[last].shape) == 3:  # the branches have met
        sizes["time_stride"] = state.shape(last, 3)[2] // 2
    network = state.build(zoo.hdemucs, **sizes, **kwargs)
    set_hybrid(network, state, sizes)
    state.require_all_read()
    return network
