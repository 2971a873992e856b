"""Writing audio files atomically: an unfinished file never has the final name."""

import contextlib
import numbers
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import av
import numpy as np
import soundfile

from keras_sep._brief import brief
from keras_sep._hidden_folder import hidden_folder
from keras_sep._new_folder import new_folder
from keras_sep._whole_files import in_the_way
from keras_sep.data.audio._ffmpeg_encoder import FFmpegEncoder
from keras_sep.data.audio._soundfile_encoder import SoundfileEncoder
from keras_sep.data.audio._stream_resampler import StreamResampler
from keras_sep.data.audio._tagged_copy import tagged_copy
from keras_sep.data.audio.audio_error import AudioError
from keras_sep.data.audio.audio_format import (
    chosen_bit_rate,
    held_rate_hz,
    require_format,
    require_known_format,
)
from keras_sep.data.audio.audio_tags import AudioTags
from keras_sep.data.audio.float_samples import float_samples
from keras_sep.data.audio.resample import resampled_length
from keras_sep.data.audio.stem_file import STEMS

_FAILURES = (OSError, soundfile.SoundFileError, av.FFmpegError, AssertionError)


class AudioWriter:
    """Write an audio file block by block; it appears under its name only when it is complete.

    Use it as a context manager. The samples go to a file in a hidden folder beside the target.
    Leaving the `with` block flushes that file to disk and moves it; an exception inside removes it.
    Except in the format "float", samples beyond full scale are clipped; `clipped` counts them.

    Lossy formats hold certain sample rates only, Opus only 48 kHz. Samples at another rate are
    resampled to the next one, `file_rate_hz`. Ogg's bit rate is nominal, as Vorbis spends bits
    where the sound needs them.

    Args:
        path: Path of the file. Its folder is created if needed.
        sample_rate_hz: Sample rate of the samples in Hz.
        channels: Number of channels. MP3 and Ogg hold 1 or 2, Opus and M4A up to 6.
        audio_format: Format, one of "wav16", "wav24", "float", "flac" (24 bits), "mp3", "ogg"
            (Vorbis), "opus", "m4a" (AAC) and "stem.mp4", a stem file of AAC streams for DJ
            software. Default "wav16".
        bit_rate_kbps: Bit rate of a lossy format in kbit/s. Default None: for stereo 320 in MP3,
            256 in Ogg and M4A, 192 in Opus, and for mono half of that.
        tags: Tags of the file, as far as its format holds them; see `read_tags`. Default: none.
        stems: Names of a stem file's four stems, which blocks hold after the mixture: they then
            have the shape (samples, channels, 5). Default: none.

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
        *,
        bit_rate_kbps: int | None = None,
        tags: AudioTags | None = None,
        stems: Sequence[str] = (),
    ):
        self._form = require_known_format(audio_format)
        if len(stems) != (len(STEMS) if self._form.one_file else 0):
            raise ValueError(
                f"`stems` must name the {len(STEMS)} stems of the format stem.mp4, and none in "
                f"others. Received: stems={brief(stems)} for {audio_format}"
            )
        self.stems = tuple(stems)
        whole = isinstance(sample_rate_hz, numbers.Real) and float(sample_rate_hz).is_integer()
        if not whole:
            raise ValueError(
                f"`sample_rate_hz` must be a whole number. Received: {sample_rate_hz!r}"
            )
        self.path = Path(path)
        self.sample_rate_hz = int(sample_rate_hz)
        self.file_rate_hz = held_rate_hz(audio_format, self.sample_rate_hz)
        self.channels = channels
        self.audio_format = audio_format
        self.bit_rate_kbps = chosen_bit_rate(audio_format, channels, bit_rate_kbps)
        self.tags = tags or AudioTags()
        self.samples = 0
        self.clipped = 0
        self._encoder: FFmpegEncoder | SoundfileEncoder | None = None
        self._resampler: StreamResampler | None = None
        self._around = contextlib.ExitStack()

    def __enter__(self) -> "AudioWriter":
        require_format(self.path, self.audio_format, self.sample_rate_hz, self.channels)
        if problem := in_the_way(self.path):
            raise AudioError(self.path, problem)
        if self.file_rate_hz != self.sample_rate_hz:
            self._resampler = StreamResampler(
                self.sample_rate_hz, self.file_rate_hz, self._columns()
            )
        with contextlib.ExitStack() as around:
            try:
                around.enter_context(new_folder(self.path.parent))
                self._partial = (
                    around.enter_context(hidden_folder(self.path.parent)) / self.path.name
                )
                # Python reports why a file cannot be opened, and accepts names that are not text
                self._written = around.enter_context(_open(self._partial))
                what = (self._written, self.file_rate_hz, self.channels, self._form)
                how = (self.bit_rate_kbps, self.tags)
                self._encoder = (
                    FFmpegEncoder(*what, *how, self.stems)
                    if self._form.by_ffmpeg
                    else SoundfileEncoder(*what, *how)
                )
            except _FAILURES as error:
                raise self._failure(error) from error
            self._around = around.pop_all()
        return self

    def write(self, block: np.ndarray) -> None:
        """Append samples, shape (samples, channels), or of a stem file (samples, channels, 5).

        Args:
            block: Samples as floats, full scale at -1 and 1, or as integers of 16 or 32 bits, full
                scale at the ends of their range.
        """
        if self._encoder is None:
            raise ValueError("`write` must be called inside the `with` block of its writer.")
        shape = (self.channels, 1 + len(self.stems)) if self.stems else (self.channels,)
        if block.shape[1:] != shape or not block.ndim:
            expected = ", ".join(map(str, ("samples", *shape)))
            raise ValueError(f"a block must have shape ({expected}). Received: {block.shape}")
        block = float_samples(block).reshape(len(block), self._columns())
        if not np.isfinite(block).all():
            raise AudioError(self.path, "not written: the samples hold NaN or infinite values")
        if self.audio_format != "float":
            self.clipped += int(np.count_nonzero(np.abs(block) > 1.0))
            block = np.clip(block, -1.0, 1.0)
        self.samples += len(block)
        if self._resampler:
            block = self._resampler.push(block)
        try:
            self._encoder.write(block)
        except _FAILURES as error:
            raise self._failure(error) from error

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        encoder, self._encoder = self._encoder, None
        with self._around:
            try:
                if encoder and self._resampler and kind is None:
                    encoder.write(self._resampler.end())
                if encoder:
                    encoder.close()
                if kind is None:
                    if self._form.bit_rates_kbps and not self.samples:
                        raise AudioError(self.path, "not written: no samples")
                    self._add_tags()
                    self._written.flush()
                    self._require_whole()
                    os.fsync(self._written.fileno())
                    self._written.close()
                    os.replace(self._partial, self.path)
            except _FAILURES as problem:
                if kind is None:
                    raise self._failure(problem) from problem

    def _add_tags(self) -> None:
        """Copy what libsndfile wrote, which knows no cover, with its tags."""
        if self._form.container not in ("FLAC", "OGG") or not self.samples:
            return
        if self._form.container == "FLAC" and self.tags == AudioTags():
            return
        self._partial = self._partial.with_name(".tagged")
        copy = self._around.enter_context(_open(self._partial))
        tagged_copy(self._written, copy, self._file_samples(), self.tags)
        self._written.close()
        self._written = copy

    def _require_whole(self) -> None:
        # libsndfile does not report a disk that fills up while it closes the file
        if not self.samples or self._form.by_ffmpeg:
            return
        os.lseek(self._written.fileno(), 0, os.SEEK_SET)
        with soundfile.SoundFile(self._written.fileno(), closefd=False) as file:
            if file.frames != self._file_samples():
                raise AudioError(self.path, "could not be written completely; is the disk full?")

    def _columns(self) -> int:
        return self.channels * (1 + len(self.stems))

    def _file_samples(self) -> int:
        return resampled_length(self.samples, self.sample_rate_hz, self.file_rate_hz)

    def _failure(self, error: Exception) -> AudioError:
        if isinstance(error, OSError) and error.strerror:
            return AudioError(self.path, f"cannot be written ({error.strerror})")
        return AudioError(self.path, "could not be written completely; is the disk full?")


@contextlib.contextmanager
def _open(path: Path) -> Iterator[BinaryIO]:
    """Open a file to write; what it then still holds back was given up with an error already."""
    file = path.open("w+b")
    try:
        yield file
    finally:
        with contextlib.suppress(OSError):
            file.close()


def write_audio(
    path: str | Path,
    array: np.ndarray,
    sample_rate_hz: int,
    audio_format: str = "wav16",
    *,
    bit_rate_kbps: int | None = None,
    tags: AudioTags | None = None,
) -> int:
    """Write an audio file at once: it appears under its name complete, or not at all.

    Args:
        path: Path of the file. Its folder is created if needed.
        array: Samples, shape (samples, channels) or (samples,), as for `AudioWriter.write`.
        sample_rate_hz: Sample rate in Hz.
        audio_format: Format, as for `AudioWriter`. Default "wav16".
        bit_rate_kbps: Bit rate of a lossy format in kbit/s, as for `AudioWriter`. Default None.
        tags: Tags of the file, as far as its format holds them. Default: none.

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
    with AudioWriter(
        path, sample_rate_hz, array.shape[1], audio_format, bit_rate_kbps=bit_rate_kbps, tags=tags
    ) as writer:
        writer.write(array)
    return writer.clipped
