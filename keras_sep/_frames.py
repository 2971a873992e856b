"""The frames of a short-time Fourier transform: their positions, windows and number."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from keras_sep._brief import brief
from keras_sep._sizes import larger
from keras_sep._validate import require_positive_integers

# of the largest squared window: at the end of a signal a sample under less gets a frame more, as
# its rounding errors would be magnified more than thirty times; under NOTHING it is lost
LITTLE, NOTHING = 1e-3, 1e-10

PADDINGS = ("reflect", "constant", "zeros")
MOST_SAMPLES = 2**20  # of a frame or a hop; what is larger takes minutes and gigabytes


def hann_window(length: int) -> np.ndarray:
    """The periodic Hann window, in float64."""
    return 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(length) / length)


def sqrt_hann_window(length: int) -> np.ndarray:
    """The root of the periodic Hann window, in float64."""
    return np.sin(np.pi * np.arange(length) / length)


def hamming_window(length: int) -> np.ndarray:
    """The periodic Hamming window, in float64."""
    return 0.54 - 0.46 * np.cos(2.0 * np.pi * np.arange(length) / length)


WINDOWS: dict[str, Callable[[int], np.ndarray]] = {
    "hann": hann_window,
    "sqrt_hann": sqrt_hann_window,
    "hamming": hamming_window,
    "rectangular": np.ones,
}


def named_window(name: str, length: int) -> np.ndarray:
    """The window of this name and length, in float64."""
    if not isinstance(name, str) or name not in WINDOWS:
        names = ", ".join(f'"{known}"' for known in WINDOWS)
        raise ValueError(f"`window` must be one of {names}. Received: window={brief(name)}")
    return WINDOWS[name](length)


def frames_within(samples: int, hop_length: int) -> Any:
    """Number of frames that are centred on a sample of a signal, or just past its end."""
    return 1 + samples // hop_length


def check_waveform(waveform: Any) -> None:
    """Raise a `ValueError` unless a waveform has samples."""
    if len(waveform.shape) < 2 or waveform.shape[1] == 0:
        raise ValueError(
            "`waveform`, (batch, samples, channels), must have at least one sample. "
            f"Received: shape {tuple(waveform.shape)}"
        )


def require_padding(padding: Any, known: Sequence[str] = PADDINGS) -> None:
    """Raise a `ValueError` unless this is a kind of padding that is known."""
    if padding not in known:
        *others, last = (f'"{one}"' for one in known)
        raise ValueError(
            f"`padding` must be {', '.join(others)} or {last}. Received: padding={brief(padding)}"
        )


def reflected(index: Any, samples: Any) -> Any:
    """Fold an index into 0 to samples - 1 by reflection at both ends, without repeating them.

    Args:
        index: Array or a tensor of integers.
        samples: Integer, or a scalar tensor where the index is a tensor.

    Example:

    >>> from keras_sep._frames import reflected
    >>> reflected(np.arange(-2, 6), 4)
    array([2, 1, 0, 1, 2, 3, 2, 1])
    """
    last = samples - 1
    return last - abs(index % larger(2 * last, 1) - last)


class Frames:
    """The frames of a transform, shared by `stft`, its inverse and the data pipeline.

    Frame `t` is centred on sample `t * hop_length`, or with zero-padding begins at sample `t *
    hop_length - fft_length`. The window is zero-padded on both sides to the length of the
    transform.

    Attributes:
        padding: What lies beyond the ends of the signal, "reflect", "constant" or "zeros".
        window: Window of the transform's length, float64.
        start: First sample of frame 0, which lies before the signal.
        overlap: Number of frames that begin within one.
        widths: Numbers of samples of a frame until the next one begins, from then until the one
            after, and so on.
        bins: Number of non-negative frequencies.
    """

    def __init__(
        self, frame_length: int, hop_length: int, window: str, fft_length: int, padding: str
    ):
        self.fft_length = fft_length
        self.hop_length = hop_length
        self.padding = padding
        self.start = -fft_length if padding == "zeros" else -(fft_length // 2)
        self.overlap = -(-fft_length // hop_length)
        self.bins = fft_length // 2 + 1
        starts = range(0, fft_length, hop_length)
        self.widths = [min(hop_length, fft_length - start) for start in starts]
        left = (fft_length - frame_length) // 2
        values = WINDOWS[window](frame_length) if isinstance(window, str) else np.array(window)
        self.window = np.pad(values, (left, fft_length - frame_length - left))
        self.rows = np.pad(self.window, (0, self.overlap * hop_length - fft_length))
        self.rows = self.rows.reshape(self.overlap, hop_length)
        most = np.square(self.window).max()
        self.nothing = NOTHING * most
        sums = self._sums_of_squares()
        # on the samples of the first frame, and of all frames on each sample from one to the next
        # (of zeros, the first frame has no sample of the signal)
        first, within = sums[1:].ravel()[-self.start : self.fft_length], sums[-1]
        if min(first.min(initial=np.inf), within.min()) <= self.nothing:
            raise ValueError(
                "`hop_length` must leave no sample without a window, or the inverse could not get "
                f"it back: take a shorter hop. Received: hop_length={hop_length}, "
                f"frame_length={frame_length}, window={brief(window)}"
            )
        self._beyond_last = self._samples_beyond(sums, min(LITTLE * most, within.min()))

    def _samples_beyond(self, sums, enough) -> int:
        """Zeros after a signal that let `frames_within` reach its end.

        So few that every sample, were it the last one, has `enough` of squared windows on it, or
        all that is to be had.
        """
        hop_length = self.hop_length
        # from then on it is the same every hop
        samples = np.arange(self.fft_length + hop_length, dtype="int32")
        row, offset = np.divmod(samples - self.start, hop_length)
        # rows of a window count from the first frame to lie on a sample: `first` is the last of
        # those with which there is enough, found by halves
        first, too_few = np.zeros_like(row), np.minimum(row + 1, self.overlap)
        to_be_had = sums[too_few, offset]
        while (too_few - first > 1).any():
            middle = (first + too_few) // 2
            suffices = to_be_had - sums[middle, offset] >= np.minimum(enough, to_be_had)
            first, too_few = np.where(suffices, (middle, too_few), (first, middle))
        return max(0, int(np.max((row - first) * hop_length - samples - 1)))

    def count(self, samples: int) -> Any:
        """Number of frames of a signal with `samples` samples, an integer, a tensor or None.

        One more than are centred on its samples where the last of those does not reach its end.
        With a padding of zeros, all that begin before its end.
        """
        if samples is None:
            return None
        if self.padding == "zeros":
            return -((-samples - self.fft_length) // self.hop_length)
        return frames_within(samples + self._beyond_last, self.hop_length)

    @property
    def hops_to_first(self) -> int:
        """Number of hops of a stream, at least one, until the first frame is complete."""
        return max(1, -(-(self.fft_length + self.start) // self.hop_length))

    @property
    def slack(self) -> int:
        """Samples after the end of the first frame that are there when it is complete."""
        return self.hops_to_first * self.hop_length - self.fft_length - self.start

    def samples(self, count: Any) -> Any:
        """Number of samples that `count` frames are of, unless it is said."""
        if self.padding == "zeros":
            return count * self.hop_length - self.fft_length
        return (count - 1) * self.hop_length

    def _sums_of_squares(self) -> np.ndarray:
        """Sums over the first 0, 1, 2, ... window rows: (overlap + 1, hop_length)."""
        return np.concatenate([np.zeros_like(self.rows[:1]), np.cumsum(self.rows**2, axis=0)])

    def inverse_sums(self) -> np.ndarray:
        """1 / sum of squares of window rows first..stop-1 for every first and stop, 0 where none.

        Shape ((overlap + 1)^2, hop_length), float64.
        """
        below = self._sums_of_squares()
        sums = np.maximum(below[None, :] - below[:, None], 0.0)  # (first, stop, hop_length)
        inverse = np.divide(1.0, sums, out=np.zeros_like(sums), where=sums > self.nothing)
        return inverse.reshape((self.overlap + 1) ** 2, -1)


def stft_frames(
    frame_length: int,
    hop_length: int,
    window: str = "hann",
    fft_length: int | None = None,
    padding: str = "reflect",
) -> Frames:
    """The `Frames` of these settings, as `keras_sep.ops.stft` describes them."""
    fft_length = frame_length if fft_length is None else fft_length
    sizes = {"frame_length": frame_length, "hop_length": hop_length, "fft_length": fft_length}
    require_positive_integers(**sizes)
    for name, samples in sizes.items():
        if samples > MOST_SAMPLES:
            raise ValueError(f"`{name}` must be at most {MOST_SAMPLES}. Received: {samples}")
    if fft_length < frame_length:
        raise ValueError(
            "`fft_length` must be at least `frame_length`. "
            f"Received: fft_length={fft_length}, frame_length={frame_length}"
        )
    require_padding(padding)
    return _frames(frame_length, hop_length, _checked(window, frame_length), fft_length, padding)


def _checked(window, frame_length: int) -> str | tuple[float, ...]:
    """The name of a window, or its values as a tuple."""
    if isinstance(window, str) and window in WINDOWS:
        return window
    try:
        values = np.asarray(window).astype("float64", casting="same_kind")
    except (TypeError, ValueError, OverflowError):
        values = np.array(np.nan)
    # squares and their inverses are finite in float32
    if values.shape != (frame_length,) or not 1e-6 <= np.abs(values).max() <= 1e6:
        names = ", ".join(f'"{name}"' for name in WINDOWS)
        received = f"an array of shape {values.shape}" if values.ndim else brief(window)
        raise ValueError(
            f"`window` must be one of {names}, or an array of {frame_length} numbers, one for each "
            "sample of a frame, whose largest lies between 1e-6 and 1e6. "
            f"Received: window={received}"
        )
    return tuple(values.tolist())


_frames = functools.lru_cache(maxsize=16)(Frames)
