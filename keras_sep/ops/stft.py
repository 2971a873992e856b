"""The short-time Fourier transform and its exact inverse."""

import numpy as np
from keras import ops

from keras_sep.ops.precision import in_float32


def check_frames(frame_length: int, hop_length: int) -> None:
    """Raise unless every sample can be got back from frames of this length and hop."""
    if frame_length < 2 or frame_length % 2:
        raise ValueError(
            f"`frame_length` must be even and at least 2. Received: frame_length={frame_length}"
        )
    if hop_length < 1 or (frame_length // 2) % hop_length:
        raise ValueError(
            "`hop_length` must divide half of `frame_length`. "
            f"Received: hop_length={hop_length}, frame_length={frame_length}"
        )


def hann_window(length: int) -> np.ndarray:
    """The periodic Hann window, in float64."""
    return 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(length) / length)


def stft(waveform, frame_length: int, hop_length: int):
    """Short-time Fourier transform of a real waveform, as a pair (real, imag).

    Periodic Hann window, frame `t` centred on sample `t * hop_length`, the signal reflected at
    both ends (as often as needed when it is shorter than half a frame), non-negative frequencies
    only, no scaling: the numbers of `torch.stft(center=True, pad_mode="reflect")`. Computed in
    float32 at least, returned in the dtype of `waveform`.

    Args:
        waveform: (batch, samples, channels), or with a further axis of sources at the end.
        frame_length: samples in a frame; even.
        hop_length: samples from one frame to the next; divides half of `frame_length`.

    Returns:
        real and imag, each (batch, frames, bins, channels[, sources]) with
        `frames = 1 + samples // hop_length` and `bins = frame_length // 2 + 1`.

    Example:

    >>> waveform = np.zeros((1, 1000, 2), "float32")
    >>> real, imag = keras_sep.ops.stft(waveform, frame_length=512, hop_length=128)
    >>> tuple(real.shape)
    (1, 8, 257, 2)
    """
    check_frames(frame_length, hop_length)
    waveform = ops.convert_to_tensor(waveform)
    if waveform.shape[1] == 0:
        raise ValueError(
            f"`waveform` must have at least one sample. Received: shape {tuple(waveform.shape)}"
        )
    dtype = waveform.dtype
    x = in_float32(waveform)
    last = len(x.shape) - 1
    x = ops.transpose(x, (0, *range(2, last + 1), 1))  # (batch, channels, samples)
    frames = _frame(x, frame_length, hop_length)  # (batch, channels, frames, frame_length)
    window = ops.cast(hann_window(frame_length), frames.dtype)
    spectrum = ops.rfft(frames * window, fft_length=frame_length)
    perm = (0, last, last + 1, *range(1, last))  # (batch, frames, bins, channels)
    real, imag = (ops.cast(ops.transpose(part, perm), dtype) for part in spectrum)
    return real, imag


def istft(pair, frame_length: int, hop_length: int, length=None):
    """Waveform of a pair (real, imag): the least-squares inverse of `stft`.

    Every sample is divided by the sum of the squared windows that cover it, so
    `istft(stft(x), ..., length=samples)` is `x` at both ends too.

    Args:
        pair: (real, imag), each (batch, frames, bins, channels[, sources]).
        frame_length: samples in a frame; even.
        hop_length: samples from one frame to the next; divides half of `frame_length`.
        length: samples to return, an integer or a scalar tensor. By default
            `(frames - 1) * hop_length`; what no frame covers is zero.

    Returns:
        (batch, samples, channels[, sources]), in the dtype of `pair`.

    Example:

    >>> waveform = np.random.default_rng(0).normal(size=(1, 1000, 2)).astype("float32")
    >>> pair = keras_sep.ops.stft(waveform, 512, 128)
    >>> again = keras_sep.ops.istft(pair, 512, 128, length=1000)
    >>> bool(np.abs(keras.ops.convert_to_numpy(again) - waveform).max() < 1e-5)
    True

    Reference: Griffin and Lim, "Signal estimation from modified short-time Fourier transform",
    1984, equation 6.
    """
    check_frames(frame_length, hop_length)
    real, imag = (ops.convert_to_tensor(part) for part in pair)
    dtype = real.dtype
    axes = len(real.shape)
    perm = (0, *range(3, axes), 1, 2)  # (batch, channels, frames, bins)
    real, imag = (ops.transpose(in_float32(part), perm) for part in (real, imag))
    frames = ops.irfft((real, imag), fft_length=frame_length)
    x = _overlap_add(frames, frame_length, hop_length, length)  # (batch, channels, samples)
    x = ops.transpose(x, (0, axes - 2, *range(1, axes - 2)))
    return ops.cast(x, dtype)


def _frame(x, frame_length: int, hop_length: int):
    """Centred overlapping frames (..., frames, frame_length) of x (..., samples)."""
    half = frame_length // 2
    overlap = frame_length // hop_length
    lead = ops.shape(x)[:-1]
    samples = ops.shape(x)[-1]
    frames = 1 + samples // hop_length
    left = _reflected(ops.arange(-half, 0, dtype="int32"), samples)
    right = _reflected(
        ops.arange(samples, (frames - 1) * hop_length + half, dtype="int32"), samples
    )
    x = ops.concatenate([ops.take(x, left, axis=-1), x, ops.take(x, right, axis=-1)], axis=-1)
    blocks = ops.reshape(x, (*lead, frames + overlap - 1, hop_length))
    return ops.concatenate(
        [blocks[..., shift : shift + frames, :] for shift in range(overlap)], axis=-1
    )


def _reflected(index, samples):
    """Where a triangle wave between 0 and samples - 1 is at `index`."""
    period = ops.maximum(2 * (samples - 1), 1)
    index = ops.mod(index, period)
    return ops.minimum(index, ops.maximum(2 * (samples - 1), 0) - index)


def _overlap_add(frames, frame_length: int, hop_length: int, length):
    """Sum of windowed frames over the sum of squared windows: (..., samples)."""
    half = frame_length // 2
    overlap = frame_length // hop_length
    lead = ops.shape(frames)[:-2]
    count = ops.shape(frames)[-2]
    if length is None:
        length = (count - 1) * hop_length
    window = hann_window(frame_length).reshape(overlap, hop_length)
    rows = ops.maximum(count + overlap - 1, (half + length + hop_length - 1) // hop_length)
    if isinstance(count, int) and isinstance(length, int):
        rows = max(count + overlap - 1, -(-(half + length) // hop_length))
    total = 0.0
    for shift in range(overlap):
        block = frames[..., shift * hop_length : (shift + 1) * hop_length]
        block = block * ops.cast(window[shift], frames.dtype)
        around = [(0, 0)] * len(lead) + [(shift, rows - count - shift), (0, 0)]
        total = total + ops.pad(block, around)
    row = ops.arange(rows, dtype="int32")
    first = ops.clip(row - count + 1, 0, overlap)
    stop = ops.clip(row + 1, 0, overlap)
    gain = ops.take(
        _inverse_window_sums(window, frames.dtype), first * (overlap + 1) + stop, axis=0
    )
    x = ops.reshape(total * gain, (*lead, rows * hop_length))
    return x[..., half : half + length]


def _inverse_window_sums(window: np.ndarray, dtype):
    """1 / sum of squares of window rows first..stop-1 for every first and stop, 0 where none."""
    overlap = len(window)
    below = np.concatenate([np.zeros((1, window.shape[1])), np.cumsum(window**2, axis=0)])
    sums = np.maximum(below[None, :] - below[:, None], 0.0)  # (first, stop, hop_length)
    inverse = np.divide(1.0, sums, out=np.zeros_like(sums), where=sums > 1e-11)
    return ops.cast(inverse.reshape((overlap + 1) ** 2, -1), dtype)
