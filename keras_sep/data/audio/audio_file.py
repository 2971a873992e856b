"""An open audio file, independent of its decoder."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import av
import numpy as np
import soundfile

from keras_sep.data.audio.audio_error import AudioError, DamagedAudioError

_INTEGERS = frozenset({"PCM_S8", "PCM_U8", "PCM_16", "PCM_24", "PCM_32"})  # always finite


class Decoder(Protocol):
    """Protocol of a decoder, which reads an open file from start to end."""

    sample_rate_hz: int
    channels: int
    format: str
    subtype: str

    @property
    def seeks_exactly(self) -> bool:
        """Whether `skip` seeks instead of decoding."""

    def read(self, samples: int) -> np.ndarray:
        """Read the next samples, float32 (samples, channels); fewer only at the end of the file."""

    def skip(self, samples: int) -> None:
        """Skip the next samples."""

    def close(self) -> None:
        """Close the file."""


class AudioFile:
    """An audio file that is read from start to end; `open_audio` opens one.

    Args:
        path: Path of the file, for messages.
        decoder: Decoder of the file, already open.
        samples: Number of samples per channel in the file.
    """

    def __init__(self, path: Path, decoder: Decoder, samples: int):
        self.path = path
        self.samples = samples
        self.position = 0
        self.sample_rate_hz = decoder.sample_rate_hz
        self.channels = decoder.channels
        self.subtype = decoder.subtype
        self._decoder = decoder

    def read(self, samples: int) -> np.ndarray:
        """Read the next samples; fewer only at the end of the file.

        Args:
            samples: Number of samples per channel to read.

        Returns:
            A float32 array, shape (samples, channels), full scale at -1 and 1.
        """
        wanted = min(samples, self.samples - self.position)
        with audio_errors(self.path):
            array = self._decoder.read(wanted)
        if len(array) != wanted:
            raise DamagedAudioError(
                self.path,
                f"cut short or damaged: it should hold {self.samples} samples per channel, but "
                f"{self.position + len(array)} can be decoded",
            )
        if self.subtype not in _INTEGERS:
            self._require_finite(array)
        self.position += wanted
        return array

    def skip(self, samples: int) -> None:
        """Skip the next samples.

        Args:
            samples: Number of samples per channel to skip.
        """
        with audio_errors(self.path):
            self._decoder.skip(samples)
        self.position += samples

    def _require_finite(self, array: np.ndarray) -> None:
        with np.errstate(over="ignore", invalid="ignore"):
            suspicious = not np.isfinite(array.sum())
        if suspicious and not (finite := np.isfinite(array).all(axis=1)).all():
            at = self.position + int(np.argmin(finite))
            raise AudioError(self.path, f"sample {at} is NaN or infinite")


@contextlib.contextmanager
def audio_errors(path: Path) -> Iterator[None]:
    """Turn every error inside the block into an `AudioError` about the file."""
    try:
        yield
    except soundfile.LibsndfileError as error:
        reason = error.error_string.removeprefix("Error : ").strip(" .")
        raise AudioError(path, f"not a readable audio file ({reason})") from error
    except av.FFmpegError as error:
        raise AudioError(path, f"not a readable audio file ({error.strerror})") from error
    except OSError as error:
        raise AudioError(path, f"cannot be read ({error.strerror or error})") from error
