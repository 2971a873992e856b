"""Writing audio files atomically: an unfinished file never has the final name."""

import contextlib
import io
import numbers
import os
from pathlib import Path
from types import TracebackType

import numpy as np
import soundfile

from keras_sep._hidden_folder import hidden_folder
from keras_sep._new_folder import new_folder
from keras_sep._whole_files import in_the_way
from keras_sep.data.audio.audio_error import AudioError
from keras_sep.data.audio.float_samples import float_samples

# name: (suffix, libsndfile container, libsndfile subtype)
AUDIO_FORMATS = {
    "wav16": (".wav", "WAV", "PCM_16"),
    "wav24": (".wav", "WAV", "PCM_24"),
    "float": (".wav", "WAV", "FLOAT"),
    "flac": (".flac", "FLAC", "PCM_24"),
}


class AudioWriter:
    """Write an audio file block by block; it appears under its name only when it is complete.

    Use it as a context manager. The samples go to a file in a hidden folder beside the target.
    Leaving the `with` block flushes that file to disk and moves it; an exception inside removes it.
    In the integer formats, samples beyond full scale are clipped; `clipped` counts them.

    Args:
        path: Path of the file. Its folder is created if needed.
        sample_rate_hz: Sample rate in Hz.
        channels: Number of channels.
        audio_format: Format, one of "wav16", "wav24", "float" and "flac" (24 bits). Default
            "wav16".
        comment: Text of the file's comment tag. Default None, no tag.

    Example:

    >>> import tempfile, numpy as np
    >>> with AudioWriter(tempfile.mkdtemp() + "/a.wav", 8000, channels=2) as writer:
    ...     writer.write(np.zeros((100, 2)))
    ...     writer.write(np.full((11, 2), 1.5))
    >>> writer.samples, writer.clipped
    (111, 22)
    """

    def __init__(
        self,
        path: str | Path,
        sample_rate_hz: int,
        channels: int,
        audio_format: str = "wav16",
        comment: str | None = None,
    ):
        if audio_format not in AUDIO_FORMATS:
            raise ValueError(
                f"`audio_format` must be one of {', '.join(AUDIO_FORMATS)}. "
                f"Received: {audio_format!r}"
            )
        whole = isinstance(sample_rate_hz, numbers.Real) and float(sample_rate_hz).is_integer()
        if not whole:
            raise ValueError(
                f"`sample_rate_hz` must be a whole number. Received: {sample_rate_hz!r}"
            )
        self.path = Path(path)
        self.sample_rate_hz = int(sample_rate_hz)
        self.channels = channels
        self.audio_format = audio_format
        self.comment = comment
        self.samples = 0
        self.clipped = 0
        self._file: soundfile.SoundFile | None = None
        self._around = contextlib.ExitStack()

    def __enter__(self) -> "AudioWriter":
        _, container, subtype = AUDIO_FORMATS[self.audio_format]
        require_format(self.path, self.audio_format, self.sample_rate_hz, self.channels)
        if problem := in_the_way(self.path):
            raise AudioError(self.path, problem)
        with contextlib.ExitStack() as around:
            try:
                around.enter_context(new_folder(self.path.parent))
                hidden = around.enter_context(hidden_folder(self.path.parent))
                self._partial = hidden / self.path.name
                # Python reports why a file cannot be opened, and accepts names that are not text
                self._written = around.enter_context(self._partial.open("w+b"))
                self._file = soundfile.SoundFile(
                    self._written.fileno(),
                    "w",
                    samplerate=self.sample_rate_hz,
                    channels=self.channels,
                    format=container,
                    subtype=subtype,
                    closefd=False,
                )
                if self.comment is not None:
                    self._file.comment = self.comment
            except (OSError, soundfile.SoundFileError) as error:
                raise self._failure(error) from error
            self._around = around.pop_all()
        return self

    def write(self, block: np.ndarray) -> None:
        """Append samples, shape (samples, channels).

        Args:
            block: Samples as floats, full scale at -1 and 1, or as integers of 16 or 32 bits, full
                scale at the ends of their range.
        """
        if self._file is None:
            raise ValueError("`write` must be called inside the `with` block of its writer.")
        if block.ndim != 2 or block.shape[1] != self.channels:
            raise ValueError(
                f"a block must have shape (samples, {self.channels}). Received: {block.shape}"
            )
        block = float_samples(block)
        if not np.isfinite(block).all():
            raise AudioError(self.path, "not written: the samples hold NaN or infinite values")
        if self.audio_format != "float":
            self.clipped += int(np.count_nonzero(np.abs(block) > 1.0))
            block = _rounded(block, AUDIO_FORMATS[self.audio_format][2])
        try:
            self._file.write(block)
        except (OSError, soundfile.SoundFileError, AssertionError) as error:
            raise self._failure(error) from error
        self.samples += len(block)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        file, self._file = self._file, None
        with self._around:
            try:
                if file is not None:
                    file.close()
                if kind is None:
                    self._require_whole()
                    os.fsync(self._written.fileno())
                    self._written.close()
                    os.replace(self._partial, self.path)
            except (OSError, soundfile.SoundFileError) as problem:
                if kind is None:
                    raise self._failure(problem) from problem

    def _require_whole(self) -> None:
        # libsndfile does not report a disk that fills up while it closes the file
        if not self.samples:
            return
        os.lseek(self._written.fileno(), 0, os.SEEK_SET)
        with soundfile.SoundFile(self._written.fileno(), closefd=False) as file:
            if file.frames != self.samples:
                raise AudioError(self.path, "could not be written whole; is the disk full?")

    def _failure(self, error: Exception) -> AudioError:
        if isinstance(error, OSError) and error.strerror:
            return AudioError(self.path, f"cannot be written ({error.strerror})")
        return AudioError(self.path, "could not be written whole; is the disk full?")


def _rounded(block: np.ndarray, subtype: str) -> np.ndarray:
    """Samples on the steps of a format; libsndfile would round those of WAV down."""
    steps = {"PCM_16": 2.0**15, "PCM_24": 2.0**23}[subtype]
    return np.rint(block * steps) / steps


def require_format(path: str | Path, audio_format: str, sample_rate_hz: int, channels: int) -> None:
    """Raise an `AudioError` if a format cannot hold this number of channels or this sample rate.

    Args:
        path: Path of the file to write, for the message.
        audio_format: Format, one of "wav16", "wav24", "float" and "flac".
        sample_rate_hz:
            Sample rate in Hz.
        channels: Number of channels.
    """
    if _holds(audio_format, sample_rate_hz, channels):
        return
    what = (
        f"{channels} channels"
        if _holds(audio_format, sample_rate_hz, 1)
        else f"{sample_rate_hz} Hz"
    )
    others = [name for name in AUDIO_FORMATS if _holds(name, sample_rate_hz, channels)]
    advice = f"choose the format {' or '.join(others)}" if others else "no other format does either"
    raise AudioError(path, f"{audio_format} does not hold {what}; {advice}")


def _holds(audio_format: str, sample_rate_hz: int, channels: int) -> bool:
    """Whether libsndfile can write one sample and read the same rate and channels back."""
    _, container, subtype = AUDIO_FORMATS[audio_format]
    try:
        file = io.BytesIO()
        soundfile.write(
            file, np.zeros((1, channels)), sample_rate_hz, subtype=subtype, format=container
        )
        file.seek(0)
        info = soundfile.info(file)
    except (OSError, ValueError, OverflowError, soundfile.SoundFileError):
        return False
    return (info.samplerate, info.channels) == (sample_rate_hz, channels)


def write_audio(
    path: str | Path, array: np.ndarray, sample_rate_hz: int, audio_format: str = "wav16"
) -> int:
    """Write an audio file at once: it appears under its name complete, or not at all.

    Args:
        path: Path of the file. Its folder is created if needed.
        array: Samples, shape (samples, channels) or (samples,), as for `AudioWriter.write`.
        sample_rate_hz: Sample rate in Hz.
        audio_format: Format, one of "wav16", "wav24", "float" and "flac" (24 bits). Default
            "wav16".

    Returns:
        Number of samples that were beyond full scale and have been clipped; 0 with "float".

    Raises:
        AudioError: If the file cannot be written, or a sample is NaN or infinite.

    Example:

    >>> import tempfile, numpy as np
    >>> path = tempfile.mkdtemp() + "/tone.wav"
    >>> write_audio(path, np.array([0.5, 1.5]), 8000)
    1
    """
    array = np.asarray(array)
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2:
        raise ValueError(f"`array` must be (samples, channels). Received shape {array.shape}")
    with AudioWriter(path, sample_rate_hz, array.shape[1], audio_format) as writer:
        writer.write(array)
    return writer.clipped
