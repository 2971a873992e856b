"""The short-time Fourier transforms of the losses that compare waveforms in spectra."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from keras import ops

from keras_sep._validate import require_lists_of_positive_integers
from keras_sep.ops import without_padding


class Transform(NamedTuple):
    """The sizes of a transform, in samples."""

    frame_length: int
    hop_length: int
    fft_length: int


def transforms(
    frame_lengths: Sequence[int], hop_lengths: Sequence[int], fft_lengths: Sequence[int]
) -> list[Transform]:
    """The transforms that three lists of sizes describe, or a ValueError."""
    lists = {
        "frame_lengths": frame_lengths,
        "hop_lengths": hop_lengths,
        "fft_lengths": fft_lengths,
    }
    require_lists_of_positive_integers(**lists)
    given = f"Received: {', '.join(f'{name}={sizes}' for name, sizes in lists.items())}"
    if not len(frame_lengths) == len(hop_lengths) == len(fft_lengths) > 0:
        raise ValueError(
            "`frame_lengths`, `hop_lengths` and `fft_lengths` must have one entry per transform. "
            f"{given}"
        )
    found = [Transform(*sizes) for sizes in zip(*lists.values(), strict=True)]
    if any(each.frame_length > each.fft_length or each.fft_length % 2 for each in found):
        raise ValueError(
            f"Each of `fft_lengths` must be even and at least the frame's length. {given}"
        )
    return found


def spectra(x: Any, mask: Any, transform: Transform, window: np.ndarray) -> Any:
    """The pair (real, imag), each (batch, frames, ..., bins), of x, (batch, samples, ...).

    The signal is zero beyond its ends and where the mask is False; frames are centred on samples 0,
    hop, 2 hop, ... The window is given as numbers, as TensorFlow's own is another for odd lengths.
    """
    half = transform.fft_length // 2
    x = ops.moveaxis(without_padding(x, mask), 1, -1)  # (batch, ..., samples)
    x = ops.pad(x, [(0, 0)] * (len(x.shape) - 1) + [(half, half)])
    pair = ops.stft(x, *transform, window, center=False)  # (batch, ..., frames, bins)
    return tuple(ops.moveaxis(part, -2, 1) for part in pair)


def frame_mask(mask: Any, hop_length: int) -> Any:
    """Which frames are centred on an example's samples or just past their end: (batch, frames)."""
    if mask is None:
        return None
    return ops.concatenate([ops.ones_like(mask[:, :1]), mask], axis=1)[:, ::hop_length]
