"""Encoding with libsndfile: WAV, FLAC and Ogg Vorbis."""

from typing import BinaryIO

import numpy as np
import soundfile

from keras_sep.data.audio.audio_format import AudioFormat
from keras_sep.data.audio.audio_tags import AudioTags

# libsndfile's names of tags, by FFmpeg's
_TAGS = {
    "title": "title",
    "artist": "artist",
    "album": "album",
    "genre": "genre",
    "date": "date",
    "track": "tracknumber",
    "copyright": "copyright",
    "comment": "comment",
}
_STEPS = {"PCM_16": 2.0**15, "PCM_24": 2.0**23}  # from zero to full scale
# bit rates in kbit/s of Vorbis's qualities 0, 0.1, ... 1, in stereo at 44.1 kHz
_VORBIS_KBPS = (64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 500)


class SoundfileEncoder:
    """libsndfile's encoder of a file.

    Args:
        file: Binary file open for writing, which stays open.
        sample_rate_hz: Sample rate in Hz.
        channels: Number of channels.
        form: Format of the file.
        bit_rate_kbps: Bit rate in kbit/s, or None for a lossless format.
        tags: Tags, of which WAV holds those that libsndfile knows, and no cover.
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
        self._file = soundfile.SoundFile(
            file.fileno(),
            "w",
            samplerate=sample_rate_hz,
            channels=channels,
            format=form.container,
            subtype=form.codec,
            closefd=False,
            compression_level=_compression(bit_rate_kbps, channels),
        )
        self._steps = _STEPS.get(form.codec)
        if form.container == "WAV":  # FFmpeg writes those of the others afterwards
            for name, text in tags.texts.items():
                if name in _TAGS:
                    setattr(self._file, _TAGS[name], text)

    def write(self, block: np.ndarray) -> None:
        """Append samples, shape (samples, channels)."""
        if self._steps:  # libsndfile would round the samples of WAV down
            block = np.rint(block * self._steps) / self._steps
        self._file.write(block)

    def close(self) -> None:
        """Write what is left."""
        self._file.close()


def _compression(bit_rate_kbps: int | None, channels: int) -> float | None:
    """libsndfile's compression level, one minus the quality, at which Vorbis has this bit rate."""
    if bit_rate_kbps is None:
        return None
    in_stereo = bit_rate_kbps * 2 / channels
    return 1 - float(np.interp(in_stereo, _VORBIS_KBPS, np.linspace(0, 1, len(_VORBIS_KBPS))))
