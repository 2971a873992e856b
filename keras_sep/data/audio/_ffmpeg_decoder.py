"""Decoding with FFmpeg, through PyAV: MP3, Ogg, M4A, video, and all that libsndfile cannot read."""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np

from keras_sep.data.audio._ffmpeg_open import open_with_ffmpeg
from keras_sep.data.audio._file_part import WHOLE, Part
from keras_sep.data.audio._formats.trailing_tags import end_of_audio
from keras_sep.data.audio.accepting_damage import damage_is_accepted
from keras_sep.data.audio.audio_error import AudioError, DamagedAudioError

# Streams that may begin, end and be joined anywhere: bytes between their frames are skipped.
_RESYNCHRONIZING = frozenset({"aac", "ac3", "dts", "eac3", "loas", "mp3", "mpeg", "mpegts"})
# Formats whose headers count their samples; for the others, FFmpeg guesses the length.
_COUNTING = frozenset({"ape", "asf", "avi", "matroska", "mov", "tak", "tta", "wv"})
_ROUNDING_SECONDS = 0.1
_TAGS = (b"ID3", b"TAG", b"APETAGEX", b"LYRICSBEGIN")  # as they stand where files were joined
_STRAY_BYTES = 4096  # after the last frame or tag, meaningless: up to a disk block
_PIECE = 1 << 18  # samples
_MOST_PLANES = 7  # PyAV reads beyond the eighth of a frame
_INTEGERS = {"u8": (128, 2.0**-7), "s16": (0, 2.0**-15), "s32": (0, 2.0**-31)}


class FFmpegDecoder:
    """FFmpeg's decoder of one audio stream of a file.

    Args:
        path: Path of the file.
        part: Bytes of the file to read. Default: all.
        stream: Number of the stream, from 0. Default None, the file's default one, or else its
            first.
    """

    seeks_exactly = False

    def __init__(self, path: Path, part: Part = WHOLE, stream: int | None = None):
        self.path = path
        self._part = part
        with contextlib.ExitStack() as opened:
            source = path if part == WHOLE else opened.enter_context(part.open(path))
            self._container: Any = opened.enter_context(open_with_ffmpeg(source))
            self._open_stream(stream)
            self._opened = opened.pop_all()

    def _open_stream(self, stream: int | None) -> None:
        streams = self._container.streams.audio
        if not streams:
            raise AudioError(self.path, "contains no audio stream")
        default = av.stream.Disposition.default
        self.streams = len(streams)
        if stream is None:
            stream = next((n for n, one in enumerate(streams) if one.disposition & default), 0)
        self.stream = stream
        self._stream = streams[self.stream]
        if self._stream.codec_context is None:
            raise AudioError(self.path, "not a readable audio file (its codec is not known)")
        self.format: str = self._container.format.name.split(",")[0].upper()
        self.subtype: str = self._stream.codec_context.codec.canonical_name.upper()
        self.position = 0  # in bytes, of the first packet that gave samples
        self.damaged = False  # packets gave no samples, other than a few bytes at the end
        self.padding = 0  # samples that the encoder added to fill the last frame
        self._frames = self._decoded()
        first = next(self._frames, None)
        if first is None:
            raise AudioError(
                self.path, "not a readable audio file (no samples in it can be decoded)"
            )
        self.sample_rate_hz: int = first.sample_rate
        self.channels: int = first.layout.nb_channels
        self.promised = round(self._promised_seconds(first.time or 0.0) * self.sample_rate_hz)
        self._left = _array(first)

    def _decoded(self) -> Iterator[Any]:
        resynchronizes = self.format.lower() in _RESYNCHRONIZING
        lost, found, end, empty = False, False, 0, False
        for packet in self._container.demux(self._stream):
            try:
                frames = packet.decode()
            except av.FFmpegError as error:
                if not resynchronizes and not damage_is_accepted():
                    where = _when(packet)
                    raise DamagedAudioError(
                        self.path, f"cut short or damaged{where} ({error.strerror})"
                    ) from error
                lost |= not bytes(packet).startswith(_TAGS)
                frames = []
            if frames and self.format == "MOV":
                self.padding = _padding(packet, frames)
            for frame in frames:
                if found:
                    self._require_like_the_first(frame)
                    self.damaged |= lost
                else:
                    self.position = packet.pos or 0
                lost, found = False, True
                yield frame
            if frames:
                end, empty = (packet.pos or end) + packet.size, False
            elif lost or packet.size:  # the last packet of all is empty
                empty = True
        if empty and resynchronizes:
            self.damaged |= self._bytes_behind(end) > _STRAY_BYTES

    def _bytes_behind(self, end: int) -> int:
        """Bytes from here to the end of the file, or to the tags there."""
        with self._part.open(self.path) as file:
            return end_of_audio(file) - end

    def _require_like_the_first(self, frame: Any) -> None:
        found = frame.sample_rate, frame.layout.nb_channels
        if found != (self.sample_rate_hz, self.channels):
            raise AudioError(
                self.path,
                f"joined from parts of different kinds: {self.sample_rate_hz} Hz and "
                f"{self.channels} channels, then{_when(frame)} {found[0]} Hz and {found[1]} "
                "channels; cut it there, or convert the parts one by one",
            )

    def _promised_seconds(self, start: float) -> float:
        """Length that the header states, less a margin for rounding; 0 if it states none.

        Args:
            start: Time of the first sample in seconds.
        """
        stream, container = self._stream, self._container
        if self.format.lower() not in _COUNTING:
            return 0.0
        if stream.duration and stream.time_base:
            return float(stream.duration * stream.time_base) - _ROUNDING_SECONDS
        end = _seconds(stream.metadata.get("DURATION", ""))  # Matroska's length of each stream
        if not end and container.duration and len(container.streams) == 1:
            end = container.duration / av.time_base
        return max(0.0, end - start - _ROUNDING_SECONDS)

    def read(self, samples: int) -> np.ndarray:
        """Read the next samples, float32 (samples, channels); fewer only at the end of the file."""
        pieces, missing = [self._left[:samples]], samples - len(self._left)
        self._left = self._left[samples:]
        while missing > 0 and (frame := next(self._frames, None)):
            array = _array(frame)
            pieces.append(array[:missing])
            self._left = array[missing:]
            missing -= len(array)
        return np.concatenate(pieces)

    def skip(self, samples: int) -> None:
        """Skip the next samples."""
        while samples > 0 and (read := len(self.read(min(samples, _PIECE)))):
            samples -= read

    def count(self) -> int:
        """Skip to the end, and return the number of samples skipped."""
        left, self._left = len(self._left), self._left[:0]
        return left + sum(frame.samples for frame in self._frames) - self.padding

    def close(self) -> None:
        """Close the file."""
        self._opened.close()


def _padding(packet: Any, frames: list[Any]) -> int:
    """Samples that a packet gives beyond its duration in an MP4 file: those of the last are none.

    FFmpeg itself does not leave them out.
    """
    if not packet.duration or not packet.time_base:
        return 0
    last = frames[-1]
    given = round(packet.duration * packet.time_base * last.sample_rate)
    return min(last.samples - 1, max(0, sum(frame.samples for frame in frames) - given))


def _array(frame: Any) -> np.ndarray:
    """A frame as float32 (samples, channels), full scale at -1 and 1."""
    kind, channels = frame.format.name.removesuffix("p"), frame.layout.nb_channels
    if frame.format.is_planar and channels > _MOST_PLANES:
        (frame,) = av.AudioResampler(kind, frame.layout).resample(frame)
    array = frame.to_ndarray()
    array = array.T if frame.format.is_planar else array.reshape(-1, channels)
    if kind in _INTEGERS:
        middle, scale = _INTEGERS[kind]
        return np.multiply(array.astype(np.float64) - middle, scale).astype(np.float32)
    return array.astype(np.float32)


def _seconds(text: str) -> float:
    """Seconds of a time such as 00:04:07.5; 0 for any other text."""
    found = re.fullmatch(r"(\d+):(\d\d):(\d\d(?:\.\d+)?)", text)
    return int(found[1]) * 3600 + int(found[2]) * 60 + float(found[3]) if found else 0.0


def _when(part: Any) -> str:
    known = part.pts is not None and part.time_base
    return f" at {float(part.pts * part.time_base):.2f} s" if known else ""
