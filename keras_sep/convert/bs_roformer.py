"""State dicts of the Band-Split RoFormer of MSST to `keras_sep.zoo.bs_roformer`."""

from collections.abc import Mapping
from typing import Any

from keras_sep import zoo
from keras_sep.convert._roformer import numbers_of_bands, roformer
from keras_sep.convert._state_dict import StateDict


def bs_roformer(
    state_dict: Mapping[str, Any],
    frame_length: int = 2048,
    fft_length: int | None = None,
    **kwargs: Any,
) -> Any:
    """The Band-Split RoFormer with the weights of a state dict of Music-Source-Separation-Training.

    Sizes are read off the tensors. Every tensor must be there, none may be left over, and shapes
    must fit. Not the networks of BS-RoFormer 1.0 and later, nor those with linear attention or
    learned positions.

    Args:
        state_dict: mapping from the names of `models.bs_roformer.BSRoformer` to NumPy arrays (see
            `read_checkpoint`).
        frame_length: frame length of the spectrogram in samples.
        fft_length: samples of the transform. Defaults to `frame_length`.
        **kwargs: passed on to `keras_sep.zoo.bs_roformer`, as `hop_length`, `zero_dc`,
            `difference`, `segment_samples` and `skips`.

    Returns:
        A `keras.Model`, see `keras_sep.zoo.bs_roformer`.

    Example:

    >>> keras_sep.convert.bs_roformer({})
    Traceback (most recent call last):
    ...
    ValueError: The state dict must have the tensor 'band_split.to_features.0.0.gamma'. \
Received: none
    """
    state = StateDict(state_dict)
    bins = (fft_length or frame_length) // 2 + 1
    numbers = numbers_of_bands(state)
    return roformer(
        zoo.bs_roformer,
        state,
        bins,
        band_widths=[bins * one // sum(numbers) for one in numbers],
        frame_length=frame_length,
        fft_length=fft_length,
        **kwargs,
    )
