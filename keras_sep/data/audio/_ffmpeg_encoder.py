"""Encoding with FFmpeg, through PyAV: MP3, Opus, M4A and stem files."""

from collections.abc import Sequence
from typing import Any, BinaryIO

import av
import numpy as np

from keras_sep._source_names import MIXTURE
from keras_sep.data.audio._ffmpeg_tags import add_tags, mux_cover
from keras_sep.data.audio._formats.stem_box import add_stem_box
from keras_sep.data.audio._formats.xing_header import fill_in_padding
from keras_sep.data.audio.audio_format import AudioFormat
from keras_sep.data.audio.audio_tags import AudioTags
from keras_sep.data.audio.stem_file import stem_description

# of one, two, ... channels in the order of WAV
_LAYOUTS = ("mono", "stereo", "3.0", "quad", "5.0", "5.1")
_PIECE = 1 << 14  # samples, of one stream before the next


class FFmpegEncoder:
    """FFmpeg's encoder of a file.

    Args:
        file: Binary file open for writing, which stays open.
        sample_rate_hz: Sample rate in Hz.
        channels: Number of channels.
        form: Format of the file.
        bit_rate_kbps: Bit rate in kbit/s.
        tags: Tags.
        stems: Names of the stems in a stem file, each a stream after that of the mixture. Default:
            none.
    """

    def __init__(
        self,
        file: BinaryIO,
        sample_rate_hz: int,
        channels: int,
        form: AudioFormat,
        bit_rate_kbps: int | None,
        tags: AudioTags,
        stems: Sequence[str] = (),
    ):
        self._file, self._form, self._stems = file, form, stems
        self._layout = _LAYOUTS[channels - 1]
        self._shape = (-1, channels, 1 + len(stems))
        self._rate = sample_rate_hz
        self._samples = 0
        self._container: Any = av.open(
            file, "w", format=form.container, options=_muxer_options(form, sample_rate_hz)
        )
        self._streams = [
            self._stream(name, 1000 * (bit_rate_kbps or 0)) for name in (MIXTURE, *stems)
        ]
        cover = add_tags(self._container, self._streams[0], tags)
        self._container.start_encoding()
        mux_cover(self._container, cover, tags)

    def _stream(self, name: str, bit_rate: int) -> Any:
        stream: Any = self._container.add_stream(self._form.codec, rate=self._rate)
        stream.codec_context.layout = self._layout
        stream.codec_context.bit_rate = bit_rate
        if self._stems:
            stream.metadata["handler_name"] = name
        return stream

    def write(self, block: np.ndarray) -> None:
        """Append samples, shape (samples, channels times streams)."""
        for start in range(0, len(block), _PIECE):
            piece = np.asarray(block[start : start + _PIECE], np.float32).reshape(self._shape)
            for stream, samples in zip(self._streams, np.moveaxis(piece, -1, 0), strict=True):
                packed = np.ascontiguousarray(samples).reshape(1, -1)
                frame: Any = av.AudioFrame.from_ndarray(packed, format="flt", layout=self._layout)
                frame.sample_rate = self._rate
                frame.pts = self._samples
                self._container.mux(stream.encode(frame))
            self._samples += len(piece)

    def close(self) -> None:
        """Write what is left."""
        if self._samples:
            for stream in self._streams:
                self._container.mux(stream.encode(None))
        self._container.close()
        if self._form.container == "mp3":
            fill_in_padding(self._file, self._samples)
        if self._stems:
            add_stem_box(self._file, stem_description(self._stems))


def _muxer_options(form: AudioFormat, sample_rate_hz: int) -> dict[str, str]:
    """Options of FFmpeg's writer of a container."""
    if form.container == "mp4":
        # or the length would be rounded to a thousandth of a second
        return {"movie_timescale": str(sample_rate_hz), "brand": "M4A "}
    return {"id3v2_version": "3"} if form.container == "mp3" else {}  # which Windows reads
