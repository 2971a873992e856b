"""Streams through `STFT` and its inverse."""

from typing import Any

from keras import ops

from keras_sep._fourier import irfft, rfft
from keras_sep._part import part
from keras_sep._tails import extended, overlapped, seen, seen_more
from keras_sep.layers._spectral import FramedLayer
from keras_sep.ops import overlap_add, split_windows, without_padding


class StreamedSTFT(FramedLayer):
    """The step form of `STFT`."""

    @property
    def delay(self) -> int:
        """Number of frames that `step` returns before the first that the signal has."""
        # where frame 0 is mirrored, its first sample comes after all of its others
        waits = self.padding == "reflect" and self._reads_first and not self._frames.slack
        return self._frames.hops_to_first - (0 if waits else 1)

    @property
    def latency(self) -> int:
        """Samples by which what the inverse makes of a stream comes after the stream."""
        return self.delay * self.hop_length - self._frames.start

    def initial_state(self, shape: Any) -> dict[str, Any]:
        """The state of a stream (batch, samples, channels) at its start."""
        batch, _, *rest = shape
        return {"tail": ops.zeros((batch, self.latency, *rest), self._working_dtype), **seen(batch)}

    def step(self, inputs: Any, state: dict[str, Any], valid: Any = None) -> Any:
        """Frames of the next samples, a multiple of the hop, and the state after them.

        The first `delay` frames of a stream lie before it.
        """
        x, tail = extended(state["tail"], self._enter(inputs))
        if self.padding == "reflect":
            x = self._mirrored(x, state["seen"])
        count = ops.shape(inputs)[1] // self.hop_length
        length = self._frames.fft_length
        x = part(x, 1, 0, (count - 1) * self.hop_length + length)
        windows = split_windows(x, length, self.hop_length)  # (batch, frames, samples, channels)
        axes = len(windows.shape)
        windows = ops.transpose(windows, (0, 1, *range(3, axes), 2))
        pair = self._spectra(windows)
        perm = (0, 1, axes - 1, *range(2, axes - 1))
        pair = tuple(self._leave(ops.transpose(x, perm)) for x in pair)
        most = self.delay + self._frames.overlap
        return pair, {"tail": tail, **seen_more(state, count, most)}

    @property
    def _reads_first(self):
        """Whether the first sample of a frame counts."""
        return bool(self._frames.window[0])

    def _spectra(self, frames):
        """Real and imaginary part (..., bins) of frames (..., samples)."""
        window = ops.cast(self._frames.window, frames.dtype)
        return rfft(frames * window, self._frames.fft_length)

    def _mirrored(self, x, hops):
        """The samples kept and new, those before the stream mirrored at its first."""
        batch, samples, *rest = ops.shape(x)
        first = hops[:, None] * self.hop_length - self.latency  # number of the first that is kept
        source = ops.abs(first + ops.arange(samples, dtype="int32")) - first
        source = ops.minimum(source, samples - 1)
        # as numbers of rows in all streams: `take_along_axis` would count in 64 bits
        source = source + samples * ops.arange(batch, dtype="int32")[:, None]
        return ops.take(ops.reshape(x, (-1, *rest)), source, axis=0)


class StreamedISTFT(FramedLayer):
    """The step form of `ISTFT`."""

    def initial_state(self, shape: Any) -> dict[str, Any]:
        """The state of a stream (batch, frames, bins, channels[, sources]) at its start."""
        batch, _, _, *rest = shape
        tail = self._frames.fft_length - self.hop_length
        return {
            "tail": ops.zeros((batch, tail, *rest), self._working_dtype),
            "squares": ops.zeros((batch, tail), self._working_dtype),
        }

    def step(self, inputs: Any, state: dict[str, Any], valid: Any = None) -> Any:
        """Samples of the next frames, as many as hops, and the state after them."""
        real, imag = self._enter(inputs)
        axes, frames = len(real.shape), self._frames
        perm = (0, 1, *range(3, axes), 2)
        x = self._samples(*(ops.transpose(x, perm) for x in (real, imag)))
        window = ops.cast(frames.window, x.dtype)
        x = ops.transpose(x * window, (0, 1, axes - 1, *range(2, axes - 1)))
        batch, count = ops.shape(x)[:2]
        squares = ops.broadcast_to(ops.square(window), (batch, count, frames.fft_length))
        samples = count * self.hop_length
        x, tail = overlapped(
            state["tail"], overlap_add(without_padding(x, valid), self.hop_length), samples
        )
        squares, kept = overlapped(
            state["squares"], overlap_add(without_padding(squares, valid), self.hop_length), samples
        )
        covered = squares > frames.nothing
        gain = ops.where(covered, 1 / ops.where(covered, squares, 1), 0)
        x = x * ops.reshape(gain, (batch, samples, *[1] * (len(x.shape) - 2)))
        return self._leave(x), {"tail": tail, "squares": kept}

    def _samples(self, real, imag):
        """Frames (..., samples) of real and imaginary part (..., bins), not windowed."""
        return irfft(real, imag, self._frames.fft_length)
