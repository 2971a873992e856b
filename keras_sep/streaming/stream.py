"""One stream through a stepper, from NumPy to NumPy."""

from typing import Any

import numpy as np

from keras_sep._frames import reflected
from keras_sep._validate import require_positive_integers
from keras_sep.streaming.exported_stepper import ExportedStepper
from keras_sep.streaming.stepper import Stepper


class Stream:
    """A live sound that goes through a stepper, compiled for chunks of one length.

    Args:
        stepper: `Stepper` of a separator or network of waveforms, or `ExportedStepper`.
        chunk_samples: Length of a chunk in samples. It is rounded up to a multiple of the stride;
            of a separator that goes by blocks it is one, of an exported step that of the file.
            Default: the stride.

    Attributes:
        chunk_samples: Length of a chunk in samples.

    Example:

    >>> network = keras_sep.zoo.tasnet(filters=7, kernel_size=40, units=6, causal=True)
    >>> stepper = keras_sep.streaming.Stepper(keras_sep.Separator(network, 8000, ("s1", "s2")))
    >>> stream = keras_sep.streaming.Stream(stepper, chunk_samples=160)
    >>> stream(np.zeros((160, 1), "float32")).shape
    (160, 1, 2)
    """

    def __init__(self, stepper: Stepper | ExportedStepper, chunk_samples: int | None = None):
        if chunk_samples is not None:
            require_positive_integers(chunk_samples=chunk_samples)
        only, channels = stepper.chunk_shape
        self._channels: Any = channels
        strides = -(-(chunk_samples or stepper.stride) // stepper.stride)
        self.chunk_samples: int = only or stepper.stride * strides
        self.stepper = stepper
        self._kept = 2 * (stepper.latency + stepper.stride)  # samples, for the end to mirror
        self.reset()
        self._step = stepper.compiled(self.chunk_samples)

    def reset(self) -> None:
        """Start anew, as before the first chunk."""
        self._state = self.stepper.initial_state()
        self._given = 0
        self._last = np.zeros((0, self._channels), "float32")

    def __call__(self, chunk: np.ndarray) -> np.ndarray:
        """The stems (samples, channels, sources) that come out with a chunk (samples, channels)."""
        chunk = np.asarray(chunk, "float32")
        self._given += len(chunk)
        self._last = np.concatenate([self._last, chunk])[-self._kept :]
        return self._stems(chunk)

    def finish(self, rest: np.ndarray | None = None) -> np.ndarray:
        """The stems that are left at the end of the stream, which then starts anew.

        They end as those of a whole recording of this length do: what mirrors its end, as
        `layers.STFT`, does so here. Only a separator that goes by blocks is given zeros.

        Args:
            rest: The last samples (samples, channels), fewer than a chunk. Default: none.

        Returns:
            (samples, channels, sources), for the rest and, as they come late, the `latency` of
            the stepper.

        Example:

        >>> network = keras_sep.zoo.mask_inference(sources=2, bins=17, units=4, bidirectional=False)
        >>> stft = keras_sep.layers.STFT(32, 8)
        >>> separator = keras_sep.Separator(network, 8000, ("s1", "s2"), stft)
        >>> stream = keras_sep.streaming.Stream(keras_sep.streaming.Stepper(separator), 160)
        >>> song = np.random.default_rng(0).normal(size=(333, 1)).astype("float32")
        >>> parts = [stream(song[:160]), stream(song[160:320]), stream.finish(song[320:])]
        >>> stems = np.concatenate(parts)[stream.stepper.latency :]
        >>> bool(np.allclose(stems, separator(song[None])[0], atol=1e-5))
        True
        """
        rest = self._last[:0] if rest is None else np.asarray(rest, "float32")
        if rest.ndim != 2 or len(rest) >= self.chunk_samples:
            raise ValueError(
                f"`rest` must be (samples, channels), of fewer than {self.chunk_samples} samples, "
                f"a chunk. Received: shape {rest.shape}"
            )
        length = self._given + len(rest)
        wanted = len(rest) + self.stepper.latency
        samples = -(-wanted // self.chunk_samples) * self.chunk_samples
        if length == 0 or samples == 0:
            self.reset()
            return np.zeros((wanted, *self.stepper.stems_shape), "float32")
        last = np.concatenate([self._last, rest])
        if self.stepper.mirrors_end:
            # beyond what is kept lie only frames that do not count
            beyond = reflected(np.arange(length, self._given + samples), length)
            beyond = np.maximum(beyond - (length - len(last)), 0)
            beyond = last[beyond]
        else:
            beyond = np.zeros((samples - len(rest), self._channels), "float32")
        self._state = self.stepper.ended(self._state, self._given, length)
        chunks = np.concatenate([rest, beyond]).reshape(-1, self.chunk_samples, self._channels)
        stems = np.concatenate([self._stems(chunk) for chunk in chunks])
        self.reset()
        return stems[:wanted]

    def _stems(self, chunk):
        stems, self._state = self._step(chunk[None], self._state)
        return stems[0]
