"""A short-time Fourier transform with as many frames as hops, and back."""

from typing import Any

import numpy as np
from keras import ops

from keras_sep._fourier import irfft, rfft
from keras_sep._frames import check_waveform, hann_window, require_padding
from keras_sep._part import part
from keras_sep._sizes import larger
from keras_sep.ops.precision import in_float32

ALIGNED_HOPS = 4  # in a frame


def check_aligned(frame_length: int, padding: str = "reflect") -> None:
    """Raise unless a hop, a quarter of a frame, has a middle, and the padding is known."""
    require_padding(padding, ("reflect", "zeros"))
    if not isinstance(frame_length, int) or frame_length < 8 or frame_length % 8:
        raise ValueError(
            f"`frame_length` must be a multiple of 8. Received: frame_length={frame_length!r}"
        )


def aligned_stft(waveform: Any, frame_length: int, padding: str = "reflect") -> Any:
    """Short-time Fourier transform of one frame per hop, without the highest bin.

    Periodic Hann window, hops of a quarter of a frame, frame `t` centred on the middle of hop `t`.
    The signal is zero-padded to a whole hop and mirrored at its ends, or zero-padded there too.
    Values are divided by the square root of `frame_length`. Strided convolutions of the waveform,
    padded as usual, have as many frames for the same times. Computed in float32 at least, returned
    in the dtype of `waveform`.

    Args:
        waveform: (batch, samples, channels).
        frame_length: samples in a frame; a multiple of 8.
        padding: what lies beyond the ends: "reflect", the default, or "zeros".

    Returns:
        real and imag, each (batch, frames, bins, channels) with
        `frames = ceil(samples / (frame_length / 4))` and `bins = frame_length / 2`.

    Example:

    >>> waveform = np.zeros((1, 1000, 2), "float32")
    >>> real, imag = keras_sep.ops.aligned_stft(waveform, frame_length=512)
    >>> tuple(real.shape)
    (1, 8, 256, 2)

    Reference: Défossez, "Hybrid spectrogram and waveform source separation", 2021, section 3.2.
    """
    check_aligned(frame_length, padding)
    waveform = ops.convert_to_tensor(waveform)
    check_waveform(waveform)
    hop = frame_length // ALIGNED_HOPS
    x = _padded(in_float32(waveform), hop, padding)
    x = ops.transpose(x, (0, 2, 1))  # (batch, channels, samples)
    batch, channels, samples = ops.shape(x)
    rows = samples // hop
    x = ops.reshape(x, (batch, channels, rows, hop))
    count = rows - ALIGNED_HOPS + 1
    frames = ops.concatenate(
        [part(x, 2, shift, shift + count) for shift in range(ALIGNED_HOPS)], axis=-1
    )
    window = ops.cast(hann_window(frame_length) / np.sqrt(frame_length), frames.dtype)
    real, imag = (
        ops.transpose(part(x, -1, 0, frame_length // 2), (0, 2, 3, 1))
        for x in rfft(frames * window, frame_length)
    )
    return ops.cast(real, waveform.dtype), ops.cast(imag, waveform.dtype)


def aligned_istft(pair: Any, frame_length: int, length: Any, late: bool = False) -> Any:
    """Waveform of a pair (real, imag): the least-squares inverse of `aligned_stft`.

    The missing highest bin counts as zero, and so does the signal beyond its ends.

    Args:
        pair: (real, imag), each (batch, frames, bins, channels[, sources]).
        frame_length: samples in a frame; a multiple of 8.
        length: samples to return, an integer or a scalar tensor, at most those of all hops.
        late: whether the waveform starts at the beginning of the first frame, 1.5 hops before the
            signal, and so comes late. Some networks were trained with such an inverse. Default
            False.

    Returns:
        (batch, samples, channels[, sources]), in the dtype of `pair`.

    Example:

    >>> x = np.sin(np.arange(1000))[None, :, None].astype("float32")
    >>> pair = keras_sep.ops.aligned_stft(x, 512)
    >>> again = keras_sep.ops.aligned_istft(pair, 512, length=1000)
    >>> bool(np.abs(keras.ops.convert_to_numpy(again) - x)[:, 200:-200].max() < 1e-3)
    True

    Reference: Défossez, "Hybrid spectrogram and waveform source separation", 2021, section 3.2.
    """
    check_aligned(frame_length)
    real, imag = map(ops.convert_to_tensor, pair)
    dtype, axes, hop = real.dtype, len(real.shape), frame_length // ALIGNED_HOPS
    perm = (0, *range(3, axes), 1, 2)  # (batch, channels[, sources], frames, bins)
    highest = [(0, 0)] * (axes - 1) + [(0, 1)]
    real, imag = (ops.pad(ops.transpose(in_float32(x), perm), highest) for x in (real, imag))
    frames = irfft(real, imag, frame_length)
    # wherever frames overlap fully the squared windows sum to ALIGNED_HOPS * 3 / 8
    squares = ALIGNED_HOPS * 3 / 8
    hann = hann_window(frame_length)
    frames = frames * ops.cast(hann * np.sqrt(frame_length) / squares, frames.dtype)
    lead = ops.shape(frames)[:-2]
    count = ops.shape(frames)[-2]
    frames = ops.reshape(frames, (-1, count, frame_length))  # LiteRT pads five axes at most
    total: Any = 0.0
    for shift, block in enumerate(ops.split(frames, ALIGNED_HOPS, axis=-1)):
        around = [(0, 0), (shift, ALIGNED_HOPS - 1 - shift), (0, 0)]
        total = total + ops.pad(block, around)
    if late:  # demucs counts three of the windows in the first hop, all but the earliest frame's
        first = ops.cast(squares / (squares - hann[-hop:] ** 2), frames.dtype)
        total = ops.concatenate([total[..., :1, :] * first, total[..., 1:, :]], axis=-2)
    x = ops.reshape(total, (*lead, (count + ALIGNED_HOPS - 1) * hop))
    start = 0 if late else (frame_length - hop) // 2
    x = ops.transpose(part(x, -1, start, start + length), (0, axes - 2, *range(1, axes - 2)))
    return ops.cast(x, dtype)


def _padded(x, hop: int, padding: str):
    """x (batch, samples, channels), zero-padded to whole hops, with 1.5 hops more at either end."""
    samples = ops.shape(x)[1]
    left = hop // 2 * 3
    right = left + -samples % hop
    if padding == "zeros":
        return ops.pad(x, ((0, 0), (left, right), (0, 0)))
    # what is shorter than its mirror image is zero-padded first
    missing = larger(right + 1 - samples, 0)
    x = ops.pad(x, ((0, 0), (0, missing), (0, 0)))
    last = samples + missing - 1
    before = ops.flip(part(x, 1, 1, left + 1), axis=1)
    after = ops.flip(part(x, 1, last - (right - missing), last), axis=1)
    return ops.concatenate([before, x, after], axis=1)
