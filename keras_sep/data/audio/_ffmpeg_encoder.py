"""Encoding with FFmpeg, through PyAV: MP3, Opus and M4A."""

from typing import Any, BinaryIO

import av
import numpy as np

from keras_sep.data.audio._ffmpeg_tags import add_tags, mux_cover
from keras_sep.data.audio._formats.xing_header import fill_in_padding
from keras_sep.data.audio.audio_format import AudioFormat
from keras_sep.data.audio.audio_tags import AudioTags

# of one, two, ... channels in the order of WAV
_LAYOUTS = ("mono", "stereo", "3.0", "quad", "5.0", "5.1")
_PIECE = 1 << 16  # samples


class FFmpegEncoder:
    """FFmpeg's encoder of a file.

    Args:
        file: Binary file open for writing, which stays open.
        sample_rate_hz: Sample rate in Hz.
        channels: Number of channels.
        form: Format of the file.
        bit_rate_kbps: Bit rate in kbit/s.
        tags: Tags.
    """

    def __init__(
        self,
        file: BinaryIO,
        sample_rate_hz: int,
        channels: int,
        form: AudioFormat,
        bit_rate_kbps: int | None,
        tags: AudioTags,
    ):
        self._file, self._form = file, form
        self._layout = _LAYOUTS[channels - 1]
        self._rate = sample_rate_hz
        self._samples = 0
        self._container: Any = av.open(
            file, "w", format=form.container, options=muxer_options(form, sample_rate_hz)
        )
        self._stream: Any = self._container.add_stream(form.codec, rate=sample_rate_hz)
        context: Any = self._stream.codec_context
        context.layout = self._layout
        context.bit_rate = 1000 * (bit_rate_kbps or 0)
        cover = add_tags(self._container, self._stream, tags)
        self._container.start_encoding()
        mux_cover(self._container, cover, tags)

    def write(self, block: np.ndarray) -> None:
        """Append samples, shape (samples, channels)."""
        for start in range(0, len(block), _PIECE):
            piece = np.ascontiguousarray(block[start : start + _PIECE], np.float32)
            packed = piece.reshape(1, -1)
            frame: Any = av.AudioFrame.from_ndarray(packed, format="flt", layout=self._layout)
            frame.sample_rate = self._rate
            frame.pts = self._samples
            self._samples += len(piece)
            self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        """Write what is left."""
        if self._samples:
            self._container.mux(self._stream.encode(None))
        self._container.close()
        if self._form.container == "mp3":
            fill_in_padding(self._file, self._samples)


def muxer_options(form: AudioFormat, sample_rate_hz: int) -> dict[str, str]:
    """Options of FFmpeg's writer of a container."""
    if form.container == "mp4":
        # or the length would be rounded to a thousandth of a second
        return {"movie_timescale": str(sample_rate_hz), "brand": "M4A "}
    return {"id3v2_version": "3"} if form.container == "mp3" else {}  # which Windows reads
