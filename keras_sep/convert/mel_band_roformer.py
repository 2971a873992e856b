"""State dicts of the Mel-Band RoFormer of MSST to `keras_sep.zoo.mel_band_roformer`."""

from collections.abc import Mapping
from typing import Any

from keras_sep import ops, zoo
from keras_sep.convert._roformer import numbers_of_bands, roformer
from keras_sep.convert._state_dict import StateDict


def mel_band_roformer(
    state_dict: Mapping[str, Any],
    sample_rate_hz: float = 44100,
    frame_length: int = 2048,
    fft_length: int | None = None,
    **kwargs: Any,
) -> Any:
    """The Mel-Band RoFormer with the weights of a state dict of Music-Source-Separation-Training.

    Sizes are read off the tensors. Every tensor must be there, none may be left over, and shapes
    must fit. Not networks with linear attention or learned positions.

    Args:
        state_dict: mapping from the names of `models.bs_roformer.MelBandRoformer` to NumPy arrays
            (see `read_checkpoint`).
        sample_rate_hz: sample rate in Hz that the bands are computed for.
        frame_length: frame length of the spectrogram in samples.
        fft_length: samples of the transform. Defaults to `frame_length`.
        **kwargs: passed on to `keras_sep.zoo.mel_band_roformer`, as `hop_length`, `zero_dc`,
            `difference`, `segment_samples` and `skips`.

    Returns:
        A `keras.Model`, see `keras_sep.zoo.mel_band_roformer`.

    Example:

    >>> keras_sep.convert.mel_band_roformer({})
    Traceback (most recent call last):
    ...
    ValueError: The state dict must have the tensor 'band_split.to_features.0.0.gamma'. \
Received: none
    """
    state = StateDict(state_dict)
    count = len(numbers_of_bands(state))
    bands = ops.mel_bands(count, sample_rate_hz, (fft_length or frame_length) // 2 + 1)
    return roformer(
        zoo.mel_band_roformer,
        state,
        len(ops.bins_of_bands(bands)),
        bands=count,
        sample_rate_hz=sample_rate_hz,
        frame_length=frame_length,
        fft_length=fft_length,
        **kwargs,
    )
