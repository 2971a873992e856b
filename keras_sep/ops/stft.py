"""The short-time Fourier transform and its exact inverse."""

from typing import Any

import numpy as np
from keras import ops

from keras_sep._fourier import irfft, rfft
from keras_sep._frames import LITTLE, Frames, check_waveform, reflected, stft_frames
from keras_sep._part import part, parts
from keras_sep._portable import portable_operations
from keras_sep._sizes import larger
from keras_sep.ops.precision import in_float32

MOST_GAIN = 6e4


def stft(
    waveform: Any,
    frame_length: int,
    hop_length: int,
    window: str = "hann",
    fft_length: int | None = None,
    padding: str = "reflect",
) -> Any:
    """Short-time Fourier transform of a real waveform, as a pair (real, imag).

    Frame `t` centred on sample `t * hop_length`, the signal reflected at both ends (as often as
    needed when it is shorter than half a frame), non-negative frequencies only, no scaling: the
    numbers of `torch.stft(center=True, pad_mode="reflect")`. Where the last of its frames would
    leave the end of the signal under little or nothing of a window, as with hops of more than 0.44
    of a Hann window, one more follows, so that `istft` recovers every sample. Computed in float32
    at least, returned in the dtype of `waveform`.

    Args:
        waveform: (batch, samples, channels), or with a further axis of sources at the end.
        frame_length: samples in a frame.
        hop_length: samples from one frame to the next; any that leaves no sample without a window.
        window: window that frames are multiplied by: a periodic "hann" (the default),
            "sqrt_hann" or "hamming", "rectangular", or an array of `frame_length` numbers.
        fft_length: samples of the transform; shorter frames are zero-padded on both sides. Defaults
            to `frame_length`.
        padding: what lies beyond the ends. "reflect", the default, mirrors the signal around half a
            frame on each side. "constant" puts half a frame of zeros there, as `torch.stft` does.
            "zeros" puts a frame of zeros before the signal, and has all frames that begin before
            its end: as Spleeter, or `tf.signal.stft` with `pad_end` behind those zeros.

    Returns:
        real and imag, each (batch, frames, bins, channels[, sources]) with
        `frames = 1 + samples // hop_length`, or one more as said above, and
        `bins = fft_length // 2 + 1`. With a padding of zeros,
        `frames = ceil((samples + fft_length) / hop_length)`.

    Example:

    >>> waveform = np.zeros((1, 1000, 2), "float32")
    >>> real, imag = keras_sep.ops.stft(waveform, frame_length=512, hop_length=128)
    >>> tuple(real.shape)
    (1, 8, 257, 2)
    """
    frames = stft_frames(frame_length, hop_length, window, fft_length, padding)

    def transform(x):
        return rfft(x * ops.cast(frames.window, x.dtype), frames.fft_length)

    return spectra(waveform, frames, transform)


def istft(
    pair: Any,
    frame_length: int,
    hop_length: int,
    length: Any = None,
    window: str = "hann",
    fft_length: int | None = None,
    padding: str = "reflect",
) -> Any:
    """Waveform of a pair (real, imag): the least-squares inverse of `stft`.

    Every sample is divided by the sum of the squared windows that cover it, so
    `istft(stft(x), ..., length=samples)` is `x` at both ends too.

    Args:
        pair: (real, imag), each (batch, frames, bins, channels[, sources]).
        frame_length: samples in a frame.
        hop_length: samples from one frame to the next.
        length: samples to return, an integer or a scalar tensor. By default
            `(frames - 1) * hop_length`, or `frames * hop_length - fft_length` with a padding of
            zeros; what no frame covers is zero.
        window: window of `stft`; the inverse multiplies the frames with it once more.
        fft_length: samples of the transform, as in `stft`.
        padding: padding of `stft`.

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
    frames = stft_frames(frame_length, hop_length, window, fft_length, padding)

    def transform(real, imag):
        return irfft(real, imag, frames.fft_length)

    return waveform_of(pair, frames, transform, length)


def spectra(waveform: Any, frames: Frames, transform: Any) -> Any:
    """The pair that a transform makes of the frames (batch, channels, frames, samples) it gets."""
    waveform = ops.convert_to_tensor(waveform)
    check_waveform(waveform)
    last = len(waveform.shape) - 1
    x = ops.transpose(in_float32(waveform), (0, *range(2, last + 1), 1))
    perm = (0, last, last + 1, *range(1, last))  # (batch, frames, bins, channels)
    real, imag = (
        ops.cast(ops.transpose(x, perm), waveform.dtype) for x in transform(_cut(x, frames))
    )
    return real, imag


def waveform_of(pair: Any, frames: Frames, transform: Any, length: Any) -> Any:
    """The waveform from the frames (batch, channels, frames, samples) that a transform makes."""
    real, imag = map(ops.convert_to_tensor, pair)
    if len(real.shape) < 3 or real.shape[2] not in (None, frames.bins):
        raise ValueError(
            f"`pair`, each (batch, frames, bins, channels), must have {frames.bins} bins. "
            f"Received: shape {tuple(real.shape)}"
        )
    dtype, axes = real.dtype, len(real.shape)
    perm = (0, *range(3, axes), 1, 2)  # (batch, channels, frames, bins)
    x = transform(*(ops.transpose(in_float32(x), perm) for x in (real, imag)))
    x = _overlap_add(x, frames, length)  # (batch, channels, samples)
    return ops.cast(ops.transpose(x, (0, axes - 2, *range(1, axes - 2))), dtype)


def _cut(x, frames: Frames):
    """Centred overlapping frames (..., frames, samples) of x (..., samples)."""
    *lead, samples = ops.shape(x)
    hop_length, count = frames.hop_length, frames.count(samples)
    rows = count + frames.overlap - 1
    stop = frames.start + rows * hop_length
    if frames.padding != "reflect":
        x = ops.pad(x, [*[(0, 0)] * len(lead), (-frames.start, stop - samples)])
    else:
        left = reflected(ops.arange(frames.start, 0, dtype="int32"), samples)
        right = reflected(ops.arange(samples, stop, dtype="int32"), samples)
        x = ops.concatenate([ops.take(x, left, axis=-1), x, ops.take(x, right, axis=-1)], axis=-1)
    x = ops.reshape(x, (*lead, rows, hop_length))
    # a frame is so many rows, of the last one only the beginning: slices, no gather
    rows = [part(part(x, -2, k, k + count), -1, 0, n) for k, n in enumerate(frames.widths)]
    return ops.concatenate(rows, axis=-1)


def _overlap_add(x, frames: Frames, length):
    """Sum of windowed frames over the sum of squared windows: (..., samples)."""
    *lead, count, _ = ops.shape(x)
    x = ops.reshape(x, (-1, count, x.shape[-1]))  # few axes: LiteRT pads five at most
    hop_length, overlap = frames.hop_length, frames.overlap
    if length is None:
        length = frames.samples(count)
    rows = larger(count + overlap - 1, (length - frames.start + hop_length - 1) // hop_length)
    total = 0.0
    blocks = parts(x, -1, frames.widths)
    for shift, (block, window) in enumerate(zip(blocks, frames.rows, strict=True)):
        block = block * ops.cast(window[: block.shape[-1]], block.dtype)
        rest = hop_length - block.shape[-1]
        around = [(0, 0), (shift, rows - count - shift), (0, rest)]
        total = total + ops.pad(block, around)
    row = ops.arange(rows, dtype="int32")
    first = ops.clip(row - count + 1, 0, overlap)
    stop = ops.clip(row + 1, 0, overlap)
    gains = ops.cast(_gains(frames), x.dtype)
    gain = ops.take(gains, first * (overlap + 1) + stop, axis=0)
    x = ops.reshape(total * gain, (*lead, rows * hop_length))
    return part(x, -1, -frames.start, length - frames.start)


def _gains(frames):
    """Inverse sums of squared windows, within the range of half precision for other runtimes.

    Only samples that `count` would give another frame have larger ones.
    """
    gains = frames.inverse_sums()
    if portable_operations() is None:
        return gains
    return np.minimum(gains, max(MOST_GAIN, 1 / (LITTLE * np.square(frames.window).max())))
